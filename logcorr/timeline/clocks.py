"""Every time put on one reference clock, UTC, with how it is known and how exact it is.

A stamp with an offset needs nothing. A stamp without one gets it, in this order, from

1. the caller (``--zone``);
2. records that stand in a source of known zone too: the same request id, the same message, an error line and the access line
   of one request. The offset is the most common difference, in quarters of an hour, and counts only with ``MATCHES_NEEDED``
   matches and ``TIMES_RUNNER_UP`` times as many as the next best;
3. for what a server's own programs write (journal, error logs, ``ls``, ``ps``): the offset of the server's clock, as the other
   files show it (access lines, ``date``, ``ls --time-style=full-iso``);
4. for an application or a person: of the server's offset and UTC, the one that lets the times overlap with the other evidence;
5. UTC, said to be assumed.

A stamp without a year gets the one that brings it nearest to the evidence with years, or the caller's, or the file's time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.errors import ZoneError
from logcorr.formats.clock import LEAP_YEAR, microseconds, parse_offset

QUARTER_US: Final = 900 * 1_000_000
MATCHES_NEEDED: Final = 5
TIMES_RUNNER_UP: Final = 3
#: a record may be stamped this long before its copy in another source, and the copy this long before it
SLACK_US: Final = 65_000_000
#: real offsets run from -12:00 to +14:00
FURTHEST_S: Final = 14 * 3600
WESTERNMOST_S: Final = -12 * 3600
_SAMPLE: Final = 2_000
_MICROSECOND: Final = timedelta(microseconds=1)
#: sources stamped with the clock of the server that they lie on
SERVER_SOURCES: Final = frozenset(
    {
        "journal",
        "syslog",
        "nginx_error",
        "php_fpm",
        "file_list",
        "file_stat",
        "process_list",
        "unit_status",
        "unit_show",
        "clock",
    }
)


@dataclass(frozen=True, slots=True)
class Zone:
    """How the clock of one source in one file is read.

    ``offset_s`` is None where lines state it themselves or ``name`` is a zone with changing offsets. ``matches`` and
    ``runner_up`` count the records in which an inferred offset showed, and those of the next best.
    """

    basis: str
    offset_s: int | None = None
    name: str = ""
    matches: int = 0
    runner_up: int = 0

    def __str__(self) -> str:
        if self.offset_s is None:
            return self.name
        sign = "-" if self.offset_s < 0 else "+"
        return f"{sign}{abs(self.offset_s) // 3600:02d}:{abs(self.offset_s) % 3600 // 60:02d}"


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller says: zones by source ("" is for all sources that state none), and a year."""

    zones: Mapping[str, str]
    year: int | None = None


@dataclass
class Part:
    """The rows of one source in one file."""

    family: str
    source: str
    file: str
    table: pa.Table
    file_time_us: int
    zone: Zone = Zone("in_line")
    year_basis: str = ""

    def __post_init__(self) -> None:
        self.naive = column(self.table, "naive_us", pa.int64())
        self.offset = column(self.table, "offset_s", pa.int32())
        self.yearless = pc.fill_null(column(self.table, "yearless", pa.bool_()), fill_value=False)

    @property
    def states_zone(self) -> bool:
        """Whether every stamp has its offset."""
        return self.naive.null_count == len(self.naive) or self.offset.null_count <= self.naive.null_count

    @property
    def has_years(self) -> bool:
        """Whether every stamp has its year."""
        return not pc.any(self.yearless).as_py()


def column(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    """One column as an array, nulls where the table has none."""
    if name not in table.column_names:
        return pa.nulls(table.num_rows, kind)
    values = table[name]
    if pa.types.is_dictionary(values.type):
        values = values.unify_dictionaries()
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def parse_zones(zones: Iterable[str], year: int | None = None) -> Given:
    """``["Europe/Berlin", "app_text=UTC", "nginx_error=+02:00"]`` as the caller gives them.

    Raises:
        ZoneError: a zone that is neither a name of the tz database nor an offset, or a year that cannot be one.
    """
    found: dict[str, str] = {}
    for given in zones:
        source, _, zone = given.rpartition("=")
        if not is_zone(zone):
            raise ZoneError(
                f"unknown zone {zone!r}",
                hint="a name such as Europe/Berlin, or an offset such as +02:00; SOURCE=ZONE for one source",
            )
        found[source] = zone
    if year is not None and not 1970 <= year <= 2200:  # noqa: PLR2004
        raise ZoneError(f"no year: {year}", hint="four digits, as in --year 2026")
    return Given(found, year)


def is_zone(text: str) -> bool:
    """Whether it is an offset that exists on Earth, or a name of the tz database."""
    offset = parse_offset(text)
    if offset is not None:
        return WESTERNMOST_S <= offset <= FURTHEST_S
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def set_clocks(parts: Sequence[Part], given: Given, connection: duckdb.DuckDBPyConnection) -> None:
    """Find the zone and the year of every part; ``timestamps`` then gives its instants."""
    server = server_offset(parts)
    for part in parts:
        if not part.states_zone:
            part.zone = given_zone(part, given) or part.zone
    known = [part for part in parts if part.states_zone and part.has_years]
    anchor = Anchor.of(parts)
    for part in parts:
        if part.states_zone or part.zone.basis == "zone_given":
            continue
        part.zone = matched_zone(part, known, anchor, connection) or likely_zone(part, server, anchor)
    for part in parts:
        if not part.has_years:
            part.year_basis = "year_given" if given.year else "year_inferred" if anchor else "file_time"


def given_zone(part: Part, given: Given) -> Zone | None:
    """The zone that the caller gives for this source, if any."""
    text = given.zones.get(part.source, given.zones.get(""))
    if text is None:
        return None
    return Zone("zone_given", parse_offset(text), text)


def server_offset(parts: Sequence[Part]) -> int | None:
    """The offset of the server's clock: the one that most stamps of its own programs state."""
    votes: Counter[int] = Counter()
    for part in parts:
        if part.family == "requests" or part.source in SERVER_SOURCES - {"clock"} or part.source == "gunicorn":
            counts = pc.value_counts(pc.drop_null(part.offset))
            votes.update({entry["values"]: entry["counts"] for entry in counts.to_pylist()})
        elif part.source == "clock":
            votes.update(local_clock(part))
    return votes.most_common(1)[0][0] if votes else None


def local_clock(part: Part) -> Counter[int]:
    """What ``date`` says of the local offset: a line that is not in UTC says more than one that is."""
    zones = column(part.table, "status", pa.string()).to_pylist()
    votes: Counter[int] = Counter()
    for offset, zone in zip(part.offset.to_pylist(), zones, strict=True):
        if offset is not None:
            votes[offset] += 1 if zone in {"UTC", "Z", "GMT"} and offset == 0 else 100
    return votes


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the stamps with years cover, in microseconds: most of them, without strays.

    ``exact``: they state their zones too; else they are read as UTC, which is good enough to find a year by.
    """

    start_us: int
    end_us: int
    exact: bool = True

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Anchor | None:
        """From the parts that need no inference, the requests before all others; without any, from those with years."""
        dated = [part for part in parts if part.has_years]
        known = [part for part in dated if part.states_zone and part.offset.null_count < len(part.offset)]
        return cls._of(known, exact=True) or cls._of(dated, exact=False)

    @classmethod
    def _of(cls, known: Sequence[Part], *, exact: bool) -> Anchor | None:
        logs = [
            part for part in known if part.family in {"requests", "log", "deploys"} and len(part.naive) > part.naive.null_count
        ]
        logs = [part for part in logs if part.family == "requests"] or logs or [part for part in known if len(part.naive)]
        stamps = np.concatenate([own_instants(part) for part in logs]) if logs else np.array([], np.int64)
        if not len(stamps):
            return None
        low, high = np.quantile(stamps, [0.001, 0.999])
        return cls(int(low), int(high), exact)

    def distance(self, start_us: int, end_us: int) -> int:
        """How much of a stretch lies outside, in microseconds."""
        return max(0, self.start_us - start_us) + max(0, end_us - self.end_us)

    def held(self, naive: pa.Array, offset_s: int) -> int:
        """How many clocks lie within, or just beside, read with this offset."""
        instants = naive.to_numpy() - offset_s * 1_000_000
        return int(((instants >= self.start_us - QUARTER_US) & (instants <= self.end_us + QUARTER_US)).sum())


def own_instants(part: Part) -> np.ndarray:
    """The instants of a part, microseconds; a stamp without an offset is read as UTC."""
    offset = pc.fill_null(pc.cast(part.offset, pa.int64()), 0)
    instants = pc.subtract(part.naive, pc.multiply(offset, 1_000_000))
    return pc.drop_null(instants).to_numpy()


def matched_zone(
    part: Part, known: Sequence[Part], anchor: Anchor | None, connection: duckdb.DuckDBPyConnection
) -> Zone | None:
    """The offset that records shared with sources of known zone show."""
    votes: Counter[int] = Counter()
    naive = with_year(part.naive, part.yearless, anchor)
    rows = pa.array(np.arange(0, len(naive), max(1, len(naive) // _SAMPLE)))
    for names in SHARED_KEYS:
        if not all(name in part.table.column_names for name in names):
            continue
        own = pa.table({name: column(part.table, name, pa.string()).take(rows) for name in names})
        connection.register("mine", own.append_column("naive", naive.take(rows)))
        for other in known:
            if other.file != part.file and all(name in other.table.column_names for name in names):
                connection.register("theirs", other.table.select([*names, "naive_us", "offset_s"]))
                found = connection.sql(differences(names)).to_arrow_table()
                votes.update(dict(zip(found["offset_s"].to_pylist(), found["records"].to_pylist(), strict=True)))
        if zone := elected(votes):
            return zone
    return None


def elected(votes: Counter[int]) -> Zone | None:
    """The offset that enough records show, and far more than any other."""
    if not votes:
        return None
    (best, matches), *others = votes.most_common(2)
    runner_up = others[0][1] if others else 0
    if matches < MATCHES_NEEDED or matches < TIMES_RUNNER_UP * runner_up:
        return None
    return Zone("zone_inferred", best, matches=matches, runner_up=runner_up)


#: sets of columns that name one record, or one request, in two sources
SHARED_KEYS: Final = (
    ("request_id",),
    ("service_name", "body"),
    ("client_address", "http_request_method", "url_path"),
    ("http_request_method", "url_path", "http_response_status_code"),
)


def differences(names: Sequence[str]) -> str:
    """The query for offsets in seconds, in whole quarters of an hour, and the number of records that show each.

    Keys that repeat often name no record, and are left out on both sides.
    """
    same = " and ".join(f"mine.{name} = theirs.{name}" for name in names)
    keys = ", ".join(f"mine.{name}" for name in names)
    return f"""
        with pairs as (
            select hash({keys}) as k, mine.naive as t, theirs.naive_us as u,
                mine.naive - (theirs.naive_us - theirs.offset_s::bigint * 1000000) + {SLACK_US} as apart
            from mine join theirs on {same} where theirs.naive_us is not null and mine.naive is not null
        ), rare as (
            select k from pairs group by k
            having count(distinct t) <= {MATCHES_NEEDED} and count(distinct u) <= {MATCHES_NEEDED}
        ), shown as (
            select k, cast(floor(apart / {QUARTER_US}) as bigint) as quarters, apart from pairs semi join rare using (k)
        )
        select quarters * 900 as offset_s, count(distinct k) as records from shown
        where apart - quarters * {QUARTER_US} <= {2 * SLACK_US} and abs(quarters) * 900 <= {FURTHEST_S} group by 1 order by 1
    """  # noqa: S608 (names of our own columns)


def likely_zone(part: Part, server: int | None, anchor: Anchor | None) -> Zone:
    """Without shared records: the server's clock for what the server writes, else what overlaps, else UTC."""
    if server is not None and part.source in SERVER_SOURCES:
        return Zone("zone_inferred", server)
    stamps = pc.drop_null(with_year(part.naive, part.yearless, anchor))
    if server is None or anchor is None or not anchor.exact or not len(stamps):
        return Zone("zone_assumed", 0 if server is None else server)
    if part.family == "deploys":  # single moments, among them some of long ago: the ends tell nothing
        return Zone("zone_inferred", max((server, 0), key=lambda offset: anchor.held(stamps, offset)))
    low, high = pc.min(stamps).as_py(), pc.max(stamps).as_py()
    distance = {offset: anchor.distance(low - offset * 1_000_000, high - offset * 1_000_000) for offset in (server, 0)}
    return Zone("zone_inferred", min(distance, key=lambda offset: distance[offset]))


def with_year(
    naive: pa.Array, yearless: pa.Array, anchor: Anchor | None, year: int | None = None, file_time_us: int = 0
) -> pa.Array:
    """Stamps without a year moved to the given one, or to that nearest to the evidence, or to the file's time."""
    if not pc.any(yearless).as_py():
        return naive
    target = (anchor.start_us + anchor.end_us) // 2 if anchor else file_time_us
    near = datetime(1970, 1, 1, tzinfo=UTC) + target * _MICROSECOND
    years = [year] if year else [near.year - 1, near.year, near.year + 1]
    stamps = naive.to_numpy(zero_copy_only=False).astype("float64")
    stamps = np.where(np.isnan(stamps), 0, stamps).astype(np.int64)
    start = microseconds(datetime(LEAP_YEAR, 1, 1, tzinfo=UTC))
    march = microseconds(datetime(LEAP_YEAR, 3, 1, tzinfo=UTC))
    best = np.full(len(stamps), np.iinfo(np.int64).max)
    moved = stamps.copy()
    for candidate in years:
        leap = candidate % 4 == 0 and (candidate % 100 != 0 or candidate % 400 == 0)
        shift = microseconds(datetime(candidate, 1, 1, tzinfo=UTC)) - start
        there = stamps + shift - (0 if leap else np.where(stamps >= march, 86_400_000_000, 0))
        # a file cannot hold lines from after it was written; evidence with years can lie on either side
        late = 0 if anchor else np.where(there > target + 86_400_000_000, 400 * 86_400_000_000, 0)
        distance = np.abs(there - target) + late
        closer = distance < best
        best = np.where(closer, distance, best)
        moved = np.where(closer, there, moved)
    result = pa.array(moved, pa.int64(), mask=~pc.is_valid(naive).to_numpy(zero_copy_only=False))
    return pc.if_else(yearless, result, naive)


def timestamps(part: Part, anchor: Anchor | None, given: Given) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Instants in microseconds, their basis, and their uncertainty in seconds, for each row of a part."""
    naive = with_year(part.naive, part.yearless, anchor, given.year, part.file_time_us)
    if part.zone.name and part.zone.offset_s is None and part.zone.basis == "zone_given":
        filled = zone_offsets(naive, part.zone.name)
    else:
        filled = pa.repeat(pa.scalar(part.zone.offset_s or 0, pa.int64()), len(naive))
    offset = pc.coalesce(pc.cast(part.offset, pa.int64()), filled)
    instants = pc.subtract(naive, pc.multiply(offset, 1_000_000))
    stated = pc.is_valid(part.offset)
    basis = pc.if_else(stated, "in_line", part.zone.basis if part.zone.basis != "in_line" else "zone_assumed")
    if part.year_basis:
        basis = pc.if_else(part.yearless, "year_inferred" if part.year_basis == "year_given" else part.year_basis, basis)
    resolution = pc.fill_null(column(part.table, "resolution_s", pa.float32()), 0.0)
    return instants, basis, resolution


def zone_offsets(naive: pa.Array, name: str) -> pa.Array:
    """The offset of a named zone at each wall clock, by the hour; an ambiguous hour is taken as the first, summer, one."""
    zone = ZoneInfo(name)
    hours = pc.cast(pc.divide(naive, 3_600_000_000), pa.int64()).dictionary_encode()

    def offset(hour: int | None) -> int | None:
        if hour is None:
            return None
        local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        return int((local.replace(tzinfo=zone).utcoffset() or timedelta()).total_seconds())

    return pa.array([offset(hour) for hour in hours.dictionary.to_pylist()], pa.int64()).take(hours.indices)
