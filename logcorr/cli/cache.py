"""``logcorr cache``: what is kept of large logs, and how to be rid of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from logcorr.cli.running import leave, shown

EPILOG = "Exit status: 0 done, 2 wrong usage, 4 a fault of logcorr's own."


class Action(StrEnum):
    """What to do with it."""

    show = "show"
    purge = "purge"


def cache(
    action: Annotated[Action, typer.Argument(metavar="ACTION", help="show what is kept, or purge it.")] = Action.show,
) -> None:
    """Show or remove what is kept of large logs, so that the next question about them is answered at once.

    It lies in the platform's folder for caches (below XDG_CACHE_HOME), readable by you alone. What was not used for longest goes first
    when it grows too large. --no-cache of the other commands leaves it alone.

    \b
    Example:
      logcorr cache
      logcorr cache purge
    """  # noqa: D301 (a backspace it shall be: click then keeps the lines of the paragraph apart)
    leave(lambda: run(action))


def run(action: Action) -> int:
    """Show, or purge; the exit status."""
    from datetime import UTC, datetime

    from logcorr.storage.cache import Cache

    kept = Cache()
    if action is Action.purge:
        typer.echo(f"{megabytes(kept.purge())} freed in {shown(kept.folder)}")
        return 0
    entries = kept.entries()
    for each in sorted(entries, key=lambda entry: entry.used, reverse=True):
        used = datetime.fromtimestamp(each.used, UTC)
        typer.echo(f"{megabytes(each.size):>12s}  {used:%Y-%m-%d %H:%MZ}  {shown(each.file)}")
    whole = megabytes(sum(each.size for each in entries))
    typer.echo(f"{whole:>12s}  of at most {megabytes(kept.limit)}, in {shown(kept.folder)}")
    return 0


def megabytes(size: int) -> str:
    """A size, in megabytes."""
    return f"{size / 1e6:,.1f} MB"
