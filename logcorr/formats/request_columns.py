r"""From the variables of an access log, as text, to the columns of a request.

The names are nginx's, whoever wrote the log. Some that nginx has not stand for what others write: ``stamp`` (a time in whatever form:
ISO, Apache's, or a number since 1970), ``target`` (path and query), ``request_time_ms`` and ``request_time_us`` (``%{ms}T``, ``%D``),
``duration_ns``.

``-`` is what a server writes for a value that it does not have; with ``escape=json`` nginx writes nothing instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock, read_epoch
from logcorr.formats.tokenise import dash_as_null, spread, table, to_int, valid
from logcorr.timings import stage

#: column -> variables, the surest first, where the text is taken as it stands (``-`` is null)
TEXTS: Final = {
    "client_address": ("remote_addr",),
    "user_id": ("remote_user",),
    "http_request_referer": ("http_referer",),
    "user_agent_original": ("http_user_agent",),
    "request_id": ("request_id", "req_id", "http_x_request_id", "upstream_http_x_request_id", "sent_http_x_request_id"),
    "trace_id": ("trace_id", "otel_trace_id", "opentelemetry_trace_id", "opentracing_trace_id", "http_x_b3_traceid"),
    "server_address": ("host", "http_host", "server_name"),
    "host_name": ("hostname",),
}
_REPEATED: Final = TEXTS.keys() - {"request_id", "trace_id"}
#: variable -> column, where ``-``, empty and absent are three different things
UPSTREAM: Final = {
    "upstream_addr": "upstream_address",
    "upstream_status": "upstream_status",
    "upstream_response_time": "upstream_response_time",
    "upstream_connect_time": "upstream_connect_time",
    "upstream_header_time": "upstream_header_time",
}
#: variable -> what a second is in it
DURATIONS: Final = {"request_time": 1.0, "request_time_ms": 1e3, "request_time_us": 1e6, "duration_ns": 1e9}
SIZES: Final = ("body_bytes_sent", "bytes_sent")
CLOCKS: Final = frozenset({"msec", "local_second", "time_iso8601", "stamp"})

#: HTTP/0.9 has no version
_REQUEST: Final = r"(?s)^(?P<method>[A-Z][A-Z_-]{2,19}) (?:(?P<word>\S+)(?: HTTP/[0-9.]+)?|(?P<words>\S.*) HTTP/[0-9.]+)$"
_TARGET: Final = r"(?s)^(?:[a-zA-Z][a-zA-Z0-9+.-]*://[^/?]*)?(?P<path>[^?]*)(?P<mark>\??)(?P<query>.*)$"
_CLF: Final = (
    r"^\[?(?P<second>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?: (?P<offset>[+-]\d{4}))?\]?$"
)
_ISO: Final = (
    r"^(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9}))? ?(?P<offset>Z|UTC|[+-]\d\d:?\d\d)?$"
)
_NOTHING: Final = pa.scalar(None, pa.string())


@stage("type")
def type_columns(texts: pa.Table, *, empty_is_absent: bool = False) -> pa.Table:
    """From the variables' texts to the columns of a request; ``empty_is_absent``: nothing is written for ``-``."""
    values = {name: chunk(texts[name]) for name in texts.column_names if name != "row"}
    columns = {**clock(values, texts.num_rows), **request(values)}
    for column, names in TEXTS.items():
        if found := [values[name] for name in names if name in values]:
            columns[column] = encode(found[0], ["-", ""]) if column in _REPEATED else first_of(found)
    columns |= upstreams(values, empty_is_absent=empty_is_absent)
    if "status" in values:
        columns["http_response_status_code"] = whole(values["status"], 9).cast(pa.int32())
    sizes = [whole(values[name], 18) for name in SIZES if name in values]
    if sizes:
        columns["http_response_body_size"] = pc.coalesce(*sizes) if len(sizes) > 1 else sizes[0]
    if "request_length" in values:
        columns["http_request_size"] = whole(values["request_length"], 18)
    lasted = [pc.divide(decimal(values[name]), second) for name, second in DURATIONS.items() if name in values]
    if lasted:
        columns["duration_s"] = pc.coalesce(*lasted) if len(lasted) > 1 else lasted[0]
    if "connection" in values:
        columns["connection"] = to_int(plain(values["connection"]))
    typed = table(texts["row"], columns)
    return valid(typed, "http_response_status_code") if "status" in values else typed


def chunk(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array."""
    column = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
    return column.combine_chunks()


def encode(texts: pa.Array, nulls: Sequence[str]) -> pa.DictionaryArray:
    """Texts that repeat, as a category; those in ``nulls`` become null."""
    encoded = pc.dictionary_encode(texts)
    absent = pc.is_in(encoded.dictionary, pa.array(nulls, pa.string()))
    if not pc.any(absent).as_py():
        return encoded
    places = pc.if_else(absent, pa.scalar(None, pa.int32()), pa.array(np.arange(len(absent), dtype=np.int32)))
    return pa.DictionaryArray.from_arrays(places.take(encoded.indices), encoded.dictionary)


def plain(texts: pa.Array) -> pa.Array:
    """The column as text."""
    return pc.cast(texts, pa.string())


def first_of(columns: list[pa.Array]) -> pa.Array:
    """The first that says something."""
    told = [dash_as_null(plain(texts)) for texts in columns]
    return pc.coalesce(*told) if len(told) > 1 else told[0]


def decimal(texts: pa.Array) -> pa.Array:
    """Plain numbers; null for ``-``."""
    return numbers(texts, r"^[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE]-[0-9]{1,2})?$", pa.float64())


def whole(texts: pa.Array, digits: int) -> pa.Array:
    """Digits as numbers; null for anything else, and for more of them."""
    return numbers(texts, rf"^[0-9]{{1,{digits}}}$", pa.int64())


def numbers(texts: pa.Array, grammar: str, kind: pa.DataType) -> pa.Array:
    """The texts of this grammar as numbers, each distinct one read once; null for the others."""
    encoded = pc.dictionary_encode(texts)
    told = pc.match_substring_regex(encoded.dictionary, grammar)
    return pc.if_else(told, encoded.dictionary, _NOTHING).cast(kind).take(encoded.indices)


def clock(values: dict[str, pa.Array], count: int) -> dict[str, pa.Array]:
    """The finest of the clocks that the line carries."""
    if "msec" in values:
        return read_epoch(values["msec"])
    if "local_second" in values:
        return read_clock(values["local_second"], "clf", offset=values.get("local_offset"))
    for name in ("stamp", "time_iso8601"):
        if name in values:
            encoded = pc.dictionary_encode(values[name])
            return {column: part.take(encoded.indices) for column, part in stamps(encoded.dictionary).items()}
    return {"naive_us": pa.nulls(count, pa.int64()), "offset_s": pa.nulls(count, pa.int32())}


def stamps(texts: pa.Array) -> dict[str, pa.Array]:
    """The clock columns of times that are written as ISO, as Apache does, or as a number."""
    columns = read_epoch(texts)
    for layout, grammar in (("iso", _ISO), ("clf", _CLF)):
        found = pc.extract_regex(texts, grammar)
        if found.null_count < len(found):
            part = {name: pc.struct_field(found, name) for name in ("second", "fraction", "offset")}
            other = read_clock(part["second"], layout, fraction=part["fraction"], offset=part["offset"])
            columns = {name: pc.if_else(pc.is_valid(found), other[name], columns[name]) for name in columns}
    return columns


def request(values: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Method, path and query, from ``$request``, else from its parts. What is no request line leaves them null."""
    methods, paths, queries = [], [], []
    if "request" in values:
        encoded = pc.dictionary_encode(values["request"])
        found = pc.extract_regex(encoded.dictionary, _REQUEST)
        word = pc.struct_field(found, "word")
        parts = target(pc.if_else(pc.equal(word, ""), pc.struct_field(found, "words"), word))
        methods.append(spread(pc.struct_field(found, "method"), encoded.indices))
        paths.append(spread(parts["url_path"], encoded.indices))
        queries.append(spread(parts["url_query"], encoded.indices))
    for name in ("request_uri", "target", "uri", "document_uri"):
        if name in values:
            encoded = encode(values[name], ["", "-"])
            parts = target(encoded.dictionary)
            paths.append(spread(parts["url_path"], encoded.indices))
            if name in {"request_uri", "target"}:
                queries.append(spread(parts["url_query"], encoded.indices))
    if "request_method" in values:
        methods.append(encode(values["request_method"], ["", "-"]))
    queries += [encode(values[name], ["", "-"]) for name in ("args", "query_string") if name in values]
    found = {"http_request_method": methods, "url_path": paths, "url_query": queries}
    return {
        name: pc.coalesce(*map(plain, parts)).dictionary_encode() if len(parts) > 1 else parts[0]
        for name, parts in found.items()
        if parts
    }


def target(targets: pa.Array) -> dict[str, pa.Array]:
    """Path and query of a request target; an absolute one (``http://host/path``) loses scheme and host."""
    found = pc.extract_regex(targets, _TARGET)
    marked = pc.equal(pc.struct_field(found, "mark"), "?")
    return {
        "url_path": pc.struct_field(found, "path"),
        "url_query": pc.if_else(marked, pc.struct_field(found, "query"), _NOTHING),
    }


def upstreams(values: dict[str, pa.Array], *, empty_is_absent: bool) -> dict[str, pa.Array]:
    """What is told of the upstreams that were tried, as written.

    Where nothing is written for ``-``, an empty value is taken for it, but for the address of one that could not be connected to for
    want of means: nginx then has a status of it, ``-``.
    """
    given = {name: values[name] for name in UPSTREAM if name in values}
    if empty_is_absent:
        absent = pa.scalar("-")
        texts = {name: plain(column) for name, column in given.items()}
        tried = pc.equal(texts["upstream_status"], "-") if "upstream_status" in texts else pa.scalar(value=False)
        given = {
            name: pc.if_else(
                pc.and_(pc.equal(column, ""), pc.invert(tried)) if name == "upstream_addr" else pc.equal(column, ""),
                absent,
                column,
            )
            for name, column in texts.items()
        }
    return {UPSTREAM[name]: pc.dictionary_encode(column) for name, column in given.items()}
