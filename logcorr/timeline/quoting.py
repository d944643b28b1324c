"""Cited lines read back from the files, as short as they still show the claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import pyarrow as pa

from logcorr.evidence.blocks import BROKEN
from logcorr.families import FAMILIES
from logcorr.timeline.searching import read_lines
from logcorr.timeline.timeline import Timeline, common

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.reading import FileFacts

LONGEST: Final = 20  # lines of one span
PLACES: Final = pa.schema({"file": pa.string(), "line": pa.int64()})


class Cited(Protocol):
    """What is quoted: the lines of one event, and the words among them that matter."""

    @property
    def file(self) -> str: ...  # noqa: D102
    @property
    def line(self) -> int: ...  # noqa: D102
    @property
    def line_last(self) -> int: ...  # noqa: D102
    @property
    def words(self) -> tuple[str, ...]: ...  # noqa: D102


C = TypeVar("C", bound=Cited)


@dataclass(frozen=True, slots=True)
class Span:
    """Lines ``first_line`` to ``last_line`` (from 1) of ``file``, and what stands there."""

    file: str
    first_line: int
    last_line: int
    text: str


def quote(timeline: Timeline, citations: Iterable[C]) -> dict[C, list[Span]]:
    """The spans of each citation; several where the words that matter stand apart."""
    by_file: dict[str, list[C]] = defaultdict(list)
    for citation in dict.fromkeys(citations):
        by_file[citation.file].append(citation)
    files = {each.file.name: each for each in timeline.files}
    return {
        citation: spans_of(citation, lines)
        for name, cited in by_file.items()
        if name in files
        for citation, lines in zip(cited, lines_of(files[name], cited), strict=True)
    }


def lines_of(facts: FileFacts, cited: Sequence[Cited]) -> list[list[str]]:
    """The lines of each citation; of a file that cannot be entered in the middle (compressed, a binary journal) read once for all."""
    if not (facts.file.compression or facts.file.is_journal):
        return [read_lines(facts, each.line, each.line_last) for each in cited]
    wanted = {line for each in cited for line in range(each.line, each.line_last + 1)}
    last, kept = max(wanted), dict[int, str]()
    try:
        with facts.file.open() as stream:
            for line, raw in enumerate(stream, 1):
                if line in wanted:
                    kept[line] = raw.decode(errors="replace").rstrip("\r\n")
                if line == last:
                    break
    except BROKEN:
        pass  # what could be read before the damage is what there is
    return [[kept[line] for line in range(each.line, each.line_last + 1) if line in kept] for each in cited]


def rows_at(timeline: Timeline, places: Collection[tuple[str, int]]) -> pd.DataFrame:
    """The rows that begin at these files and lines, in order of time, with the columns of ``events``."""
    timeline.connection.register(
        "places", pa.Table.from_pylist([{"file": file, "line": line} for file, line in places], PLACES)
    )
    kept = [
        common(timeline.connection.sql(f"from {family} semi join places using (file, line)").to_arrow_table())
        for family in FAMILIES
    ]
    rows = pa.concat_tables(kept).unify_dictionaries().to_pandas()
    return rows.sort_values("timestamp", kind="stable", ignore_index=True)


def spans_of(citation: Cited, lines: Sequence[str]) -> list[Span]:
    """The lines with the words that matter, or the first ones."""
    marked = [at for word in citation.words for at, line in enumerate(lines) if word in line][
        : LONGEST if len(lines) > 1 else 1
    ]
    if len(lines) > 1 and marked:
        return [
            Span(citation.file, citation.line + at, citation.line + at, lines[at])
            for at in dict.fromkeys(first_marks(citation, lines))
        ]
    kept = lines[:LONGEST]
    return [Span(citation.file, citation.line, citation.line + max(0, len(kept) - 1), "\n".join(kept))] if kept else []


def first_marks(citation: Cited, lines: Sequence[str]) -> list[int]:
    """For each word the last line that begins with it, else the first that holds it."""
    found = []
    for word in citation.words:
        begins = [at for at, line in enumerate(lines) if line.startswith(word)]
        holds = [at for at, line in enumerate(lines) if word in line]
        found += [begins[-1]] if begins else holds[:1]
    return sorted(found)
