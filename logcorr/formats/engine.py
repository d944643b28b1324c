"""DuckDB for formats that are JSON: one database in memory, a cursor for each block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@cache
def database() -> duckdb.DuckDBPyConnection:
    """Made once: opening a database costs more than reading a small file. It cannot reach files or a network."""
    import duckdb

    return duckdb.connect(":memory:", config={"enable_external_access": False})


@contextmanager
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, for one thread; the tables that are registered in it are seen nowhere else."""
    with database().cursor() as own:
        yield own
