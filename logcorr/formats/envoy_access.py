r"""Envoy's and Istio's access log as text.

Lines::

    [2026-11-23T10:16:15.090Z] "GET /find?q=oak HTTP/1.1" 200 - 0 2347 110 108 "192.0.2.7" "curl/8" "c1-7" "shop" "10.0.0.3:80"
    [2026-11-23T10:16:15.090Z] "GET /find HTTP/1.1" 503 UF upstream_reset - "-" 0 91 0 - "-" "curl/8" "c1-7" "shop" "10.0.0.3:80" out

Clock: UTC; the START of the request, to which its duration is added, as other access logs are stamped at the end. Continuation: none.

Grammar: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string,
https://istio.io/latest/docs/tasks/observability/logs/access-log/#default-access-log-format.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.escapes import unescape_bytes, unescaped
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_columns import type_columns
from logcorr.formats.tokenise import accept, dash_as_null

LINE: Final = (
    r"^\[(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\] "
    r"\"(?P<request>(?:[^\"\\]|\\.)*)\" (?P<status>\d{1,3}) "
    r"(?P<flags>[A-Z,]+|-) (?:\S+ \S+ \"(?:[^\"\\]|\\.)*\" )?\d{1,18} (?P<body_bytes_sent>\d{1,18}) (?P<request_time_ms>\d{1,12}|-) "
    r"(?P<upstream_ms>\d{1,12}|-) \"(?P<forwarded>[^\"]*)\" \"(?P<http_user_agent>(?:[^\"\\]|\\.)*)\" \"(?P<request_id>[^\"]*)\" "
    r"\"(?P<host>[^\"]*)\" \"(?P<upstream_addr>[^\"]*)\"(?P<more>(?: .*)?)$"
)
#: Istio: cluster, own address towards the upstream, own address, client, server name, route
MORE: Final = r"^ \S+ \S+ \S+ (?P<client>\[?[0-9A-Fa-f.:]+\]?):\d{1,5} "


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are requests."""
    head = accept(lines, LINE)
    text = {name: head[name].combine_chunks() for name in head.column_names if name != "row"}
    peer = pc.struct_field(pc.extract_regex(pc.fill_null(text["more"], ""), MORE), "client")
    first = pc.struct_field(pc.extract_regex(text["forwarded"], r"^(?P<first>[^,\s]+)"), "first")
    upstream_ms = pc.cast(dash_as_null(text["upstream_ms"]), pa.float64())
    variables = {
        "row": head["row"],
        **{name: text[name] for name in ("stamp", "status", "body_bytes_sent", "request_time_ms", "request_id", "host")},
        "remote_addr": pc.coalesce(dash_as_null(first), pc.utf8_trim(peer, "[]")),
        "request": unescaped(pc.fill_null(text["request"], ""), unescape_bytes),
        "http_user_agent": unescaped(text["http_user_agent"], unescape_bytes),
        "upstream_addr": pc.fill_null(text["upstream_addr"], "-"),
        "upstream_response_time": pc.fill_null(pc.cast(pc.divide(upstream_ms, 1000.0), pa.string()), "-"),
    }
    table = type_columns(pa.table(variables))
    lasted = pc.cast(pc.multiply(pc.fill_null(table["duration_s"], 0.0), 1e6), pa.int64(), safe=False)
    return table.set_column(table.column_names.index("naive_us"), "naive_us", pc.add(table["naive_us"], lasted))


FORMAT = LineFormat(
    name="envoy_access",
    source="envoy_access",
    family="requests",
    writer="envoy-access",
    begins=r"^\[\d{4}-\d\d-\d\dT[^\]]{8,30}\] \"",
    read=read,
    samples=(
        Sample(
            '[2026-11-23T10:16:15.090Z] "GET /find?q=oak HTTP/1.1" 200 - 0 2347 110 108 "192.0.2.7, 10.0.0.1" "curl/8" "c1-7" "shop" '
            '"10.0.0.3:80"',
            {
                "naive_us": 1795428975200000,
                "offset_s": 0,
                "client_address": "192.0.2.7",
                "http_request_method": "GET",
                "url_path": "/find",
                "url_query": "q=oak",
                "http_response_status_code": 200,
                "http_response_body_size": 2347,
                "duration_s": 0.11,
                "request_id": "c1-7",
                "server_address": "shop",
                "upstream_address": "10.0.0.3:80",
                "upstream_response_time": "0.108",
            },
        ),
        Sample(
            '[2026-11-23T10:16:15.090Z] "GET /find HTTP/1.1" 503 UF upstream_reset - "-" 0 91 0 - "-" "curl/8" "c1-7" "shop" "10.0.0.3:80" '
            "outbound|80||shop.svc - 10.0.0.2:80 192.0.2.7:51234 - default",
            {"http_response_status_code": 503, "client_address": "192.0.2.7", "upstream_response_time": "-", "duration_s": 0.0},
        ),
        Sample('[2026-11-23T10:16:15.090Z] "GET /find HTTP/1.1" late'),
        Sample("[2026-11-23T10:16:15.090Z] no rate"),
    ),
)
