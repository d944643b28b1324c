"""Files that are read as a whole: what a command printed, and configurations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import EvidenceFile, text_of
from logcorr.evidence.blocks import BROKEN
from logcorr.families import CLOCK, FAMILIES
from logcorr.formats.apache_log_format import in_variables
from logcorr.formats.grammar import DocumentFormat, Fact
from logcorr.formats.table import DOCUMENT_FORMATS
from logcorr.messages import annotate
from logcorr.reading.facts import FileFacts, place

DOCUMENT_BYTES: Final = 2 << 20


def log_formats(facts: Iterable[FileFacts]) -> list[tuple[str, str]]:
    """Name and text of each access log's format in the configurations of nginx and Apache; of equal names the later are numbered."""
    found: dict[str, str] = {}
    for document in facts:
        for table in document.tables.get("configuration", ()):
            for row in table.filter(pc.is_in(table["key"], pa.array(["log_format", "LogFormat"]))).to_pylist():
                text = row["value"] if row["key"] == "log_format" else in_variables(row["value"])
                if text and text not in found:
                    found[text] = row["subject"]
    names: list[tuple[str, str]] = []
    for text, name in found.items():
        same = sum(1 for other in list(found.values())[: len(names)] if other == name)
        names.append((f"{name}-{same + 1}" if same else name, text))
    return names


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
    if format_ := document_of(lines):
        add_document(facts, format_, lines)
    return facts


def document_of(lines: Sequence[str]) -> DocumentFormat | None:
    """The format of a document, if it is one."""
    return next((each for each in DOCUMENT_FORMATS if each.recognise(lines)), None)


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
