"""In words: what was changed shortly before requests failed, and when their rate and pace changed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from logcorr.report.fields import Fields, many, number, one, word
from logcorr.report.page import Page
from logcorr.report.visible import visible
from logcorr.report.words import amount, brief, moment, percent

#: changes that are shown beside the first and the last
SHOWN: Final = 2
KINDS: Final = {
    "deploy": "deploy of",
    "package": "package",
    "reload": "reload of",
    "restart": "restart of",
    "end": "unasked end of",
}


def came_before(page: Page, incident: Fields, prefix: str) -> None:
    """What was changed in the minutes before, the nearest first."""
    found = many(incident, "triggers")
    if not found:
        return
    page.heading(f"{prefix}WHAT CAME BEFORE IT")
    for each in found:
        kind = word(each, "kind")
        what = f"{KINDS.get(kind, visible(kind))} {brief(word(each, 'name')) or 'something that is not named'}"
        page.item(f"{ago(word(each, 'at'), word(incident, 'start'))}: {what} ({where(page, each)})")


def ago(at: str, start: str) -> str:
    """How long before the failures something was, in words."""
    seconds = round((datetime.fromisoformat(start) - datetime.fromisoformat(at)).total_seconds())
    if seconds <= 0:
        return "at the same moment"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s before" if minutes else f"{rest} s before"


def where(page: Page, each: Fields) -> str:
    """The line that shows it."""
    file = visible(word(each, "file"))
    return f"{file.removeprefix(visible(page.root)) if page.root else file}:{amount(number(each, 'line') or 0)}"


def changed(page: Page, report: Fields) -> None:
    """When more or fewer requests failed, or were slow."""
    told = many(report, "changes")
    if not told:
        return
    surest = sorted(told, key=lambda each: number(each, "chance") or 0)[:SHOWN]
    found = told if page.verbose else [each for each in told if each in surest or each in (told[0], told[-1])]
    page.heading("WHEN IT CHANGED (found without knowing of any deploy)")
    for each in found:
        limit = number(each, "slower_than_s")
        what = "failed" if word(each, "what") == "failing" else f"took longer than {limit or 0:.3g} s"
        page.item(
            f"{moment(word(each, 'at'))}: {share(one(each, 'after'))} of the requests {what}; {share(one(each, 'before'))} before it"
        )


def share(counts: Fields) -> str:
    """A part of a whole."""
    part, whole = number(counts, "part") or 0, number(counts, "whole") or 0
    return percent(part / whole) if part and whole else "none"
