"""A line that tells what is being read, how fast, and how long it will take: on a terminal, or in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from logcorr.report.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

#: what to tell: the name of a file, how many bytes of it were read, and how many there are in all files
Progress = Callable[[str, int, int], None]


@contextmanager
def on_terminal() -> Iterator[Progress | None]:
    """The line on standard error, if somebody looks."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with shown_on(Console(stderr=True)) as tell:
        yield tell


@contextmanager
def in_notebook() -> Iterator[Progress | None]:
    """The line below the cell that reads, in a notebook."""
    if "ipykernel" not in sys.modules or "IPython" not in sys.modules:
        yield None
        return
    from rich.console import Console

    with shown_on(Console(force_jupyter=True)) as tell:
        yield tell


@contextmanager
def shown_on(console: Console) -> Iterator[Progress]:
    """The line on a console; it goes when all is read."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("reading {task.description}", markup=False),
        BarColumn(bar_width=20),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(name: str, count: int, total: int) -> None:
            bar.update(task, advance=count, total=total, description=visible(Path(name).name))

        yield tell
