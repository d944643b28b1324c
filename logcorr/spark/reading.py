"""Logs read by the machines of a cluster: each split by the same block parser, what its blocks give joined here.

Which format a file is in is told before, from a sample. What the blocks give comes back packed, file by file in the order of lines, so
that lines which continue an event across a border, the sums and the numbers of lines are those of any other reading: a block counts its
own lines, and a file's are added up in order, so that nobody has to count them first.

What is read passes through the memory of the machine that asks, since clocks, hosts and what belongs together are found there.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import EvidenceFile
from logcorr.evidence.blocks import BROKEN
from logcorr.evidence.splits import SPLIT_BYTES, Split, blocks_in, splits_of
from logcorr.messages.known import added, know
from logcorr.reading.blocks import read_block
from logcorr.reading.facts import BlockFacts, add_block
from logcorr.reading.files import Begun, Tell, broken, separator_of, spread

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    Batches = Iterator[pa.RecordBatch]

#: the number of a file, and a split of it
Piece = tuple[int, Split]

#: how large a split is, in bytes
SPLIT: Final = "spark.logcorr.splitBytes"
#: bytes of logs whose results come back at once, at least; what Spark holds of them is about a tenth (``spark.driver.maxResultSize``)
_AT_ONCE: Final = 2 << 30
#: tasks a core: a few, so that none waits for the last, and not one a file, since files are often small
_TASKS_OF_CORE: Final = 3
_PIECES: Final = pa.schema({"file": pa.int32(), "start": pa.int64(), "end": pa.int64()})
#: what one block gave, packed (``size``: before that); or the problem that ended the reading of a split
_FOUND: Final = pa.schema(
    {
        "file": pa.int32(),
        "offset": pa.int64(),
        "bytes": pa.int64(),
        "facts": pa.binary(),
        "size": pa.int64(),
        "problem": pa.string(),
    }
)
_DIGESTS: Final = pa.schema({"file": pa.int32(), "sha256": pa.string()})


class SparkCluster:
    """The machines of a session of Spark's, as those that read logs."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._split_bytes = int(session.conf.get(SPLIT, str(SPLIT_BYTES)))
        self._tasks = _TASKS_OF_CORE * session.sparkContext.defaultParallelism
        self._at_once = max(_AT_ONCE, self._split_bytes * session.sparkContext.defaultParallelism)

    def takes(self, file: EvidenceFile) -> bool:
        """Files in file systems; not journals, nor what lies in memory or was unpacked here."""
        return file.content is None and file.keeps is None and not file.is_journal

    def read(self, logs: Sequence[Begun], tell: Tell) -> None:
        """Read the logs, each into its facts."""
        work = [(reachable(facts.file), chosen) for facts, chosen in logs]
        ended: set[int] = set()
        for pieces in self._rounds([file for file, _ in work]):
            found = self._run(blocks_read(work), pieces, _FOUND)
            for place in pc.sort_indices(found, [("file", "ascending"), ("offset", "ascending")]).to_pylist():
                row = {name: found[name][place].as_py() for name in found.column_names}
                facts, chosen = logs[row["file"]]
                if row["file"] in ended:
                    continue  # what follows lines that could not be read has no numbers
                if row["problem"] is not None:
                    facts.problem = row["problem"]
                    ended.add(row["file"])
                    continue
                tell(facts.file.name, row["bytes"])
                add_block(facts, row["offset"], unpacked(row["facts"], row["size"], chosen))

    def _rounds(self, files: Sequence[EvidenceFile]) -> Iterator[list[Piece]]:
        """The splits of all files, in order, as many together as may come back at once."""
        pieces: list[Piece] = []
        size = 0
        for at, file in enumerate(files):
            for split in splits_of(file, self._split_bytes):
                pieces.append((at, split))
                size += split.end - split.start if split.end is not None else spread(file)
                if size >= self._at_once:
                    yield pieces
                    pieces, size = [], 0
        yield pieces

    def digests(self, files: Sequence[EvidenceFile]) -> list[str]:
        """The digest of each file; empty for one that cannot be read."""
        found = self._run(
            files_digested([reachable(file) for file in files]), [(at, Split()) for at in range(len(files))], _DIGESTS
        )
        by_file = dict(zip(found["file"].to_pylist(), found["sha256"].to_pylist(), strict=True))
        return [by_file[at] for at in range(len(files))]

    def _run(self, task: Callable[[Batches], Batches], pieces: Sequence[Piece], schema: pa.Schema) -> pa.Table:
        rows = [(at, split.start, split.end) for at, split in pieces]
        if not rows:
            return schema.empty_table()
        table = pa.table(
            [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), _PIECES.types, strict=True)],
            schema=_PIECES,
        )
        given = self._session.createDataFrame(table).coalesce(1).repartition(min(len(rows), self._tasks))
        return given.mapInArrow(task, as_ddl(schema)).toArrow().cast(schema)


def reachable(file: EvidenceFile) -> EvidenceFile:
    """The file by a path that does not depend on the folder in which a program runs: that of a worker is its own."""
    return file if file.uri else replace(file, path=file.path.absolute())


def as_ddl(schema: pa.Schema) -> str:
    """The schema in Spark's words."""
    names = {pa.int32(): "int", pa.int64(): "long", pa.string(): "string", pa.binary(): "binary"}
    return ", ".join(f"`{each.name}` {names[each.type]}" for each in schema)


def pieces_in(batches: Batches) -> Iterator[Piece]:
    """The pieces of work that a task was given."""
    for batch in batches:
        for row in batch.to_pylist():
            yield row["file"], Split(row["start"], row["end"])


def blocks_read(work: Sequence[tuple[EvidenceFile, Any]]) -> Callable[[Batches], Batches]:
    """The task that reads splits: a row a block."""
    own = added()

    def task(batches: Batches) -> Batches:
        know(own)
        for at, split in pieces_in(batches):
            file, chosen = work[at]
            reached = split.start
            try:
                for block in blocks_in(file, split, separator_of(chosen)):
                    facts, size = packed(read_block(block, chosen), chosen)
                    yield batch_of(_FOUND, (at, block.offset, len(block.raw), facts, size, None))
                    reached = block.offset + len(block.raw)
            except BROKEN as error:
                yield batch_of(_FOUND, (at, reached, 0, None, 0, broken(file, error)))

    return task


def digest_of(file: EvidenceFile) -> str:
    """The digest, or nothing for a file that cannot be read."""
    try:
        return file.sha256()
    except OSError:
        return ""


def files_digested(files: Sequence[EvidenceFile]) -> Callable[[Batches], Batches]:
    """The task that takes digests: a row a file."""

    def task(batches: Batches) -> Batches:
        for at, _ in pieces_in(batches):
            yield batch_of(_DIGESTS, (at, digest_of(files[at])))

    return task


def batch_of(schema: pa.Schema, row: tuple[Any, ...]) -> pa.RecordBatch:
    """One row as a batch."""
    return pa.record_batch([pa.array([value], kind) for value, kind in zip(row, schema.types, strict=True)], schema=schema)


def packed(found: BlockFacts, chosen: Sequence[Any]) -> tuple[bytes, int]:
    """What a block gave as bytes, its formats by number, and how many bytes that were before they were compressed."""
    numbered = [(next(at for at, own in enumerate(chosen) if own is each), table) for each, table in found.tables]
    raw = pickle.dumps((numbered, replace(found, tables=[])), protocol=5)
    return pa.compress(raw, "zstd", asbytes=True), len(raw)


def unpacked(facts: bytes, size: int, chosen: Sequence[Any]) -> BlockFacts:
    """The reverse; the bytes are those of our own tasks."""
    numbered, found = pickle.loads(pa.decompress(facts, size, "zstd", asbytes=True))  # noqa: S301
    return replace(found, tables=[(chosen[at], table) for at, table in numbered])
