"""What people reported: a table with a time, a text and perhaps a user; or a list below the word "complaints".

Real lines::

    time,user,text
    2026-11-23 10:57,quentin.ito,"can't open my account page, /dashboard"
    2026-11-23T10:20:21Z,karin.silva,old bookmark gives 404

    Complaints:
    22:14 cannot log in
    around 10pm: blank page, says bob

A table is separated by commas, semicolons or tabs; quoted fields may span lines. Its header must name a time and a text, and nothing that
a machine writes of a request: an export of a log is no complaint. In a list each line begins with a time, and only the word above it
tells it from the notes of an operator.

Clock: when it was reported, later than what it is about by as long as people take; as ``human_time`` reads it, an interval. Where the
words name no date, ``naive_us`` is null: ``day_said`` and ``clock_s`` hold what they do say. A text without a time has none.

Grammar: RFC 4180.
"""

from __future__ import annotations

import csv
import io
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from logcorr.formats.clock import EPOCH
from logcorr.formats.date import NO_CLOCK, clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample
from logcorr.formats.human_time import DAY_S, HumanTime, leading, mentioned

TIMES: Final = ("time", "timestamp", "date", "when", "reported_at", "created_at")
TEXTS: Final = ("text", "complaint", "message", "description", "comment", "subject")
USERS: Final = ("user", "customer", "email", "account", "name")
_BESIDE: Final = (
    "id ticket ticket_id case case_id channel category priority rating language country city phone product tags agent"
)
#: further columns that a help desk's export has
BESIDE: Final = frozenset(_BESIDE.split())
ALLOWED: Final = BESIDE.union(TIMES, TEXTS, USERS)
LONGEST_HEADER: Final = 1000
HEADING: Final = re.compile(
    r"[#=*\s]*(?:(?:users?|customers?)'? )?complaints?(?: (?:of|from) [\w -]{1,40})?\s*[:=#*]*\s*", re.IGNORECASE
)
#: what programs write and people do not: systemd[1]:, [error], key=value, the beginning of an object
MACHINE: Final = re.compile(r"\w\[\d+\]|\[\w+\]|\w=\S|[{}]|\b(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b")
STAMP: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<minute>\d\d:\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r" ?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Table:
    """The places of the columns, and the rows with their lines; ``day`` is a date beside the time, if it has its own column."""

    time: int
    text: int
    user: int | None
    rows: list[tuple[int, int, list[str]]]
    day: int | None = None


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
        day = place_of(("date",), header)
        return Table(time, text, place_of(USERS, header), rows, day if day != time else None)
    return None


def list_of(lines: Sequence[str]) -> list[tuple[int, HumanTime, str]] | None:
    """The complaints below a heading that calls them so: line, time and text of each; None when it is no such list."""
    filled = [(at, line.strip()) for at, line in enumerate(lines, 1) if line.strip()]
    if len(filled) < 2 or not HEADING.fullmatch(filled[0][1]):  # noqa: PLR2004 (a heading and a complaint)
        return None
    found = []
    for at, line in filled[1:]:
        said = re.sub(r"^[-*•]\s+", "", line)
        time = leading(said)
        if time is None or MACHINE.search(said):
            return None
        found.append((at, time, rest_of(said, time)))
    return found


def rest_of(text: str, time: HumanTime) -> str:
    """What stands behind the time that a text begins with."""
    return text[time.end :].lstrip(" \t,:;-–—")


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
    """The clock of a time and its width; nulls for what is none."""
    found = STAMP.fullmatch(text)
    if not found:
        time = leading(text)
        return said(time) if time and not rest_of(text, time) else dict(NO_CLOCK)
    day, minute, second = found["day"], found["minute"], found["second"]
    if second:
        clock = clock_as_written(f"{day} {minute}:{second}", "iso", fraction=found["fraction"] or "", zone=found["zone"] or "")
    else:
        clock = clock_as_written(f"{day} {minute or '00:00'}", "minute", zone=found["zone"] or "")
        clock |= {"resolution_s": DAY_S} if not minute and clock["naive_us"] is not None else {}
    return clock if clock["naive_us"] is None else {**clock, "early_s": 0.0, "late_s": clock["resolution_s"]}


def said(time: HumanTime) -> dict[str, object]:
    """The columns of a time in words."""
    width = {
        "offset_s": time.offset_s,
        "resolution_s": time.end_s - time.start_s,
        "early_s": time.at_s - time.start_s,
        "late_s": time.end_s - time.at_s,
        "yearless": False,
    }
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", time.day):
        return {**width, "naive_us": None, "day_said": time.day, "clock_s": time.at_s}
    days = (date.fromisoformat(time.day) - EPOCH.date()).days
    return {**width, "naive_us": int((days * DAY_S + time.at_s) * 1_000_000)}


def address_in(text: str) -> str | None:
    """The one address of a client that a text names."""
    found = set()
    for word in re.findall(r"[0-9a-fA-F:.]{7,}", text):
        try:
            found.add(str(ipaddress.ip_address(word.rstrip(".:"))))
        except ValueError:
            continue
    return found.pop() if len(found) == 1 else None


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is a table whose header names a time and a text, and nothing foreign; or a list of that name."""
    return table_of(lines) is not None or list_of(lines) is not None


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a complaint."""
    table = table_of(lines)
    if table is None:
        return [fact(at, at, said(time), text) for at, time, text in list_of(lines) or ()]
    facts = []
    for first, last, row in table.rows:
        time, text, user, day = (row[at].strip() if at is not None and at < len(row) else "" for at in places(table))
        time = f"{day} {time}".strip()
        clock = clock_of(time)
        timed = clock["naive_us"] is not None or "clock_s" in clock
        facts.append(fact(first, last, clock, text if timed or not time else f"{time}: {text}", user))
    return facts


def fact(first: int, last: int, clock: dict[str, object], text: str, user: str = "") -> Fact:
    """A complaint as a fact."""
    return Fact("complaints", first, last, {**clock, "user_id": user or None, "client_address": address_in(text), "body": text})


def as_table(texts: Sequence[str]) -> str:
    """Complaints as typed, each with its time, as a table that this format reads: ``22:14 login is broken``.

    The time comes first, or stands inside behind a word such as ``at`` or ``since``; the words stay as they are.

    Raises:
        ValueError: a text has no time; the message says how to write one.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("time", "text"))
    for text in texts:
        begins = leading(text.strip())
        time = begins or mentioned(text.strip())
        if time is None:
            raise ValueError(
                f'no time in {text!r}: write when it was first, as in "22:14 {text[:40].strip()}", "around 10pm: ..." or '
                '"2026-11-23 22:14 ..."'
            )
        written = text.strip()[: time.end] if begins else text.strip()[time.start : time.end]
        writer.writerow((written.strip(" ,:;"), rest_of(text.strip(), time) if begins else text.strip()))
    return table.getvalue()


def places(table: Table) -> tuple[int | None, ...]:
    """The places of time, text, user and day."""
    return table.time, table.text, table.user, table.day


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
        Sample("when\tcustomer\tcomplaint\nrecently\tomar\tslow", {"naive_us": None, "body": "recently: slow"}),
        Sample(
            "when\tcustomer\tcomplaint\nyesterday 10:57 pm\tomar\tslow",
            {"naive_us": None, "day_said": "yesterday", "clock_s": 82_620.0, "early_s": 0.0, "late_s": 60.0, "body": "slow"},
        ),
        Sample(
            'time,text\naround 10pm,"cannot open /dashboard, says bob, 192.0.2.7"',
            {"naive_us": None, "day_said": "", "early_s": 1800.0, "late_s": 1800.0, "client_address": "192.0.2.7"},
        ),
        Sample("date,time,text\n2026-11-23,10:57,slow", {"naive_us": 1_795_431_420_000_000, "late_s": 60.0, "body": "slow"}),
        Sample('time,text\n"Nov 23, 2026 10:57 am UTC",slow', {"naive_us": 1_795_431_420_000_000, "offset_s": 0}),
        Sample("Complaints:\n\n- 22:14 cannot log in", {"line": 3, "clock_s": 80_040.0, "body": "cannot log in"}),
        Sample("date,text\n2026-11-23,slow, very slow", {"resolution_s": 86_400.0, "body": "slow, very slow"}),
        Sample("ts_start,ts_end,status,user\n1795427701.004,1795427701.017,200,omar"),
        Sample("timestamp,level,message\n2026-11-23T10:20:28Z,ERROR,no live upstreams"),
        Sample("time,latency_ms\n2026-11-23T10:20:28Z,4"),
        Sample("22:14 cannot log in\n22:15 me neither"),
        Sample("Complaints:\n22:14 cannot log in\nNov 23 22:15:01 shop-prod-2 systemd[1]: Reloading."),
        Sample("Time, user and text are missing\n2026-11-23 10:57 slow"),
    ),
)
