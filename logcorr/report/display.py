"""The report, its parts and a timeline as HTML for a notebook: the words and the order of the text, everything escaped.

The fragments stand alone: a few rules of style that take the colours of the notebook, light or dark, and no script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Final

from logcorr.families import FAMILIES
from logcorr.report.fields import Fields, many, word
from logcorr.report.page import STEP, Page, shared_folder
from logcorr.report.text import compose
from logcorr.report.visible import shorten, spans_of, visible
from logcorr.report.words import amount, interval, plural
from logcorr.signatures.moments import iso

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.timeline.timeline import Timeline

#: columns of the text of a part, and of one line of the evidence
WIDTH: Final = 120
LONGEST: Final = 160
#: files in the table of a timeline
MOST_FILES: Final = 40
STYLE: Final = """<style>
.logcorr { max-width: 64em; line-height: 1.4; overflow-wrap: anywhere; }
.logcorr p { margin: 0.2em 0; }
.logcorr .answer { border-left: 0.4em solid #999; padding-left: 0.8em; margin-bottom: 0.6em; }
.logcorr .red { border-color: #D55E00; } .logcorr .green { border-color: #009E73; } .logcorr .magenta { border-color: #CC79A7; }
.logcorr .claim { margin-top: 0.8em; }
.logcorr pre, .logcorr code { background: rgba(127, 127, 127, 0.15); font-size: 0.9em; color: inherit; }
.logcorr pre { margin: 0.2em 0 0.4em; padding: 0.3em 0.6em; white-space: pre-wrap; }
.logcorr table { border-collapse: collapse; margin: 0.2em 0 0.4em; }
.logcorr td, .logcorr th { text-align: left; vertical-align: top; padding: 0 0.8em 0 0; background: none; }
.logcorr summary { font-weight: bold; cursor: pointer; }
</style>"""


class HtmlPage(Page):
    """A page that collects fragments of HTML; a heading begins a section that can be folded."""

    def __init__(self, files: Sequence[str], *, verbose: bool = False) -> None:
        self.verbose = verbose
        self.root = shared_folder(files)
        self.sections: list[tuple[str, list[str]]] = [("", [])]
        self.colour = ""

    def html(self, opened: int = 1) -> str:
        """All of it; the first sections are open."""
        parts = []
        for at, (name, fragments) in enumerate(self.sections):
            inside = "\n".join(fragments)
            if at == 0:
                parts.append(f'<div class="answer {self.colour}">\n{inside}\n</div>' if self.colour else inside)
            else:
                shown = " open" if at <= opened else ""
                parts.append(f"<details{shown}><summary>{name}</summary>\n{inside}\n</details>")
        return f'{STYLE}\n<div class="logcorr">\n' + "\n".join(filter(None, parts)) + "\n</div>"

    def heading(self, text: str) -> None:
        """The name of a section."""
        self.sections.append((safe(text.capitalize()), []))

    def blank(self) -> None:
        """Nothing: fragments stand apart as they are."""

    def say(self, text: str, *, label: str = "", indent: int = 0, style: str = "") -> None:
        """A paragraph; the style of the first one colours the answer."""
        mark = "&bull; " if label == "-" else f"<b>{safe(label)}</b> " if label else ""
        told = f"<b>{safe(text)}</b>" if style else safe(text)
        self.colour = self.colour or style.rpartition(" ")[2]
        self._add(f"<p{margin(indent)}>{mark}{told}</p>")

    def state(self, label: str, text: str) -> None:
        """A labelled paragraph, somewhat apart from what stands before it."""
        self._add(f'<p class="claim"><b>{safe(label)}</b> {safe(text)}</p>')

    def commands(self, commands: Iterable[str], *, label: str = "", indent: int = 0) -> None:
        """Commands in a block, so that they can be copied."""
        lines = [safe(each) for each in commands]
        if lines:
            self._add(f"<p{margin(indent)}><b>{safe(label)}</b></p>" if label else "")
            self._add(f"<pre{margin(indent)}>" + "\n".join(lines) + "</pre>")

    def quote(self, spans: Sequence[Fields], terms: Sequence[str], *, most: int, indent: int = STEP) -> None:
        """Lines of the evidence with their places."""
        shown = spans if self.verbose else spans[:most]
        rows = [row for span in shown for row in self._rows(span)]
        if rows:
            cells = [f"<tr><td>{safe(place)}</td><td><code>{marked(line, terms)}</code></td></tr>" for place, line in rows]
            self._add(f"<table{margin(indent)}>" + "".join(cells) + "</table>")
        if len(spans) > len(shown):
            self.say(f"and {len(spans) - len(shown)} more", indent=indent)

    def _add(self, fragment: str) -> None:
        if fragment:
            self.sections[-1][1].append(fragment)


class Shown:
    """A part of a report to look at: in a notebook as HTML, elsewhere as text."""

    def __init__(self, files: Sequence[str], write: Callable[[Page], None], *, verbose: bool = False) -> None:
        self.files = files
        self.write = write
        self.verbose = verbose

    def __repr__(self) -> str:
        from rich.console import Console

        sink = StringIO()
        console = Console(file=sink, width=WIDTH, color_system=None, legacy_windows=False)
        page = Page(console, self.files, verbose=self.verbose)
        self.write(page)
        return re.sub(r"[ ]+$", "", sink.getvalue(), flags=re.MULTILINE).strip("\n")

    def _repr_html_(self) -> str:
        page = HtmlPage(self.files, verbose=self.verbose)
        self.write(page)
        return page.html(opened=len(page.sections))


def report_html(told: Fields) -> str:
    """A report: the answer, and the sections of the text, of which the first is open."""
    page = HtmlPage([word(each, "file") for each in many(told, "evidence")])
    compose(page, told)
    return page.html()


def timeline_html(timeline: Timeline) -> str:
    """A timeline: what it holds, and a row for each file."""
    counts = [
        plural(timeline.counts[name], family_name(name, timeline.counts[name])) for name in FAMILIES if timeline.counts[name]
    ]
    covered = timeline.coverage.dropna(subset=["start"])
    when = ""
    if len(covered):
        when = interval(*(iso(each.value // 1000) for each in (covered["start"].min(), covered["end"].max())))
    root = shared_folder([each.file.name for each in timeline.files])
    head = "".join(f"<th>{name}</th>" for name in ("file", "format", "lines", "events", "not understood", "from", "to"))
    rows = []
    for each in timeline.files[:MOST_FILES]:
        own = covered[covered["file"] == each.file.name]
        edges = [shown_time(own["start"].min()), shown_time(own["end"].max())] if len(own) else ["", ""]
        counted = [amount(number) if number else "" for number in (each.lines, each.events, each.refused + each.fallback)]
        cells = (each.file.name.removeprefix(root), each.format or each.problem or "not recognised", *counted, *edges)
        rows.append("<tr>" + "".join(f"<td>{safe(cell)}</td>" for cell in cells) + "</tr>")
    left = len(timeline.files) - len(rows)
    more = f"<p>and {plural(left, 'more file')}</p>" if left else ""
    return (
        f'{STYLE}\n<div class="logcorr">\n<p><b>Timeline</b> of {plural(len(timeline.files), "file")}: '
        f"{safe(', '.join(counts) or 'nothing')}{f'; {when}' if when else ''}</p>\n"
        f"<table><tr>{head}</tr>\n{''.join(rows)}</table>{more}\n</div>"
    )


def family_name(name: str, rows: int) -> str:
    """What a row of a family is called, before an ``s`` for more than one."""
    named = {"log": "log event", "configuration": "setting"}.get(name, name.removesuffix("s"))
    return named if rows else name


def shown_time(stamp: pd.Timestamp) -> str:
    """A time of a table, in UTC, to the second."""
    return f"{stamp:%Y-%m-%d %H:%M:%S}Z"


def safe(text: str) -> str:
    """A text in which nothing is hidden and nothing is taken for HTML."""
    return escape(visible(text))


def marked(line: str, terms: Iterable[str]) -> str:
    """A line of the evidence, cut to its telling parts, with the words that matter in bold."""
    cut = shorten(visible(line), LONGEST, terms)
    bold = sorted(spans_of(cut, terms))
    parts, at = [], 0
    for start, end in bold:
        if start >= at:
            parts += [escape(cut[at:start]), f"<b>{escape(cut[start:end])}</b>"]
            at = end
    return "".join([*parts, escape(cut[at:])])


def margin(indent: int) -> str:
    """An attribute that moves a fragment to the right."""
    return f' style="margin-left: {indent / 2:g}em"' if indent else ""
