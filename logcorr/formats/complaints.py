"""What people reported: a table with a time, a text and perhaps a user.

Real lines::

    time,user,text
    2026-11-23 10:57,quentin.ito,"can't open my account page, /dashboard"
    2026-11-23T10:20:21Z,karin.silva,old bookmark gives 404

Separated by commas, semicolons or tabs; quoted fields may span lines. The header must name a time and a text, and nothing that
a machine writes of a request: an export of a log is no complaint.

Clock: when it was reported, later than what it is about by as long as people take; to the minute or second, with the offset
if it states one. A date alone is a day. Words ("yesterday around noon") give no clock and stand before the text.

Grammar: RFC 4180.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from logcorr.formats.date import NO_CLOCK, clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

TIMES: Final = ("time", "timestamp", "date", "when", "reported_at", "created_at")
TEXTS: Final = ("text", "complaint", "message", "description", "comment", "subject")
USERS: Final = ("user", "customer", "email", "account", "name")
_BESIDE: Final = (
    "id ticket ticket_id case case_id channel category priority rating language country city phone product tags agent"
)
#: further columns that a help desk's export has
BESIDE: Final = frozenset(_BESIDE.split())
ALLOWED: Final = BESIDE.union(TIMES, TEXTS, USERS)
DAY_S: Final = 86_400.0
LONGEST_HEADER: Final = 1000
STAMP: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<minute>\d\d:\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r" ?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Table:
    """The places of the columns, and the rows with their lines."""

    time: int
    text: int
    user: int | None
    rows: list[tuple[int, int, list[str]]]


def place_of(names: Sequence[str], header: Sequence[str]) -> int | None:
    """Where the first of these names stands that the header has."""
    return next((header.index(name) for name in names if name in header), None)


def table_of(lines: Sequence[str]) -> Table | None:
    """The table of complaints; None when it is none."""
    start = next((at for at, line in enumerate(lines) if line.strip()), None)
    if start is None or len(lines[start]) > LONGEST_HEADER:
        return None
    for delimiter in (",", ";", "\t"):
        header = [name.strip().strip('"').lower().replace(" ", "_") for name in lines[start].lstrip("\ufeff").split(delimiter)]
        time, text = place_of(TIMES, header), place_of(TEXTS, header)
        if time is None or text is None or not ALLOWED.issuperset(header) or len(set(header)) < len(header):
            continue
        rows = rows_of(lines[start + 1 :], start + 2, delimiter)
        if rows is None or sum(len(row) >= len(header) for _, _, row in rows) * 2 < len(rows):
            return None
        if text == len(header) - 1:
            rows = [(first, last, [*row[:text], delimiter.join(row[text:])]) for first, last, row in rows]
        return Table(time, text, place_of(USERS, header), rows)
    return None


def rows_of(lines: Sequence[str], first: int, delimiter: str) -> list[tuple[int, int, list[str]]] | None:
    """The rows with their first and last lines; None when they break the grammar."""
    reader = csv.reader((line.rstrip("\r") + "\n" for line in lines), delimiter=delimiter)
    rows = []
    done = 0
    try:
        for row in reader:
            if any(value.strip() for value in row):
                rows.append((first + done, first + reader.line_num - 1, row))
            done = reader.line_num
    except csv.Error:
        return None
    return rows


def clock_of(text: str) -> dict[str, object]:
    """The clock of a time; nulls for words."""
    found = STAMP.fullmatch(text)
    if not found:
        return dict(NO_CLOCK)
    day, minute, second = found["day"], found["minute"], found["second"]
    if second:
        return clock_as_written(f"{day} {minute}:{second}", "iso", fraction=found["fraction"] or "", zone=found["zone"] or "")
    clock = clock_as_written(f"{day} {minute or '00:00'}", "minute", zone=found["zone"] or "")
    return clock if minute or clock["naive_us"] is None else {**clock, "resolution_s": DAY_S}


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is a table whose header names a time and a text, and nothing foreign."""
    return table_of(lines) is not None


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a complaint."""
    table = table_of(lines)
    facts = []
    for first, last, row in table.rows if table else ():
        time, text, user = (row[at].strip() if at is not None and at < len(row) else "" for at in places(table))
        clock = clock_of(time)
        body = f"{time}: {text}" if clock["naive_us"] is None and time else text
        facts.append(Fact("complaints", first, last, {**clock, "user_id": user or None, "body": body}))
    return facts


def places(table: Table | None) -> tuple[int | None, int | None, int | None]:
    """The places of time, text and user."""
    return (table.time, table.text, table.user) if table else (None, None, None)


FORMAT = DocumentFormat(
    name="complaint",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            'time,user,text\n2026-11-23 10:57,quentin.ito,"can\'t open my account page, /dashboard"',
            {
                "family": "complaints",
                "naive_us": 1_795_431_420_000_000,
                "offset_s": None,
                "resolution_s": 60.0,
                "user_id": "quentin.ito",
                "body": "can't open my account page, /dashboard",
                "line": 2,
            },
        ),
        Sample(
            "time,user,text\n2026-11-23T12:14:10+02:00,hiro.novak,app shows 'server unavailable'",
            {"naive_us": 1_795_436_050_000_000, "offset_s": 7200, "resolution_s": 1.0},
        ),
        Sample(
            'Created at;Ticket;Comment\n2026-11-23T10:20:28Z;4711;"short error,\nfine ""now"""',
            {"naive_us": 1_795_429_228_000_000, "offset_s": 0, "user_id": None, "body": 'short error,\nfine "now"'},
        ),
        Sample("when\tcustomer\tcomplaint\nlunch time\tomar\tslow", {"naive_us": None, "body": "lunch time: slow"}),
        Sample("date,text\n2026-11-23,slow, very slow", {"resolution_s": 86_400.0, "body": "slow, very slow"}),
        Sample("ts_start,ts_end,status,user\n1795427701.004,1795427701.017,200,omar"),
        Sample("timestamp,level,message\n2026-11-23T10:20:28Z,ERROR,no live upstreams"),
        Sample("time,latency_ms\n2026-11-23T10:20:28Z,4"),
        Sample("Time, user and text are missing\n2026-11-23 10:57 slow"),
    ),
)
