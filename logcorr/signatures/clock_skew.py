"""A source's clock is ahead of the access log's, or behind it.

Looks for
    records that stand in two logs (by their request id): an application's line is written between the beginning and the end of its
    request. At least five, nine in ten of which allow one difference that is not zero, or one in each piece of the time where the clock
    drifts.

Matters because
    what came first cannot be told by two clocks; a cause may seem to follow its effect. Times are put on the access log's clock, and what
    was taken off stands beside each (``timestamp_skew_s``).

Can mislead when
    an application writes all its lines about as long after the requests (a queue that is emptied in steps); then it is its habit, not its
    clock. Which of the two clocks is right, nobody can tell from the logs.

Evidence given
    lines of both logs about the same requests, from the first to the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from logcorr.signatures.finding import Citation, Fact, Finding, Signature
from logcorr.timeline.quality_needs import CLOCKS

if TYPE_CHECKING:
    import pandas as pd

#: a drift that is smaller is the width of the intervals
LEAST_DRIFT_S: Final = 1.0


def judge(clocks: pd.DataFrame) -> Sequence[Finding]:
    """One finding a source in a file whose clock differs by no whole quarters of an hour."""
    differs = clocks[~clocks["is_none"] & (clocks["zone_s"] == 0)]
    return [finding(rows) for _, rows in differs.groupby(["source", "file"], sort=True)]


def finding(rows: pd.DataFrame) -> Finding:
    """The finding for one source."""
    first = rows.iloc[0]
    drifts = abs(first["last_ahead_s"] - first["first_ahead_s"]) > LEAST_DRIFT_S
    facts: dict[str, Fact] = {
        "source": str(first["source"]),
        "file": str(first["file"]),
        "host": first["host_name"] if isinstance(first["host_name"], str) else None,
        "reference": str(first["reference"]),
        "ahead_s": round(float(first["ahead_s"]), 3),
        "low_s": round(float(first["low_s"]), 3),
        "high_s": round(float(first["high_s"]), 3),
        "direction": "ahead of" if first["ahead_s"] > 0 else "behind",
        "by_s": round(abs(float(first["ahead_s"])), 3),
        "first_ahead_s": round(float(first["first_ahead_s"]), 3) if drifts else None,
        "last_ahead_s": round(float(first["last_ahead_s"]), 3) if drifts else None,
        "drift_ppm": round(float(first["drift_ppm"]), 1) if drifts else None,
        "matches": int(first["matches"]),
        "records": int(first["records"]),
        "runner_up": int(first["runner_up"]),
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="evidence_quality",
        level="low",
        confidence=0.9,
        subject=str(first["file"]),
        facts=facts,
        evidence=lines_of(rows),
        verify=("timedatectl timesync-status", "chronyc tracking"),
    )


def lines_of(rows: pd.DataFrame) -> tuple[Citation, ...]:
    """Both lines of each example."""
    return tuple(
        Citation(str(row[file]), int(row[line]), int(row[line]))
        for _, row in rows.iterrows()
        for file, line in (("file", "line"), ("reference", "other_line"))
    )


SIGNATURE: Final = Signature(
    name="clock_skew",
    role="evidence_quality",
    title="a clock that differs from the others",
    claim="the clock of {file} is {by_s} s {direction} that of {reference}; its times are shown on the clock of {reference}",
    judge=judge,
    needs={"clocks": CLOCKS},
)
