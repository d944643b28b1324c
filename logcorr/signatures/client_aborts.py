"""Clients gave up before the answer came (nginx's 499), which is no failed request.

Looks for
    requests logged with status 499: at least five (``Limits``), or fewer that had waited longer than all but 5 % of the working requests of
    their routes, or that came more often while requests failed than before and after (binomial and Fisher's exact test).

Matters because
    a 499 is the client's doing and stands in no error rate. After long waits it shows a slow server that nobody calls failed; after short
    ones it shows impatient apps, people who click on, monitoring with a short timeout.

Can mislead when
    clients with a short timeout are many (then the waits are short); a proxy in front of the server gives up for all of them; a log
    without the time of requests cannot tell waits. That 499s rise while requests fail does not make them failures: people reload a
    page that hangs.

Evidence given
    the first such request of the routes that have most of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr import statistics
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import TRAFFIC
from logcorr.timeline.speed_needs import ABORTED_ROUTES

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    fewest: int = 5  # fewer tell nothing by themselves: phones lose their network
    slow_share: float = 0.05  # longer than all but this share of the working requests of the route
    routes_named: int = 3
    significant: float = statistics.SIGNIFICANT


def judge(routes: pd.DataFrame, traffic: pd.DataFrame, limits: Limits | None = None) -> Sequence[Finding]:
    """One finding for all of them."""
    limits = limits or Limits()
    if routes.empty:
        return []
    ordered = routes.sort_values(["aborted", "http_route", "http_request_method"], ascending=[False, True, True])
    aborted, timed, longer = (int(routes[name].sum()) for name in ("aborted", "timed", "longer"))
    long_waits = statistics.chance_of_so_many(longer, timed, limits.slow_share) < limits.significant if timed else None
    during, rose = beside_failures(traffic, limits)
    if aborted < limits.fewest and not long_waits and not rose:
        return []
    usual = ordered[ordered["working_middle_s"].notna() & ordered["waited_s"].notna()].head(1)
    facts: dict[str, Fact] = {
        "requests": aborted,
        "all_requests": int(traffic["requests"].sum()),
        "routes": len(routes),
        "route": " ".join(map(str, ordered[["http_request_method", "http_route"]].iloc[0])),
        "on_route": int(ordered["aborted"].iloc[0]),
        "clients": int(routes["clients"].max()),
        "timed": timed,
        "waited_s": round(float(usual["waited_s"].iloc[0]), 3) if len(usual) else None,
        "working_s": round(float(usual["working_middle_s"].iloc[0]), 3) if len(usual) else None,
        "longer_than_usual": longer if timed else None,
        "sooner_than_half": int(routes["sooner"].sum()) if timed else None,
        "waits": None if long_waits is None else "long" if long_waits else "usual",
        **during,
        "first_at": iso(int(routes["first_us"].min())),
        "last_at": iso(int(routes["last_us"].max())),
    }
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired",
            role="context",
            level="low" if long_waits or rose else "informational",
            confidence=0.95,
            start_us=int(routes["first_us"].min()),
            end_us=int(routes["last_us"].max()),
            facts=facts,
            evidence=tuple(cite(row) for _, row in ordered.head(limits.routes_named).iterrows()),
            missing=() if timed else ("the time that requests took: add $request_time to the log_format",),
        )
    ]


def beside_failures(traffic: pd.DataFrame, limits: Limits) -> tuple[dict[str, Fact], bool | None]:
    """How many there are between the first and the last failed request, and outside; whether they are more frequent there.

    None where no request failed, or requests failed all the time.
    """
    failing = traffic.loc[traffic["failed"] > 0, "second"]
    if failing.empty:
        return {"while_failing": None, "while_failing_requests": None, "rose_while_failing": None}, None
    inside = (traffic["second"] >= failing.min()) & (traffic["second"] <= failing.max())
    counts = [int(traffic.loc[rows, name].sum()) for rows in (inside, ~inside) for name in ("aborted", "requests")]
    rose = statistics.chance_of_more(*counts) < limits.significant if counts[3] else None
    return {"while_failing": counts[0], "while_failing_requests": counts[1], "rose_while_failing": rose}, rose


SIGNATURE: Final = Signature(
    name="client_aborts",
    role="context",
    title="requests that clients gave up",
    claim="clients gave up {requests} requests before the answer came (499): most on {route}; they are not counted as failed",
    judge=judge,
    needs={"routes": ABORTED_ROUTES, "traffic": TRAFFIC},
)
