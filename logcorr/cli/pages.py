"""Pages of text on standard output: as wide as the terminal, in colour where that is wanted."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from logcorr.cli.options import Color

if TYPE_CHECKING:
    from rich.console import Console

    from logcorr.report.page import Page


def console_for(page: io.StringIO, output: Path | None, color: Color) -> Console:
    """A console that writes to ``page`` as it will be shown."""
    from rich.console import Console

    from logcorr.report.destination import is_coloured, width

    coloured = is_coloured(output, color)
    return Console(
        file=page,
        width=width(output),
        force_terminal=coloured,
        no_color=not coloured,
        color_system="standard" if coloured else None,
    )


def encoded(page: io.StringIO, output: Path | None) -> bytes:
    """The page in UTF-8 for a file, else in the encoding of standard output."""
    encoding = "utf-8" if output is not None else sys.stdout.encoding or "utf-8"
    return page.getvalue().encode(encoding, "backslashreplace")


def printed(write_on: Callable[[Page], None], color: Color, *, verbose: bool, files: list[str] | None = None) -> None:
    """Print what ``write_on`` puts on a page; ``files`` are those of the evidence, whose common folder is left out."""
    from logcorr.report.destination import write
    from logcorr.report.page import Page

    text = io.StringIO()
    write_on(Page(console_for(text, None, color), files or [], verbose=verbose))
    write([encoded(text, None)], None)
