"""An application's errors beside the requests that failed: which belong together, what changed with a deploy, what is cited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from logcorr import statistics
from logcorr.signatures.error_subjects import named, subjects
from logcorr.signatures.failures import kinds, upstream_of
from logcorr.signatures.finding import Citation, Fact, Finding, cite, text
from logcorr.signatures.moments import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

SECOND: Final = 1_000_000


#: kinds of failed requests that the application had no part in, or whose connection it closed
NOT_OF_APPLICATION: Final = (
    *("unreachable", "queue_full", "connect_timed_out", "no_files", "no_connections", "starved", "refused", "alone"),
    "closed_early",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    significant: float = statistics.SIGNIFICANT
    window_s: float = 2.0  # an error is logged while its request runs; both clocks may be one second coarse


@dataclass(frozen=True)
class Evidence:
    """What the signatures about an application's errors are given."""

    failed: pd.DataFrame
    traffic: pd.DataFrame
    deploys: pd.DataFrame | None
    limits: Limits


@dataclass(frozen=True)
class Joined:
    """Errors of one kind and the failed requests that they belong to; ``among`` are all errors of the kind.

    ``by`` is "request", or "time" where no error of the kind names a request. ``working`` requests went well in spite of such an
    error. ``chance``: how often chance alone would bring the errors to so many failed requests.
    """

    errors: pd.DataFrame
    among: pd.DataFrame
    requests: pd.DataFrame
    by: str
    working: int
    chance: float


def share(errors: pd.DataFrame, *wanted: str) -> pd.DataFrame:
    """The errors that speak of one of these subjects, with a column ``subject``.

    Of the application's own code only those of requests without an error that speaks of something else.
    """
    if errors.empty:
        return errors.assign(subject=pd.Series(dtype=object))
    errors = named(errors)
    errors["subject"] = subjects(errors)
    own = errors[errors["subject"].isin(wanted)]
    if "own" in wanted:
        others = errors.loc[~errors["subject"].isin(wanted), "request_key"].dropna()
        own = own[~own["request_key"].isin(others) | own["request_key"].isna()]
    return own


def untimed(signature: str, errors: pd.DataFrame, failed: pd.DataFrame) -> list[Finding]:
    """The answer where errors have no time at all."""
    if errors.empty or failed.empty or errors["timestamp_us"].notna().any():
        return []
    missing = f"the times of {len(errors)} errors that the application logged without any: a time in each line of its log"
    return [Finding(signature, "not_evaluable", "cause", missing=(missing,))]


def joined(errors: pd.DataFrame, given: Evidence) -> Joined | None:
    """The errors that belong to failed requests, if these are more than chance would bring together."""
    failed, limits = given.failed.sort_values(["timestamp_us", "request_key"]), given.limits
    among = errors[errors["timestamp_us"].notna()].sort_values(["timestamp_us", "event_id"], ignore_index=True)
    if among.empty or failed.empty:
        return None
    keys = among["request_key"]
    # what the proxy passes on belongs to the request of its connection: without a failed one that request went well
    passed_on = keys.isna() & (among["source"] == "nginx_error")
    nameless = among[keys.isna() & ~passed_on]
    matched = failed[failed["request_key"].isin(keys.dropna())]
    if len(matched):
        named_well = keys.dropna()[~keys.dropna().isin(failed["request_key"])].nunique()
        working = int(named_well) + int(passed_on.sum())
        others = max(int(given.traffic["requests"].sum()) - len(failed), working)
        chance = statistics.chance_of_more(len(matched), len(failed), working, others)
        own = among[keys.isin(matched["request_key"])]
        return Joined(own, among, matched, "request", working, chance) if chance < limits.significant else None
    if nameless.empty or keys.notna().any():
        return None
    matched, chance = in_same_second(nameless, given)
    if matched.empty:
        return None
    stamps, slack = nameless["timestamp_us"].to_numpy(), int(limits.window_s * SECOND)
    starts = np.sort(matched["started_us"].to_numpy()) - slack
    ends = np.sort(matched["timestamp_us"].to_numpy()) + slack
    own = nameless[np.searchsorted(starts, stamps, "right") > np.searchsorted(ends, stamps)]
    return Joined(own, among, matched, "time", 0, chance)


def in_same_second(errors: pd.DataFrame, given: Evidence) -> tuple[pd.DataFrame, float]:
    """Failed requests with an error in the same moment, where no error names a request; none if chance would do as well.

    Requests that never came to the application, or that it broke off, have none of its errors, and an error is that of one request
    at most: of more requests than errors those nearest to an error count.
    """
    elsewhere = kinds(given.failed).isin(list(NOT_OF_APPLICATION)).fillna(value=False).astype(bool)
    failed = given.failed[~elsewhere].sort_values(["timestamp_us", "request_key"])
    traffic, limits = given.traffic, given.limits
    stamps = np.sort(errors["timestamp_us"].to_numpy())
    slack = int(limits.window_s * SECOND)

    def near(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        return np.searchsorted(stamps, end + slack, "right") > np.searchsorted(stamps, start - slack)

    hit = near(failed["started_us"].to_numpy(), failed["timestamp_us"].to_numpy())
    seconds = traffic["second"].to_numpy() * SECOND
    working = (traffic["requests"] - traffic["failed"]).to_numpy()
    beside = near(seconds, seconds + SECOND)
    chance = statistics.chance_of_more(int(hit.sum()), len(hit), int(working[beside].sum()), int(working.sum()))
    if chance >= limits.significant:
        return failed.iloc[:0], chance
    found = failed[hit]
    if len(found) > len(stamps):
        ends = found["timestamp_us"].to_numpy()
        after = np.searchsorted(stamps, ends).clip(1, max(1, len(stamps) - 1))
        away = np.minimum(np.abs(ends - stamps[after - 1]), np.abs(ends - stamps[after.clip(max=len(stamps) - 1)]))
        found = found.iloc[np.sort(np.argsort(away, kind="stable")[: len(stamps)])]
    return found, chance


def before_and_after(
    errors: pd.DataFrame, traffic: pd.DataFrame, deploys: pd.DataFrame | None, limits: Limits
) -> tuple[pd.Series | None, dict[str, Fact]]:
    """Errors and requests on both sides of the deploy that the errors follow; ``change_chance`` of so much more by chance.

    Where they follow none, a deploy with as many errors before it as after it counts: it shows that they are not new. Without either
    there is no moment that was not picked by looking at the errors: then nothing is compared.
    """
    names = ("release", "before_errors", "before_requests", "after_errors", "after_requests", "change_chance")
    nothing: dict[str, Fact] = dict.fromkeys(names)
    if deploys is None:
        return None, nothing
    begun = [row for _, row in deploys[deploys["started_us"].notna()].sort_values("started_us").iterrows()]
    later = errors["timestamp_us"].to_numpy()
    # the deploy that the bulk of the errors follows: at most a tenth of them may be older
    fitting = [row for row in begun if (later < row["started_us"] - SECOND).mean() < 0.1]  # noqa: PLR2004
    around = [row for row in begun if later.min() < row["started_us"] <= later.max()]
    if not fitting and not around:
        return None, nothing
    deploy = fitting[-1] if fitting else around[-1]
    edge = int(deploy["started_us"])
    before, after = traffic["second"] * SECOND < edge - SECOND, traffic["second"] * SECOND >= edge
    counts = {
        "before_errors": int((errors["timestamp_us"] < edge).sum()),
        "before_requests": int(traffic.loc[before, "requests"].sum()),
        "after_errors": int((errors["timestamp_us"] >= edge).sum()),
        "after_requests": int(traffic.loc[after, "requests"].sum()),
    }
    old = counts["before_errors"], max(counts["before_requests"], counts["before_errors"])
    new = counts["after_errors"], max(counts["after_requests"], counts["after_errors"])
    chance = statistics.chance_of_more(*new, *old)
    if not fitting and min(chance, statistics.chance_of_more(*old, *new)) < limits.significant:
        return None, nothing
    said = deploys[(deploys["service_version"] == deploy["service_version"]) & (deploys["deployment_status"] == "completed")]
    facts: dict[str, Fact] = {
        "release": text(deploy["service_version"]),
        **counts,
        "change_chance": chance if counts["before_requests"] else None,
    }
    return (said.iloc[0] if len(said) else deploy), facts


def finding_of(  # noqa: PLR0913 (what a finding has of its own)
    signature: str,
    found: Joined,
    given: Evidence,
    facts: dict[str, Fact],
    *,
    subject: str = "",
    remedy: Iterable[str] = (),
    verify: Iterable[str] = (),
    places: frozenset[str] = frozenset(),
    cited: Iterable[Citation] = (),
) -> Finding:
    """The finding of errors and their requests: the facts that all such findings have, then those of its own."""
    own, requests = found.errors, found.requests
    first, last = own.iloc[0], own.iloc[-1]
    start, end = int(requests["started_us"].min()), int(requests["timestamp_us"].max())
    deploy, compared = before_and_after(found.among, given.traffic, given.deploys, given.limits)
    routes = routes_of(requests)
    exceptions = own["exception_type"].fillna(own["body"].str.split("\n").str[0]).value_counts()
    shared: dict[str, Fact] = {
        "exception": str(exceptions.index[0]),
        "message": text(first["exception_message"]),
        "errors": len(own),
        "kinds": len(exceptions),
        "requests": len(requests),
        "failed": len(given.failed),
        "matched_by": found.by,
        "logged_by": str(own["source"].value_counts().index[0]),
        "working_with_error": found.working,
        "chance": found.chance,
        "route": str(routes.index[0]) if len(routes) else None,
        "routes": len(routes),
        "first_at": iso(start),
        "last_at": iso(end),
        **compared,
    }
    evidence = [cite(row, *lines_of(row)) for row in (first, last)]
    evidence += [cite(each, lines_of(each)[1]) for each in other_messages(own)]
    evidence.append(cite(requests.iloc[0]))
    evidence += cited
    if deploy is not None:
        evidence.append(cite(deploy))
    return Finding(
        signature=signature,
        state="fired",
        role="cause",
        level="high",
        confidence=0.95 if found.by == "request" else 0.7,
        start_us=min(int(first["timestamp_us"]), start),
        end_us=max(int(last["timestamp_us"]), end),
        subject=subject or str(shared["route"] or ""),
        facts={**shared, **facts},
        evidence=tuple(dict.fromkeys(evidence)),
        remedy=tuple(remedy),
        verify=tuple(verify),
        explains=requests["request_key"].to_numpy(),
        places=places,
    )


def routes_of(requests: pd.DataFrame) -> pd.Series:
    """Methods and routes, the most frequent first."""
    return (requests["http_request_method"].astype("string") + " " + requests["http_route"].astype("string")).value_counts()


def upstreams_of(requests: pd.DataFrame) -> frozenset[str]:
    """Where the requests were sent."""
    return frozenset(str(each) for each in upstream_of(requests).dropna().unique())


def lines_of(row: pd.Series) -> tuple[str, str | None]:
    """The lines of an error that show it: its head, and the one that names the exception."""
    kind, message = text(row["exception_type"]), text(row["exception_message"])
    exception = kind and (f"{kind}: {message}".partition("\n")[0] if message else kind)
    return str(row["body"]).partition("\n")[0], exception


def other_messages(own: pd.DataFrame) -> list[pd.Series]:
    """The first error of each further message, at most two."""
    message = own["exception_message"].fillna("")
    firsts = own.loc[message.drop_duplicates().index]
    return [row for _, row in firsts.iloc[1:3].iterrows()]
