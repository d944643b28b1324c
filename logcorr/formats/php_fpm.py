"""php-fpm's own log: the master about its pools and children.

Real lines::

    [23-Nov-2026 10:55:00] NOTICE: fpm is running, pid 33
    [23-Nov-2026 10:10:54] WARNING: [pool www] child 129, script '/var/www/catalog/current/public/index.php' (request: "GET
        /index.php") executing too slow (2.004291 sec), logging     (one line)
    [23-Nov-2026 10:55:00.123456] DEBUG: pid 34, fpm_event_loop(), line 372: event module triggered 1 events

Clock: local time, no zone, one second; microseconds where the log level is debug, and then with the writer's process and place.
Continuation: none of its own; an empty line stands before errors of ``php-fpm -t``.

Grammar: PHP ``sapi/fpm/fpm/zlog.c`` (``zlog_print_time``, ``vzlog``, ``level_names``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import split_target
from logcorr.formats.tokenise import METHODS, accept, blank_as_null, constant, table, to_int

HEAD: Final = (
    r"^\[(?P<second>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?\] "
    r"(?P<level>DEBUG|NOTICE|WARNING|ERROR|ALERT): "
    r"(?:pid (?P<pid>\d+), [A-Za-z0-9_]+\(\), line \d+: )?"
    r"(?P<body>(?:\[pool (?P<pool>[^\]]*)\] )?.*)$"
)

REQUEST: Final = r"\(request: \"(?P<method>" + METHODS + r") (?P<target>[^\"\s]*)"

SEVERITY: Final = {"DEBUG": 5, "NOTICE": 10, "WARNING": 13, "ERROR": 17, "ALERT": 19}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that the master wrote."""
    head = accept(lines, HEAD)
    request = pc.extract_regex(head["body"].combine_chunks(), REQUEST)
    return table(
        head["row"],
        {
            **read_clock(head["second"], "dashed", fraction=head["fraction"]),
            "service_name": constant("php-fpm", head.num_rows),
            "process_pid": to_int(head["pid"]),
            "severity_text": head["level"],
            "severity_number": over_distinct(head["level"], SEVERITY.get, pa.int8()),
            "logger": head["pool"],
            "body": pc.fill_null(head["body"], ""),
            "http_request_method": blank_as_null(pc.struct_field(request, "method")),
            **split_target(pc.struct_field(request, "target")),
        },
    )


FORMAT = LineFormat(
    name="php_fpm",
    source="php_fpm",
    family="log",
    writer="php-fpm",
    begins=r"^\[\d\d-[A-Z]",
    read=read,
    continues=True,
    samples=(
        Sample(
            "[23-Nov-2026 10:55:00] NOTICE: fpm is running, pid 33",
            {
                "naive_us": 1795431300000000,
                "offset_s": None,
                "resolution_s": 1.0,
                "service_name": "php-fpm",
                "process_pid": None,
                "severity_text": "NOTICE",
                "severity_number": 10,
                "logger": None,
                "body": "fpm is running, pid 33",
            },
        ),
        Sample(
            "[23-Nov-2026 10:10:54] WARNING: [pool www] child 129, script '/var/www/catalog/current/public/index.php' "
            '(request: "GET /index.php") executing too slow (2.004291 sec), logging',
            {"severity_number": 13, "logger": "www", "http_request_method": "GET", "url_path": "/index.php"},
        ),
        Sample(
            "[23-Nov-2026 10:55:00.123456] DEBUG: pid 34, fpm_event_loop(), line 372: event module triggered 1 events",
            {"process_pid": 34, "severity_number": 5, "body": "event module triggered 1 events"},
        ),
        Sample("[23-Nov-2026 10:10:54]  [pool www] pid 129"),
        Sample("[23-Nov-2026 21:47:03 Europe/Berlin] PHP Fatal error:  Uncaught TypeError: no"),
        Sample('[2026-11-23 09:55:02] production.NOTICE: User logged in {"user":"viktor.patel"} '),
    ),
)
