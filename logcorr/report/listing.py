"""Events as they leave: lines of text for people, CSV, JSON lines and Parquet for programs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.cells import cell_len, set_cell_size

from logcorr.report.page import shared_folder
from logcorr.report.visible import shorten, visible
from logcorr.timeline.searching import texts_of

if TYPE_CHECKING:
    from logcorr.timeline.timeline import Timeline

#: the mark of a time that was not read as it stands
INFERRED: Final = "~"
STATED: Final = frozenset({"in_line", "zone_given"})
#: 2026-11-23 09:56:25.768Z
_STAMP: Final = 24
#: a longer name of a file does not move the columns
_PLACE: Final = 28
#: on a narrower terminal the day has a line of its own, and names of files less room
_WIDE, _NARROW_PLACE, _NARROWEST = 120, 18, 20
_DAY: Final = len("2026-11-23 ")
_MORE: Final = " ..."
_ERROR, _WARNING, _FAILED, _REFUSED = 17, 13, 500, 400
#: columns that a line of text is made of
_SHOWN: Final = frozenset(
    {
        *("timestamp", "timestamp_basis", "timestamp_uncertainty_s", "source", "host_name", "service_name", "process_pid"),
        *("severity_number", "severity_text", "http_response_status_code", "duration_s", "client_address", "upstream_address"),
        *("user_id", "body", "file", "line", "line_last", "found"),
    }
)
#: colours of a terminal by source, in the order in which sources are met
_COLOURS: Final = (36, 32, 34, 35, 33, 96, 92, 94, 95, 93)
_RED, _BOLD, _FAINT = 31, 1, 2
#: what a spreadsheet takes for a formula
_FORMULA: Final = r"^([=+\-@\t\r])"


class Events(Protocol):
    """Batches of events in order, and what columns they have."""

    schema: pa.Schema

    def __iter__(self) -> Iterator[pa.RecordBatch]: ...


@dataclass
class Lines:
    """One line an event, in columns: time, source, host, place, message.

    ``width`` is where a line is cut, and a narrow one has the day on lines of its own; None leaves all whole. Without ``hosts`` the
    column of hosts is left out. ``verbose`` puts the lines of the evidence below each event. Where a search found a line, that stands in
    place of the message.
    """

    timeline: Timeline
    width: int | None = None
    coloured: bool = False
    hosts: bool = True
    verbose: bool = False
    terms: Sequence[str] = ()
    shown: int = 0
    inferred: int = 0
    _colours: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.files = {each.file.name: each for each in self.timeline.files}
        self.root = shared_folder(list(self.files))
        sources = {source for _, source in self.timeline.zones}
        self.source_width = max(map(len, sources), default=0)
        self.host_width = max((cell_len(visible(host)) for host in self.timeline.hosts), default=0) if self.hosts else 0
        longest = max((cell_len(visible(name.removeprefix(self.root))) for name in self.files), default=0)
        self.narrow = self.width is not None and self.width < _WIDE
        numbers = len(str(max((each.lines for each in self.files.values()), default=0)))
        self.place_width = min(longest + 1 + numbers, _NARROW_PLACE if self.narrow else _PLACE)
        self.day = ""

    def render(self, events: Events) -> Iterator[bytes]:
        """The lines, a batch at a time."""
        for batch in events:
            rows = batch.select([name for name in batch.schema.names if name in _SHOWN]).to_pylist()
            texts = self.evidence(rows) if self.verbose else {}
            lines = (line for row in rows for line in self.lines_of(row, texts.get(row["file"], {})))
            yield "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")

    def evidence(self, rows: Sequence[dict[str, Any]]) -> dict[str, dict[int, str]]:
        """The lines of these events, by file and number."""
        wanted: dict[str, set[int]] = {}
        for row in rows:
            wanted.setdefault(row["file"], set()).update(numbers_of(row))
        return {name: texts_of(self.files[name], np.array(sorted(numbers))) for name, numbers in wanted.items()}

    def lines_of(self, row: dict[str, Any], texts: dict[int, str]) -> list[str]:
        """The line of an event, and those of the evidence below it."""
        self.shown += 1
        worked_out = bool(row["timestamp"]) and row["timestamp_basis"] not in STATED
        self.inferred += worked_out
        told = stamp(row["timestamp"], row["timestamp_uncertainty_s"] or 0.0) + (INFERRED if worked_out else "")
        day, room = "", _STAMP + 1
        if self.narrow:
            room -= _DAY
            day, told = (told[:_DAY], told[_DAY:]) if row["timestamp"] else ("", told)
        source = visible(row["source"] or "").ljust(self.source_width)
        cells = [(told.ljust(room), _FAINT), (source, self.colour(source))]
        if self.hosts:
            cells.append((self.padded(visible(row["host_name"] or ""), self.host_width), 0))
        name = visible(row["file"].removeprefix(self.root))
        cells.append((self.padded(f"{name}:{row['line']}", self.place_width), _FAINT))
        text = self.message(row)
        if self.width is not None:
            text = self.cut(text, max(self.width - sum(cell_len(cell) + 2 for cell, _ in cells), _NARROWEST))
        head = "  ".join([*(self.style(cell, code) for cell, code in cells), self.style(text, self.emphasis(row))]).rstrip()
        news = [self.style(day.rstrip(), _BOLD)] if day and day != self.day else []
        self.day = day or self.day
        below = [texts[number] for number in numbers_of(row) if number in texts]
        below = [] if below == [row.get("found")] else below
        return [*news, head, *(f"    {self.style(visible(line), _FAINT)}" for line in below)]

    def cut(self, text: str, room: int) -> str:
        """The text in so many cells: its beginning, or the stretch with what was looked for."""
        if cell_len(text) <= room:
            return text
        return shorten(text, room, self.terms) if self.terms else set_cell_size(text, room - len(_MORE)).rstrip() + _MORE

    def message(self, row: dict[str, Any]) -> str:
        """What happened; with a search, the line that was found."""
        if row.get("found") is not None:
            return visible(row["found"])
        text = visible((row["body"] or "").partition("\n")[0])
        if row["duration_s"] is not None and row["http_response_status_code"] is not None:
            text += f" in {row['duration_s']:.3f} s"
        for word, name in (("from", "client_address"), ("via", "upstream_address"), ("user", "user_id")):
            if row["http_response_status_code"] is not None and row[name] not in {None, "", "-"} and row[name] not in text:
                text += f" {word} {visible(row[name])}"
        writer = visible(row["service_name"] or "")
        if writer and row["source"] in {"journal", "syslog"}:
            text = f"{writer}[{row['process_pid']}]: {text}" if row["process_pid"] else f"{writer}: {text}"
        elif row["severity_text"] and not text.upper().startswith(row["severity_text"].upper()):
            text = f"{visible(row['severity_text'])}: {text}"
        return text

    def padded(self, text: str, width: int) -> str:
        """The text with blanks up to a width of cells."""
        return text + " " * max(width - cell_len(text), 0)

    def colour(self, source: str) -> int:
        """The colour of a source."""
        return self._colours.setdefault(source, _COLOURS[len(self._colours) % len(_COLOURS)])

    def emphasis(self, row: dict[str, Any]) -> int:
        """Red for what failed, bold for what warns."""
        severity, status = row["severity_number"] or 0, row["http_response_status_code"] or 0
        if severity >= _ERROR or status >= _FAILED:
            return _RED
        return _BOLD if severity >= _WARNING or status >= _REFUSED else 0

    def style(self, text: str, code: int) -> str:
        """The text in a colour, where there are colours."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.coloured and code else text


def numbers_of(row: dict[str, Any]) -> range:
    """The numbers of an event's lines."""
    return range(row["line"], max(row["line"], row["line_last"] or 0) + 1)


def stamp(moment: datetime | None, width_s: float) -> str:
    """A time as exactly as it is known: ``2026-11-23 09:56:25.768Z``, ``2026-11-23 09:57Z`` of one to the minute."""
    if moment is None:
        return "(no time)"
    if width_s >= 60:  # noqa: PLR2004
        return f"{moment:%Y-%m-%d %H:%MZ}"
    if width_s >= 1:
        return f"{moment:%Y-%m-%d %H:%M:%SZ}"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def as_csv(events: Events) -> Iterator[bytes]:
    """CSV with a header; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    from pyarrow import csv

    yield ",".join(f'"{name}"' for name in events.schema.names if name != "found").encode() + b"\n"
    for batch in events:
        columns = {
            name: pc.replace_substring_regex(values, _FORMULA, r"'\1") if pa.types.is_string(values.type) else values
            for name, values in written(batch).items()
        }
        page = io.BytesIO()
        csv.write_csv(pa.table(columns), page, csv.WriteOptions(include_header=False))
        yield page.getvalue()


def as_json_lines(events: Events) -> Iterator[bytes]:
    """One JSON object a line, without what is not known."""
    for batch in events:
        rows = pa.table(written(batch)).to_pylist()
        texts = (
            json.dumps({name: value for name, value in row.items() if value is not None}, ensure_ascii=False) for row in rows
        )
        yield "".join(f"{text}\n" for text in texts).encode()


def as_parquet(events: Events) -> Iterator[bytes]:
    """One Parquet file."""
    from pyarrow import parquet

    page = io.BytesIO()
    names = [name for name in events.schema.names if name != "found"]
    with parquet.ParquetWriter(page, pa.schema([events.schema.field(name) for name in names])) as writer:
        for batch in events:
            writer.write_batch(batch.select(names))
    yield page.getvalue()


def written(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """The columns with times as ISO 8601 in UTC."""
    columns = {name: values for name, values in zip(batch.schema.names, batch.columns, strict=True) if name != "found"}
    naive = columns["timestamp"].cast(pa.timestamp("us"))
    columns["timestamp"] = pc.binary_join_element_wise(pc.strftime(naive, "%Y-%m-%dT%H:%M:%S"), "Z", "")
    return columns
