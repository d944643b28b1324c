"""Which files the evidence holds, and how their bytes are reached."""

from __future__ import annotations

import bz2
import glob
import gzip
import hashlib
import lzma
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from logcorr.errors import EvidenceError
from logcorr.evidence.blocks import head_of

_MAGIC: Final = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}
_OPENERS: Final[Mapping[str, Callable[..., Any]]] = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}
#: what we cannot read, by its first bytes, and what to do instead
_UNREAD: Final = {
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it with `zstd -d` first",
}
_JOURNAL: Final = b"LPKSHHRH"  # systemd, src/libsystemd/sd-journal/journal-def.h
#: journal export carries the length of a value of several lines in eight bytes, most of them NUL
_EXPORT: Final = b"__CURSOR="
_TAR_MARK: Final = slice(257, 262)
_HEAD: Final = 8192
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file, under the name by which it was given.

    ``compression`` is gzip, bz2, xz or empty. ``problem`` says why it is not read at all; empty when it is. ``is_journal``: a
    binary journal, read through journalctl.
    """

    name: str
    path: Path
    compression: str = ""
    problem: str = ""
    is_journal: bool = False

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes, decompressed; a binary journal as journalctl's JSON lines."""
        if self.is_journal:
            with journal_lines(self) as stream:
                yield stream
            return
        opener = _OPENERS.get(self.compression, open)
        with opener(self.path, "rb") as stream:
            yield cast("BinaryIO", stream)

    def sha256(self) -> str:
        """The digest of the file as it lies on disk."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def gather(paths: Iterable[str | os.PathLike[str]]) -> list[EvidenceFile]:
    """The files of paths, folders (whole trees) and globs, in the order of their names.

    Raises:
        EvidenceError: a path does not exist, or there is no file at all.
    """
    files: dict[Path, EvidenceFile] = {}
    for each in paths:
        given = os.fspath(each)
        path = Path(given)
        if not os.path.lexists(given):
            found = sorted(glob.glob(given, recursive=True))  # noqa: PTH207 (a glob of several parts, relative or not)
            if not found:
                raise EvidenceError(
                    f"no such file or folder: {given}", hint="give the folder that holds the logs, or the files"
                )
            for match in found:
                files |= {file.path: file for file in walk(Path(match))}
            continue
        files |= {file.path: file for file in walk(path)}
    if not files:
        raise EvidenceError("no files to read", hint="the folder is empty: collect logs into it, or give other paths")
    return list(files.values())


def walk(path: Path) -> Iterator[EvidenceFile]:
    """The files below a path; a folder's own in the order of names. Links to folders are not followed."""
    if not path.is_dir():
        yield look_at(path)
        return
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        yield EvidenceFile(name_of(path), path, problem=f"cannot be listed: {error.strerror}")
        return
    for entry in entries:
        if entry.is_dir() and entry.is_symlink():
            yield EvidenceFile(name_of(entry), entry, problem="a link to a folder: not followed")
        elif entry.is_dir():
            yield from walk(entry)
        else:
            yield look_at(entry)


def name_of(path: Path) -> str:
    """The path as text; bytes of it that are no UTF-8 escaped with a backslash."""
    return os.fsencode(path).decode(errors="backslashreplace")


def look_at(path: Path) -> EvidenceFile:
    """What kind of bytes a file holds, from its first ones."""
    name = name_of(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            return EvidenceFile(name, path, problem="no regular file (a device, a socket or a pipe): not read")
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
        compression = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")
        if compression:
            with _OPENERS[compression](path, "rb") as stream:
                head = head_of(cast("BinaryIO", stream), _HEAD)
    except OSError as error:
        return EvidenceFile(name, path, problem=f"cannot be read: {error.strerror or error}")
    problem = next((why for magic, why in _UNREAD.items() if head.startswith(magic)), "")
    if head.startswith(_JOURNAL):
        problem = (
            "" if shutil.which("journalctl") else "a binary journal, and journalctl is not installed here: export it there"
        )
        return EvidenceFile(name, path, compression, problem, is_journal=True)
    if not problem and head[_TAR_MARK] == b"ustar":
        problem = "a tar archive: unpack it first"
    if not problem and is_binary(head) and not head.startswith(_EXPORT):
        problem = "binary: not read"
    return EvidenceFile(name, path, compression, problem)


def is_binary(head: bytes) -> bool:
    """Whether one byte in twenty is a control character that no text holds (of random bytes one in ten is)."""
    return len(head) - len(head.translate(None, _CONTROLS)) > len(head) // 20


@contextmanager
def journal_lines(file: EvidenceFile) -> Iterator[BinaryIO]:
    """What ``journalctl --file`` prints of a binary journal, as JSON lines; the journal itself is only read."""
    with tempfile.TemporaryDirectory(prefix="logcorr-") as folder:
        path = file.path
        if file.compression:
            path = Path(folder) / "system.journal"
            with _OPENERS[file.compression](file.path, "rb") as packed, path.open("wb") as plain:
                shutil.copyfileobj(packed, plain)
        output = Path(folder) / "journal.json"
        command = ["journalctl", "--file", str(path.absolute()), "--output", "json", "--no-pager", "--quiet"]
        with output.open("wb") as stream:
            done = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, check=False)  # noqa: S603 (no shell)
        if done.returncode:
            raise OSError(f"journalctl could not read it: {done.stderr.decode(errors='replace').strip()[:200]}")
        with output.open("rb") as stream:
            yield stream
