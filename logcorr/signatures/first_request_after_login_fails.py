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
from logcorr.timeline.session_needs import VISITS

if TYPE_CHECKING:
    import pandas as pd

FAILED: Final = 500
REFUSED: Final = 400
#: parts of pages are fetched beside a page and are no step of a person
_PARTS: Final = r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|eot|webmanifest)$"


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    fewest_clients: int = 3  # fewer show no habit
    significant: float = statistics.SIGNIFICANT


def judge(visits: pd.DataFrame, limits: Limits | None = None) -> list[Finding]:
    """One finding, about the login that sets the stage for most clients."""
    limits = limits or Limits()
    steps = in_order(visits)
    login = login_of(steps, limits)
    if login is None:
        return []
    first = (steps["after"] == login).fillna(value=False).astype(bool)
    failed = steps["http_response_status_code"] >= FAILED
    bad, all_ = int((first & failed).sum()), int(first.sum())
    other_bad, other_all = int((~first & failed).sum()), int((~first).sum())
    chance = statistics.chance_of_more(bad, all_, other_bad, other_all)
    if not bad or chance >= limits.significant:
        return []
    hit = steps[first & failed].sort_values(["timestamp_us", "request_key"])
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
        cited += [Citation(str(row["after_file"]), int(row["after_line"]), int(row["after_line"])), cite(row)]
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


def in_order(visits: pd.DataFrame) -> pd.DataFrame:
    """Each client's steps in order, with ``route``, and the POST that went well just before each as ``after``."""
    steps = visits[~visits["http_route"].astype("string").fillna("").str.contains(_PARTS)]
    # the log is written at the end of requests: a login whose answer sends on ends before the next request begins
    steps = steps.sort_values(["client_address", "timestamp_us", "request_key"], ignore_index=True)
    steps = steps.assign(route=steps["http_request_method"].astype("string") + " " + steps["http_route"].astype("string"))
    before = steps[["client_address", "route", "http_request_method", "http_response_status_code", "file", "line"]].shift(1)
    posted = (
        (
            (before["client_address"] == steps["client_address"])
            & (before["http_request_method"].astype("string") == "POST")
            & (before["http_response_status_code"] < REFUSED)
            & (steps["http_request_method"].astype("string") != "POST")
        )
        .fillna(value=False)
        .astype(bool)
    )
    return steps.assign(
        after=before["route"].where(posted), after_file=before["file"].where(posted), after_line=before["line"].where(posted)
    )


def login_of(steps: pd.DataFrame, limits: Limits) -> str | None:
    """The POST that opens routes which clients hardly ask for before it; of several the one that most clients come to first."""
    posts = steps[(steps["http_request_method"].astype("string") == "POST") & (steps["http_response_status_code"] < REFUSED)]
    if posts.empty:
        return None
    firsts = posts.drop_duplicates("client_address").groupby("route")["client_address"].nunique().sort_index()
    for login in firsts.sort_values(ascending=False, kind="stable").index:
        began = posts[posts["route"] == login].groupby("client_address")["timestamp_us"].min()
        if len(began) >= limits.fewest_clients and opens(steps, began, limits):
            return str(login)
    return None


def opens(steps: pd.DataFrame, began: pd.Series, limits: Limits) -> bool:
    """Whether there are routes that clients ask for after a moment of theirs, and far less before it."""
    since = steps["client_address"].map(began)
    own = steps[since.notna() & (steps["http_request_method"].astype("string") != "POST")]
    later = own["timestamp_us"] > since[own.index]
    counts = own.assign(later=later).groupby("route")["later"].agg(["sum", "size"])
    after, before = int(later.sum()), int((~later).sum())
    return any(
        statistics.chance_of_more(int(row["sum"]), after, int(row["size"] - row["sum"]), before)
        < limits.significant / len(counts)
        for _, row in counts.iterrows()
    )


SIGNATURE: Final = Signature(
    name="first_request_after_login_fails",
    role="symptom",
    title="first requests after login that fail",
    claim="of the clients that met a failure, {first_failed} of {first_requests} first requests after {login} failed, and "
    "{other_failed} of their {other_requests} others",
    judge=judge,
    needs={"visits": VISITS},
)
