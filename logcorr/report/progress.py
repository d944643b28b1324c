"""A line that tells what is being read, how fast, and how long it will take: on a terminal, or in a notebook."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from logcorr.report.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

#: less is read before anybody looks
MUCH: Final = 64 << 20
#: so often a notebook is told
EVERY_S: Final = 0.5
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
    """The same as a text below the cell that reads, in a notebook, where there is much to read; it goes when all is read."""
    if "ipykernel" not in sys.modules:
        yield None
        return
    from IPython.display import display

    handle: Any = None
    done, begun = 0, time.monotonic()
    last = begun

    def tell(name: str, count: int, total: int) -> None:
        nonlocal handle, done, last
        done += count
        now = time.monotonic()
        if total < MUCH or now - last < EVERY_S:
            return
        last = now
        rate = done / (now - begun)
        left = max(total - done, 0) / rate
        text = f"reading {visible(Path(name).name)}: {min(done / total, 1):.0%}, {rate / 1e6:,.0f} MB/s, {left:,.0f} s left"
        if handle is None:
            handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            handle.update({"text/plain": text}, raw=True)

    yield tell
    if handle is not None:
        handle.update({"text/plain": ""}, raw=True)


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
