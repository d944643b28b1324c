"""Signatures and known messages explained: what is looked for, why, with which limits; with evidence, what came of it."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from logcorr.errors import LogcorrError
from logcorr.messages.known import known_programs
from logcorr.messages.program import Message
from logcorr.report.fields import Fields, many, texts, word
from logcorr.report.page import STEP, Page
from logcorr.report.proof import OF_CAUSE, against, obligations, stated
from logcorr.report.visible import visible
from logcorr.report.words import fact, grade, interval, lead, plural
from logcorr.signatures.table import BY_NAME, SIGNATURES
from logcorr.timeline.engine import Engine
from logcorr.timeline.needs import Need

if TYPE_CHECKING:
    from logcorr.report.result import Report
    from logcorr.signatures.finding import Signature

_FIELD: Final = re.compile(r"^\s+(?P<name>\w+): [^=#]+= (?P<value>[^#]+?)\s*(?:#\s*(?P<reason>.*))?$")
ROLES: Final = {
    "cause": "a cause: what broke",
    "mechanism": "a mechanism: how a cause does harm",
    "symptom": "a symptom: what is seen of it",
    "context": "context: what happens anyway",
    "evidence_quality": "a doubt about the evidence itself",
}


class UnknownNameError(LogcorrError):
    """Neither a signature nor a known message is called so."""


def table(page: Page) -> None:
    """All signatures."""
    widest = max(len(each.name) for each in SIGNATURES)
    role_width = max(len(each.role) for each in SIGNATURES)
    for each in SIGNATURES:
        page.say(each.title, label=f"{each.name.ljust(widest)}  {each.role.ljust(role_width)} ")
    page.blank()
    page.say(
        "logcorr explain NAME says what one looks for, why, and when it misleads; with evidence, why it did or did not fire."
    )


def named(name: str) -> Signature | Message:
    """The signature, or the known message, of that name.

    Raises:
        UnknownNameError: there is none; the hint has the nearest ones.
    """
    if name in BY_NAME:
        return BY_NAME[name]
    messages = {message.id: message for program in known_programs() for message in program.messages}
    if name in messages:
        return messages[name]
    near = get_close_matches(name, [*BY_NAME, *messages], n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else "logcorr explain lists all signatures"
    raise UnknownNameError(f"no signature and no known message is called {name!r}", hint=hint)


def explain_message(page: Page, message: Message) -> None:
    """What a known message stands for, and how it is told."""
    page.state(f"{message.id}:", message.about)
    rows = {
        "stands for": message.event_name,
        "severity": message.severity or "as the line says",
        "only at level": ", ".join(message.levels),
        "versions": message.versions,
        "source": message.source,
        "anchor": message.anchor,
        "pattern": message.pattern,
        "unless": message.unless,
    }
    for name, value in rows.items():
        if value:
            page.say(visible(value), label=f"{name}:", indent=STEP)
    for name, lines in (("is it", message.samples), ("is not it", message.near_misses)):
        for line in lines:
            page.say(visible(line), label=f"{name}:", indent=STEP)


def explain(page: Page, signature: Signature) -> None:
    """What a signature looks for, why it matters, when it misleads, its limits and needs."""
    page.state(f"{signature.name}:", signature.title)
    page.say(ROLES[signature.role], indent=STEP)
    for heading, paragraphs in sections(signature.documentation):
        if heading:
            page.heading(heading)
        for paragraph in paragraphs:
            page.say(paragraph, indent=STEP if heading else 0)
    limits = limits_of(signature)
    if limits:
        page.heading("Limits")
        for name, value, reason in limits:
            page.item(f"{name} = {value}" + (f": {reason}" if reason else ""))
    page.heading("Needs")
    for need in distinct(signature.needs):
        page.item(need)
    for need in distinct(signature.improves):
        page.item(f"better with: {need}")
    page.heading("What to do")
    page.say(f"logcorr explain {signature.name} EVIDENCE... gives the commands for the case.", indent=STEP)


def sections(documentation: str) -> list[tuple[str, list[str]]]:
    """A docstring's headings with their paragraphs, each in one line; what stands before the first has none."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for block in documentation.replace("``", "`").split("\n\n"):
        first, _, rest = block.partition("\n")
        if rest.startswith("    ") and not first.startswith(" "):
            found.append((first, [" ".join(rest.split())]))
        else:
            found[-1][1].append(" ".join(block.split()))
    return found


def limits_of(signature: Signature) -> list[tuple[str, str, str]]:
    """Name, value and reason of each threshold; the reason is the comment behind it, or above it."""
    limits = getattr(sys.modules[signature.judge.__module__], "Limits", None)
    if limits is None:
        return []
    reasons: dict[str, str] = {}
    above: list[str] = []
    for line in inspect.getsource(limits).splitlines():
        found = _FIELD.match(line)
        if found:
            reasons[found["name"]] = " ".join([*above, found["reason"] or ""]).strip()
        above = [*above, line.strip().lstrip("#: ")] if line.strip().startswith("#") else []
    return [(each.name, str(each.default), reasons.get(each.name, "")) for each in dataclasses.fields(limits)]


def distinct(needs: Mapping[str, Need]) -> list[str]:
    """What to fetch for these needs, each once."""
    return list(dict.fromkeys(need.missing for need in needs.values()))


def outcome(page: Page, signature: Signature, report: Report) -> None:
    """Whether the signature fired in this evidence, on what, or why not."""
    told = report.to_dict()
    own = [each for each in many(told, "findings") if word(each, "signature") == signature.name]
    page.heading("IN THIS EVIDENCE")
    for each in own:
        state = word(each, "state")
        if state == "fired":
            fired(page, each, told)
        elif state == "clear":
            page.state("clear:", "looked for, not found.")
            looked_at(page, signature, report)
            for lack in texts(each, "missing"):
                page.say(f"less sure without: {visible(lack)}", indent=STEP)
        else:
            page.state("not evaluable:", "it could not be looked for.")
            for lack in texts(each, "missing"):
                page.say(f"missing is {visible(lack)}", indent=STEP)


def fired(page: Page, finding: Fields, told: Fields) -> None:
    """One finding: its claim, its lines, its facts, what became of it."""
    stated(page, finding, "fired", most=OF_CAUSE)
    facts = finding.get("facts")
    if isinstance(facts, Mapping) and not page.verbose:
        page.say(
            ", ".join(f"{visible(str(key))}: {fact(str(key), value)}" for key, value in facts.items()),
            label="facts:",
            indent=STEP,
        )
    against(page, finding)
    for line in judged(page, finding, told):
        page.say(line, indent=STEP)
    page.commands(texts(finding, "remedy"), label="run:", indent=STEP)
    page.commands(texts(finding, "verify"), label="check:", indent=STEP)


def judged(page: Page, finding: Fields, told: Fields) -> Sequence[str]:
    """What the diagnosis made of a finding."""
    same = ("signature", "facts")
    for at, incident in enumerate(many(told, "incidents"), 1):
        for role in ("causes", "mechanisms", "symptoms"):
            for each in many(incident, role):
                if any(each.get(key) != finding.get(key) for key in same):
                    continue
                if role != "causes":
                    return [f"In incident {at} it is one of the {role}."]
                page.say(f"In incident {at}: {lead(each).lower()}; {grade(each)}.", indent=STEP)
                obligations(page, each)
                return []
    out = [word(each, "reason") for each in many(told, "ruled_out") if word(each, "signature") == word(finding, "signature")]
    return [f"Ruled out as a cause: {visible('; '.join(out))}."] if out else ["It belongs to no incident."]


def looked_at(page: Page, signature: Signature, report: Report) -> None:
    """How much of the evidence each need brought."""
    engine = Engine(report.timeline)
    for name, need in {**signature.needs, **signature.improves}.items():
        frame = engine.get(need)
        if frame is not None:
            page.say(f"looked at {plural(len(frame), 'row')} of {name.replace('_', ' ')}, from {need.missing}", indent=STEP)
    start, end = word(report.to_dict()["window"], "start"), word(report.to_dict()["window"], "end")
    if start and end:
        page.say(f"in {plural(len(report.timeline.files), 'file')}, {interval(start, end)}", indent=STEP)
