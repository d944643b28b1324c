"""All files of the evidence, side by side and in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from os import cpu_count
from threading import Lock
from typing import Final, Protocol

from logcorr.evidence import Block, EvidenceFile, blocks_of
from logcorr.evidence.blocks import BROKEN
from logcorr.evidence.growing import what_became
from logcorr.formats.grammar import LineFormat
from logcorr.formats.nginx_access import access_format, can_be_read
from logcorr.formats.table import LINE_FORMATS
from logcorr.reading.blocks import read_block
from logcorr.reading.documents import log_formats, read_document
from logcorr.reading.facts import BlockFacts, FileFacts, add_block
from logcorr.reading.kept import load, moved_to, save
from logcorr.reading.recognise import recognise, sample_of
from logcorr.reading.stretch import stretch_of
from logcorr.reading.transcripts import open_session, read_logs
from logcorr.storage import Scratch
from logcorr.storage.cache import Cache
from logcorr.timings import WAIT, stage

Progress = Callable[[str, int, int], None]
Tell = Callable[[str, int], None]
#: a log whose formats are known and of which nothing has been read yet
Begun = tuple[FileFacts, tuple[LineFormat, ...]]
#: from when to when, both included; None is open
Within = tuple[int | None, int | None]
EVERYTHING: Final[Within] = (None, None)
#: of a file with more bytes the requests are stored, not held
LARGE: Final = 64 << 20
#: the facts of a file with more bytes are kept in the cache
KEPT: Final = 8 << 20
#: what compressed logs are smaller by
USUAL_RATIO: Final = 12


class Cluster(Protocol):
    """Other machines that read logs."""

    def takes(self, file: EvidenceFile) -> bool:
        """Whether they reach the file."""

    def read(self, logs: Sequence[Begun], tell: Tell) -> None:
        """Read the logs, each into its facts."""

    def digests(self, files: Sequence[EvidenceFile]) -> list[str]:
        """The digest of each file; empty for one that cannot be read."""


def read_files(
    files: Sequence[EvidenceFile],
    progress: Progress | None = None,
    cache: Cache | None = None,
    bounds: Within = EVERYTHING,
    cluster: Cluster | None = None,
) -> list[FileFacts]:
    """Read every file, in parallel blocks. The requests of large files are stored, not held.

    Args:
        files: as ``gather`` gives them.
        progress: is told the name of a file, how many bytes of it were read since the last time, and how many there are in all files.
        cache: what it holds is not read again, and what is read is kept there.
        bounds: what is asked for, microseconds since 1970; large logs are read there, with a margin, and not kept.
        cluster: reads the logs that it reaches, whole; which format they are in is found here.
    """
    turn = Lock()
    total = 0

    def tell(name: str, count: int) -> None:
        if progress:
            with turn:
                progress(name, count, total)

    workers = cpu_count() or 1
    blocks = ThreadPoolExecutor(workers, thread_name_prefix="logcorr-blocks")
    logs = ThreadPoolExecutor(workers, thread_name_prefix="logcorr-files")
    try:
        with stage("recognise"):
            facts = {
                file.path: FileFacts(file, problem=file.problem) if file.problem else read_document(file) for file in files
            }
            sessions = {
                file.path: session
                for file in files
                if not file.problem and not facts[file.path].formats and (session := open_session(file))
            }
        facts |= {path: session.facts for path, session in sessions.items()}
        known = [(name, text) for name, text in log_formats(facts.values()) if can_be_read(text)]
        formats = (*(access_format(name, text) for name, text in known), *LINE_FORMATS)
        left = [file for file in files if not file.problem and not facts[file.path].formats and file.path not in sessions]
        away = [file for file in left if cluster and cluster.takes(file)]
        far = {file.path for file in away}
        keys = {
            file.path: cache.key(file, [f"{name} {text}" for name, text in known])
            for file in left
            if cache and is_kept(file) and file.path not in far
        }
        kept = {
            file.path: found
            for file in left
            if file.path in keys and cache and (found := remembered(file, cache, keys[file.path]))
        }
        facts |= kept
        total = sum(spread(file) for file in left if file.path not in kept)
        digests = {
            file.path: blocks.submit(file.sha256)
            for file in files
            if (not file.problem or file.is_journal) and file.path not in kept and file.path not in far
        }

        def read(file: EvidenceFile) -> tuple[FileFacts, Scratch]:
            scratch = cache.incoming() if cache and file.path in keys and bounds == EVERYTHING else Scratch()
            return read_log(file_facts(file, scratch), formats, blocks, tell, bounds), scratch

        waiting = {file.path: logs.submit(read, file) for file in left if file.path not in kept and file.path not in far}
        begun = [logs.submit(begin, file_facts(file, Scratch()), formats) for file in away]
        with stage("recognise"):
            facts |= {path: read_logs(session, formats) for path, session in sessions.items()}
        if cluster:
            remote = [each.result() for each in begun]
            cluster.read(remote, tell)
            for (own, _), sha256 in zip(remote, cluster.digests(away), strict=True):
                own.finish()
                own.sha256 = sha256
                facts[own.file.path] = own
        for path, each in waiting.items():
            with stage(WAIT):
                facts[path], scratch = each.result()
                facts[path].sha256 = digest(digests[path])
            if path in keys and cache and bounds == EVERYTHING and not facts[path].problem:
                with stage("store"):
                    remember(facts[path], cache, keys[path], scratch)
        for file in files:
            own = facts[file.path]
            own.sha256 = own.sha256 or digest(digests.get(file.path))
            own.problem = what_became(file, own.sha256, own.problem)
    finally:
        logs.shutdown(wait=False, cancel_futures=True)
        blocks.shutdown(wait=False, cancel_futures=True)
    return [facts[file.path] for file in files]


def is_kept(file: EvidenceFile) -> bool:
    """Whether it is worth being kept: a log on the disk that is not read in a moment."""
    return file.seen is not None and file.content is None and spread(file) > KEPT


def remembered(file: EvidenceFile, cache: Cache, key: str) -> FileFacts | None:
    """The facts of a file that was read before; None where they are not kept, or damaged."""
    found = cache.find(key)
    try:
        return load(file, *found) if found else None
    except (OSError, ValueError, KeyError):
        return None


def remember(facts: FileFacts, cache: Cache, key: str, scratch: Scratch) -> None:
    """Keep the facts of a file; its stored rows then lie in the cache. A cache that cannot be written is none."""
    with suppress(OSError):
        save(facts, scratch.folder)
        if found := cache.put(scratch, key):
            moved_to(facts, *found)


def digest(result: Future[str] | None) -> str:
    """The digest, or nothing for a file that cannot be read."""
    try:
        return result.result() if result else ""
    except OSError:
        return ""


def file_facts(file: EvidenceFile, scratch: Scratch) -> FileFacts:
    """The facts of a log, before it is read."""
    return FileFacts(file, store=scratch.writer if is_large(file) else None)


def begin(facts: FileFacts, formats: Sequence[LineFormat]) -> Begun:
    """A log that is to be read, and the formats of its lines."""
    chosen: tuple[LineFormat, ...] = ()
    try:
        with stage("recognise"):
            chosen = recognise(sample_of(facts.file), formats)
    except BROKEN as error:
        facts.problem = broken(facts.file, error)
    facts.formats = tuple(each.name for each in chosen)
    return facts, chosen


def separator_of(chosen: Sequence[LineFormat]) -> bytes:
    """What ends an event of a log in these formats."""
    return chosen[0].separator if chosen else b"\n"


def read_log(
    facts: FileFacts, formats: Sequence[LineFormat], pool: ThreadPoolExecutor, tell: Tell, bounds: Within = EVERYTHING
) -> FileFacts:
    """Read a file that is a log, block by block, into ``facts``."""
    file = facts.file
    _, chosen = begin(facts, formats)
    separator = separator_of(chosen)
    waiting: list[tuple[Block, Future[BlockFacts]]] = []
    after = 0
    try:
        with file.open() as stream:
            found = None
            if bounds != EVERYTHING and is_kept(file) and not (file.compression or file.is_journal or file.encoding):
                with stage("read"):
                    found = stretch_of(stream, file.size, chosen, bounds)
                    stream.seek(found.start if found else 0)
            if found:
                facts.lines = facts.skipped = found.before
                after = found.after
            for block in pieces(blocks_of(stream, separator, start=found.start if found else 0), found.end if found else None):
                waiting.append((block, pool.submit(read_one, block, chosen)))
                tell(file.name, len(block.raw))
                if len(waiting) > 2 * (cpu_count() or 1):
                    add(facts, *waiting.pop(0))
    except BROKEN as error:
        facts.problem = broken(file, error)
    for item in waiting:
        add(facts, *item)
    facts.lines += after
    facts.skipped += after
    with stage("store"):
        facts.finish()
    return facts


def pieces(blocks: Iterator[Block], end: int | None) -> Iterator[Block]:
    """The blocks up to a place where a line begins; their reading is timed."""
    while True:
        with stage("read"):
            block = next(blocks, None)
        if block is None or (end is not None and block.offset >= end):
            return
        yield block if end is None else Block(block.raw[: end - block.offset], block.offset)


def read_one(block: Block, formats: Sequence[LineFormat]) -> BlockFacts:
    """Read one block, timed."""
    with stage("tokenise"):
        return read_block(block, formats)


def add(facts: FileFacts, block: Block, result: Future[BlockFacts]) -> None:
    """Join what a block gave, timed."""
    with stage(WAIT):
        found = result.result()
    with stage("store"):
        add_block(facts, block.offset, found)


def is_large(file: EvidenceFile) -> bool:
    """Whether its requests are better stored than held."""
    return spread(file) > LARGE


def spread(file: EvidenceFile) -> int:
    """About how many bytes a file has, decompressed."""
    return file.size * (USUAL_RATIO if file.compression else 1)


def broken(file: EvidenceFile, error: Exception) -> str:
    """What to say of a file that could not be read to its end."""
    if isinstance(error, EOFError) or "end-of-stream" in str(error):
        return "cut short: the compressed data ends early; the lines before that are read"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return f"{'damaged ' + file.compression if file.compression else 'cannot be read'}: {error}; the lines before that are read"
