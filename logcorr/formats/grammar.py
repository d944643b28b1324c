"""What a format is: a grammar that takes lines and gives typed columns, with the samples that prove it.

There are two kinds. A **line format** is a log: it is read in blocks, in columns, and may be any size. A **document format** is
the output of a command or a configuration file: small, read as a whole.

A format knows one grammar and nothing else: not the file's name, not its zone (it gives the clock as written, see
``families.CLOCK``), not other formats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Sample:
    """A piece of a real file and what the format makes of it.

    ``text`` is one event as it stands in a file (several lines where the event has several). ``gives`` names columns of
    the first fact and their values (None: null); empty means that the format must refuse the text.
    """

    text: str
    gives: Mapping[str, object] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether the format must not take this text."""
        return not self.gives


@dataclass(frozen=True, slots=True)
class LineFormat:
    """A log, line by line.

    ``source`` is what its events are said to come from: layouts of one log share it (``journal``, ``app_text``).

    ``read`` takes an array of lines (without their ends) and returns the columns of those that it accepts, one row each,
    in order, with the column ``row``: the position of the line in the array. Columns are those of ``families.CLOCK`` and
    of the family (any subset, of the exact types). It must not raise on any text and must not look at neighbours.

    ``continues``: lines that no format of the file accepts belong to the event before them (tracebacks). They are then appended
    to its ``body`` with a newline.

    ``begins``: an expression that matches every line that ``read`` can take and is quick to try; other lines are not shown to
    it.

    ``cut``: where a much faster way exists, it gives the same columns for a block of whole lines, less the lines that it cannot
    prove (they go to ``read``), and how many lines there are; or None for a block that is not for it.

    ``writer`` names who writes such a file (``nginx``, ``journal``, ``application``, ``php-fpm``, ``deploy``, ``person``). One
    file may mix formats of one writer, never of two: text that a request brings into an application's log cannot become
    the service manager's word.

    ``separator``: what ends an event where that is not the end of a line (journal export: an empty line). Blocks are cut there,
    ``read`` then looks at whole events, ``row`` is the first line of each, and the other lines are its own.

    ``whole``: of events over several lines, what their bodies tell as a whole (columns, null where they tell nothing new).

    ``general``: knows no program, only what most logs have in common; it is given what no other format of the file takes.

    ``unwrap``: of lines that carry a line of another log: the line inside each (null: none), and whether it goes on in the next.

    ``least``: a file is of this format only if it takes such a share of the lines that are not indented; 0: a few are enough.

    ``plain``: for lines without a time, asked only where a file is shown to be the output of an application.

    ``fallback``: takes lines without understanding them; what it takes is counted apart.

    ``indents``: further lines of an event stand below its text, not below its clock; that much is taken off them.

    ``asides``: an expression of the lines that belong to no event, as the program that printed the log added them (journalctl's headings
    and explanations). They are understood, and count as continuation; a group ``boot_id`` is that of the events below.
    """

    name: str
    source: str
    family: str
    writer: str
    read: Callable[[pa.Array], pa.Table]
    samples: tuple[Sample, ...]
    begins: str = ""
    continues: bool = False
    separator: bytes = b"\n"
    cut: Callable[[bytes], tuple[pa.Table, int] | None] | None = None
    fallback: bool = False
    general: bool = False
    plain: bool = False
    least: float = 0.0
    unwrap: Callable[[pa.Array], tuple[pa.Array, pa.Array]] | None = None
    whole: Callable[[pa.Array], dict[str, pa.Array]] | None = None
    indents: bool = False
    asides: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a document: its family, its lines (from 1, within the document), its columns."""

    family: str
    line: int
    line_last: int
    columns: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """The output of a command, or a configuration file.

    ``recognise`` sees all lines and tells whether this is such a document; it must be strict, since a document is taken whole.
    ``read`` returns its facts in order. Lines that begin no fact count as continuation (headers, braces, comments).
    Values are plain Python: str, int, float, bool, None; times as in ``families.CLOCK``.
    """

    name: str
    recognise: Callable[[Sequence[str]], bool]
    read: Callable[[Sequence[str]], list[Fact]]
    samples: tuple[Sample, ...]


Format = LineFormat | DocumentFormat
