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

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.heads import accept_heads
from logcorr.formats.request_words import request_of, severity_of
from logcorr.formats.tokenise import accept, blank_as_null, table, to_int

CLOCK: Final = r"^\[?(?P<second>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d),(?P<fraction>\d{3})\]?"
HEAD: Final = CLOCK + r"(?P<rest>(?:: | - |[ :|]+).*)$"

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
EXCEPTION: Final = re.compile(r"(?:Error|Exception|Warning|Traceback)\Z")


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin a record."""
    left: np.ndarray = np.arange(len(lines), dtype=np.int32)
    found = []
    if heads := accept_heads(lines, CLOCK, LEVEL_FIRST[1:], keep=is_certain):
        found.append(heads.table().append_column("pid_first", pa.nulls(len(heads.rows), pa.string())))
        left = np.delete(left, heads.rows.to_numpy())
    if len(left) or not found:
        odd = accept_lines(lines.take(pa.array(left)))
        found.append(odd.set_column(0, "row", pa.array(left[odd["row"].to_numpy()], pa.int32())))
    head = pa.concat_tables([each.select(found[-1].column_names) for each in found])
    head = (head.sort_by("row") if len(found) > 1 else head).combine_chunks()
    body, logger = pc.fill_null(head["body"], ""), head["logger"]
    misread = pc.and_(
        over_distinct(logger, lambda name: EXCEPTION.search(name) is not None, pa.bool_()), pc.is_null(head["pid_first"])
    )
    misread = pc.fill_null(misread, fill_value=False)
    body = pc.if_else(misread, pc.binary_join_element_wise(pc.fill_null(logger, ""), body, ": "), body)
    logger = pc.if_else(misread, pa.scalar(None, pa.string()), logger)
    columns = {
        **read_clock(head["second"], "iso", fraction=head["fraction"]),
        "process_pid": to_int(pc.coalesce(blank_as_null(head["pid_first"]), head["pid"], head["pid_before"])),
        "logger": pc.coalesce(logger, head["bracketed"]),
        "severity_text": head["level"],
        "severity_number": severity_of(head["level"]),
        "body": body,
        **request_of(body),
    }
    return table(head["row"], columns)


def is_certain(told: pa.Table) -> pa.ChunkedArray:
    """Which heads end with a logger, are no ``NAME_FIRST``, and have no bracket open that could go on in the message."""
    begun = pc.and_not(pc.match_substring_regex(told["head"], r"^[ :|]"), pc.starts_with(told["head"], " - "))
    closed = pc.invert(pc.match_substring_regex(told["head"], r"\[[^\]]*$"))
    return pc.and_(pc.and_(begun, closed), pc.is_valid(told["logger"]))


def accept_lines(lines: pa.Array) -> pa.Table:
    """The groups of the lines that begin a record; ``pid_first`` is the process, or empty, where the logger stands first, else null."""
    head = accept(lines, HEAD)
    rest = head["rest"].combine_chunks()
    first, second = (pc.extract_regex(rest, pattern) for pattern in (NAME_FIRST, LEVEL_FIRST))
    named = pc.is_valid(first)
    columns = {
        name: blank_as_null(pc.struct_field(second, name))
        for name in ("pid", "pid_before", "level", "bracketed", "logger", "body")
    }
    columns |= {name: pc.coalesce(blank_as_null(pc.struct_field(first, name)), columns[name]) for name in ("level", "body")}
    columns["logger"] = pc.if_else(named, pc.struct_field(first, "logger"), columns["logger"])
    columns["pid_first"] = pc.struct_field(first, "pid")
    told = pa.table({"row": head["row"], "second": head["second"], "fraction": head["fraction"], **columns})
    return told.filter(pc.or_(named, pc.is_valid(second)))


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
