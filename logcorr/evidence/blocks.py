"""Files as blocks of whole lines."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedIOBase
from typing import BinaryIO, Final, cast

import numpy as np

BLOCK_BYTES: Final = 8 << 20
#: what a broken or cut compressed stream raises
BROKEN: Final = (EOFError, OSError, lzma.LZMAError, ValueError)
_BOM: Final = b"\xef\xbb\xbf"
_NEWLINE: Final = 10


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of one file, as they stand there; ``offset`` is where they begin in the decompressed file."""

    raw: bytes
    offset: int

    def text(self) -> bytes:
        """The lines as valid UTF-8, each with its newline, without a byte order mark."""
        return clean(self.raw, first=self.offset == 0)


def blocks_of(stream: BinaryIO, separator: bytes = b"\n", size: int = BLOCK_BYTES, start: int = 0) -> Iterator[Block]:
    """The stream, which is at ``start``, cut after ``separator`` into blocks of about ``size`` bytes; the last line may lack its newline.

    Raises:
        EOFError, OSError, ValueError, lzma.LZMAError: from the stream; the whole lines that were read before it are given out
            first.
    """
    offset = start
    error: Exception | None = None
    more = True
    while more:
        pieces: list[bytes] = []
        try:
            for piece in pieces_of(stream, size):
                pieces.append(piece)  # noqa: PERF402 (those before an error are kept)
            while pieces and pieces[-1] and not ends_with(pieces, separator):
                pieces.append(stream.readline())
        except Exception as reason:  # noqa: BLE001 (raised again below, after the lines that could be read)
            error = reason
        more = error is None and bool(pieces) and bool(pieces[-1])
        raw = b"".join(pieces)
        if raw:
            yield Block(raw, offset)
            offset += len(raw)
    if error:
        raise error


def border(stream: BinaryIO, at: int, separator: bytes = b"\n") -> int:
    """The first place from ``at`` on where an event can begin, just after a ``separator``; without one the end of the stream."""
    stream.seek(max(at - len(separator), 0))
    seen = stream.read(min(len(separator), at))
    while at and not seen.endswith(separator) and (line := stream.readline()):
        seen = seen[-len(separator) :] + line
    return stream.tell()


def pieces_of(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """About ``size`` bytes of a stream, each piece given out before the next is read: an error loses none before it."""
    left = size
    while left > 0 and (piece := cast("BufferedIOBase", stream).read1(left)):
        yield piece
        left -= len(piece)


def head_of(stream: BinaryIO, size: int) -> bytes:
    """The first ``size`` bytes of a stream, or those before its damage."""
    pieces: list[bytes] = []
    with suppress(*BROKEN):
        for piece in pieces_of(stream, size):
            pieces.append(piece)  # noqa: PERF402 (those before an error are kept)
    return b"".join(pieces)


def ends_with(pieces: list[bytes], separator: bytes) -> bool:
    """Whether the pieces, put together, end with the separator."""
    return b"".join(piece[-len(separator) :] for piece in pieces[-len(separator) :]).endswith(separator)


def clean(raw: bytes, *, first: bool) -> bytes:
    """Valid UTF-8 that ends with a newline, without a byte order mark."""
    if first and raw.startswith(_BOM):
        raw = raw[len(_BOM) :]
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            raw = raw.decode(errors="replace").encode()
    return raw if raw.endswith(b"\n") else raw + b"\n"


def line_starts(data: bytes) -> np.ndarray:
    """Where each line of a block begins, and where the last one ends (int64, one more than there are lines)."""
    ends: np.ndarray = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE) + 1
    return np.concatenate([[0], ends])


def text_of(stream: BinaryIO, limit: int) -> str | None:
    """The whole text of a small file; None when it is larger than ``limit`` bytes."""
    raw = stream.read(limit + 1)
    return None if len(raw) > limit else clean(raw, first=True).decode() if raw else ""
