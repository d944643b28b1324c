r"""``log_format``: from its text to a grammar of access lines.

The text is the one of the configuration, joined: ``$remote_addr - $remote_user [$time_local] "$request" $status ...``. Two ways
read a block of lines, and give equal columns on every line that both take:

- by cutting: at the quotes (or, where the format has none, at the tabs or bars between its values), then at the blanks, with
  quoting off. A line is read so only if it has exactly as many of them as the format, which proves that no value holds one, and if
  every literal stands where it must;
- by an expression in RE2's syntax (linear time): any line, about ten times slower. It is for the lines that fail that proof
  (user names with blanks, upstreams that were tried in turn: "a, b") and for blocks with escaped quotes.

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

from logcorr.evidence import line_starts
from logcorr.formats.cutting import Cutter, cells_of
from logcorr.formats.escapes import unescape_bytes, unescape_json, unescaped
from logcorr.formats.log_tokens import Literal, Token, Variable, grammar_of, shape_of, split_at, tokens_of, variables_in

COMBINED: Final = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
COMMON: Final = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'

#: bytes that end a word, or hide a quote, in the expression alone
_DOUBTFUL: Final = (b"\\", b"\t", b"\f")


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
        return tuple(dict.fromkeys(token.name for token in self.tokens if isinstance(token, Variable)))

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
    def _words(self) -> list[list[tuple[Token, ...]]] | None:
        """The words of each piece, cut at blanks; None where a word holds two variables and cannot be cut.

        A piece with one variable at most is one word: the variable is what stands between its literals, blanks or not.
        """
        result = [[piece] if variables_in(piece) <= 1 else split_at(piece, " ") for piece in self.pieces]
        return None if max((variables_in(word) for words in result for word in words), default=0) > 1 else result

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
        if self._words is None:
            return None
        seen: set[str] = set()
        pieces = []
        for piece in self.pieces:
            alone = variables_in(piece) == 1
            grammars = {
                token.name: grammar_of(token.name, self.mark, alone=alone, raw=self.escape == "none")
                for token in piece
                if isinstance(token, Variable)
            }
            pieces.append("".join(self._expression(token, grammars, seen) for token in piece))
        return "^" + re.escape(self.mark).join(pieces) + r"\r?$"

    def _loose(self, *, greedy: bool) -> str:
        raw = self.escape == "none"
        grammars = {name: shape_of(name, raw=raw, greedy=greedy) for name in self.variables}
        seen: set[str] = set()
        return "^" + "".join(self._expression(token, grammars, seen) for token in self.tokens) + r"\r?$"

    def _expression(self, token: Token, grammars: dict[str, str], seen: set[str]) -> str:
        if isinstance(token, Literal):
            return re.escape(token.text)
        name = f"v{self.variables.index(token.name)}"
        if name in seen:
            return f"(?:{grammars[token.name]})"
        seen.add(name)
        return f"(?P<{name}>{grammars[token.name]})"

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
        pieces = self._words
        escapes = b"\\" in block
        if pieces is None or len(pieces) == 1 or b"\r" in block or (escapes and self._may_hide_quotes(block)):
            return None
        starts: np.ndarray = line_starts(block).astype(np.int32)
        count = len(starts) - 1
        lines = pa.StringArray.from_buffers(count, pa.py_buffer(starts), pa.py_buffer(block))
        cells, right = cells_of(lines, self.mark, len(pieces))
        if not right.any():
            return None
        cells = cells.only(right)
        cutter = Cutter(doubtful=any(mark in block for mark in _DOUBTFUL), mark=self.mark, raw=self.escape == "none")
        proved: np.ndarray = np.ones(cells.rows, dtype=bool)
        for at, words in enumerate(pieces):
            proved &= cutter.piece(words, cells, at, self.mark if at < len(pieces) - 1 else "\n")
        if not proved.any():
            return None
        rows: np.ndarray = np.flatnonzero(right).astype(np.int32)
        columns = {name: cutter.columns[name] for name in self.variables}
        table = pa.table({"row": rows, **(self._unescaped(columns) if escapes else columns)})
        return (table if proved.all() else table.filter(pa.array(proved))), count

    def _may_hide_quotes(self, block: bytes) -> bool:
        return self.mark == '"' and (self.escape == "json" or (self.escape == "default" and b'\\"' in block))
