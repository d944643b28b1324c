"""Formats as text: which are known, and what files are taken for, and why."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from logcorr.families import FAMILIES
from logcorr.reading import FileFacts
from logcorr.reading.study import Known, Study
from logcorr.report.completeness import YEARS
from logcorr.report.page import STEP, Page
from logcorr.report.visible import shorten, visible
from logcorr.report.words import ZONES, amount, interval, moment, plural
from logcorr.signatures.moments import iso
from logcorr.timeline.clocks import Zone
from logcorr.timeline.timeline import Timeline

#: lines that nobody takes, of one file
REFUSED = 3
#: samples of one format
SAMPLES = 2


def known(page: Page, formats: Sequence[Known], *, samples: bool) -> None:
    """The table of formats, with lines that they take."""
    widest = max(len(each.name) for each in formats)
    for each in formats:
        page.say(each.about, label=each.name.ljust(widest + 1), indent=0)
        for text in each.samples[:SAMPLES] if samples else ():
            for line in text.split("\n"):
                page.say(shorten(visible(line), max(page.console.width - 2 * STEP, 20)), indent=2 * STEP)
    page.blank()
    page.say("What a file is, its content tells, never its name: logcorr formats FILE says what it is taken for, and why.")


def taken_for(page: Page, timeline: Timeline, studies: Sequence[Study], about: dict[str, str]) -> bool:
    """What each file is taken for; whether all are taken for something."""
    all_known = True
    spans = spans_of(timeline)
    for facts, study in zip(timeline.files, studies, strict=True):
        name = visible(facts.file.name)
        understood = bool(facts.formats)
        empty = not (facts.lines or facts.problem)
        all_known = all_known and (understood or empty)
        page.state(f"{name}:", ", ".join(facts.formats) if understood else "empty" if empty else "not recognised")
        if facts.problem:
            page.say(visible(facts.problem), indent=STEP)
        if understood:
            page.say(about.get(facts.format.partition(":")[0], ""), indent=STEP)
        if why := because(facts, study):
            page.say(why, label="why:", indent=STEP)
        if study.guessed:
            page.say(f"log_format guessed '{visible(study.guessed)}';", indent=STEP)
            page.say("guessed from the lines: nginx's configuration would tell it for sure", indent=2 * STEP)
        if facts.lines:
            page.say(sums(facts), indent=STEP)
        for line in clocks(timeline, spans, facts.file.name):
            page.say(line, label="times:", indent=STEP)
        refused(page, timeline, facts)
        page.blank()
    return all_known


def because(facts: FileFacts, study: Study) -> str:
    """Why it is taken for that."""
    if facts.commands:
        return f"its first line is a prompt or a heading: {plural(facts.commands, 'output')} of commands, each read by itself"
    if study.whole:
        return "all its lines together are such a document"
    if not study.sampled:
        return ""
    own = [f"{amount(count)} begin an event of {name}" for name, count in study.taken if name in facts.formats]
    others = [(name, count) for name, count in study.taken if name not in facts.formats]
    next_best = f"{amount(others[0][1])} of {others[0][0]}" if others else ""
    if not own:
        return f"of {plural(study.sampled, 'line')} looked at, " + (
            f"only {next_best}" if others else "no known format takes any"
        )
    runner_up = f"next best {next_best}" if others else "no other format takes any"
    return f"of {plural(study.sampled, 'line')} looked at, {', '.join(own)}; {runner_up}"


def sums(facts: FileFacts) -> str:
    """``120 lines: 100 events, 12 continuation, 8 blank``."""
    parts = {"continuation": facts.continuation, "blank": facts.blank, "unparsed": facts.refused}
    told = [plural(facts.events, "event"), *(f"{amount(count)} {what}" for what, count in parts.items() if count)]
    fallback = f" ({amount(facts.fallback)} only as text with a time)" if facts.fallback else ""
    several = [f"{amount(count)} {name}" for name, count in facts.counts.most_common()] if len(facts.counts) > 1 else []
    return f"{plural(facts.lines, 'line')}: {', '.join(told)}{fallback}" + (f"; {', '.join(several)}" if several else "")


def clocks(timeline: Timeline, spans: dict[tuple[str, str], tuple[int, int]], name: str) -> list[str]:
    """How the times of a file are known, and what they cover; nothing of one without times."""
    zones = {source: zone for (file, source), zone in timeline.zones.items() if file == name and (name, source) in spans}
    return [
        (f"{source}: " if len(zones) > 1 else "") + f"{lasted(*spans[name, source])}; {zone_told(zone)}"
        for source, zone in zones.items()
    ]


def lasted(first_us: int, last_us: int) -> str:
    """One time, or two."""
    return moment(iso(first_us)) if first_us == last_us else interval(iso(first_us), iso(last_us))


def spans_of(timeline: Timeline) -> dict[tuple[str, str], tuple[int, int]]:
    """First and last instant of each source in each file."""
    families = " union all ".join(f"select file, source, timestamp_us from {family}" for family in FAMILIES)  # noqa: S608 (our names)
    query = f"select file, source, min(timestamp_us), max(timestamp_us) from ({families}) where timestamp_us is not null group by 1, 2"  # noqa: S608
    return {(file, source): (first, last) for file, source, first, last in timeline.connection.sql(query).fetchall()}


def zone_told(zone: Zone) -> str:
    """How a zone is known."""
    ahead = (
        f"; its clock is {abs(zone.ahead_s):g} s {'ahead' if zone.ahead_s > 0 else 'behind'}, put right" if zone.ahead_s else ""
    )
    year = f"; no year stands there: {YEARS[zone.year_basis]}" if zone.year_basis in YEARS else ""
    if zone.basis == "in_line":
        return f"the zone stands in the lines{year}{ahead}"
    shown = f"{amount(zone.matches)} records show it, the next best {amount(zone.runner_up)}" if zone.matches else ""
    basis = ZONES.get(zone.basis, zone.basis)
    return f"no zone stands there, read as {zone or 'UTC'} ({basis}{': ' if shown else ''}{shown}){year}{ahead}"


def refused(page: Page, timeline: Timeline, facts: FileFacts) -> None:
    """The first lines that nobody takes, with the reason."""
    rows = timeline.unparsed
    own = rows[rows["file"] == facts.file.name]
    for row in own.head(len(own) if page.verbose else REFUSED).to_dict("records"):
        label = f"line {row['line']}:"
        room = max(page.console.width - STEP - cell_len(label) - 1, 20)
        page.say(shorten(visible(row["text"]), room), label=label, indent=STEP)
    if len(own):
        more = len(own) - REFUSED
        page.say(
            "; ".join(dict.fromkeys(own["reason"]))
            + (f"; and {more} more (--verbose shows all)" if more > 0 and not page.verbose else ""),
            indent=2 * STEP,
        )
