"""Layout: headings, wrapped sentences, commands and quoted lines on a console.

Nothing here is markup: a text is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os.path import commonpath, dirname
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from logcorr.report.fields import Fields, count, word
from logcorr.report.visible import shorten, spans_of, visible

STEP: Final = 2
#: narrower than this, a quoted line stands below its place instead of beside it
BESIDE: Final = 100
#: lines shown of one quotation
LINES: Final = 3


class Page:
    """A console to write a report on; ``root`` is the folder that all files of the evidence lie in."""

    def __init__(self, console: Console, files: Sequence[str], *, verbose: bool = False) -> None:
        self.console = console
        self.verbose = verbose
        self.root = shared_folder(files)
        self._below_heading = False

    def place(self, file: str, line: int) -> str:
        """``error.log:17``, with the folder left out that all files share."""
        return f"{visible(file.removeprefix(self.root))}:{line}"

    def heading(self, text: str) -> None:
        """The name of a section, after an empty line."""
        self.blank()
        self._put(Text(text, style="bold"))
        self._below_heading = True

    def blank(self) -> None:
        """An empty line, but not below a heading."""
        if not self._below_heading:
            self._put(Text())

    def say(self, text: str, *, label: str = "", indent: int = 0, style: str = "") -> None:
        """A text, wrapped; what follows the first line stands below it, beside the label."""
        margin = " " * indent + label + (" " if label else "")
        width = max(self.console.width - cell_len(margin), 20)
        for at, row in enumerate(self._wrapped(Text(text, style=style), width)):
            self._put(Text.assemble(margin if at == 0 else " " * cell_len(margin), row))

    def state(self, label: str, text: str) -> None:
        """A labelled text of its own, wrapped below the label's beginning."""
        for at, row in enumerate(self._wrapped(Text.assemble((label, "bold"), " ", text), max(self.console.width - STEP, 20))):
            self._put(Text.assemble(" " * STEP if at else "", row))

    def _wrapped(self, text: Text, width: int) -> list[Text]:
        rows = list(text.wrap(self.console, width, overflow="fold"))
        for row in rows:
            row.rstrip()
        return rows

    def item(self, text: str, *, indent: int = STEP) -> None:
        """One of a list."""
        self.say(text, label="-", indent=indent)

    def commands(self, commands: Iterable[str], *, label: str = "", indent: int = 0) -> None:
        """Commands, one a line and never broken, so that they can be copied; the first beside the label."""
        margin = " " * indent + label + (" " if label else "")
        for at, command in enumerate(commands):
            self._put(Text.assemble(margin if at == 0 else " " * cell_len(margin), (visible(command), "bold")))

    def quote(self, spans: Sequence[Fields], terms: Sequence[str], *, most: int, indent: int = STEP) -> None:
        """Lines of the evidence with their places; ``terms`` are the words in them that matter."""
        shown = spans if self.verbose else spans[:most]
        rows = [row for span in shown for row in self._rows(span)]
        if not rows:
            return
        widest = max(cell_len(place) for place, _ in rows)
        beside = self.console.width - indent - widest - STEP
        inline = beside >= BESIDE or all(cell_len(text) <= beside for _, text in rows)
        for place, text in rows:
            margin = " " * indent + place
            if inline:
                self._put(Text.assemble(margin + " " * (widest - cell_len(place) + STEP), self._marked(text, beside, terms)))
            else:
                self._put(Text(margin))
                self._put(Text.assemble(" " * (indent + STEP), self._marked(text, self.console.width - indent - STEP, terms)))
        if len(spans) > len(shown):
            self.say(f"and {len(spans) - len(shown)} more (--verbose shows all)", indent=indent)

    def _rows(self, span: Fields) -> list[tuple[str, str]]:
        file, first, last = word(span, "file"), count(span, "first_line"), count(span, "last_line")
        lines = word(span, "text").split("\n") if last > first else [word(span, "text")]
        most = len(lines) if self.verbose else LINES
        rows = [(self.place(file, first + at), visible(line)) for at, line in enumerate(lines[:most])]
        if len(lines) > most:
            rows.append((self.place(file, first + most), f"(and on to line {last})"))
        return rows

    def _marked(self, text: str, width: int, terms: Sequence[str]) -> Text:
        cut = Text(shorten(text, width, terms))
        for start, end in spans_of(cut.plain, terms):
            cut.stylize("bold", start, end)
        return cut

    def _put(self, text: Text) -> None:
        self._below_heading = False
        self.console.print(text, soft_wrap=True, highlight=False)


def shared_folder(files: Sequence[str]) -> str:
    """The folder that all files lie in, with its slash; empty where there is none, or only one file.

    What lies on no disk (``--deploy``, ``<stream>``) is left out of account.
    """
    lying = [file for file in files if file and not file.startswith(("--", "<"))]
    folders = {dirname(file.partition("!/")[0]) for file in lying}  # noqa: PTH120 (paths as they were given)
    if len(lying) < 2 or "" in folders:  # noqa: PLR2004
        return ""
    try:
        shared = commonpath(folders)
    except ValueError:  # absolute and relative paths
        return ""
    return f"{shared}/" if shared.strip("/") else ""
