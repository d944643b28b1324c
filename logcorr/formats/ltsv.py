r"""Access logs in labelled tab-separated values.

Real lines::

    time:2026-11-23T10:55:01+01:00	host:192.0.2.6	method:GET	uri:/a?b=c	protocol:HTTP/1.1	status:200	size:2179	reqtime:0.026
    host:192.0.2.6	time:[23/Nov/2026:10:55:01 +0100]	req:GET / HTTP/1.1	status:200	size:-	referer:-	ua:curl/8

A line is taken if every part has a label and among them are a time, a status and what was asked for. The labels may stand in any order
and need not all be there. Servers write tabs in values as escapes, so that no value can bring a label.

Clock: as in ``request_columns``: ISO text or Apache's with its offset, or a number since 1970; the END of the request. Continuation:
none.

Grammar: http://ltsv.org (labels for web servers); nginx's and Apache's escapes in values.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.access_keys import KEYS
from logcorr.formats.escapes import unescape_bytes, unescaped
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_columns import type_columns

LINE: Final = r"^[A-Za-z0-9_.-]+:[^\t]*(?:\t[A-Za-z0-9_.-]+:[^\t]*)+$"

#: variable -> labels, the surest first; those of ltsv.org, and the names of nginx's variables
LABELS: Final = {
    "stamp": ("msec", "time_iso8601", "time_local", "time", "timestamp", "datetime"),
    "remote_addr": ("remote_addr", "host", "client", "clientip", "ip", "remote"),
    "remote_user": ("remote_user", "user"),
    "request": ("req", "request"),
    "request_method": ("method", "request_method"),
    "request_uri": ("request_uri", "uri", "path", "url"),
    "args": ("query", "args", "query_string"),
    "status": ("status", "code"),
    "body_bytes_sent": ("body_bytes_sent", "size", "bytes_sent", "bytes"),
    "http_referer": ("referer", "http_referer", "referrer"),
    "http_user_agent": ("ua", "http_user_agent", "user_agent", "agent"),
    "host": ("vhost", "http_host", "server_name", "domain", "server"),
    "request_time": ("reqtime", "request_time"),
    "request_time_us": ("reqtime_microsec", "request_time_us"),
    "upstream_response_time": ("apptime", "upstream_response_time", "runtime"),
    "upstream_addr": ("upstream_addr", "upstream", "backend"),
    "upstream_status": ("upstream_status",),
    "upstream_connect_time": ("upstream_connect_time",),
    "upstream_header_time": ("upstream_header_time",),
    "request_id": KEYS["request_id"],
    "trace_id": ("trace_id", "traceid"),
    "connection": ("connection",),
    "hostname": ("hostname",),
}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are requests."""
    labelled = pc.match_substring_regex(lines, LINE)
    rows = pc.indices_nonzero(labelled).cast(pa.int32())
    lines = lines.filter(labelled)
    texts = {name: value_of(lines, labels) for name, labels in LABELS.items()}
    asked = pc.or_(pc.is_valid(texts["request"]), pc.is_valid(texts["request_uri"]))
    told = pc.and_(pc.and_(pc.is_valid(texts["stamp"]), pc.is_valid(texts["status"])), asked)
    table = pa.table({"row": rows, **{name: unescaped(values, unescape_bytes) for name, values in texts.items()}})
    return type_columns(table.filter(told))


def value_of(lines: pa.Array, labels: tuple[str, ...]) -> pa.Array:
    """The value of the first of the labels that a line has; null where it has none."""
    found = pa.nulls(len(lines), pa.string())
    for label in labels:
        part = pc.extract_regex(lines, rf"(?:^|\t){label}:(?P<value>[^\t]*)")
        if part.null_count < len(part):
            found = pc.coalesce(found, pc.struct_field(part, "value"))
    return found


FORMAT = LineFormat(
    name="access_ltsv",
    source="access_ltsv",
    family="requests",
    writer="nginx-access",
    begins=r"^[A-Za-z0-9_.-]+:[^\t]*\t",
    read=read,
    samples=(
        Sample(
            "time:2026-11-23T10:55:01+01:00\thost:192.0.2.6\tmethod:GET\turi:/a?b=c\tprotocol:HTTP/1.1\tstatus:200\tsize:2179\t"
            "ua:a \\x22b\\x22\treqtime:0.026\tapptime:0.020, 0.005\tvhost:shop\txff:-",
            {
                "naive_us": 1795431301000000,
                "offset_s": 3600,
                "client_address": "192.0.2.6",
                "http_request_method": "GET",
                "url_path": "/a",
                "url_query": "b=c",
                "http_response_status_code": 200,
                "http_response_body_size": 2179,
                "user_agent_original": 'a "b"',
                "duration_s": 0.026,
                "upstream_response_time": "0.020, 0.005",
                "server_address": "shop",
            },
        ),
        Sample(
            "host:::1\ttime:[23/Nov/2026:10:55:01 +0100]\treq:GET / HTTP/1.1\tstatus:304\tsize:-\treferer:-\treqtime_microsec:1500",
            {"client_address": "::1", "offset_s": 3600, "url_path": "/", "duration_s": 0.0015, "http_request_referer": None},
        ),
        Sample("time:2026-11-23T10:55:01+01:00\thost:192.0.2.6\tmessage:started"),
        Sample("time:2026-11-23T10:55:01+01:00 host:192.0.2.6 req:GET / status:200"),
    ),
)
