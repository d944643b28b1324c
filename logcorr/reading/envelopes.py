"""What a container's runtime writes around each line of an application: the line inside is read as any other, the runtime's time counts.

The time of the runtime is that of an event whose own line states none, or none with an offset. Lines inside that no format takes are events
of the runtime's format; traces and indented lines belong to the event before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.families import CLOCK
from logcorr.formats.grammar import LineFormat
from logcorr.formats.trace_lines import trace_spans

#: OpenTelemetry's ERROR
ERROR: Final = 17


@dataclass(frozen=True, slots=True)
class Opened:
    """The lines of a block without their envelope.

    ``lines`` has one text a line; of a line that was cut into several, the first has all of it and ``parts`` marks the others.
    ``outer`` are the columns that the envelope gives, ``at`` their row for each line (-1: the line has none).
    """

    lines: pa.Array
    outer: pa.Table
    at: np.ndarray
    parts: np.ndarray

    def add_rest(
        self, owner: np.ndarray, blank: np.ndarray, formats: Sequence[LineFormat]
    ) -> list[tuple[LineFormat, pa.Table]]:
        """The events of the envelope's own format: lines that no other takes. ``owner`` says which lines have one, and is added to."""
        heads = frozenset(np.flatnonzero(owner >= 0).tolist())
        filled = np.flatnonzero(~blank & ~self.parts)
        previous: np.ndarray = np.full(len(owner), -1)
        previous[filled[1:]] = filled[:-1]
        inside: np.ndarray = np.zeros(len(owner), dtype=bool)
        firsts = []
        for first, last in trace_spans(self.lines, heads):
            inside[first : last + 1] = True
            before = int(previous[first])
            if first not in heads and not (before in heads and formats[int(owner[before])].continues):
                firsts.append(first)
        indented = pc.fill_null(pc.match_substring_regex(self.lines, r"^(?:\t|\s\s)"), fill_value=False).to_numpy(
            zero_copy_only=False
        )
        rest = (owner < 0) & ~blank & ~inside & ~self.parts & (self.at >= 0) & ~indented
        rest[firsts] = self.at[firsts] >= 0
        rows = np.flatnonzero(rest)
        if not len(rows):
            return []
        owner[rows] = 0
        table = self.outer.take(pa.array(self.at[rows]))
        table = table.set_column(table.column_names.index("row"), "row", pa.array(rows, pa.int32()))
        traces = pc.is_in(table["row"], pa.array(firsts, pa.int32())).combine_chunks()
        number = pc.if_else(traces, pa.scalar(ERROR, pa.int8()), table["severity_number"].combine_chunks())
        return [(formats[0], table.set_column(table.column_names.index("severity_number"), "severity_number", number))]

    def stamp(self, table: pa.Table) -> pa.Table:
        """Events of a format inside, with the envelope's time where their own is not as sure, and its service."""
        outer = self.outer.take(pa.array(self.at[table["row"].to_numpy()], mask=self.at[table["row"].to_numpy()] < 0))
        names = set(table.column_names)
        own = (
            pc.and_(pc.is_valid(table["naive_us"]), pc.is_valid(table["offset_s"]))
            if {"naive_us", "offset_s"} <= names
            else None
        )
        kept = pc.is_null(outer["naive_us"]) if own is None else pc.or_(own, pc.is_null(outer["naive_us"]))
        for name, kind in CLOCK.items():
            if name not in outer.column_names:
                continue
            old = table[name] if name in names else pa.nulls(table.num_rows, kind)
            table = put(table, name, pc.if_else(kept, old, outer[name]))
        for name in ("service_name", "host_name"):
            if name in outer.column_names and name in names:
                table = put(table, name, pc.coalesce(table[name], outer[name].cast(table[name].type)))
        return table


def put(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    """The table with other values of a column, or with another column."""
    at = table.column_names.index(name) if name in table.column_names else None
    return table.append_column(name, values) if at is None else table.set_column(at, name, values)


def opened(lines: pa.Array, envelope: LineFormat) -> Opened:
    """The lines without the envelope; those that have none stay as they are."""
    assert envelope.unwrap is not None  # noqa: S101 (who calls has looked)
    texts, unfinished = envelope.unwrap(lines)
    outer = envelope.read(lines)
    at: np.ndarray = np.full(len(lines), -1, dtype=np.int64)
    at[outer["row"].to_numpy()] = np.arange(outer.num_rows)
    parts: np.ndarray = np.zeros(len(lines), dtype=bool)
    joined = pc.coalesce(texts, lines)
    cut = np.flatnonzero(pc.fill_null(unfinished, fill_value=False).to_numpy(zero_copy_only=False))
    if len(cut):
        values, row = joined.to_pylist(), 0
        for row in cut.tolist():
            if parts[row]:
                continue
            end = row
            while end + 1 < len(values) and unfinished[end].as_py():
                end += 1
            values[row] = "".join(values[row : end + 1])
            values[row + 1 : end + 1] = [""] * (end - row)
            parts[row + 1 : end + 1] = True
        joined = pa.array(values, pa.string())
    return Opened(pc.utf8_rtrim(joined, "\r\n"), outer, at, parts)
