"""Clocks whose numbers stand in fixed places, read as columns of bytes: ``2026-11-23 10:55:01``, ``Nov 23 10:55:01``.

No text is looked at by itself, so a log that has another second on each line is read as fast as one that has few.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from logcorr.formats.month_names import MONTH_NAMES

Numbers: TypeAlias = npt.NDArray[np.int64]

#: layout of ``clock.LAYOUTS`` -> its shape: digits (0), a digit or a blank (9), letters of a month (M), marks
SHAPES: Final = {
    "iso": ("0000-00-00 00:00:00", "0000-00-00T00:00:00"),
    "slash": ("0000/00/00 00:00:00", "0000/00/00T00:00:00"),
    "syslog": ("MMM 90 00:00:00",),
}

_CODES: Final = np.array([int.from_bytes(name.encode()) for name in MONTH_NAMES])
_BY_CODE: Final = np.argsort(_CODES)
_LENGTHS: Final = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_ZERO: Final = ord("0")
_FEBRUARY: Final = 2
_MICROSECONDS: Final = 1_000_000


def fixed_moments(texts: pa.Array, layout: str, year: int) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Microseconds since 1970 of each text that has one of the layout's shapes and is a date, and which those are.

    ``year`` is that of a layout without one.
    """
    shapes = SHAPES.get(layout, ())
    moments: Numbers = np.zeros(len(texts), np.int64)
    right: npt.NDArray[np.bool_] = np.zeros(len(texts), dtype=bool)
    if not shapes or not len(texts):
        return moments, right
    offsets: npt.NDArray[np.int32] = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    width = len(shapes[0])
    rows = np.flatnonzero(np.diff(offsets) == width)
    if not len(rows):
        return moments, right
    places = offsets[rows][:, None] + np.arange(width)
    letters: npt.NDArray[np.uint8] = np.frombuffer(texts.buffers()[2], np.uint8)[places].T
    told: npt.NDArray[np.bool_] = np.zeros(len(rows), dtype=bool)
    for shape in shapes:
        told |= fits(letters, shape)
    numbers = letters.astype(np.int64) - _ZERO
    if layout == "syslog":
        code = (letters[0].astype(np.int64) << 16) | (letters[1].astype(np.int64) << 8) | letters[2]
        found = np.minimum(np.searchsorted(_CODES, code, sorter=_BY_CODE), len(_CODES) - 1)
        month = _BY_CODE[found] + 1
        told &= _CODES[_BY_CODE[found]] == code
        years: Numbers = np.full(len(rows), year)
        day = np.maximum(numbers[4], 0) * 10 + numbers[5]
    else:
        years = ((numbers[0] * 10 + numbers[1]) * 10 + numbers[2]) * 10 + numbers[3]
        month, day = numbers[5] * 10 + numbers[6], numbers[8] * 10 + numbers[9]
    hour, minute, second = (numbers[at] * 10 + numbers[at + 1] for at in (width - 8, width - 5, width - 2))
    told &= (years > 0) & (month > 0) & (month <= len(MONTH_NAMES)) & (day > 0) & (hour < 24) & (minute < 60) & (second < 60)  # noqa: PLR2004 (a day)
    month = np.where(told, month, 1)
    told &= day <= _LENGTHS[month] - ((month == _FEBRUARY) & ~is_leap(years))
    moments[rows] = (((days_since_1970(years, month, day) * 24 + hour) * 60 + minute) * 60 + second) * _MICROSECONDS
    right[rows] = told
    return moments, right


def fits(letters: npt.NDArray[np.uint8], shape: str) -> npt.NDArray[np.bool_]:
    """Which columns of letters have a shape; the letters of a month are not looked at."""
    right: npt.NDArray[np.bool_] = np.ones(letters.shape[1], dtype=bool)
    for own, mark in zip(letters, shape, strict=True):
        if mark in "09":
            digit = own - np.uint8(_ZERO) < 10  # noqa: PLR2004 (what is below 0 wraps around)
            right &= digit | (own == ord(" ")) if mark == "9" else digit
        elif mark != "M":
            right &= own == ord(mark)
    return right


def is_leap(years: Numbers) -> npt.NDArray[np.bool_]:
    """Which years of the Gregorian calendar have a 29 February."""
    return (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))


def days_since_1970(years: Numbers, months: Numbers, days: Numbers) -> Numbers:
    """Days of the Gregorian calendar.

    Source: https://howardhinnant.github.io/date_algorithms.html#days_from_civil
    """
    years = years - (months <= _FEBRUARY)
    eras = years // 400
    of_era = years - eras * 400
    of_year = (153 * ((months + 9) % 12) + 2) // 5 + days - 1
    return eras * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
