"""Files as blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np

BLOCK_BYTES: Final = 8 << 20
_BOM: Final = b"\xef\xbb\xbf"
_NEWLINE: Final = 10


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of one file.

    ``data`` is valid UTF-8 (bytes that are not stand as U+FFFD) and ends with a newline. ``first_line`` counts from 1.
    ``offset`` is where the block begins in the decompressed file.
    """

    data: bytes
    first_line: int
    count: int
    offset: int


def blocks_of(stream: BinaryIO, separator: bytes = b"\n", size: int = BLOCK_BYTES) -> Iterator[Block]:
    """The stream cut after ``separator`` into blocks of about ``size`` bytes; the last line may lack its newline.

    Raises:
        EOFError, OSError, ValueError, lzma.LZMAError: from the stream; what came before was already given out, and the whole
            lines that were read before the error are given out first.
    """
    rest = b""
    line, offset = 1, 0
    error: Exception | None = None
    while True:
        try:
            more = stream.read(size)
        except Exception as reason:  # noqa: BLE001 (raised again below, after the lines that could be read)
            more, error = b"", reason
        data = rest + more
        end = data.rfind(separator) + len(separator) if more else len(data)
        if more and end < len(separator):
            rest = data  # one line longer than a block: read on
            continue
        rest = data[end:]
        raw = data[:end]
        if raw:
            block = Block(clean(raw, first=offset == 0), line, raw.count(b"\n") + (not raw.endswith(b"\n")), offset)
            yield block
            line += block.count
            offset += len(raw)
        if not more:
            break
    if error:
        raise error


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
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE) + 1
    return np.concatenate([[0], ends])


def text_of(stream: BinaryIO, limit: int) -> str | None:
    """The whole text of a small file; None when it is larger than ``limit`` bytes."""
    raw = stream.read(limit + 1)
    return None if len(raw) > limit else clean(raw, first=True).decode() if raw else ""
