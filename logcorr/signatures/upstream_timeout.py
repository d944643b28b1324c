"""The service behind the web server did not answer within the time that it is given.

Looks for
    failed requests whose error line says that the upstream timed out (while reading its answer, or while connecting to it), or whose access
    line says it: 504 of nginx's own (``$upstream_status``), without an answer (``$upstream_header_time`` is ``-``).

Matters because
    the service runs, and is slow or hangs: people wait for the whole limit, give up and try again, which makes it worse.

Can mislead when
    the service is not slow but has no worker free (``worker_pool_exhausted``), waits for a database (``dependency_unreachable``), or its
    workers are ended as hung (``worker_timeout``): then this is what they look like from outside. An application that answers 504 itself
    has ``$upstream_header_time``. A request that was sent on to another server and answered is no failure.

Evidence given
    the first and the last error line and access line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr import statistics
from logcorr.signatures.by_upstream import Sent, listener_command, quoted, sent
from logcorr.signatures.finding import Fact, Finding, Signature
from logcorr.timeline.needs import FAILED_REQUESTS
from logcorr.timeline.selections import ROUTE
from logcorr.timeline.speed_needs import WORKING_SPEEDS

if TYPE_CHECKING:
    import pandas as pd


def judge(failed: pd.DataFrame, speeds: pd.DataFrame | None) -> list[Finding]:
    """One finding for each upstream."""
    return [of_upstream(each, failed, speeds) for each in sent(failed, ("timed_out", "connect_timed_out"))]


def of_upstream(part: Sent, failed: pd.DataFrame, speeds: pd.DataFrame | None) -> Finding:
    """The finding of one upstream."""
    actions = part.told["error_detail"].dropna().value_counts()
    waits = part.rows["duration_s"].dropna()
    connecting = part.rows["upstream_connected"].astype("boolean").eq(other=False).fillna(value=False)
    connecting |= part.rows["error_detail"].astype("string").str.contains("connecting", regex=False).fillna(value=False)
    facts: dict[str, Fact] = {
        **part.facts(failed),
        "action": str(actions.index[0]) if len(actions) else None,
        "connecting": int(connecting.sum()),
        "waited_s": round(float(waits.median()), 3) if len(waits) else None,
        "waited_low_s": round(float(waits.min()), 3) if len(waits) else None,
        "waited_high_s": round(float(waits.max()), 3) if len(waits) else None,
        **working(part.rows, speeds),
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="high",
        confidence=0.95 if len(part.told) else 0.85,
        start_us=part.start_us,
        end_us=part.end_us,
        subject=part.address,
        facts=facts,
        evidence=part.evidence(),
        remedy=remedy(part, facts),
        verify=("tail -f /var/log/nginx/error.log | grep 'timed out'  # no new ones",),
        missing=() if len(waits) else ("the time that requests took: add $request_time to the log_format",),
        explains=part.keys,
        places=part.places,
        host=part.host,
    )


def working(rows: pd.DataFrame, speeds: pd.DataFrame | None) -> dict[str, Fact]:
    """How the working requests of these routes fared meanwhile; ``slow_chance`` is that so many are slow by chance."""
    nothing: dict[str, Fact] = dict.fromkeys(("working_meanwhile", "working_s", "usual_s", "slower", "slow_chance"))
    if speeds is None or speeds.empty:
        return nothing
    routes = rows[[*ROUTE]].astype("string").drop_duplicates()
    known = speeds.astype(dict.fromkeys(ROUTE, "string")).merge(routes, on=[*ROUTE])
    known = known[known["outside"] > 0].sort_values(["during", *ROUTE], ascending=[False, True, True])
    during, slower = (int(known[name].sum()) for name in ("during", "slower"))
    if not during:
        return {**nothing, "working_meanwhile": during}
    first = known.iloc[0]
    return {
        "working_meanwhile": during,
        "working_s": round(float(first["during_middle_s"]), 3),
        "usual_s": round(float(first["outside_middle_s"]), 3),
        "slower": slower,
        "slow_chance": statistics.chance_of_so_many(slower, during, 0.05),
    }


def remedy(part: Sent, facts: dict[str, Fact]) -> tuple[str, ...]:
    """What to look at, made for the case."""
    address = part.address.removeprefix("unix:")
    look = (listener_command(part.address),) if part.address else ()
    if facts["connecting"] == facts["requests"] and address and not part.address.startswith("unix:"):
        name, _, port = address.rpartition(":")
        return (f"nc -vz {quoted(name)} {quoted(port)}  # from this host: does anything answer there?", *look)
    route = f" for {facts['route']}" if facts["route"] else ""
    return (*look, f"tail -n 100 LOG  # of the service, or its slow log: what takes so long{route}?")


SIGNATURE: Final = Signature(
    name="upstream_timeout",
    role="cause",
    title="a service behind the web server that does not answer in time",
    claim="{upstream} did not answer in time: {requests} requests answered {status}, most of them {route}",
    judge=judge,
    needs={"failed": FAILED_REQUESTS},
    improves={"speeds": WORKING_SPEEDS},
)
