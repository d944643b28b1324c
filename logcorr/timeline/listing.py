"""The events of all families in one order of time, filtered in columns: what ``logcorr timeline`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from logcorr.families import schema_of
from logcorr.timeline.searching import Search, heads_with

if TYPE_CHECKING:
    import duckdb

    from logcorr.timeline.timeline import Timeline

#: families with a place in time; settings have none
LISTED: Final = ("log", "requests", "deploys", "states", "complaints")
#: columns and their types in the engine; ``body`` says what happened in one text
COLUMNS: Final = {
    "timestamp": "timestamptz",
    "timestamp_basis": "varchar",
    "timestamp_uncertainty_s": "float",
    "source": "varchar",
    "host_name": "varchar",
    "service_name": "varchar",
    "process_pid": "bigint",
    "unit": "varchar",
    "severity_number": "tinyint",
    "severity_text": "varchar",
    "event_name": "varchar",
    "message_id": "varchar",
    "http_request_method": "varchar",
    "url_path": "varchar",
    "url_query": "varchar",
    "http_response_status_code": "integer",
    "duration_s": "double",
    "client_address": "varchar",
    "upstream_address": "varchar",
    "trace_id": "varchar",
    "request_id": "varchar",
    "session_id": "varchar",
    "user_id": "varchar",
    "body": "varchar",
    "file": "varchar",
    "line": "bigint",
    "line_last": "bigint",
}
#: what happened, where a family has no text of its own
BODIES: Final = {
    "requests": "concat_ws(' ', coalesce(http_request_method, '-'), coalesce(url_path, '-'), "
    "coalesce(http_response_status_code::varchar, '-'))",
    "deploys": "concat_ws(' ', coalesce(change_kind, 'deploy'), case when change_kind <> 'deploy' then service_name end, "
    "deployment_status, 'release ' || service_version, 'commit ' || vcs_ref_head_revision, exit_code)",
    "states": "concat_ws(' ', subject_kind, subject, process_command_line, file_type, file_owner, file_mode, '-> ' || link_target, "
    "coalesce(active_state, status), case when listening then 'listening' end)",
}
#: one rendering of a record may hold the text, and the one that stands for all of them not
FOUND_ONCE: Final = "(duplicate_of is null or duplicate_of not in (select event_id from log join hits using (file, line)))"
_BATCH: Final = 20_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events are wanted; empty means all.

    ``since_us`` and ``until_us`` are both included. ``units`` are known with or without ``.service``. ``statuses`` are inclusive ranges.
    ``paths`` may hold ``*`` for any text. ``search`` is looked for in the lines of each event. ``repeated``: records that several files
    hold are shown of each of them.
    """

    since_us: int | None = None
    until_us: int | None = None
    sources: Sequence[str] = ()
    units: Sequence[str] = ()
    statuses: Sequence[tuple[int, int]] = ()
    paths: Sequence[str] = ()
    search: Search | None = None
    repeated: bool = False

    @property
    def is_timed(self) -> bool:
        """Whether only a stretch of time is wanted."""
        return self.since_us is not None or self.until_us is not None


def select(timeline: Timeline, wanted: Selection, limit: int | None = None) -> pa.RecordBatchReader:
    """The events that are wanted, in order of time (those without a time last), with ``COLUMNS``; batches to be read once.

    With a search there is a further column ``found``: the line of the event that holds it.
    """
    connection = timeline.connection
    query, values = query_of(wanted)
    if wanted.search:
        found = hits(timeline, connection, wanted)
        connection.register("hits", found)
        once = "" if wanted.repeated else f"where {FOUND_ONCE}"
        query = f"select * from ({query}) join hits using (file, line) {once}"  # noqa: S608 (our names)
    columns = ", ".join([*COLUMNS, *(["found"] if wanted.search else [])])
    order = "order by timestamp_us nulls last, file, line" + ("" if limit is None else f" limit {int(limit)}")
    return connection.sql(f"select {columns} from ({query}) {order}", params=values).to_arrow_reader(_BATCH)  # noqa: S608 (our names)


def hits(timeline: Timeline, connection: duckdb.DuckDBPyConnection, wanted: Selection) -> pa.Table:
    """File and first line of the events among whose lines the search finds something."""
    query, values = query_of(wanted)
    asked = f"select file, line, line_last from ({query}) order by file, line"  # noqa: S608 (our names)
    events = connection.sql(asked, params=values).to_arrow_table()
    return heads_with(timeline.files, events, wanted.search) if wanted.search else events


def query_of(wanted: Selection) -> tuple[str, list[object]]:
    """The query for the events, and its values."""
    families = " union all by name ".join(family_query(family) for family in LISTED)
    conditions: list[str] = ["true"]
    values: list[object] = []

    def demand(condition: str, *given: object) -> None:
        conditions.append(condition)
        values.extend(given)

    if wanted.since_us is not None:
        demand("timestamp_us >= ?", wanted.since_us)
    if wanted.until_us is not None:
        demand("timestamp_us <= ?", wanted.until_us)
    if wanted.sources:
        demand(f"source in ({marks(wanted.sources)})", *wanted.sources)
    if wanted.units:
        names = [name for unit in wanted.units for name in (unit, f"{unit}.service")]
        demand(f"unit in ({marks(names)})", *names)
    if wanted.statuses:
        ranges = " or ".join("http_response_status_code between ? and ?" for _ in wanted.statuses)
        demand(f"({ranges})", *(edge for each in wanted.statuses for edge in each))
    if wanted.paths:
        likes = " or ".join("url_path like ? escape '\\'" for _ in wanted.paths)
        demand(f"({likes})", *map(as_like, wanted.paths))
    if not wanted.repeated and not wanted.search:
        demand("duplicate_of is null")
    return f"select * from ({families}) where {' and '.join(conditions)}", values  # noqa: S608 (our names)


def family_query(family: str) -> str:
    """The rows of one family, with all columns."""
    known = schema_of(family)

    def column(name: str, kind: str) -> str:
        if name == "body" and family in BODIES:
            return f"{BODIES[family]} as body"
        return f"{name}::{kind} as {name}" if name in known else f"null::{kind} as {name}"

    columns = [column(name, kind) for name, kind in COLUMNS.items()]
    keys = [column("timestamp_us", "bigint"), column("duplicate_of", "bigint")]
    return f"select {', '.join([*columns, *keys])} from {family}"  # noqa: S608 (our names)


def marks(values: Sequence[str]) -> str:
    """A question mark for each value."""
    return ", ".join("?" for _ in values)


def as_like(path: str) -> str:
    """A path with ``*`` as a pattern of SQL."""
    literal = path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return literal.replace("*", "%")
