r"""The error log of MySQL and MariaDB, and their slow log.

Lines of MySQL 8, MariaDB, MySQL 5.6, and an entry of the slow log::

    2026-11-23T10:16:15.090279Z 0 [ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11
    2026-11-23 10:16:15 0 [Note] mariadbd: ready for connections.
    261123 10:16:15 [Warning] IP address '192.0.2.7' could not be resolved
    # Time: 2026-11-23T10:16:15.090279Z
    # User@Host: shop[shop] @ localhost []  Id:     7
    # Query_time: 2.004291  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 400000

Clock: MySQL 5.7 and later in UTC or with the offset (``log_timestamps``), microseconds; others local, without a zone, one second.
Continuation: further lines of a message; of a slow query its figures and its text.

Grammar: https://dev.mysql.com/doc/refman/8.4/en/error-log-format.html, https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html,
https://mariadb.com/kb/en/error-log/.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import severity_of
from logcorr.formats.stamps import read_stamps
from logcorr.formats.tokenise import accept, constant, to_int

_STAMP: Final = r"(?:\d{4}-\d\d-\d\d[T ] ?\d{1,2}:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?|\d{6} {1,2}\d{1,2}:\d\d:\d\d)"
HEAD: Final = (
    r"^(?P<stamp>"
    + _STAMP
    + r")\s+(?:(?P<thread>\d{1,18}|0x[0-9a-f]{1,16}) )?\[(?P<level>Note|Warning|Error|ERROR|System|SYSTEM|Info)\] "
    r"(?:\[(?P<code>MY-\d{1,8})\] \[(?P<part>[^\]]{0,60})\] ?)?(?P<body>.*)$"
)
SAFE: Final = r"^(?P<stamp>" + _STAMP + r") (?P<part>mysqld_safe|mariadbd-safe|mysqld|InnoDB:) (?P<body>.*)$"
SLOW: Final = r"^(?P<body># Time: (?P<stamp>" + _STAMP + r"))\s*$"

GENERAL: Final = (
    r"^(?P<stamp>"
    + _STAMP
    + r")\s+\d{1,18} (?P<body>(?:Connect|Query|Quit|Prepare|Execute|Close stmt|Init DB|Field List|Statistics|Ping|"
    r"Change user|Reset stmt|Fetch|Shutdown|Refresh)(?:\s.*)?)$"
)

WARNING: Final = 13
NOTE: Final = 10


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin an entry."""
    parts = []
    for pattern in (HEAD, SAFE, SLOW, GENERAL):
        head = accept(lines, pattern)
        count = head.num_rows
        names = set(head.column_names)
        level = head["level"].combine_chunks() if "level" in names else constant(None, count)
        number = severity_of(pc.if_else(pc.equal(pc.utf8_lower(level), "system"), pa.scalar("note"), level))
        if pattern is not HEAD:
            number = pa.repeat(pa.scalar(WARNING if pattern is SLOW else NOTE, pa.int8()), count)
        clock = read_stamps(head["stamp"], ("iso", "short_compact"), numbers=False)
        clock.pop("rest")
        columns = {
            **clock,
            "service_name": constant("mysql", count),
            "severity_text": level,
            "severity_number": number,
            "logger": head["part"] if "part" in names else constant("slow query" if pattern is SLOW else "general log", count),
            "body": pc.fill_null(head["body"], ""),
            "attributes": pc.binary_join_element_wise('{"error_code": "', head["code"], '"}', "")
            if "code" in names
            else constant(None, count),
            "process_pid": to_int(constant(None, count)),
        }
        parts.append(pa.table({"row": head["row"], **columns}))
    both = pa.concat_tables(parts)
    return both.filter(pc.is_valid(both["naive_us"])).sort_by("row")


FORMAT = LineFormat(
    name="mysql",
    source="mysql",
    family="log",
    writer="mysql",
    begins=r"^(?:# Time: )?\d{2,6}",
    read=read,
    continues=True,
    samples=(
        Sample(
            "2026-11-23T10:16:15.090279Z 0 [ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11",
            {
                "naive_us": 1795428975090279,
                "offset_s": 0,
                "service_name": "mysql",
                "severity_text": "ERROR",
                "severity_number": 17,
                "logger": "InnoDB",
                "body": "Unable to lock ./ibdata1 error: 11",
                "attributes": '{"error_code": "MY-012574"}',
            },
        ),
        Sample("2026-11-23 10:16:15 0 [Note] mariadbd: ready for connections.", {"offset_s": None, "severity_number": 10}),
        Sample("261123  9:16:15 [Warning] IP address '192.0.2.7' could not be resolved", {"naive_us": 1795425375000000}),
        Sample("261123 10:16:15 mysqld_safe Starting mysqld daemon", {"logger": "mysqld_safe", "severity_number": 10}),
        Sample(
            "# Time: 2026-11-23T10:16:15.090279Z\n# User@Host: shop[shop] @ localhost []  Id:     7\n# Query_time: 2.004291\nselect 1;",
            {"severity_number": 13, "logger": "slow query", "offset_s": 0},
        ),
        Sample("2026-11-23T10:16:15.090279Z\t   10 Query\tselect 1", {"logger": "general log", "severity_number": 10}),
        Sample("2026-11-23T10:16:15.090279Z 0 [Nothing] x"),
        Sample("# Time: yesterday"),
        Sample("[2026-11-23 10:16:15] [ERROR] no rate"),
    ),
)
