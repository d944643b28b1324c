"""A temporary folder for stored rows, made when the first are written, gone with the last of them."""

from __future__ import annotations

import tempfile
from functools import cached_property
from itertools import count
from pathlib import Path

from logcorr.storage.stored import RowWriter


class Scratch:
    """Where the rows of one file of the evidence lie; ``within``: in which folder, else in the system's own for such files."""

    def __init__(self, within: Path | None = None, prefix: str = "logcorr-") -> None:
        self.within = within
        self.prefix = prefix
        self._numbers = count()

    @cached_property
    def held(self) -> tempfile.TemporaryDirectory[str]:
        """The folder, which goes when nobody holds it any more."""
        return tempfile.TemporaryDirectory(prefix=self.prefix, dir=self.within, ignore_cleanup_errors=True)

    @property
    def folder(self) -> Path:
        """Where it is."""
        return Path(self.held.name)

    def writer(self, source: str) -> RowWriter:
        """A writer of a new file."""
        return RowWriter(self.folder / f"rows-{next(self._numbers)}.parquet", source, self.held)
