"""Which rows of different sources are about one request, or are one record: worked out once, kept as keys.

An error line of the proxy belongs to the access line of its request: same client, method and path (and connection where both
say it), in the same second or the next. An application's line belongs to a request by its request id, else by method, path and
status in the same second or the next, each line to one request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct

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
from lines join targets using (request_id) group by 1
"""

#: an earlier line of these numbers of a request: a traceback's head, then the request's own line
APPLICATION_SOURCES: Final = ("app_text", "app_json", "logfmt")


def pair(connection: duckdb.DuckDBPyConnection, lines: pa.Table, targets: pa.Table) -> pa.Table:
    """Columns ``line`` and ``target``: pairs of ``id`` with equal ``k`` at about the same ``t`` (microseconds)."""
    connection.register("lines", lines)
    connection.register("targets", targets)
    return connection.sql(_PAIRS).to_arrow_table()


def pair_by_host(connection: duckdb.DuckDBPyConnection, lines: pa.Table, targets: pa.Table) -> pa.Table:
    """As ``pair``, with a column ``host``: rows of one host first, then those of which it is not known with what is left."""
    hosts = pc.unique(pa.chunked_array([*lines["host"].chunks, *targets["host"].chunks], pa.string()))
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


def match_errors(connection: duckdb.DuckDBPyConnection, log: pa.Table, requests: pa.Table) -> pa.Array:
    """For each request the ``event_id`` of the proxy's error line about it (null: none); only failed ones are looked at."""
    failed = requests.filter(pc.fill_null(pc.greater_equal(requests["http_response_status_code"], 500), fill_value=False))
    failed, log = once(failed), once(log)
    errors = log.filter(pc.and_(pc.equal(log["source"], "nginx_error"), pc.is_valid(log["client_address"])))
    if not failed.num_rows or not errors.num_rows:
        return pa.nulls(requests.num_rows, pa.int64())
    names = ("client_address", "http_request_method", "url_path")
    if failed["connection"].null_count < failed.num_rows:
        names = ("client_address", "connection", "url_path")
    found = pair_by_host(connection, keyed(errors, "event_id", names), keyed(failed, "request_key", names))
    return scatter(requests.num_rows, found["target"], found["line"])


def match_application(connection: duckdb.DuckDBPyConnection, log: pa.Table, requests: pa.Table) -> pa.Array:
    """For each event of the log the ``request_key`` of the request that an application's line is about (null: none)."""
    applications = once(log.filter(pc.is_in(log["source"], pa.array(APPLICATION_SOURCES))))
    applications = of_hosts(applications, requests)
    count = log.num_rows
    result = pa.nulls(count, pa.int64())
    if not applications.num_rows or not requests.num_rows:
        return result
    named = applications.filter(pc.is_valid(applications["request_id"]))
    if named.num_rows and requests["request_id"].null_count < requests.num_rows:
        connection.register("lines", named.select(["event_id", "request_id", "host_name"]))
        connection.register("targets", requests.select(["request_key", "request_id", "host_name", "duplicate_of"]))
        pairs = connection.sql(_BY_IDENTIFIER).to_arrow_table()
        result = scatter(count, pairs["line"], pairs["target"])
    requests = once(requests)
    for names, failed in (
        (("http_request_method", "url_path", "http_response_status_code"), False),
        (("http_request_method", "url_path"), True),
    ):
        left = applications.filter(pc.is_null(result.take(applications["event_id"].combine_chunks())))
        if failed:  # a line that states no status is looked for among the failed requests where it is an error itself
            left = left.filter(pc.fill_null(pc.greater_equal(left["severity_number"], 17), fill_value=False))
        status = requests["http_response_status_code"]
        targets = requests.filter(pc.fill_null(pc.greater_equal(status, 500), fill_value=False)) if failed else requests
        if left.num_rows and targets.num_rows:
            found = pair_by_host(connection, keyed(left, "event_id", names), keyed(targets, "request_key", names))
            result = pc.coalesce(result, scatter(count, found["line"], found["target"]))
    return result


def of_hosts(applications: pa.Table, requests: pa.Table) -> pa.Table:
    """The application's lines; those of a host that logs no requests may be about any."""
    logging = pc.unique(requests["host_name"]).drop_null()
    named = applications["host_name"]
    if not len(logging) or named.null_count == len(named):
        return applications
    kept = pc.if_else(pc.is_in(named, value_set=logging), named, pa.scalar(None, pa.string()))
    at = applications.column_names.index("host_name")
    return applications.set_column(at, applications.schema.field(at), kept)


def last_value(text: str) -> str:
    """The last of the values of a request that was passed on: ``502, 200`` -> ``200``; also after `` : ``."""
    return text.replace(" : ", ", ").rpartition(", ")[2].strip()


def number_of(text: str) -> float | None:
    """The last value as seconds; None for ``-`` and empty."""
    last = last_value(text)
    return float(last) if last.replace(".", "", 1).isdigit() else None


def status_of(text: str) -> int | None:
    """The last value as a status; None for ``-`` and empty."""
    last = last_value(text)
    return int(last) if last.isdigit() and len(last) <= 3 else None  # noqa: PLR2004


def upstream_columns(requests: pa.Table) -> dict[str, pa.Array]:
    """What the upstream fields say, by nginx's own rules.

    A number as ``$upstream_header_time`` means that a header came; as ``$upstream_connect_time`` that the connection was made;
    ``-`` that it was not. ``$upstream_status`` alone does not tell, since nginx puts its own 502 and 504 there
    (``src/http/ngx_http_upstream.c``, ``ngx_http_upstream_next``), but any other status is the upstream's.
    """
    connected = over_text(requests, "upstream_connect_time", lambda text: None if text == "" else number_of(text) is not None)
    answered = over_text(requests, "upstream_header_time", lambda text: None if text == "" else number_of(text) is not None)
    status = over_distinct(texts(requests, "upstream_status"), status_of, pa.int32())
    own = pc.is_in(status, pa.array([502, 504], pa.int32()))
    said = pc.if_else(pc.and_(pc.is_valid(status), pc.invert(own)), pa.scalar(value=True), pa.scalar(None, pa.bool_()))
    answered = pc.coalesce(answered, said)
    return {
        "upstream_status_last": status,
        "upstream_answered": answered,
        "upstream_connected": pc.coalesce(connected, pc.if_else(answered, pa.scalar(value=True), pa.scalar(None, pa.bool_()))),
        "upstream_response_time_s": over_distinct(texts(requests, "upstream_response_time"), number_of, pa.float64()),
    }


def texts(requests: pa.Table, name: str) -> pa.Array:
    """One column of texts as an array."""
    column = requests[name]
    return (column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column).combine_chunks()


def over_text(requests: pa.Table, name: str, judge: Callable[[str], bool | None]) -> pa.Array:
    """A judgement of each distinct text."""
    return over_distinct(texts(requests, name), judge, pa.bool_())
