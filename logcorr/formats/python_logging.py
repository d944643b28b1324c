"""Python's ``logging`` with its default clock, in the layouts that applications usually choose.

Real lines, and other usual layouts::

    2026-11-23 04:56:22,326 ERROR [82] invoices: Exception on /api/v1/invoices [POST]
    2026-11-23 04:56:22,327 INFO [82] invoices.web: POST /api/v1/invoices -> 500 (105 ms) user=-
    2026-11-23 04:56:22,326 - invoices - ERROR - no rate
    [2026-11-23 04:56:22,326] ERROR in app: Exception on /login [POST]
    [2026-11-23 04:56:22,326: ERROR/ForkPoolWorker-1] no rate

Clock: local time, no zone, milliseconds behind a comma (by which it is told from others; log4j writes the same).
Continuation: the traceback.

Grammar: Python ``logging.Formatter`` (``default_time_format``, ``default_msec_format``); Flask ``flask/logging.py``; Celery
``app/defaults.py`` (``worker_log_format``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import request_of, severity_of
from logcorr.formats.tokenise import accept, blank_as_null, table, to_int

HEAD: Final = (
    r"^\[?(?P<second>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d),(?P<fraction>\d{3})\]?"
    r"(?P<rest>(?:: | - |[ :|]+).*)$"
)

_LEVEL: Final = r"(?P<level>TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL)"
_NAME: Final = r"[A-Za-z_][\w.$-]*"

#: "- invoices - ERROR - no rate": the logger before the level, dashes between
NAME_FIRST: Final = (
    r"^ - (?:\[?(?P<pid>\d+)\]? - )?(?P<logger>" + _NAME + r") - (?:[^-\s]+ - )?\[?" + _LEVEL + r"\]? (?:- |: )?(?P<body>.*)$"
)

#: "ERROR [82] invoices: no rate", "[82] [ERROR] no rate", "[main] INFO c.e.Rates - no rate", "ERROR/ForkPoolWorker-1] no rate"
LEVEL_FIRST: Final = (
    r"^[ :|-]+(?:\[?(?P<pid_before>\d+)\]?[ :|-]+)?(?:\[[^\]]{1,80}\] +)?[\[(]?" + _LEVEL + r"(?:/[^\]\s]+)?[\])]?"
    r"(?:[ :|-]+|$)(?:[\[(](?:pid[ :=])?(?P<pid>\d+)[\])](?:[ :|-]+|$))?"
    r"(?:\[(?P<bracketed>" + _NAME + r")(?::\d+)?\](?:[ :|-]+|$))?"
    r"(?:(?:in )?(?P<logger>" + _NAME + r")(?::\d+)?(?:: | +- | +\| ))?"
    r"(?P<body>.*)$"
)

#: "ERROR KeyError: 'rate'" names no logger
EXCEPTION: Final = r"(?:Error|Exception|Warning|Traceback)$"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin a record."""
    head = accept(lines, HEAD)
    rest = head["rest"].combine_chunks()
    first = pc.extract_regex(rest, NAME_FIRST)
    second = pc.extract_regex(rest, LEVEL_FIRST)
    taken = pc.or_(pc.is_valid(first), pc.is_valid(second))

    def part(name: str, *others: str) -> pa.Array:
        found = [blank_as_null(pc.struct_field(second, other)) for other in (name, *others)]
        if name in {"pid", "logger", "level", "body"}:
            found.insert(0, blank_as_null(pc.struct_field(first, name)))
        return pc.coalesce(*found)

    logger = pc.if_else(pc.is_valid(first), pc.struct_field(first, "logger"), blank_as_null(pc.struct_field(second, "logger")))
    misread = pc.fill_null(
        pc.and_(pc.match_substring_regex(logger, EXCEPTION), pc.invert(pc.is_valid(first))), fill_value=False
    )
    body = pc.fill_null(part("body"), "")
    body = pc.if_else(misread, pc.binary_join_element_wise(pc.fill_null(logger, ""), body, ": "), body)
    logger = pc.if_else(misread, pa.scalar(None, pa.string()), logger)
    columns = {
        **read_clock(head["second"], "iso", fraction=head["fraction"]),
        "process_pid": to_int(part("pid", "pid_before")),
        "logger": pc.coalesce(logger, blank_as_null(pc.struct_field(second, "bracketed"))),
        "severity_text": part("level"),
        "severity_number": severity_of(part("level")),
        "body": body,
        **request_of(body),
    }
    columns["naive_us"] = pc.if_else(taken, columns["naive_us"], pa.scalar(None, pa.int64()))
    return table(head["row"], columns)


FORMAT = LineFormat(
    name="app_text_python",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^\[?\d{4}-\d\d-\d\d[ T]",
    read=read,
    continues=True,
    samples=(
        Sample(
            "2026-11-23 04:56:22,326 ERROR [82] invoices: Exception on /api/v1/invoices [POST]\n"
            "Traceback (most recent call last):\n"
            "KeyError: 'rate'",
            {
                "naive_us": 1795409782326000,
                "offset_s": None,
                "process_pid": 82,
                "logger": "invoices",
                "severity_text": "ERROR",
                "severity_number": 17,
                "body": "Exception on /api/v1/invoices [POST]",
                "http_request_method": "POST",
                "url_path": "/api/v1/invoices",
                "http_response_status_code": None,
            },
        ),
        Sample(
            "2026-11-23 04:56:22,340 INFO [82] invoices.web: GET /dashboard -> 200 (58 ms) user=greta.tanaka51",
            {"logger": "invoices.web", "url_path": "/dashboard", "http_response_status_code": 200, "user_id": "greta.tanaka51"},
        ),
        Sample("2026-11-23 04:56:22,326 - invoices - ERROR - no rate", {"logger": "invoices", "body": "no rate"}),
        Sample("2026-11-23 04:56:22,326 ERROR invoices: no rate", {"logger": "invoices", "process_pid": None}),
        Sample("2026-11-23 04:56:22,326 [82] [WARNING] no rate", {"process_pid": 82, "severity_number": 13, "body": "no rate"}),
        Sample("2026-11-23 04:56:22,326 ERROR KeyError: 'rate'", {"logger": None, "body": "KeyError: 'rate'"}),
        Sample("[2026-11-23 04:56:22,326] ERROR in app: Exception on / [GET]", {"logger": "app", "url_path": "/"}),
        Sample("[2026-11-23 04:56:22,326: ERROR/ForkPoolWorker-1] no rate", {"severity_text": "ERROR", "body": "no rate"}),
        Sample("[2026-11-23 04:55:04 -0500] [47] [INFO] Booting worker with pid: 47"),
        Sample("KeyError: 'rate'"),
        Sample('[2026-11-23 09:55:02] production.INFO: User logged in {"user":"viktor.patel"} '),
        Sample("2026-11-23 21:47:03,123 p=12345 u=deploy n=ansible | TASK [reload php-fpm] ***"),
    ),
)
