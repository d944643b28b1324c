"""The command line: arguments, one call into the library, exit codes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from logcorr.report.result import Report

HEALTHY, INCIDENT, USAGE, UNDETERMINED, FAULT, INTERRUPTED = 0, 1, 2, 3, 4, 130
_STATUS: Final = {"healthy": HEALTHY, "incident": INCIDENT, "undetermined": UNDETERMINED}

EXAMPLE: Final = """Find out from logs what broke, since when, for whom, and why.

Give it what you have: a folder with logs as they lie on a server, single files,
or globs; plain or compressed.

\b
Example:
  logcorr report evidence/
  logcorr report /var/log/nginx /var/log/syslog* --zone Europe/Berlin
  logcorr report evidence/ --format json --output report.json
"""
EPILOG: Final = (
    "Exit status: 0 nothing wrong found, 1 an incident found, 2 wrong usage or no readable evidence, 3 undetermined, "
    "4 a fault of logcorr's own."
)

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    json = "json"


class Color(StrEnum):
    """When the report is coloured."""

    auto = "auto"
    always = "always"
    never = "never"


def print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        import logcorr

        typer.echo(f"logcorr {logcorr.__version__}")
        raise typer.Exit


@app.callback(help=EXAMPLE)
def logcorr_(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Log forensics."""


@app.command(epilog=EPILOG)
def report(  # noqa: PLR0913 (each is an option of the command line)
    evidence: Annotated[list[str], typer.Argument(metavar="EVIDENCE", help="Folders, files or globs.", show_default=False)],
    *,
    zone: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[SOURCE=]ZONE",
            help="Zone of times that state none, for all or one source: Europe/Berlin, app_text=UTC. Repeatable.",
        ),
    ] = None,
    year: Annotated[
        int | None, typer.Option(min=1970, max=9999, help="Year of times that state none.", show_default=False)
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.text,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write there instead of to standard output.", show_default=False)
    ] = None,
    color: Annotated[Color, typer.Option(help="When to use colours; auto honours NO_COLOR and FORCE_COLOR.")] = Color.auto,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show all facts and all lines.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show the answer alone, and no progress.")] = False,
) -> None:
    """Say what broke, since when, for whom, why, and which lines prove it.

    \b
    Example:
      logcorr report evidence/
      logcorr report access.log error.log 'journal*' --zone Europe/Berlin
    """  # noqa: D301 (a backspace it shall be: click then keeps the lines of the paragraph apart)
    if output is not None:
        from logcorr.report.destination import trouble_with

        if trouble := trouble_with(output):
            raise typer.BadParameter(shown(trouble), param_hint="--output")
    try:
        raise typer.Exit(run(evidence, zone or [], year, Choice(format_, output, color, verbose, quiet)))
    except KeyboardInterrupt:
        complain("stopped")
        raise typer.Exit(INTERRUPTED) from None


@dataclass(frozen=True, slots=True)
class Choice:
    """How and where the report is shown."""

    format: Format
    output: Path | None
    color: Color
    verbose: bool
    quiet: bool


def run(evidence: list[str], zone: list[str], year: int | None, choice: Choice) -> int:
    """Read, diagnose, write; the exit status."""
    from logcorr.errors import LogcorrError
    from logcorr.report.destination import write

    found = None
    try:
        import logcorr

        with progress_shown(wanted=not choice.quiet) as progress:
            found = logcorr.diagnose(logcorr.read(evidence, zone=zone, year=year, progress=progress))
        status = status_of(found)
        tell_failures(found, verbose=choice.verbose)
        write(written(found, choice), choice.output)
    except LogcorrError as error:
        complain(str(error), error.hint)
        return USAGE
    except Exception as error:  # noqa: BLE001 (the last place before the user: what went wrong is told, and the exit status says so)
        tell_fault(error, verbose=choice.verbose)
        return INCIDENT if found is not None and found.verdict == "incident" else FAULT
    return status


def status_of(found: Report) -> int:
    """The exit status of a report; a fault of ours hides every verdict but an incident."""
    if found.failures and found.verdict != "incident":
        return FAULT
    return _STATUS.get(found.verdict, FAULT)


def written(found: Report, choice: Choice) -> bytes:
    """The report as bytes: JSON in UTF-8, text in the encoding of where it goes."""
    if choice.format is Format.json:
        return f"{found.to_json().rstrip()}\n".encode(
            "utf-8", "backslashreplace"
        )  # half a character becomes \udcXX, as JSON writes it
    import io

    from rich.console import Console

    from logcorr.report.destination import is_coloured, width
    from logcorr.report.text import render

    coloured = is_coloured(choice.output, choice.color)
    page = io.StringIO()
    console = Console(
        file=page,
        width=width(choice.output),
        force_terminal=coloured,
        no_color=not coloured,
        color_system="standard" if coloured else None,
    )
    render(found.to_dict(), console, verbose=choice.verbose, quiet=choice.quiet)
    encoding = "utf-8" if choice.output is not None else sys.stdout.encoding or "utf-8"
    return page.getvalue().encode(encoding, "backslashreplace")


@contextmanager
def progress_shown(*, wanted: bool) -> Iterator[Callable[[str, int], None] | None]:
    """A line on standard error that tells what is being read, if somebody looks; what to call for each piece."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import FileSizeColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn

    columns = (
        TextColumn("reading {task.description}", markup=False),
        FileSizeColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(name: str, count: int) -> None:
            bar.update(task, advance=count, description=shown(Path(name).name))

        yield tell


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


def tell_fault(error: Exception, *, verbose: bool) -> None:
    """Name an exception that nobody foresaw."""
    import traceback

    complain(
        f"{type(error).__name__}: {error}",
        "" if verbose else "this is a fault of logcorr's own or of the system; --verbose shows where",
    )
    if verbose:
        typer.echo(shown_lines("".join(traceback.format_exception(error))), err=True)


def complain(message: str, hint: str = "") -> None:
    """A message and a hint on standard error."""
    typer.echo(f"logcorr: {shown(message)}", err=True)
    if hint:
        typer.echo(f"hint: {shown(hint)}", err=True)


def shown(text: object) -> str:
    """A text that may come from evidence, safe for a terminal."""
    from logcorr.report.visible import visible

    return visible(str(text))


def shown_lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(shown(line) for line in text.rstrip("\n").split("\n"))


def main() -> None:
    """Run the command line; leaves with the exit status."""
    gc.set_threshold(100_000, 50, 50)  # a report makes much and drops little: looking for cycles took a tenth of its time
    try:
        app(prog_name="logcorr")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # of the help
        from logcorr.report.destination import discard_output

        discard_output()
