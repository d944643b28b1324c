"""What fails is above all the first request after a login.

Looks for
    the login: the POST after which most clients go on to routes that hardly any of them asks for before it (Fisher's exact test);
    its name is not looked at. Then the requests that come next after it, of the clients that met a failure: whether they fail more
    often than all other requests of these clients would by chance (Fisher's exact test).

Matters because
    everybody who logs in meets it once, and a second try works: people complain, and whoever is logged in already, or tries without an
    account, sees nothing.

Can mislead when
    several people share one address: the next request is then another person's, which blurs the shares; the login itself fails
    (those failures count among the others); an outage: everything fails, and the test finds no difference.

Evidence given
    the first two failed requests after a login, each with the login before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr import statistics
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.session_needs import FAILED_NEXT_REQUESTS, NEXT_REQUESTS, STAGES

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    fewest_clients: int = 3  # fewer show no habit
    significant: float = statistics.SIGNIFICANT


def judge(stages: pd.DataFrame, following: pd.DataFrame, failed: pd.DataFrame, limits: Limits | None = None) -> list[Finding]:
    """One finding, about the login that sets the stage for most clients."""
    limits = limits or Limits()
    login = login_of(stages, limits)
    if login is None:
        return []
    first = (following["after"] == login).fillna(value=False).astype(bool)
    bad, all_ = int(following.loc[first, "failed"].sum()), int(following.loc[first, "requests"].sum())
    other_bad, other_all = int(following.loc[~first, "failed"].sum()), int(following.loc[~first, "requests"].sum())
    chance = statistics.chance_of_more(bad, all_, other_bad, other_all)
    if not bad or chance >= limits.significant:
        return []
    hit = failed[failed["after"] == login].sort_values(["timestamp_us", "request_key"])
    low, high = statistics.interval(bad, all_)
    routes = hit["route"].value_counts()
    facts: dict[str, Fact] = {
        "login": login,
        "first_failed": bad,
        "first_requests": all_,
        "share_low": round(low, 6),
        "share_high": round(high, 6),
        "other_failed": other_bad,
        "other_requests": other_all,
        "route": str(min(routes[routes == routes.max()].index)),
        "clients": int(hit["client_address"].nunique()),
        "chance": chance,
        "first_at": iso(int(hit["timestamp_us"].iloc[0])),
        "last_at": iso(int(hit["timestamp_us"].iloc[-1])),
    }
    cited: list[Citation] = []
    for _, row in hit.head(2).iterrows():
        cited += [Citation(str(row["before_file"]), int(row["before_line"]), int(row["before_line"])), cite(row)]
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired",
            role=SIGNATURE.role,
            level="high",
            confidence=0.95,
            start_us=int(hit["timestamp_us"].iloc[0]),
            end_us=int(hit["timestamp_us"].iloc[-1]),
            subject=login,
            facts=facts,
            evidence=tuple(cited),
            explains=hit["request_key"].to_numpy(),
        )
    ]


def login_of(stages: pd.DataFrame, limits: Limits) -> str | None:
    """The first POST of most clients that opens routes which they hardly ask for before it."""
    most = stages.groupby("post")["clients"].max().sort_index().sort_values(ascending=False, kind="stable")
    for login, clients in most.items():
        if clients >= limits.fewest_clients and opens(stages[stages["post"] == login], limits):
            return str(login)
    return None


def opens(routes: pd.DataFrame, limits: Limits) -> bool:
    """Whether there are routes that clients ask for after a moment of theirs, and far less before it."""
    after, before = int(routes["after"].sum()), int((routes["requests"] - routes["after"]).sum())
    return any(
        statistics.chance_of_more(int(row["after"]), after, int(row["requests"] - row["after"]), before)
        < limits.significant / len(routes)
        for _, row in routes.iterrows()
    )


SIGNATURE: Final = Signature(
    name="first_request_after_login_fails",
    role="symptom",
    title="first requests after login that fail",
    claim="of the clients that met a failure, {first_failed} of {first_requests} first requests after {login} failed, and "
    "{other_failed} of their {other_requests} others",
    judge=judge,
    needs={"stages": STAGES, "following": NEXT_REQUESTS, "failed": FAILED_NEXT_REQUESTS},
)
