"""The families of a timeline as tables of Spark's, for the needs to run on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4
from weakref import finalize

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence.remote import is_uri, system_of
from logcorr.timeline.timeline import Timeline

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: where large families go as Parquet: a folder that all machines reach, as a path or a URI
FOLDER: Final = "spark.logcorr.folder"
#: a family with fewer rows lies in one piece, so that no query has to send rows about
ROWS_IN_ONE_PIECE: Final = "spark.logcorr.rowsInOnePiece"
_ROWS_IN_ONE_PIECE: Final = 250_000
#: a Parquet file of one day and source holds at most so many rows, a piece of work for one core
_ROWS_IN_FILE: Final = 1_000_000


def place(session: SparkSession, timeline: Timeline) -> None:
    """Let the needs of a timeline run on Spark: each family becomes a table there, its categories texts.

    Large families go to Parquet by day and source where the session names a folder for them (``spark.logcorr.folder``), and stay there; all
    others stay in the cluster's memory, and on its disks where that is short, for as long as the timeline is in use.
    """
    folder = session.conf.get(FOLDER, "")
    fewest = int(session.conf.get(ROWS_IN_ONE_PIECE, str(_ROWS_IN_ONE_PIECE)))
    uri = folder.rstrip("/") if is_uri(folder) else Path(folder).absolute().as_uri()
    run = f"{uri}/{session.sparkContext.applicationId}-{uuid4().hex[:8]}"
    kept: list[DataFrame] = []

    def keep(rows: DataFrame) -> DataFrame:
        kept.append(rows.persist())
        return kept[-1]

    for name, table in {**timeline.tables, **timeline.quality}.items():
        if folder and table.num_rows >= fewest and "timestamp" in table.column_names:
            timeline.relations[name] = as_parquet(session, plain(table), f"{run}/{name}")
            continue
        frame = session.createDataFrame(plain(table))
        timeline.relations[name] = keep(frame.coalesce(1) if table.num_rows < fewest else frame)
    timeline.keep = keep
    finalize(timeline, release, kept).atexit = False


def release(frames: Iterable[DataFrame]) -> None:
    """Give the memory of families back, if the cluster is still there."""
    with suppress(Exception):
        for frame in frames:
            frame.unpersist()


def plain(table: pa.Table) -> pa.Table:
    """The table with texts for categories, which Spark does not know."""
    fields = [pa.field(each.name, _plain(each.type)) for each in table.schema]
    return table.cast(pa.schema(fields))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def as_parquet(session: SparkSession, table: pa.Table, uri: str) -> DataFrame:
    """The family written by day (UTC) and source into a new folder, and read from there by Spark."""
    from pyarrow import dataset

    by_day = table.append_column("day", pc.fill_null(pc.strftime(table["timestamp"], "%Y-%m-%d"), "none"))
    system, path = system_of(uri)
    dataset.write_dataset(
        by_day,
        path,
        filesystem=system,
        format="parquet",
        partitioning=dataset.partitioning(pa.schema({"day": pa.string(), "source": pa.string()}), flavor="hive"),
        max_rows_per_file=_ROWS_IN_FILE,
        max_rows_per_group=_ROWS_IN_FILE,
    )
    schema = session.createDataFrame(by_day.slice(0, 0)).schema
    return session.read.schema(schema).parquet(uri).select(*table.column_names)
