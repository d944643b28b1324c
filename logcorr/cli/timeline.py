"""``logcorr timeline``: all events in one order of time."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from logcorr.cli.completion import sources
from logcorr.cli.options import Color, Colors, Evidence, Messages, NoCache, Output, Since, Until, Year, Zones
from logcorr.cli.running import complain, demand_place, handed, leave, progress_shown

if TYPE_CHECKING:
    import pyarrow as pa

    from logcorr.timeline.bounds import Bounds
    from logcorr.timeline.timeline import Timeline

SHOWN, NOTHING = 0, 1
EPILOG: Final = (
    "Exit status, as of grep: 0 events are shown, 1 none is, 2 wrong usage or no readable evidence, 4 a fault of logcorr's own."
)
_STATUS: Final = re.compile(r"(\d{3})(?:-(\d{3}))?|(\d)xx", re.IGNORECASE)


class Format(StrEnum):
    """How events are written."""

    text = "text"
    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


def timeline(  # noqa: PLR0913 (each is an option of the command line)
    evidence: Evidence,
    *,
    around: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Only what happened near this time; see --since for how to write it.", show_default=False
        ),
    ] = None,
    within: Annotated[str, typer.Option(metavar="DURATION", help="How near: 30s, 5min, 1h.")] = "5min",
    since: Since = None,
    until: Until = None,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="Only of this source, as the column names it. Repeatable.", autocompletion=sources),
    ] = None,
    unit: Annotated[
        list[str] | None,
        typer.Option(metavar="UNIT", help="Only of this service: nginx, php8.2-fpm.service. Repeatable."),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(metavar="STATUS", help="Only with this status of HTTP: 502, 5xx, 500-504. Repeatable."),
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Only with this path of a URL; * stands for any text: '/account/*'. Repeatable."),
    ] = None,
    grep: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Only events in whose lines this text stands, as it stands there.", show_default=False
        ),
    ] = None,
    regex: Annotated[bool, typer.Option("--regex", help="Take the text of --grep for an expression, in RE2's syntax.")] = False,
    repeated: Annotated[
        bool, typer.Option("--repeated", help="Show a record that stands in several files of each of them.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Show so many at most, the first ones.", show_default=False)] = None,
    zone: Zones = None,
    year: Year = None,
    format_: Annotated[Format, typer.Option("--format", help="How the events are written.")] = Format.text,
    output: Output = None,
    color: Colors = Color.auto,
    messages: Messages = None,
    no_cache: NoCache = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the lines of the evidence below each event.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on standard error.")] = False,
) -> None:
    """Show what happened, of all sources, in one order of time: one line an event, in UTC.

    The columns: time (~ marks one that was worked out or assumed, not read as it stands), source, host, file and line, message. With
    --grep the line that was found stands in place of the message. What is observed of files and processes stands at the
    time that it tells. CSV, JSON lines and Parquet have all columns.

    \b
    Example:
      logcorr timeline evidence/ --around "2026-11-23 09:56:25" --within 30s
      logcorr timeline evidence/ --status 5xx --path '/account*' --limit 20
      logcorr timeline evidence/ --unit php8.2-fpm --grep "already listen"
      logcorr timeline evidence/ --format parquet --output events.parquet
    """  # noqa: D301 (a backspace it shall be: click then keeps the lines of the paragraph apart)
    demand_place(output)
    statuses = [range_of(each) for each in status or []]
    if regex and grep is None:
        raise typer.BadParameter("it says how to read --grep, which is not given", param_hint="--regex")
    if format_ is Format.parquet and output is None and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is nothing for a terminal: give --output, or pipe it", param_hint="--format")
    filters = {
        "sources": source or [],
        "units": unit or [],
        "statuses": statuses,
        "paths": path or [],
        "repeated": repeated,
    }
    searched = None if grep is None else (grep, regex)
    how = {"zone": zone or [], "year": year, "cache": not no_cache, "messages": messages or []}
    asked = Asked(evidence, how, (around, within, since, until), filters, searched, limit)
    choice = Choice(format_, output, color, verbose, quiet)
    leave(lambda: run(asked, choice), verbose=verbose)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is read, and which events of it are wanted; ``times`` are those of --around, --within, --since, --until."""

    evidence: list[str]
    how: dict[str, Any]
    times: tuple[str | None, str, str | None, str | None]
    filters: dict[str, Any]
    searched: tuple[str, bool] | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """How and where events are shown."""

    format: Format
    output: Path | None
    color: Color
    verbose: bool
    quiet: bool


def run(asked: Asked, choice: Choice) -> int:
    """Read, select, write; the exit status."""
    import logcorr
    from logcorr.report.destination import write
    from logcorr.timeline.listing import Selection, select
    from logcorr.timeline.searching import Search

    search = Search(*asked.searched) if asked.searched else None
    with progress_shown(wanted=not choice.quiet) as progress:
        known = logcorr.read(handed(asked.evidence), **asked.how, progress=progress)
    bounds = stretch(known, asked.times, asked.how["zone"])
    wanted = Selection(bounds.since_us, bounds.until_us, search=search, **asked.filters)
    hosts = known.hosts  # asked for before the events: the engine gives one answer at a time
    counted = Counted(select(known, wanted, None if asked.limit is None else asked.limit + 1), asked.limit)
    terms = [search.text] if search and not search.is_expression else []
    write(written(known, counted, terms, choice, several=len(hosts) > 1), choice.output)
    present = sorted({source for _, source in known.zones})
    if lacking := [each for each in asked.filters["sources"] if each not in present]:
        complain(f"no events of the source {', '.join(lacking)}", f"this evidence has {', '.join(present)}")
    if counted.more and not choice.quiet:
        complain(f"cut off at --limit {asked.limit}: there are more events")
    return SHOWN if counted.count else NOTHING


class Counted:
    """Batches of events on their way, counted, and cut at a limit: ``more`` says whether something was cut off."""

    def __init__(self, events: pa.RecordBatchReader, limit: int | None) -> None:
        self.schema = events.schema
        self.events = events
        self.limit = limit
        self.count = 0
        self.more = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self.events:
            room = batch.num_rows if self.limit is None else self.limit - self.count
            self.more = self.more or batch.num_rows > room
            kept = batch.slice(0, room)
            self.count += kept.num_rows
            yield kept


def stretch(known: Timeline, times: tuple[str | None, str, str | None, str | None], zones: list[str]) -> Bounds:
    """The stretch of time that is asked for."""
    import pandas as pd

    from logcorr.errors import TimeError
    from logcorr.timeline.bounds import Bounds, bounds_of
    from logcorr.timeline.clocks import parse_zones
    from logcorr.timeline.typed_times import instant_of, parse

    around, within, since, until = times
    zone = parse_zones(zones).zones.get("", "")

    def window() -> tuple[int, int] | None:
        covered = known.coverage.dropna(subset=["start"])
        return (covered["start"].min().value // 1000, covered["end"].max().value // 1000) if len(covered) else None

    bounds = bounds_of(since, until, window, zone)
    if around is None:
        return bounds
    middle = instant_of(parse(around), window, zone)
    try:
        width_us = int(pd.Timedelta(within).value // 1000)
    except ValueError:
        raise TimeError(f"no duration: {within!r}", hint="write it as 30s, 5min or 1h") from None
    edges = [middle - width_us, *([bounds.since_us] if bounds.since_us is not None else [])]
    ends = [middle + width_us, *([bounds.until_us] if bounds.until_us is not None else [])]
    return Bounds(max(edges), min(ends))


def written(known: Timeline, events: Counted, terms: list[str], choice: Choice, *, several: bool) -> Iterator[bytes]:
    """The events as bytes, a batch at a time; ``several``: they are of more than one host."""
    from logcorr.report import listing
    from logcorr.report.destination import is_coloured, width

    formats = {Format.csv: listing.as_csv, Format.jsonl: listing.as_json_lines, Format.parquet: listing.as_parquet}
    if choice.format in formats:
        yield from formats[choice.format](events)
        return
    on_terminal = choice.output is None and sys.stdout.isatty()
    lines = listing.Lines(
        known,
        width=width(choice.output) if on_terminal else None,
        coloured=is_coloured(choice.output, choice.color),
        hosts=not on_terminal or several,
        terms=terms,
        verbose=choice.verbose,
    )
    yield from lines.render(events)


def range_of(text: str) -> tuple[int, int]:
    """The statuses that a text names: 502, 5xx, 500-504."""
    found = _STATUS.fullmatch(text.strip())
    if not found:
        raise typer.BadParameter(f"no status of HTTP: {text!r}; write 502, 5xx or 500-504", param_hint="--status")
    if found[3]:
        return int(found[3]) * 100, int(found[3]) * 100 + 99
    return int(found[1]), int(found[2] or found[1])
