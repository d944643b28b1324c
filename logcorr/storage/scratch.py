"""A temporary folder for stored rows, made when the first are written, gone with the last of them."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from threading import Lock

from logcorr.storage.stored import RowWriter


class Scratch:
    """Where the rows of one reading lie."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._numbers = count()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def writer(self, source: str) -> RowWriter:
        """A writer of a new file."""
        with self._turn:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="logcorr-")
            path = Path(self._folder.name) / f"{next(self._numbers)}.parquet"
        return RowWriter(path, source, self._folder)
