"""How complete the evidence is: what was not read, not understood, or dated by guess."""

from __future__ import annotations

from typing import Final

from logcorr.report.fields import Fields, count, many, not_looked_for, one, word
from logcorr.report.page import Page
from logcorr.report.visible import visible
from logcorr.report.words import ZONES, amount, moment, percent, plural, title

#: names of files in one line
NAMED: Final = 6
YEARS: Final = {
    "year_inferred": "worked out from the other evidence",
    "file_time": "taken from the time of the file, which copies reset: say it with --year",
    "year_assumed": "taken to be today's: say it with --year",
}
#: flags of stamps, in words
FLAGS: Final = {
    "before_1970": "times of a clock that was not set, left out of what is counted over time",
    "far_ahead": "times long after all others, left out of what is counted over time",
    "falls_back": "times fall back: the clock was set back, or two logs stand one after the other",
    "out_of_order": "lines out of order, taken at the time that they state",
}


def completeness(page: Page, report: Fields) -> None:
    """One line for each thing that weakens the evidence; says so where there is none."""
    files = many(report, "evidence")
    if not files:
        return
    page.heading("HOW COMPLETE THE EVIDENCE IS")
    notes = [
        *bounded(one(report, "window")),
        *unread(page, files),
        *not_understood(page, files),
        *dated(page, files),
        *odd(page, files),
        *wanting(report),
    ]
    for note in notes:
        page.item(note)
    if not notes:
        page.say("Every file was read, every line understood, every time taken as written.")


def bounded(window: Fields) -> list[str]:
    """What was left out because the caller said so."""
    told = [
        f"{name} {moment(word(window, key))}" for name, key in (("before", "since"), ("after", "until")) if word(window, key)
    ]
    return [f"left out, as asked for: what happened {' and '.join(told)}"] if told else []


def unread(page: Page, files: list[Fields]) -> list[str]:
    """Files not read, or only in part."""
    return [
        f"{name(page, each)}: {'only in part: ' if count(each, 'lines') else 'not read: '}{visible(word(each, 'problem'))}"
        for each in files
        if word(each, "problem")
    ]


def not_understood(page: Page, files: list[Fields]) -> list[str]:
    """Lines that no format takes, and lines taken only for text with a time."""
    notes = []
    for each in files:
        lines, unparsed, fallback = count(each, "lines"), count(each, "unparsed"), count(each, "fallback")
        if unparsed and not count(each, "events"):
            notes.append(f"{name(page, each)}: not recognised, none of its {plural(lines, 'line')} used")
        elif unparsed:
            notes.append(f"{name(page, each)}: {part(unparsed, lines)} not understood")
        if fallback:
            notes.append(f"{name(page, each)}: {part(fallback, lines)} read only as text with a time")
    return notes


def part(some: int, lines: int) -> str:
    """``3 of 120 lines (2.5 %)``."""
    return f"{amount(some)} of {plural(lines, 'line')} ({percent(some / max(lines, 1))})"


def dated(page: Page, files: list[Fields]) -> list[str]:
    """Zones and years that the lines do not state."""
    zones: dict[tuple[str, str], list[str]] = {}
    years: dict[str, list[str]] = {}
    for each in files:
        basis, year = word(each, "zone_basis"), word(each, "year_basis")
        if basis and basis != "in_line":
            zones.setdefault((word(each, "zone"), basis), []).append(name(page, each))
        if year in YEARS or basis in YEARS:
            years.setdefault(year or basis, []).append(name(page, each))
    notes = [
        f"times without a zone read as {visible(zone) or 'UTC'} ({ZONES.get(basis, visible(basis))}): {listed(names, page)}"
        for (zone, basis), names in zones.items()
    ]
    return notes + [f"times without a year: {YEARS[basis]}: {listed(names, page)}" for basis, names in years.items()]


def odd(page: Page, files: list[Fields]) -> list[str]:
    """Stamps that cannot be, and lines that are out of order."""
    found: dict[str, list[str]] = {}
    for each in files:
        flags = one(each, "flags")
        for kind, said in FLAGS.items():
            if count(flags, kind):
                found.setdefault(said, []).append(f"{name(page, each)} ({plural(count(flags, kind), 'line')})")
    return [f"{said}: {listed(names, page)}" for said, names in found.items()]


def wanting(report: Fields) -> list[str]:
    """Signatures that the evidence did not suffice for; a healthy report names them in a section of their own."""
    if word(report, "verdict") == "healthy":
        return []
    unable = [title(word(each, "signature")) for each in not_looked_for(report)]
    return [f"could not be looked for, for want of evidence: {'; '.join(dict.fromkeys(unable))}"] if unable else []


def name(page: Page, file: Fields) -> str:
    """A file without the folder that all share."""
    return visible(word(file, "file").removeprefix(page.root))


def listed(names: list[str], page: Page) -> str:
    """Names in one line, not too many."""
    most = len(names) if page.verbose else NAMED
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
