"""Which bytes of a large log are looked at where a stretch of time is asked for: its lines are in order, so it is found by bisection.

What lies outside is counted, not parsed. A log whose stamps, seen at places all over it, are not in order is read whole, and so is one
whose lines have no year. Around the stretch a margin is read too: lines are written late, and a clock whose zone the lines do not state
may be any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import Block
from logcorr.formats.grammar import LineFormat
from logcorr.reading.blocks import read_block

SECOND: Final = 1_000_000
#: lines that are so late are in order; requests that last longer are few
MARGIN_US: Final = 3600 * SECOND
#: between any two clocks on Earth (UTC-12 and UTC+14), and their error
FAR_US: Final = 27 * MARGIN_US
#: read at each place, and places at which the order is looked at
PIECE: Final = 64 << 10
PLACES: Final = 32
_COUNTED: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Stretch:
    """The bytes that are read, from ``start`` to before ``end``, and how many lines stand before them and after them."""

    start: int
    end: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The stamps at one place of a file: where the first event begins, its instant and the last one's, microseconds."""

    offset: int
    first_us: int
    last_us: int
    states_zone: bool


def stretch_of(
    stream: BinaryIO, size: int, formats: Sequence[LineFormat], bounds: tuple[int | None, int | None]
) -> Stretch | None:
    """The stretch of a plain file within bounds (microseconds, None is open); None where it has to be read whole."""
    since, until = bounds
    if not formats or formats[0].separator != b"\n" or formats[0].unwrap:
        return None
    places = [seen_at(stream, size, size * at // PLACES, formats) for at in range(PLACES)]
    known = [each for each in places if each]
    if len(known) < PLACES // 2 or any(later.first_us < earlier.last_us - MARGIN_US for earlier, later in pairwise(known)):
        return None
    margin = MARGIN_US if all(each.states_zone for each in known) else FAR_US
    start = 0 if since is None else first_after(stream, size, formats, since - margin)
    end = size if until is None else first_after(stream, size, formats, until + margin)
    if end - start >= size:
        return None
    return Stretch(start, max(start, end), newlines(stream, 0, start), newlines(stream, max(start, end), size))


def first_after(stream: BinaryIO, size: int, formats: Sequence[LineFormat], instant: int) -> int:
    """Where the first event at or after an instant begins, or a place shortly before it."""
    low, high = 0, size
    while high - low > PIECE:
        middle = (low + high) // 2
        seen = seen_at(stream, size, middle, formats)
        if seen is None or seen.first_us >= instant:
            high = middle
        else:
            low = max(seen.offset, low + 1)
    seen = seen_at(stream, size, low, formats)
    return seen.offset if seen and low else low


def seen_at(stream: BinaryIO, size: int, offset: int, formats: Sequence[LineFormat]) -> Seen | None:
    """The stamps of some lines from a place on; None where no event with a year begins there."""
    stream.seek(offset)
    raw = stream.read(min(PIECE, size - offset))
    skipped = raw.find(b"\n") + 1 if offset else 0
    raw = raw[skipped : raw.rfind(b"\n") + 1]
    if not raw:
        return None
    found = [table for _, table in read_block(Block(raw, offset + skipped), formats).tables if "naive_us" in table.column_names]
    found = [table.filter(pc.is_valid(table["naive_us"])) for table in found]
    found = [table for table in found if table.num_rows]
    if not found or any("yearless" in table.column_names and pc.any(table["yearless"]).as_py() for table in found):
        return None
    lines = np.concatenate([table["line"].to_numpy() for table in found])
    stated = [pc.fill_null(offset_of(table), 0).to_numpy() for table in found]
    stamps = np.concatenate([table["naive_us"].to_numpy() - own * SECOND for table, own in zip(found, stated, strict=True)])
    first = int(lines.min())
    begins = offset + skipped + sum(len(line) for line in raw.splitlines(keepends=True)[:first])
    order = np.argsort(lines, kind="stable")
    return Seen(begins, int(stamps[order[0]]), int(stamps[order[-1]]), all(offset_of(table).null_count == 0 for table in found))


def offset_of(table: pa.Table) -> pa.ChunkedArray:
    """The offsets that the lines state, seconds."""
    known = "offset_s" in table.column_names
    return pc.cast(table["offset_s"], pa.int64()) if known else pa.chunked_array([pa.nulls(table.num_rows, pa.int64())])


def newlines(stream: BinaryIO, start: int, end: int) -> int:
    """How many lines end between two places."""
    stream.seek(start)
    count, left = 0, end - start
    while left > 0 and (piece := stream.read(min(_COUNTED, left))):
        count += piece.count(b"\n")
        left -= len(piece)
    return count
