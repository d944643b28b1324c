"""All requests in one view of the engine: those of small files lie in memory, those of large ones where they were stored.

What a row does not tell itself (its host, the record that it repeats, its error line) is kept beside the stored rows, as few keys with
values, and joined when the view is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.families import schema_of
from logcorr.storage import INSTANT, StoredRows
from logcorr.timeline.bounds import Bounds
from logcorr.timeline.clocks import Anchor, Part
from logcorr.timeline.clocks.skew import Skew
from logcorr.timeline.order import Order

SECOND: Final = 1_000_000
SCHEMA: Final = pa.schema(schema_of("requests"))
#: what is known of few rows only, by ``request_key``
SPARSE: Final = ("duplicate_of", "error_event_id", "timestamp_flag", "unsure_s")
_SECONDS: Final = """
    select source::varchar as source, host_name, timestamp_us, file::varchar as file, timestamp_flag::varchar as flag, 1 as rows,
        coalesce(http_response_status_code < 500, false)::int as good, coalesce(http_response_status_code >= 500, false)::int as failed,
        line as first, line as last
    from {rows} where duplicate_of is null
"""


@dataclass
class Large:
    """The stored rows of one part; their keys count from ``base``.

    ``skew`` is taken off their instants. ``spelled`` and ``host``: the host's name for those that lines name, and for lines that name
    none. ``odd`` holds ``timestamp_flag`` and ``unsure_s`` of few rows, by ``request_key``.
    """

    file: str
    rows: StoredRows
    base: int
    skew: Skew | None
    odd: pa.Table
    spelled: Mapping[str, str | None] = field(default_factory=dict)
    host: str | None = None

    @classmethod
    def of(cls, part: Part, base: int, anchor: Anchor | None) -> Large:
        """The rows of a stored part, looked through for stamps that are odd."""
        if part.stored is None:
            raise ValueError(f"{part.file} is in memory")
        return cls(part.file, part.stored, base, part.skew, odd_rows(part.stored, part.skew, base, anchor))

    def query(self, source: str) -> str:
        """Its rows, read from ``source``, with the columns of the family but for those that are joined."""
        basis = "case when offset_s is null then 'zone_assumed' else 'in_line' end"
        taken = "null" if self.skew is None else f"({ahead(self.skew, INSTANT)})"
        instant = INSTANT if self.skew is None else f"({INSTANT} - {taken})"
        doubt = 0.0 if self.skew is None else self.skew.doubt_s
        columns = {
            "timestamp": f"make_timestamp({instant})::timestamptz",
            "timestamp_us": instant,
            "timestamp_basis": basis,
            "timestamp_uncertainty_s": f"(coalesce(resolution_s, 0) + {doubt}::float)::float",
            "timestamp_skew_s": "null::float" if self.skew is None else f"({taken} / 1e6)::float",
            "source": literal(self.rows.source),
            "file": literal(self.file),
            "host_name": self.host_name(),
            "request_key": f"{self.base} + row",
            "started_us": f"{instant} - (coalesce(duration_s, 0) * 1e6)::bigint",
        }
        shown = [f"{columns.get(name, name)} as {name}" for name in SCHEMA.names if name not in SPARSE]
        return f"select {', '.join(shown)} from {source}"  # noqa: S608 (names of our own, literals escaped)

    def host_name(self) -> str:
        """The host of a row, as an expression."""
        names = [name for name in self.rows.hosts if name is not None]
        otherwise = "null" if self.host is None else literal(self.host)
        if not names:
            return f"{otherwise}::varchar"
        told = " ".join(f"when {literal(name)} then {literal(known)}" for name in names if (known := self.spelled.get(name)))
        spelled = f"case host_name {told} end" if told else "null"
        return f"coalesce({spelled}, {otherwise}, host_name)"


def odd_rows(rows: StoredRows, skew: Skew | None, base: int, anchor: Anchor | None) -> pa.Table:
    """The rows with odd stamps: request_key, timestamp_flag, unsure_s (what to add to their uncertainty)."""
    order = Order("requests", anchor)
    doubt = 0.0 if skew is None else skew.doubt_s
    for piece in rows.pieces(["naive_us", "offset_s", "resolution_s"]):
        instants = pc.subtract(piece["naive_us"], pc.multiply(pc.cast(piece["offset_s"], pa.int64()), SECOND)).combine_chunks()
        if skew is not None:
            instants = pc.subtract(instants, pa.array(skew.corrections(pc.fill_null(instants, 0).to_numpy())))
        order.add(instants, pc.add(pc.fill_null(piece["resolution_s"], 0.0).combine_chunks(), pa.scalar(doubt, pa.float32())))
    places, flags, unsure = order.odd()
    return pa.table(
        {
            "request_key": pa.array(places + base, pa.int64()),
            "timestamp_flag": pa.array(flags, pa.string()),
            "unsure_s": pa.array(unsure, pa.float32()),
        }
    )


def stored_span(large: Large) -> tuple[int, int] | None:
    """The first and the last instant of stored rows, microseconds; None where none has a time."""
    stamps = large.rows.stamps
    instants = (
        pc.subtract(stamps["naive_us"], pc.multiply(pc.cast(stamps["offset_s"], pa.int64()), SECOND)).drop_null().to_numpy()
    )
    if large.skew is not None:
        instants = instants - large.skew.corrections(instants)
    return (int(instants.min()), int(instants.max()) + SECOND - 1) if len(instants) else None


def ahead(skew: Skew, instant: str) -> str:
    """What a clock is ahead at an instant, in whole microseconds, as an expression: straight between the pieces, level outside."""
    if len(skew.at) == 1:
        return str(skew.ahead[0])
    cases = [f"when {instant} <= {skew.at[0]} then {skew.ahead[0]}"]
    for (first, low), (last, high) in pairwise(zip(skew.at, skew.ahead, strict=True)):
        slope = (high - low) / (last - first)
        cases.append(f"when {instant} <= {last} then trunc({slope!r} * ({instant} - {first}) + {low})::bigint")
    return f"case {' '.join(cases)} else {skew.ahead[-1]} end"


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


class Requests:
    """The requests of all parts: ``small`` in memory with all columns of the family, ``large`` stored."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, small: pa.Table, large: list[Large], bounds: Bounds) -> None:
        self.connection = connection
        self.small = small
        self.large = large
        self.bounds = bounds
        self._keys: dict[str, pa.Table] = {}
        for at, each in enumerate(large):
            stored = connection.read_parquet(each.rows.files)
            stored.create_view(f"stored_{at}", replace=True)
        odd = pa.concat_tables([each.odd for each in large]) if large else None
        if odd is not None and odd.num_rows:
            self._keys["timestamp_flag"] = odd.select(["request_key", "timestamp_flag"])
            self._keys["unsure_s"] = odd.select(["request_key", "unsure_s"])
        self.show()

    def put(self, name: str, keys: pa.ChunkedArray, values: pa.ChunkedArray) -> None:
        """Give a column values at some keys; the others keep what they have."""
        if not len(keys):
            return
        given = pa.table({"request_key": keys, name: values})
        if self.large:
            held = pc.is_in(keys, value_set=self.small["request_key"])
            stored = given.filter(pc.invert(held))
            given = given.filter(held)
            if stored.num_rows:
                before = self._keys.get(name, stored.slice(0, 0))
                self._keys[name] = pa.concat_tables([before, stored.cast(before.schema)])
        self.small = with_values(self.small, name, given)
        self.show()

    def show(self) -> None:
        """Show the engine what is known, as ``requests``; those in memory alone as ``requests_in_memory``."""
        self.connection.register("requests_in_memory", self.small)
        if not self.large:
            self.connection.register("requests", self.small)
            return
        for name, table in self._keys.items():
            self.connection.register(f"keys_{name}", table)
        joins = " ".join(f"left join keys_{name} using (request_key)" for name in self._keys)
        shown = ", ".join(self._column(name) for name in SCHEMA.names)
        rows = " union all by name ".join(f"({self._within(each.query(f'stored_{at}'))})" for at, each in enumerate(self.large))
        held = "from requests_in_memory union all by name" if self.small.num_rows else ""
        self.connection.execute(f"create or replace view requests as {held} select {shown} from ({rows}) {joins}")  # noqa: S608 (our own names)

    def hosts(self) -> set[str | None]:
        """The hosts that log them."""
        stored = {
            each.spelled.get(host) or each.host or host if host else each.host
            for each in self.large
            for host in each.rows.hosts
        }
        return stored | set(pc.unique(self.small["host_name"]).to_pylist())

    def show_seconds(self) -> None:
        """Show the engine, as ``request_seconds``, what happened in each second: by source, file, host and flag, each request once.

        Columns: source, host_name, timestamp_us, file, flag, rows, good, failed, first, last (lines). Several rows may tell of one second.
        """
        if (
            self._keys.keys() & {"duplicate_of", "timestamp_flag"}
            or not self.bounds.is_open
            or any(each.skew for each in self.large)
        ):
            self.connection.execute(f"create or replace view request_seconds as {_SECONDS.format(rows='requests')}")
            return
        queries = [_SECONDS.format(rows="requests_in_memory")]
        for at, each in enumerate(self.large):
            self.connection.register(f"stamps_{at}", each.rows.stamps)
            queries.append(
                f"select {literal(each.rows.source)} as source, {each.host_name()} as host_name, {INSTANT} as timestamp_us, "  # noqa: S608
                f"{literal(each.file)} as file, null::varchar as flag, rows, good, failed, first, last from stamps_{at}"
            )
        self.connection.execute(f"create or replace view request_seconds as {' union all by name '.join(queries)}")

    def spans(self) -> list[tuple[str, str, int | None, int | None]]:
        """Source, file, first and last instant (microseconds; None where none has a time) of each part."""
        rows = "requests_in_memory" if self.bounds.is_open else "requests"
        query = f"select source::varchar, file::varchar, min(timestamp_us), max(timestamp_us) from {rows} group by 1, 2"  # noqa: S608
        found = self.connection.execute(query).fetchall()
        if self.bounds.is_open:
            found += [(each.rows.source, each.file, *(stored_span(each) or (None, None))) for each in self.large]
        return sorted(found, key=str)

    def _column(self, name: str) -> str:
        if name == "timestamp_uncertainty_s" and "unsure_s" in self._keys:
            return "(timestamp_uncertainty_s + coalesce(unsure_s, 0))::float as timestamp_uncertainty_s"
        if name in SPARSE and name not in self._keys:
            return f"null::{'varchar' if name == 'timestamp_flag' else 'bigint'} as {name}"
        return name

    def _within(self, query: str) -> str:
        edges = self.bounds.edges
        bounds = [f"timestamp_us {sign} {edges[name]}" for name, sign in (("since", ">="), ("until", "<=")) if name in edges]
        return f"select * from ({query}) where timestamp_us is null or ({' and '.join(bounds)})" if bounds else query  # noqa: S608

    @property
    def num_rows(self) -> int:
        """How many there are."""
        if not self.large:
            return self.small.num_rows
        return int(self.connection.sql("select count(*) from requests").fetchall()[0][0])

    def table(self) -> pa.Table:
        """All of them in memory, in the order of files and lines."""
        if not self.large:
            return self.small
        return (
            self.connection.sql("select * from requests order by request_key")
            .to_arrow_table()
            .select(SCHEMA.names)
            .cast(SCHEMA)
        )


def with_values(table: pa.Table, name: str, given: pa.Table) -> pa.Table:
    """The table with the values of a column where ``given`` has them by ``request_key``; keys rise."""
    places = np.searchsorted(table["request_key"].to_numpy(), given["request_key"].to_numpy())
    values = given[name].combine_chunks().cast(table.schema.field(name).type)
    mask: np.ndarray = np.zeros(table.num_rows, dtype=bool)
    mask[places] = True
    order = pa.array(np.argsort(places, kind="stable"))
    at = table.column_names.index(name)
    found = pc.replace_with_mask(table[name].combine_chunks(), pa.array(mask), values.take(order))
    return table.set_column(at, table.schema.field(at), found)
