r"""``log_format``: from its text to a grammar of access lines.

The text is the one of the configuration, joined: ``$remote_addr - $remote_user [$time_local] "$request" $status ...``. Two ways
read a block of lines, and give equal columns on every line that both take:

- by cutting: at the quotes (or, where the format has none, at the tabs or bars between its values), with quoting off and escaped
  quotes hidden. A line is read so only if it has exactly as many of them as the format, which proves that no value holds one, and if
  between them stands what must, no more blanks included;
- by an expression in RE2's syntax (linear time): any line, several times slower. It is for the lines that fail that proof
  (user names with blanks, upstreams that were tried in turn and stand without quotes: a, b).

Where values stand side by side, or hold what stands between them, a line is read by two expressions: in one each value is as short
as it can be, in the other as long. Only if both find the same is there but one way to read the line; else it is refused.

Values come out unescaped (see ``escapes``), whatever the format's ``escape=``.

Variables and escaping: https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.cutting import Cutter, Group, hide_quotes, pieces_of
from logcorr.formats.escapes import unescape_bytes, unescape_json, unescaped
from logcorr.formats.log_tokens import (
    Literal,
    Token,
    expression_of,
    grammar_of,
    names_of,
    shape_of,
    split_at,
    tokens_of,
    variables_in,
)

COMBINED: Final = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
COMMON: Final = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'

#: what may stand between values where no quotes do
_MARKS: Final = '"\t|;'
_ESCAPE: Final = re.compile(r"escape=(\w+) ?")


@dataclass(frozen=True)
class LogFormat:
    """A compiled ``log_format``; ``text`` may begin with ``escape=json`` or ``escape=none``."""

    text: str

    @cached_property
    def escape(self) -> str:
        """How values are escaped: ``default``, ``json`` or ``none``."""
        found = _ESCAPE.match(self.text)
        return found[1] if found else "default"

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Literals and variables in order."""
        return tokens_of(_ESCAPE.sub("", self.text, count=1) if self.text.startswith("escape=") else self.text)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in order of first appearance."""
        return tuple(names_of(self.tokens))

    @cached_property
    def mark(self) -> str:
        """What stands between its values and is no blank: quotes if it has any."""
        literals = [token.text for token in self.tokens if isinstance(token, Literal)]
        return next((mark for mark in _MARKS if any(mark in text for text in literals)), '"')

    @cached_property
    def pieces(self) -> list[tuple[Token, ...]]:
        """The tokens between the marks."""
        return split_at(self.tokens, self.mark)

    @cached_property
    def separable(self) -> bool:
        """Whether marks and blanks tell where each value ends: no two stand in one word."""
        many = [piece for piece in self.pieces if variables_in(piece) > 1]
        return all(variables_in(word) <= 1 for piece in many for word in split_at(piece, " "))

    @cached_property
    def _groups(self) -> list[Group]:
        """The pieces; text alone is taken with the value beside it."""
        groups: list[Group] = []
        for at, piece in enumerate(self.pieces):
            if groups and variables_in((*groups[-1].tokens, *piece)) <= 1:
                before = groups.pop()
                groups.append(Group((*before.tokens, Literal(self.mark), *piece), before.first, at))
            else:
                groups.append(Group(piece, at, at))
        return groups

    @cached_property
    def pattern(self) -> str:
        """The expression that takes any line of this format, and of two readings the one with the longer values in front."""
        return self._loose(greedy=True)

    @cached_property
    def shortest(self) -> str:
        """The same, with the shorter values in front."""
        return self._loose(greedy=False)

    @cached_property
    def strict(self) -> str | None:
        """The expression that takes lines in which blanks and marks tell where a value ends; ``v0`` is the first variable."""
        if not self.separable:
            return None
        seen: set[str] = set()
        pieces = []
        for piece in self.pieces:
            alone, raw = variables_in(piece) == 1, self.escape == "none"
            grammars = {name: grammar_of(name, self.mark, alone=alone, raw=raw) for name in names_of(piece)}
            pieces.append(expression_of(piece, grammars, self.variables, seen))
        return "^" + re.escape(self.mark).join(pieces) + r"\r?$"

    def _loose(self, *, greedy: bool) -> str:
        raw = self.escape == "none"
        grammars = {name: shape_of(name, raw=raw, greedy=greedy) for name in self.variables}
        return "^" + expression_of(self.tokens, grammars, self.variables, set()) + r"\r?$"

    def read(self, lines: pa.Array) -> pa.Table:
        """The variables of the lines of this format as text, one column each, with ``row`` (int32): the exact way."""
        if not self.variables:
            return pa.table({"row": pa.array([], pa.int32())})
        found = pc.extract_regex(lines, self.strict) if self.strict else pa.nulls(len(lines), self._values)
        left = pc.indices_nonzero(pc.is_null(found))
        if len(left):
            found = self._read_rest(lines, found, left)
        taken = pc.is_valid(found)
        found = found.filter(taken)
        columns = {name: pc.struct_field(found, f"v{at}") for at, name in enumerate(self.variables)}
        return pa.table({"row": pc.indices_nonzero(taken).cast(pa.int32()), **self._unescaped(columns)})

    @cached_property
    def _values(self) -> pa.DataType:
        return pa.struct([(f"v{at}", pa.string()) for at in range(len(self.variables))])

    def _read_rest(self, lines: pa.Array, found: pa.Array, left: pa.Array) -> pa.Array:
        """Add to ``found`` the lines of ``left`` that can be read in one way only."""
        longest = pc.extract_regex(lines.take(left), self.pattern)
        matched = pc.is_valid(longest)
        left, longest = left.filter(matched), longest.filter(matched)
        if not len(left):
            return found
        shortest = pc.extract_regex(lines.take(left), self.shortest)
        same: np.ndarray = np.ones(len(left), dtype=bool)
        for at in range(len(self.variables)):
            equal = pc.equal(pc.struct_field(longest, at), pc.struct_field(shortest, at))
            same &= pc.fill_null(equal, fill_value=False).to_numpy(zero_copy_only=False)
        mask: np.ndarray = np.zeros(len(lines), dtype=bool)
        mask[left.to_numpy()[same]] = True
        indices: np.ndarray = np.arange(len(lines))
        indices[mask] = len(lines) + np.flatnonzero(same)
        return pa.concat_arrays([found, longest]).take(pa.array(indices))

    def _unescaped(self, columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
        if self.escape == "none":
            return columns
        undo = unescape_json if self.escape == "json" else unescape_bytes
        return {name: unescaped(texts, undo) for name, texts in columns.items()}

    def cut(self, block: bytes) -> tuple[pa.Table, int] | None:
        """The same of a block of whole lines, by cutting, without the lines that fail the proof, and how many lines there are.

        None where the block cannot be cut at all: the format has two variables in one word, or the block has line ends that are
        not newlines alone.
        """
        cut = self.cut_escaped(block)
        if cut is None or b"\\" not in block:
            return cut
        table, count = cut
        columns = {name: table[name].combine_chunks() for name in self.variables}
        return pa.table({"row": table["row"], **self._unescaped(columns)}), count

    def cut_escaped(self, block: bytes) -> tuple[pa.Table, int] | None:
        """The same with the values as they are written."""
        if not self.separable or len(self.pieces) == 1 or b"\r" in block:
            return None
        raw, escaped = self.escape == "none", b"\\" in block
        whole = hide_quotes(block) if escaped and self.mark == '"' and not raw else (block, "")
        if whole is None:
            return None
        data, hidden = whole
        cut = pieces_of(data, self.mark, len(self.pieces))
        if not len(cut.rows):
            return None
        cutter = Cutter(cut, self.mark, raw=raw, escaped=escaped, hidden=hidden)
        proved = cutter.take(self._groups)
        if not proved.any():
            return None
        columns = {name: cutter.columns[name] for name in self.variables}
        table = pa.table({"row": cut.rows, **columns})
        return (table if proved.all() else table.filter(pa.array(proved))), cut.count
