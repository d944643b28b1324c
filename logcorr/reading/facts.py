"""What files and blocks of them give, in columns, and how the facts of a block join those of its file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import EvidenceFile
from logcorr.families import CATEGORY
from logcorr.formats.grammar import LineFormat
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.table import LINE_FORMATS
from logcorr.reading.asides import Boots, with_boots
from logcorr.storage import RowWriter, StoredRows

UNPARSED: Final = pa.schema({"file": CATEGORY, "line": pa.int64(), "text": pa.string(), "reason": pa.string()})
_TEXT_KEPT: Final = 2000


@dataclass
class FileFacts:
    """What one file gave.

    ``tables`` holds blocks by family, in the order of lines; ``problem`` says what could not be read. ``commands`` is how many
    commands with output stand in a recorded session, 0 for any other file. ``skipped`` lines lie outside the stretch of time that was
    asked for, and were counted only. Requests of a large file go to ``writers``, made by ``store``
    for each source, and are in ``stored`` in the end.
    """

    file: EvidenceFile
    formats: tuple[str, ...] = ()
    sha256: str = ""
    lines: int = 0
    blank: int = 0
    continuation: int = 0
    skipped: int = 0
    fallback: int = 0
    commands: int = 0
    problem: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    unparsed: list[pa.Table] = field(default_factory=list)
    block_starts: list[tuple[int, int]] = field(default_factory=list)  # first line and offset of each block
    boot_id: str = ""  # that the last heading named
    store: Callable[[str], RowWriter] | None = field(default=None, repr=False)
    writers: dict[str, RowWriter] = field(default_factory=dict, repr=False)
    stored: list[StoredRows] = field(default_factory=list)

    @property
    def format(self) -> str:
        """The format that most of its events are in; empty when it was not recognised."""
        return self.counts.most_common(1)[0][0] if self.counts else (self.formats[0] if self.formats else "")

    def by_source(self) -> Iterator[tuple[str, str, pa.Table]]:
        """The rows in memory by family and source, each in the order of lines."""
        for family, blocks in self.tables.items():
            filled = [(block["source"][0].as_py(), block) for block in blocks if block.num_rows]
            for source in dict.fromkeys(source for source, _ in filled):
                own = [block for each, block in filled if each == source]
                yield family, source, in_order(pa.concat_tables(own, promote_options="permissive"))

    @property
    def has_requests(self) -> bool:
        """Whether it is, among others, a log of requests."""
        return bool(self.stored) or "requests" in self.tables

    @property
    def events(self) -> int:
        """How many of its lines begin an event."""
        return sum(self.counts.values())

    def keep(self, source: str, family: str, table: pa.Table) -> None:
        """Keep the rows of one block: those of one source, in the order of lines if they are stored."""
        if family == "requests" and self.store:
            if source not in self.writers:
                self.writers[source] = self.store(source)
            self.writers[source].write(table)
        else:
            self.tables.setdefault(family, []).append(place(table, source, self.file.name))

    def finish(self) -> None:
        """Close what was stored."""
        self.stored = [writer.finish() for writer in self.writers.values()]
        self.writers = {}

    @property
    def refused(self) -> int:
        """How many of its lines are in ``unparsed``."""
        return sum(table.num_rows for table in self.unparsed)


@dataclass
class BlockFacts:
    """What one block gave, its lines counted from 0.

    ``orphans`` are those before its first event, which may continue the last event of the block before. ``boots``: where headings name
    the boot of the events below.
    """

    tables: list[tuple[LineFormat, pa.Table]]
    lines: int
    blank: int
    continuation: int
    orphans: np.ndarray
    orphan_texts: list[str]
    unparsed: pa.Table
    boots: Boots = field(default_factory=list)


def refusals(lines: pa.Array, rows: np.ndarray) -> pa.Table:
    """Rows of ``unparsed``, without their file."""
    texts = pc.utf8_slice_codeunits(lines.take(pa.array(rows)), 0, _TEXT_KEPT)
    reason = pa.repeat(pa.scalar("no known format takes this line"), len(rows))
    nowhere = pa.nulls(len(rows), CATEGORY)
    return pa.table([nowhere, pa.array(rows, pa.int64()), texts, reason], schema=UNPARSED)


def place(table: pa.Table, source: str, file: str) -> pa.Table:
    """The table with ``source`` and ``file``; columns beyond the family's stay."""
    count = table.num_rows
    for name, value in (("source", source), ("file", file)):
        table = table.append_column(
            name, pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), pa.array([value]))
        )
    return table


def add_block(facts: FileFacts, offset: int, found: BlockFacts) -> None:
    """Join what the block at ``offset`` gave to what the file gave before it."""
    first = facts.lines + 1
    facts.block_starts.append((first, offset))
    facts.lines += found.lines
    facts.blank += found.blank
    facts.continuation += found.continuation
    if len(found.orphans):
        adopt(facts, found.orphans + first, found.orphan_texts)
    if found.unparsed.num_rows:
        facts.unparsed.append(moved(found.unparsed, first))
    requests: dict[str, list[pa.Table]] = {}
    for each, table in found.tables:
        facts.counts[each.name] += table.num_rows
        facts.fallback += table.num_rows if each.fallback else 0
        if each.asides and (found.boots or facts.boot_id):
            table = with_boots(table, found.boots, facts.boot_id)  # noqa: PLW2901 (the same rows)
        if each.family == "requests":
            requests.setdefault(each.source, []).append(moved(table, first))
        else:
            facts.keep(each.source, each.family, moved(table, first))
    for source, tables in requests.items():
        facts.keep(source, "requests", in_order(pa.concat_tables(tables, promote_options="permissive")))
    if found.boots:
        facts.boot_id = found.boots[-1][1]


def moved(table: pa.Table, first: int) -> pa.Table:
    """The table with its lines counted from the beginning of the file."""
    for name in ("line", "line_last"):
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, pc.add(table[name], first))
    return table


def in_order(table: pa.Table) -> pa.Table:
    """The rows in the order of lines; several formats of one source stand one after the other."""
    lines = table["line"].to_numpy()
    return table if (np.diff(lines) >= 0).all() else table.take(pa.array(np.argsort(lines, kind="stable")))


def adopt(facts: FileFacts, lines: np.ndarray, texts: list[str]) -> None:
    """Lines at the beginning of a block continue the last event of the block before, or are refused."""
    last = [
        (pc.max(table["line"]).as_py(), family, at)
        for family, blocks in facts.tables.items()
        for at, table in enumerate(blocks)
        if table.num_rows
    ]
    written = max((writer.last for writer in facts.writers.values()), default=0)
    end, family, block = max(last, default=(0, "", 0))
    table = facts.tables[family][block] if end > written else None  # no request goes on over several lines
    source = table["source"][0].as_py() if table is not None else ""
    own = [each for each in LINE_FORMATS if each.source == source and each.family == family and each.name in facts.counts]
    if table is None or not any(each.continues for each in own):
        kept = pa.array([text[:_TEXT_KEPT] for text in texts], pa.string())
        facts.unparsed.append(refusals(kept, np.arange(len(texts))).set_column(1, "line", pa.array(lines, pa.int64())))
        return
    facts.continuation += len(lines)
    at = np.array([int(np.argmax(table["line"].to_numpy()))])
    columns = {"line_last": pa.array([int(lines[-1])], pa.int64())}
    if family == "log":
        whole = pa.array([(table["body"][int(at[0])].as_py() or "") + "\n" + "\n".join(texts)], pa.string())
        tell = next((each.whole for each in own if each.whole), exceptions_of)
        columns |= {"body": whole, **tell(whole)}
    facts.tables[family][block] = put(table, at, columns)


def put(table: pa.Table, which: np.ndarray, columns: dict[str, pa.Array]) -> pa.Table:
    """The table with new values at some rows; null leaves what stands there."""
    mask = np.zeros(table.num_rows, dtype=bool)
    mask[which] = True
    for name, values in columns.items():
        old = table[name].combine_chunks() if name in table.column_names else pa.nulls(table.num_rows, values.type)
        kept = pc.coalesce(values, old.take(pa.array(which)))
        new = pc.replace_with_mask(old, pa.array(mask), kept)
        at = table.column_names.index(name) if name in table.column_names else None
        table = table.append_column(name, new) if at is None else table.set_column(at, name, new)
    return table
