"""Access lines cut into cells: at the quotes, then at the blanks, a block at a time and without looking at a line.

A row counts only if it has exactly as many marks as its ``log_format``, which proves that no value holds one, and if every
literal stands where it must.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.log_tokens import GRAMMAR, Literal, Token, Variable, grammar_of, is_listed

#: values that repeat hardly ever: a dictionary of them would cost more than it saves
_UNIQUE: Final = frozenset({"request_id", "http_x_request_id", "msec", "connection"})


@dataclass(frozen=True, slots=True)
class Cells:
    """Pieces of text, each with the mark that ends it; those of a row stand one behind the other, from ``first`` on."""

    texts: pa.Array
    first: np.ndarray

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.first)

    def only(self, rows: np.ndarray) -> Cells:
        """Those of some rows (a mask)."""
        return self if rows.all() else Cells(self.texts, self.first[rows])

    def column(self, at: int) -> pa.Array:
        """The pieces at one place of every row."""
        return self.texts.take(pa.array(self.first + np.int32(at)))

    def equal(self, at: int, text: str) -> np.ndarray:
        """In which rows the piece at this place is this text."""
        wanted: np.ndarray = np.frombuffer(text.encode(), np.uint8)
        _, offsets, data = self.texts.buffers()
        borders: np.ndarray = np.frombuffer(offsets, np.int32)
        begin = borders[self.first + at]
        right: np.ndarray = borders[self.first + at + 1] - begin == len(wanted)
        found: np.ndarray = np.frombuffer(data, np.uint8)
        last = len(found) - 1
        for place, byte in enumerate(wanted):
            right &= found[np.minimum(begin + place, last)] == byte
        return right


def cells_of(texts: pa.Array, mark: str, count: int) -> tuple[Cells, np.ndarray]:
    """Cut texts, each with the mark that ends it, at another mark; and which of them have ``count`` pieces.

    The others are one piece, and so are their rows' cells of no meaning.
    """
    _, offsets, data = texts.buffers()
    borders: np.ndarray = np.frombuffer(offsets, np.int32)[: len(texts) + 1]
    marks: np.ndarray = np.flatnonzero(np.frombuffer(data, np.uint8)[: borders[-1]] == ord(mark)).astype(np.int32)
    found = np.diff(np.searchsorted(marks, borders))
    right: np.ndarray = found == count - 1
    if right.all():
        cuts = np.column_stack([marks.reshape(len(texts), count - 1) + 1, borders[1:]]).ravel()
    else:
        cuts = np.sort(np.concatenate([marks[np.repeat(right, found)] + 1, borders[1:]]))
    pieces = pa.StringArray.from_buffers(len(cuts), pa.py_buffer(np.concatenate([borders[:1], cuts])), data)
    first = np.cumsum(np.where(right, count, 1), dtype=np.int32) - np.where(right, count, 1).astype(np.int32)
    return Cells(pieces, first), right


@dataclass
class Cutter:
    """Cuts the pieces of a block; ``columns`` are the variables found so far.

    ``mark`` and ``raw``: as in ``log_tokens.grammar_of``.
    ``doubtful``: the block holds bytes that cutting passes over and the expression does not, so every value is looked at.
    """

    doubtful: bool
    mark: str = '"'
    raw: bool = False
    columns: dict[str, pa.Array] = field(default_factory=dict)

    def piece(self, words: list[tuple[Token, ...]], cells: Cells, at: int, end: str) -> np.ndarray:
        """Take one piece, which the mark ``end`` ends; returns where its literals stand and its values are as they must."""
        alone = sum(isinstance(token, Variable) for word in words for token in word) == 1
        if len(words) == 1:
            return self.word(words[0], cells, at, end, alone=alone)
        inner, right = cells_of(cells.column(at), " ", len(words))
        if not right.any():
            return right
        if (
            not right.all()
        ):  # rows of another number of words fail their proof; the cells of one that does not keep their places
            inner = Cells(inner.texts, np.where(right, inner.first, inner.first[right.argmax()]))
        for place, word in enumerate(words):
            right = right & self.word(word, inner, place, " " if place < len(words) - 1 else end, alone=alone)
        return right

    def word(self, word: tuple[Token, ...], cells: Cells, at: int, end: str, *, alone: bool) -> np.ndarray:
        """Take one word: at most one variable between two literals."""
        variables = [token for token in word if isinstance(token, Variable)]
        if not variables:
            return cells.equal(at, "".join(token.text for token in word if isinstance(token, Literal)) + end)
        place = word.index(variables[0])
        before = "".join(token.text for token in word[:place] if isinstance(token, Literal))
        after = "".join(token.text for token in word[place + 1 :] if isinstance(token, Literal)) + end
        name = variables[0].name
        texts = cells.column(at)
        # in a word, a comma would end a value of a list; a mark that is no quote leaves quotes to be looked for
        telling = not alone and (is_listed(name) or self.mark != '"')
        grammar = (
            grammar_of(name, self.mark, alone=alone, raw=self.raw) if self.doubtful or telling or name in GRAMMAR else None
        )
        if name in _UNIQUE:
            values, right = between(texts, before, after)
            if grammar is not None:
                right &= matches(values, grammar)
        else:
            encoded = texts.dictionary_encode()
            distinct, right = between(encoded.dictionary, before, after)
            if grammar is not None:
                right &= matches(distinct, grammar)
            values = pa.DictionaryArray.from_arrays(encoded.indices, distinct)
            right = np.ones(len(texts), dtype=bool) if right.all() else right[encoded.indices.to_numpy()]
        self.columns.setdefault(name, values)
        return right


def matches(texts: pa.Array, grammar: str) -> np.ndarray:
    """Which texts are wholly of this grammar."""
    return pc.match_substring_regex(texts, f"^(?:{grammar})$").to_numpy(zero_copy_only=False)


def between(texts: pa.Array, before: str, after: str) -> tuple[pa.Array, np.ndarray]:
    """What stands between two literals, and whether they stand there."""
    right: np.ndarray = np.ones(len(texts), dtype=bool)
    if before:
        right &= pc.starts_with(texts, before).to_numpy(zero_copy_only=False)
    if after:
        right &= pc.ends_with(texts, after).to_numpy(zero_copy_only=False)
        right &= pc.greater_equal(pc.utf8_length(texts), len(before) + len(after)).to_numpy(zero_copy_only=False)
    if before or after:
        texts = pc.utf8_slice_codeunits(texts, len(before), -len(after) if after else None)
    return texts, right
