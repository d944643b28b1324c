"""Which finding can be the cause of a group of failed requests, and how well it stands as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr import statistics
from logcorr.diagnosis.case import SECOND, SLACK_US, Case, ended_with, more_often, share_of_group
from logcorr.diagnosis.grades import Graded
from logcorr.diagnosis.places import Answer, belongs, proxied
from logcorr.signatures.failures import among, upstream_of
from logcorr.signatures.finding import Finding
from logcorr.signatures.lifecycle import DEATHS, stem

if TYPE_CHECKING:
    import pandas as pd

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

#: makers of an answer that can be a service's with the wrong code; not those of requests that waited or broke off
PLAIN_ANSWERS: Final = ("app_without_logged_error", "unknown")


def of_service(finding: Finding, case: Case) -> Graded | None:
    """A cause that lies in one service: through an upstream of it that nobody listens on, or through what it answers.

    None where it cannot be what made these requests fail.
    """
    own = case.at(finding.host)
    if own is None:
        hosts = ", ".join(sorted(case.group.failed["host_name"].dropna().unique()))
        graded = Graded(finding)
        graded.say("place", "unmet", f"it happened on {finding.host}, the requests failed on {hosts}")
        return graded
    reached = reach(finding, own)
    if reached is None:
        return None
    keys, answer, reason = reached
    facts = finding.facts
    direct = facts.get("manager_said") == "failed" or died(finding)
    graded = Graded(finding, seen_directly=direct and bool(unreachable(own)))
    graded.say("place", answer, reason)
    rows = own.group.failed[own.group.failed["request_key"].isin(keys)] if len(keys) else own.group.failed
    graded.say("time", *within(finding, rows))
    share_of_group(graded, case, keys, elsewhere(finding, case))
    ended_with(graded, own)
    return graded


def elsewhere(finding: Finding, case: Case) -> np.ndarray:
    """The requests that the same fault on other hosts can have reached: a bad release goes to all of them."""
    keys = [np.array([], np.int64)]
    for other in case.findings:
        if finding.host and other.host and (other.signature, other.state) == (finding.signature, "fired"):
            own = case.at(other.host) if other.host != finding.host else None
            reached = reach(other, own) if own else None
            keys += [reached[0]] if reached and reached[1] != "unmet" else []
    return np.concatenate(keys)


def died(finding: Finding) -> bool:
    """Whether the service ended by it."""
    return bool(finding.facts.get("service_died")) or finding.facts.get("consequence") == "died"


def unreachable(case: Case) -> list[Finding]:
    """Upstreams that requests of the group could not be connected to, those of most of them first."""
    through = [
        each
        for each in case.findings
        if each.signature == "upstream_unreachable" and among(each.explains, case.group.keys).any()
    ]
    return sorted(through, key=lambda each: -int(among(each.explains, case.group.keys).sum()))


def reach(finding: Finding, case: Case) -> tuple[np.ndarray, Answer, str] | None:
    """The requests that a fault of a service can have reached, and whether they were meant for it."""
    if through := unreachable(case):
        verdicts = [serves(finding, each.subject, case) for each in through]
        answer, reason = verdicts[0]  # of the upstream that most of the requests were meant for
        keys = [each.explains for each, (said, _) in zip(through, verdicts, strict=True) if said == answer]
        return np.concatenate(keys), answer, reason
    if died(finding):
        return case.group.keys, "unknown", "nothing says that the failed requests were meant for this service"
    unexplained = case.group.failed[case.makers.isin(PLAIN_ANSWERS)]
    if case.group.findings or unexplained.empty or stem(unit_of(finding)) == "nginx":
        return None
    addresses = list(upstream_of(unexplained).dropna().value_counts().index[:1]) or proxied(case.around)
    answers = [serves(finding, address, case) for address in addresses]
    if not answers:
        return unexplained["request_key"].to_numpy(), "unknown", "nothing says to which service the failed requests were sent"
    told = {answer for answer, _ in answers}
    answer, reason = answers[0]
    if len(told) > 1:
        answer, reason = "unknown", f"nginx sends requests to {', '.join(addresses)}: which of them these went to is not logged"
    return unexplained["request_key"].to_numpy(), answer, reason


def unit_of(finding: Finding) -> str:
    """The unit that a finding is about."""
    return str(finding.facts.get("unit") or finding.subject)


def serves(finding: Finding, address: str, case: Case) -> tuple[Answer, str]:
    """Whether the service of a finding answers at an address."""
    if address in finding.places:
        return "met", f"the failed requests were sent to {address.removeprefix('unix:')}, where it happened"
    start = finding.start_us or 0
    return belongs(unit_of(finding), address, case.around, (start, start + 15 * SECOND))


def within(finding: Finding, rows: pd.DataFrame) -> tuple[Answer, str]:
    """Whether requests failed in the time of a finding."""
    start, end = finding.start_us or 0, finding.end_us
    late = rows["timestamp_us"] + SLACK_US >= start
    early = rows if end is None else rows[rows["started_us"] <= end + SLACK_US]
    if late.all() and len(early) == len(rows):
        return "met", "no request failed before it" + (", and none after its end" if end is not None else "")
    if statistics.interval(int((~late).sum()), len(rows))[0] > 0.05:  # noqa: PLR2004 (more than one in twenty came before it)
        return "unmet", f"{int((~late).sum())} of {len(rows)} requests failed before it"
    outside = int((~late).sum()) + len(rows) - len(early)
    return ("met" if outside < len(rows) / 20 else "unmet"), f"{outside} of {len(rows)} requests failed outside its time"


def app_exception_spike(finding: Finding, case: Case) -> Graded | None:
    """Errors that the application logged for the very requests that failed."""
    if not among(finding.explains, case.group.keys).any() or finding.facts.get("points_to"):
        return None
    by_request = finding.facts.get("matched_by") == "request"
    graded = Graded(finding, seen_directly=by_request)
    graded.say("time", "met", "each error was logged while its request ran")
    graded.say(
        "place",
        "met" if by_request else "unknown",
        "the errors name the requests" if by_request else "the errors name no request",
    )
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


def upstream_unreachable(finding: Finding, case: Case) -> Graded | None:
    """A first cause only where nothing is known that made the upstream unreachable."""
    own = case.at(finding.host)
    if own is None or not among(finding.explains, case.group.keys).any() or stops(own) is not None:
        return None
    graded = Graded(finding)
    graded.say("time", "met", "the requests failed at the moment of the failed connection")
    graded.say("place", "met", "the same requests")
    others = [each.explains for each in case.findings if each.signature == finding.signature and each.state == "fired"]
    share_of_group(graded, case, finding.explains, np.concatenate(others) if finding.host else None)
    case, told = own, own.around.lifecycle
    if told is None:
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


#: finding -> how it is judged as a cause, the furthest upstream first
JUDGES: Final[Mapping[str, Callable[[Finding, Case], Graded | None]]] = {
    "config_rejected": of_service,
    "reload_failed": of_service,
    "stale_socket": of_service,
    "old_workers_serving": of_service,
    "app_exception_spike": app_exception_spike,
    "upstream_unreachable": upstream_unreachable,
}

#: what a change that went wrong shows as, and what people meet of it
_AFTER_A_CHANGE: Final = ("green_deploy_while_failing", "error_rate_shift_at_deploy")
_MET: Final = ("intermittent_failures", "first_request_after_login_fails", "complaints_match_failures")

#: which finding can explain which: cause (or mechanism) -> effects
EDGES: Final[Mapping[str, tuple[str, ...]]] = {
    "config_rejected": ("reload_failed", "stale_socket", "old_workers_serving", "upstream_unreachable", *_AFTER_A_CHANGE),
    "reload_failed": (
        *("stale_socket", "old_workers_serving", "upstream_unreachable", "fast_5xx_without_app_error"),
        *(*_AFTER_A_CHANGE, *_MET),
    ),
    "stale_socket": ("old_workers_serving", "upstream_unreachable", "fast_5xx_without_app_error", *_MET),
    "old_workers_serving": ("fast_5xx_without_app_error", *_MET),
    "app_exception_spike": (*_AFTER_A_CHANGE, *_MET),
    "upstream_unreachable": ("fast_5xx_without_app_error", *_MET),
}
