"""What there is to say of a group of failed requests: its causes, the steps between, who was hit, whether it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from logcorr import statistics
from logcorr.diagnosis.case import SECOND, SLACK_US, Case, Group, requests_between
from logcorr.diagnosis.causes import EDGES, JUDGES
from logcorr.diagnosis.grades import ORDER, Graded
from logcorr.diagnosis.groups import ADJACENT_US, is_beyond
from logcorr.diagnosis.request_faults import stops
from logcorr.signatures.failures import among

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.diagnosis.apart import Trait
    from logcorr.diagnosis.triggers import Trigger
    from logcorr.signatures.finding import Finding

#: causes and steps that are shown
MOST: Final = 3

State = Literal["ongoing", "ended", "began_before"]


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the causal chain, with the obligations that it meets and those that it does not."""

    cause: str
    effect: str
    met: tuple[str, ...]
    unmet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """Who was hit: all requests from the first to the last failed one, and the failed ones among them."""

    requests: int
    failed: int
    share: float
    share_low: float
    share_high: float
    clients: int | None
    users: int | None


@dataclass
class Incident:
    """One group of failed requests with what explains it; ``causes`` has the likeliest first and is empty when none stands."""

    group: Group
    start_us: int
    end_us: int
    state: State
    subject: str
    causes: list[Graded]
    contradicted: list[Graded]
    mechanisms: list[Finding]
    symptoms: list[Finding]
    chain: list[Link]
    affected: Affected
    made_by: dict[str, int]
    tries_for_95: int | None
    open_questions: list[tuple[str, str]] = field(default_factory=list)
    apart: tuple[Trait, ...] = ()
    triggers: tuple[Trigger, ...] = ()


def is_unrequested(finding: Finding) -> bool:
    """Whether a finding tells of people who were turned away before any request was logged."""
    return finding.state == "fired" and finding.role == "cause" and finding.facts.get("without_requests") is True


def unrequested(finding: Finding, failed: pd.DataFrame, traffic: pd.DataFrame) -> Incident:
    """The incident of people who left no request: its finding alone tells of it, and nobody can be counted."""
    start, end = finding.start_us or 0, finding.end_us or finding.start_us or 0
    graded = Graded(finding, seen_directly=True)
    graded.say("time", "met", "its lines give its time")
    graded.say("place", "met", "its lines are the server's own about its clients")
    graded.say("share", "unknown", "those who are turned away leave no request that could be counted")
    graded.say("counter_test", "unknown", "nothing to compare with")
    over = int(traffic["second"].max()) * SECOND > end + ADJACENT_US
    return Incident(
        group=Group(failed.iloc[:0], (finding,)),
        start_us=start,
        end_us=end,
        state="ended" if over else "ongoing",
        subject=finding.subject,
        causes=[graded],
        contradicted=[],
        mechanisms=[],
        symptoms=[],
        chain=[],
        affected=Affected(0, 0, 0.0, 0.0, 1.0, None, None),
        made_by={},
        tries_for_95=None,
    )


def incident_of(case: Case) -> Incident:
    """What there is to say of one group."""
    group = case.group
    judged = [
        graded
        for finding in case.findings
        if finding.state == "fired" and finding.signature in JUDGES and (graded := JUDGES[finding.signature](finding, case))
    ]
    standing = sorted((each for each in judged if each.grade != "contradicted"), key=rank)
    causes = [each for each in standing if not is_effect(each, standing)]
    first = [cause.finding for cause in causes]
    steps = [each.finding for each in standing if each.finding not in [*first, *group.findings]]
    told = [each for each in group.findings if each not in first]
    mechanisms = sorted(told, key=lambda each: -int(among(group.keys, each.explains).sum())) + steps
    symptoms = [
        each
        for each in case.findings
        if each.state == "fired"
        and each.role == "symptom"
        and each.signature != "restart_blip"
        and among(each.explains, group.keys).any()
    ]
    lead = causes[0] if causes else None
    affected = affected_by(case)
    return Incident(
        group=group,
        start_us=group.start_us,
        end_us=group.end_us,
        state=state_of(case, affected),
        subject=lead.finding.subject if lead else ", ".join(each.subject for each in mechanisms[:1]),
        causes=causes[:MOST],
        contradicted=[each for each in judged if each.grade == "contradicted" and not is_effect(each, standing)],
        mechanisms=mechanisms[:MOST],
        symptoms=symptoms,
        chain=chain(lead, mechanisms, symptoms),
        affected=affected,
        made_by=case.makers.value_counts().sort_index().to_dict(),
        tries_for_95=statistics.tries_to_see(affected.share),
        open_questions=[] if lead else open_questions(case),
    )


def rank(graded: Graded) -> tuple[int, int, int]:
    """By grade, then by how much is explained, then how far upstream."""
    return ORDER.index(graded.grade), -len(graded.explained), list(JUDGES).index(graded.signature)


def is_effect(graded: Graded, standing: Sequence[Graded]) -> bool:
    """Whether another cause that stands explains this one, and most of its requests: then it is how the cause worked, not the cause."""
    return any(
        graded.signature in EDGES[other.signature]
        and may_be_one_host(other.finding, graded.finding)
        and 2 * among(graded.explained, other.explained).sum() > len(graded.explained)
        for other in standing
        if other is not graded
    )


def may_be_one_host(one: Finding, other: Finding) -> bool:
    """Whether two findings are not known to be on two hosts."""
    return not one.host or not other.host or one.host == other.host


def chain(lead: Graded | None, mechanisms: Sequence[Finding], symptoms: Sequence[Finding]) -> list[Link]:
    """The steps from the first cause to what people saw; a step that the cause leads to by itself needs no other before it."""
    links = []
    direct = EDGES.get(lead.signature, ()) if lead else ()
    steps = ([lead.finding] if lead else []) + list(mechanisms)
    for cause in steps:
        for effect in (*mechanisms, *symptoms):
            led_already = effect in mechanisms and effect.signature in direct and not (lead and cause is lead.finding)
            if effect.signature in EDGES.get(cause.signature, ()) and not led_already:
                own = lead if lead and cause is lead.finding else None
                met, unmet = (own.met, own.unmet) if own else (["time", "place", "share"], ["counter_test"])
                link = Link(cause.signature, effect.signature, tuple(met), tuple(unmet))
                links += [link] if link not in links else []
    return links


def affected_by(case: Case) -> Affected:
    """How many requests and people."""
    failed = case.group.failed
    requests, all_failed = requests_between(case.traffic, case.group.start_us, case.group.end_us)
    count = min(len(failed), requests if is_beyond(case.group) else all_failed)
    low, high = statistics.interval(count, requests)
    users = failed["user_id"].nunique()
    clients = failed["client_address"].nunique()
    share = count / requests if requests else 0.0
    return Affected(requests, count, share, low, high, int(clients) or None, int(users) or None)


def state_of(case: Case, affected: Affected) -> State:
    """Whether it is over, from how many requests went well since; whether its beginning was seen, from those before."""
    before, _ = requests_between(case.traffic, 0, case.group.start_us - SLACK_US)
    after, _ = requests_between(case.traffic, case.group.end_us + SLACK_US, 1 << 62)
    quiet = 1 - affected.share
    if quiet**before >= 0.05:  # noqa: PLR2004 (so few requests before it would show nothing)
        return "began_before"
    return "ended" if quiet**after < 0.05 else "ongoing"  # noqa: PLR2004


def open_questions(case: Case) -> list[tuple[str, str]]:
    """What a group without a cause leaves to ask: question and what to fetch."""
    seen = stops(case)
    if seen is not None and case.group.findings:
        first = seen.sort_values(["timestamp_us", "event_id"]).iloc[0]
        unit = str(first["unit"] or first["service_name"])
        return [
            (
                f"why did {unit} stop ({first['file']}:{int(first['line'])})",
                f"journalctl -u {unit} -o json, and the log that {unit} writes itself",
            )
        ]
    for finding in case.group.findings:
        if finding.facts.get("points_to"):
            what = str(finding.facts["points_to"]).replace("_", " ")
            return [
                (
                    f"what is wrong with the {what} that the application's errors speak of",
                    f"the state and the log of the {what}",
                )
            ]
    failed = case.group.failed
    if failed["error_name"].notna().any():
        kinds = failed.groupby(["error_name", failed["error_detail"].fillna("")], observed=True).size()
        kind, detail = kinds.idxmax()
        said = f"{str(kind).partition('.')[2].replace('_', ' ')}{f', {detail}' if detail else ''}"
        return [
            (
                f"what made {len(failed)} requests fail (nginx's error log says of most of them: {said})",
                "the logs of the service behind nginx for that time",
            )
        ]
    return [
        (
            f"what made {len(case.group.failed)} requests fail",
            "nginx's error log, the application's log and the journal for that time",
        )
    ]
