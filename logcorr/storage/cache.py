"""What was read once, kept in the platform's cache folder, so that the second question about the same evidence is answered at once.

An entry is a folder of Parquet files and one ``facts.json``, for one file of the evidence. Its name is a digest of all that the reading
depends on: the file's place, number, size and time of change, the formats that were known, and this code. It is written beside its place
and moved there when it is whole, and nobody but its owner can look into it: logs hold what their readers may see, not everybody.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

import logcorr
from logcorr.evidence import EvidenceFile
from logcorr.storage.scratch import Scratch

#: the shape of an entry; another one is not read
SCHEMA: Final = 1
#: entries are dropped, the longest unused first, until so much is left; an entry of a log takes about a fifth of it
LIMIT_BYTES: Final = 10 << 30
FACTS: Final = "facts.json"
_INCOMING: Final = "incoming-"


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry: the file that it is of, its bytes, and when it was last used (seconds since 1970)."""

    folder: Path
    file: str
    size: int
    used: float


class Use:
    """Keeps an entry from being dropped, as long as somebody holds this.

    Raises:
        OSError: there is no such entry, or somebody drops it just now.
    """

    def __init__(self, folder: Path) -> None:
        lock = os.open(folder / FACTS, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)


class Cache:
    """The entries in one folder, made with mode 0700 when the first is written."""

    def __init__(self, folder: Path | None = None, limit: int = LIMIT_BYTES) -> None:
        self.folder = folder or user_cache_path("logcorr", appauthor=False)
        self.limit = limit

    def key(self, file: EvidenceFile, formats: Sequence[str]) -> str:
        """The name of the entry of a file on the disk, read with these formats known."""
        seen = astuple(file.seen) if file.seen else ()
        told = [SCHEMA, logcorr.__version__, code_digest(), str(file.path.resolve()), seen, list(formats), own_messages()]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    def find(self, key: str) -> tuple[Path, Use] | None:
        """The folder of an entry, and what must stay open as long as it is used; None where there is none."""
        folder = self.folder / key
        try:
            if not self.is_ours():
                return None
            use = Use(folder)
            os.utime(folder / FACTS)
        except OSError:
            return None
        return folder, use

    def incoming(self) -> Scratch:
        """Where the next entry is written; somewhere else where nothing can be kept."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.is_ours():
                return Scratch(self.folder, _INCOMING)
        return Scratch()

    def put(self, written: Scratch, key: str) -> tuple[Path, Use] | None:
        """Take a whole entry in, and drop what is too much; where it lies now, and what must stay open. None where that failed."""
        if written.folder.parent != self.folder:
            return None
        with suppress(OSError):
            written.folder.rename(self.folder / key)
        self.shrink()
        return self.find(key)

    def shrink(self) -> None:
        """Drop the entries that were not used for longest until the others are within the limit."""
        kept = sorted(self.entries(), key=lambda each: each.used)
        size = sum(each.size for each in kept)
        for each in kept:
            if size <= self.limit:
                return
            if drop(each.folder):
                size -= each.size

    def purge(self) -> int:
        """Drop all entries that nobody uses; how many bytes that freed."""
        return sum(each.size for each in self.entries() if drop(each.folder))

    def entries(self) -> list[Kept]:
        """All entries, those of the same file one after the other."""
        found = []
        with suppress(OSError):
            for folder in self.folder.iterdir():
                with suppress(OSError):
                    size = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
                    facts = folder / FACTS
                    used = (facts if facts.exists() else folder).stat().st_mtime
                    found.append(Kept(folder, named(facts), size, used))
        return sorted(found, key=lambda each: (each.file, each.folder.name))

    def is_ours(self) -> bool:
        """Whether the folder belongs to who runs this, and nobody else can write into it or read it."""
        found = self.folder.stat()
        return found.st_uid == os.getuid() and not found.st_mode & 0o077


def named(facts: Path) -> str:
    """Which file an entry is of."""
    try:
        return str(json.loads(facts.read_text("utf-8"))["file"])
    except FileNotFoundError:
        return "(not finished)"
    except (OSError, ValueError, KeyError):
        return "(damaged)"


def drop(folder: Path) -> bool:
    """Remove an entry, unless somebody uses it."""
    try:
        facts = folder / FACTS
        if facts.exists():
            with facts.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    except OSError:
        return False
    return True


def own_messages() -> list[str]:
    """What makes an event another one with messages of one's own."""
    from logcorr.messages.known import added

    return [repr(each) for each in added()]


@cache
def code_digest() -> str:
    """A digest of this code as it lies there: sizes and times of its files."""
    root = Path(logcorr.__file__).parent
    files = sorted(each for kind in ("*.py", "*.toml") for each in root.rglob(kind))
    told = [(str(each.relative_to(root)), each.stat().st_size, each.stat().st_mtime_ns) for each in files]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
