"""Causes that are joined to the very requests that they made fail: by the lines about these, their process or their upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr.diagnosis.case import SECOND, SLACK_US, Case, more_often, requests_between, share_of_group, within
from logcorr.diagnosis.grades import Graded
from logcorr.diagnosis.service_faults import unit_of
from logcorr.signatures.failures import among, upstream_of
from logcorr.signatures.lifecycle import DEATHS, programs_of
from logcorr.signatures.serving import Answer, belongs

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.signatures.finding import Finding

#: a service that stopped this long before requests began to fail can be why (idle sites have few requests)
STOPPED_BEFORE_US: Final = 60 * SECOND
#: events that explain by themselves why nobody listens
STOPS: Final = (
    *DEATHS,
    "unit.stopping",
    "unit.stopped",
    "unit.start.failed",
    "unit.start.limit_hit",
    "unit.restart.scheduled",
    "service.exited",
)


#: what is seen directly and is still no answer to why
UNEXPLAINED: Final = ("upstream_timeout",)


def of_requests(finding: Finding, case: Case) -> Graded | None:
    """A cause whose finding says which requests it is about, and by what they are joined (the fact ``matched_by``)."""
    own = case.at(finding.host)
    if own is None or not among(finding.keys, case.group.keys).any():
        return None
    rows = own.group.failed[own.group.failed["request_key"].isin(finding.keys)]
    if rows.empty:
        return None
    by = finding.facts.get("matched_by")
    graded = Graded(finding, seen_directly=by in {"request", "process"} and finding.signature not in UNEXPLAINED)
    graded.say("time", *within(finding, rows))
    graded.say("place", *place(finding, rows, case))
    share_of_group(graded, case, finding.keys, alike(finding, case))
    graded.say("counter_test", *rose(finding, own))
    return graded


def alike(finding: Finding, case: Case) -> np.ndarray | None:
    """The requests that the same fault explains on other hosts; None where it is known of one alone."""
    others = [each.explains for each in case.findings if (each.signature, each.state) == (finding.signature, "fired")]
    return np.concatenate(others) if finding.host else None


def place(finding: Finding, rows: pd.DataFrame, case: Case) -> tuple[Answer, str]:
    """Whether a fault is where its requests failed."""
    by = finding.facts.get("matched_by")
    if by == "request":
        return "met", "the lines about it name the requests"
    if by == "process":
        return "met", "it happened to the processes that had the requests"
    if by == "fields":
        return "unknown", "all that the access lines say is that nginx answered alone"
    addresses = list(upstream_of(rows).dropna().value_counts().index[:1])
    if addresses and addresses[0] in finding.places:
        return "met", f"the failed requests were sent to {addresses[0].removeprefix('unix:')}, where it happened"
    if not addresses:
        return "unknown", "nothing says to which service the failed requests were sent"
    start = finding.start_us or 0
    return belongs(unit_of(finding), addresses[0], case.around, (start, start + 15 * SECOND))


def rose(finding: Finding, case: Case) -> tuple[Answer, str]:
    """Whether requests of the group failed more often from the beginning of a fault on than before it."""
    start, end = finding.start_us or case.group.start_us, finding.end_us or case.group.end_us
    failed = case.group.failed
    early = failed["timestamp_us"] < start - SLACK_US
    before, _ = requests_between(case.traffic, 0, start - SLACK_US)
    during, _ = requests_between(case.traffic, start, end)
    failed_before, failed_during = int(early.sum()), int((~early & (failed["started_us"] <= end + SLACK_US)).sum())
    answer = more_often(failed_during, max(during, failed_during), failed_before, max(before, failed_before))
    return answer, f"{failed_before} of {before} requests failed so before it"


def of_the_application(finding: Finding, case: Case) -> Graded | None:
    """Errors of the application's own, and not those that speak of something else; new with a change, where one is known."""
    if not among(finding.explains, case.group.keys).any():
        return None
    by_request = finding.facts.get("matched_by") == "request"
    graded = Graded(finding, seen_directly=by_request)
    graded.say("time", "met", "each error was logged while its request ran")
    release, message = finding.facts.get("release"), str(finding.facts.get("message") or "")
    if finding.facts.get("points_to") == "files" and not (release and f"/{release}/" in message):
        graded.say(
            "place", "unknown", "the errors speak of files that are not there: of a release that lacks them, or of old code"
        )
    else:
        named = "the errors name the requests" if by_request else "the errors name no request"
        graded.say("place", "met" if by_request else "unknown", named)
    share_of_group(graded, case, finding.explains)
    change = finding.facts.get("change_chance")
    counts = [finding.facts.get(name) for name in ("before_errors", "before_requests", "after_errors", "after_requests")]
    told = "{} errors in {} requests before the deploy, {} in {} after it".format(*counts)
    if change is None:
        graded.say("counter_test", "unknown", "no deploy or no request before it to compare with")
        return graded
    old_errors, old_requests, errors, requests = (int(count or 0) for count in counts)
    answer = more_often(errors, max(requests, errors), old_errors, max(old_requests, old_errors))
    graded.say(
        "counter_test", answer, told + {"met": "", "unmet": ": no more often", "unknown": ": too few to compare"}[answer]
    )
    return graded


def of_an_upstream(finding: Finding, case: Case) -> Graded | None:
    """What nginx met at an upstream: a first cause only where the log of services, which must reach back, knows of no end of one."""
    own = case.at(finding.host)
    if own is None or not among(finding.explains, case.group.keys).any() or stops(own) is not None:
        return None
    graded = Graded(finding)
    graded.say("time", "met", "the requests failed at that moment")
    graded.say("place", "met", "the same requests")
    share_of_group(graded, case, finding.explains, alike(finding, case))
    case, told = own, own.around.lifecycle
    if told is None or not programs_of(told).eq("systemd").any():
        graded.say("time", "unknown", "no journal: whether a service stopped before is not known")
    elif case.group.failed["started_us"].min() - STOPPED_BEFORE_US < min(told["timestamp_us"].min(), case.began_us):
        graded.say(
            "time", "unknown", "the evidence does not reach back to before the failures: what came before them is not known"
        )
    return graded


def stops(case: Case) -> pd.DataFrame | None:
    """What a service manager logged of a service's end before the requests failed; None where it logged nothing.

    An end that comes later made nothing fail: it may be the first step of the remedy.
    """
    rows = case.around.lifecycle
    if rows is None:
        return None
    first = int(case.group.failed["started_us"].min())
    near = rows[
        rows["event_name"].isin(STOPS)
        & (rows["timestamp_us"] >= first - STOPPED_BEFORE_US)
        & (rows["timestamp_us"] <= first + SLACK_US)
    ]
    return near if len(near) else None
