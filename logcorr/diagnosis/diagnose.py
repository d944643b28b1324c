"""From findings to a verdict: what broke, what caused it, what it was not, and what cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from logcorr import statistics
from logcorr.diagnosis.apart import Trait, traits
from logcorr.diagnosis.case import Case, requests_between
from logcorr.diagnosis.changes import Change, changes
from logcorr.diagnosis.groups import beyond, groups, is_beyond
from logcorr.diagnosis.incidents import MOST, Incident, incident_of, is_unrequested, unrequested
from logcorr.diagnosis.places import Surroundings
from logcorr.diagnosis.triggers import triggers
from logcorr.signatures.deploy_traffic import without_refused
from logcorr.signatures.failures import among, is_refused
from logcorr.signatures.table import BY_NAME
from logcorr.timeline.needs import (
    APPLICATION_ERRORS,
    CHANGES,
    FAILED_REQUESTS,
    LIFECYCLE,
    PROXY_ERRORS,
    SETTINGS,
    STATES,
    TRAFFIC,
    TRAFFIC_BY_HOST,
)
from logcorr.timeline.paces import PACES
from logcorr.timeline.sampled_requests import sampled_requests

if TYPE_CHECKING:
    from logcorr.signatures.finding import Finding
    from logcorr.timeline.needs import Engine

Verdict = Literal["incident", "healthy", "undetermined"]


@dataclass
class Diagnosis:
    """The verdict and what it rests on. ``ruled_out`` are causes with the reason; ``cannot_tell`` questions with what to fetch."""

    verdict: Verdict
    findings: list[Finding]
    incidents: list[Incident] = field(default_factory=list)
    ruled_out: list[tuple[str, str]] = field(default_factory=list)
    cannot_tell: list[tuple[str, str]] = field(default_factory=list)
    changes: tuple[Change, ...] = ()
    requests: int = 0
    failed: int = 0

    @property
    def share_high(self) -> float:
        """The greatest share of requests that may fail unseen, with 95 % certainty: the upper end of the interval of what was seen."""
        return round(statistics.interval(self.failed, self.requests)[1], 6)


def diagnose(findings: Sequence[Finding], engine: Engine, cut_short: Sequence[str] = ()) -> Diagnosis:
    """Explain the failed requests by the findings.

    ``cut_short`` names logs of requests that could be read in part only: what they do not show is not healthy.
    """
    failed, traffic = engine.get(FAILED_REQUESTS), engine.get(TRAFFIC)
    unanswered = [
        (f"{BY_NAME[each.signature].title}: not looked for", missing)
        for each in findings
        if each.state == "not_evaluable" and each.role != "evidence_quality"  # clocks and gaps are no kind of failure
        for missing in each.missing
    ]
    if failed is None or traffic is None:
        return without_requests(list(findings), engine, unanswered)
    blips = [each.explains for each in findings if each.state == "fired" and each.signature == "restart_blip"]
    rest = failed[~failed["request_key"].isin(np.concatenate(blips) if blips else []) & ~is_refused(failed)].reset_index(
        drop=True
    )
    around = Surroundings(engine.get(SETTINGS), engine.get(STATES), engine.get(LIFECYCLE))
    errors = engine.get(APPLICATION_ERRORS)
    logged = errors["request_key"].dropna().to_numpy() if errors is not None else np.array([], np.int64)
    by_host = engine.get(TRAFFIC_BY_HOST)
    found = [*groups(rest, findings), *beyond(findings, rest.columns)]
    incidents = [incident_of(Case(group, findings, traffic, around, logged, by_host)) for group in found]
    incidents += [unrequested(finding, rest, traffic) for finding in findings if is_unrequested(finding)]
    incidents.sort(key=lambda each: (not each.causes, -each.affected.failed, each.start_us))
    for incident in incidents[:MOST]:
        incident.apart = set_apart(incident, engine)
        if incident.state != "began_before":
            incident.triggers = triggers(incident.start_us, engine.get(CHANGES), around.lifecycle)
    questions = [question for each in incidents for question in each.open_questions]
    idle = idle_causes(findings, incidents) + [(f"what the rest of {name} holds", f"{name} again, whole") for name in cut_short]
    requests, _ = requests_between(traffic, 0, 1 << 62)
    verdict: Verdict = (
        "incident" if any(each.causes for each in incidents) else "undetermined" if incidents or idle else "healthy"
    )
    return Diagnosis(
        verdict,
        list(findings),
        incidents,
        ruled_out(findings, incidents, len(failed)),
        list(dict.fromkeys([*questions, *idle, *unanswered])),
        changes(without_refused(traffic, failed), engine.get(PACES)),
        requests,
        len(failed),
    )


def set_apart(incident: Incident, engine: Engine) -> tuple[Trait, ...]:
    """What the failed requests of an incident have in common that working ones of its time have not."""
    if not len(incident.group.keys) or is_beyond(incident.group):
        return ()
    affected, failed = incident.affected, len(incident.group.failed)
    need = sampled_requests(incident.start_us, incident.end_us, affected.requests - affected.failed, failed)
    rows = engine.get(need)
    return () if rows is None else traits(incident.group, rows)


def without_requests(findings: list[Finding], engine: Engine, unanswered: list[tuple[str, str]]) -> Diagnosis:
    """Without an access log nobody knows whether requests failed."""
    errors = engine.get(PROXY_ERRORS)
    lines = int(errors["lines"].sum()) if errors is not None else 0
    question = (
        "whether requests failed"
        if not lines
        else f"how many requests failed (nginx's error log has {lines} lines about upstreams)"
    )
    return Diagnosis(
        "undetermined", findings, cannot_tell=list(dict.fromkeys([(question, "the access log of the web server"), *unanswered]))
    )


def idle_causes(findings: Sequence[Finding], incidents: Sequence[Incident]) -> list[tuple[str, str]]:
    """Causes that fired and explain no failed request: something is wrong, though it failed nobody that we see."""
    used = {id(graded.finding) for each in incidents for graded in (*each.causes, *each.contradicted)}
    used |= {id(step) for each in incidents for step in each.mechanisms}
    left = np.concatenate([each.group.keys for each in incidents]) if incidents else np.array([], np.int64)
    return [
        (
            f"what it did: {BY_NAME[each.signature].title} ({each.subject}), and no failed request fits it",
            "which release is served now, and the logs for longer",
        )
        for each in findings
        if each.state == "fired"
        and each.role == "cause"
        and id(each) not in used
        # of requests that failed while a service restarted, which is over, nothing is left to ask
        and (not len(each.explains) or among(each.explains, left).any())
    ]


def ruled_out(findings: Sequence[Finding], incidents: Sequence[Incident], failed: int) -> list[tuple[str, str]]:
    """Causes that were looked for and are not it."""
    result = [
        (graded.signature, graded.reasons[name])
        for each in incidents
        for graded in each.contradicted
        for name in graded.unmet
        if graded.answers.get(name) == "unmet"
    ]
    claimed = {graded.signature for each in incidents for graded in each.causes}
    for each in findings:
        if each.state == "clear" and each.role in {"cause", "mechanism"} and each.signature not in claimed:
            result += [(each.signature, f"looked for, not found ({failed} failed requests)")]
    return list(dict.fromkeys(result))
