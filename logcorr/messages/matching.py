"""Which lines are known messages: one vectorised pass over a block of events.

Who may say what comes first. A program's messages are looked for in its own log, under its own identifier in the journal or
syslog, and inside its own line framing under other identifiers (scripts pass on what they started), never under those of the
service manager and the kernel. Anywhere else the same words are only words.

The cost is proportional to what is distinct: bodies lose the program's own context (the client, the request), equal ones are
looked at once, one expression asks for any anchor, and a message's own expression sees only what holds its anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.families import CAPTURES, TEXT
from logcorr.messages.known import known_programs
from logcorr.messages.program import Message, Program
from logcorr.timings import stage

#: identifiers under which no other program's line is believed
EXCLUSIVE: Final = r"^(?:systemd|kernel)$"

#: sources that hold lines of many programs
SHARED: Final = ("journal", "syslog", "dmesg")
#: where a group of an expression begins
_NAME: Final = r"\(\?P<\w+>"

COLUMNS: Final = ("message_id", "event_name", *CAPTURES)

Positions: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]


@stage("match")
def annotate(log: pa.Table, source: str, *, programs: Sequence[Program] | None = None) -> pa.Table:
    """The events with what they mean: ``message_id``, ``event_name`` and the columns of ``families.CAPTURES``.

    ``log`` has the columns ``service_name`` and ``body`` (and ``severity_text`` where the format knows it).
    ``source`` is the name of its format. Rows keep their order; unknown is null. Captures do not replace what the
    table already states in a column of that name. ``programs`` defaults to the known ones.
    """
    for name in ("service_name", "body"):
        if name not in log.column_names:
            log = log.append_column(name, pa.nulls(log.num_rows, TEXT))
    place = np.full(log.num_rows, -1, np.int64)
    finds: list[pa.Table] = []
    count = 0
    said = _said(log, source, known_programs() if programs is None else programs)
    for program in said.programs:
        for rows, bodies, levels in _eligible(said, source, program, place < 0):
            for level, members in _by_level(program, levels, len(rows)):
                messages = [message for message in program.messages if _at_level(message, level)]
                texts = bodies if members is None else bodies.take(pa.array(members))
                found, index = _match(messages, texts, program.context)
                place[rows if members is None else rows[members]] = np.where(index < 0, -1, index + count)
                finds.append(found)
                count += found.num_rows
    known = pa.concat_tables(finds, promote_options="default") if finds else pa.table({})
    return _with_columns(log, known, pa.array(place, mask=place < 0))


@dataclass(frozen=True, slots=True)
class _Said:
    """What the events of a block say, for all programs at once.

    ``codes`` are the places of their identifiers in ``names`` (its length: none), ``framed`` tells which bodies have the framing of any
    program.
    """

    programs: Sequence[Program]
    log: pa.Table
    bodies: pa.Array
    names: pa.Array
    codes: Positions
    framed: Mask

    def under(self, pattern: str) -> Mask:
        """Which events stand under an identifier that an expression matches."""
        known = np.asarray(pc.match_substring_regex(self.names, pattern))
        return np.append(known, values=False)[self.codes]


def _said(log: pa.Table, source: str, programs: Sequence[Program]) -> _Said:
    """Without programs where none can have said anything."""
    if not log.num_rows or not (source.startswith(SHARED) or any(source in program.sources for program in programs)):
        return _Said((), log, pa.array([], TEXT), pa.array([], TEXT), np.array([], np.int64), np.array([], np.bool_))
    bodies = pc.fill_null(_column(log, "body"), "")
    encoded = _column(log, "service_name").dictionary_encode()
    names = encoded.dictionary.cast(TEXT)
    codes = np.asarray(pc.fill_null(encoded.indices, len(names)))
    framings = [framing for program in programs if source not in program.sources for framing in program.framing]
    framed: Mask = np.zeros(log.num_rows, np.bool_)
    if framings and source.startswith(SHARED):
        said = _Said(programs, log, bodies, names, codes, framed)
        others = np.flatnonzero(~said.under(EXCLUSIVE))
        any_framing = "|".join(f"(?:{re.sub(_NAME, '(?:', framing)})" for framing in framings)
        framed[others] = np.asarray(pc.match_substring_regex(bodies.take(pa.array(others)), any_framing))
    return _Said(programs, log, bodies, names, codes, framed)


def _eligible(said: _Said, source: str, program: Program, free: Mask) -> Iterator[tuple[Positions, pa.Array, pa.Array | None]]:
    """Rows, bodies without framing, and levels (if stated) of what may be the program's word."""
    log, bodies = said.log, said.bodies
    if source in program.sources:
        rows = np.flatnonzero(free)
        levels = _column(log, "severity_text").take(pa.array(rows)) if "severity_text" in log.column_names else None
        yield rows, bodies if len(rows) == len(bodies) else bodies.take(pa.array(rows)), levels
        return
    if not source.startswith(SHARED):
        return
    own = said.under(program.identifiers) & free
    if not program.framing:
        rows = np.flatnonzero(own)
        rows = rows[_of_process(log, rows, program.pid)] if len(rows) else rows
        if len(rows) and program.prefix:
            own[:] = False
            own[rows] = True
            yield from _unframed(bodies, own, program.prefix)
        elif len(rows):
            yield rows, bodies.take(pa.array(rows)), None
        return
    rest = free & ~said.under(EXCLUSIVE)
    for framing in program.framing:
        candidates = np.flatnonzero(rest & said.framed)
        right = np.asarray(pc.match_substring_regex(bodies.take(pa.array(candidates)), framing))
        framed: Mask = np.zeros(len(rest), np.bool_)
        framed[candidates[right]] = True
        yield from _unframed(bodies, framed, framing)
        rest &= ~framed
    if program.prefix:
        yield from _unframed(bodies, rest & own, program.prefix)


def _of_process(log: pa.Table, rows: Positions, pid: int | None) -> Mask:
    """Which of some rows do not state another process than the program's."""
    if pid is None or "process_pid" not in log.column_names:
        return np.ones(len(rows), dtype=bool)
    own = pc.equal(_column(log.select(["process_pid"]).take(pa.array(rows)), "process_pid"), str(pid))
    return np.asarray(pc.fill_null(own, fill_value=True))


def _unframed(bodies: pa.Array, chosen: Mask, framing: str) -> Iterator[tuple[Positions, pa.Array, pa.Array | None]]:
    rows = np.flatnonzero(chosen)
    if len(rows) == 0:
        return
    parts = pc.extract_regex(bodies.take(pa.array(rows)), framing)
    names = [field.name for field in parts.type]
    levels = pc.struct_field(parts, "level") if "level" in names else None
    yield rows, pc.fill_null(pc.struct_field(parts, "body"), ""), levels


def _by_level(program: Program, levels: pa.Array | None, count: int) -> Iterator[tuple[str | None, Positions | None]]:
    """Each level that the lines state, with its members; once without where no message asks (None: all members)."""
    if count == 0:
        return
    if levels is None or not any(message.levels for message in program.messages):
        yield None, None
        return
    encoded = levels.dictionary_encode()
    codes = np.asarray(pc.fill_null(encoded.indices, -1))
    for code in np.unique(codes):
        level = None if code < 0 else encoded.dictionary[int(code)].as_py().lower()
        yield level or None, np.flatnonzero(codes == code)


def _at_level(message: Message, level: str | None) -> bool:
    return not message.levels or level is None or level in message.levels


def _match(messages: Sequence[Message], bodies: pa.Array, context: str) -> tuple[pa.Table, Positions]:
    """What was found, one row a distinct body, and for each body its row (-1: none)."""
    if not messages:
        return pa.table({"message_id": pa.array([], TEXT)}), np.full(len(bodies), -1, np.int64)
    encoded = (_before(bodies, context) if context else bodies).dictionary_encode()
    texts = _before(encoded.dictionary, "\n")
    lookup: Positions = np.full(len(texts), -1, np.int64)
    anchors = "|".join(re.escape(anchor) for anchor in dict.fromkeys(message.anchor for message in messages))
    remaining = np.flatnonzero(np.asarray(pc.match_substring_regex(texts, anchors)))
    texts = texts.take(pa.array(remaining))
    finds: list[pa.Table] = []
    count = 0
    for message in messages:
        if len(remaining) == 0:
            break
        anchored = np.flatnonzero(np.asarray(pc.match_substring(texts, message.anchor)))
        if len(anchored) == 0:
            continue
        hits = texts.take(pa.array(anchored))
        captured = pc.extract_regex(hits, message.pattern)
        taken = np.asarray(pc.is_valid(captured))
        if message.unless:
            taken &= ~np.asarray(pc.match_substring_regex(hits, message.unless))
        if not taken.any():
            continue
        finds.append(_found(message, captured.filter(pa.array(taken))))
        positions = anchored[taken]
        lookup[remaining[positions]] = np.arange(count, count + len(positions))
        count += len(positions)
        left: Mask = np.ones(len(remaining), np.bool_)
        left[positions] = False
        remaining, texts = remaining[left], texts.filter(pa.array(left))
    found = pa.concat_tables(finds, promote_options="default") if finds else pa.table({"message_id": pa.array([], TEXT)})
    return found, lookup[np.asarray(encoded.indices)]


def _found(message: Message, captured: pa.StructArray) -> pa.Table:
    columns = {
        "message_id": pa.repeat(pa.scalar(message.id), len(captured)),
        "event_name": pa.repeat(pa.scalar(message.event_name), len(captured)),
    }
    for field in captured.type:
        texts = pc.struct_field(captured, field.name)
        columns[field.name] = pc.if_else(pc.equal(texts, ""), pa.scalar(None, TEXT), texts)
    return pa.table(columns)


def _with_columns(log: pa.Table, known: pa.Table, place: pa.Array) -> pa.Table:
    """The log with the columns of what was found; ``place`` is the row of ``known``, or null."""
    for name in COLUMNS:
        found = name in known.column_names
        column = known[name].combine_chunks().take(place) if found else pa.nulls(log.num_rows, TEXT)
        at = log.schema.get_field_index(name)
        if at < 0:
            log = log.append_column(name, column)
            continue
        if name in CAPTURES:
            column = pc.coalesce(log[name].cast(TEXT), column)
        log = log.set_column(at, name, column)
    return log


def _before(texts: pa.Array, mark: str) -> pa.Array:
    """Each text up to the first ``mark``."""
    return pc.list_element(pc.split_pattern(texts, mark, max_splits=1), 0)


def _column(log: pa.Table, name: str) -> pa.Array:
    column = log[name].cast(TEXT)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
