"""Causes that lie in one service and its last change: what requests they can have reached, and whether these were meant for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr.diagnosis.case import SECOND, Case, ended_with, share_of_group, within
from logcorr.diagnosis.grades import Graded
from logcorr.signatures.failures import among, upstream_of
from logcorr.signatures.lifecycle import stem
from logcorr.signatures.serving import Answer, belongs, proxied

if TYPE_CHECKING:
    from logcorr.signatures.finding import Finding

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
    by_old_code = [each.explains for each in case.group.findings if of_old_code(each)]
    stale = 2 * among(case.group.keys, np.concatenate(by_old_code)).sum() > len(case.group.keys) if by_old_code else False
    unexplained = case.group.failed[case.makers.isin((*PLAIN_ANSWERS, "app_with_logged_error") if stale else PLAIN_ANSWERS)]
    if (case.group.findings and not stale) or unexplained.empty or stem(unit_of(finding)) == "nginx":
        return None
    addresses = list(upstream_of(unexplained).dropna().value_counts().index[:1]) or proxied(case.around)
    answers = [serves(finding, address, case) for address in addresses]
    if not answers:
        return unexplained["request_key"].to_numpy(), "unknown", "nothing says to which service the failed requests were sent"
    told = {answer for answer, _ in answers}
    answer, reason = answers[0]
    if len(told) > 1:
        answer, reason = "unknown", f"nginx sends requests to {', '.join(addresses)}: which of them these went to is not logged"
    if stale and answer != "met":  # the application's own words weigh more than what may be another service's
        return None
    return unexplained["request_key"].to_numpy(), answer, reason


def of_old_code(finding: Finding) -> bool:
    """Whether an application logs errors as it does when its code is no longer there, or does not fit what is."""
    return finding.signature == "schema_mismatch" or finding.facts.get("points_to") in {"files", "schema"}


def unit_of(finding: Finding) -> str:
    """The unit that a finding is about."""
    return str(finding.facts.get("unit") or finding.subject)


def serves(finding: Finding, address: str, case: Case) -> tuple[Answer, str]:
    """Whether the service of a finding answers at an address."""
    if address in finding.places:
        return "met", f"the failed requests were sent to {address.removeprefix('unix:')}, where it happened"
    start = finding.start_us or 0
    return belongs(unit_of(finding), address, case.around, (start, start + 15 * SECOND))
