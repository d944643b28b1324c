"""The report as Markdown, for a ticket or a chat: the words and the order of the text, safe wherever it is pasted.

Text that comes from evidence is hostile: it may hold HTML, links, images, ``@all`` or ``#12``, which whoever renders the page would obey
even behind a backslash. Therefore whatever is not a plain word, number or time stands in code: lines of the evidence in fenced
blocks, whatever is quoted or odd inside a sentence in code spans, each behind a longer fence than any inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from logcorr.formats.not_evidence import MARK
from logcorr.report.fields import Fields, many, word
from logcorr.report.page import STEP, Page, shared_folder
from logcorr.report.text import compose
from logcorr.report.visible import shorten, visible

__all__ = ["MARK", "render"]

#: of one line of the evidence
LONGEST: Final = 500
_QUOTED: Final = re.compile(r'"([^"]+)"')
#: a word between what may stand beside it
_WORD: Final = re.compile(r"(?P<before>[(\"']*)(?P<core>.*?)(?P<after>[)\"',.;:!?]*)", re.DOTALL)
#: words of letters, numbers, times, shares; nothing that anybody renders as more than itself
_PLAIN: Final = re.compile(
    r"""
        [^\W\d_]+(?:[-'’][^\W\d_]+)*        # reload, restart-blip
      | [+-]?\d[\d.,:-]*(?:Z|%)?            # 288, 5.5, 2026-11-23, 09:56:26Z
      | \d[\d.]*(?:e[+-]\d+|\)\^\d+)       # 1.9e-06, (1 - 0.0551)^10
      | [-=%+] | ->
      | e\.g | i\.e
    """,
    re.VERBOSE,
)
#: what a forge may take for a commit
_COMMIT: Final = re.compile(r"[0-9a-f]{7,40}")
#: what begins something else than a paragraph
_BEGINNING: Final = re.compile(r"(?:[-+=](?=\s|$)|\d+[.)](?=\s|$))")


def render(report: Fields, *, verbose: bool = False, quiet: bool = False) -> str:
    """The report as Markdown.

    Args:
        report: the plain values of ``Report.to_dict()``; missing keys count as empty.
        verbose: all facts and all lines of the evidence.
        quiet: the answer alone.
    """
    page = MarkdownPage([word(each, "file") for each in many(report, "evidence")], verbose=verbose)
    compose(page, report, quiet=quiet)
    return page.text()


class MarkdownPage(Page):
    """A page that collects blocks of Markdown in place of rows on a console."""

    def __init__(self, files: Sequence[str], *, verbose: bool = False) -> None:
        self.verbose = verbose
        self.root = shared_folder(files)
        self.blocks: list[str] = []
        self.lists: list[bool] = []

    def text(self) -> str:
        """The whole page."""
        parts: list[str] = []
        for at, (block, listed) in enumerate(zip(self.blocks, self.lists, strict=True)):
            parts += [("\n" if listed and self.lists[at - 1] else "\n\n") if at else "", block]
        return "".join(parts) + "\n"

    def heading(self, text: str) -> None:
        """The name of a section."""
        self._add(f"## {prose(text.capitalize())}")

    def blank(self) -> None:
        """Nothing: blocks stand apart as they are."""

    def say(self, text: str, *, label: str = "", indent: int = 0, style: str = "") -> None:
        """A paragraph; one that belongs to an item of a list is an item below it."""
        if label == "-":
            self._add(f"- {prose(text)}", listed=True)
            return
        named = f"**{prose(label)}** {prose(text)}" if label else prose(text)
        if indent >= 2 * STEP and self.lists and self.lists[-1]:
            self._add(f"  - {named}", listed=True)
        else:
            self._add(f"**{named}**" if style and not label else named)

    def state(self, label: str, text: str) -> None:
        """A labelled paragraph."""
        self.say(text, label=label)

    def commands(self, commands: Iterable[str], *, label: str = "", indent: int = 0) -> None:
        """Commands in a block, so that they can be copied."""
        del indent
        lines = [visible(command) for command in commands]
        if lines:
            if label:
                self._add(f"**{prose(label)}**")
            self._add(fenced(lines, "sh"))

    def quote(self, spans: Sequence[Fields], terms: Sequence[str], *, most: int, indent: int = STEP) -> None:
        """Lines of the evidence with their places, in a block."""
        del indent
        shown = spans if self.verbose else spans[:most]
        rows = [row for span in shown for row in self._rows(span)]
        if not rows:
            return
        widest = max(len(place) for place, _ in rows)
        self._add(fenced([f"{place.ljust(widest)}  {shorten(text, LONGEST, terms)}" for place, text in rows], "text"))
        if len(spans) > len(shown):
            self.say(f"and {len(spans) - len(shown)} more (--verbose shows all)")

    def _add(self, block: str, *, listed: bool = False) -> None:
        self.blocks.append(block)
        self.lists.append(listed)


def fenced(lines: Sequence[str], language: str) -> str:
    """A fenced block; its fence is longer than any run of backticks inside."""
    fence = "`" * max(3, 1 + max(map(longest_run, lines), default=0))
    return "\n".join([f"{fence}{language}", *lines, fence])


def code(text: str) -> str:
    """A code span; its fence is longer than any run of backticks inside."""
    fence = "`" * (1 + longest_run(text))
    space = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{space}{text}{space}{fence}"


def longest_run(text: str) -> int:
    """How many backticks stand side by side at most."""
    return max(map(len, re.findall("`+", text)), default=0)


def prose(text: str) -> str:
    """A sentence: plain words as they are, what is quoted and what is not plain in code."""
    safe = visible(text)
    pieces = _QUOTED.split(safe)
    told = "".join(code(piece) if at % 2 else "".join(words(piece)) for at, piece in enumerate(pieces))
    return f"\\{told}" if _BEGINNING.match(told) and not told[0].isdigit() else re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", told)


def words(text: str) -> Iterator[str]:
    """The words of a text with the blanks between them, odd ones in code, less the marks around them."""
    for piece in re.split(r"(\s+)", text):
        found = _WORD.fullmatch(piece)
        if found is None or is_plain(found["core"]):
            yield piece
        else:
            yield f"{found['before']}{code(found['core'])}{found['after']}"


def is_plain(core: str) -> bool:
    """Whether a word is taken for nothing but itself by whoever renders it."""
    return not core.strip() or bool(_PLAIN.fullmatch(core) and not _COMMIT.fullmatch(core))
