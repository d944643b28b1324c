"""What ``date`` printed: the zone and the clock of a server, one instant a line.

Real lines::

    Mon Nov 23 10:58:55 CET 2026
    Mon Nov 23 09:58:55 UTC 2026
    Mon Nov 23 10:58:55 AM CET 2026
    Mon, 23 Nov 2026 10:58:55 +0100
    2026-11-23T10:58:55+01:00

Clock: the instant shown, one second. UTC, GMT and numbers are offsets; an abbreviation is none (CST is in America and in
China). A number since 1970 (``+%s``) says nothing of the zone, and is not read.
Where two neighbouring lines show one instant, one of them with an offset, the difference is the offset of the other.

Grammar: coreutils ``src/date.c`` (``date_fmt`` of the locales, ``-R``, ``-I``, ``--rfc-3339``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.clock import parse_offset, parse_second
from logcorr.formats.grammar import DocumentFormat, Fact, Sample
from logcorr.formats.month_names import MONTH_NAMES

#: more lines than anybody asks a clock
MOST_LINES: Final = 50
#: two commands in a row show one instant when no more lies between them
SAME_INSTANT_US: Final = 2_000_000
#: zones are whole quarters of an hour
QUARTER_S: Final = 900
FARTHEST_S: Final = 14 * 3600

NO_CLOCK: Final[dict[str, object]] = {"naive_us": None, "offset_s": None, "resolution_s": None, "yearless": False}

MONTHS: Final = dict(zip(MONTH_NAMES, range(1, 13), strict=True))

_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_TIME: Final = r"(?P<time>\d\d?:\d\d:\d\d)(?: (?P<half>AM|PM) ?)?"
_ZONE: Final = r"(?P<zone>[A-Z]{1,5}|[+-]\d\d(?::?\d\d)?)"
_SHAPES: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"{_DAY} (?P<month>[A-Z][a-z]{{2}}) {{1,2}}(?P<day>\d\d?) {_TIME} {_ZONE} (?P<year>\d{{4}})",
        rf"{_DAY} {{1,2}}(?P<day>\d\d?) (?P<month>[A-Z][a-z]{{2}}) {_TIME} {_ZONE} (?P<year>\d{{4}})",
        rf"{_DAY},? {{1,2}}(?P<day>\d\d?) (?P<month>[A-Z][a-z]{{2}}) (?P<year>\d{{4}}) {_TIME} {_ZONE}",
        r"(?P<iso>\d{4}-\d\d-\d\d)T(?P<time>\d{2}:\d\d)(?P<half>)(?P<zone>Z|[+-]\d\d:\d\d)",
        r"(?P<iso>\d{4}-\d\d-\d\d)[T ](?P<time>\d{2}:\d\d:\d\d)(?:[.,](?P<fraction>\d+))?(?P<half>)(?P<zone>Z|[+-]\d\d:?\d\d)",
    )
)
_SYSTEMD = re.compile(
    _DAY
    + r" (?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?(?: (?P<zone>[A-Z]{1,5}|[+-]\d\d(?::?\d\d)?))?",
    re.ASCII,
)


def clock_as_written(second: str, layout: str, *, fraction: str = "", zone: str = "") -> dict[str, object]:
    """The columns of ``families.CLOCK`` for one clock; all null where it is no date.

    Args:
        second: the text down to the second (or minute), in ``layout`` (a key of ``clock.LAYOUTS``).
        layout: how it is written.
        fraction: the digits after the second without their mark.
        zone: an offset; what is none (an abbreviation) leaves ``offset_s`` null.
    """
    naive = parse_second(second, layout)
    if naive is None:
        return dict(NO_CLOCK)
    digits = fraction[:6]
    return {
        "naive_us": naive + int(digits.ljust(6, "0")),
        "offset_s": parse_offset(zone),
        "resolution_s": 60.0 if layout == "minute" else 10.0 ** -len(digits),
        "yearless": layout == "syslog",
    }


def systemd_clock(text: str) -> tuple[dict[str, object], str]:
    """The clock and the zone as systemd prints an instant: ``Mon 2026-11-23 10:55:00 CET``; nulls for ``n/a``."""
    found = _SYSTEMD.fullmatch(text.strip())
    if not found:
        return dict(NO_CLOCK), ""
    zone = found["zone"] or ""
    return clock_as_written(found["second"], "iso", fraction=found["fraction"] or "", zone=zone), zone


def shown(line: str) -> tuple[dict[str, object], str] | None:
    """The clock and the zone that a line of ``date`` shows; None when it is no such line."""
    text = line.strip()
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(text))), None)
    if not found:
        return None
    parts = found.groupdict()
    day = parts.get("iso") or f"{parts['year']}-{MONTHS.get(parts['month'] or '', 0):02}-{parts['day']:0>2}"
    hour, _, rest = (parts["time"] or "").partition(":")
    if parts["half"]:
        if not 1 <= int(hour) <= 12:  # noqa: PLR2004 - a clock's face
            return None
        hour = str(int(hour) % 12 + (12 if parts["half"] == "PM" else 0))
    layout = "iso" if ":" in rest else "minute"
    clock = clock_as_written(f"{day} {hour:0>2}:{rest}", layout, fraction=parts.get("fraction") or "", zone=parts["zone"] or "")
    return None if clock["naive_us"] is None else (clock, parts["zone"] or "")


def offset_between(local: object, other: object, other_offset: object) -> int | None:
    """Offset of a local clock from another of known offset that shows the same instant; None when it does not."""
    if not (isinstance(local, int) and isinstance(other, int) and isinstance(other_offset, int)):
        return None
    difference = local - other + other_offset * 1_000_000
    offset = round(difference / (QUARTER_S * 1_000_000)) * QUARTER_S
    same = abs(difference - offset * 1_000_000) <= SAME_INSTANT_US and abs(offset) <= FARTHEST_S
    return offset if same else None


def recognise(lines: Sequence[str]) -> bool:
    """Whether every line shows one instant as ``date`` does."""
    if len(lines) > MOST_LINES:
        return False
    filled = [line for line in lines if line.strip()]
    return bool(filled) and all(shown(line) for line in filled)


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a line."""
    clocks = [(number, line, found) for number, line in enumerate(lines, 1) if (found := shown(line))]
    facts = []
    for at, (number, line, (clock, zone)) in enumerate(clocks):
        offset = clock["offset_s"]
        for other in (at + 1, at - 1):
            if offset is None and 0 <= other < len(clocks):
                beside = clocks[other][2][0]
                offset = offset_between(clock["naive_us"], beside["naive_us"], beside["offset_s"])
        columns = {
            **clock,
            "offset_s": offset,
            "subject": "date",
            "subject_kind": "clock",
            "status": zone,
            "body": line.strip(),
        }
        facts.append(Fact("states", number, number, columns))
    return facts


FORMAT = DocumentFormat(
    name="clock",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "Mon Nov 23 10:58:55 CET 2026\nMon Nov 23 09:58:55 UTC 2026",
            {
                "naive_us": 1_795_431_535_000_000,
                "offset_s": 3600,
                "status": "CET",
                "subject_kind": "clock",
                "resolution_s": 1.0,
                "yearless": False,
            },
        ),
        Sample("Mon Nov 23 10:58:55 CET 2026", {"naive_us": 1_795_431_535_000_000, "offset_s": None}),
        Sample("Mon Nov 23 07:19:25 -03 2026", {"naive_us": 1_795_418_365_000_000, "offset_s": -10_800, "status": "-03"}),
        Sample("Mon Nov 23 09:58:55 PM UTC 2026", {"naive_us": 1_795_471_135_000_000, "offset_s": 0}),
        Sample("Mon 23 Nov 2026 12:00:01 AM CET", {"naive_us": 1_795_392_001_000_000, "offset_s": None}),
        Sample("Mon, 23 Nov 2026 10:58:55 +0100", {"naive_us": 1_795_431_535_000_000, "offset_s": 3600}),
        Sample("2026-11-23T10:58:55+01:00", {"naive_us": 1_795_431_535_000_000, "offset_s": 3600}),
        Sample("2026-11-23T10:58+01:00", {"naive_us": 1_795_431_480_000_000, "offset_s": 3600, "resolution_s": 60.0}),
        Sample("1795431535"),
        Sample("Mon Nov 23 10:58:55 2026"),
        Sample("Mon Nov 31 10:58:55 CET 2026"),
        Sample("Mon Nov 23 10:58:55 CET 2026\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("2026-11-23T10:58:55+01:00 INFO main: started"),
    ),
)
