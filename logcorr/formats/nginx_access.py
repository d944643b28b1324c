"""nginx's (and Apache's) access log, in any ``log_format``.

Real lines::

    192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "okhttp/4.12.0"
    192.0.2.6 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2179 "-" "curl" rt=0.026 urt="0.026" us="200" ua="unix:/x"

Clock: with its offset; the END of the request, one second (``$msec``: a millisecond). Continuation: none; whoever sends a
request cannot write a line end into this log.

Formats that are no configuration's are tried too: ``combined``, ``common``, and ``combined`` followed by what nginx's own
packages and Apache add. A line's meaning comes from the format that takes most lines of the file.
"""

from __future__ import annotations

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock, read_epoch
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.log_format import COMBINED, COMMON, LogFormat
from logcorr.formats.tokenise import METHODS, dash_as_null, table, to_int, valid

#: formats that need no configuration to be known, the most telling first
WELL_KNOWN: Final = {
    "combined": COMBINED,
    "combined_forwarded": COMBINED + ' "$http_x_forwarded_for"',  # "main" of nginx.org's packages
    "combined_timed": COMBINED + " $request_time",
    "vhost_combined": "$server_name:$server_port " + COMBINED,  # Apache on Debian
    "common": COMMON,
}

_INT64_DIGITS: Final = 18

#: variable -> column, where the text is taken as it stands (``-`` is null)
_TEXTS: Final = {
    "remote_addr": "client_address",
    "remote_user": "user_id",
    "http_referer": "http_request_referer",
    "http_user_agent": "user_agent_original",
    "request_id": "request_id",
    "http_x_request_id": "request_id",
    "host": "server_address",
    "http_host": "server_address",
    "server_name": "server_address",
}
_REPEATED: Final = {"client_address", "http_request_referer", "user_agent_original", "server_address"}
#: variable -> column, where ``-``, empty and absent are three different things
_UPSTREAM: Final = {
    "upstream_addr": "upstream_address",
    "upstream_status": "upstream_status",
    "upstream_response_time": "upstream_response_time",
    "upstream_connect_time": "upstream_connect_time",
    "upstream_header_time": "upstream_header_time",
}


def type_columns(texts: pa.Table) -> pa.Table:
    """From the variables' texts to the columns of a request."""
    values = {name: chunk(texts[name]) for name in texts.column_names if name != "row"}
    columns = {**clock(values, texts.num_rows), **request(values)}
    for name, column in _TEXTS.items():
        if name in values and column not in columns:
            columns[column] = encode(values[name], {"-", ""}) if column in _REPEATED else dash_as_null(plain(values[name]))
    columns |= {column: encode(values[name], set()) for name, column in _UPSTREAM.items() if name in values}
    if "status" in values:
        columns["http_response_status_code"] = over_distinct(values["status"], whole, pa.int32())
    for name in ("bytes_sent", "body_bytes_sent"):
        if name in values:
            columns["http_response_body_size"] = over_distinct(values[name], whole, pa.int64())
    if "request_time" in values:
        columns["duration_s"] = over_distinct(values["request_time"], decimal, pa.float64())
    if "connection" in values:
        columns["connection"] = to_int(plain(values["connection"]))
    typed = table(texts["row"], columns)
    return valid(typed, "http_response_status_code") if "status" in values else typed


def chunk(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array."""
    column = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
    return column.combine_chunks()


def encode(texts: pa.Array, nulls: set[str]) -> pa.Array:
    """Texts that repeat, as a category; those in ``nulls`` become null."""
    encoded = pc.dictionary_encode(texts)
    words = encoded.dictionary.to_pylist()
    if nulls.isdisjoint(words):
        return encoded
    places = pa.array([None if word in nulls else at for at, word in enumerate(words)], pa.int32())
    return pa.DictionaryArray.from_arrays(places.take(encoded.indices), encoded.dictionary)


def plain(texts: pa.Array) -> pa.Array:
    """The column as text."""
    return pc.cast(texts, pa.string())


def decimal(text: str) -> float | None:
    """Seconds as nginx writes them; None for ``-``."""
    return float(text) if re.fullmatch(r"[0-9]{1,12}\.[0-9]{1,6}", text) else None


def whole(text: str) -> int | None:
    """Digits as a number; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _INT64_DIGITS else None


def clock(values: dict[str, pa.Array], count: int) -> dict[str, pa.Array]:
    """The finest of the clocks that the line carries."""
    if "msec" in values:
        return read_epoch(values["msec"])
    if "local_second" in values:
        return read_clock(values["local_second"], "clf", offset=values["local_offset"])
    if "time_iso8601" in values:
        encoded = pc.dictionary_encode(values["time_iso8601"])
        stamps = encoded.dictionary
        parts = read_clock(pc.utf8_slice_codeunits(stamps, 0, 19), "iso", offset=pc.utf8_slice_codeunits(stamps, 19, 25))
        return {name: part.take(encoded.indices) for name, part in parts.items()}
    return {"naive_us": pa.nulls(count, pa.int64()), "offset_s": pa.nulls(count, pa.int32())}


def request(values: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Method, path and query, from ``$request`` or from its parts. What is no request line leaves them null."""
    columns: dict[str, pa.Array] = {}
    if "request" in values:
        encoded = pc.dictionary_encode(values["request"])
        found = pc.extract_regex(
            encoded.dictionary, r"^(?P<method>" + METHODS + r"|[A-Z]{3,20}) (?P<target>\S+)(?: HTTP/[0-9.]+)?$"
        )
        columns["http_request_method"] = pc.struct_field(found, "method").take(encoded.indices).dictionary_encode()
        columns |= {name: part.take(encoded.indices) for name, part in target(pc.struct_field(found, "target")).items()}
    elif "request_uri" in values:
        encoded = pc.dictionary_encode(values["request_uri"])
        columns |= {name: part.take(encoded.indices) for name, part in target(encoded.dictionary).items()}
    elif "uri" in values:
        columns["url_path"] = plain(values["uri"])
    if "request_method" in values:
        columns["http_request_method"] = encode(values["request_method"], {"", "-"})
    for name in ("args", "query_string"):
        if name in values and "url_query" not in columns:
            columns["url_query"] = dash_as_null(plain(values[name]))
    return columns


def target(targets: pa.Array) -> dict[str, pa.Array]:
    """Path and query of a request target; an absolute one (``http://host/path``) loses scheme and host."""
    found = pc.extract_regex(targets, r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*://[^/?]*)?(?P<path>[^?]*)(?P<mark>\??)(?P<query>.*)$")
    marked = pc.equal(pc.struct_field(found, "mark"), "?")
    return {
        "url_path": pc.struct_field(found, "path"),
        "url_query": pc.if_else(marked, pc.struct_field(found, "query"), pa.scalar(None, pa.string())),
    }


def access_format(name: str, text: str, samples: tuple[Sample, ...] = ()) -> LineFormat:
    """The line format of one ``log_format``; ``text`` as in the configuration, joined."""
    grammar = LogFormat(text)
    return LineFormat(
        name=f"nginx_access:{name}",
        source="nginx_access",
        family="requests",
        writer="nginx-access",
        begins=grammar.pattern,
        read=lambda lines: type_columns(grammar.read(lines)),
        cut=lambda block: None if (found := grammar.cut(block)) is None else (type_columns(found[0]), found[1]),
        samples=samples,
    )


def can_be_read(text: str) -> bool:
    """Whether lines of this ``log_format`` tell at least a time and a status."""
    variables = set(LogFormat(text).variables)
    return "status" in variables and bool(variables & {"msec", "local_second", "time_iso8601"})


_REQUEST = {
    "http_request_method": "GET",
    "url_path": "/find",
    "url_query": "q=oak+table",
    "http_response_status_code": 200,
    "http_response_body_size": 2347,
    "client_address": "192.0.2.218",
    "offset_s": 3600,
}

FORMATS: Final = tuple(
    access_format(name, text, samples)
    for (name, text), samples in zip(
        WELL_KNOWN.items(),
        (
            (
                Sample(
                    '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347 "-" "okhttp/4"',
                    {**_REQUEST, "user_id": None, "http_request_referer": None, "user_agent_original": "okhttp/4"},
                ),
                Sample(
                    r'192.0.2.7 - ann b [23/Nov/2026:10:55:01 +0100] "\x16\x03\x01" 400 157 "-" "a \"b\" c"',
                    {
                        "user_id": "ann b",
                        "url_path": None,
                        "http_response_status_code": 400,
                        "user_agent_original": r"a \"b\" c",
                    },
                ),
                Sample('192.0.2.218 - - [30/Feb/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "x"'),
                Sample('192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "x'),
            ),
            (
                Sample(
                    '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347 "-" "c" "10.0.0.1"',
                    _REQUEST,
                ),
            ),
            (
                Sample(
                    '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347 "-" "curl" 0.110',
                    {**_REQUEST, "duration_s": 0.11},
                ),
            ),
            (
                Sample(
                    'shop:443 192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347 "-" "c"',
                    {**_REQUEST, "server_address": "shop"},
                ),
            ),
            (
                Sample(
                    '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347',
                    _REQUEST,
                ),
                Sample("2026/11/23 10:56:26 [error] 76#76: *4868 connect() failed"),
            ),
        ),
        strict=True,
    )
)
