"""From files to facts: which format each file is in, and what its lines say, in columns.

Every line of a file is the first of an event, a continuation of one, blank, or a row of ``unparsed`` with the reason; the sums
are kept for each file. Clocks are still as written; putting them on one time line is the timeline's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count
from threading import Lock
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import Block, EvidenceFile, blocks_of, head_of, line_starts, text_of
from logcorr.evidence.blocks import BROKEN
from logcorr.families import CATEGORY, CLOCK, FAMILIES
from logcorr.formats.grammar import DocumentFormat, Fact, LineFormat
from logcorr.formats.nginx_access import access_format, can_be_read
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.table import DOCUMENT_FORMATS, LINE_FORMATS
from logcorr.messages import annotate

DOCUMENT_BYTES: Final = 2 << 20
SAMPLE_BYTES: Final = 256 << 10
SAMPLE_LINES: Final = 200
#: a log is taken for what it is when at least this share of the sample's lines begin an event; tracebacks leave few of them
LEAST_SHARE: Final = 0.02
UNPARSED: Final = pa.schema({"file": CATEGORY, "line": pa.int64(), "text": pa.string(), "reason": pa.string()})
_TEXT_KEPT: Final = 2000


@dataclass
class FileFacts:
    """What one file gave.

    ``tables`` holds blocks by family, in the order of lines; ``problem`` says what could not be read.
    """

    file: EvidenceFile
    formats: tuple[str, ...] = ()
    sha256: str = ""
    lines: int = 0
    blank: int = 0
    continuation: int = 0
    fallback: int = 0
    problem: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    unparsed: list[pa.Table] = field(default_factory=list)
    block_starts: list[tuple[int, int]] = field(default_factory=list)  # first line and offset of each block

    @property
    def format(self) -> str:
        """The format that most of its events are in; empty when it was not recognised."""
        return self.counts.most_common(1)[0][0] if self.counts else (self.formats[0] if self.formats else "")

    @property
    def events(self) -> int:
        """How many of its lines begin an event."""
        return sum(self.counts.values())

    @property
    def refused(self) -> int:
        """How many of its lines are in ``unparsed``."""
        return sum(table.num_rows for table in self.unparsed)


@dataclass
class BlockFacts:
    """What one block gave, its lines counted from 0.

    ``orphans`` are those before its first event, which may continue the last event of the block before.
    """

    tables: list[tuple[LineFormat, pa.Table]]
    lines: int
    blank: int
    continuation: int
    orphans: np.ndarray
    orphan_texts: list[str]
    unparsed: pa.Table


Progress = Callable[[str, int], None]


def read_files(files: Sequence[EvidenceFile], progress: Progress | None = None) -> list[FileFacts]:
    """Read every file, in parallel blocks.

    Args:
        files: as ``gather`` gives them.
        progress: is told the name of a file and how many bytes of it were read since the last time.
    """
    turn = Lock()

    def tell(name: str, count: int) -> None:
        if progress:
            with turn:
                progress(name, count)

    workers = cpu_count() or 1
    blocks = ThreadPoolExecutor(workers, thread_name_prefix="logcorr-blocks")
    logs = ThreadPoolExecutor(workers, thread_name_prefix="logcorr-files")
    try:
        digests = {file.path: blocks.submit(file.sha256) for file in files if not file.problem or file.is_journal}
        facts = {file.path: FileFacts(file, problem=file.problem) if file.problem else read_document(file) for file in files}
        access = [access_format(name, text) for name, text in log_formats(facts.values()) if can_be_read(text)]
        formats = (*access, *LINE_FORMATS)
        waiting = {
            file.path: logs.submit(read_log, file, formats, blocks, tell)
            for file in files
            if not file.problem and not facts[file.path].formats
        }
        facts |= {path: each.result() for path, each in waiting.items()}
        for file in files:
            facts[file.path].sha256 = digest(digests.get(file.path))
    finally:
        logs.shutdown(wait=False, cancel_futures=True)
        blocks.shutdown(wait=False, cancel_futures=True)
    return [facts[file.path] for file in files]


def digest(result: Future[str] | None) -> str:
    """The digest, or nothing for a file that cannot be read."""
    try:
        return result.result() if result else ""
    except OSError:
        return ""


def log_formats(facts: Iterable[FileFacts]) -> list[tuple[str, str]]:
    """Name and text of each ``log_format`` of the nginx configurations among the documents."""
    found: dict[str, str] = {}
    for document in facts:
        for table in document.tables.get("configuration", ()):
            for row in table.filter(pc.equal(table["key"], "log_format")).to_pylist():
                found.setdefault(row["subject"], row["value"])
    return list(found.items())


def read_document(file: EvidenceFile) -> FileFacts:
    """Read a file that is a command's output or a configuration; ``formats`` stays empty when it is neither."""
    facts = FileFacts(file)
    if file.is_journal:
        return facts
    try:
        with file.open() as stream:
            text = text_of(stream, DOCUMENT_BYTES)
    except BROKEN:
        return facts
    if text is None:
        return facts
    lines = text.split("\n")[:-1]
    format_ = next((each for each in DOCUMENT_FORMATS if each.recognise(lines)), None)
    if format_ is None:
        return facts
    add_document(facts, format_, lines)
    return facts


def add_document(facts: FileFacts, format_: DocumentFormat, lines: Sequence[str]) -> None:
    """Put the facts of a recognised document into ``facts``, with its sums."""
    found = format_.read(lines)
    facts.formats = (format_.name,)
    facts.lines = len(lines)
    facts.block_starts = [(1, 0)]
    blank = {number for number, line in enumerate(lines, 1) if not line.strip()}
    heads = {fact.line for fact in found} - blank
    facts.blank = len(blank)
    facts.continuation = len(lines) - len(blank) - len(heads)
    facts.counts[format_.name] = len(heads)
    for family in dict.fromkeys(fact.family for fact in found):
        table = document_table(family, [fact for fact in found if fact.family == family])
        if family == "log":
            table = annotate(table, "journal")
        facts.tables[family] = [place(table, "journal" if family == "log" else format_.name, facts.file.name)]


def document_table(family: str, facts: list[Fact]) -> pa.Table:
    """Facts of one family as a table."""
    schema = {**CLOCK, **FAMILIES[family]}
    columns: dict[str, pa.Array] = {
        "line": pa.array([fact.line for fact in facts], pa.int64()),
        "line_last": pa.array([fact.line_last for fact in facts], pa.int64()),
    }
    for name in dict.fromkeys(name for fact in facts for name in fact.columns):
        columns[name] = pa.array([fact.columns.get(name) for fact in facts], schema[name])
    return pa.table(columns)


def place(table: pa.Table, source: str, file: str) -> pa.Table:
    """The table with ``source`` and ``file``; columns beyond the family's stay."""
    count = table.num_rows
    for name, value in (("source", source), ("file", file)):
        table = table.append_column(
            name, pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), pa.array([value]))
        )
    return table


def recognise(sample: Sequence[str], formats: Sequence[LineFormat]) -> tuple[LineFormat, ...]:
    """The format that takes most lines of a sample, then those of the same writer that take some of the rest."""
    filled = [line for line in sample if line.strip()]
    texts = pa.array(filled, pa.string())
    separated = pa.array(list(sample), pa.string())
    taken: list[tuple[LineFormat, set[int]]] = []
    for each in sorted(formats, key=lambda each: each.fallback):
        if each.fallback and taken:
            break
        rows = rows_taken(each, texts if each.separator == b"\n" else separated)
        if rows:
            taken.append((each, rows))
    if not taken:
        return ()
    best, rows = max(taken, key=lambda item: len(item[1]))
    if best.separator == b"\n" and len(rows) < LEAST_SHARE * len(filled) and 0 not in rows:
        return ()
    chosen = [best]
    for each, others in sorted(taken, key=lambda item: -len(item[1])):
        if each is not best and each.writer == best.writer and others - rows:
            chosen.append(each)
            rows = rows | others
    return tuple(chosen)


def rows_taken(format_: LineFormat, lines: pa.Array) -> set[int]:
    """Which lines a format takes as the first of an event."""
    if format_.begins and not pc.any(pc.match_substring_regex(lines, format_.begins)).as_py():
        return set()
    return set(format_.read(lines)["row"].to_pylist())


def sample_of(file: EvidenceFile) -> list[str]:
    """Lines from the beginning of a file and, where it can be reached at no cost, from its middle and its end."""
    with file.open() as stream:
        raw = head_of(stream, SAMPLE_BYTES)
        pieces = [raw]
        if not file.compression and not file.is_journal and len(raw) == SAMPLE_BYTES:
            size = file.path.stat().st_size
            pieces += [tail for at in (size // 2, size - SAMPLE_BYTES) if at > SAMPLE_BYTES and (tail := piece(stream, at))]
    lines: list[str] = []
    for each in pieces:
        whole = each.decode(errors="replace").removeprefix("\ufeff").split("\n")
        is_whole = len(each) < SAMPLE_BYTES and each is raw  # then the last line is no piece of one
        lines += (whole if is_whole else whole[:-1] or whole)[:SAMPLE_LINES]
    return lines


def piece(stream: BinaryIO, at: int) -> bytes:
    """Some whole lines from the place ``at`` on."""
    stream.seek(at)
    return stream.read(SAMPLE_BYTES).partition(b"\n")[2]


def read_log(file: EvidenceFile, formats: Sequence[LineFormat], pool: ThreadPoolExecutor, tell: Progress) -> FileFacts:
    """Read a file that is a log, block by block."""
    facts = FileFacts(file)
    try:
        chosen = recognise(sample_of(file), formats)
    except BROKEN as error:
        facts.problem = broken(file, error)
        chosen = ()
    facts.formats = tuple(each.name for each in chosen)
    separator = chosen[0].separator if chosen else b"\n"
    waiting: list[tuple[Block, Future[BlockFacts]]] = []
    try:
        with file.open() as stream:
            for block in blocks_of(stream, separator):
                waiting.append((block, pool.submit(read_block, block, chosen)))
                tell(file.name, len(block.raw))
                if len(waiting) > 2 * (cpu_count() or 1):
                    add_block(facts, *waiting.pop(0))
    except BROKEN as error:
        facts.problem = broken(file, error)
    for item in waiting:
        add_block(facts, *item)
    return facts


def broken(file: EvidenceFile, error: Exception) -> str:
    """What to say of a file that could not be read to its end."""
    if isinstance(error, EOFError) or "end-of-stream" in str(error):
        return "cut short: the compressed data ends early; the lines before that are read"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return f"{'damaged ' + file.compression if file.compression else 'cannot be read'}: {error}; the lines before that are read"


def read_block(block: Block, formats: Sequence[LineFormat]) -> BlockFacts:
    """Give each line of a block to the first format that takes it, then to the event before it."""
    tables: list[tuple[LineFormat, pa.Table]] = []
    data = block.text()
    first = formats[0] if formats else None
    if first and first.cut and (cut := first.cut(data)) is not None:
        tables.append((first, cut[0]))
        if cut[0].num_rows == cut[1]:
            return BlockFacts(finish(tables, None, None), cut[1], 0, 0, np.array([], np.int64), [], UNPARSED.empty_table())
    lines = lines_of(data)
    count = len(lines)
    owner: np.ndarray = np.full(count, -1, dtype=np.int32)  # which format takes the line as the first of an event
    for _, table in tables:
        owner[table["row"].to_numpy()] = 0
    blank = pc.equal(pc.utf8_trim_whitespace(lines), "").to_numpy(zero_copy_only=False)
    for at, each in enumerate(formats):
        left = np.flatnonzero((owner < 0) & (~blank if each.separator == b"\n" else True))
        if not len(left):
            break
        if each.begins and each.separator == b"\n":
            left = left[pc.match_substring_regex(lines.take(pa.array(left)), each.begins).to_numpy(zero_copy_only=False)]
        table = each.read(lines if len(left) == count else lines.take(pa.array(left))) if len(left) else None
        if table is None or not table.num_rows:
            continue
        rows = left[table["row"].to_numpy()]
        table = table.set_column(table.column_names.index("row"), "row", pa.array(rows, pa.int32()))
        tables.append((each, table))
        owner[rows] = at
    heads = np.flatnonzero(owner >= 0)
    left = np.flatnonzero((owner < 0) & ~blank)
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
        int(follows.sum()),
        left[orphan],
        texts,
        refusals(lines, refused),
    )


def lines_of(data: bytes) -> pa.Array:
    """The lines of a block without their ends."""
    starts = line_starts(data)
    whole = pa.LargeStringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), pa.py_buffer(data))
    return pc.utf8_rtrim(whole.cast(pa.string()), "\r\n")


def refusals(lines: pa.Array, rows: np.ndarray) -> pa.Table:
    """Rows of ``unparsed``, without their file."""
    texts = pc.utf8_slice_codeunits(lines.take(pa.array(rows)), 0, _TEXT_KEPT)
    reason = pa.repeat(pa.scalar("no known format takes this line"), len(rows))
    nowhere = pa.nulls(len(rows), CATEGORY)
    return pa.table([nowhere, pa.array(rows, pa.int64()), texts, reason], schema=UNPARSED)


Continued = tuple[np.ndarray, np.ndarray, np.ndarray]


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
                table = continue_bodies(table, rows, last, lines)
        table = table.append_column("line", pa.array(rows, pa.int64()))
        table = table.append_column("line_last", pa.array(last, pa.int64()))
        if each.family == "log":
            table = annotate(table, each.name)
        finished.append((each, table))
    return finished


def continue_bodies(table: pa.Table, rows: np.ndarray, last: np.ndarray, lines: pa.Array) -> pa.Table:
    """Append the lines that follow an event to its body, and read the exception in it."""
    which = np.flatnonzero(last > rows)
    lengths = last[which] - rows[which]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    places = np.repeat(rows[which] + 1 - offsets[:-1], lengths) + np.arange(offsets[-1])
    tails = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), lines.take(pa.array(places))), "\n")
    bodies = table["body"].combine_chunks()
    whole = pc.binary_join_element_wise(pc.fill_null(bodies.take(pa.array(which)), ""), tails, "\n")
    return put(table, which, {"body": whole, **exceptions_of(whole)})


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


def add_block(facts: FileFacts, block: Block, result: Future[BlockFacts]) -> None:
    """Join what a block gave to what the file gave before it."""
    found = result.result()
    first = facts.lines + 1
    facts.block_starts.append((first, block.offset))
    facts.lines += found.lines
    facts.blank += found.blank
    facts.continuation += found.continuation
    if len(found.orphans):
        adopt(facts, found.orphans + first, found.orphan_texts)
    if found.unparsed.num_rows:
        facts.unparsed.append(moved(found.unparsed, first))
    for each, table in found.tables:
        facts.counts[each.name] += table.num_rows
        facts.fallback += table.num_rows if each.fallback else 0
        facts.tables.setdefault(each.family, []).append(place(moved(table, first), each.source, facts.file.name))


def moved(table: pa.Table, first: int) -> pa.Table:
    """The table with its lines counted from the beginning of the file."""
    for name in ("line", "line_last"):
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, pc.add(table[name], first))
    return table


def adopt(facts: FileFacts, lines: np.ndarray, texts: list[str]) -> None:
    """Lines at the beginning of a block continue the last event of the block before, or are refused."""
    blocks = facts.tables.get("log")
    continuing = bool(blocks) and any(each.continues and each.name in facts.counts for each in LINE_FORMATS)
    if not continuing or not blocks:
        kept = pa.array([text[:_TEXT_KEPT] for text in texts], pa.string())
        facts.unparsed.append(refusals(kept, np.arange(len(texts))).set_column(1, "line", pa.array(lines, pa.int64())))
        return
    facts.continuation += len(lines)
    last_block = max(range(len(blocks)), key=lambda at: pc.max(blocks[at]["line"]).as_py() or 0)
    table = blocks[last_block]
    at = np.array([int(np.argmax(table["line"].to_numpy()))])
    whole = pa.array([(table["body"][int(at[0])].as_py() or "") + "\n" + "\n".join(texts)], pa.string())
    columns = {"line_last": pa.array([int(lines[-1])], pa.int64()), "body": whole, **exceptions_of(whole)}
    blocks[last_block] = put(table, at, columns)
