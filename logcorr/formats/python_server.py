r"""Requests as Python's own servers print them (Django, Werkzeug, ``http.server``), and Django's lines about failures.

Real lines::

    [23/Nov/2026 10:16:15] "GET /pay?id=7 HTTP/1.1" 500 145
    192.0.2.7 - - [23/Nov/2026 10:16:15] "GET /pay?id=7 HTTP/1.1" 200 -
    Internal Server Error: /pay
    Not Found: /favicon.ico

Clock: local time, no zone, one second; Django's lines about failures have none, a traceback and the request's line follow.
Continuation: tracebacks.

Grammar: Django ``core/servers/basehttp.py`` (``log_message``), ``utils/log.py`` (``log_response``); Werkzeug ``serving.py``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import split_target, status_code
from logcorr.formats.tokenise import METHODS, accept, table

REQUEST: Final = (
    r"^(?:(?P<client>[0-9a-fA-F.:]{3,45}) - - )?\[(?P<second>\d\d/[A-Z][a-z]{2}/\d{4} \d\d:\d\d:\d\d)\] "
    r"(?P<body>\"(?P<method>" + METHODS + r") (?P<target>\S+) HTTP/[0-9.]+\" (?P<status>[1-5]\d\d) (?:\d{1,18}|-))\s*$"
)
FAILURE: Final = (
    r"^(?P<body>(?P<what>Internal Server Error|Service Unavailable|Not Found|Forbidden(?: \([^()]{1,200}\))?|Bad Request|Unauthorized|"
    r"Method Not Allowed(?: \((?P<method>[A-Z]{3,7})\))?|Gone|Unprocessable Entity|Too Many Requests|"
    r"Payload Too Large): (?P<target>/\S*))\s*$"
)
ERROR: Final = 17
WARNING: Final = 13
INFO: Final = 9


def read(lines: pa.Array) -> pa.Table:
    """Columns of the requests, and of the lines about failures, which have no time."""
    head = accept(lines, REQUEST)
    status = status_code(head["status"].combine_chunks())
    served = table(
        head["row"],
        {
            **read_clock(head["second"], "clf_blank"),
            "severity_number": over_distinct(head["status"], severity, pa.int8()),
            "body": head["body"],
            "client_address": head["client"],
            "http_request_method": head["method"],
            **split_target(head["target"].combine_chunks()),
            "http_response_status_code": status,
        },
    )
    failed = accept(lines, FAILURE)
    server = pc.is_in(failed["what"], pa.array(["Internal Server Error", "Service Unavailable"]))
    said = pa.table(
        {
            "row": failed["row"],
            "severity_number": pc.if_else(server, pa.scalar(ERROR, pa.int8()), pa.scalar(WARNING, pa.int8())),
            "body": failed["body"],
            "http_request_method": failed["method"],
            **split_target(failed["target"].combine_chunks()),
        }
    )
    return pa.concat_tables([served, said], promote_options="default").sort_by("row")


def severity(status: str) -> int:
    """The level at which these servers log a status."""
    return {"5": ERROR, "4": WARNING}.get(status[:1], INFO)


FORMAT = LineFormat(
    name="python_server",
    source="app_text",
    family="log",
    writer="application",
    begins=r"(?:\[\d\d/[A-Z]|^[A-Z][a-z]+ ?[A-Z(a-z]*.*: /)",
    read=read,
    continues=True,
    samples=(
        Sample(
            '[23/Nov/2026 10:16:15] "GET /pay?id=7 HTTP/1.1" 500 145',
            {
                "naive_us": 1795428975000000,
                "offset_s": None,
                "severity_number": 17,
                "http_request_method": "GET",
                "url_path": "/pay",
                "url_query": "id=7",
                "http_response_status_code": 500,
            },
        ),
        Sample(
            '192.0.2.7 - - [23/Nov/2026 10:16:15] "GET /pay HTTP/1.1" 200 -',
            {"client_address": "192.0.2.7", "severity_number": 9},
        ),
        Sample(
            "Internal Server Error: /pay\nTraceback (most recent call last):\nKeyError: 'rate'",
            {"naive_us": None, "severity_number": 17, "url_path": "/pay"},
        ),
        Sample("Not Found: /favicon.ico", {"severity_number": 13, "url_path": "/favicon.ico"}),
        Sample('192.0.2.7 - - [23/Nov/2026:10:16:15 +0100] "GET /pay HTTP/1.1" 200 2347'),
        Sample("Not Found"),
    ),
)
