"""Access lines cut into pieces at the marks of their ``log_format``, a block at a time and without looking at a line.

Most pieces repeat, so each is made a category first, and each distinct one is read once, by an expression in which no value holds a
mark or a blank that stands for one. A clock is cut off from what stands beside it, since times and clients repeat, and hardly ever
together.

A line counts only if it has exactly as many marks as its format, which proves that no value holds one, and if every literal stands
where it must.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.log_tokens import (
    GRAMMAR,
    WIDTHS,
    Literal,
    Token,
    Variable,
    cut_grammar_of,
    expression_of,
    names_of,
    variables_in,
)
from logcorr.formats.tokenise import spread

#: values that repeat hardly ever: a dictionary of them would cost more than it saves
_UNIQUE: Final = frozenset({"request_id", "http_x_request_id"})
#: bytes looked at together: what is found in them stays in the processor's cache
_STEP: Final = 1 << 18
_TAB: Final = 9
_NEWLINE: Final = 10
_BACKSLASH: Final = 92
#: groups of pieces are cut as one where the first lines, so many, have no more distinct texts than that share of them
_SOME: Final = 1000
_TOGETHER: Final = 0.25
#: the end of a text for ``binary_slice``, which fails where there is none
_END: Final = (1 << 31) - 1

Tokens = tuple[Token, ...]


class Group(NamedTuple):
    """Pieces that are taken at once: their tokens, the first of them and the last."""

    tokens: Tokens
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """The lines of a block that have as many marks as their format, in pieces, each with the mark that ends it.

    ``rows`` are their numbers among the ``count`` lines; piece ``at`` of each stands from ``borders[:, at]`` to ``borders[:, at + 1]``.
    """

    data: bytes | pa.Buffer
    count: int
    rows: np.ndarray
    borders: np.ndarray

    def texts(self, begin: np.ndarray, end: np.ndarray) -> pa.Array:
        """What stands between two places of each line, every second one; what stands between those texts is null."""
        borders: np.ndarray = np.empty(2 * len(begin) + 1, np.int32)
        borders[:-1:2], borders[1::2], borders[-1] = begin, end, end[-1]
        there = pa.py_buffer(b"\x55" * (len(begin) // 4 + 1))
        return pa.StringArray.from_buffers(2 * len(begin), pa.py_buffer(borders), pa.py_buffer(self.data), there, len(begin))

    def borders_of(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Where some pieces begin and end, the last of them without its mark."""
        return self.borders[:, first], self.borders[:, last + 1] - np.int32(1)

    def runs(self, groups: Sequence[Group]) -> list[list[Group]]:
        """The groups, those side by side whose values go together in one run, as some lines tell."""
        sample = Pieces(self.data, self.count, self.rows[:_SOME], self.borders[:_SOME])
        runs: list[list[Group]] = []
        for group in groups:
            if runs:
                texts = sample.encoded(*sample.borders_of(runs[-1][0].first, group.last)).dictionary
                if len(texts) <= len(sample.rows) * _TOGETHER:
                    runs[-1].append(group)
                    continue
            runs.append([group])
        return runs

    def encoded(self, begin: np.ndarray, end: np.ndarray) -> pa.DictionaryArray:
        """What stands between two places of each line, as a category."""
        encoded = self.texts(begin, end).dictionary_encode()
        indices: np.ndarray = np.frombuffer(encoded.indices.buffers()[1], np.int32)[: 2 * len(begin) : 2]
        return pa.DictionaryArray.from_arrays(pa.array(indices), encoded.dictionary)


def pieces_of(data: bytes | pa.Buffer, mark: str, count: int) -> Pieces:
    """Cut a block of whole lines at a mark; a line with another number of pieces than ``count`` is left out."""
    letters: np.ndarray = np.frombuffer(data, np.uint8)
    steps = (letters[at : at + _STEP] for at in range(0, len(letters), _STEP))
    found: list[np.ndarray] = [
        np.flatnonzero((step == ord(mark)) | (step == _NEWLINE)) + at * _STEP for at, step in enumerate(steps)
    ]
    marks = np.concatenate(found).astype(np.int32)
    last = np.flatnonzero(letters[marks] == _NEWLINE)
    begins: np.ndarray = np.concatenate([[np.int32(0)], marks[last[:-1]] + np.int32(1)])
    right: np.ndarray = np.diff(last, prepend=-1) == count
    rows: np.ndarray = np.flatnonzero(right).astype(np.int32)
    ends = marks.reshape(-1, count) if len(rows) == len(last) else marks[last[rows][:, None] + np.arange(1 - count, 1)]
    return Pieces(data, len(last), rows, np.column_stack([begins[rows], ends + np.int32(1)]))


def hide_quotes(block: bytes) -> tuple[bytes | pa.Buffer, str] | None:
    """The block with a character that it does not have for each quote behind a backslash that escapes it, and that character.

    The character is empty if there is no such quote; None if no character is left.
    """
    letters: np.ndarray = np.frombuffer(block, np.uint8)
    slashes = np.flatnonzero(letters == _BACKSLASH)
    places: np.ndarray = np.arange(len(slashes))
    first = np.maximum.accumulate(np.where(np.diff(slashes, prepend=-2) > 1, places, 0))
    quotes = slashes[(places - first) % 2 == 0] + 1
    quotes = quotes[letters[quotes] == ord('"')]
    if not len(quotes):
        return block, ""
    unused = next((code for code in range(1, _TAB) if bytes([code]) not in block), None)
    if unused is None:
        return None
    letters = letters.copy()
    letters[quotes] = unused
    return pa.py_buffer(letters), chr(unused)


def within(texts: pa.Array, mark: str, count: int) -> Pieces:
    """Cut texts, each of ``count`` pieces, the last without its mark."""
    _, offsets, data = texts.buffers()
    borders: np.ndarray = np.frombuffer(offsets, np.int32)[: len(texts) + 1]
    marks = np.flatnonzero(np.frombuffer(data, np.uint8)[: borders[-1]] == ord(mark)).reshape(len(texts), count - 1)
    borders = np.column_stack([borders[:-1], marks + 1, borders[1:] + 1]).astype(np.int32)
    return Pieces(data, len(texts), np.arange(len(texts), dtype=np.int32), borders)


@dataclass
class Cutter:
    """Takes the pieces of a block apart; ``columns`` are the variables found so far.

    ``mark`` and ``raw``: as in ``log_tokens.grammar_of``.
    ``escaped``: the block holds backslashes.
    ``hidden``: what stands in the block for marks that are part of a value; nothing if there are none.
    """

    pieces: Pieces
    mark: str = '"'
    raw: bool = False
    escaped: bool = False
    hidden: str = ""
    columns: dict[str, pa.Array] = field(default_factory=dict)

    def take(self, groups: Sequence[Group]) -> np.ndarray:
        """Take all pieces; returns in which lines the literals stand and the values are as they must."""
        proved: np.ndarray = np.ones(len(self.pieces.rows), dtype=bool)
        for run in self.pieces.runs(groups):
            for columns, right in [self.several(run)] if len(run) > 1 else self.one(*run):
                proved &= right
                self.columns = columns | self.columns
        return proved

    def several(self, run: Sequence[Group]) -> tuple[dict[str, pa.Array], np.ndarray]:
        """The variables of groups whose values go together, and which lines are such: each distinct text is cut once."""
        first = run[0].first
        encoded = self.pieces.encoded(*self.pieces.borders_of(first, run[-1].last))
        inner = within(encoded.dictionary, self.mark, run[-1].last + 1 - first)
        cutter = Cutter(inner, self.mark, self.raw, self.escaped, self.hidden)
        proved: np.ndarray = np.ones(len(inner.rows), dtype=bool)
        for tokens, begin, end in run:
            for columns, right in cutter.one(Group(tokens, begin - first, end - first)):
                proved &= right
                cutter.columns = columns | cutter.columns
        columns = {name: spread(values, encoded.indices) for name, values in cutter.columns.items()}
        return columns, proved[encoded.indices.to_numpy()]

    def one(self, group: Group) -> Iterator[tuple[dict[str, pa.Array], np.ndarray]]:
        """The same of one group, or of its parts."""
        alone = variables_in(group.tokens) == 1
        for tokens, begin, end in sections(group.tokens, *self.pieces.borders_of(group.first, group.last)):
            if alone and not _UNIQUE.isdisjoint(names_of(tokens)):
                yield self.between(tokens, self.pieces.texts(begin, end).drop_null())
                continue
            encoded = self.pieces.encoded(begin, end)
            found, right = self.read(tokens, encoded.dictionary, alone=alone)
            columns = {name: spread(values, encoded.indices) for name, values in found.items()}
            yield columns, right[encoded.indices.to_numpy()]

    def read(self, tokens: Tokens, texts: pa.Array, *, alone: bool) -> tuple[dict[str, pa.Array], np.ndarray]:
        """The variables in texts of these tokens, and which texts are such; ``alone``: as in ``log_tokens.grammar_of``."""
        texts = pc.replace_substring(texts, self.hidden, self.mark) if self.hidden else texts
        names = names_of(tokens)
        if len(tokens) == 1 and alone and names[0] not in GRAMMAR and not self.escaped:
            return {names[0]: texts}, np.ones(len(texts), dtype=bool)
        grammars = {name: cut_grammar_of(name, self.mark, alone=alone, raw=self.raw) for name in names}
        found = pc.extract_regex(texts, f"^{expression_of(tokens, grammars, names, set())}$")
        right = pc.is_valid(found).to_numpy(zero_copy_only=False)
        values = {name: pc.struct_field(found, at) for at, name in enumerate(names)}
        return values if right.all() else {name: pc.fill_null(each, "") for name, each in values.items()}, right

    def between(self, tokens: Tokens, texts: pa.Array) -> tuple[dict[str, pa.Array], np.ndarray]:
        """The same of texts with one variable, of no grammar, that differ."""
        (name,) = names_of(tokens)
        place = tokens.index(Variable(name))
        before, after = (
            "".join(token.text for token in part if isinstance(token, Literal))
            for part in (tokens[:place], tokens[place + 1 :])
        )
        first, last = len(before.encode()), len(after.encode())
        right = pc.greater_equal(pc.binary_length(texts), first + last)
        if before:
            right = pc.and_(right, pc.starts_with(texts, before))
        if after:
            right = pc.and_(right, pc.ends_with(texts, after))
        values = pc.binary_slice(texts.cast(pa.binary()), first, -last or _END)
        if self.escaped:
            right = pc.and_not(right, pc.match_substring(values, "\\"))
        values = values if pc.all(right).as_py() else pc.if_else(right, values, pa.scalar(b""))
        return {name: values.cast(pa.string())}, right.to_numpy(zero_copy_only=False)


def sections(tokens: Tokens, begin: np.ndarray, end: np.ndarray) -> Iterator[tuple[Tokens, np.ndarray, np.ndarray]]:
    """The tokens in one or two runs, a clock apart from what stands before or behind it, and where these begin and end."""
    for way in (-1, 1):
        widths = list(takewhile(lambda width: width is not None, map(width_of, tokens[::way])))
        at = len(widths) if way > 0 else len(tokens) - len(widths)
        if not 0 < at < len(tokens) or not names_of(tokens[:at] if way > 0 else tokens[at:]):
            continue
        width = np.int32(sum(width for width in widths if width is not None))
        middle = np.minimum(begin + width, end) if way > 0 else np.maximum(end - width, begin)
        yield tokens[:at], begin, middle
        yield tokens[at:], middle, end
        return
    yield tokens, begin, end


def width_of(token: Token) -> int | None:
    """How many bytes a token has; None where that is not always the same."""
    return len(token.text.encode()) if isinstance(token, Literal) else WIDTHS.get(token.name)
