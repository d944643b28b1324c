"""Which format a log is in, told from lines of its beginning, its middle and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import EvidenceFile, head_of
from logcorr.formats.grammar import LineFormat

SAMPLE_BYTES: Final = 256 << 10
SAMPLE_LINES: Final = 200
#: a log is taken for what it is when at least this share of the sample's lines begin an event; tracebacks leave few of them
LEAST_SHARE: Final = 0.02


def takers(sample: Sequence[str], formats: Sequence[LineFormat]) -> list[tuple[LineFormat, set[int]]]:
    """The formats that take any of the lines that are not blank, and which; those of the last resort only where no other does."""
    texts = pa.array([line for line in sample if line.strip()], pa.string())
    separated = pa.array(list(sample), pa.string())
    taken: list[tuple[LineFormat, set[int]]] = []
    for each in sorted(formats, key=lambda each: each.fallback):
        if each.fallback and taken:
            break
        rows = rows_taken(each, texts if each.separator == b"\n" else separated)
        if rows:
            taken.append((each, rows))
    return taken


def recognise(sample: Sequence[str], formats: Sequence[LineFormat]) -> tuple[LineFormat, ...]:
    """The format that takes most lines of a sample, then those of the same writer that take some of the rest."""
    filled = [line for line in sample if line.strip()]
    taken = takers(sample, formats)
    if not taken:
        return ()
    best, rows = max(taken, key=lambda item: len(item[1]))
    if best.separator == b"\n" and len(rows) < LEAST_SHARE * len(filled) and 0 not in rows:
        return ()
    chosen = [best]
    for each, others in sorted(taken, key=lambda item: -len(item[1])):
        if each is not best and each.writer == best.writer and others - rows:
            chosen.append(each)
            rows = rows | others
    return tuple(chosen)


def rows_taken(format_: LineFormat, lines: pa.Array) -> set[int]:
    """Which lines a format takes as the first of an event."""
    if format_.begins and not pc.any(pc.match_substring_regex(lines, format_.begins)).as_py():
        return set()
    return set(format_.read(lines)["row"].to_pylist())


def sample_of(file: EvidenceFile) -> list[str]:
    """Lines from the beginning of a file and, where it can be reached at no cost, from its middle and its end."""
    with file.open() as stream:
        raw = head_of(stream, SAMPLE_BYTES)
        pieces = [raw]
        if not file.compression and not file.is_journal and len(raw) == SAMPLE_BYTES:
            size = file.size
            pieces += [tail for at in (size // 2, size - SAMPLE_BYTES) if at > SAMPLE_BYTES and (tail := piece(stream, at))]
    lines: list[str] = []
    for each in pieces:
        whole = each.decode(errors="replace").removeprefix("\ufeff").split("\n")
        is_whole = len(each) < SAMPLE_BYTES and each is raw  # then the last line is no piece of one
        lines += (whole if is_whole else whole[:-1] or whole)[:SAMPLE_LINES]
    return lines


def piece(stream: BinaryIO, at: int) -> bytes:
    """Some whole lines from the place ``at`` on."""
    stream.seek(at)
    return stream.read(SAMPLE_BYTES).partition(b"\n")[2]
