"""Which finding can be the cause of a group of failed requests, and how well it stands as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr import statistics
from logcorr.diagnosis.grades import Graded
from logcorr.diagnosis.places import Answer, Surroundings, belongs
from logcorr.signatures.finding import Finding
from logcorr.signatures.lifecycle import DEATHS

if TYPE_CHECKING:
    import pandas as pd

SECOND: Final = 1_000_000
#: access and error logs are stamped with a cached clock, to the second
SLACK_US: Final = 2 * SECOND
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


@dataclass(frozen=True)
class Group:
    """Failed requests that have one explanation, or none."""

    failed: pd.DataFrame
    findings: tuple[Finding, ...]

    @property
    def keys(self) -> np.ndarray:
        """The ``request_key`` of its requests."""
        return self.failed["request_key"].to_numpy()

    @property
    def start_us(self) -> int:
        """When the first of them ended in failure."""
        return int(self.failed["timestamp_us"].min())

    @property
    def end_us(self) -> int:
        """When the last of them did."""
        return int(self.failed["timestamp_us"].max())


@dataclass(frozen=True)
class Case:
    """What judging a cause may look at."""

    group: Group
    findings: Sequence[Finding]
    traffic: pd.DataFrame
    around: Surroundings


def requests_between(traffic: pd.DataFrame, start_us: int, end_us: int) -> tuple[int, int]:
    """Requests and failed ones from one second to another, both included."""
    rows = traffic[(traffic["second"] >= start_us // SECOND) & (traffic["second"] <= end_us // SECOND)]
    return int(rows["requests"].sum()), int(rows["failed"].sum())


def more_often(part: int, whole: int, other_part: int, other_whole: int) -> Answer:
    """Whether the first share is the greater one.

    Unmet only where so many requests would have shown a difference, had the second share been nothing; else nobody can tell.
    """
    if statistics.chance_of_more(part, whole, other_part, other_whole) < statistics.SIGNIFICANT:
        return "met"
    return "unmet" if statistics.chance_of_more(part, whole, 0, other_whole) < statistics.SIGNIFICANT else "unknown"


def share_of_group(graded: Graded, case: Case, keys: np.ndarray) -> None:
    """Whether a cause explains most of the failed requests."""
    graded.explained = int(np.isin(case.group.keys, keys).sum())
    whole = len(case.group.keys)
    low, high = statistics.interval(graded.explained, whole)
    reason = f"explains {graded.explained} of {whole} failed requests"
    graded.say("share", "met" if low > 0.5 or graded.explained == whole else "unmet" if high < 0.5 else "unknown", reason)  # noqa: PLR2004


def ended_with(graded: Graded, case: Case) -> None:
    """The counter-test of a cause with an end: failures before it, after it, and that stopped without its end."""
    finding, group = graded.finding, case.group
    start = finding.start_us or group.start_us
    before, failed_before = requests_between(case.traffic, 0, start - SLACK_US)
    during, failed_during = requests_between(case.traffic, start, finding.end_us or group.end_us)
    rose = more_often(failed_during, during, failed_before, before)
    if rose == "unmet":
        graded.say("counter_test", "unmet", f"{failed_before} of {before} requests failed before it, which is no less often")
        return
    share = failed_during / during if during else 0.0
    last = finding.end_us or max(int(case.traffic["second"].max()) * SECOND, group.end_us)
    quiet, _ = requests_between(case.traffic, group.end_us + SLACK_US, last - SLACK_US)
    if share and (1 - share) ** quiet < statistics.SIGNIFICANT and quiet:
        graded.say("counter_test", "unmet", f"failures ended while it lasted: {quiet} requests went well before its end")
        return
    if finding.end_us is not None and group.end_us <= finding.end_us + SLACK_US:
        after, failed_after = requests_between(case.traffic, finding.end_us + SLACK_US, 1 << 62)
        if after and (1 - share) ** after < statistics.SIGNIFICANT and not failed_after:
            graded.seen_directly = True
            graded.say("counter_test", "met", f"its end ended the failures: none of {after} requests after it failed")
            return
    graded.say("counter_test", rose, f"{failed_before} of {before} requests failed before it")


def reload_failed(finding: Finding, case: Case) -> Graded | None:
    """A reload that did not take effect: through an upstream of the service that nobody listens on."""
    group = case.group
    graded = Graded(
        finding, seen_directly=finding.facts.get("manager_said") == "failed" or bool(finding.facts.get("service_died"))
    )
    start, end = finding.start_us or 0, finding.end_us
    through = [
        each for each in case.findings if each.signature == "upstream_unreachable" and np.isin(each.explains, group.keys).any()
    ]
    if through:
        through.sort(key=lambda each: -int(np.isin(each.explains, group.keys).sum()))
        verdicts = [belongs(finding.subject, each.subject, case.around, (start, start + 15 * SECOND)) for each in through]
        graded.say("place", *verdicts[0])  # of the upstream that most of the requests were meant for
        keys = np.concatenate(
            [each.explains for each, (answer, _) in zip(through, verdicts, strict=True) if answer == verdicts[0][0]]
        )
    elif finding.facts.get("service_died"):
        graded.say("place", "unknown", "nothing says that the failed requests were meant for this service")
        keys = group.keys
    else:
        return None
    rows = group.failed[group.failed["request_key"].isin(keys)] if len(keys) else group.failed
    late = rows["timestamp_us"] + SLACK_US >= start
    early = rows if end is None else rows[rows["started_us"] <= end + SLACK_US]
    if late.all() and len(early) == len(rows):
        graded.say("time", "met", "no request failed before it, and none after its end")
    elif statistics.interval(int((~late).sum()), len(rows))[0] > 0.05:  # noqa: PLR2004 (more than one in twenty came before it)
        graded.say("time", "unmet", f"{int((~late).sum())} of {len(rows)} requests failed before it")
    else:
        outside = int((~late).sum()) + len(rows) - len(early)
        graded.say(
            "time", "met" if outside < len(rows) / 20 else "unmet", f"{outside} of {len(rows)} requests failed outside its time"
        )
    share_of_group(graded, case, keys)
    ended_with(graded, case)
    return graded


def app_exception_spike(finding: Finding, case: Case) -> Graded | None:
    """Errors that the application logged for the very requests that failed."""
    if not np.isin(finding.explains, case.group.keys).any() or finding.facts.get("points_to"):
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
    if not np.isin(finding.explains, case.group.keys).any() or stops(case) is not None:
        return None
    graded = Graded(finding)
    graded.say("time", "met", "the requests failed at the moment of the failed connection")
    graded.say("place", "met", "the same requests")
    share_of_group(graded, case, finding.explains)
    if case.around.lifecycle is None:
        graded.say("time", "unknown", "no journal: whether a service stopped before is not known")
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
    "reload_failed": reload_failed,
    "app_exception_spike": app_exception_spike,
    "upstream_unreachable": upstream_unreachable,
}

#: which finding can explain which: cause (or mechanism) -> effects
EDGES: Final[Mapping[str, tuple[str, ...]]] = {
    "reload_failed": ("upstream_unreachable",),
    "upstream_unreachable": ("fast_5xx_without_app_error",),
    "app_exception_spike": (),
}
