"""A log tells nothing for a time in which others go on.

Looks for
    pauses of a log that its own rhythm does not have, in seconds and in what other logs wrote meanwhile (at least a minute, and a chance
    of one in a million that independent events pause so long); logs that begin later or end earlier than the others by such a pause
    (rotated away, or collected for less time); and what writers say that they left out (``Suppressed 120 messages``).

Matters because
    "no error in the log" says something only where the log covers that minute.

Can mislead when
    what writes the log had nothing to do, while others had (a feature that nobody used). Logs of errors, and logs that write in bursts,
    have no rhythm: of their silence nothing is said. Pauses in which more requests failed than went well are the outage's.

Evidence given
    the last line before the gap and the first one after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from logcorr.signatures.finding import Citation, Fact, Finding, Signature
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import FAILED_REQUESTS
from logcorr.timeline.quality_needs import GAPS

if TYPE_CHECKING:
    import pandas as pd

_HOW: Final = {
    "silent": "is silent",
    "begins_late": "begins only",
    "ends_early": "ends",
    "suppressed": "leaves out messages",
}


def judge(gaps: pd.DataFrame, failed: pd.DataFrame) -> Sequence[Finding]:
    """One finding a gap, in order of time."""
    return [finding(row, failed) for row in gaps.sort_values(["start_us", "log"]).to_dict("records")]


def finding(row: dict[str, Any], failed: pd.DataFrame) -> Finding:
    """The finding for one gap."""
    start, end = int(row["start_us"]), int(row["end_us"])
    hidden = int(failed["timestamp_us"].between(start, end).sum())
    counted = row["kind"] == "suppressed"
    facts: dict[str, Fact] = {
        "log": str(row["log"]),
        "source": str(row["source"]),
        "host": row["host_name"] if isinstance(row["host_name"], str) else None,
        "kind": str(row["kind"]),
        "how": _HOW[row["kind"]],
        "from": iso(start),
        "to": iso(end),
        "lasted_s": round((end - start) / 1_000_000, 1),
        "others": None if counted else int(row["others"]),
        "longest_other_s": None if counted else float(row["longest_s"]),
        "messages": int(row["suppressed"]) if counted else None,
        "failed_requests": hidden,
    }
    places = [(row[f"{side}_file"], row[f"{side}_line"]) for side in ("before", "after")]
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="evidence_quality",
        level="medium" if hidden else "low",
        confidence=0.95 if counted else 0.9,
        start_us=start,
        end_us=end,
        subject=str(row["log"]),
        facts=facts,
        evidence=tuple(Citation(file, int(line), int(line)) for file, line in places if isinstance(file, str)),
        missing=(f"{row['log']} from {iso(start)} to {iso(end)}, with its rotations",),
    )


SIGNATURE: Final = Signature(
    name="log_gap",
    role="evidence_quality",
    title="a log that tells nothing for a time",
    claim="{log} {how} from {from} to {to}, while other logs go on",
    judge=judge,
    needs={"gaps": GAPS, "failed": FAILED_REQUESTS},
)
