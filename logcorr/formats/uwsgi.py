r"""uWSGI's log of requests.

Real lines::

    [pid: 83|app: 0|req: 3/7] 192.0.2.7 () {38 vars in 696 bytes} [Mon Nov 23 10:16:15 2026] GET /pay?id=7 => generated 47 bytes in
        129 msecs (HTTP/1.1 500) 9 headers in 378 bytes (1 switches on core 3)     (one line)

Clock: local time, no zone, one second: the beginning of the request. Continuation: what uWSGI and the application print without a time.

Grammar: uWSGI ``core/logging.c`` (``log_request``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import nobody_as_null, split_target, status_code
from logcorr.formats.tokenise import accept, constant, table, to_int

HEAD: Final = (
    r"^\[pid: (?P<pid>\d{1,10})\|app: [^|\]]{1,20}\|req: [^|\]]{1,40}\] (?P<client>\S{0,45}) \((?P<user>[^)]{0,100})\) "
    r"\{\d{1,9} vars in \d{1,9} bytes\} \[(?P<second>[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4})\] "
    r"(?P<body>(?P<method>[A-Z]{3,7}) (?P<target>\S+) => generated \d{1,18} bytes in \d{1,18} (?:msecs|micros)"
    r"(?:[^()]{0,60})?\(HTTP/[0-9.]+ (?P<status>\d{3})\).*)$"
)
INFO: Final = 9


def read(lines: pa.Array) -> pa.Table:
    """Columns of the requests."""
    head = accept(lines, HEAD)
    return table(
        head["row"],
        {
            **read_clock(head["second"], "lstart"),
            "service_name": constant("uwsgi", head.num_rows),
            "process_pid": to_int(head["pid"]),
            "severity_number": pa.repeat(pa.scalar(INFO, pa.int8()), head.num_rows),
            "body": pc.fill_null(head["body"], ""),
            "client_address": head["client"],
            "user_id": nobody_as_null(head["user"]),
            "http_request_method": head["method"],
            **split_target(head["target"].combine_chunks()),
            "http_response_status_code": status_code(head["status"].combine_chunks()),
        },
    )


FORMAT = LineFormat(
    name="uwsgi",
    source="uwsgi",
    family="log",
    writer="application",
    begins=r"^\[pid: \d",
    read=read,
    continues=True,
    samples=(
        Sample(
            "[pid: 83|app: 0|req: 3/7] 192.0.2.7 () {38 vars in 696 bytes} [Mon Nov 23 10:16:15 2026] GET /pay?id=7 => "
            "generated 47 bytes in 129 msecs (HTTP/1.1 500) 9 headers in 378 bytes (1 switches on core 3)",
            {
                "naive_us": 1795428975000000,
                "process_pid": 83,
                "client_address": "192.0.2.7",
                "http_request_method": "GET",
                "url_path": "/pay",
                "http_response_status_code": 500,
                "user_id": None,
            },
        ),
        Sample("[pid: 83|app: 0|req: 3/7] nothing"),
    ),
)
