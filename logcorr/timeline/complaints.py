"""When and by whom complaints were made: the day and the zone that people leave out, and users by the names that the logs know.

A day that is not said is the one on which the time lies in the evidence, the last of several; where it lies in none, the next one after
it, for people write later than requests fail. A zone that is not said is the caller's, else that of the server or UTC, whichever lets the
times lie in the evidence; where both do, the interval takes in both. Where no other evidence has a time, one without a day stays
unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.human_time import WEEKDAYS
from logcorr.timeline.clocks import Anchor, Given, Part, Zone, column, given_zone, offset_at, server_offset

SECOND: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND
_EPOCH: Final = date(1970, 1, 1)
#: a word that can only be somebody's name in a system, or one that a text calls so
_NAMED: Final = re.compile(
    r"\b(?:users?|customer|account)[:#\s]+([\w.@+-]*\w)|\b(?:says?|said|by|from)[:\s]+(?!\d+\b)([\w.@+-]*\w)"
    r"|(?<![\w/.])(?![\d.:]+\b)(\w[\w-]*[.@+_\d][\w.@+-]*\w)(?![\w/])",
    re.IGNORECASE,
)


def set_days(parts: Sequence[Part], given: Given) -> None:
    """Find the zone and the days of the complaints; after this their clocks are complete, or null."""
    own = [part for part in parts if part.family == "complaints"]
    if not own:
        return
    others = [part for part in parts if part.family != "complaints"]
    anchor, server = Anchor.of(others), server_offset(others)
    for part in own:
        if anchor is not None:
            set_part(part, anchor, server, given)


def set_part(part: Part, anchor: Anchor, server: int | None, given: Given) -> None:
    """The same for one file."""
    said = column(part.table, "day_said", pa.string()).to_pylist()
    clocks = column(part.table, "clock_s", pa.float64()).to_pylist()
    stated, naive = part.offset.to_pylist(), part.naive.to_pylist()
    early, late = (numbers(part, name) for name in ("early_s", "late_s"))
    unstated = np.array([offset is None for offset in stated])
    told = given_zone(part, given)
    offsets = [given_offset(told, anchor)] if told else list(dict.fromkeys([server or 0, 0]))
    best: list[tuple[tuple[int, int], list[int | None]]] = []
    for candidate in offsets:
        outside, apart, stamps = 0, 0, []
        for at, day in enumerate(said):
            offset = candidate if stated[at] is None else stated[at]
            width = (int(early[at] * SECOND), int(late[at] * SECOND))
            stamp = naive[at]
            if day is not None:
                stamp = dated(day, int(clocks[at] * SECOND), width, anchor, offset * SECOND)
            if stamp is not None and stated[at] is None:
                away = distance(stamp - width[0] - offset * SECOND, stamp + width[1] - offset * SECOND, anchor)[1]
                outside, apart = outside + (away > 0), apart + away
            stamps.append(stamp)
        best.append(((outside, apart), stamps))
    at = min(range(len(offsets)), key=lambda each: best[each][0])
    part.naive = pa.array(best[at][1], pa.int64())
    if told is not None or not unstated.any():
        part.zone = told or part.zone
        return
    unsure = len(offsets) > 1 and best[0][0] == best[1][0]
    known = server is not None and anchor.exact and not unsure
    part.zone = Zone("zone_inferred" if known else "zone_assumed", offsets[at])
    if unsure and best[0][1] == best[1][1]:
        shift = abs(offsets[0] - offsets[1])
        early, late = (
            early + unstated * shift * (offsets[at] < offsets[1 - at]),
            late + unstated * shift * (offsets[at] > offsets[1 - at]),
        )
        part.table = with_column(with_column(part.table, "early_s", early), "late_s", late)


def numbers(part: Part, name: str) -> np.ndarray:
    """A column of a part, 0 where it has none."""
    return pc.fill_null(column(part.table, name, pa.float64()), 0.0).to_numpy(zero_copy_only=False)


def with_column(table: pa.Table, name: str, values: np.ndarray) -> pa.Table:
    """The table with this column, new or in the place of the old one."""
    added = pa.array(values, pa.float64())
    if name not in table.column_names:
        return table.append_column(name, added)
    return table.set_column(table.column_names.index(name), name, added)


def given_offset(zone: Zone, anchor: Anchor) -> int:
    """The offset of a zone that the caller gave, at the time of the evidence."""
    if zone.offset_s is not None:
        return zone.offset_s
    return offset_at(ZoneInfo(zone.name), anchor.end_us)


def distance(start_us: int, end_us: int, anchor: Anchor) -> tuple[int, int]:
    """Whether an interval lies wholly before the evidence, and how far outside of it."""
    before, after = max(0, anchor.start_us - end_us), max(0, start_us - anchor.end_us)
    return int(before > 0), before + after


def dated(said: str, clock_us: int, width: tuple[int, int], anchor: Anchor, offset_us: int) -> int | None:
    """The wall clock with the day that fits the evidence best; None where no day is possible."""
    fitting = []
    for rank, day in enumerate(days_of(said, anchor, offset_us)):
        stamp = (day - _EPOCH).days * DAY_US + clock_us
        fitting.append((*distance(stamp - width[0] - offset_us, stamp + width[1] - offset_us, anchor), rank, stamp))
    return min(fitting)[-1] if fitting else None


def days_of(said: str, anchor: Anchor, offset_us: int) -> Iterator[date]:
    """The days that can be meant, the likeliest first; the evidence ends on what people call today, or on the day before."""
    first, last = (
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=edge + offset_us)).date()
        for edge in (anchor.start_us, anchor.end_us)
    )
    latest = [last - timedelta(days=back) for back in range(-1, (last - first).days + 2)]
    if said in {"today", "yesterday"}:
        yield from (last - timedelta(days=1), last) if said == "yesterday" else (last,)
    elif said in WEEKDAYS:
        week = [last - timedelta(days=back) for back in range(-1, 7)]
        yield from (day for day in (*latest, *week) if day.weekday() == WEEKDAYS.index(said))
    elif not said:
        yield from latest
    for text in said.split("|"):
        if text.startswith("--"):
            yield from (day for year in (last.year, last.year - 1, last.year + 1) if (day := calendar_day(f"{year}{text[1:]}")))
        elif text[:1].isdigit() and (day := calendar_day(text)):
            yield day


def calendar_day(text: str) -> date | None:
    """The day of an ISO date; None for 29 February of most years."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def set_reports(table: pa.Table) -> pa.Table:
    """The complaints with the interval of each, and with how its day is known."""
    early, late = (pc.fill_null(table[name], 0.0).combine_chunks() for name in ("early_s", "late_s"))
    edges = {
        "reported_from_us": pc.subtract(table["timestamp_us"], pc.cast(pc.multiply(early, 1e6), pa.int64())),
        "reported_to_us": pc.add(table["timestamp_us"], pc.cast(pc.multiply(late, 1e6), pa.int64())),
        "timestamp_uncertainty_s": pc.cast(pc.max_element_wise(early, late), pa.float32()),
    }
    found = pc.and_(pc.is_valid(table["day_said"]), pc.is_valid(table["timestamp_us"]))
    basis = pc.if_else(found, "day_inferred", pc.cast(table["timestamp_basis"], pa.string()))
    for name, values in {**edges, "timestamp_basis": pc.dictionary_encode(basis)}.items():
        at = table.column_names.index(name)
        table = table.set_column(at, table.schema.field(at), pc.cast(values, table.schema.field(at).type))
    return table


def set_users(connection: duckdb.DuckDBPyConnection, complaints: pa.Table, log: pa.Table) -> pa.Array:
    """The user of each complaint as the logs spell it: the one it names, else the only one that its text does."""
    users, bodies = complaints["user_id"].to_pylist(), complaints["body"].to_pylist()
    named = [
        {user.lower()} if user else {"".join(words).lower() for words in _NAMED.findall(body or "")}
        for user, body in zip(users, bodies, strict=True)
    ]
    names = sorted(set().union(*named))
    if not names:
        return complaints["user_id"].combine_chunks()
    connection.register("names", pa.table({"name": pa.array(names, pa.string())}))
    connection.register("own_users", log.select(["user_id"]))
    spelled = dict(
        connection.sql(
            "with known as (select distinct user_id from own_users union select distinct user_id from requests) "
            "select lower(user_id), min(user_id) from known semi join names on lower(known.user_id) = names.name group by 1"
        ).fetchall()
    )
    found = []
    for user, own in zip(users, named, strict=True):
        known = sorted({spelled[name] for name in own if name in spelled})
        found.append(known[0] if len(known) == 1 else user)
    return pa.array(found, pa.string())
