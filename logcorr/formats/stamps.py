r"""A date and time at the beginning of a text, in any of the ways in which programs write it.

Texts::

    2026-11-23T10:16:15.090279+01:00 worker 3 gave up
    [23/Nov/2026:10:16:15 +0100] late
    Nov 23, 2026 10:16:15 AM com.example.Pay run
    (Mon Nov 23 10:16:15:259149 2026) [sssd] no
    1795428975.250 no rate
    @40000000692f5d1f0a3b1c2d no rate

Twelve hours with AM or PM are understood in every layout. Of ``11/12/2026`` the month is first, as in English, unless it cannot be; of
``26/11/23`` the year. An offset is what stands in digits, ``Z``, ``UTC`` or ``GMT``; other names of zones are given as such.

A stamp ends where no letter or digit follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, parse_second, read_clock, read_epoch
from logcorr.formats.tokenise import blank_as_null

_TIME: Final = r"\d{1,2}:\d\d:\d\d"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"

#: layout of ``clock.LAYOUTS`` -> its grammar; no two take one text
SECONDS: Final = {
    "iso": r"\d{4}-\d\d-\d\d(?:T| {1,2})" + _TIME,
    "slash": r"\d{4}/\d\d/\d\d[T ]" + _TIME,
    "syslog": _MONTH + r" {1,2}\d{1,2} " + _TIME,
    "clf": r"\d\d/" + _MONTH + r"/\d{4}:" + r"\d\d:\d\d:\d\d",
    "clf_blank": r"\d\d/" + _MONTH + r"/\d{4} " + _TIME,
    "dashed": r"\d\d-" + _MONTH + r"-\d{4} " + _TIME,
    "dotted": r"\d{4}\.\d\d\.\d\d " + _TIME,
    "day_month_year": r"(?:" + _DAY + r", )?\d{1,2} " + _MONTH + r" \d{4} " + _TIME,
    "month_day_year": _MONTH + r" {1,2}\d{1,2},? \d{4},? " + _TIME,
    "lstart": _DAY + " " + _MONTH + r" {1,2}\d{1,2} " + _TIME,
    "american": r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?:[ @:]|, )" + _TIME,
    "compact": r"\d{8}[ T-]" + _TIME,
    "compact_time": r"\d{8}[ T.-]\d{6}",
    "short_slash": r"\d\d/\d\d/\d\d " + _TIME,
    "short_compact": r"\d{6} {1,2}" + _TIME,
    "short_compact_time": r"\d{6} \d{6}",
    "ordinal": r"\d{4}-\d{3}[T ]" + _TIME,
    "month_day": r"\d\d-\d\d " + _TIME,
    "month_name_day": _MONTH + r"-\d\d " + _TIME,
}

#: names of zones that may stand behind a clock: other words there are levels and names
ZONES: Final = (
    "WET|WEST|CET|CEST|MET|MEST|EET|EEST|MSK|MSD|EST|EDT|CST|CDT|MST|MDT|PST|PDT|AKST|AKDT|HST|AST|ADT|NST|NDT|BST|IST|JST|KST|HKT|"
    "SGT|PHT|PKT|WIB|WITA|WIT|ICT|AEST|AEDT|ACST|ACDT|AWST|NZST|NZDT|SAST|EAT|CAT|WAT|BRT|ART|CLT|COT|GST|TRT|IRST|NPT|BDT|UZT"
)
_HALF: Final = r"(?P<half> ?[AaPp][Mm])?"
_OFFSET: Final = r"(?: ?(?:(?:UTC|GMT)?(?P<offset>[+-]\d\d:?\d\d|[+-]\d\d)|(?P<named>Z|UTC|GMT)|(?P<zone>" + ZONES + r")))?"
_REST: Final = r"(?P<rest>(?:[^0-9A-Za-z].*)?)$"
#: the fraction, what stands between it and the year of ``lstart``, the offset
_TAIL: Final = r"(?:[.,:](?P<fraction>\d{1,12}))?" + _HALF + _OFFSET + _REST
_YEAR_LAST: Final = (
    r"(?:[.,:](?P<fraction>\d{1,12}))?" + _HALF + r"(?: (?:(?P<named>UTC|GMT)|(?P<zone>[A-Z]{3,5})|(?P<offset>[+-]\d{4})))?"
    r" (?P<year>\d{4})" + _REST
)

OPENING: Final = r"^[\s\[(<\"']{0,3}"
EPOCH: Final = r"^[\[(]?(?P<number>1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?)" + _REST
TAI64N: Final = r"^@(?P<label>40[0-9a-f]{14}(?:[0-9a-f]{8})?)(?P<rest>\s.*)?$"

#: what begins a text that may begin with a stamp
BEGINS: Final = r"^[\s\[(<\"']{0,3}(?:@4|\d\d|\d[/ ]|" + _MONTH + r"[ -]|" + _DAY + r"[ ,])"

#: seconds that TAI is ahead of UTC; labels are made with the ten of 1972 by daemontools, which knows no leap second since
_TAI_AHEAD: Final = 10
_TAI_ZERO: Final = 1 << 62


def parse_day_first(text: str) -> int | None:
    """Microseconds of ``11/23/2026 10:16:15`` or ``23.11.2026 10:16:15``: with dots, or where it can be no month, the day is first."""
    dotted = "." in text[:6]
    plain = text.replace("-", "/").replace(".", "/").replace("@", " ").replace(",", " ")
    head, _, tail = plain.partition("/")
    year_end = plain.rindex("/") + 5
    plain = f"{plain[:year_end]} {plain[year_end:].lstrip(' :')}"
    if dotted or int(head) > 12:  # noqa: PLR2004 (months)
        return parse_second(plain, "european")
    return parse_second(plain, "american") or (parse_second(plain, "european") if tail else None)


def parse_written(text: str, layout: str) -> int | None:
    """Microseconds of one clock in one of the layouts of ``SECONDS``."""
    if layout == "american":
        return parse_day_first(text)
    if layout in {"month_day_year", "day_month_year"}:
        text = text.rpartition(", ")[2] if layout == "day_month_year" else text.replace(",", "")
    elif layout in {"compact", "compact_time"}:
        text = f"{text[:8]} {text[9:]}"
    return parse_second(text, layout)


def tai_label(text: str) -> int | None:
    """Microseconds of the label of a TAI64 or TAI64N stamp."""
    seconds = int(text[:16], 16) - _TAI_ZERO - _TAI_AHEAD
    nanoseconds = int(text[16:24] or "0", 16)
    return seconds * 1_000_000 + nanoseconds // 1000 if 0 <= nanoseconds < 10**9 and abs(seconds) < 1 << 40 else None


def read_layout(texts: pa.Array, layout: str) -> dict[str, pa.Array]:
    """The columns of ``families.CLOCK`` and ``rest`` for texts whose stamp is in one layout; null for all else."""
    pattern = OPENING + "(?P<second>" + SECONDS[layout] + ")" + (_YEAR_LAST if layout == "lstart" else _TAIL)
    found = pc.extract_regex(texts, pattern)
    second, half = pc.struct_field(found, "second"), pc.struct_field(found, "half")
    if layout == "lstart":
        second = pc.binary_join_element_wise(second, pc.struct_field(found, "year"), " ")
    whole = pc.binary_join_element_wise(second, pc.fill_null(half, ""), "")
    named = blank_as_null(pc.struct_field(found, "named"))
    clock = read_clock(
        whole,
        "syslog" if layout == "syslog" else layout,
        fraction=pc.struct_field(found, "fraction"),
        offset=pc.coalesce(blank_as_null(pc.struct_field(found, "offset")), named),
    )
    naive = over_distinct(whole, lambda text: parse_written(text, layout), pa.int64())
    fraction = pc.utf8_rpad(pc.utf8_slice_codeunits(pc.fill_null(pc.struct_field(found, "fraction"), ""), 0, 6), 6, "0")
    return {
        **clock,
        "naive_us": pc.add(naive, pc.cast(fraction, pa.int64())),
        "zone_name": blank_as_null(pc.struct_field(found, "zone")),
        "rest": pc.struct_field(found, "rest"),
    }


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
