"""All files of the evidence, side by side and in blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from threading import Lock
from typing import Protocol

from logcorr.evidence import EvidenceFile, blocks_of
from logcorr.evidence.blocks import BROKEN
from logcorr.evidence.growing import what_became
from logcorr.formats.grammar import LineFormat
from logcorr.formats.nginx_access import access_format, can_be_read
from logcorr.formats.table import LINE_FORMATS
from logcorr.reading.blocks import read_block
from logcorr.reading.documents import log_formats, read_document
from logcorr.reading.facts import BlockFacts, FileFacts, add_block
from logcorr.reading.recognise import recognise, sample_of
from logcorr.reading.transcripts import open_session, read_logs

Progress = Callable[[str, int], None]
#: a log whose formats are known and of which nothing has been read yet
Begun = tuple[FileFacts, tuple[LineFormat, ...]]


class Cluster(Protocol):
    """Other machines that read logs."""

    def takes(self, file: EvidenceFile) -> bool:
        """Whether they reach the file."""

    def read(self, logs: Sequence[Begun], tell: Progress) -> None:
        """Read the logs, each into its facts."""

    def digests(self, files: Sequence[EvidenceFile]) -> list[str]:
        """The digest of each file; empty for one that cannot be read."""


def read_files(
    files: Sequence[EvidenceFile], progress: Progress | None = None, cluster: Cluster | None = None
) -> list[FileFacts]:
    """Read every file, in parallel blocks.

    Args:
        files: as ``gather`` gives them.
        progress: is told the name of a file and how many bytes of it were read since the last time.
        cluster: reads the logs that it reaches; which format they are in is found here.
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
        away = [file for file in files if cluster and not file.problem and cluster.takes(file)]
        far = {file.path for file in away}
        digests = {
            file.path: blocks.submit(digest_of, file)
            for file in files
            if (not file.problem or file.is_journal) and file.path not in far
        }
        facts = {file.path: FileFacts(file, problem=file.problem) if file.problem else read_document(file) for file in files}
        sessions = {
            file.path: session
            for file in files
            if not file.problem and not facts[file.path].formats and (session := open_session(file))
        }
        facts |= {path: session.facts for path, session in sessions.items()}
        access = [access_format(name, text) for name, text in log_formats(facts.values()) if can_be_read(text)]
        formats = (*access, *LINE_FORMATS)
        left = [file for file in files if not file.problem and not facts[file.path].formats and file.path not in sessions]
        begun = [logs.submit(begin, file, formats) for file in left if file.path in far]
        waiting = {file.path: logs.submit(read_log, file, formats, blocks, tell) for file in left if file.path not in far}
        facts |= {path: read_logs(session, formats) for path, session in sessions.items()}
        if cluster:
            remote = [each.result() for each in begun]
            cluster.read(remote, tell)
            facts |= {own.file.path: own for own, _ in remote}
        facts |= {path: each.result() for path, each in waiting.items()}
        found = {path: each.result() for path, each in digests.items()}
        if cluster:
            found |= zip((file.path for file in away), cluster.digests(away), strict=True)
        for file in files:
            own = facts[file.path]
            own.sha256 = found.get(file.path, "")
            own.problem = what_became(file, own.sha256, own.problem)
    finally:
        logs.shutdown(wait=False, cancel_futures=True)
        blocks.shutdown(wait=False, cancel_futures=True)
    return [facts[file.path] for file in files]


def digest_of(file: EvidenceFile) -> str:
    """The digest, or nothing for a file that cannot be read."""
    try:
        return file.sha256()
    except OSError:
        return ""


def begin(file: EvidenceFile, formats: Sequence[LineFormat]) -> Begun:
    """The facts of a log that is to be read, and the formats of its lines."""
    facts = FileFacts(file)
    chosen: tuple[LineFormat, ...] = ()
    try:
        chosen = recognise(sample_of(file), formats)
    except BROKEN as error:
        facts.problem = broken(file, error)
    facts.formats = tuple(each.name for each in chosen)
    return facts, chosen


def read_log(file: EvidenceFile, formats: Sequence[LineFormat], pool: ThreadPoolExecutor, tell: Progress) -> FileFacts:
    """Read a file that is a log, block by block."""
    facts, chosen = begin(file, formats)
    waiting: list[tuple[int, Future[BlockFacts]]] = []

    def add_next() -> None:
        offset, result = waiting.pop(0)
        add_block(facts, offset, result.result())

    try:
        with file.open() as stream:
            for block in blocks_of(stream, separator_of(chosen)):
                waiting.append((block.offset, pool.submit(read_block, block, chosen)))
                tell(file.name, len(block.raw))
                if len(waiting) > 2 * (cpu_count() or 1):
                    add_next()
    except BROKEN as error:
        facts.problem = broken(file, error)
    while waiting:
        add_next()
    return facts


def separator_of(chosen: Sequence[LineFormat]) -> bytes:
    """What ends an event of a log in these formats."""
    return chosen[0].separator if chosen else b"\n"


def broken(file: EvidenceFile, error: Exception) -> str:
    """What to say of a file that could not be read to its end."""
    if isinstance(error, EOFError) or "end-of-stream" in str(error):
        return "cut short: the compressed data ends early; the lines before that are read"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return f"{'damaged ' + file.compression if file.compression else 'cannot be read'}: {error}; the lines before that are read"
