"""One file of the evidence: what kind of bytes it holds, and how they are reached."""

from __future__ import annotations

import bz2
import codecs
import gzip
import hashlib
import io
import lzma
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from logcorr.evidence import remote
from logcorr.evidence.blocks import head_of
from logcorr.evidence.growing import Bounded, Seen

_MAGIC: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
_ZIP: Final = b"PK\x03\x04"
_BYTE_ORDERS: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_JOURNAL: Final = b"LPKSHHRH"  # systemd, src/libsystemd/sd-journal/journal-def.h
#: journal export carries the length of a value of several lines in eight bytes, most of them NUL
_EXPORT: Final = b"__CURSOR="
_TAR_MARK: Final = slice(257, 262)
_HEAD: Final = 8192
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))


def by_arrow(codec: str) -> Callable[[BinaryIO, str], BinaryIO]:
    """Opens what the standard library cannot: zstd and lz4, through Arrow."""

    def opened(packed: BinaryIO, _mode: str) -> BinaryIO:
        import pyarrow as pa

        return cast("BinaryIO", io.BufferedReader(pa.CompressedInputStream(packed, codec)))

    return opened


_OPENERS: Final[Mapping[str, Callable[..., Any]]] = {
    "gzip": gzip.open,
    "bz2": bz2.open,
    "xz": lzma.open,
    "zstd": by_arrow("zstd"),
    "lz4": by_arrow("lz4"),
}


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file, under the name by which it was given.

        ``compression`` is gzip, bz2, xz, zstd, lz4 or empty. ``problem`` says why it is not read at all; empty when it is.
        ``is_journal``: a binary journal, read through journalctl. ``archive`` is tar, zip or empty; an archive is not read itself, its
        members are. ``encoding``: that of text which is not UTF-8. ``content``: the bytes of one that lies on no disk (an open file
        that was handed over, what the caller said); its ``path`` is then a name only. ``changed_us``: when an archive says that it was
    last written. ``keeps``: what must last as long as the file. ``seen``: what it was like on the disk when it was found; it is read to
        that size, however it grows. ``uri``: of one that lies in another file system; its ``path`` is then a name only.
    """

    name: str
    path: Path
    compression: str = ""
    problem: str = ""
    is_journal: bool = False
    content: bytes | None = None
    archive: str = ""
    encoding: str = ""
    changed_us: int | None = None
    keeps: object = field(default=None, compare=False, repr=False)
    seen: Seen | None = field(default=None, compare=False, repr=False)
    uri: str = ""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes, decompressed; a binary journal as journalctl's JSON lines."""
        if self.is_journal:
            with journal_lines(self) as stream:
                yield stream
            return
        with self.packed() as packed:
            opener = _OPENERS.get(self.compression)
            with opener(packed, "rb") if opener else nullcontext(packed) as stream:
                if self.encoding:
                    yield BytesIO(stream.read().decode(self.encoding, errors="replace").encode())
                else:
                    yield cast("BinaryIO", stream)

    def packed(self) -> BinaryIO:
        """The file's bytes as they lie there."""
        if self.content is not None:
            return BytesIO(self.content)
        if self.seen and (self.seen.size or self.uri):
            raw = remote.opened(self.uri) if self.uri else self.path.open("rb", buffering=0)
            return io.BufferedReader(Bounded(raw, self.seen.size))
        return self.path.open("rb")  # files of the kernel state no size

    def now(self) -> Seen:
        """What the file is like on its disk now.

        Raises:
            OSError: it cannot be found any more.
        """
        return remote.seen(self.uri) if self.uri else Seen.of(self.path.stat())

    def sha256(self) -> str:
        """The digest of the file as it lies there."""
        with self.packed() as stream:
            return hashlib.file_digest(cast("BufferedReader", stream), "sha256").hexdigest()

    @property
    def size(self) -> int:
        """How many bytes lie there."""
        if self.content is not None:
            return len(self.content)
        return self.seen.size if self.seen else self.path.stat().st_size

    @property
    def written_us(self) -> int:
        """When it was last written, in microseconds since 1970; 0 where nothing tells."""
        if self.changed_us is not None:
            return self.changed_us
        if self.seen is not None:
            return self.seen.written_ns // 1000
        try:
            return self.path.stat().st_mtime_ns // 1000 if self.content is None else 0
        except OSError:
            return 0


def name_of(path: Path) -> str:
    """The path as text; bytes of it that are no UTF-8 escaped with a backslash."""
    return os.fsencode(path).decode(errors="backslashreplace")


def in_memory(name: str, content: bytes | str) -> EvidenceFile:
    """Evidence that lies on no disk."""
    raw = content.encode(errors="replace") if isinstance(content, str) else bytes(content)
    return judged(EvidenceFile(name_of(Path(name)), Path(name), content=raw))


def look_at(path: Path) -> EvidenceFile:
    """A file on the disk, and what kind of bytes it holds."""
    name = name_of(path)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return EvidenceFile(name, path, problem="no regular file (a device, a socket or a pipe): not read")
        return judged(EvidenceFile(name, path, seen=Seen.of(found)))
    except OSError as error:
        return EvidenceFile(name, path, problem=f"cannot be read: {error.strerror or error}")


def judged(file: EvidenceFile) -> EvidenceFile:
    """The file with what its first bytes tell: how it is compressed, and whether it can be read."""
    with file.packed() as stream:
        head = stream.read(_HEAD)
    compression = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")
    if compression:
        with file.packed() as packed, _OPENERS[compression](packed, "rb") as stream:
            head = head_of(cast("BinaryIO", stream), _HEAD)
    file = replace(file, compression=compression)
    if head.startswith(_JOURNAL):
        problem = (
            "" if shutil.which("journalctl") else "a binary journal, and journalctl is not installed here: export it there"
        )
        return replace(file, problem=problem, is_journal=True)
    archive = "zip" if head.startswith(_ZIP) else "tar" if head[_TAR_MARK] == b"ustar" else ""
    encoding = "" if archive else next((name for mark, name in _BYTE_ORDERS.items() if head.startswith(mark)), "")
    is_text = archive or encoding or head.startswith(_EXPORT) or not is_binary(head)
    return replace(file, archive=archive, encoding=encoding, problem="" if is_text else "binary: not read")


def look_at_remote(uri: str) -> Iterator[EvidenceFile]:
    """The files of another file system, and what kind of bytes each holds."""
    for each, seen in remote.listed(uri):
        try:
            yield judged(EvidenceFile(each, Path(each), seen=seen, uri=each))
        except OSError as error:
            yield EvidenceFile(each, Path(each), problem=f"cannot be read: {error.strerror or error}")


def is_binary(head: bytes) -> bool:
    """Whether one byte in twenty is a control character that no text holds (of random bytes one in ten is)."""
    return len(head) - len(head.translate(None, _CONTROLS)) > len(head) // 20


class EndsInError(io.BufferedReader):
    """What a program printed before it failed: at its end the reason is raised, as where compressed data is cut short."""

    reason = ""

    def read1(self, size: int = -1, /) -> bytes:
        """As usual, but for the end."""
        return self.checked(super().read1(size))

    def readline(self, size: int | None = -1, /) -> bytes:
        """As usual, but for the end."""
        return self.checked(super().readline(size))

    def checked(self, piece: bytes) -> bytes:
        """The piece, or the reason where there is none."""
        if not piece and self.reason:
            raise OSError(self.reason)
        return piece


@contextmanager
def journal_lines(file: EvidenceFile) -> Iterator[BinaryIO]:
    """What ``journalctl --file`` prints of a binary journal, as JSON lines; the journal itself is only read.

    Long values are printed too (``--all``). Of a damaged journal the entries come that journalctl could read, then its error.
    """
    with tempfile.TemporaryDirectory(prefix="logcorr-") as folder:
        path = file.path
        if file.compression or file.content is not None or file.uri:
            path = Path(folder) / "system.journal"
            opener = _OPENERS.get(file.compression)
            with file.packed() as packed, path.open("wb") as plain:
                shutil.copyfileobj(opener(packed, "rb") if opener else packed, plain)
        output = Path(folder) / "journal.json"
        command = ["journalctl", "--file", str(path.absolute()), "--output", "json", "--all", "--no-pager", "--quiet"]
        with output.open("wb") as stream:
            done = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, check=False)  # noqa: S603 (no shell)
        with EndsInError(output.open("rb", buffering=0)) as entries:
            if done.returncode:
                entries.reason = f"journalctl could not read it: {done.stderr.decode(errors='replace').strip()[:200]}"
            yield cast("BinaryIO", entries)
