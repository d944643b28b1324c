r"""PostgreSQL's log on standard error, with any usual ``log_line_prefix``, and its log in CSV.

Lines; the third is of ``log_line_prefix = '%m [%p] %q%u@%d '``::

    2026-11-23 10:16:15.090 CET [7] LOG:  database system is ready to accept connections
    2026-11-23 10:16:16.112 CET [31] ERROR:  column "rate" does not exist at character 8
    2026-11-23 10:16:16.112 CET [31] shop@shop STATEMENT:  select rate
            from prices

Clock: in the zone of ``log_timezone``, which the line names; milliseconds with ``%m``, seconds with ``%t``.
DETAIL, HINT, CONTEXT and STATEMENT are events that say more of the one before. Continuation: further lines begin with a tab.

Grammar: https://www.postgresql.org/docs/current/runtime-config-logging.html (``log_line_prefix``, CSV);
PostgreSQL ``src/backend/utils/error/elog.c`` (``send_message_to_server_log``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.message_head import field
from logcorr.formats.stamps import read_stamps
from logcorr.formats.tokenise import accept, constant, to_int

_LEVELS: Final = "DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE"
HEAD: Final = (
    r"^(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:[A-Z]{3,5}|[+-]\d\d(?::?\d\d)?))"
    r"(?P<prefix>[ :,].{0,300}?[\s:,=]\d?|[ :])(?P<level>" + _LEVELS + r"):\s{0,2}(?P<body>.*)$"
)
PREFIX: Final = {
    "pid": r"(?:^|[\s:,])\[(?P<value>\d{1,10})(?:-\d{1,10})?\]",
    "user": r"(?:^|[\s:,\]])(?:user=)?(?P<value>[^\s:@,=\[\]]{1,63})(?:@|,db=)[^\s:,\[\]]",
    "database": r"(?:@|,?db=)(?P<value>[^\s:,@\[\]]{1,63})",
    "client": r"client=(?P<value>[0-9a-fA-F.:]{3,45})",
}
CSV: Final = (
    r"^(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? [A-Z]{3,5}),"
    r"(?P<user>\"[^\"]*\"|),(?P<database>\"[^\"]*\"|),(?P<pid>\d{1,10}),"
    r"(?:\"[^\"]*\"|),[^,]*,\d*,(?:\"[^\"]*\"|),[^,]*,[^,]*,[^,]*,(?P<level>"
    + _LEVELS
    + r"),(?P<code>[0-9A-Z]{5}),(?P<body>\"(?:[^\"]|\"\")*\"?|)"
)
SEVERITY: Final = {
    **dict.fromkeys(("DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5"), 5),
    **dict.fromkeys(("LOG", "INFO"), 9),
    "NOTICE": 10,
    "WARNING": 13,
    "ERROR": 17,
    "FATAL": 18,
    "PANIC": 21,
}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that carry the server's prefix."""
    head = accept(lines, HEAD)
    told = {
        name: field(pc.extract_regex(head["prefix"].combine_chunks(), pattern), "value") for name, pattern in PREFIX.items()
    }
    plain = columns_of(head, told, pc.fill_null(head["body"], "").combine_chunks())
    rows = accept(lines, CSV)
    body = pc.replace_substring(pc.utf8_trim(pc.fill_null(rows["body"], ""), '"'), '""', '"').combine_chunks()
    cells = {name: pc.utf8_trim(rows[name].combine_chunks(), '"') for name in ("pid", "user", "database")}
    both = pa.concat_tables([plain, columns_of(rows, {**cells, "client": constant(None, rows.num_rows)}, body)])
    return both.filter(pc.is_valid(both["naive_us"])).sort_by("row")


def columns_of(head: pa.Table, told: dict[str, pa.Array], body: pa.Array) -> pa.Table:
    """The columns of lines of one kind."""
    clock = read_stamps(head["stamp"], ("iso",), numbers=False)
    clock.pop("rest")
    said = pc.binary_join_element_wise(told["user"], told["database"], "@")
    return pa.table(
        {
            "row": head["row"],
            **clock,
            "service_name": constant("postgresql", head.num_rows),
            "process_pid": to_int(told["pid"]),
            "severity_text": head["level"],
            "severity_number": over_distinct(head["level"], SEVERITY.get, pa.int8()),
            "logger": said,
            "client_address": told["client"],
            "body": body,
        }
    )


FORMAT = LineFormat(
    name="postgresql",
    source="postgresql",
    family="log",
    writer="postgresql",
    begins=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    read=read,
    continues=True,
    samples=(
        Sample(
            "2026-11-23 10:16:15.090 CET [7] LOG:  database system is ready to accept connections",
            {
                "naive_us": 1795428975090000,
                "offset_s": None,
                "zone_name": "CET",
                "service_name": "postgresql",
                "process_pid": 7,
                "severity_text": "LOG",
                "severity_number": 9,
                "logger": None,
                "body": "database system is ready to accept connections",
            },
        ),
        Sample(
            "2026-11-23 10:16:16 UTC [31-2] shop@pay ERROR:  column does not exist\n\tat character 8",
            {"offset_s": 0, "process_pid": 31, "logger": "shop@pay", "severity_number": 17},
        ),
        Sample(
            "2026-11-23 10:16:16 CET [31]: [2-1] user=shop,db=pay,app=psql,client=192.0.2.7 STATEMENT:  select rate",
            {"process_pid": 31, "logger": "shop@pay", "client_address": "192.0.2.7", "severity_number": None},
        ),
        Sample("2026-11-23 10:16:16 CET:[local]:shop@pay:[31]:FATAL:  no", {"process_pid": 31, "severity_number": 18}),
        Sample(
            '2026-11-23 10:16:16.112 CET,"shop","pay",31,"192.0.2.7:4711",6922e0fa.1f,2,"SELECT",2026-11-23 10:10:00 CET,3/4,0,ERROR,42703,'
            '"column ""rate"" does not exist",,,,,,"select rate",8,,"psql"',
            {"process_pid": 31, "logger": "shop@pay", "severity_number": 17, "body": 'column "rate" does not exist'},
        ),
        Sample("2026-11-23 10:16:15.090 CET [7] ready"),
        Sample("2026-11-23 10:16:15,090 ERROR pay: no rate"),
        Sample("2026-02-30 10:16:15.090 CET [7] LOG:  no such day"),
    ),
)
