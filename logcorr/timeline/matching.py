"""Which rows of different sources are about one request, or are one record: worked out once, kept as keys.

An error line of the proxy belongs to the access line of its request: same client, method and path (and connection where both
say it), in the same second or the next. An application's line belongs to a request by its request id, else by method, path and
status in the same second or the next, each line to one request.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: pairs of rows with equal keys in one second (of several, the first with the first), then in seconds one apart
_PAIRS: Final = """
with l as (select id, k, t // 1000000 as s from lines where k is not null),
     r as (select id, k, t // 1000000 as s from targets where k is not null),
     l0 as (select *, row_number() over (partition by k, s order by id) as n from l),
     r0 as (select *, row_number() over (partition by k, s order by id) as n from r),
     first as (select l0.id as line, r0.id as target from l0 join r0 using (k, s, n)),
     l1 as (select k, s, id, row_number() over (partition by k, s order by id) as n
            from l where not exists (select 1 from first where first.line = l.id)),
     r1 as (select k, s - 1 as s, id, row_number() over (partition by k, s order by id) as n
            from r where not exists (select 1 from first where first.target = r.id)),
     second as (select l1.id as line, r1.id as target from l1 join r1 using (k, s, n))
select line, target from first union all select line, target from second
"""

#: a request that is logged twice is the one that leads; an identifier that is passed on is first looked for on the line's own host
_BY_IDENTIFIER: Final = """
select event_id as line,
    min_by(coalesce(duplicate_of, request_key),
           (coalesce(lines.host_name <> targets.host_name, false), coalesce(duplicate_of, request_key))) as target
from lines join requests targets using (request_id) group by 1
"""

_FAILED: Final = """
select request_key, client_address, connection, http_request_method, url_path, timestamp_us, host_name
from requests where http_response_status_code >= 500 and duplicate_of is null order by request_key
"""
_OF_ERROR: Final = (
    *("event_id", "timestamp_us", "host_name", "client_address", "connection", "http_request_method", "url_path"),
    *("severity_number", "event_name"),
)
#: what stands in the error log of a request that went on all the same
_BESIDE: Final = ("upstream.stderr", "upstream.disabled", "upstream.buffered", "request.body_buffered", "request.delayed")
_OF_APPLICATION: Final = (
    *("event_id", "timestamp_us", "host_name", "request_id", "severity_number"),
    *("http_request_method", "url_path", "http_response_status_code"),
)
_ERROR: Final = 17
NOTHING: Final = pa.chunked_array([[]], pa.int64())

#: an earlier line of these numbers of a request: a traceback's head, then the request's own line
APPLICATION_SOURCES: Final = ("app_text", "app_json", "logfmt")


def pair(connection: duckdb.DuckDBPyConnection, lines: pa.Table, targets: pa.Table) -> pa.Table:
    """Columns ``line`` and ``target``: pairs of ``id`` with equal ``k`` at about the same ``t`` (microseconds)."""
    connection.register("lines", lines)
    connection.register("targets", targets)
    return connection.sql(_PAIRS).to_arrow_table()


def pair_by_host(
    connection: duckdb.DuckDBPyConnection, lines: pa.Table, targets: pa.Table, others: pa.ChunkedArray | None = None
) -> pa.Table:
    """As ``pair``, with a column ``host``: rows of one host first, then those of which it is not known with what is left.

    ``others``: hosts that there are beside those of these rows.
    """
    named = (lines["host"], targets["host"], *(() if others is None else (others,)))
    hosts = pc.unique(pa.chunked_array([chunk for each in named for chunk in each.chunks], pa.string()))
    if len(hosts.drop_null()) <= 1:
        return pair(connection, lines, targets)
    found = pair(connection, on_host(lines), on_host(targets))
    for lines_known, targets_known in ((False, True), (True, False), (False, False)):
        left = without(lines, "id", found["line"]).filter(
            pc.equal(pc.is_valid(without(lines, "id", found["line"])["host"]), lines_known)
        )
        free = without(targets, "id", found["target"])
        free = free.filter(pc.equal(pc.is_valid(free["host"]), targets_known))
        if left.num_rows and free.num_rows:
            found = pa.concat_tables([found, pair(connection, left, free)])
    return found


def on_host(rows: pa.Table) -> pa.Table:
    """The rows with their host in the key; those without a host have none then."""
    return rows.set_column(1, "k", pc.binary_join_element_wise(rows["host"], rows["k"], "\x1f", null_handling="emit_null"))


def without(rows: pa.Table, name: str, taken: pa.ChunkedArray) -> pa.Table:
    """The rows whose value is not among those taken."""
    return rows.filter(pc.invert(pc.is_in(rows[name], value_set=taken)))


def keyed(rows: pa.Table, identifier: str, names: tuple[str, ...]) -> pa.Table:
    """The columns that pairs are made by."""
    return pa.table({"id": rows[identifier], "k": key(rows, names), "t": rows["timestamp_us"], "host": rows["host_name"]})


def once(rows: pa.Table) -> pa.Table:
    """The rows that repeat no other."""
    return rows.filter(pc.is_null(rows["duplicate_of"])) if rows["duplicate_of"].null_count < rows.num_rows else rows


def scatter(count: int, places: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.Array:
    """An int64 column with ``values`` at ``places`` and null elsewhere."""
    result: np.ndarray = np.zeros(count, dtype=np.int64)
    there: np.ndarray = np.zeros(count, dtype=bool)
    at = places.to_numpy()
    result[at] = values.to_numpy()
    there[at] = True
    return pa.array(result, mask=~there)


def key(table: pa.Table, names: tuple[str, ...]) -> pa.Array:
    """One text of several columns; null where one of them is null."""
    parts = [pc.cast(table[name], pa.string()) for name in names]
    return pc.binary_join_element_wise(*parts, "\x1f", null_handling="emit_null")


def match_errors(connection: duckdb.DuckDBPyConnection, log: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Requests with an error line of the proxy about them: ``request_key`` and ``event_id``; only failed ones are looked at.

    Of several lines about one request the first that says how it failed; else the first.
    """
    log = once(log.select([*_OF_ERROR, "source", "duplicate_of"]))
    errors = log.filter(pc.and_(pc.equal(log["source"], "nginx_error"), pc.is_valid(log["client_address"])))
    if not errors.num_rows:
        return NOTHING, NOTHING
    failed = connection.sql(_FAILED).to_arrow_table()
    names: tuple[str, ...] = ("client_address", "http_request_method", "url_path")
    if failed["connection"].null_count < failed.num_rows:
        names = ("client_address", "connection", "url_path")
    if failed["client_address"].null_count == failed.num_rows:  # some keep no addresses of people
        names = names[1:]
    beside = pc.is_in(errors["event_name"].cast(pa.string()), value_set=pa.array(_BESIDE))
    beside = pc.or_(beside, pc.fill_null(pc.less(errors["severity_number"], _ERROR), fill_value=False))
    targets = keyed(failed, "request_key", names)
    found = pair_by_host(connection, keyed(errors.filter(pc.invert(beside)), "event_id", names), targets)
    if pc.any(beside).as_py() and len(found) < len(targets):
        left = without(targets, "id", found["target"])
        more = pair_by_host(connection, keyed(errors.filter(beside), "event_id", names), left)
        found = pa.concat_tables([found, more])
    return found["target"], found["line"]


def match_application(connection: duckdb.DuckDBPyConnection, log: pa.Table) -> pa.Array:
    """For each event of the log the ``request_key`` of the request that an application's line is about (null: none)."""
    applications = log.select([*_OF_APPLICATION, "source", "duplicate_of"])
    applications = once(applications.filter(pc.is_in(log["source"], pa.array(APPLICATION_SOURCES))))
    logging = connection.sql("select distinct host_name from requests where host_name is not null").to_arrow_table()[
        "host_name"
    ]
    applications = of_hosts(applications, logging)
    count = log.num_rows
    result = pa.nulls(count, pa.int64())
    if not applications.num_rows:
        return result
    named = applications.filter(pc.is_valid(applications["request_id"]))
    if named.num_rows:
        connection.register("lines", named.select(["event_id", "request_id", "host_name"]))
        pairs = connection.sql(_BY_IDENTIFIER).to_arrow_table()
        result = scatter(count, pairs["line"], pairs["target"])
    for names, failed in (
        (("http_request_method", "url_path", "http_response_status_code"), False),
        (("http_request_method", "url_path"), True),
    ):
        left = applications.filter(pc.is_null(result.take(applications["event_id"].combine_chunks())))
        if failed:  # a line that states no status is looked for among the failed requests where it is an error itself
            left = left.filter(pc.fill_null(pc.greater_equal(left["severity_number"], _ERROR), fill_value=False))
        for name in names:
            left = left.filter(pc.is_valid(left[name]))
        if left.num_rows:
            targets = requests_near(connection, left, names, failed=failed)
            found = pair_by_host(connection, keyed(left, "event_id", names), keyed(targets, "request_key", names), logging)
            result = pc.coalesce(result, scatter(count, found["line"], found["target"]))
    return result


def requests_near(connection: duckdb.DuckDBPyConnection, lines: pa.Table, names: tuple[str, ...], *, failed: bool) -> pa.Table:
    """The requests that agree with a line in these columns, in its second or the next; ``failed``: those with 5xx alone."""
    connection.register("lines", lines.select([*names, "timestamp_us"]))
    keys = ", ".join(names)
    same = " and ".join(f"r.{name} = near.{name}" for name in names)
    return connection.sql(
        f"""
        with own as (select distinct {keys}, timestamp_us // 1000000 as s from lines),
             near as (select * from own union select * replace (s + 1 as s) from own)
        select request_key, {keys}, timestamp_us, host_name
        from requests r semi join near on {same} and r.timestamp_us // 1000000 = near.s
        where duplicate_of is null {"and http_response_status_code >= 500" if failed else ""}
        order by request_key
        """  # noqa: S608 (names of our own columns)
    ).to_arrow_table()


def of_hosts(applications: pa.Table, logging: pa.ChunkedArray) -> pa.Table:
    """The application's lines; those of a host that logs no requests may be about any."""
    named = applications["host_name"]
    if not len(logging) or named.null_count == len(named):
        return applications
    kept = pc.if_else(pc.is_in(named, value_set=logging), named, pa.scalar(None, pa.string()))
    at = applications.column_names.index("host_name")
    return applications.set_column(at, applications.schema.field(at), kept)
