"""From the facts of files to the families of the timeline."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence.rotation import series
from logcorr.families import FAMILIES
from logcorr.formats.routes import routes
from logcorr.formats.upstream_columns import upstream_columns
from logcorr.reading import FileFacts
from logcorr.reading.facts import place
from logcorr.timeline import complaints, copies, matching, services, silence
from logcorr.timeline.bounds import EVERYTHING, Bounds, bounded
from logcorr.timeline.clocks import Anchor, Given, Part, comparisons, set_clocks
from logcorr.timeline.completing import StoredLog, assembled, cast, finished_log, is_large, show_log
from logcorr.timeline.hosts import set_hosts
from logcorr.timeline.requests import Large, Requests, stored_span
from logcorr.timeline.timeline import Timeline


def build(facts: Sequence[FileFacts], given: Given, bounds: Bounds = EVERYTHING) -> Timeline:
    """Put the facts of all files on one reference clock, leave out what lies outside the bounds, and work out what belongs together.

    Clocks are set by all facts, whatever the bounds.
    """
    parts = [part for each in facts for part in parts_of(each)]
    for blocks in (blocks for each in facts for blocks in each.tables.values()):
        blocks.clear()  # from here on the parts hold the rows
    logs = set_places(parts, [each.file.name for each in facts])
    connection = connect()
    anchor = set_clocks(parts, given, connection)
    complaints.set_days(parts, given)
    differences, (keys, large) = comparisons(parts), numbered(parts, anchor)
    stored = StoredLog(parts, anchor) if bounds.is_open and is_large(parts) else None
    tables = {family: stored.held if stored and family == "log" else assembled(family, parts, anchor) for family in FAMILIES}
    tables["complaints"] = complaints.set_reports(tables["complaints"])
    tables["requests"] = replace(tables["requests"], "request_key", keys)
    tables = bounded(tables, bounds, [stored_span(each) for each in large])
    requests = Requests(connection, set_requests(tables.pop("requests")), large, bounds)
    tables["log"] = replace(tables["log"], "event_id", pa.array(np.arange(tables["log"].num_rows)))
    show_log(connection, tables["log"], stored)
    repeated = copies.set_copies(connection, tables, requests, facts)
    host = set_hosts(tables, requests, facts, repeated)
    copies.set_twice_logged(connection, requests)
    tables["log"] = join_log(connection, tables)
    requests.put("error_event_id", *matching.match_errors(connection, tables["log"]))
    tables["log"] = replace(tables["log"], "request_key", matching.match_application(connection, tables["log"]))
    tables["deploys"] = set_deploys(tables["deploys"])
    users = complaints.set_users(connection, tables["complaints"], tables["log"])
    tables["complaints"] = replace(tables["complaints"], "user_id", users)
    zones = {(part.file, part.source): part.zone for part in parts}
    log = finished_log(connection, tables.pop("log"), stored)
    pa.default_memory_pool().release_unused()
    quality = {"clocks": differences, "gaps": silence.gaps(connection, requests, logs)}
    return Timeline(list(facts), {**tables, "log": log}, requests, quality, zones, host, connection, logs, bounds)


def connect() -> duckdb.DuckDBPyConnection:
    """An embedded engine of our own, in memory and in UTC."""
    # what does not fit into memory goes to the system's temporary folder, never beside the evidence
    connection = duckdb.connect(":memory:", config={"temp_directory": tempfile.gettempdir()})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = true")  # else each step of a query reads the footers of stored rows anew
    return connection


def set_places(parts: Sequence[Part], names: Sequence[str]) -> dict[str, str]:
    """Tell the parts which files are one log, cut by rotation; returns the log of each file, named as its newest."""
    places = {name: (pieces[-1], at) for pieces in series(names) for at, name in enumerate(pieces)}
    for part in parts:
        part.place = places[part.file]
    return {name: log for name, (log, _) in places.items()}


def parts_of(facts: FileFacts) -> list[Part]:
    """The rows of a file by family and source. Stored rows come into memory where their stamps leave something open."""
    name, changed_us = facts.file.name, facts.file.written_us
    parts = [Part(family, source, name, table, changed_us) for family, source, table in facts.by_source()]
    for rows in facts.stored:
        if rows.is_plain:
            parts.append(Part("requests", rows.source, name, rows.stamps, changed_us, rows))
        else:
            parts.append(Part("requests", rows.source, name, place(rows.read(), rows.source, name), changed_us))
    return parts


def numbered(parts: Sequence[Part], anchor: Anchor | None) -> tuple[pa.Array, list[Large]]:
    """The keys of the requests in memory, and the stored ones with theirs: in the order of files and lines."""
    own = [part for part in parts if part.family == "requests"]
    bases = np.concatenate([[0], np.cumsum([part.rows for part in own])]).astype(np.int64)
    keys = [np.arange(base, base + part.rows) for part, base in zip(own, bases[:-1], strict=True) if not part.stored]
    large = [Large.of(part, int(base), anchor) for part, base in zip(own, bases[:-1], strict=True) if part.stored]
    return pa.array(np.concatenate([np.array([], np.int64), *keys])), large


def replace(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The table with another column of this name, in the same type."""
    at = table.column_names.index(name)
    return table.set_column(at, table.schema.field(at), cast(values, table.schema.field(at).type))


def join_log(connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table]) -> pa.Table:
    """The log's events with their unit and what they are duplicates of."""
    log = tables["log"]
    if not log.num_rows:
        return log
    log = replace(log, "unit", services.units(connection, log, tables["states"]))
    places, leaders = services.duplicates(connection, log)
    return replace(log, "duplicate_of", matching.scatter(log.num_rows, places, leaders))


def set_requests(requests: pa.Table) -> pa.Table:
    """The requests with what follows from each row alone."""
    duration_us = pc.cast(pc.multiply(pc.fill_null(requests["duration_s"], 0.0), 1e6), pa.int64(), safe=False)
    requests = replace(requests, "started_us", pc.subtract(requests["timestamp_us"], duration_us).combine_chunks())
    requests = replace(requests, "http_route", routes(requests["url_path"].combine_chunks()))
    for name, values in upstream_columns(requests).items():
        requests = replace(requests, name, values)
    return requests


def set_deploys(deploys: pa.Table) -> pa.Table:
    """The deploys with their beginning: a completed one is stamped at its end; a change of no other kind is a deploy."""
    deploys = replace(deploys, "change_kind", pc.fill_null(deploys["change_kind"].combine_chunks(), "deploy"))
    lasted = pc.cast(pc.multiply(pc.fill_null(deploys["duration_s"], 0.0), 1e6), pa.int64(), safe=False)
    return replace(deploys, "started_us", pc.subtract(deploys["timestamp_us"], lasted).combine_chunks())
