"""php-fpm's slow log: where a script stood when it had run too long.

Real lines::

    [23-Nov-2026 10:10:54]  [pool www] pid 129
    script_filename = /var/www/catalog/current/public/index.php
    [0x00007fb7fb413170] usleep() /var/www/catalog/releases/r89/public/index.php:21

Clock: local time, no zone, one second; the moment of the trace: up to a third of the limit later than the limit itself.
Continuation: the script and its stack, innermost call first; an empty line stands between records.

Grammar: PHP ``sapi/fpm/fpm/fpm_php_trace.c`` (``fpm_php_trace_dump``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, constant, table, to_int

HEAD: Final = (
    r"^\[(?P<second>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d)\] {1,2}"
    r"(?P<body>\[pool (?P<pool>[^\]]+)\] pid (?P<pid>\d+))\s*$"
)

WARNING: Final = 13


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin a record."""
    head = accept(lines, HEAD)
    return table(
        head["row"],
        {
            **read_clock(head["second"], "dashed"),
            "service_name": constant("php-fpm", head.num_rows),
            "process_pid": to_int(head["pid"]),
            "severity_number": pa.repeat(pa.scalar(WARNING, pa.int8()), head.num_rows),
            "logger": head["pool"],
            "body": head["body"],
        },
    )


FORMAT = LineFormat(
    name="php_fpm_slow",
    source="php_fpm",
    family="log",
    writer="php-fpm",
    begins=r"^\[\d\d-[A-Z]",
    read=read,
    continues=True,
    samples=(
        Sample(
            "[23-Nov-2026 10:10:54]  [pool www] pid 129\n"
            "script_filename = /var/www/catalog/current/public/index.php\n"
            "[0x00007fb7fb413170] usleep() /var/www/catalog/releases/r89/public/index.php:21",
            {
                "naive_us": 1795428654000000,
                "offset_s": None,
                "service_name": "php-fpm",
                "process_pid": 129,
                "severity_number": 13,
                "logger": "www",
                "body": "[pool www] pid 129",
            },
        ),
        Sample("[23-Nov-2026 10:10:54]  [pool www] pid 130", {"process_pid": 130}),
        Sample("[0x00007fb7fb413170] usleep() /var/www/catalog/releases/r89/public/index.php:21"),
        Sample("[23-Nov-2026 10:10:54] NOTICE: about to trace 129"),
        Sample("[23-Nov-2026 10:10:54] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it"),
    ),
)
