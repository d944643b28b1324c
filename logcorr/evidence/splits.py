"""Large files in pieces that can be read apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from logcorr.evidence.blocks import Block, blocks_of, border
from logcorr.evidence.files import EvidenceFile

SPLIT_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Split:
    """The events of one file that begin between two places, in bytes; ``end`` is None for a file that is only read whole."""

    start: int = 0
    end: int | None = None


def splits_of(file: EvidenceFile, size: int) -> list[Split]:
    """The splits of a file, each of about ``size`` bytes. What is compressed or recoded can be read from its beginning alone."""
    if file.compression or file.encoding or file.seen is None or file.size <= size:
        return [Split()]
    return [Split(start, min(start + size, file.size)) for start in range(0, file.size, size)]


def blocks_in(file: EvidenceFile, split: Split, separator: bytes) -> Iterator[Block]:
    """The blocks of a split, cut after ``separator``; together those of all splits hold each line of the file once, in order.

    Raises:
        EOFError, OSError, ValueError, lzma.LZMAError: as ``blocks_of``.
    """
    if split.end is None or file.seen is None:
        with file.open() as stream:
            yield from blocks_of(stream, separator)
        return
    with file.open() as stream:
        start, end = border(stream, split.start, separator), border(stream, split.end, separator)
    with replace(file, seen=replace(file.seen, size=end)).open() as stream:
        stream.seek(start)
        yield from (replace(each, offset=each.offset + start) for each in blocks_of(stream, separator) if start < end)
