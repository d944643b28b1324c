r"""A date and time at the beginning of a text, in any of the ways in which programs write it.

Texts::

    2026-11-23T10:16:15.090279+01:00 worker 3 gave up
    [23/Nov/2026:10:16:15 +0100] late
    Nov 23, 2026 10:16:15 AM com.example.Pay run
    (Mon Nov 23 10:16:15:259149 2026) [sssd] no
    1795428975.250 no rate
    @40000000692f5d1f0a3b1c2d no rate

Twelve hours with AM or PM are understood in every layout, and months in several languages. Of dates in three numbers the order may be
uncertain: ``numeric_dates``; they alone are read with those beside them. An offset is what stands in digits, ``Z``, ``UTC`` or ``GMT``;
other names of zones are given as such.

A stamp ends where no letter or digit follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import LAYOUTS, microseconds, over_distinct, parse_second, read_clock, read_epoch
from logcorr.formats.month_names import MONTH, in_english
from logcorr.formats.numeric_dates import DATE, readings
from logcorr.formats.tokenise import blank_as_null

_TIME: Final = r"\d{1,2}:\d\d:\d\d"
_DAY: Final = r"(?i:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_BETWEEN: Final = r"(?:[T_@,:-]| {1,2}|, | - )"

#: layout of ``clock.LAYOUTS`` -> its grammar; no two take one text
SECONDS: Final = {
    "iso": r"\d{4}-\d\d-\d\d" + _BETWEEN + _TIME,
    "slash": r"\d{4}/\d\d/\d\d" + _BETWEEN + _TIME,
    "syslog": MONTH + r" {1,2}\d{1,2} " + _TIME,
    "clf": r"\d\d/" + MONTH + r"/\d{4}:\d\d:\d\d:\d\d",
    "clf_blank": r"\d\d/" + MONTH + r"/\d{4} " + _TIME,
    "dashed": r"\d\d-" + MONTH + r"-\d{4}(?: |::|:)" + _TIME,
    "dotted": r"\d{4}\.\d\d\.\d\d" + _BETWEEN + _TIME,
    "colons": r"\d{4}:\d\d:\d\d[ T-]" + _TIME,
    "day_month_year": r"(?:" + _DAY + r",? {1,2})?\d{1,2} " + MONTH + r" \d{4},? " + _TIME,
    "month_day_year": r"(?:" + _DAY + r",? )?" + MONTH + r" {1,2}\d{1,2},? \d{4},? " + _TIME,
    "lstart": _DAY + " " + MONTH + r" {1,2}\d{1,2} " + _TIME,
    "weekday_syslog": _DAY + ",? " + MONTH + r" {1,2}\d{1,2} " + _TIME,
    "american": DATE + _BETWEEN + _TIME,
    "compact": r"\d{8}[ T-]" + _TIME,
    "compact_time": r"\d{8}[ T.-]\d{6}",
    "short_compact": r"\d{6} {1,2}" + _TIME,
    "short_compact_time": r"\d{6} \d{6}",
    "ordinal": r"\d{4}-\d{3}[T ]" + _TIME,
    "week": r"\d{4}-W\d\d-[1-7][T ]" + _TIME,
    "month_day": r"\d\d-\d\d " + _TIME,
    "short_dashed": r"\d\d-" + MONTH + r"-\d\d " + _TIME,
    "month_name_year": MONTH + r"-\d\d-(?:\d{4}|\d\d) " + _TIME,
    "month_name_day": MONTH + r"-\d\d " + _TIME,
    "day_month": r"\d{1,2} " + MONTH + " " + _TIME,
    "minute": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d",
}

#: names of zones that may stand behind a clock: other words there are levels and names
ZONES: Final = (
    "WET|WEST|CET|CEST|MET|MEST|EET|EEST|MSK|MSD|EST|EDT|CST|CDT|MST|MDT|PST|PDT|AKST|AKDT|HST|AST|ADT|NST|NDT|BST|IST|JST|KST|HKT|"
    "SGT|PHT|PKT|WIB|WITA|WIT|ICT|AEST|AEDT|ACST|ACDT|AWST|NZST|NZDT|SAST|EAT|CAT|WAT|BRT|ART|CLT|COT|GST|TRT|IRST|NPT|BDT|UZT"
)
_HALF: Final = r"(?P<half> ?[AaPp][Mm])?"
_OFFSET: Final = r"(?: ?(?:(?:UTC|GMT)?(?P<offset>[+-]\d\d:?\d\d|[+-]\d\d)|(?P<named>Z|UTC|GMT)|(?P<zone>" + ZONES + r")))?"
_REST: Final = r"(?P<rest>(?:[^0-9A-Za-z].*)?)$"
_NO_SECONDS: Final = _OFFSET + r"(?P<rest>(?:[^0-9A-Za-z:.,].*)?)$"
#: the fraction, what stands between it and the year of ``lstart``, the offset
_TAIL: Final = r"(?:[.,:](?P<fraction>\d{1,12}))?" + _HALF + _OFFSET + _REST
_YEAR_LAST: Final = (
    r"(?:[.,:](?P<fraction>\d{1,12}))?" + _HALF + r"(?: (?:(?P<named>UTC|GMT)|(?P<zone>[A-Z]{3,5})|(?P<offset>[+-]\d{4})))?"
    r" (?P<year>\d{4})" + _REST
)

OPENING: Final = r"^[\s\[(<\"']{0,3}"
#: monit puts the zone first: "[CET Nov 23 10:16:15]"
_ZONE_BEFORE: Final = r"(?:(?P<zone_before>" + ZONES + r") )?"
EPOCH: Final = r"^(?:audit\(|[\[(#]\+?)?(?P<number>1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?)" + _REST
TAI64N: Final = r"^@(?P<label>40[0-9a-f]{14}(?:[0-9a-f]{8})?)" + _REST

#: what begins a text that may begin with a stamp
BEGINS: Final = (
    r"^(?:audit\(|#\+?1\d{9}|[\s\[(<\"']{0,3}(?:@4|\d\d|\d[/. -]|"
    rf"{MONTH}[ -]|{_DAY}[ ,]|(?:{ZONES}) {MONTH}))"
)

#: seconds that TAI is ahead of UTC; labels are made with the ten of 1972 by daemontools, which knows no leap second since
_TAI_AHEAD: Final = 10
_TAI_ZERO: Final = 1 << 62

_WEEKDAY: Final = re.compile(rf"^{_DAY}[, ]+")
_SHORT_YEAR: Final = re.compile(r"^(\w+)-(\w+)-(\d+)[ :]+(.*)$")
#: the layouts with a name of a month
_NAMED: Final = frozenset(name for name, grammar in SECONDS.items() if MONTH in grammar)
#: Hadoop and Spark write the level right behind a year of two digits, and everyone who uses their layout
_LEVEL: Final = r"^\s+(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\s"


def parse_written(text: str, layout: str) -> int | None:
    """Microseconds of one clock in one of the layouts of ``SECONDS``, names of months in any language."""
    text = in_english(text) if layout in _NAMED else text
    if layout in {"iso", "slash", "dotted", "minute", "colons"}:
        date, time = text[:10], text[10:].lstrip("T_@,:- ")
        return parse_second(f"{date.replace(':', '-')} {time}", "iso" if layout == "colons" else layout)
    if layout in {"compact", "compact_time"}:
        return parse_second(f"{text[:8]} {text[9:]}", layout)
    if layout == "week":
        return parse_week(text)
    if layout in {"month_day_year", "day_month_year"}:
        text = _WEEKDAY.sub("", text).replace(",", "")
    elif layout in {"dashed", "short_dashed"}:
        text, layout = _SHORT_YEAR.sub(full_year, text), "day_month_year"
    elif layout == "month_name_year":
        text, layout = _SHORT_YEAR.sub(full_year, text), "month_day_year"
    return parse_second(text.replace(",", "") if layout == "weekday_syslog" else text, layout)


def full_year(found: re.Match[str]) -> str:
    """A date and its clock with blanks between them, and a year of two digits as POSIX reads it: from 69 on of the last century."""
    first, second, year, clock = found.groups()
    century = "" if len(year) > len("26") else "19" if year >= "69" else "20"
    return f"{first} {second} {century}{year} {clock}"


def parse_week(text: str) -> int | None:
    """Microseconds of ``2026-W48-1T10:16:15``."""
    try:
        return microseconds(datetime.strptime(f"{text[:10]} {text[11:]}", "%G-W%V-%u %H:%M:%S").replace(tzinfo=UTC))
    except ValueError:
        return None


def tai_label(text: str) -> int | None:
    """Microseconds of the label of a TAI64 or TAI64N stamp."""
    seconds = int(text[:16], 16) - _TAI_ZERO - _TAI_AHEAD
    nanoseconds = int(text[16:24] or "0", 16)
    return seconds * 1_000_000 + nanoseconds // 1000 if 0 <= nanoseconds < 10**9 and abs(seconds) < 1 << 40 else None


def read_layout(texts: pa.Array, layout: str) -> dict[str, pa.Array]:
    """The columns of ``families.CLOCK`` and ``rest`` for texts whose stamp is in one layout; null for all else."""
    tail = {"lstart": _YEAR_LAST, "minute": _NO_SECONDS}.get(layout, _TAIL)
    before = _ZONE_BEFORE if layout == "syslog" else ""
    found = pc.extract_regex(texts, OPENING + before + "(?P<second>" + SECONDS[layout] + ")" + tail)
    parts = {found.type.field(at).name for at in range(found.type.num_fields)}
    second = pc.struct_field(found, "second")
    if layout == "lstart":
        second = pc.binary_join_element_wise(second, pc.struct_field(found, "year"), " ")
    whole = (
        pc.binary_join_element_wise(second, pc.fill_null(pc.struct_field(found, "half"), ""), "") if "half" in parts else second
    )
    fraction = pc.struct_field(found, "fraction") if "fraction" in parts else pa.nulls(len(texts), pa.string())
    rest = pc.struct_field(found, "rest")
    naive, doubt_s = moments(whole, layout)
    digits = pc.utf8_rpad(pc.utf8_slice_codeunits(pc.fill_null(fraction, ""), 0, 6), 6, "0")
    named = blank_as_null(pc.struct_field(found, "named"))
    zones = [pc.struct_field(found, name) for name in ("zone", "zone_before") if name in parts]
    clock = read_clock(
        pa.nulls(len(texts), pa.string()),
        layout if layout in LAYOUTS else "iso",
        fraction=None if layout == "minute" else fraction,
        offset=pc.coalesce(blank_as_null(pc.struct_field(found, "offset")), named),
    )
    if doubt_s is not None:
        sure = pc.fill_null(pc.match_substring_regex(rest, _LEVEL), fill_value=False)
        doubt_s = pc.if_else(sure, pa.scalar(0.0, pa.float32()), doubt_s)
        clock["resolution_s"] = pc.add(clock["resolution_s"], pc.fill_null(doubt_s, 0.0))
    return {
        **clock,
        "naive_us": pc.add(naive, pc.cast(digits, pa.int64())),
        "zone_name": pc.coalesce(*[blank_as_null(zone) for zone in zones]),
        "rest": rest,
    }


def moments(clocks: pa.Array, layout: str) -> tuple[pa.Array, pa.Array | None]:
    """Microseconds of clocks in one layout; of those whose order of numbers is not certain, also how far other readings are off."""
    if layout != "american":
        return over_distinct(clocks, lambda text: parse_written(text, layout), pa.int64()), None
    encoded = pc.dictionary_encode(clocks)
    told = readings(encoded.dictionary.to_pylist())
    naive = pa.array([microsecond for microsecond, _ in told], pa.int64()).take(encoded.indices)
    return naive, pa.array([doubt for _, doubt in told], pa.float32()).take(encoded.indices)


def read_numbers(texts: pa.Array) -> dict[str, pa.Array]:
    """The same for seconds, milli-, micro- or nanoseconds since 1970 at the beginning."""
    found = pc.extract_regex(texts, EPOCH)
    clock = read_epoch(pc.struct_field(found, "number"))
    return {**clock, "zone_name": pa.nulls(len(texts), pa.string()), "rest": pc.struct_field(found, "rest")}


def read_labels(texts: pa.Array) -> dict[str, pa.Array]:
    """The same for TAI64N labels."""
    found = pc.extract_regex(texts, TAI64N)
    label = pc.struct_field(found, "label")
    count = len(texts)
    return {
        "naive_us": over_distinct(label, tai_label, pa.int64()),
        "offset_s": pa.repeat(pa.scalar(0, pa.int32()), count),
        "resolution_s": pa.repeat(pa.scalar(1e-6, pa.float32()), count),
        "yearless": pa.repeat(pa.scalar(value=False), count),
        "zone_name": pa.nulls(count, pa.string()),
        "rest": pc.fill_null(pc.struct_field(found, "rest"), ""),
    }


def read_stamps(texts: pa.Array, layouts: Iterable[str] = tuple(SECONDS), *, numbers: bool = True) -> dict[str, pa.Array]:
    """The stamp at the beginning of each text, and what follows it.

    Args:
        texts: begin with a stamp, perhaps behind a bracket.
        layouts: those of ``SECONDS`` that are looked for.
        numbers: whether numbers since 1970 and TAI64N labels count too.

    Returns:
        The columns of ``families.CLOCK`` and ``rest``, each as long as ``texts``; ``naive_us`` and ``rest`` are null where no stamp
        stands at the beginning.
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    left = np.flatnonzero(
        pc.fill_null(pc.match_substring_regex(texts, BEGINS), fill_value=False).to_numpy(zero_copy_only=False)
    )
    places: list[np.ndarray] = []
    pieces: list[pa.Table] = []
    readers = [lambda some, layout=layout: read_layout(some, layout) for layout in layouts]
    for reader in [*readers, *((read_numbers, read_labels) if numbers else ())]:
        if not len(left):
            break
        columns = reader(texts.take(pa.array(left)))
        taken = pc.is_valid(columns["naive_us"])
        mask = taken.to_numpy(zero_copy_only=False)
        if mask.any():
            pieces.append(pa.table({**columns, "taken": taken}).filter(taken).drop_columns("taken"))
            places.append(left[mask])
            left = left[~mask]
    return scattered(len(texts), places, pieces)


def scattered(count: int, places: list[np.ndarray], pieces: list[pa.Table]) -> dict[str, pa.Array]:
    """Columns of ``count`` rows, with the rows of each piece at its places and null elsewhere."""
    empty = {
        "naive_us": pa.int64(),
        "offset_s": pa.int32(),
        "resolution_s": pa.float32(),
        "yearless": pa.bool_(),
        "zone_name": pa.string(),
        "rest": pa.string(),
    }
    if not pieces:
        return {name: pa.nulls(count, kind) for name, kind in empty.items()}
    whole = pa.concat_tables([piece.select(list(empty)) for piece in pieces])
    at: np.ndarray = np.full(count, -1, dtype=np.int64)
    at[np.concatenate(places)] = np.arange(whole.num_rows)
    return {name: whole[name].combine_chunks().take(pa.array(at, mask=at < 0)) for name in empty}
