"""Text looked for in the lines of the evidence, as they stand there, in blocks and in linear time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.errors import LogcorrError
from logcorr.evidence import blocks_of
from logcorr.evidence.blocks import BROKEN
from logcorr.reading import FileFacts
from logcorr.reading.blocks import lines_of


class SearchError(LogcorrError):
    """An expression that is none."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: a literal text, or an expression of RE2.

    Raises:
        SearchError: the expression is not RE2's.
    """

    text: str
    is_expression: bool = False

    def __post_init__(self) -> None:
        try:
            self.matches(pa.array([""]))
        except pa.ArrowInvalid as error:
            hint = "RE2's syntax: no look-around, no back-reference; without --regex the text is taken literally"
            raise SearchError(
                f"not an expression: {self.text!r}: {str(error).removeprefix('Invalid regular expression: ')}", hint=hint
            ) from None

    def matches(self, lines: pa.Array) -> pa.Array:
        """Whether each line holds it."""
        return (pc.match_substring_regex if self.is_expression else pc.match_substring)(lines, self.text)


#: file and first line of an event, and the first of its lines that holds what was looked for
HITS: Final = pa.schema({"file": pa.string(), "line": pa.int64(), "found": pa.string()})


def heads_with(files: Sequence[FileFacts], events: pa.Table, search: Search) -> pa.Table:
    """Those events among whose lines the search finds something, with ``HITS``.

    ``events`` has ``file``, ``line`` and ``line_last``, in order. A file is read from the block of its first event to its last.
    """
    known = {each.file.name: each for each in files}
    names, first, last = events["file"].to_pylist(), events["line"].to_numpy(), events["line_last"].to_numpy()
    borders = [at for at in range(len(names)) if at == 0 or names[at] != names[at - 1]]
    found = [HITS.empty_table()]
    for begin, end in zip(borders, [*borders[1:], len(names)], strict=True):
        heads, tails = first[begin:end], np.maximum(first[begin:end], last[begin:end])
        numbers, texts = lines_with(known[names[begin]], search, int(heads[0]), int(tails.max()))
        after = np.asarray(np.searchsorted(numbers, heads))
        hit: np.ndarray = after < len(numbers)
        hit[hit] = numbers[after[hit]] <= tails[hit]
        kept = [pa.repeat(names[begin], int(hit.sum())), pa.array(heads[hit]), texts.take(pa.array(after[hit]))]
        found.append(pa.table(kept, schema=HITS))
    return pa.concat_tables(found)


def lines_with(facts: FileFacts, search: Search, first: int, last: int) -> tuple[np.ndarray, pa.Array]:
    """The lines between two that hold the text: their numbers, in order, and themselves."""
    numbers: list[np.ndarray] = [np.array([], np.int64)]
    texts: list[pa.Array] = [pa.array([], pa.string())]
    for line, lines in blocks_between(facts, first, last):
        which = np.flatnonzero(search.matches(lines).to_numpy(zero_copy_only=False))
        numbers.append(which + line)
        texts.append(lines.take(pa.array(which)))
    return np.concatenate(numbers), pa.concat_arrays(texts)


def texts_of(facts: FileFacts, wanted: np.ndarray) -> dict[int, str]:
    """Lines of a file by their numbers, which are in order; read in one pass."""
    found: dict[int, str] = {}
    for line, lines in blocks_between(facts, int(wanted[0]), int(wanted[-1])) if len(wanted) else ():
        own = wanted[(wanted >= line) & (wanted < line + len(lines))]
        found.update(zip(own.tolist(), lines.take(pa.array(own - line)).to_pylist(), strict=True))
    return found


def blocks_between(facts: FileFacts, first: int, last: int) -> Iterator[tuple[int, pa.Array]]:
    """The blocks of a file that hold its lines ``first`` to ``last``: the number of the first line of each, and its lines."""
    line, offset = max((start for start in facts.block_starts if start[0] <= first), default=(1, 0))
    try:
        with facts.file.open() as stream:
            if offset and not facts.file.compression and not facts.file.is_journal:
                stream.seek(offset)
            else:
                line = 1
            for block in blocks_of(stream):
                lines = lines_of(block.text())
                if line + len(lines) > first:
                    yield line, lines
                line += len(lines)
                if line > last:
                    return
    except BROKEN:
        return  # what could be read before the damage is what there is


def read_lines(facts: FileFacts, first: int, last: int) -> list[str]:
    """Lines of a file, read again from the block that holds the first of them."""
    line, offset = max((start for start in facts.block_starts if start[0] <= first), default=(1, 0))
    found: list[str] = []
    try:
        with facts.file.open() as stream:
            if offset and not facts.file.compression:
                stream.seek(offset)
            else:
                line = 1
            for raw in stream:
                if line >= first:
                    found.append(raw.decode(errors="replace").rstrip("\r\n"))
                line += 1
                if line > last:
                    break
    except BROKEN:
        pass  # what could be read before the damage is what there is
    return found
