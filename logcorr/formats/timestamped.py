"""Any line that begins with a full date and time: the last resort for logs that no other format reads.

Lines::

    2026-11-23T10:16:15.090279+01:00 worker 3 gave up
    [2026-11-23 10:16:15] [ERROR] no rate for EUR
    2026/11/23 10:16:15 http: panic serving 192.0.2.7:4711: no rate

The rest of the line is the body; of it a level is read, the request that it may name, and a program and its process where they stand
first (``named[812]: ``, ``[pid 812] ``, ``imap-login: ``).

Clock: ``stamps``: with the offset where one stands behind it, or the name of a zone, else without.
Continuation: lines without a stamp.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.message_head import read_heads
from logcorr.formats.request_words import request_of
from logcorr.formats.stamps import BEGINS, read_stamps
from logcorr.formats.tokenise import blank_as_null, to_int

WHO: Final = (
    r"^(?:(?P<program>[A-Za-z][\w./-]{0,60})(?:\([\w-]{1,40}\))?\[(?P<process>\d{1,10})\]:|"
    r"\[(?:pid (?P<pid>\d{1,10})|(?P<number>\d{2,10}))\](?:[\s:]|$)|(?P<name>[a-z][\w]{0,40}[.-][\w.-]{1,40}): )"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin with a date and time."""
    clock = read_stamps(lines)
    rest = clock.pop("rest")
    head = read_heads(rest)
    body = pc.fill_null(pc.utf8_ltrim(pc.replace_substring_regex(rest, r"^[\])>\"']+", ""), " \t:,;|-"), "")
    who = pc.extract_regex(body, WHO)
    columns = {
        **clock,
        "logger": pc.coalesce(*[blank_as_null(pc.struct_field(who, name)) for name in ("program", "name")]),
        "process_pid": to_int(
            pc.coalesce(*[blank_as_null(pc.struct_field(who, name)) for name in ("process", "pid", "number")])
        ),
        "severity_text": head["severity_text"],
        "severity_number": head["severity_number"],
        "body": body,
        **request_of(body),
    }
    rows = pa.array(np.arange(len(lines)), pa.int32())
    return pa.table({"row": rows, **columns}).filter(pc.is_valid(clock["naive_us"]))


FORMAT = LineFormat(
    name="timestamped",
    source="app_text",
    family="log",
    writer="application",
    begins=BEGINS,
    read=read,
    continues=True,
    fallback=True,
    samples=(
        Sample(
            "2026-11-23T10:16:15.090279+01:00 worker 3 gave up",
            {
                "naive_us": 1795428975090279,
                "offset_s": 3600,
                "body": "worker 3 gave up",
                "severity_number": None,
                "process_pid": None,
                "logger": None,
            },
        ),
        Sample(
            "[2026-11-23 10:16:15] no rate for EUR",
            {"naive_us": 1795428975000000, "offset_s": None, "body": "no rate for EUR", "severity_number": None},
        ),
        Sample("(Mon Nov 23 10:16:15 2026) no rate", {"naive_us": 1795428975000000, "body": "no rate"}),
        Sample("Mon Nov 23 10:16:15 2026 [pid 812] FAIL LOGIN", {"process_pid": 812, "body": "[pid 812] FAIL LOGIN"}),
        Sample("@400000006922e0fa3b6e1a8c imap-login: gave up", {"logger": "imap-login"}),
        Sample("[CET Nov 23 10:16:15] monit started", {"zone_name": "CET", "yearless": True}),
        Sample("Nov-23-26 10:16:15 [Worker_1] no rate", {"naive_us": 1795428975000000}),
        Sample("2026:11:23-10:16:15: no rate", {"naive_us": 1795428975000000}),
        Sample("23/11/2026 10:16:15 no rate", {"naive_us": 1795428975000000, "resolution_s": 1.0}),
        Sample("03/04/2026 10:16:15 no rate", {"naive_us": 1772619375000000, "resolution_s": 2592001.0}),
        Sample("août 19 11:08:37 nlaptop no rate", {"yearless": True}),
        Sample("[2026-11-23 10:16] [ALPM] upgraded nginx", {"resolution_s": 60.0}),
        Sample("23/Nov/2026:10:16:15 +0000 late", {"offset_s": 0}),
        Sample("[23-Nov-2026 10:16:15.5] late", {"body": "late"}),
        Sample("2026-11-23 10:16:15 CET late", {"offset_s": None, "zone_name": "CET"}),
        Sample("Nov 23, 2026 10:16:15 PM it is late", {"naive_us": 1795472175000000}),
        Sample("@400000006922e0fa3b6e1a8c status: 5/30", {"offset_s": 0, "body": "status: 5/30"}),
        Sample("worker 3 gave up at 2026-11-23T10:16:15"),
        Sample("2026-11-23 the day it began"),
        Sample("2026-02-30 10:16:15 no such day"),
        Sample("the worker gave up on Nov 23 10:16:15"),
    ),
)
