"""``logcorr report``: what broke, since when, for whom, why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from logcorr.cli.options import Color, Colors, Evidence, Messages, NoCache, Output, Since, Timed, Until, Year, Zones
from logcorr.cli.running import (
    FAULT,
    HEALTHY,
    INCIDENT,
    UNDETERMINED,
    complain,
    demand_place,
    handed,
    leave,
    progress_shown,
    shown_lines,
    tell_fault,
    timed,
)
from logcorr.timings import stage

if TYPE_CHECKING:
    from logcorr.report.result import Report

_STATUS: Final = {"healthy": HEALTHY, "incident": INCIDENT, "undetermined": UNDETERMINED}
EPILOG: Final = (
    "Exit status: 0 nothing wrong found, 1 an incident found, 2 wrong usage or no readable evidence, 3 undetermined, "
    "4 a fault of logcorr's own."
)


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    markdown = "markdown"
    json = "json"


class Engine(StrEnum):
    """Who reads the logs and answers what is asked of them."""

    duckdb = "duckdb"
    spark = "spark"


@dataclass(frozen=True, slots=True)
class Choice:
    """How and where the report is shown."""

    format: Format
    output: Path | None
    color: Color
    verbose: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What is read: the evidence, files of complaints, how (as ``logcorr.read`` takes it), and by whom."""

    evidence: list[str]
    complaints: list[str] = field(default_factory=list)
    how: dict[str, Any] = field(default_factory=dict)
    engine: Engine = Engine.duckdb


def report(  # noqa: PLR0913 (each is an option of the command line)
    evidence: Evidence,
    *,
    deploy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIME",
            help='A deploy that no file tells of: "2026-11-23 10:56", "2026-11-23T10:56:00+01:00", "21:47". Repeatable.',
        ),
    ] = None,
    complaint: Annotated[
        list[str] | None,
        typer.Option(metavar='"TIME TEXT"', help='What somebody said, and when: "22:14 cannot log in". Repeatable.'),
    ] = None,
    complaints: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="A file of complaints beside the evidence: a table with a time and a text. Repeatable."
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    zone: Zones = None,
    year: Year = None,
    engine: Annotated[
        Engine,
        typer.Option(
            help="Who reads the logs and counts: this machine, or the cluster of Spark's that SPARK_MASTER or spark-defaults.conf name."
        ),
    ] = Engine.duckdb,
    format_: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.text,
    output: Output = None,
    color: Colors = Color.auto,
    messages: Messages = None,
    no_cache: NoCache = False,
    timings: Timed = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show all facts and all lines.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show the answer alone, and no progress.")] = False,
) -> None:
    """Say what broke, since when, for whom, why, and which lines prove it.

    \b
    Example:
      logcorr report evidence/
      logcorr report access.log error.log 'journal*' --zone Europe/Berlin
      logcorr report evidence/ --deploy 21:47 --complaint "22:14 cannot log in"
      logcorr report evidence/ --format markdown --output incident.md
      SPARK_MASTER=spark://host:7077 logcorr report hdfs://host/logs --engine spark
    """  # noqa: D301 (a backspace it shall be: click then keeps the lines of the paragraph apart)
    demand_place(output)
    how = {
        "zone": zone or [],
        "year": year,
        "deploys": deploy or [],
        "complaints": complaint or [],
        "since": since,
        "until": until,
        "cache": not no_cache,
        "messages": messages or [],
    }
    choice = Choice(format_, output, color, verbose, quiet)
    leave(lambda: run(Asked(evidence, complaints or [], how, engine), choice, timings=timings), verbose=verbose)


def run(asked: Asked, choice: Choice, *, timings: bool = False) -> int:
    """Read, diagnose, write; the exit status."""
    with timed(wanted=timings):
        return answered(asked, choice)


def answered(asked: Asked, choice: Choice) -> int:
    """The same, not timed."""
    import logcorr
    from logcorr.report.destination import write

    if asked.complaints:
        from logcorr.timeline.statements import demand_complaints

        demand_complaints(asked.complaints)
    how = dict(asked.how)
    if asked.engine is Engine.spark:
        from logcorr.spark.session import session_of

        how["engine"] = session_of()
    with progress_shown(wanted=not choice.quiet) as progress:
        found = logcorr.diagnose(logcorr.read(handed([*asked.evidence, *asked.complaints]), **how, progress=progress))
    try:
        tell_failures(found, verbose=choice.verbose)
        with stage("render"):
            write([written(found, choice)], choice.output)
    except Exception as error:  # noqa: BLE001 (an incident that cannot be shown is still one)
        tell_fault(error, verbose=choice.verbose)
        return INCIDENT if found.verdict == "incident" else FAULT
    return status_of(found)


def status_of(found: Report) -> int:
    """The exit status of a report; a fault of ours hides every verdict but an incident."""
    if found.failures and found.verdict != "incident":
        return FAULT
    return _STATUS.get(found.verdict, FAULT)


def written(found: Report, choice: Choice) -> bytes:
    """The report as bytes: JSON and Markdown in UTF-8, text in the encoding of where it goes."""
    if choice.format is Format.json:
        return f"{found.to_json().rstrip()}\n".encode(
            "utf-8", "backslashreplace"
        )  # half a character becomes \udcXX, as JSON writes it
    if choice.format is Format.markdown:
        from logcorr.report.markdown import MARK
        from logcorr.report.markdown import render as as_markdown

        page = as_markdown(found.to_dict(), verbose=choice.verbose, quiet=choice.quiet)
        mark = f"{MARK}\n\n" if choice.output is not None else ""  # lying beside the logs, it is not read as one of them
        return f"{mark}{page}".encode("utf-8", "backslashreplace")
    import io

    from logcorr.cli.pages import console_for, encoded
    from logcorr.report.text import render

    text = io.StringIO()
    console = console_for(text, choice.output, choice.color)
    render(found.to_dict(), console, verbose=choice.verbose, quiet=choice.quiet)
    return encoded(text, choice.output)


def tell_failures(found: Report, *, verbose: bool) -> None:
    """Name the signatures that broke."""
    if not found.failures:
        return
    names = ", ".join(str(each.signature) for each in found.failures)
    complain(
        f"broke while it was looked for: {names}", "" if verbose else "this is a fault of logcorr's own; --verbose shows where"
    )
    if verbose:
        for each in found.failures:
            typer.echo(shown_lines(each.traceback), err=True)
