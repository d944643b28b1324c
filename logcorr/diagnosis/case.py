"""A group of failed requests with all that judging a cause of it may look at, and the checks that all causes share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr import statistics
from logcorr.diagnosis.grades import Graded
from logcorr.signatures.failures import among, is_local, made_by, upstream_of
from logcorr.signatures.finding import Finding
from logcorr.signatures.serving import Answer, Surroundings

if TYPE_CHECKING:
    import pandas as pd

SECOND: Final = 1_000_000
#: access and error logs are stamped with a cached clock, to the second
SLACK_US: Final = 2 * SECOND


@dataclass(frozen=True)
class Group:
    """Failed requests that have one explanation, or none."""

    failed: pd.DataFrame
    findings: tuple[Finding, ...] = ()

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
    logged_error: np.ndarray  # the request_key of requests with an application's error
    traffic_by_host: pd.DataFrame | None = None

    @cached_property
    def makers(self) -> pd.Series:
        """Who made the answer to each of its requests."""
        return made_by(self.group.failed, self.logged_error)

    @property
    def began_us(self) -> int:
        """When the first request of all was logged."""
        return int(self.traffic["second"].min()) * SECOND

    def at(self, host: str) -> Case | None:
        """What of it can be of a host, where the evidence knows several; None where no failed request can.

        Requests that another host logged are none of its own where that host passes them on to itself, or where both log requests and
        nothing says where they were sent.
        """
        by_host, failed = self.traffic_by_host, self.group.failed
        if not host or by_host is None or by_host["host_name"].dropna().isin([host]).all():
            return self
        logs_requests = bool((by_host["host_name"] == host).any())
        upstreams = upstream_of(failed)
        local = is_local(upstreams)
        elsewhere = failed["host_name"].notna() & (failed["host_name"] != host) & (local | (upstreams.isna() & logs_requests))
        if elsewhere.all():
            return None
        findings = [each for each in self.findings if each.host in {"", host}]
        group = Group(failed[~elsewhere], tuple(each for each in self.group.findings if each.host in {"", host}))
        if not logs_requests:
            return replace(self, group=group, findings=findings)
        traffic, around = by_host[by_host["host_name"].fillna(host) == host], self.around
        parts = (around.settings, around.states, around.lifecycle)
        own = (None if each is None else each[each["host_name"].fillna(host) == host] for each in parts)
        return replace(self, group=group, findings=findings, traffic=traffic, around=Surroundings(*own))


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


def share_of_group(graded: Graded, case: Case, keys: np.ndarray, alike: np.ndarray | None = None) -> None:
    """Whether a cause explains most of the failed requests, with those that the same on other hosts (``alike``) does."""
    graded.explained = case.group.keys[among(case.group.keys, keys)]
    own, whole = len(graded.explained), len(case.group.keys)
    together = own if alike is None else int(among(case.group.keys, np.concatenate([keys, alike])).sum())
    low, high = statistics.interval(together, whole)
    reason = f"explains {own} of {whole} failed requests"
    reason += f", with the same on other hosts {together}" if together > own else ""
    graded.say("share", "met" if low > 0.5 or together == whole else "unmet" if high < 0.5 else "unknown", reason)  # noqa: PLR2004


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
