"""Tables in Parquet: written a piece after the other, read whole, in part, or by the engine where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table in one file, a row group a piece; ``keeps``: what must last as long."""

    path: Path
    schema: pa.Schema
    num_rows: int
    keeps: object = field(default=None, compare=False, repr=False)

    def read(self, columns: list[str] | None = None, where: pc.Expression | None = None) -> pa.Table:
        """Its rows in memory, in their order: all of them, or those at which ``where`` holds."""
        return parquet.read_table(self.path, columns=columns, filters=where).unify_dictionaries()

    def pieces(self) -> Iterator[pa.Table]:
        """The pieces as they were written."""
        with parquet.ParquetFile(self.path) as file:
            for at in range(file.num_row_groups):
                yield file.read_row_group(at)


def write_pieces(path: Path, schema: pa.Schema, pieces: Iterable[pa.Table], keeps: object = None) -> StoredTable:
    """Write a table, each of its pieces as one row group."""
    rows = 0
    with parquet.ParquetWriter(path, schema, compression="lz4") as writer:
        for piece in pieces:
            writer.write_table(piece, row_group_size=max(1, piece.num_rows))
            rows += piece.num_rows
    return StoredTable(path, schema, rows, keeps)


def show(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table | StoredTable) -> None:
    """Show the engine a table under a name."""
    if isinstance(table, StoredTable):
        connection.unregister(name)
        connection.read_parquet(str(table.path)).create_view(name, replace=True)
    else:
        connection.register(name, table)


def held(table: pa.Table | StoredTable, where: pc.Expression | None = None) -> pa.Table:
    """The rows of a table in memory: all, or those at which ``where`` holds."""
    if isinstance(table, StoredTable):
        return table.read(where=where)
    return table if where is None else table.filter(where)
