"""Times as people type them: full, without a zone, without a year, or a clock alone, which the evidence then dates.

``2026-11-23 10:56``, ``2026-11-23T10:56:26+01:00``, ``23 Nov 2026 10:56 UTC``, ``Nov 23 21:47``, ``21:47``, ``9:47pm``; a day alone is
its beginning. What can be read in two ways (``03/04/2026``) is refused, and so is ``yesterday``: of which day, nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from logcorr.errors import TimeError
from logcorr.formats.clock import LEAP_YEAR, microseconds, parse_offset
from logcorr.formats.human_time import DAY_S, MINUTE_S, leading

Window = tuple[int, int]
SECOND: Final = 1_000_000
HINT: Final = 'write it as "2026-11-23 10:56", "2026-11-23T10:56:00+01:00" or "21:47"'
IN_UTC: Final = "a time without a zone is in UTC, or in --zone"
_SECONDS: Final = re.compile(r"\d:\d\d:\d\d|T\d{6}")
_ABBREVIATION: Final = re.compile(r"\b[A-Z]{1,2}[SD]T$")
_MONTH_AND_DAY: Final = re.compile(r"--(\d\d)-(\d\d)")


@dataclass(frozen=True, slots=True)
class TypedTime:
    """A time as far as it was typed.

    ``clock`` is the wall clock; without ``has_date`` its day means nothing, without ``has_year`` its year (which is then a leap
    year). ``resolution_s`` is the width of what was typed: a day, a minute, a second.
    """

    text: str
    clock: datetime
    offset_s: int | None
    has_date: bool
    has_year: bool
    resolution_s: float


def parse(text: str) -> TypedTime:
    """Read a typed time.

    Raises:
        TimeError: it is none, or it can be read in two ways.
    """
    given = normal(text)
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return as_people_write(text, given)
    if not re.search(r"[T ]\d", given):
        return TypedTime(text, found, None, has_date=True, has_year=True, resolution_s=DAY_S)
    offset = found.utcoffset()
    seconds = None if offset is None else int(offset.total_seconds())
    resolution = 1.0 if _SECONDS.search(given) else MINUTE_S
    return TypedTime(text, found.replace(tzinfo=None), seconds, has_date=True, has_year=True, resolution_s=resolution)


def normal(text: str) -> str:
    """The text with the stamps of logs made ISO: ``23/Nov/2026:10:56:26 +0100``, ``2026/11/23``, ``Mon Nov 23 10:56:26 2026``."""
    given = re.sub(r"^(\d\d)/([A-Z][a-z]{2})/(\d{4}):", r"\1 \2 \3 ", text.strip())
    given = re.sub(r"^[A-Z][a-z]{2} ([A-Z][a-z]{2} [ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$", r"\1 \3 \2", given)
    given = re.sub(r"^(\d{4})[/.](\d\d)[/.](\d\d)\b", r"\1-\2-\3", given)
    given = re.sub(r" ?(?:UTC|GMT)$", "+00:00", given)
    return re.sub(r" ([+-]\d\d:?\d\d)$", r"\1", given)


def as_people_write(text: str, given: str) -> TypedTime:
    """The same for what is not ISO."""
    said = leading(given)
    if said is None or given[said.end :].strip():
        raise TimeError(f"no time: {text!r}", hint=HINT)
    if said.offset_s is None and (zone := _ABBREVIATION.search(given)):
        raise TimeError(f"{zone[0]} is the name of several zones: {text!r}", hint="give an offset (+01:00), or --zone")
    if "|" in said.day:
        raise TimeError(f"day and month can be read in two ways: {text!r}", hint=HINT)
    if said.day and not said.day[-1].isdigit():
        raise TimeError(f"which day {said.day!r} is, the evidence does not tell: {text!r}", hint=f"give the date: {HINT}")
    month_and_day = _MONTH_AND_DAY.fullmatch(said.day)
    if month_and_day:
        day = date(LEAP_YEAR, int(month_and_day[1]), int(month_and_day[2]))
    else:
        day = date.fromisoformat(said.day) if said.day else date(LEAP_YEAR, 1, 1)
    clock = datetime(day.year, day.month, day.day) + timedelta(seconds=said.at_s)  # noqa: DTZ001 (a wall clock)
    width = said.end_s - said.start_s
    return TypedTime(text, clock, said.offset_s, bool(said.day), bool(said.day) and not month_and_day, width)


def instant_of(time: TypedTime, window: Callable[[], Window | None], zone: str = "") -> int:
    """The instant, in microseconds since 1970.

    Args:
        time: what was typed.
        window: gives the first and last instant of the evidence, by which a missing date is found.
        zone: of a time that states none; UTC without it.

    Raises:
        TimeError: no date was given, and the evidence does not tell which one.
    """
    return at(dated(time, window, [zone]), zone)


def dated(time: TypedTime, window: Callable[[], Window | None], zones: list[str], *, before: bool = False) -> TypedTime:
    """The time with the one date that lies in the evidence, read in any of these zones; where it lasts a day at most, on that day.

    ``before``: where none lies in it, the last one before it.

    Raises:
        TimeError: no date lies there, or several do.
    """
    if time.has_year:
        return time
    covered = window()
    if covered is None:
        raise TimeError(
            f"which day {time.text!r} is on, the evidence does not tell: it has no dates", hint=f"give the date: {HINT}"
        )
    possible = dates_of(time, covered)
    if time.has_date and possible:
        return min(possible, key=lambda each: max(covered[0] - at(each, zones[0]), at(each, zones[0]) - covered[1]))
    fitting = [each for each in possible if any(covered[0] <= at(each, zone) <= covered[1] for zone in zones)]
    earlier = [each for each in possible if all(at(each, zone) < covered[0] for zone in zones)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and before:
        return earlier[-1]
    days = {day_of(edge, zones[0]) for edge in covered}
    if not fitting and len(days) == 1:
        return next(each for each in possible if each.clock.date() in days)
    count = f"{len(fitting)} days" if fitting else "no day"
    lasts = " to ".join(shown(moment_us) for moment_us in covered)
    raise TimeError(f"{time.text!r} is on {count} of the evidence, which covers {lasts}", hint=f"give the date; {IN_UTC}")


def dates_of(time: TypedTime, covered: Window) -> list[TypedTime]:
    """The time on each day, or in each year, of the evidence and around it."""
    first, last = (datetime.fromtimestamp(moment_us / SECOND, UTC).replace(tzinfo=None) for moment_us in covered)
    if time.has_date:
        years = range(first.year - 1, last.year + 2)
        clocks = [time.clock.replace(year=year) for year in years if is_day(year, time.clock)]
    else:
        clocks = [
            datetime.combine(first.date() + timedelta(days=days), time.clock.time())
            for days in range(-2, (last.date() - first.date()).days + 2)
        ]
    return [replace(time, clock=clock, has_date=True, has_year=True) for clock in clocks]


def day_of(moment_us: int, zone: str) -> date:
    """The day of an instant in a zone."""
    midnight = TypedTime("", datetime.fromtimestamp(moment_us / SECOND, UTC).replace(tzinfo=None), None, True, True, 0.0)  # noqa: FBT003
    return (midnight.clock + timedelta(microseconds=moment_us - at(midnight, zone))).date()


def is_day(year: int, clock: datetime) -> bool:
    """Whether that day of the calendar exists in a year."""
    try:
        clock.replace(year=year)
    except ValueError:
        return False
    return True


def at(time: TypedTime, zone: str) -> int:
    """The instant of a full time, in microseconds since 1970."""
    naive = microseconds(time.clock)
    if time.offset_s is not None:
        return naive - time.offset_s * SECOND
    offset = parse_offset(zone) if zone else 0
    if offset is None:
        offset = int((time.clock.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds())
    return naive - offset * SECOND


def shown(moment_us: int) -> str:
    """An instant for a message."""
    return f"{datetime.fromtimestamp(moment_us / SECOND, UTC):%Y-%m-%d %H:%M}Z"
