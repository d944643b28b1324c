"""The variables and literals of a ``log_format``, and what a variable's value may look like.

Escaping: ``src/http/modules/ngx_http_log_module.c`` (``ngx_http_log_escape``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

#: grammars of variables that may hold a blank, or that decide whether a line is one of this format
GRAMMAR: Final = {
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


def grammar_of(name: str, *, alone: bool) -> str:
    """The grammar of a variable's value; ``alone``: no other stands between the same quotes."""
    if name in GRAMMAR:
        return GRAMMAR[name]
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
