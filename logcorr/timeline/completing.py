"""The families of the timeline from parts: on the reference clock, with all columns; of a large log most columns are stored at once.

While the timeline is made, the columns by which events are joined lie in memory, and all others in a file; in the end all lie in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.families import schema_of
from logcorr.storage import Scratch, StoredTable, write_pieces
from logcorr.storage.tables import show
from logcorr.timeline import order
from logcorr.timeline.clocks import Anchor, Part, timestamps

#: a log whose rows take more bytes is stored
LARGE: Final = 48 << 20
#: rows that are completed at a time
PIECE: Final = 1 << 17
#: columns of the log that nothing is joined by
_APART: Final = (
    *("timestamp", "timestamp_skew_s", "severity_text", "logger", "body"),
    *("exception_type", "exception_message", "exception_stacktrace", "errno", "trace_id", "session_id", "url_query"),
    *("server_address", "upstream_address", "service_version", "job_type", "job_id", "job_result", "invocation_id", "boot_id"),
    *("journal_message_id", "attributes", "result", "exit_code", "signal", "config_file", "config_line"),
)
_NAMES: Final = list(schema_of("log"))


def assembled(family: str, parts: Sequence[Part], anchor: Anchor | None) -> pa.Table:
    """The rows of a family that lie in memory."""
    kept = [piece for part in own(family, parts) for piece in pieces(part, anchor)]
    return pa.concat_tables([pa.schema(schema_of(family)).empty_table(), *kept]).unify_dictionaries()


def is_large(parts: Sequence[Part]) -> bool:
    """Whether the log is better stored than held."""
    return sum(part.table.nbytes for part in own("log", parts)) > LARGE


def own(family: str, parts: Sequence[Part]) -> list[Part]:
    """The parts of a family that lie in memory."""
    return [part for part in parts if part.family == family and not part.stored]


def pieces(part: Part, anchor: Anchor | None) -> Iterator[pa.Table]:
    """A part with all columns of its family, on the reference clock; it lets go of its rows in the end."""
    stamps = timestamps(part)
    flag, unsure = order.flags(part.family, stamps.instants, stamps.uncertainty_s, anchor)
    told = {
        "timestamp_us": stamps.instants,
        "timestamp": pc.cast(stamps.instants, pa.timestamp("us", "UTC")),
        "timestamp_basis": stamps.basis,
        "timestamp_uncertainty_s": pc.add(stamps.uncertainty_s, unsure),
        "timestamp_skew_s": stamps.skew_s,
        "timestamp_flag": flag,
    }
    schema = pa.schema(schema_of(part.family))
    for start in range(0, max(1, part.rows), PIECE):
        rows = part.table.slice(start, PIECE)
        columns = {name: rows[name] for name in rows.column_names if name in schema.names}
        columns |= {name: values.slice(start, PIECE) for name, values in told.items()}
        yield pa.table(
            [
                cast(columns[each.name], each.type) if each.name in columns else pa.nulls(len(rows), each.type)
                for each in schema
            ],
            schema=schema,
        )
    part.release()


def cast(values: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """Values in the type of their column; texts become categories and back."""
    if values.type == kind:
        return values
    if pa.types.is_dictionary(kind):
        return values.cast(kind) if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)
    return pc.cast(values, kind, safe=False)


class StoredLog:
    """The log of large evidence: ``held`` are the columns that lie in memory, ``apart`` the others, by ``event_id``."""

    def __init__(self, parts: Sequence[Part], anchor: Anchor | None) -> None:
        self._scratch = Scratch()
        self._held: list[pa.Table] = []
        schema = schema_of("log")
        apart = pa.schema({name: schema[name] for name in ("event_id", *_APART)})
        self.apart = write_pieces(self._scratch.folder / "apart.parquet", apart, self._split(parts, anchor))
        self.held = pa.concat_tables(self._held).unify_dictionaries()
        self._held = []

    def _split(self, parts: Sequence[Part], anchor: Anchor | None) -> Iterator[pa.Table]:
        first = 0
        for piece in (piece for part in own("log", parts) for piece in pieces(part, anchor)):
            self._held.append(piece.drop_columns(list(_APART)))
            numbers = pa.array(np.arange(first, first + len(piece)))
            first += len(piece)
            yield piece.select(list(_APART)).add_column(0, "event_id", numbers)

    def show(self, connection: duckdb.DuckDBPyConnection, held: pa.Table) -> None:
        """Show the engine all columns as ``whole_log``, and as ``bodies`` the words of each event."""
        connection.register("held", held)
        apart = connection.read_parquet(str(self.apart.path))
        apart.create_view("apart", replace=True)
        connection.execute("create or replace temp view whole_log as from held join apart using (event_id)")
        connection.execute("create or replace temp view bodies as select event_id, body from apart")

    def finish(self, connection: duckdb.DuckDBPyConnection, held: pa.Table) -> StoredTable:
        """All columns in one file, the events in their order."""
        connection.execute("drop view whole_log; drop view bodies; drop view apart")
        connection.unregister("held")
        path = self._scratch.folder / "log.parquet"
        stored = write_pieces(path, pa.schema(schema_of("log")), self._joined(held), self._scratch.held)
        self.apart.path.unlink()
        return stored

    def _joined(self, held: pa.Table) -> Iterator[pa.Table]:
        first = 0
        for piece in self.apart.pieces():
            beside = held.slice(first, len(piece))
            first += len(piece)
            yield pa.table([(piece if name in _APART else beside)[name] for name in _NAMES], names=_NAMES)


def show_log(connection: duckdb.DuckDBPyConnection, log: pa.Table, stored: StoredLog | None) -> None:
    """Show the engine the log as far as it lies in memory, ``whole_log`` with all its columns, and the ``bodies`` of its events."""
    connection.register("log", log)
    if stored:
        stored.show(connection, log)
    else:
        connection.register("whole_log", log)
        connection.register("bodies", log.select(["event_id", "body"]))


def finished_log(connection: duckdb.DuckDBPyConnection, log: pa.Table, stored: StoredLog | None) -> pa.Table | StoredTable:
    """The log as it stays, shown to the engine."""
    if stored is None:
        for name in ("whole_log", "bodies"):
            connection.unregister(name)
    whole = stored.finish(connection, log) if stored else log
    show(connection, "log", whole)
    return whole
