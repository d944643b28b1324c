"""Dates in three numbers whose order is not certain: ``03/04/2026``, ``03-04-26``.

A number above 12 is no month. Where one date of a block proves the order, it holds for all that are written alike in it. Else the order is
the usual one: with dots or dashes the day first, with slashes the month (as in English); with a year of two digits the year, as in
ISO and Hadoop, but the month before a mark other than a blank. Then the time is as uncertain as the readings differ, but
for a full date with dots, which is written day first wherever it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from logcorr.formats.clock import microseconds

DATE: Final = r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)"
_SPLIT: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})([/.-])(\d{4}|\d\d)([^0-9]+)(\d{1,2}):(\d\d):(\d\d)(?: ?([AaPp])[Mm])?")
#: places of year, month and day
YEAR_FIRST: Final = (0, 1, 2)
MONTH_FIRST: Final = (2, 0, 1)
DAY_FIRST: Final = (2, 1, 0)
_NOON: Final = 12
_SINCE: Final = 69  # as POSIX: years of two digits before it are of this century

Style = tuple[str, bool, str]
Reading = tuple[int | None, float]


def moment(found: re.Match[str], order: tuple[int, int, int]) -> int | None:
    """Microseconds of a date whose numbers stand in an order; None where it is none."""
    numbers = (found[1], found[3], found[5])
    year, month, day = (int(numbers[at]) for at in order)
    if len(numbers[order[0]]) <= len("26"):
        year += 1900 if year >= _SINCE else 2000
    hour = int(found[7])
    if found[10]:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if found[10] in "Pp" else 0)
    try:
        return microseconds(datetime(year, month, day, hour, int(found[8]), int(found[9]), tzinfo=UTC))
    except ValueError:
        return None


def orders_of(style: Style) -> tuple[tuple[int, int, int], ...]:
    """The orders in which dates of a style may be written, the usual one first."""
    mark, short, behind = style
    if mark == "." or (mark == "-" and not short):
        orders = (DAY_FIRST, MONTH_FIRST)
    elif short and not behind.strip():
        return (YEAR_FIRST, DAY_FIRST, MONTH_FIRST)
    else:
        orders = (MONTH_FIRST, DAY_FIRST)
    return (*orders, YEAR_FIRST) if short else orders


def style_of(found: re.Match[str]) -> Style:
    """Dates of one style are read in one order: what stands between the numbers, whether the year is short, what stands behind it."""
    return found[2], len(found[5]) <= len("26"), found[6]


def readings(texts: Iterable[str | None]) -> list[Reading]:
    """Microseconds of each of some distinct clocks, and how many seconds other readings are off."""
    rows = [(at, _SPLIT.match(text)) for at, text in enumerate(texts) if text is not None]
    result: list[Reading] = [(None, 0.0)] * (1 + max((at for at, _ in rows), default=-1))
    dated = sorted(((style_of(found), at, found) for at, found in rows if found), key=lambda row: row[:2])
    for style, group in groupby(dated, key=lambda row: row[0]):
        some = [(at, found) for _, at, found in group]
        orders = orders_of(style)
        moments = {order: {at: moment(found, order) for at, found in some} for order in orders}
        dates = [at for at, _ in some if any(moments[order][at] is not None for order in orders)]
        whole = [order for order in orders if all(moments[order][at] is not None for at in dates)]
        for at, _ in some:
            usual = [value for order in (whole or orders) if (value := moments[order][at]) is not None]
            if usual:
                sure = style[0] == "." and not style[1]
                result[at] = usual[0], 0.0 if sure else max(abs(value - usual[0]) for value in usual) / 1e6
    return result
