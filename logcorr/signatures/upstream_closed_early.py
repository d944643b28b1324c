"""The service behind the web server took requests and closed the connection without an answer.

Looks for
    failed requests whose error line says that the upstream closed or reset the connection before its answer came (prematurely closed,
    ``recv() failed (104...)``), or whose access line says it: a connection was made, no header came, and nginx wrote 502.

Matters because
    something ended in the middle of the request: a worker crashed, was killed, or was told to go while it worked.

Can mislead when
    a restart or reload ends what runs (``restart_blip``); a worker is ended on purpose (``worker_timeout``, ``oom_kill``,
    ``worker_crash``): their own words name the cause, this is how it looks from outside. An upstream that closes idle connections
    that nginx keeps open fails a few requests now and then, at once. Without the error line an answer that nginx could not read looks
    the same (``upstream_bad_response``).

Evidence given
    the first and the last error line and access line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.signatures.by_upstream import Sent, between, listener_command, sent
from logcorr.signatures.finding import Fact, Finding, Signature
from logcorr.timeline.needs import FAILED_REQUESTS

if TYPE_CHECKING:
    import pandas as pd

#: what broke the connection, by the system's number
HOW: Final = {104: "reset", 32: "broken pipe"}


def judge(failed: pd.DataFrame) -> list[Finding]:
    """One finding for each upstream."""
    return [of_upstream(each, failed) for each in sent(failed, ("closed_early",))]


def of_upstream(part: Sent, failed: pd.DataFrame) -> Finding:
    """The finding of one upstream."""
    told = part.told[part.told["error_name"].astype("string") == "upstream.closed_early"]
    ways = told["error_errno"].map(HOW).fillna("closed").value_counts().sort_index()
    waits = part.rows["duration_s"].dropna()
    facts: dict[str, Fact] = {
        **part.facts(failed),
        "how": str(ways.idxmax()) if len(ways) else None,
        "reset": int(ways.drop("closed", errors="ignore").sum()),
        "closed": int(ways.get("closed", 0)),
        "after_s": round(float(waits.median()), 3) if len(waits) else None,
        "after_low_s": round(float(waits.min()), 3) if len(waits) else None,
        "after_high_s": round(float(waits.max()), 3) if len(waits) else None,
    }
    look = (listener_command(part.address),) if part.address else ()
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="high",
        confidence=0.95 if len(told) else 0.7,
        start_us=part.start_us,
        end_us=part.end_us,
        subject=part.address,
        facts=facts,
        evidence=part.evidence(),
        remedy=(
            *look,
            f"journalctl {between(part.start_us, part.end_us)} | grep -iE 'killed|signal|exited|segfault|timeout'",
        ),
        verify=("tail -f /var/log/nginx/error.log  # no new lines of this kind",),
        missing=() if len(told) else ("nginx's error log, which says why the connection ended",),
        explains=part.keys,
        places=part.places,
        host=part.host,
    )


SIGNATURE: Final = Signature(
    name="upstream_closed_early",
    role="cause",
    title="a service that closes connections before it answers",
    claim="{upstream} closed the connections of {requests} requests before it answered, most of them {route}",
    judge=judge,
    needs={"failed": FAILED_REQUESTS},
)
