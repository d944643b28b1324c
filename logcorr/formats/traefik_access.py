r"""Traefik's access log in its own variant of the Common Log Format.

Line::

    192.0.2.7 - - [23/Nov/2026:10:55:01 +0000] "GET /find HTTP/2.0" 401 17 "-" "curl/8" 72 "auth@docker" "http://10.0.0.3:80" 110ms

Behind the user agent: the number of the request, the router, the server, the duration.

Clock: with its offset; the START of the request, to which its duration is added, as other access logs are stamped at the end. Continuation:
none.

Grammar: https://doc.traefik.io/traefik/observe/logs-and-access-logs/ (``common``), ``pkg/middlewares/accesslog/logger_formatters.go``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.escapes import unescape_bytes, unescaped
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_columns import type_columns
from logcorr.formats.tokenise import accept

_WORD: Final = r"(?:[^\"\\]|\\.)*"
LINE: Final = (
    r"^(?P<remote_addr>\S+) - (?P<remote_user>\S+) \[(?P<stamp>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r"\"(?P<request>"
    + _WORD
    + r")\" (?P<status>\d{1,3}) (?P<body_bytes_sent>\d{1,18}|-) (?:\"(?P<http_referer>"
    + _WORD
    + r")\"|-) "
    r"(?:\"(?P<http_user_agent>" + _WORD + r")\"|-) \d{1,18} (?:\"[^\"]*\"|-) "
    r"(?:\"(?:[a-z0-9]+://)?(?P<upstream_addr>[^\"/]*)[^\"]*\"|-) (?P<request_time_ms>\d{1,12})ms$"
)
_ESCAPED: Final = ("request", "http_referer", "http_user_agent")


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are requests."""
    head = accept(lines, LINE)
    text = {name: pc.fill_null(head[name].combine_chunks(), "-") for name in head.column_names if name != "row"}
    words = {name: unescaped(text[name], unescape_bytes) if name in _ESCAPED else text[name] for name in text}
    table = type_columns(pa.table({"row": head["row"], **words}))
    lasted = pc.cast(pc.multiply(pc.fill_null(table["duration_s"], 0.0), 1e6), pa.int64(), safe=False)
    return table.set_column(table.column_names.index("naive_us"), "naive_us", pc.add(table["naive_us"], lasted))


FORMAT = LineFormat(
    name="traefik_access",
    source="traefik_access",
    family="requests",
    writer="traefik-access",
    begins=r"\d{1,12}ms\s*$",
    read=read,
    samples=(
        Sample(
            '192.0.2.7 - ann [23/Nov/2026:10:55:01 +0000] "GET /find?q=oak HTTP/2.0" 401 17 "-" "curl/8" 72 "auth@docker" '
            '"http://10.0.0.3:80" 110ms',
            {
                "naive_us": 1795431301110000,
                "offset_s": 0,
                "client_address": "192.0.2.7",
                "user_id": "ann",
                "http_request_method": "GET",
                "url_path": "/find",
                "url_query": "q=oak",
                "http_response_status_code": 401,
                "http_response_body_size": 17,
                "http_request_referer": None,
                "user_agent_original": "curl/8",
                "upstream_address": "10.0.0.3:80",
                "duration_s": 0.11,
            },
        ),
        Sample(
            '192.0.2.7 - - [23/Nov/2026:10:55:01 +0000] "GET / HTTP/2.0" 404 - "-" "-" 73 "-" "-" 0ms',
            {"user_id": None, "http_response_body_size": None, "upstream_address": "-"},
        ),
        Sample('192.0.2.7 - - [23/Nov/2026:10:55:01 +0000] "GET / HTTP/2.0" 404 19 "-" "-" 73 "-" "-"'),
        Sample("no rate after 110ms"),
    ),
)
