r"""nginx's ``log_format``: from its text to a grammar of access lines.

The text is the one of the configuration, joined: ``$remote_addr - $remote_user [$time_local] "$request" $status ...``. Two ways
read a block of lines, and give equal columns on every line that both take:

- by cutting: at the quotes, then at the blanks, with quoting off. A line is read so only if it has exactly as many quotes and
  blanks as the format, which proves that no value holds one, and if every literal stands where it must;
- by one expression in RE2's syntax (linear time): any line, about ten times slower. It is for the lines that fail that proof
  (user names with blanks, upstreams that were tried in turn: "a, b") and for blocks with escaped quotes.

Variables and escaping: https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format,
``src/http/modules/ngx_http_log_module.c`` (``ngx_http_log_escape``: ``\xXX`` by default, JSON's escapes with ``escape=json``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import line_starts
from logcorr.formats.tokenise import unescape_json

COMBINED: Final = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
COMMON: Final = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

#: grammars of variables that may hold a blank, or that decide whether a line is one of this format
_GRAMMAR: Final = {
    "remote_user": r".*?",
    "local_second": r"\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}",
    "local_offset": r"[+-]\d{4}",
    "time_iso8601": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[+-]\d{2}:\d{2}|Z)",
    "msec": r"\d{10}\.\d{3}",
    "status": r"\d{3}",
}
_LIST = r"[^\s\",]*(?:(?:, | : )[^\s\",]*)*"
_QUOTED = r"[^\"\\]*(?:\\.[^\"\\]*)*"
_WORD = r"[^\s\"]*"

#: values that repeat hardly ever: a dictionary of them would cost more than it saves
_UNIQUE: Final = frozenset({"request_id", "http_x_request_id", "msec", "connection"})


#: bytes that end a word, or hide a quote, in the expression alone
_DOUBTFUL: Final = (b"\\", b"\t", b"\f")


def grammar_of(name: str, *, alone: bool) -> str:
    """The grammar of a variable's value; ``alone``: no other stands between the same quotes."""
    if name in _GRAMMAR:
        return _GRAMMAR[name]
    return _QUOTED if alone else _LIST if name.startswith("upstream_") else _WORD


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands in every line."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A value; ``name`` is nginx's, without the dollar."""

    name: str


Token = Literal | Variable


def tokens_of(text: str) -> tuple[Token, ...]:
    """The format's literals and variables in order; ``$time_local`` becomes its two words."""
    text = text.replace("${time_local}", "$time_local").replace("$time_local", "$local_second $local_offset")
    tokens: list[Token] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > at:
            tokens.append(Literal(text[at : found.start()]))
        tokens.append(Variable(found.group(1) or found.group(2)))
        at = found.end()
    if at < len(text):
        tokens.append(Literal(text[at:]))
    return tuple(tokens)


def split_at(tokens: tuple[Token, ...], mark: str) -> list[tuple[Token, ...]]:
    """The tokens between the places where ``mark`` stands in a literal."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if isinstance(token, Variable):
            parts[-1].append(token)
            continue
        first, *others = token.text.split(mark)
        if first:
            parts[-1].append(Literal(first))
        parts.extend([Literal(other)] if other else [] for other in others)
    return [tuple(part) for part in parts]


@dataclass(frozen=True)
class LogFormat:
    """A compiled ``log_format``; ``text`` may begin with ``escape=json`` or ``escape=none``."""

    text: str

    @property
    def is_json(self) -> bool:
        """Whether values carry JSON's escapes."""
        return self.text.startswith("escape=json")

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Literals and variables in order."""
        return tokens_of(re.sub(r"^escape=\w+\s*", "", self.text))

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in order of first appearance."""
        return tuple(dict.fromkeys(token.name for token in self.tokens if isinstance(token, Variable)))

    @cached_property
    def pieces(self) -> list[tuple[Token, ...]]:
        """The tokens between the quotes."""
        return split_at(self.tokens, '"')

    @cached_property
    def pattern(self) -> str:
        """The expression that takes any line of this format; group ``v0`` is the first variable."""
        seen: set[str] = set()
        pieces = []
        for piece in self.pieces:
            alone = sum(isinstance(token, Variable) for token in piece) == 1
            pieces.append("".join(self._expression(token, seen, alone=alone) for token in piece))
        return "^" + '"'.join(pieces) + r"\r?$"

    def _expression(self, token: Token, seen: set[str], *, alone: bool) -> str:
        if isinstance(token, Literal):
            return re.escape(token.text)
        grammar = grammar_of(token.name, alone=alone)
        name = f"v{self.variables.index(token.name)}"
        if name in seen:
            return f"(?:{grammar})"
        seen.add(name)
        return f"(?P<{name}>{grammar})"

    @cached_property
    def _words(self) -> list[list[tuple[Token, ...]]] | None:
        """The words of each piece, cut at blanks; None where a word holds two variables and cannot be cut.

        A piece with one variable at most is one word: the variable is what stands between its literals, blanks or not.
        """
        result = []
        for piece in self.pieces:
            alone = sum(isinstance(token, Variable) for token in piece) <= 1
            result.append([piece] if alone else split_at(piece, " "))
        variables = [sum(isinstance(token, Variable) for token in word) for words in result for word in words]
        return None if max(variables, default=0) > 1 else result

    def read(self, lines: pa.Array) -> pa.Table:
        """The variables of the lines of this format as text, one column each, with ``row`` (int32): the exact way."""
        found = pc.extract_regex(lines, self.pattern)
        taken = pc.is_valid(found)
        found = found.filter(taken)
        columns = {name: pc.struct_field(found, f"v{at}") for at, name in enumerate(self.variables)}
        if self.is_json:
            columns = {name: unescape_json(texts) for name, texts in columns.items()}
        return pa.table({"row": pc.indices_nonzero(taken).cast(pa.int32()), **columns})

    def cut(self, block: bytes) -> tuple[pa.Table, int] | None:
        """The same of a block of whole lines, by cutting, without the lines that fail the proof, and how many lines there are.

        None where the block cannot be cut at all: the format has two variables in one word, or the block has line ends that are
        not newlines alone.
        """
        pieces = self._words
        if pieces is None or len(pieces) == 1 or b"\r" in block or (b"\\" in block and self._may_hide_quotes(block)):
            return None
        starts = line_starts(block).astype(np.int32)
        count = len(starts) - 1
        lines = pa.StringArray.from_buffers(count, pa.py_buffer(starts), pa.py_buffer(block))
        cells, right = cells_of(lines, '"', len(pieces))
        if not right.any():
            return None
        cells = cells.only(right)
        columns: dict[str, pa.Array] = {}
        proved: np.ndarray = np.ones(cells.rows, dtype=bool)
        doubtful = any(mark in block for mark in _DOUBTFUL)
        for at, words in enumerate(pieces):
            end = '"' if at < len(pieces) - 1 else "\n"
            proved &= cut_words(words, cells, at, end, columns, doubtful=doubtful)
        if not proved.any():
            return None
        rows = np.flatnonzero(right).astype(np.int32)
        table = pa.table({"row": rows, **{name: columns[name] for name in self.variables}})
        return (table if proved.all() else table.filter(pa.array(proved))), count

    def _may_hide_quotes(self, block: bytes) -> bool:
        return self.is_json or b'\\"' in block


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


def cut_words(
    words: list[tuple[Token, ...]], cells: Cells, at: int, end: str, columns: dict[str, pa.Array], *, doubtful: bool
) -> np.ndarray:
    """Put the variables of one piece into ``columns``; returns where its literals stand and its values are as they must.

    ``end`` is the mark that ends the piece. ``doubtful``: the block holds bytes that cutting passes over and the expression does
    not, so every value is looked at.
    """
    variables = sum(isinstance(token, Variable) for word in words for token in word)
    if len(words) == 1:
        return cut_word(words[0], cells, at, end, columns, alone=variables == 1, doubtful=doubtful)
    inner, right = cells_of(cells.column(at), " ", len(words))
    if not right.any():
        return right
    if not right.all():  # rows of another number of words fail their proof; the cells of one that does not keep their places
        inner = Cells(inner.texts, np.where(right, inner.first, inner.first[right.argmax()]))
    for place, word in enumerate(words):
        ends = " " if place < len(words) - 1 else end
        right = right & cut_word(word, inner, place, ends, columns, alone=variables == 1, doubtful=doubtful)
    return right


def cut_word(
    word: tuple[Token, ...], cells: Cells, at: int, end: str, columns: dict[str, pa.Array], *, alone: bool, doubtful: bool
) -> np.ndarray:
    """One word: at most one variable between two literals."""
    variables = [token for token in word if isinstance(token, Variable)]
    if not variables:
        return cells.equal(at, "".join(token.text for token in word if isinstance(token, Literal)) + end)
    place = word.index(variables[0])
    before = "".join(token.text for token in word[:place] if isinstance(token, Literal))
    after = "".join(token.text for token in word[place + 1 :] if isinstance(token, Literal)) + end
    name = variables[0].name
    texts = cells.column(at)
    listed = not alone and name.startswith("upstream_")  # in a word, a comma would end a value of a list
    grammar = grammar_of(name, alone=alone) if doubtful or listed or name in _GRAMMAR else None
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
    columns.setdefault(name, values)
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
