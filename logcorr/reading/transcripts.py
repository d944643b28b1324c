"""Several commands in one file, each after its prompt or heading: every part is read as the document or log that it is.

A file is such a session only if its first line that is not blank is a heading with a command that is known (``prompts``), or what
``script`` or a login writes above the first prompt; a file that is a document as a whole stays one. Within it, a part belongs to one
writer as a file does: what a log quotes further down is a part of its own only where it stands behind a heading in the style of the
session. What ``script`` and ``exit`` say of themselves is no part.

Lines are those of the whole file. The host of the prompt (or of ``ssh``) is that of the facts below it, where they name none. Headings are
continuation; lines that nobody knows are unparsed, and the reason names the command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import Block, EvidenceFile, head_of, text_of
from logcorr.evidence.blocks import BROKEN
from logcorr.formats.grammar import LineFormat
from logcorr.reading.blocks import read_block
from logcorr.reading.documents import add_document, document_of
from logcorr.reading.facts import FileFacts, add_block, moved
from logcorr.reading.prompts import PROMPTS, SHELL, Heading, boxed, heading_of, is_known, opens_session, plain, run_by
from logcorr.reading.recognise import SAMPLE_LINES, recognise

#: what ``script`` writes at the beginning and the end of a typescript
SCRIPT: Final = re.compile(r"Script (?:started|done)(?:,| on ).*")
#: what stands above the first prompt of a session as it was recorded or copied; a message of the day may follow
GREETING: Final = re.compile(r"Script started(?:,| on ).*|Last login: [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d .*")
BARE_MINUTE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d", re.ASCII)
FAREWELLS: Final = frozenset({"exit", "logout", ""})
#: a part may be a session itself: ``tail`` of several files
DEEPEST: Final = 3
#: lines before the first heading that are looked at
HEAD_LINES: Final = 50
HEAD_BYTES: Final = 64 << 10
SESSION_BYTES: Final = 128 << 20


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below one heading: ``start`` lines of the file come before it."""

    heading: Heading
    start: int
    lines: Sequence[str]


@dataclass
class Session:
    """A file of several parts; its logs wait until the access formats of all configurations are known."""

    facts: FileFacts
    logs: list[Section] = field(default_factory=list)


def sections_of(lines: Sequence[str]) -> list[Section]:
    """The parts of a session, in order; none where it is no session."""
    filled = [at for at, line in enumerate(lines[:HEAD_LINES]) if line.strip()]
    recorded = bool(filled) and GREETING.fullmatch(plain(lines[filled[0]]))
    found = next(((at, each) for at in (filled if recorded else filled[:1]) if (each := opening_at(lines, at))), None)
    if found is None:
        return []
    first, opening = found
    box = boxed(lines, first)
    heads = list(boxes(lines, first, opening.style) if box else headings(lines, first, opening.style))
    ends = [at for at, _, _ in heads[1:]] + [len(lines)]
    return [Section(heading, below, lines[below:end]) for (_, below, heading), end in zip(heads, ends, strict=True)]


def opening_at(lines: Sequence[str], at: int) -> Heading | None:
    """The heading in a line that makes the file a session."""
    heading = boxed(lines, at) or heading_of(lines[at])
    return heading if heading and opens_session(heading) else None


def headings(lines: Sequence[str], first: int, style: str) -> Iterator[tuple[int, int, Heading]]:
    """Each heading with its place and that of the line below it; a command that is continued is one."""
    at = first
    while at < len(lines):
        heading = heading_of(lines[at], style)
        below = at + 1
        if heading:
            while plain(lines[below - 1]).endswith("\\") and heading.command and below < len(lines):
                below += 1
            yield at, below, heading
        at = below


def boxes(lines: Sequence[str], first: int, style: str) -> Iterator[tuple[int, int, Heading]]:
    """The same for headings between two rules."""
    at = first
    while at < len(lines):
        heading = boxed(lines, at)
        if heading and heading.style == style:
            yield at, at + 3, heading
            at += 3
        else:
            at += 1


def open_session(file: EvidenceFile) -> Session | None:
    """Read the documents of a file of several parts; None where it is none."""
    if file.is_journal:
        return None
    try:
        with file.open() as stream:
            head = head_of(stream, HEAD_BYTES).decode(errors="replace").removeprefix("\ufeff")
        if not sections_of(head.split("\n")):
            return None
        with file.open() as stream:
            text = text_of(stream, SESSION_BYTES)
    except BROKEN:
        return None
    return read_session(FileFacts(file), text.split("\n")[:-1]) if text else None


def read_session(facts: FileFacts, lines: Sequence[str]) -> Session:
    """Read the documents of a session."""
    sections = sections_of(lines)
    session = Session(facts)
    facts.lines = len(lines)
    facts.block_starts = [(1, 0)]
    kept: np.ndarray = np.zeros(len(lines), dtype=bool)  # lines of parts; the others are headings
    read_sections(session, sections, kept, 1)
    outside = [line for line, inside in zip(lines, kept, strict=True) if not inside]
    facts.blank += sum(not line.strip() for line in outside)
    facts.continuation += sum(bool(line.strip()) for line in outside)
    return session


def read_sections(session: Session, sections: Sequence[Section], kept: np.ndarray, depth: int) -> None:
    """Read what is a document in each part, and leave the others for later."""
    for each in sections:
        texts = [plain(line) for line in each.lines]
        end = len(texts)
        while end and (not texts[end - 1] or SCRIPT.fullmatch(texts[end - 1])):
            end -= 1
        section = Section(each.heading, each.start, as_said(each.heading.command, texts[:end]))
        if not any(section.lines) or (section.heading.command in FAREWELLS and set(section.lines) <= FAREWELLS):
            continue
        session.facts.commands += 1
        if format_ := document_of(section.lines):
            part = FileFacts(session.facts.file)
            add_document(part, format_, section.lines)
            merge(session.facts, part, section)
        elif depth < DEEPEST and (inner := sections_of(section.lines)):
            moved_on = [
                Section(
                    Heading(one.heading.style, one.heading.command, one.heading.host or each.heading.host),
                    each.start + one.start,
                    one.lines,
                )
                for one in inner
            ]
            session.facts.commands -= 1
            read_sections(session, moved_on, kept, depth + 1)
            continue
        else:
            session.logs.append(section)
        kept[section.start : section.start + len(section.lines)] = True


def as_said(command: str, lines: Sequence[str]) -> Sequence[str]:
    """The lines, with the words that only the command tells: the bare time of ``uptime -s`` is that of the boot."""
    words, _ = run_by(command.split())
    if words[:2] != ["uptime", "-s"] or len(lines) != 1 or not BARE_MINUTE.match(lines[0]):
        return lines
    return [f"         system boot  {lines[0]}"]


def read_logs(session: Session, formats: Sequence[LineFormat]) -> FileFacts:
    """Read the logs of a session; the file's facts are then complete."""
    facts = session.facts
    for section in session.logs:
        part = FileFacts(facts.file)
        spread = section.lines[:: max(1, len(section.lines) // (3 * SAMPLE_LINES))]
        chosen = recognise(spread if len(section.lines) > 3 * SAMPLE_LINES else section.lines, formats)
        block = Block("".join(f"{line}\n" for line in section.lines).encode(errors="replace"), 1)
        add_block(part, 0, read_block(block, chosen))
        part.unparsed = [with_reason(table, section.heading) for table in part.unparsed]
        merge(facts, part, section)
    session.logs = []
    facts.formats = tuple(name for name, _ in facts.counts.most_common())
    return facts


def merge(facts: FileFacts, part: FileFacts, section: Section) -> None:
    """Join what a part gave to what the file gave, its lines counted from the beginning of the file."""
    for family, tables in part.tables.items():
        for table in tables:
            facts.tables.setdefault(family, []).append(on_host(moved(table, section.start), section.heading.host))
    facts.blank += part.blank
    facts.continuation += part.continuation
    facts.fallback += part.fallback
    facts.counts.update(part.counts)
    facts.unparsed += [moved(table, section.start) for table in part.unparsed]


def on_host(table: pa.Table, host: str | None) -> pa.Table:
    """The table with the host where its rows name none."""
    if host is None:
        return table
    if "host_name" not in table.column_names:
        return table.append_column("host_name", pa.repeat(pa.scalar(host), table.num_rows))
    filled = pc.fill_null(pc.cast(table["host_name"], pa.string()), host)
    return table.set_column(table.column_names.index("host_name"), "host_name", filled)


def with_reason(table: pa.Table, heading: Heading) -> pa.Table:
    """Refused lines with a reason that names the command."""
    typed = heading.style in PROMPTS or heading.style == SHELL or is_known(heading.command)
    known = "the output of" if typed else "what stands below"
    reason = f"{known} {heading.command!r} is in no known format" if heading.command else "no known format takes this line"
    column = table.schema.get_field_index("reason")
    return table.set_column(column, table.schema.field(column), pa.repeat(pa.scalar(reason), table.num_rows))
