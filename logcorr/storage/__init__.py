"""Rows that are too many for memory: Parquet files, written while a log is read, and asked by the engine where they lie."""

from logcorr.storage.scratch import Scratch
from logcorr.storage.stored import INSTANT, RowWriter, StoredRows
from logcorr.storage.tables import StoredTable, write_pieces

__all__ = ["INSTANT", "RowWriter", "Scratch", "StoredRows", "StoredTable", "write_pieces"]
