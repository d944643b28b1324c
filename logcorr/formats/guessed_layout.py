r"""The layout of an access line of an unknown ``log_format``: its literals, and the places of its values.

A line is taken apart at quotes, brackets and blanks, or at bars, tabs, semicolons or commas if it has many of them; ``key=`` and, of
known keys, ``key:`` before a value are literals. Lines of one ``log_format`` have one layout, but for those with blanks in a value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

#: a line with fewer bars is not taken apart at them
_LEAST: Final = 5
#: longer lines tell nothing more, and no format has more values
_LONGEST: Final = 8192
_MOST: Final = 150

_KEY: Final = r"(?P<key>[A-Za-z_][A-Za-z0-9_.-]*[=:](?=[\"\[]?\S|\s|$))?"
_ENCLOSED: Final = r"\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|\[(?P<bracketed>[^\]\"]{0,250})\]"
_PIECE: Final = re.compile(_KEY + rf"(?:{_ENCLOSED}|(?P<bare>[^\s\"]+|(?<=[=:])(?=\s|$)))(?P<behind>\s*)")
#: what may stand between all values; a user agent may hold the last two
_BARS: Final = "|\t;,"
_BARRED: Final = {
    bar: re.compile(_KEY + rf"(?:{_ENCLOSED}|(?P<bare>[^\"{bar}]*))(?P<behind>\s*{re.escape(bar)}?\s*)") for bar in _BARS
}


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value: what stands before it (``rt=``), what encloses it, and what the lines have there."""

    key: str
    kind: str  # quoted, bracketed, bare
    behind: str
    values: tuple[str, ...]


def slots_of(lines: Sequence[str], keys: Collection[str]) -> list[Slot]:
    """The places of values in the layout that most lines have; ``keys``: those that may stand before a colon."""
    found = [pieces for line in lines if (pieces := taken_apart(line[:_LONGEST], keys))]
    layouts = Counter(tuple(piece[:3] for piece in pieces) for pieces in found)
    if not layouts:
        return []
    layout = layouts.most_common(1)[0][0]
    rows = [[piece[3] for piece in pieces] for pieces in found if tuple(piece[:3] for piece in pieces) == layout]
    return [Slot(*place, values) for place, values in zip(layout, zip(*rows, strict=True), strict=True)]


def taken_apart(line: str, keys: Collection[str]) -> list[tuple[str, str, str, str]]:
    """Key, kind, what follows, and text of each value of a line; nothing where it cannot be taken apart to its end."""
    line = line.rstrip("\r\n")
    plain = '"' not in line and ", " not in line
    bar = next((bar for bar in _BARS if line.count(bar) >= _LEAST and (plain or bar in "|\t")), "")
    piece = _BARRED[bar] if bar else _PIECE
    pieces: list[tuple[str, str, str, str]] = []
    at = 0
    while at < len(line):
        found = piece.match(line, at)
        if not found or found.end() == at or len(pieces) > _MOST:
            return []
        kind = next(kind for kind in ("quoted", "bracketed", "bare") if found[kind] is not None)
        key, text, behind = found["key"] or "", found[kind], found["behind"]
        if key and not is_key(key, kind, keys, barred=bool(bar)):
            key, kind, text = "", "bare", found[0][: len(found[0]) - len(behind)]
            if '"' in text or "[" in text:
                return []
        if kind == "bare":
            behind, text = text[len(text.rstrip()) :] + behind, text.rstrip()
        pieces.append((key, kind, behind, text))
        at = found.end()
    if bar and line.endswith(bar):
        pieces.append(("", "bare", "", ""))
    return pieces


def is_key(text: str, kind: str, keys: Collection[str], *, barred: bool) -> bool:
    """Whether a word with its mark is a key: with ``=`` any, with ``:`` or between bars those before quotes and those that are known."""
    return kind == "quoted" or (text.endswith("=") and not barred) or text[:-1].lower() in keys


def text_of(slots: Sequence[Slot], names: Sequence[str]) -> str:
    """The ``log_format`` of a layout; an empty name stands for what is the same in all lines, ``a:b`` for two."""
    enclosed = {"quoted": '"{}"', "bracketed": "[{}]", "bare": "{}"}
    parts = []
    for slot, name in zip(slots, names, strict=True):
        value = ":".join(f"${each}" for each in name.split(":")) if name else slot.values[0]
        parts.append(slot.key + enclosed[slot.kind].format(value) + slot.behind)
    return "".join(parts)
