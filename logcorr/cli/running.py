"""What every command does around its work: exit statuses, messages with hints, progress, faults that nobody foresaw."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import typer

from logcorr.timings import STARTED

if TYPE_CHECKING:
    from logcorr.report.progress import Progress

HEALTHY, INCIDENT, USAGE, UNDETERMINED, FAULT, INTERRUPTED = 0, 1, 2, 3, 4, 130


def handed(evidence: list[str]) -> list[str | BinaryIO]:
    """The evidence as it was typed; ``-`` is standard input."""
    return [sys.stdin.buffer if each == "-" else each for each in evidence]


def leave(work: Callable[[], int], *, verbose: bool = False) -> NoReturn:
    """Do the work of a command and leave with its status; whatever goes wrong is told in words."""
    from logcorr.errors import LogcorrError

    try:
        status = work()
    except KeyboardInterrupt:
        complain("stopped")
        status = INTERRUPTED
    except LogcorrError as error:
        complain(str(error), error.hint)
        status = USAGE
    except Exception as error:  # noqa: BLE001 (the last place before the user: what went wrong is told, and the exit status says so)
        tell_fault(error, verbose=verbose)
        status = FAULT
    raise typer.Exit(status)


def demand_place(output: Path | None) -> None:
    """Refuse a place that cannot be written, before anything is read."""
    if output is not None:
        from logcorr.report.destination import trouble_with

        if trouble := trouble_with(output):
            raise typer.BadParameter(shown(trouble), param_hint="--output")


@contextmanager
def progress_shown(*, wanted: bool) -> Iterator[Progress | None]:
    """A line on standard error that tells what is being read, if somebody looks; what to call for each piece."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from logcorr.report.progress import on_terminal

    with on_terminal() as tell:
        yield tell


@contextmanager
def timed(*, wanted: bool) -> Iterator[None]:
    """Tell on standard error, in the end, what each stage took."""
    if not wanted:
        yield
        return
    from logcorr.timings import measured

    with measured(STARTED) as timings:
        yield
    spent = timings.by_stage()
    whole = sum(spent.values())
    typer.echo(f"{'stage':10s} {'seconds':>8s} {'share':>6s}", err=True)
    for name, seconds in (*spent.items(), ("whole", whole)):
        typer.echo(f"{name:10s} {seconds:8.3f} {seconds / whole:6.1%}", err=True)


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
