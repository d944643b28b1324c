"""The year of stamps that name none.

Lines come in order, so that a stamp that lies half a year or more before the line before it is in the next year, and one that lies nearly
a year after it is a late line of the year before. This gives the year of each line relative to the first; files that rotation cut from
one log are taken together. The year of the whole then comes, in this order, from

1. the caller (``--year``): the year in which the log ends;
2. dates with a year in its own lines, on the day of the line;
3. the other evidence: the year that brings the log nearest to it;
4. the file's time, which no line can be later than. Copies and checkouts reset it, so that it is flagged;
5. for what was handed over without a file, the day of the reading, flagged too.

A 29 February is in a leap year. What was observed at one instant (``ls``) has no order: each stamp lies in the half year before that
instant, as ``ls`` shows a year for everything that is older than six months or in the future (GNU coreutils ``src/ls.c``,
``six_months_ago``; POSIX.1-2017 ``ls``, "-l").
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import LEAP_YEAR, microseconds
from logcorr.formats.month_names import MONTH_NAMES
from logcorr.timeline.clocks.anchor import Anchor
from logcorr.timeline.clocks.given import Given
from logcorr.timeline.clocks.part import SECOND, Part, column

DAY_US: Final = 86_400 * SECOND
HALF_YEAR_US: Final = 183 * DAY_US
#: lines are written late by hours, not by days
NEARLY_A_YEAR_US: Final = 364 * DAY_US
MARCH_US: Final = microseconds(datetime(LEAP_YEAR, 3, 1, tzinfo=UTC))
LEAP_DAY_US: Final = MARCH_US - DAY_US
BASE_US: Final = microseconds(datetime(LEAP_YEAR, 1, 1, tzinfo=UTC))
FIRST_YEAR: Final = 1970
#: a log is looked for in the years before its evidence, and in the next; two leap years are never further apart than eight
YEARS_BACK: Final = 8
#: dates in a log's own lines tell its year when so many agree, and so many times as many as on the next best year
DATES_NEEDED: Final = 3
TIMES_RUNNER_UP: Final = 3
_LINES_LOOKED_AT: Final = 20_000
_MONTHS: Final = {name: f"{at:02}" for at, name in enumerate(MONTH_NAMES, 1)}
_DATES: Final = (
    r"\b(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)\b",
    r"\b(?P<day>\d\d)[-/ ](?P<month>[A-Z][a-z]{2})[-/ ](?P<year>(?:19|20)\d\d)\b",
)


def set_years(parts: Sequence[Part], given: Given, anchor: Anchor | None) -> None:
    """Give every stamp its year; ``part.year_basis`` says from where."""
    logs: dict[tuple[str, str, str], list[Part]] = {}
    for part in parts:
        if part.has_years:
            continue
        if part.family == "states":
            set_observed(part, given, anchor)
        else:
            logs.setdefault((part.family, part.source, part.place[0] or part.file), []).append(part)
    for own in logs.values():
        set_log(sorted(own, key=lambda part: part.place[1]), given, anchor)


def set_log(parts: Sequence[Part], given: Given, anchor: Anchor | None) -> None:
    """The same for the files of one log, the oldest first."""
    stamps = [valid(part.naive, part.yearless) for part in parts]
    shown: np.ndarray = np.concatenate([each for each, _ in stamps])
    if not len(shown):
        return
    passed = years_passed(shown)
    basis, first = first_year(parts, shown, passed, given, anchor)
    years: np.ndarray = passed + first
    start = 0
    for part, (own, places) in zip(parts, stamps, strict=True):
        put(part, places, in_year(own, years[start : start + len(own)]), basis)
        start += len(own)


def valid(naive: pa.Array, yearless: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The stamps without a year, and their places."""
    mask = pc.and_(yearless, pc.is_valid(naive)).to_numpy(zero_copy_only=False)
    places: np.ndarray = np.flatnonzero(mask)
    return naive.take(pa.array(places)).to_numpy(), places


def put(part: Part, places: np.ndarray, stamps: np.ndarray, basis: str) -> None:
    """Set the stamps at these places."""
    mask: np.ndarray = np.zeros(len(part.naive), dtype=bool)
    mask[places] = True
    part.naive = pc.replace_with_mask(part.naive, pa.array(mask), pa.array(stamps, pa.int64()))
    part.year_basis = basis


def years_passed(shown: np.ndarray) -> np.ndarray:
    """For each stamp, how many years after the first one's it is."""
    steps = np.diff(shown)
    return np.concatenate([[0], np.cumsum((steps < -HALF_YEAR_US).astype(np.int64) - (steps > NEARLY_A_YEAR_US))])


def in_year(shown: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Stamps of ``LEAP_YEAR`` moved to these years; 29 February of a year without one is 1 March."""
    moved = shown.copy()
    for year in np.unique(years):
        at = years == year
        shift = microseconds(datetime(int(year), 1, 1, tzinfo=UTC)) - BASE_US
        moved[at] = shown[at] + shift - (0 if is_leap(int(year)) else np.where(shown[at] >= MARCH_US, DAY_US, 0))
    return moved


def is_leap(year: int) -> bool:
    """Whether it has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def first_year(
    parts: Sequence[Part], shown: np.ndarray, passed: np.ndarray, given: Given, anchor: Anchor | None
) -> tuple[str, int]:
    """How the year of the first stamp is known, and the year."""
    if given.year:
        return "year_given", given.year - int(passed[-1])
    told = told_by_lines(parts, passed)
    if told is not None:
        return "year_inferred", told
    leap = np.unique(passed[(shown >= LEAP_DAY_US) & (shown < MARCH_US)])

    def is_possible(year: int) -> bool:
        return all(is_leap(year + int(each)) for each in leap)

    if anchor is not None:
        middle = year_of((anchor.start_us + anchor.end_us) // 2)
        years = [year for year in range(middle + 1, middle - YEARS_BACK - int(passed.max()), -1) if is_possible(year)]
        return "year_inferred", min(years or [middle], key=lambda year: apart(in_year(shown, passed + year), anchor))
    written = max(part.file_time_us for part in parts)
    latest = written or int(time.time()) * SECOND
    years = [year for year in range(year_of(latest), FIRST_YEAR, -1) if is_possible(year - int(passed.max()))]
    fits = (year for year in years if in_year(shown, passed + year - int(passed.max())).max() <= latest + DAY_US)
    return "file_time" if written else "year_assumed", next(fits, year_of(latest)) - int(passed.max())


def year_of(instant_us: int) -> int:
    """The year of an instant, in UTC."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)).year


def apart(stamps: np.ndarray, anchor: Anchor) -> tuple[int, int, int]:
    """How far a log is from the evidence, how little of it they share, and how far apart they end."""
    low, high = int(stamps.min()), int(stamps.max())
    shared = min(high, anchor.end_us) - max(low, anchor.start_us)
    return max(0, -shared), -max(0, shared), abs(high - anchor.end_us)


def told_by_lines(parts: Sequence[Part], passed: np.ndarray) -> int | None:
    """The year of the first stamp by dates that stand in the lines; None where they do not agree."""
    votes: Counter[int] = Counter()
    start = 0
    for part in parts:
        shown, places = valid(part.naive, part.yearless)
        own = passed[start : start + len(shown)]
        start += len(shown)
        if "body" not in part.table.column_names:
            continue
        picked: np.ndarray = np.arange(0, len(shown), max(1, len(shown) // _LINES_LOOKED_AT))
        bodies = column(part.table, "body", pa.string()).take(pa.array(places[picked]))
        for pattern in _DATES:
            found = pc.extract_regex(bodies, pattern)
            at: np.ndarray = np.flatnonzero(pc.is_valid(found).to_numpy(zero_copy_only=False))
            for place, date in zip(at, found.take(pa.array(at)).to_pylist(), strict=True):
                day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(shown[picked[place]]))
                if (f"{day:%m}", f"{day:%d}") == (_MONTHS.get(date["month"], date["month"]), date["day"]):
                    votes[int(date["year"]) - int(own[picked[place]])] += 1
    (best, count), *others = votes.most_common(2) or [(0, 0)]
    return best if count >= DATES_NEEDED and count >= TIMES_RUNNER_UP * (others[0][1] if others else 0) else None


def set_observed(part: Part, given: Given, anchor: Anchor | None) -> None:
    """The year of each stamp that a command showed without one: that nearest to the end of the evidence.

    The command ran then or later, and what it shows without a year lies in the half year before that.
    """
    shown, places = valid(part.naive, part.yearless)
    if given.year:
        put(part, places, in_year(shown, np.full(len(shown), given.year)), "year_given")
        return
    latest = anchor.seen_us if anchor else part.file_time_us or int(time.time()) * SECOND
    basis = "year_inferred" if anchor else "file_time" if part.file_time_us else "year_assumed"
    years = [year_of(latest) + step for step in (0, -1, 1)]
    moved = np.stack([in_year(shown, np.full(len(shown), year)) for year in years])
    put(part, places, moved[np.abs(moved - latest).argmin(axis=0), np.arange(len(shown))], basis)
