"""Text from evidence, made safe to show: nothing invisible, nothing that a terminal obeys, and no longer than the line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Final

from rich.cells import cell_len

#: controls (C0, C1), invisible formats (bidi marks, zero width, tags), surrogates, and the two separators that break lines
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NAMED: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
GAP: Final = " ... "
#: what an event's own words say of trouble, in any program's log; a level in brackets says nothing of which
_TROUBLE: Final = re.compile(
    r"(?<![\[\w-])(?:fail\w*|refused|denied|error|exception|fatal|timed out|no such file|killed|exited|not found"
    r"|reloaded|unknown)",
    re.IGNORECASE,
)
#: a request and its answer, as access logs write them; the message or the status of a JSON line
_REQUEST: Final = re.compile(
    r"""
        "[A-Z]+[ ]\S+(?:[ ]HTTP/[\d.]+)?"[ ]\d{3}\b
      | "(?:request|request_uri|uri|path|status|message|msg|MESSAGE)":[ ]?"?[^",]{1,60}
    """,
    re.VERBOSE,
)
_CONTEXT: Final = 8
#: what follows a word of trouble says which
_AFTER: Final = 30
#: of each kind, so that a line made of nothing else costs no more
_ENOUGH: Final = 20
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
    low = text.lower()
    unique = dict.fromkeys(term.lower() for term in terms if term)
    found = [(at, at + len(term)) for term in unique if (at := low.find(term)) >= 0]
    return found + [match.span() for pattern in (_REQUEST, _TROUBLE) for match in islice(pattern.finditer(text), _ENOUGH)]


def _weighted(text: str, terms: Iterable[str]) -> list[tuple[tuple[int, int], int]]:
    spans = spans_of(text, terms)
    weights = [(span, 4 if at == 0 else 10 if _REQUEST.match(text, span[0]) else 2) for at, span in enumerate(spans)]
    after = [((match.end(), match.end() + _AFTER), 1) for match in islice(_TROUBLE.finditer(text), _ENOUGH)]
    return weights + after


def _escape(character: str) -> str:
    code = ord(character)
    width = 2 if code < _BYTE else 4 if code < _PLANE else 8
    return _NAMED.get(character) or f"\\{_LETTERS[width]}{code:0{width}x}"


def _cut(text: str, width: int, terms: Iterable[str]) -> str:
    """The best of the cuts into two or three parts: the one that keeps the most of what matters."""
    matters = _weighted(text, terms)
    stamp = max(width // 6, _STAMP)
    tails = [width // 5] if width < _NARROW else [width // 8, width // 3, width // 2, width - stamp - len(GAP)]
    cuts: list[tuple[tuple[int, int], ...]] = [((0, width - tail - len(GAP)), (len(text) - tail, len(text))) for tail in tails]
    if width >= _NARROW and matters:
        tail = tails[0]
        middle = width - stamp - tail - 2 * len(GAP)
        first, last = stamp + len(GAP), len(text) - tail - len(GAP) - middle
        edges = {at for start, end in spans_of(text, terms) for at in (start - _CONTEXT, end - middle)}
        starts = sorted({min(max(at, first), last) for at in edges}) if first < last else []
        cuts += [((0, stamp), (at, at + middle), (len(text) - tail, len(text))) for at in starts]
    best = max(cuts, key=lambda parts: sum(weight * _kept(parts, span) for span, weight in matters))
    return GAP.join(text[start:end] for start, end in best)


def _kept(parts: tuple[tuple[int, int], ...], span: tuple[int, int]) -> float:
    """How many characters of a span are kept; a part of it is worth less than its share."""
    kept = sum(max(min(part[1], span[1]) - max(part[0], span[0]), 0) for part in parts)
    return kept * kept / max(span[1] - span[0], 1)
