"""From the facts of files to the families of the timeline."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence.rotation import series
from logcorr.families import FAMILIES, schema_of
from logcorr.reading import FileFacts
from logcorr.timeline import complaints, copies, matching, order, services, silence
from logcorr.timeline.bounds import EVERYTHING, Bounds, bounded
from logcorr.timeline.clocks import Anchor, Given, Part, comparisons, set_clocks, timestamps
from logcorr.timeline.hosts import set_hosts
from logcorr.timeline.timeline import Timeline

#: a part of a path that names one object
_IDENTIFIER: Final = r"/(?:[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,64})\b"


def build(facts: Sequence[FileFacts], given: Given, bounds: Bounds = EVERYTHING) -> Timeline:
    """Put the facts of all files on one reference clock, leave out what lies outside the bounds, and work out what belongs together.

    Clocks are set by all facts, whatever the bounds.
    """
    parts = [part for each in facts for part in parts_of(each)]
    logs = set_places(parts, [each.file.name for each in facts])
    connection = connect()
    anchor = set_clocks(parts, given, connection)
    complaints.set_days(parts, given)
    tables: dict[str, pa.Table] = {}
    for family in FAMILIES:
        pieces = [complete(part, anchor) for part in parts if part.family == family]
        empty = pa.schema(schema_of(family)).empty_table()
        tables[family] = pa.concat_tables([empty, *pieces]).unify_dictionaries()
    tables["complaints"] = complaints.set_reports(tables["complaints"])
    tables = bounded(tables, bounds)
    repeated = copies.set_copies(connection, tables, facts)
    host = set_hosts(tables, facts, repeated)
    tables["requests"] = copies.set_twice_logged(connection, tables["requests"])
    tables["log"] = join_log(connection, tables)
    tables["requests"] = join_requests(connection, tables, set_requests(tables["requests"]))
    tables["log"] = replace(
        tables["log"], "request_key", matching.match_application(connection, tables["log"], tables["requests"])
    )
    tables["deploys"] = set_deploys(tables["deploys"])
    users = complaints.set_users(connection, tables["complaints"], tables["log"], tables["requests"])
    tables["complaints"] = replace(tables["complaints"], "user_id", users)
    zones = {(part.file, part.source): part.zone for part in parts}
    quality = {"clocks": comparisons(parts), "gaps": silence.gaps(connection, tables, logs)}
    return Timeline(list(facts), tables, quality, zones, host, connection, logs, bounds)


def connect() -> duckdb.DuckDBPyConnection:
    """An embedded engine of our own, in memory and in UTC."""
    # what does not fit into memory goes to the system's temporary folder, never beside the evidence
    connection = duckdb.connect(":memory:", config={"temp_directory": tempfile.gettempdir()})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def set_places(parts: Sequence[Part], names: Sequence[str]) -> dict[str, str]:
    """Tell the parts which files are one log, cut by rotation; returns the log of each file, named as its newest."""
    places = {name: (pieces[-1], at) for pieces in series(names) for at, name in enumerate(pieces)}
    for part in parts:
        part.place = places[part.file]
    return {name: log for name, (log, _) in places.items()}


def parts_of(facts: FileFacts) -> list[Part]:
    """The rows of a file by family and source."""
    parts = []
    for family, blocks in facts.tables.items():
        sources = dict.fromkeys(block["source"][0].as_py() for block in blocks if block.num_rows)
        for source in sources:
            own = [block for block in blocks if block.num_rows and block["source"][0].as_py() == source]
            table = in_order(pa.concat_tables(own, promote_options="permissive"))
            parts.append(Part(family, source, facts.file.name, table, facts.file.written_us))
    return parts


def in_order(table: pa.Table) -> pa.Table:
    """The rows in the order of lines; several formats of one source stand block by block one after the other."""
    lines = table["line"].to_numpy()
    return table if (np.diff(lines) >= 0).all() else table.take(pa.array(np.argsort(lines, kind="stable")))


def complete(part: Part, anchor: Anchor | None) -> pa.Table:
    """A part with all columns of its family, on the reference clock."""
    stamps = timestamps(part)
    flag, unsure = order.flags(part.family, stamps.instants, stamps.uncertainty_s, anchor)
    own = {
        "timestamp_us": stamps.instants,
        "timestamp": pc.cast(stamps.instants, pa.timestamp("us", "UTC")),
        "timestamp_basis": stamps.basis,
        "timestamp_uncertainty_s": pc.add(stamps.uncertainty_s, unsure),
        "timestamp_skew_s": stamps.skew_s,
        "timestamp_flag": flag,
    }
    columns = {}
    for name, kind in schema_of(part.family).items():
        if name in own:
            columns[name] = cast(own[name], kind)
        elif name in part.table.column_names:
            columns[name] = cast(part.table[name], kind)
        else:
            columns[name] = pa.nulls(part.table.num_rows, kind)
    return pa.table(columns, schema=pa.schema(schema_of(part.family)))


def cast(values: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """Values in the type of their column; texts become categories and back."""
    if values.type == kind:
        return values
    if pa.types.is_dictionary(kind):
        return values.cast(kind) if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)
    return pc.cast(values, kind, safe=False)


def replace(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The table with another column of this name, in the same type."""
    at = table.column_names.index(name)
    return table.set_column(at, table.schema.field(at), cast(values, table.schema.field(at).type))


def join_log(connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table]) -> pa.Table:
    """The log's events with their unit and what they are duplicates of."""
    log = replace(tables["log"], "event_id", pa.array(np.arange(tables["log"].num_rows)))
    if not log.num_rows:
        return log
    log = replace(log, "unit", services.units(connection, log, tables["states"]))
    places, leaders = services.duplicates(connection, log)
    return replace(log, "duplicate_of", matching.scatter(log.num_rows, places, leaders))


def set_requests(requests: pa.Table) -> pa.Table:
    """The requests with what follows from each row alone."""
    requests = replace(requests, "request_key", pa.array(np.arange(requests.num_rows)))
    duration_us = pc.cast(pc.multiply(pc.fill_null(requests["duration_s"], 0.0), 1e6), pa.int64(), safe=False)
    requests = replace(requests, "started_us", pc.subtract(requests["timestamp_us"], duration_us).combine_chunks())
    requests = replace(requests, "http_route", routes(requests["url_path"].combine_chunks()))
    for name, values in matching.upstream_columns(requests).items():
        requests = replace(requests, name, values)
    return requests


def routes(paths: pa.Array) -> pa.Array:
    """Paths with the parts that differ from one object to the next left out: numbers, UUIDs, hexadecimal identifiers."""
    encoded = paths.dictionary_encode()
    return pc.replace_substring_regex(encoded.dictionary, _IDENTIFIER, "/{}").take(encoded.indices)


def join_requests(connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table], requests: pa.Table) -> pa.Table:
    """The requests with their error lines."""
    return replace(requests, "error_event_id", matching.match_errors(connection, tables["log"], requests))


def set_deploys(deploys: pa.Table) -> pa.Table:
    """The deploys with their beginning: a completed one is stamped at its end; a change of no other kind is a deploy."""
    deploys = replace(deploys, "change_kind", pc.fill_null(deploys["change_kind"].combine_chunks(), "deploy"))
    lasted = pc.cast(pc.multiply(pc.fill_null(deploys["duration_s"], 0.0), 1e6), pa.int64(), safe=False)
    return replace(deploys, "started_us", pc.subtract(deploys["timestamp_us"], lasted).combine_chunks())
