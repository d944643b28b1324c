"""All files of the evidence, side by side and in blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from os import cpu_count
from threading import Lock
from typing import Final

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
from logcorr.reading.transcripts import open_session, read_logs
from logcorr.storage import Scratch
from logcorr.storage.cache import Cache

Progress = Callable[[str, int], None]
#: of a file with more bytes the requests are stored, not held
LARGE: Final = 64 << 20
#: the facts of a file with more bytes are kept in the cache
KEPT: Final = 8 << 20
#: what compressed logs are smaller by
USUAL_RATIO: Final = 12


def read_files(files: Sequence[EvidenceFile], progress: Progress | None = None, cache: Cache | None = None) -> list[FileFacts]:
    """Read every file, in parallel blocks. The requests of large files are stored, not held.

    Args:
        files: as ``gather`` gives them.
        progress: is told the name of a file and how many bytes of it were read since the last time.
        cache: what it holds is not read again, and what is read is kept there.
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
        facts = {file.path: FileFacts(file, problem=file.problem) if file.problem else read_document(file) for file in files}
        sessions = {
            file.path: session
            for file in files
            if not file.problem and not facts[file.path].formats and (session := open_session(file))
        }
        facts |= {path: session.facts for path, session in sessions.items()}
        known = [(name, text) for name, text in log_formats(facts.values()) if can_be_read(text)]
        formats = (*(access_format(name, text) for name, text in known), *LINE_FORMATS)
        left = [file for file in files if not file.problem and not facts[file.path].formats and file.path not in sessions]
        keys = {
            file.path: cache.key(file, [f"{name} {text}" for name, text in known]) for file in left if cache and is_kept(file)
        }
        kept = {
            file.path: found
            for file in left
            if file.path in keys and cache and (found := remembered(file, cache, keys[file.path]))
        }
        facts |= kept
        digests = {
            file.path: blocks.submit(file.sha256)
            for file in files
            if (not file.problem or file.is_journal) and file.path not in kept
        }
        waiting = {
            file.path: logs.submit(
                read_log, file, formats, blocks, tell, cache.incoming() if file.path in keys and cache else Scratch()
            )
            for file in left
            if file.path not in kept
        }
        facts |= {path: read_logs(session, formats) for path, session in sessions.items()}
        for path, each in waiting.items():
            facts[path], scratch = each.result()
            facts[path].sha256 = digest(digests[path])
            if path in keys and cache and not facts[path].problem:
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


def read_log(
    file: EvidenceFile, formats: Sequence[LineFormat], pool: ThreadPoolExecutor, tell: Progress, scratch: Scratch
) -> tuple[FileFacts, Scratch]:
    """Read a file that is a log, block by block; where its rows were stored, if they were."""
    facts = FileFacts(file, store=scratch.writer if is_large(file) else None)
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
    facts.finish()
    return facts, scratch


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
