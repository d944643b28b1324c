"""gunicorn's own log, and that of servers that copied its layout.

Real lines::

    [2026-11-23 04:55:04 -0500] [32] [INFO] Starting gunicorn 20.1.0
    [2026-11-23 04:55:04 -0500] [47] [INFO] Booting worker with pid: 47

Clock: local time with its offset, one second. The process id is the writer's: the master's or a worker's.
Continuation: tracebacks of workers that do not boot.

Grammar: gunicorn ``gunicorn/glogging.py`` (``Logger.error_fmt``, ``Logger.datefmt``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import severity_of
from logcorr.formats.tokenise import accept, constant, table, to_int

HEAD: Final = (
    r"^\[(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<offset>[+-]\d{4})\] "
    r"\[(?P<pid>\d+)\] "
    r"\[(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)\] ?"
    r"(?P<body>.*)$"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that gunicorn's master or workers wrote."""
    head = accept(lines, HEAD)
    return table(
        head["row"],
        {
            **read_clock(head["second"], "iso", offset=head["offset"]),
            "service_name": constant("gunicorn", head.num_rows),
            "process_pid": to_int(head["pid"]),
            "severity_text": head["level"],
            "severity_number": severity_of(head["level"]),
            "body": pc.fill_null(head["body"], ""),
        },
    )


FORMAT = LineFormat(
    name="gunicorn",
    source="gunicorn",
    family="log",
    writer="application",
    begins=r"^\[\d{4}-",
    read=read,
    continues=True,
    samples=(
        Sample(
            "[2026-11-23 04:55:04 -0500] [47] [INFO] Booting worker with pid: 47",
            {
                "naive_us": 1795409704000000,
                "offset_s": -18000,
                "resolution_s": 1.0,
                "service_name": "gunicorn",
                "process_pid": 47,
                "severity_text": "INFO",
                "severity_number": 9,
                "body": "Booting worker with pid: 47",
            },
        ),
        Sample(
            "[2026-11-23 04:55:04 -0500] [32] [INFO] Listening at: unix:/run/invoices/gunicorn.sock (32)",
            {"process_pid": 32, "body": "Listening at: unix:/run/invoices/gunicorn.sock (32)"},
        ),
        Sample("2026-11-23 04:56:22,326 ERROR [82] invoices: Exception on /api/v1/invoices [POST]"),
        Sample('[2026-11-23 09:55:02] production.INFO: User logged in {"user":"viktor.patel"} '),
        Sample("[2026-02-30 04:55:04 -0500] [32] [INFO] no such day"),
    ),
)
