"""A temporary folder for stored rows, made when the first are written, gone with the last of them."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from functools import cached_property
from itertools import count
from pathlib import Path

from logcorr.storage.stored import RowWriter


class Held:
    """A new folder, which goes when nobody holds this any more."""

    def __init__(self, within: Path | None, prefix: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=within))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class Scratch:
    """Where the rows of one file of the evidence lie; ``within``: in which folder, else in the system's own for such files."""

    def __init__(self, within: Path | None = None, prefix: str = "logcorr-") -> None:
        self.within = within
        self.prefix = prefix
        self._numbers = count()

    @cached_property
    def held(self) -> Held:
        """The folder."""
        return Held(self.within, self.prefix)

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.held.path

    def writer(self, source: str) -> RowWriter:
        """A writer of a new file."""
        return RowWriter(self.folder / f"rows-{next(self._numbers)}", source, self.held)
