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
_TROUBLE: Final = re.compile(
    r"fail\w*|refused|denied|error|exception|fatal|timed out|no such file|killed|exited|not found|reset by peer", re.IGNORECASE
)
#: a request and its answer, as access logs write them
_REQUEST: Final = re.compile(r'"[A-Z]+ \S+(?: HTTP/[\d.]+)?" \d{3}\b')
_CONTEXT: Final = 8
#: narrower than this there is no room for three parts
_NARROW: Final = 50
#: the time at the beginning of most lines
_STAMP: Final = 19
_BYTE, _PLANE = 0x100, 0x10000
_LETTERS: Final = {2: "x", 4: "u", 8: "U"}


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
    while cell_len(cut) > wanted and room > len(GAP) + 2:  # wide characters take two cells
        cut = _cut(text, room, terms)
        room = min(room - 1, max(room * wanted // max(cell_len(cut), 1), len(GAP) + 2))
    return cut


def spans_of(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """What matters in a line: the terms, whatever their case, requests with their answers, words of trouble."""
    return [span for span, _ in _weighted(text, terms)]


def _weighted(text: str, terms: Iterable[str]) -> list[tuple[tuple[int, int], int]]:
    low = text.lower()
    unique = dict.fromkeys(term.lower() for term in terms if term)
    found = [((at, at + len(term)), 1) for term in unique if (at := low.find(term)) >= 0]
    found = [(span, 2 if at == 0 else 1) for at, (span, _) in enumerate(found)]
    requests = [(match.span(), 3) for match in _REQUEST.finditer(text)]
    return found + requests + [(match.span(), 1) for match in _TROUBLE.finditer(text)]


def _escape(character: str) -> str:
    code = ord(character)
    width = 2 if code < _BYTE else 4 if code < _PLANE else 8
    return _NAMED.get(character) or f"\\{_LETTERS[width]}{code:0{width}x}"


def _cut(text: str, width: int, terms: Iterable[str]) -> str:
    """The best of the cuts into two or three parts: the one that keeps the most of what matters."""
    tail = width // 5
    cuts: list[tuple[tuple[int, int], ...]] = [((0, width - tail - len(GAP)), (len(text) - tail, len(text)))]
    matters = _weighted(text, terms)
    if width >= _NARROW and matters:
        head, tail = max(width // 6, _STAMP), width // 8
        middle = width - head - tail - 2 * len(GAP)
        first, last = head + len(GAP), len(text) - tail - len(GAP) - middle
        edges = {at for (start, end), _ in matters for at in (start - _CONTEXT, end - middle)}
        starts = sorted({min(max(at, first), last) for at in edges}) if first < last else []
        cuts += [((0, head), (at, at + middle), (len(text) - tail, len(text))) for at in starts]
    best = max(cuts, key=lambda parts: sum(weight * _overlap(part, span) for span, weight in matters for part in parts))
    return GAP.join(text[start:end] for start, end in best)


def _overlap(part: tuple[int, int], span: tuple[int, int]) -> int:
    return max(min(part[1], span[1]) - max(part[0], span[0]), 0)
