"""Squid's access log in its native format.

Lines::

    1795428975.090    110 192.0.2.7 TCP_MISS/200 2347 GET http://shop.example/find?q=oak - HIER_DIRECT/192.0.2.80 text/html
    1795428976.001      5 192.0.2.7 NONE/405 3364 CONNECT error:method-not-allowed - HIER_NONE/- text/html

Clock: seconds since 1970 with milliseconds, the END of the request; its duration stands behind it. Continuation: none.

Grammar: https://wiki.squid-cache.org/Features/LogFormat (``squid``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_columns import type_columns
from logcorr.formats.tokenise import accept, blank_as_null

LINE: Final = (
    r"^(?P<msec>\d{10}\.\d{3}) +(?P<request_time_ms>-?\d{1,12}) (?P<remote_addr>\S+) (?P<result>[A-Z_]+)/(?P<status>\d{3}) "
    r"(?P<body_bytes_sent>\d{1,18}) (?P<request_method>[A-Z][A-Z_-]*) (?P<target>\S+) (?P<remote_user>\S+) "
    r"(?P<way>[A-Z_]+)/(?P<upstream_addr>\S+) \S+(?: .*)?$"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are requests."""
    head = accept(lines, LINE)
    host = pc.extract_regex(head["target"].combine_chunks(), r"^(?:[a-z]+://)?(?P<host>[\w.-]+(?::\d+)?)(?:/|$)")
    return type_columns(
        head.drop_columns(["result", "way"]).append_column("host", blank_as_null(pc.struct_field(host, "host")))
    )


FORMAT = LineFormat(
    name="squid_access",
    source="squid_access",
    family="requests",
    writer="squid-access",
    begins=r"^\d{10}\.\d{3} +-?\d",
    read=read,
    samples=(
        Sample(
            "1795428975.090    110 192.0.2.7 TCP_MISS/200 2347 GET http://shop.example/find?q=oak ann HIER_DIRECT/192.0.2.80 text/html",
            {
                "naive_us": 1795428975090000,
                "offset_s": 0,
                "client_address": "192.0.2.7",
                "http_request_method": "GET",
                "url_path": "/find",
                "url_query": "q=oak",
                "http_response_status_code": 200,
                "http_response_body_size": 2347,
                "duration_s": 0.11,
                "user_id": "ann",
                "server_address": "shop.example",
                "upstream_address": "192.0.2.80",
            },
        ),
        Sample(
            "1795428976.001      5 192.0.2.7 NONE/405 3364 CONNECT error:method-not-allowed - HIER_NONE/- text/html",
            {"http_response_status_code": 405, "user_id": None},
        ),
        Sample("1795428976.001 no rate for EUR"),
    ),
)
