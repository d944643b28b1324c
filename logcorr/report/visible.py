"""Text from evidence, made safe to show: nothing invisible, nothing that a terminal obeys, and no longer than the line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len

#: controls (C0, C1), invisible formats (bidi marks, zero width, tags), surrogates, and the two separators that break lines
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NAMED: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
GAP: Final = " ... "
#: what an event's own words say of trouble, in any program's log
_TROUBLE: Final = re.compile(r"fail\w*|refused|denied|error|exception|fatal|timed out|no such file|killed|exited|not found|reset by peer", re.IGNORECASE)
_CONTEXT: Final = 12


def visible(text: str) -> str:
    r"""The text with everything that cannot be seen, or that a terminal would obey, as an escape.

    Newlines count as such. A backslash in the text stays as it is.

    >>> visible("a\x1b[31m\u202eb\n")
    'a\\x1b[31m\\u202eb\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(character) if unicodedata.category(character) in _HIDDEN else character for character in text)


def shorten(text: str, width: int, terms: Iterable[str] = ()) -> str:
    """A line cut to ``width`` cells: its beginning, its end, and between them the stretch that holds the most of ``terms``."""
    wanted = room = max(width, len(GAP) + 2)
    cut = text
    while cell_len(cut) > wanted and room > len(GAP):  # wide characters take two cells
        cut = _cut(text, room, terms)
        room -= max(cell_len(cut) - wanted, 1)
    return cut


def spans_of(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Where the terms stand in a text, whatever their case."""
    low = text.lower()
    found = [(at, at + len(term)) for term in dict.fromkeys(term.lower() for term in terms if term) if (at := low.find(term)) >= 0]
    return found or [match.span() for match in _TROUBLE.finditer(text)]


def _escape(character: str) -> str:
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")  # noqa: PLR2004


def _cut(text: str, width: int, terms: Iterable[str]) -> str:
    spans = spans_of(text, terms)
    tail = width // 5
    head = width - tail - len(GAP)
    if width < 60 or not spans or all(end <= head or start >= len(text) - tail for start, end in spans):  # noqa: PLR2004 (no room for three parts)
        return text[:head] + GAP + text[len(text) - tail :]
    head, tail = width // 4, width // 8
    middle = width - head - tail - 2 * len(GAP)
    starts = [max(start - _CONTEXT, head) for start, _ in spans]
    best = max(starts, key=lambda at: (sum(start >= at and end <= at + middle for start, end in spans), -at))
    best = min(best, len(text) - tail - middle)
    if best <= head + len(GAP):
        longer = width - tail - len(GAP)
        return text[:longer] + GAP + text[len(text) - tail :]
    if best + middle >= len(text) - tail - len(GAP):
        longer = width - head - len(GAP)
        return text[:head] + GAP + text[len(text) - longer :]
    return text[:head] + GAP + text[best : best + middle] + GAP + text[len(text) - tail :]
