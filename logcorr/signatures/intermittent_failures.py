"""The same request fails now and works then.

Looks for
    routes on which failed and working requests alternate, from the first failure to the last, often enough that neither can be taken
    for how the route is: more working requests than ``Limits.least_share``, with 95 % certainty, and failures in runs that are short
    on average. Where several hosts answer, the one on which the failures are: more often than on the others, by Fisher's exact test
    (corrected for the number of hosts), and most of them.

Matters because
    whoever tries it sees it work and closes the complaint. How many tries it takes to see it follows from the share. One of several hosts
    that fails looks like chance to those who meet all of them in turn.

Can mislead when
    the failing requests differ in something that the log does not show (a user, a body, a header): then each of them always fails, and
    trying the same one again does not help; an outage with short recoveries (``turns`` says how often the outcome changed, and
    ``turns_by_chance`` how often it would if failures fell independently); failures of a restart are a ``restart_blip``.

Evidence given
    the first and the last failed request of the route with the most failures, on the host that they are on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr import statistics
from logcorr.signatures.failures import is_refused
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import FAILED_REQUESTS
from logcorr.timeline.session_needs import OUTCOMES_BY_HOST, OUTCOMES_IN_TURN

if TYPE_CHECKING:
    import pandas as pd

ROUTE: Final = ["http_request_method", "http_route"]
TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    least_share: float = 0.05  # one try in twenty: what happens less often nobody counts on when trying by hand
    fewest: int = 2  # one failure has no other to alternate with
    longest_run: int = 10  # who tries so often in a row meets both outcomes; failures in longer runs are an outage by stretches
    most: float = 0.5  # of the failures: those that are elsewhere in like numbers are not of one host
    significant: float = statistics.SIGNIFICANT


def judge(turns: pd.DataFrame, failed: pd.DataFrame, hosts: pd.DataFrame, limits: Limits | None = None) -> list[Finding]:
    """One finding for all routes that fail and work by turns."""
    limits = limits or Limits()
    told = failed[~is_refused(failed)]
    if told.empty:
        return []
    turns = turns.merge(told[ROUTE].drop_duplicates(), on=ROUTE)
    working = turns.apply(
        lambda row: statistics.interval(int(row["requests"] - row["failed"]), int(row["requests"]))[0], axis=1
    )
    mixed = turns[(turns["failed"] >= limits.fewest) & (working > limits.least_share) & (turns["turns"] > 1)]
    mixed = mixed[2 * mixed["failed"] / mixed["turns"] <= limits.longest_run]
    if mixed.empty:
        return []
    mixed = mixed.sort_values(["failed", *ROUTE], ascending=[False, True, True])
    hit = told.merge(mixed[ROUTE], on=ROUTE).sort_values(["timestamp_us", "request_key"])
    bad, all_ = int(mixed["failed"].sum()), int(mixed["requests"].sum())
    low, high = statistics.interval(bad, all_)
    lead = mixed.iloc[0]
    route = f"{lead['http_request_method']} {lead['http_route']}"
    placed = on_one_host(hosts.merge(mixed[ROUTE], on=ROUTE), limits)
    of_lead = hit[(hit[ROUTE] == lead[ROUTE]).all(axis=1)]
    there = of_lead[of_lead["host_name"] == placed.get("host")]
    of_lead = there if len(there) else of_lead
    facts: dict[str, Fact] = {
        "route": route,
        "routes": len(mixed),
        "failed": bad,
        "requests": all_,
        "share": round(bad / all_, 6),
        "share_low": round(low, 6),
        "share_high": round(high, 6),
        "ten_tries_miss": round((1 - bad / all_) ** TRIES, 6),
        "tries_for_95": statistics.tries_to_see(bad / all_),
        "turns": int(mixed["turns"].sum()),
        "turns_by_chance": round(
            sum(expected_turns(int(row["failed"]), int(row["requests"])) for _, row in mixed.iterrows()), 1
        ),
        "first_at": iso(int(hit["timestamp_us"].min())),
        "last_at": iso(int(hit["timestamp_us"].max())),
        **placed,
    }
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired",
            role=SIGNATURE.role,
            level="medium",
            confidence=0.95,
            start_us=int(hit["timestamp_us"].min()),
            end_us=int(hit["timestamp_us"].max()),
            subject=route,
            facts=facts,
            evidence=(cite(of_lead.iloc[0]), cite(of_lead.iloc[-1])),
            explains=hit["request_key"].to_numpy(),
            host=str(placed.get("host") or ""),
        )
    ]


def on_one_host(outcomes: pd.DataFrame, limits: Limits) -> dict[str, Fact]:
    """The host that most failures are on, with the counts of it and of the others; nothing where fewer than two hosts are known."""
    by_host = outcomes.groupby("host_name", as_index=False)[["requests", "failed"]].sum()
    hosts, bad, all_ = len(by_host), int(by_host["failed"].sum()), int(by_host["requests"].sum())
    if hosts < 2:  # noqa: PLR2004 (one of one tells nothing)
        return {}
    lead = by_host.sort_values(["failed", "requests", "host_name"], ascending=[False, True, True]).iloc[0]
    part, whole = int(lead["failed"]), int(lead["requests"])
    chance = min(1.0, hosts * statistics.chance_of_more(part, whole, bad - part, all_ - whole))
    if chance >= limits.significant or part <= limits.most * bad:
        return {"hosts": hosts, "host": None, "host_chance": chance}
    return {
        "hosts": hosts,
        "host": str(lead["host_name"]),
        "host_failed": part,
        "host_requests": whole,
        "elsewhere_failed": bad - part,
        "elsewhere_requests": all_ - whole,
        "host_chance": chance,
    }


def expected_turns(failed: int, requests: int) -> float:
    """How often the outcome changes where failures fall independently (Wald and Wolfowitz 1940: runs less one)."""
    return 2 * failed * (requests - failed) / requests


SIGNATURE: Final = Signature(
    name="intermittent_failures",
    role="symptom",
    title="requests that fail now and work then",
    claim="{failed} of {requests} requests failed on routes that worked in between, most of them {route}",
    judge=judge,
    needs={"turns": OUTCOMES_IN_TURN, "failed": FAILED_REQUESTS, "hosts": OUTCOMES_BY_HOST},
)
