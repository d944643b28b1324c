"""Redis' own log, and Valkey's.

Lines; the last two are of Redis 2 and of a signal handler::

    1:M 23 Nov 2026 21:47:03.123 * Ready to accept connections tcp
    18696:C 23 Nov 2026 21:47:03.124 # Configuration loaded
    [3574] 23 Nov 21:47:03.731 # Server started, Redis version 2.6.16
    1:signal-handler (1795470423) Received SIGTERM scheduling shutdown...

Behind the process: X sentinel, C a child, S replica, M primary. The sign is the level: ``.`` debug, ``-`` verbose, ``*`` notice, ``#``
warning.

Clock: local time, no zone, milliseconds; Redis 2 names no year; a signal handler counts seconds since 1970.
Continuation: the picture at the start, crash reports.

Grammar: https://github.com/redis/redis/blob/unstable/src/server.c (``serverLogRaw``, ``serverLogRawFromHandler``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock, read_epoch
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, constant, table, to_int

_MONTH: Final = r"[A-Z][a-z]{2}"
HEAD: Final = (
    r"^(?P<pid>\d{1,10}):(?P<role>[XCSM]) (?P<second>\d{1,2} " + _MONTH + r" \d{4} \d\d:\d\d:\d\d)\.(?P<fraction>\d{3}) "
    r"(?P<sign>[.*#-]) ?(?P<body>.*)$"
)
OLD: Final = (
    r"^\[(?P<pid>\d{1,10})\] (?P<second>\d{1,2} "
    + _MONTH
    + r" \d\d:\d\d:\d\d)\.(?P<fraction>\d{3}) (?P<sign>[.*#-]) ?(?P<body>.*)$"
)
HANDLER: Final = r"^(?P<pid>\d{1,10}):signal-handler \((?P<number>\d{10})\) (?P<body>.*)$"

LEVELS: Final = {".": "debug", "-": "verbose", "*": "notice", "#": "warning"}
SEVERITY: Final = {".": 5, "-": 9, "*": 10, "#": 13}
NOTICE: Final = 10


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that Redis stamped."""
    parts = []
    for pattern, layout in ((HEAD, "day_month_year"), (OLD, "day_month")):
        head = accept(lines, pattern)
        role = head["role"] if "role" in head.column_names else constant(None, head.num_rows)
        level = over_distinct(head["sign"], LEVELS.get, pa.string())
        number = over_distinct(head["sign"], SEVERITY.get, pa.int8())
        parts.append(columns_of(head, read_clock(head["second"], layout, fraction=head["fraction"]), level, number, role))
    head = accept(lines, HANDLER)
    notice = pa.repeat(pa.scalar(NOTICE, pa.int8()), head.num_rows)
    nothing = constant(None, head.num_rows)
    parts.append(columns_of(head, read_epoch(head["number"]), nothing, notice, nothing))
    return pa.concat_tables(parts).sort_by("row")


def columns_of(head: pa.Table, clock: dict[str, pa.Array], level: pa.Array, number: pa.Array, role: pa.Array) -> pa.Table:
    """The columns of one kind of line."""
    return table(
        head["row"],
        {
            **clock,
            "service_name": constant("redis", head.num_rows),
            "process_pid": to_int(head["pid"]),
            "severity_text": level,
            "severity_number": number,
            "logger": role,
            "body": pc.fill_null(head["body"], ""),
        },
    )


FORMAT = LineFormat(
    name="redis",
    source="redis",
    family="log",
    writer="redis",
    begins=r"^\[?\d{1,10}[:\]]",
    read=read,
    continues=True,
    samples=(
        Sample(
            "1:M 23 Nov 2026 21:47:03.123 * Ready to accept connections tcp",
            {
                "naive_us": 1795470423123000,
                "offset_s": None,
                "service_name": "redis",
                "process_pid": 1,
                "severity_text": "notice",
                "severity_number": 10,
                "logger": "M",
                "body": "Ready to accept connections tcp",
            },
        ),
        Sample("18696:C 23 Nov 2026 21:47:03.124 # Configuration loaded", {"severity_text": "warning", "severity_number": 13}),
        Sample("[3574] 23 Nov 21:47:03.731 # Server started", {"yearless": True, "process_pid": 3574, "logger": None}),
        Sample(
            "1:signal-handler (1795470423) Received SIGTERM scheduling shutdown...",
            {"naive_us": 1795470423000000, "offset_s": 0, "severity_text": None},
        ),
        Sample("1:M 31 Nov 2026 21:47:03.123 * no such day"),
        Sample("23 Nov 2026 21:47:03.123 * Ready"),
    ),
)
