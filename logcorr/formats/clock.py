"""Clocks as they are written in logs, read in columns.

Nothing here knows a zone or guesses one: the result is the wall clock as written, and the offset where the line states it.
Each distinct second is parsed once, so that time costs almost nothing in a busy log.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.fixed_clocks import fixed_moments
from logcorr.formats.month_names import MONTH_NAMES

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

#: layout -> strptime pattern of the part down to the second; a T, an underscore or a second blank count as one blank
LAYOUTS: Final = {
    "iso": "%Y-%m-%d %H:%M:%S",  # 2026-11-23 10:55:01, a T instead of the blank is taken too
    "minute": "%Y-%m-%d %H:%M",  # 2026-11-23 10:55
    "slash": "%Y/%m/%d %H:%M:%S",  # nginx error log
    "dotted": "%Y.%m.%d %H:%M:%S",  # 2026.11.23 10:55:01
    "clf": "%d/%b/%Y:%H:%M:%S",  # access logs
    "clf_blank": "%d/%b/%Y %H:%M:%S",  # 23/Nov/2026 10:55:01, Django's server
    "dashed": "%d-%b-%Y %H:%M:%S",  # php-fpm
    "day_month_year": "%d %b %Y %H:%M:%S",  # 23 Nov 2026 10:55:01, redis; Mon, 23 Nov 2026 10:55:01
    "month_day_year": "%b %d %Y %H:%M:%S",  # Nov 23, 2026 10:55:01, java.util.logging with AM or PM
    "lstart": "%a %b %d %H:%M:%S %Y",  # ps, date
    "american": "%m/%d/%Y %H:%M:%S",  # 11/23/2026 10:55:01
    "european": "%d/%m/%Y %H:%M:%S",  # 23/11/2026 10:55:01
    "compact": "%Y%m%d %H:%M:%S",  # 20261123 10:55:01, glog
    "compact_time": "%Y%m%d %H%M%S",  # 20261123T105501
    "short_slash": "%y/%m/%d %H:%M:%S",  # 26/11/23 10:55:01, Spark
    "short_compact": "%y%m%d %H:%M:%S",  # 261123 10:55:01, MySQL up to 5.6
    "short_compact_time": "%y%m%d %H%M%S",  # 261123 105501, Hadoop
    "ordinal": "%Y-%j %H:%M:%S",  # 2026-327T10:55:01, the day of the year
    "syslog": "%Y %b %d %H:%M:%S",  # Nov 23 10:55:01, no year
    "year_syslog": "%Y %b %d %H:%M:%S",  # 2026 Nov 23 10:55:01
    "weekday_syslog": "%Y %a %b %d %H:%M:%S",  # Mon Nov 23 10:55:01, no year
    "day_month": "%Y %d %b %H:%M:%S",  # 23 Nov 10:55:01, no year, Redis 2
    "month_day": "%Y %m-%d %H:%M:%S",  # 11-23 10:55:01, no year, Android
    "month_name_day": "%Y %b-%d %H:%M:%S",  # Nov-23 10:55:01, no year
    "klog": "%Y%m%d %H:%M:%S",  # 1123 10:55:01, no year
}

#: the layouts that name no year
YEARLESS: Final = frozenset({"syslog", "weekday_syslog", "day_month", "month_day", "month_name_day", "klog"})

#: a year with a 29 February for stamps that name none
LEAP_YEAR: Final = 1972

_MONTHS: Final = {name: at for at, name in enumerate(MONTH_NAMES, 1)}
#: other languages' abbreviations of months, as ``strftime`` writes them (glibc's locales de, es, fr, it, nl, pt, sv, da, nb)
LOCAL_MONTHS: Final = {
    **dict.fromkeys(("jan", "ene", "gen", "janv"), "Jan"),
    **dict.fromkeys(("feb", "fev", "févr"), "Feb"),
    **dict.fromkeys(("mar", "mär", "mrt", "mars"), "Mar"),
    **dict.fromkeys(("apr", "abr", "avr", "avril"), "Apr"),
    **dict.fromkeys(("may", "mai", "mag", "mei", "maj"), "May"),
    **dict.fromkeys(("jun", "giu", "juin"), "Jun"),
    **dict.fromkeys(("jul", "lug", "juil"), "Jul"),
    **dict.fromkeys(("aug", "ago", "août"), "Aug"),
    **dict.fromkeys(("sep", "set", "sept"), "Sep"),
    **dict.fromkeys(("oct", "okt", "ott", "out"), "Oct"),
    **dict.fromkeys(("nov",), "Nov"),
    **dict.fromkeys(("dec", "dez", "dic", "déc", "des"), "Dec"),
}
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?$")
_WEEKDAY = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
#: the layouts in which a T may stand before the time
_BLANKED: Final = frozenset({"iso", "minute", "slash", "compact", "compact_time", "ordinal"})


def microseconds(moment: datetime) -> int:
    """Microseconds from 1970 to the clock that ``moment`` shows, its zone left out of account."""
    return (moment.replace(tzinfo=UTC) - EPOCH) // MICROSECOND


def parse_second(text: str, layout: str) -> int | None:
    """Microseconds of one clock down to the second; None when it is no date (30 February) or of another layout.

    ``AM`` or ``PM`` may stand behind it. Of weekdays only the place counts: a wrong one does not make a date invalid.
    """
    if layout == "clf":
        return parse_access(text)
    shape = LAYOUTS[layout]
    if text[-1:] in {"M", "m"}:
        text, shape = f"{text[:-2].rstrip()} {text[-2:]}", shape.replace("%H", "%I") + " %p"
    if layout not in {"dashed", "clf_blank"}:
        text = " ".join(text.replace("T", " ", 1).split()) if layout in _BLANKED else " ".join(text.split())
    if layout in YEARLESS:
        text = f"{LEAP_YEAR}{'' if layout == 'klog' else ' '}{text}"
    if "%a" in shape:
        text, shape = _WEEKDAY.sub("", text), shape.replace("%a ", "")
    try:
        return microseconds(datetime.strptime(text, shape).replace(tzinfo=UTC))
    except ValueError:
        return None


def parse_access(text: str) -> int | None:
    """The same for ``23/Nov/2026:10:55:01``, ten times as fast: a busy access log has as many seconds as it lasts."""
    try:
        day, month, year = int(text[:2]), _MONTHS[text[3:6]], int(text[7:11])
        moment = datetime(year, month, day, int(text[12:14]), int(text[15:17]), int(text[18:20]), tzinfo=UTC)
    except (KeyError, ValueError):
        return None
    return (moment - EPOCH) // MICROSECOND


def parse_offset(text: str) -> int | None:
    """Seconds east of UTC of ``Z``, ``+01:00``, ``+0100``, ``+01`` or ``UTC``; None for anything else."""
    if text in {"Z", "z", "UTC", "GMT"}:
        return 0
    found = _OFFSET.match(text)
    if not found:
        return None
    sign, hours, minutes = found.groups(default="0")
    return (1 if sign == "+" else -1) * (int(hours) * 3600 + int(minutes) * 60)


def in_english(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Stamps that begin with a month, its name in English where it is known (``août 19 11:08:37``)."""

    def english(text: str) -> str:
        month, blank, rest = text.partition(" ")
        return LOCAL_MONTHS.get(month.lower().rstrip("."), month) + blank + rest

    return over_distinct(texts, english, pa.string())


def over_distinct(texts: pa.Array, parse: Callable[[str], float | str | None], kind: pa.DataType) -> pa.Array:
    """``parse`` applied to each distinct text once; null stays null."""
    encoded = pc.dictionary_encode(texts)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    parsed = pa.array([None if text is None else parse(text) for text in encoded.dictionary.to_pylist()], type=kind)
    return parsed.take(encoded.indices)


def distinct_columns(texts: pa.Array, read: Callable[[pa.Array], dict[str, pa.Array]]) -> dict[str, pa.Array]:
    """The columns that ``read`` makes of texts, each distinct text shown to it once."""
    encoded = texts.dictionary_encode()
    return {name: column.take(encoded.indices) for name, column in read(encoded.dictionary).items()}


def read_seconds(texts: pa.Array | pa.ChunkedArray, layout: str) -> pa.Array:
    """``parse_second`` of each text; null where it is no date. Those that are written as usual are read all at once."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    encoded = texts.dictionary_encode()
    distinct = encoded.dictionary
    moments, right = fixed_moments(distinct, layout, LEAP_YEAR)
    read = pa.array(moments, mask=~right)
    if not right.all():
        others = [parse_second(text, layout) for text in distinct.filter(pa.array(~right)).to_pylist()]
        read = pc.replace_with_mask(read, pa.array(~right), pa.array(others, pa.int64()))
    return read.take(encoded.indices)


def read_clock(
    second: pa.Array,
    layout: str,
    *,
    fraction: pa.Array | None = None,
    offset: pa.Array | None = None,
) -> dict[str, pa.Array]:
    """The columns of ``families.CLOCK`` for clocks split into their parts.

    Args:
        second: the text down to the second, in ``layout`` (a key of ``LAYOUTS``).
        layout: how it is written.
        fraction: the digits after it without their mark ("589", "589598"; empty or null: none).
        offset: the text of the offset ("+01:00", "+0100", "Z"; empty, null or anything else: not stated).

    Returns:
        ``naive_us`` (null where it is no date), ``offset_s``, ``resolution_s`` and ``yearless``, each as long as ``second``.
    """
    naive = read_seconds(second, layout)
    coarse = 60.0 if layout == "minute" else 1.0
    resolution = pa.scalar(coarse, pa.float32())
    if fraction is None:
        resolutions = pa.repeat(resolution, len(second))
    else:
        digits = pc.utf8_slice_codeunits(pc.fill_null(fraction, ""), 0, 6)
        length = pc.utf8_length(digits)
        micros = pc.cast(pc.utf8_rpad(digits, 6, "0"), pa.int64())
        naive = pc.add(naive, micros)
        resolutions = pc.cast(pc.power(10.0, pc.negate(pc.cast(length, pa.float64()))), pa.float32())
    return {
        "naive_us": naive,
        "offset_s": pa.nulls(len(second), pa.int32()) if offset is None else over_distinct(offset, parse_offset, pa.int32()),
        "resolution_s": resolutions,
        "yearless": pa.repeat(pa.scalar(layout in YEARLESS), len(second)),
    }


def read_epoch(numbers: pa.Array) -> dict[str, pa.Array]:
    """The columns of ``families.CLOCK`` for seconds, milli-, micro- or nanoseconds since 1970, told apart by their digits.

    ``numbers`` are texts: "1795427779.280", "1795428655130". Ten digits before the point are seconds (2001 to 2286), thirteen
    milliseconds, sixteen microseconds, nineteen nanoseconds. Anything else becomes null.
    """

    def micros(text: str) -> int | None:
        whole, _, part = text.partition(".")
        if not (whole.isascii() and whole.isdigit()) or (part and not (part.isascii() and part.isdigit())):
            return None
        scale = {10: 6, 13: 3, 16: 0, 19: -3}.get(len(whole))
        if scale is None:
            return None
        if scale < 0:
            return int(whole[:scale])
        return int(whole + (part[:scale]).ljust(scale, "0"))

    def resolution(text: str) -> int:
        whole, _, part = text.partition(".")
        return {10: 0, 13: 3, 16: 6, 19: 6}.get(len(whole), 0) + min(len(part), 6)

    naive = over_distinct(numbers, micros, pa.int64())
    digits = over_distinct(numbers, resolution, pa.int64())
    return {
        "naive_us": naive,
        "offset_s": pa.repeat(pa.scalar(0, pa.int32()), len(numbers)),
        "resolution_s": pc.cast(pc.power(10.0, pc.negate(pc.cast(digits, pa.float64()))), pa.float32()),
        "yearless": pa.repeat(pa.scalar(value=False), len(numbers)),
    }
