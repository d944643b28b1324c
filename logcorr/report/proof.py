"""What proves an incident: claims, the lines that show them, how they hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from logcorr.report.apart import apart
from logcorr.report.changes import came_before
from logcorr.report.fields import Fields, many, number, one, texts, word
from logcorr.report.page import STEP, Page
from logcorr.report.remarks import remarks
from logcorr.report.visible import visible
from logcorr.report.words import MADE_BY, OBLIGATIONS, amount, claim, fact, grade, lead, percent, reproduction

#: quotations shown of the lead cause, of what people saw, and of anything else
OF_CAUSE: Final = 6
OF_SYMPTOMS: Final = 2
OF_OTHERS: Final = 3
#: facts whose text stands in the lines that show them, the telling ones first
_TELLING: Final = ("own_words", "exception", "message", "reason", "address", "upstream")


def proof(page: Page, incident: Fields, report: Fields, prefix: str) -> None:
    """All that shows one incident."""
    causes = many(incident, "causes")
    if causes or many(incident, "mechanisms") or many(incident, "symptoms"):
        page.heading(f"{prefix}PROOF")
        if page.root:
            page.say(f"files are in {visible(page.root)}")
    for at, cause in enumerate(causes):
        finding = finding_of(report, cause)
        name = lead(cause) if at == 0 else "Another possible cause"
        stated(page, cause, name, most=OF_CAUSE if at == 0 else OF_OTHERS)
        if at == 0:
            obligations(page, cause)
        else:
            page.say(grade(cause), indent=STEP)
        against(page, cause if "counter_evidence" in cause else finding)
    for named, key, most in (("How it did harm", "mechanisms", OF_OTHERS), ("What was seen", "symptoms", OF_SYMPTOMS)):
        for each in many(incident, key):
            stated(page, each, named, most=most)
            against(page, finding_of(report, each))
    chain(page, incident, prefix)
    came_before(page, incident, prefix)
    made_by(page, incident, prefix)
    apart(page, incident, prefix)
    said = reproduction(one(incident, "reproduction"))
    if said:
        page.heading(f"{prefix}WHY IT MAY WORK WHEN YOU TRY IT")
        for line in said:
            page.say(line)


def also_seen(page: Page, report: Fields) -> None:
    """What fired and belongs to no incident: causes that explain nothing, restarts that failed a few requests."""
    told = [
        each
        for incident in many(report, "incidents")
        for key in ("causes", "mechanisms", "symptoms")
        for each in many(incident, key)
    ]
    told += many(report, "ruled_out")
    known = {word(each, "signature") for each in told}
    rest = [
        each for each in many(report, "findings") if word(each, "state") == "fired" and word(each, "signature") not in known
    ]
    if rest:
        page.heading("ALSO SEEN")
    for each in rest:
        stated(page, each, "Seen" if word(each, "role") != "cause" else "Explains no failed request", most=OF_OTHERS)
        against(page, each)
        if word(each, "role") == "cause":
            page.commands(texts(each, "remedy"), label="run:", indent=STEP)


def stated(page: Page, claimed: Fields, name: str, *, most: int) -> None:
    """A claim, what to know beside it, and its lines."""
    page.blank()
    known_as = visible(word(claimed, "signature"))
    said = claim(claimed)
    if page.root:
        said = said.replace(visible(page.root), "")
    page.state(f"{name} ({known_as}):" if known_as else f"{name}:", said)
    for remark in remarks(claimed):
        page.say(remark, indent=STEP)
    facts = claimed.get("facts")
    known = facts if isinstance(facts, Mapping) else {}
    terms = [visible(value) for key in _TELLING if isinstance(value := known.get(key), str) and value]
    page.quote(many(claimed, "evidence"), terms, most=most)
    if page.verbose:
        page.say(
            ", ".join(f"{visible(str(key))}: {fact(str(key), value)}" for key, value in known.items()),
            label="facts:",
            indent=STEP,
        )


def obligations(page: Page, cause: Fields) -> None:
    """What was checked of a cause, and how it came out."""
    reasons = one(cause, "reasons")
    met, unmet = texts(cause, "met"), texts(cause, "unmet")
    if not met and not unmet:
        return
    page.say("Why this is the cause:" if not unmet else "What speaks for this cause:", indent=STEP)
    for name in (*met, *unmet):
        reason = visible(word(reasons, name)) or OBLIGATIONS.get(name, visible(name))
        page.item(reason if name in met else f"not shown: {reason}", indent=2 * STEP)


def against(page: Page, finding: Fields) -> None:
    """What speaks against a claim."""
    spans = many(finding, "counter_evidence")
    if spans:
        page.say("against it:", indent=STEP)
        page.quote(spans, (), most=OF_OTHERS, indent=2 * STEP)
    for each in texts(finding, "missing"):
        page.say(f"weaker, because: {visible(each)}", indent=STEP)


def finding_of(report: Fields, claimed: Fields) -> Fields:
    """The full finding behind a claim of an incident."""
    same = (
        each for each in many(report, "findings") if all(each.get(key) == claimed.get(key) for key in ("signature", "facts"))
    )
    return next(same, {})


def chain(page: Page, incident: Fields, prefix: str) -> None:
    """From the first cause to what people saw, in one line a path."""
    links = [(word(each, "from"), word(each, "to")) for each in many(incident, "chain")]
    if not links:
        return
    page.heading(f"{prefix}HOW IT HANGS TOGETHER")
    ends: dict[tuple[str, ...], list[str]] = {}
    for path in paths(links):
        ends.setdefault(tuple(path[:-1]), []).append(path[-1])
    alike: dict[
        tuple[tuple[str, ...], tuple[str, ...]], list[str]
    ] = {}  # steps that differ in the last one and lead to the same
    for steps, effects in ends.items():
        alike.setdefault((steps[:-1], tuple(effects)), []).append(steps[-1])
    for (steps, shown), last in alike.items():
        page.say(" -> ".join(map(visible, (*steps, ", ".join(last), ", ".join(shown)))))


def paths(links: list[tuple[str, str]]) -> list[list[str]]:
    """The longest ways through the links; a way that another one contains is left out."""
    found: list[list[str]] = []
    open_ = [[start] for start in dict.fromkeys(start for start, _ in links) if all(start != end for _, end in links)]
    while open_:
        path = open_.pop(0)
        further = [end for start, end in dict.fromkeys(links) if start == path[-1] and end not in path]
        open_ += [[*path, end] for end in further]
        if not further:
            found.append(path)
    return [path for path in found if not any(path != other and contains(other, path) for other in found)] or [
        list(link) for link in dict.fromkeys(links)
    ]


def contains(whole: list[str], part: list[str]) -> bool:
    """Whether a way passes all the steps of another, in order."""
    steps = iter(whole)
    return all(step in steps for step in part)


def made_by(page: Page, incident: Fields, prefix: str) -> None:
    """Who made the failing answers."""
    made = one(incident, "made_by")
    numbers = Counter({name: int(number(made, name) or 0) for name in made})
    total = sum(numbers.values())
    if not total:
        return
    page.heading(f"{prefix}WHO ANSWERED THE FAILED REQUESTS")
    for name, many_ in numbers.most_common():
        if many_:
            page.item(f"{amount(many_)} ({percent(many_ / total)}): {MADE_BY.get(name, visible(name))}")
