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
from logcorr.formats.cutting import Cutter, cells_of
from logcorr.formats.log_tokens import Literal, Token, Variable, grammar_of, split_at, tokens_of
from logcorr.formats.tokenise import unescape_json

COMBINED: Final = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
COMMON: Final = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'

#: bytes that end a word, or hide a quote, in the expression alone
_DOUBTFUL: Final = (b"\\", b"\t", b"\f")


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
        starts: np.ndarray = line_starts(block).astype(np.int32)
        count = len(starts) - 1
        lines = pa.StringArray.from_buffers(count, pa.py_buffer(starts), pa.py_buffer(block))
        cells, right = cells_of(lines, '"', len(pieces))
        if not right.any():
            return None
        cells = cells.only(right)
        cutter = Cutter(doubtful=any(mark in block for mark in _DOUBTFUL))
        proved: np.ndarray = np.ones(cells.rows, dtype=bool)
        for at, words in enumerate(pieces):
            proved &= cutter.piece(words, cells, at, '"' if at < len(pieces) - 1 else "\n")
        if not proved.any():
            return None
        rows: np.ndarray = np.flatnonzero(right).astype(np.int32)
        table = pa.table({"row": rows, **{name: cutter.columns[name] for name in self.variables}})
        return (table if proved.all() else table.filter(pa.array(proved))), count

    def _may_hide_quotes(self, block: bytes) -> bool:
        return self.is_json or b'\\"' in block
