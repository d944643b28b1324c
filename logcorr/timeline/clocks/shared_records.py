"""Records that stand in two sources: what their clocks show differs by the zone, and by what one clock is ahead of the other.

A record is shared by its request id, its message, or, for an error or an application's line, by client, method, path and status where few
requests have the same. Each pair says between which two values the difference lies; what most pairs agree on is found as clocks on a
network agree on the time (K. Marzullo and S. Owicki, "Maintaining the time in a distributed system", 1983; NTP's "intersection algorithm",
RFC 5905 section 11.2.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.storage import INSTANT, StoredRows
from logcorr.timeline.clocks.instants import instants
from logcorr.timeline.clocks.part import SECOND, Part, column

#: columns that name one request wherever they stand
IDENTIFIERS: Final = (("request_id",), ("trace_id",))
#: sets of columns that name one record, or one request, in two sources
SHARED_KEYS: Final = (
    *IDENTIFIERS,
    ("service_name", "body"),
    ("message_id", "subject_pid"),
    ("client_address", "http_request_method", "url_path"),
    ("http_request_method", "url_path", "http_response_status_code"),
)
#: a key that repeats more often names no record
OFTEN: Final = 5
SAMPLE: Final = 2_000
#: how long a request may have lasted that does not say it
UNSAID_US: Final = 65 * SECOND
#: of a stored row, in SQL: the width of its stamp and how long the request lasted, microseconds
_WIDTH: Final = "coalesce(round(resolution_s::double * 1000000)::bigint, 0)"
_LASTED: Final = f"coalesce(round(duration_s * 1000000)::bigint, {UNSAID_US})"
#: an interval is as wide as this share of the pairs allows
AGREE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Pairs:
    """The shared records of two parts.

    ``low`` and ``high`` are the least and the greatest difference between the clocks that a pair allows, microseconds (the first part's
    less the second's); ``record`` numbers the records, ``at`` is the second clock's instant; ``line`` and ``other_line`` are where they
    stand.
    """

    low: np.ndarray
    high: np.ndarray
    record: np.ndarray
    at: np.ndarray
    line: np.ndarray
    other_line: np.ndarray

    def only(self, mask: np.ndarray) -> Pairs:
        """The pairs at which ``mask`` holds."""
        return Pairs(*(getattr(self, name)[mask] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Agreement:
    """The difference that most records allow, from ``low`` to ``high`` (microseconds).

    ``matches`` of ``records`` allow it, ``runner_up`` the best of those that do not allow it; ``agreeing`` marks the pairs.
    """

    low: int
    high: int
    matches: int
    runner_up: int
    records: int
    agreeing: np.ndarray


def shared(
    part: Part,
    stamps: pa.Array | None,
    others: Sequence[Part],
    keys: Sequence[tuple[str, ...]],
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[Part, Pairs]]:
    """The records that a part, whose clock shows ``stamps``, shares with others of known zone: for each set of keys, each other in turn.

    A stored part's clock shows what its lines state.
    """
    for names in keys:
        if not all(name in part.column_names for name in names):
            continue
        connection.register("mine", sampled(part, stamps, names, connection))
        for other in others:
            if other.file == part.file or not all(name in other.column_names for name in names):
                continue
            show_spans(other, names, connection)
            found = connection.sql(query(names, once=names in IDENTIFIERS)).to_arrow_table()
            if found.num_rows:
                yield other, Pairs(*(found[name].to_numpy() for name in Pairs.__slots__))


def sampled(part: Part, stamps: pa.Array | None, names: Sequence[str], connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Some rows of a part: the keys, their lines, what the clock shows (``t``) and for how long (``width``)."""
    step = max(1, part.rows // SAMPLE)
    if part.stored:
        rows = stored(part.stored, connection).filter(f"row % {step} = 0").order("line")
        return rows.project(f"{', '.join(names)}, line, {INSTANT} as t, {_WIDTH} as width").to_arrow_table()
    width = pc.fill_null(micros(part, "resolution_s"), 0)
    own = part.table.select([*names, "line"]).append_column("t", stamps).append_column("width", width)
    return own.take(pa.array(np.arange(0, part.rows, step)))


def find_near(parts: Sequence[Part], connection: duckdb.DuckDBPyConnection) -> None:
    """Bring into memory, in one reading for each set of keys, the rows of stored parts that others may share: ``part.near``."""
    for part in parts:
        rows = part.stored
        if rows is None:
            continue
        for names in (each for each in SHARED_KEYS if set(each) <= set(part.column_names)):
            others = [other for other in parts if other is not part and set(names) <= set(other.column_names)]
            if others:
                keys = [as_text(sampled(other, other.naive, names, connection).select(list(names))) for other in others]
                connection.register("keys", pa.concat_tables(keys))
                part.near[names] = near(rows, names, connection)


def as_text(keys: pa.Table) -> pa.Table:
    """The keys as texts, whatever their types."""
    return pa.table({name: keys[name].cast(pa.string()) for name in keys.column_names})


def near(rows: StoredRows, names: Sequence[str], connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The stored rows that have one of ``keys``, as ``show_spans`` shows them; of keys that repeat often none, as they name no record."""
    stored(rows, connection).create_view("stored", replace=True)
    keys, same = ", ".join(names), " and ".join(f"own.{name} = stored.{name}::varchar" for name in names)
    often = "" if tuple(names) in IDENTIFIERS else f"having count(distinct {INSTANT} + {_WIDTH}) <= {OFTEN}"
    return connection.sql(
        f"""
        with rare as (
            select {keys} from stored semi join (select distinct {keys} from keys) own on {same} group by all {often}
        )
        select {keys}, line, {INSTANT} - {_LASTED} as s, {INSTANT} + {_WIDTH} as e
        from stored semi join rare own on {same} order by line
        """  # noqa: S608 (names of our own columns)
    ).to_arrow_table()


def show_spans(other: Part, names: Sequence[str], connection: duckdb.DuckDBPyConnection) -> None:
    """Show the engine, as ``theirs``, a part's keys with the instants between which each record was: a request from its beginning on."""
    if other.stored:
        connection.register("theirs", other.near[tuple(names)])
        return
    if other.span is None:
        other.span = span_of(other)
    start, end = other.span
    connection.register("theirs", other.table.select([*names, "line"]).append_column("s", start).append_column("e", end))


def stored(rows: StoredRows, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    """The rows where they lie, in no order."""
    return connection.read_parquet(rows.files)


def span_of(other: Part) -> tuple[pa.Array, pa.Array]:
    """The same without the keys."""
    end, _ = instants(other)
    unsaid = UNSAID_US if other.family == "requests" else 0
    start = pc.subtract(end, pc.fill_null(micros(other, "duration_s"), unsaid))
    return start, pc.add(end, pc.fill_null(micros(other, "resolution_s"), 0))


def micros(part: Part, name: str) -> pa.Array:
    """A column of seconds in microseconds."""
    seconds = pc.cast(column(part.table, name, pa.float64()), pa.float64())
    return pc.cast(pc.round(pc.multiply(seconds, float(SECOND))), pa.int64())


def query(names: Sequence[str], *, once: bool) -> str:
    """The query for the pairs of records that share these keys; ``once``: of several lines of one, the earliest."""
    same, same_near = (" and ".join(f"mine.{name} = {other}.{name}" for name in names) for other in ("theirs", "near"))
    keys, keys_of_mine = ", ".join(names), ", ".join(f"mine.{name}" for name in names)
    earliest = "qualify row_number() over (partition by k, e order by t, line) = 1" if once else ""
    return f"""
        with near as (
            select {keys}, s, e, line from theirs semi join mine on {same} where e is not null
        ), rare as (
            select hash({keys}) as k from near group by all having count(distinct e) <= {OFTEN}
            intersect
            select hash({keys}) as k from mine where t is not null group by all having count(distinct t) <= {OFTEN}
        ), pairs as (
            select hash({keys_of_mine}) as k, mine.t, mine.width, mine.line, near.s, near.e, near.line as other_line
            from mine join near on {same_near} where t is not null {"" if once else f"and hash({keys_of_mine}) in (from rare)"}
        )
        select t - e as low, t + width - s as high, dense_rank() over (order by k) as record, e as at, line, other_line
        from pairs {earliest} order by e, line, other_line
    """  # noqa: S608 (names of our own columns)


def agreement(pairs: Pairs) -> Agreement | None:
    """What most of the records agree on; None without any."""
    if not len(pairs.low):
        return None
    low, high, agreeing = densest(pairs)
    matched = np.unique(pairs.record[agreeing])
    rest = pairs.only(~np.isin(pairs.record, matched))
    runner_up = len(np.unique(rest.record[densest(rest)[2]])) if len(rest.low) else 0
    return Agreement(low, high, len(matched), runner_up, len(np.unique(pairs.record)), agreeing)


def densest(pairs: Pairs) -> tuple[int, int, np.ndarray]:
    """The stretch around the best difference that nearly as many pairs allow, and the pairs that allow the best."""
    values = np.concatenate([pairs.low, pairs.high])
    steps = np.concatenate([np.ones(len(pairs.low), np.int64), -np.ones(len(pairs.high), np.int64)])
    order = np.lexsort((-steps, values))
    values, count = values[order], np.cumsum(steps[order])
    best = int(count.argmax())
    few = np.flatnonzero(count < AGREE * count[best])
    start = int(few[few < best].max(initial=-1)) + 1
    end = int(few[few > best].min(initial=len(values) - 1))
    return int(values[start]), int(values[end]), (pairs.low <= values[best]) & (pairs.high >= values[best])
