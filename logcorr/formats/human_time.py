"""Times as people say them: ``22:14``, ``around 10pm``, ``yesterday 10:57 pm``, ``since this morning``, ``Nov 23, 22:14 UTC``.

A time is an interval: a minute that is named lasts a minute, an hour without minutes means half an hour before and after it, "this
morning" is a morning. What the words leave open stays open here: a time without its date says so (``day``), and so does one without
its zone. Nothing is filled in from the clock or the calendar of today. "Just now" and "an hour ago" are no times: nobody
knows when they were written.

``dateutil`` reads the words and numbers of a date and of a clock. It would take nearly any text for a time, and fill in what is
missing, so that it only sees texts of the shapes below, and the date and the clock each for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

MINUTE_S: Final = 60.0
HOUR_S: Final = 3600.0
DAY_S: Final = 86_400.0
#: who gives no minutes, or calls a full or half hour a rough time, is right to half an hour; to a quarter with other minutes
ROUGH_S: Final = 1800.0
LESS_ROUGH_S: Final = 900.0
#: a year with a 29 February for dates that name none
_LEAP_YEAR: Final = 2000

_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)\b\.?"
)
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY: Final = rf"(?:{'|'.join(WEEKDAYS)}|(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)(?=[.,]?\s+\d)\.?)"
_NTH: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_DATES: Final = (
    r"(?P<iso>\d{4}[-/]\d\d?[-/]\d\d?)(?:T(?=\d)|(?![-/\w]))",
    rf"(?:{_WEEKDAY},?\s+)?(?P<words>(?:{_NTH}\.?\s+(?:of\s+)?{_MONTH}|{_MONTH}\s+{_NTH}\b(?![:.]\d))(?:,?\s+(?P<word_year>\d{{4}})\b)?)",
    rf"(?:{_WEEKDAY},?\s+)?(?P<numbers>\d{{1,2}}(?P<mark>[./-])\d{{1,2}}(?P=mark)(?P<year>\d{{4}}|\d\d))(?![\d./])",
    r"(?P<short>\d{1,2}/\d{1,2})(?=,?\s+(?:at\s+|around\s+|about\s+)?\d{1,2}(?::\d\d|\s?[ap]\.?m))",
    rf"(?P<relative>today|yesterday|{_WEEKDAY})",
)
_CLOCK: Final = (
    r"(?P<hour>\d{1,2})(?:(?::|h(?=\d\d))(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\.?(?![a-hj-z])|\s?h\b)?(?P<ish>-?ish)?(?!(?!Z\b)\w|:\d)"
)
_RANGE: Final = re.compile(r"\s*(?:-|–|—|to|and|till|until)\s*" + _CLOCK, re.IGNORECASE | re.ASCII)
_ZONE: Final = re.compile(r"\s*(?P<zone>(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?|[A-Z]{3,4}|Z)(?![\w+:-])", re.ASCII)
_PIECES: Final = {
    "rough": r"(?:around|about|approximately|approx\.?|roughly|circa|ca\.?)(?=[\s~\d])|~",
    "since": r"since|after|from|starting",
    "glue": r"(?:at|on|in the|in|the|between|early|late|of)(?=\s)|,",
    "day": "|".join(_DATES),
    "period": r"(?P<which>this\s+|last\s+)?(?P<period>morning|afternoon|evening|night)\b"
    r"|(?P<alone>tonight|noon|midday|midnight|lunch\s?time)\b",
    "clock": _CLOCK,
}
_SCANNERS: Final = {name: re.compile(rf"\s*(?:{shape})", re.IGNORECASE | re.ASCII) for name, shape in _PIECES.items()}
_INSIDE: Final = re.compile(r"(?<!\S)(?:at|since|around|about|from|on|yesterday|today|~)(?=[\s\d])", re.IGNORECASE)
#: parts of a day in hours; of a night the one that begins on that day
_PERIODS: Final = {
    "morning": (5.0, 12.0),
    "afternoon": (12.0, 18.0),
    "evening": (17.0, 23.0),
    "night": (20.0, 30.0),
    "tonight": (18.0, 30.0),
    "noon": (11.5, 12.5),
    "midday": (11.5, 12.5),
    "midnight": (-0.5, 0.5),
    "lunchtime": (11.5, 14.0),
}
#: abbreviations of one meaning: RFC 5322, section 4.3, and those of the European Union; all others name several zones, or none
_ZONES: Final = {
    zone: hours
    for zones, hours in (
        ("Z UTC GMT WET", 0),
        ("WEST CET", 1),
        ("CEST EET", 2),
        ("EEST", 3),
        ("EDT", -4),
        ("EST CDT", -5),
        ("CST MDT", -6),
        ("MST PDT", -7),
        ("PST", -8),
    )
    for zone in zones.split()
}


@dataclass(frozen=True, slots=True)
class HumanTime:
    """A time as said: an interval in seconds from the midnight that begins ``day``.

    ``day``: ``2026-11-23``; ``--11-23`` where no year was said; several with ``|`` between them where numbers can be read in two ways;
    ``today``, ``yesterday``, ``monday``; empty where no day was said. ``at_s`` is the moment itself, in the interval.
    ``start`` and ``end`` are its place in the text.
    """

    day: str
    at_s: float
    start_s: float
    end_s: float
    offset_s: int | None
    start: int
    end: int


def leading(text: str) -> HumanTime | None:
    """The time that a text begins with; None where it begins with none."""
    return scanned(text, 0)


def mentioned(text: str) -> HumanTime | None:
    """The only time inside a text, behind ``at``, ``since``, ``around`` and the like; None without any, or with several."""
    found = [time for word in _INSIDE.finditer(text) if (time := scanned(text, word.start())) is not None]
    ends = {time.end: time for time in reversed(found)}
    return next(iter(ends.values())) if len(ends) == 1 else None


@lru_cache(maxsize=4096)
def scanned(text: str, start: int) -> HumanTime | None:
    """The time that begins at a place of a text."""
    at = end = start
    seen: dict[str, re.Match[str]] = {}
    offset, until = None, None
    while step := next(steps(text, at, seen), None):
        name, found = step
        at = found.end()
        if name != "glue":
            seen[name] = found
        if name in {"day", "period", "clock"}:
            end = at
        if name == "clock":
            offset_stands = "day" in seen and text[at : at + 1] == "-"  # 2026-11-23T10:57-03:00 is no range
            if not offset_stands and (other := _RANGE.match(text, at)) and (other["minute"] or other["half"]):
                until, at, end = other, other.end(), other.end()
            if (zone := _ZONE.match(text, at)) and (zone_known := zone_of(zone["zone"]))[0]:
                offset, at, end = zone_known[1], zone.end(), zone.end()
    if not seen.keys() & {"day", "period", "clock"} or (end < len(text) and text[end].isalnum()):
        return None
    time = interval(seen, until)
    return replace(time, offset_s=offset, start=start, end=end) if time else None


def steps(text: str, at: int, seen: dict[str, re.Match[str]]) -> Iterator[tuple[str, re.Match[str]]]:
    """What can stand next, each kind once; a number alone is no clock."""
    for name, scanner in _SCANNERS.items():
        found = scanner.match(text, at)
        if not found or not found[0].strip() or name in seen:
            continue
        if name == "clock" and ("period" in seen or not (found["minute"] or found["half"])):
            continue
        if name == "period" and ("clock" in seen or not (found["which"] or found["alone"] or seen)):
            continue
        yield name, found


def interval(seen: dict[str, re.Match[str]], until: re.Match[str] | None) -> HumanTime | None:
    """The interval that the pieces name; None when one of them is no time (25:00, 31 November)."""
    day = day_of(seen["day"]) if "day" in seen else ""
    if day is None:
        return None
    rough = "rough" in seen
    if "clock" in seen:
        second = seconds_of(seen["clock"], until)
        last = second if until is None else seconds_of(until, seen["clock"])
        if second is None or last is None:
            return None
        clock = until or seen["clock"]
        width = 1.0 if clock["second"] else MINUTE_S
        slack = roughness(seen["clock"], rough=rough)
        last += DAY_S if last < second else 0.0
        found = HumanTime(day, second, second - slack, last + (slack or width), None, 0, 0)
    elif "period" in seen:
        which, day = of_period(seen["period"], day)
        start, stop = (hours * HOUR_S for hours in which)
        found = HumanTime(day, start if "since" in seen else (start + stop) / 2, start, stop, None, 0, 0)
    else:
        found = HumanTime(day, 0.0, 0.0, DAY_S, None, 0, 0)
    if "since" in seen and until is None:
        return replace(found, end_s=max(found.end_s, DAY_S))
    return found


def roughness(clock: re.Match[str], *, rough: bool) -> float:
    """How far a clock may be from what it says, in seconds; 0: it is meant as it stands."""
    if not (rough or clock["ish"]):
        return 0.0 if clock["minute"] else ROUGH_S
    return ROUGH_S if (clock["minute"] or "00") in {"00", "30"} else LESS_ROUGH_S


def of_period(found: re.Match[str], day: str) -> tuple[tuple[float, float], str]:
    """The hours of a part of a day, and the day: "last night" began the day before."""
    name = re.sub(r"\s", "", (found["period"] or found["alone"]).lower())
    which = (found["which"] or "").strip().lower()
    day = day or ("today" if which == "this" or name == "tonight" else "yesterday" if which == "last" else "")
    return _PERIODS[name], day


def seconds_of(clock: re.Match[str], other: re.Match[str] | None = None) -> float | None:
    """Seconds since midnight; None for what no clock shows. Of two clocks of a range one may leave ``pm`` to the other."""
    from dateutil import parser

    half = clock["half"] or (other["half"] if other and int(clock["hour"]) <= 12 else None)  # noqa: PLR2004 (a clock's face)
    text = f"{clock['hour']}:{clock['minute'] or '00'}:{clock['second'] or '00'}" + (f" {half}m" if half else "")
    try:
        read = parser.parse(text, default=datetime(_LEAP_YEAR, 1, 1))  # noqa: DTZ001 (a clock without a zone)
    except (ValueError, OverflowError):
        return None
    return read.hour * HOUR_S + read.minute * MINUTE_S + read.second


def day_of(found: re.Match[str]) -> str | None:
    """A day as ``HumanTime.day`` has it; None for a date that is in no calendar."""
    if word := found["relative"]:
        name = word.lower().rstrip(".")
        return name if name in {"today", "yesterday"} else next(day for day in WEEKDAYS if day.startswith(name[:3]))
    text = found["iso"] or found["words"] or found["numbers"] or found["short"]
    dated = bool(found["iso"] or found["word_year"] or found["year"])
    if found["year"] and len(found["year"]) == 2:  # noqa: PLR2004
        text = f"{text[:-2]}20{text[-2:]}"  # dateutil would look at this year's century
    read = {calendar_day(text, dayfirst=first) for first in ((False,) if found["iso"] else (False, True))} - {None}
    days = sorted(day.isoformat() if dated else day.isoformat().replace(f"{_LEAP_YEAR}-", "--") for day in read if day)
    return "|".join(days) or None


def calendar_day(text: str, *, dayfirst: bool) -> date | None:
    """The date of a text in one of the two orders of day and month."""
    from dateutil import parser

    try:
        return parser.parse(text, default=datetime(_LEAP_YEAR, 1, 1), dayfirst=dayfirst).date()  # noqa: DTZ001 (a day)
    except (ValueError, OverflowError):
        return None


def zone_of(text: str) -> tuple[bool, int | None]:
    """Whether this is a zone, and its offset where it has but one: ``UTC+2`` is two hours east, ``BST`` names several."""
    if text in _ZONES:
        return True, _ZONES[text] * 3600
    found = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?(\d\d))?", text)
    if not found:
        return text.endswith(("ST", "DT")), None
    sign, hours, minutes = found.groups(default="0")
    return True, (1 if sign == "+" else -1) * (int(hours) * 3600 + int(minutes) * 60)
