"""One block of a log: each line to the format that takes it, or to the event before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import Block, line_starts
from logcorr.formats.grammar import LineFormat
from logcorr.formats.stack_traces import exceptions_of
from logcorr.messages import annotate
from logcorr.reading.asides import asides_among, dedented
from logcorr.reading.colours import uncoloured
from logcorr.reading.envelopes import opened
from logcorr.reading.facts import UNPARSED, BlockFacts, put, refusals
from logcorr.reading.plain import read_output

Continued = tuple[np.ndarray, np.ndarray, np.ndarray]


def read_block(block: Block, formats: Sequence[LineFormat]) -> BlockFacts:
    """Give each line of a block to the first format that takes it, then to the event before it."""
    tables: list[tuple[LineFormat, pa.Table]] = []
    data = block.text()
    first = formats[0] if formats else None
    if first and first.cut and (cut := first.cut(data)) is not None:
        tables.append((first, cut[0]))
        if cut[0].num_rows == cut[1]:
            return BlockFacts(finish(tables, None, None), cut[1], 0, 0, np.array([], np.int64), [], UNPARSED.empty_table())
    lines = lines_of(data, coloured=first is not None and first.separator != b"\n")
    count = len(lines)
    envelope = opened(lines, first) if first and first.unwrap else None
    lines = envelope.lines if envelope else lines
    owner: np.ndarray = np.full(count, -1, dtype=np.int32)  # which format takes the line as the first of an event
    for _, table in tables:
        owner[table["row"].to_numpy()] = 0
    blank = pc.equal(pc.utf8_trim_whitespace(lines), "").to_numpy(zero_copy_only=False)
    tables += take_lines(lines, owner, blank, formats)
    parts: np.ndarray = np.zeros(count, dtype=bool)  # of lines that an envelope cut into several, all but the first
    if envelope:
        parts = envelope.parts
        blank &= ~parts
        tables = [(each, envelope.stamp(table)) for each, table in tables]
        tables += envelope.add_rest(owner, blank, formats)
    elif any(each.plain for each in formats):
        tables += read_output(lines, owner, blank, formats)
    heads = np.flatnonzero(owner >= 0)
    left = np.flatnonzero((owner < 0) & ~blank & ~parts)
    aside, boots = asides_among(lines, left, formats)
    left = left[~aside]
    before = np.asarray(np.searchsorted(heads, left)) - 1  # the event that each remaining line follows
    continues: np.ndarray = np.array([each.continues or each.separator != b"\n" for each in formats], dtype=bool)
    orphan = before < 0
    follows = ~orphan & (continues[owner[heads[np.maximum(before, 0)]]] if len(heads) else False)
    texts = lines.take(pa.array(left[orphan])).to_pylist()
    refused = left[~orphan & ~follows]
    return BlockFacts(
        finish(tables, lines, (heads, left[follows], before[follows])),
        count,
        int(blank.sum()),
        int(follows.sum() + aside.sum() + parts.sum()),
        left[orphan],
        texts,
        refusals(lines, refused),
        boots,
    )


def take_lines(
    lines: pa.Array, owner: np.ndarray, blank: np.ndarray, formats: Sequence[LineFormat]
) -> list[tuple[LineFormat, pa.Table]]:
    """The events of each format, of the lines that those before it left; ``owner`` is told which lines begin them."""
    tables = []
    for at, each in enumerate(formats):
        if each.plain or each.unwrap:
            continue
        left = np.flatnonzero((owner < 0) & (~blank if each.separator == b"\n" else True))
        if not len(left):
            break
        if each.begins and each.separator == b"\n":
            left = left[pc.match_substring_regex(lines.take(pa.array(left)), each.begins).to_numpy(zero_copy_only=False)]
        table = each.read(lines if len(left) == len(lines) else lines.take(pa.array(left))) if len(left) else None
        if table is None or not table.num_rows:
            continue
        rows = left[table["row"].to_numpy()]
        table = table.set_column(table.column_names.index("row"), "row", pa.array(rows, pa.int32()))
        tables.append((each, table))
        owner[rows] = at
    return tables


def lines_of(data: bytes, *, coloured: bool = False) -> pa.Array:
    """The lines of a block without their ends and colours; with them where values state their length in bytes."""
    starts = line_starts(data)
    whole = pa.LargeStringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), pa.py_buffer(data))
    lines = pc.utf8_rtrim(whole.cast(pa.string()), "\r\n")
    return uncoloured(lines) if b"\x1b[" in data and not coloured else lines


def finish(
    tables: list[tuple[LineFormat, pa.Table]], lines: pa.Array | None, continued: Continued | None
) -> list[tuple[LineFormat, pa.Table]]:
    """Give the events their lines, their continued text, the exception in it, and what known messages say of them."""
    finished = []
    for each, taken in tables:
        rows = taken["row"].to_numpy()
        table = taken.drop_columns("row")
        last = rows
        if lines is not None and continued is not None and len(continued[1]):
            heads, following, before = continued
            ends = heads.copy()
            ends[before] = following  # the last of several wins: they are in order
            last = ends[np.searchsorted(heads, rows)]
            if each.separator == b"\n" and each.family == "log" and (last > rows).any():
                table = continue_bodies(each, table, rows, last, lines)
        table = table.append_column("line", pa.array(rows, pa.int64()))
        table = table.append_column("line_last", pa.array(last, pa.int64()))
        if each.family == "log":
            table = annotate(table, each.name)
        finished.append((each, table))
    return finished


def continue_bodies(format_: LineFormat, table: pa.Table, rows: np.ndarray, last: np.ndarray, lines: pa.Array) -> pa.Table:
    """Append the lines that follow an event to its body, and read the exception in it."""
    which = np.flatnonzero(last > rows)
    lengths = last[which] - rows[which]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    places = np.repeat(rows[which] + 1 - offsets[:-1], lengths) + np.arange(offsets[-1])
    further = lines.take(pa.array(places))
    bodies = table["body"].combine_chunks()
    if format_.indents:
        heads = pc.binary_length(lines.take(pa.array(rows[which])))
        widths = pc.subtract(heads, pc.binary_length(pc.fill_null(bodies.take(pa.array(which)), ""))).to_numpy()
        further = dedented(further, np.repeat(widths, lengths))
    tails = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), further), "\n")
    whole = pc.binary_join_element_wise(pc.fill_null(bodies.take(pa.array(which)), ""), tails, "\n")
    told = format_.whole(whole) if format_.whole else exceptions_of(whole)
    return put(table, which, {"body": whole, **told})
