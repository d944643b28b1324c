"""The requests of a large log in Parquet, a row group a block: those that failed in one file, the others in another.

Most of what is asked is about requests that failed; so apart, an engine tells by the extremes of a row group that it need not look into it.

What the rooms above ask of all rows at once is counted while they are written: the stamps by second and offset, and the hosts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from logcorr.families import CATEGORY, CLOCK, KEYS, REQUESTS, WHERE
from logcorr.formats.request_columns import chunk
from logcorr.formats.routes import routes
from logcorr.formats.upstream_columns import upstream_columns

SECOND: Final = 1_000_000
#: what follows from a row alone, worked out before it is written
DERIVED: Final = (
    "http_route",
    "upstream_status_last",
    "upstream_connected",
    "upstream_answered",
    "upstream_response_time_s",
)
#: texts that repeat, and come as categories
_REPEATED: Final = dict.fromkeys(("host_name", "user_id", "url_path", "url_query", "http_route"), CATEGORY)
#: the columns of the file; a log's name and source are those of the whole
SCHEMA: Final = pa.schema(
    {
        "row": pa.int64(),  # from 0, in the order of lines
        **CLOCK,
        "line": WHERE["line"],
        "line_last": WHERE["line_last"],
        **{name: kind for name, kind in REQUESTS.items() if name not in WHERE},
        **{name: KEYS["requests"][name] for name in DERIVED},
        **_REPEATED,
    }
)
#: the rows of one second, offset and host: how many, how many failed (5xx) and went well, the first and the last of their lines
STAMPS: Final = pa.schema(
    {
        "naive_us": pa.int64(),
        "offset_s": pa.int32(),
        "host_name": pa.string(),
        "rows": pa.int64(),
        "failed": pa.int64(),
        "good": pa.int64(),
        "first": pa.int64(),
        "last": pa.int64(),
    }
)
#: of a stored row whose stamp states its offset, in SQL: microseconds
INSTANT: Final = "(naive_us - offset_s::bigint * 1000000)"
_SECONDS: Final = ("naive_us", "offset_s", "host_name")
_FAILED: Final = 500
_RISING: Final = ("row", "line", "line_last")
FILES: Final = ("working.parquet", "failed.parquet")
_VALUES: Final = ("request_id", "trace_id", "session_id", "connection", *_RISING)


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The rows of one source in one file: the folder of the ``FILES`` that they lie in. ``starts``: the first row of each block.

    ``stamps`` has ``STAMPS``; ``hosts`` are those that lines name. ``is_plain``: every stamp has its year and its offset, so that an
    instant follows from the row alone. ``resolutions`` are the widths of stamps, in seconds. ``keeps``: what must last as long.
    """

    path: Path
    source: str
    rows: int
    starts: tuple[int, ...]
    stamps: pa.Table
    hosts: tuple[str | None, ...]
    resolutions: tuple[float, ...]
    filled: frozenset[str]
    is_plain: bool
    keeps: object = field(default=None, compare=False, repr=False)

    @property
    def files(self) -> list[str]:
        """The files that the rows lie in."""
        return [str(self.path / name) for name in FILES]

    @property
    def column_names(self) -> list[str]:
        """The columns that have values."""
        return [name for name in SCHEMA.names if name in self.filled]

    def read(self) -> pa.Table:
        """The rows in memory, in the order of lines."""
        whole = pa.concat_tables([parquet.read_table(file).cast(SCHEMA) for file in self.files])
        return by_row(whole).drop_columns("row")

    def pieces(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Some columns, a block after the other, in the order of lines."""
        with parquet.ParquetFile(self.files[0]) as working, parquet.ParquetFile(self.files[1]) as failed:
            places = sorted(
                (bisect_right(self.starts, first_row(file, at)), which, at)
                for which, file in enumerate((working, failed))
                for at in range(file.num_row_groups)
            )
            for _, own in groupby(places, key=lambda place: place[0]):
                tables = [(working, failed)[which].read_row_group(at, columns=["row", *columns]) for _, which, at in own]
                yield by_row(pa.concat_tables(tables).unify_dictionaries())


def first_row(file: parquet.ParquetFile, group: int) -> int:
    """The first row of a row group."""
    return int(file.metadata.row_group(group).column(0).statistics.min)


def by_row(rows: pa.Table) -> pa.Table:
    """The rows in the order of lines."""
    return rows.take(pa.array(np.argsort(rows["row"].to_numpy(), kind="stable")))


class RowWriter:
    """Writes the requests of one source in one file, a block at a time, into a new folder."""

    def __init__(self, path: Path, source: str, keeps: object = None) -> None:
        path.mkdir(mode=0o700)
        self.path = path
        self.source = source
        self.keeps = keeps
        self.rows = 0
        self.last = 0
        self._starts: list[int] = []
        self._stamps: list[pa.Table] = []
        self._hosts: set[str | None] = set()
        self._resolutions: set[float] = set()
        self._filled = {"line", "line_last"}
        self._is_plain = True
        self._writers = [
            parquet.ParquetWriter(
                path / name,
                SCHEMA,
                compression="lz4",
                use_dictionary=[each.name for each in SCHEMA if each.name not in _VALUES],
                column_encoding=dict.fromkeys(_RISING, "DELTA_BINARY_PACKED"),
            )
            for name in FILES
        ]

    def write(self, table: pa.Table) -> None:
        """Add the rows of one block, in the order of lines."""
        if not table.num_rows:
            return
        whole = completed(table.append_column("row", pa.array(np.arange(self.rows, self.rows + table.num_rows))))
        self._starts.append(self.rows)
        self.rows += whole.num_rows
        self.last = int(whole["line_last"][-1].as_py())
        self._filled |= {name for name in SCHEMA.names if whole[name].null_count < whole.num_rows}
        naive, offset = whole["naive_us"], whole["offset_s"]
        yearless = bool(pc.any(whole["yearless"]).as_py())
        self._is_plain = self._is_plain and not yearless and offset.null_count <= naive.null_count
        status = whole["http_response_status_code"]
        is_failed = pc.fill_null(pc.greater_equal(status, _FAILED), fill_value=False)
        for writer, mask in zip(self._writers, (pc.invert(is_failed), is_failed), strict=True):
            own = whole.filter(mask)
            if own.num_rows:
                writer.write_table(own, row_group_size=own.num_rows)
        failed = pc.cast(is_failed, pa.int64())
        good = pc.cast(pc.fill_null(pc.less(status, _FAILED), fill_value=False), pa.int64())
        seconds = pc.multiply(pc.divide(naive, SECOND), SECOND)
        ones = pa.repeat(pa.scalar(1, pa.int64()), whole.num_rows)
        columns = (seconds, offset, whole["host_name"].cast(pa.string()), ones, failed, good, whole["line"], whole["line"])
        self._stamps.append(by_second(pa.table(list(columns), schema=STAMPS)))
        self._hosts.update(pc.unique(whole["host_name"].cast(pa.string())).to_pylist())
        self._resolutions.update(pc.unique(pc.fill_null(whole["resolution_s"], 0.0)).to_pylist())

    def finish(self) -> StoredRows:
        """The rows, written to their end."""
        for writer in self._writers:
            writer.close()
        stamps = pa.concat_tables(self._stamps) if self._stamps else STAMPS.empty_table()
        return StoredRows(
            self.path,
            self.source,
            self.rows,
            tuple(self._starts),
            by_second(stamps),
            tuple(sorted(self._hosts, key=str)),
            tuple(sorted(self._resolutions)),
            frozenset(self._filled),
            self._is_plain,
            self.keeps,
        )


def by_second(stamps: pa.Table) -> pa.Table:
    """The rows of ``STAMPS``, of each second, offset and host one."""
    sums = [("rows", "sum"), ("failed", "sum"), ("good", "sum"), ("first", "min"), ("last", "max")]
    return stamps.group_by(list(_SECONDS), use_threads=False).aggregate(sums).rename_columns(STAMPS.names).cast(STAMPS)


def completed(table: pa.Table) -> pa.Table:
    """The rows with all columns of ``SCHEMA``, and with what follows from each alone."""
    own = {name: chunk(table[name]) for name in table.column_names}
    own |= upstream_columns(table)
    own |= {"http_route": routes(own["url_path"])} if "url_path" in own else {}
    columns = {}
    for each in SCHEMA:
        values = own.get(each.name)
        if values is None:
            values = pa.nulls(table.num_rows, each.type)
        elif values.type != each.type:
            is_category = pa.types.is_dictionary(each.type)
            values = pc.dictionary_encode(values) if is_category and pa.types.is_string(values.type) else values.cast(each.type)
        columns[each.name] = values
    return pa.table(columns, schema=SCHEMA)
