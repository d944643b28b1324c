"""Any line that begins with a full date and time: the last resort for logs that no other format reads.

Lines::

    2026-11-23T10:16:15.090279+01:00 worker 3 gave up
    [2026-11-23 10:16:15] [ERROR] no rate for EUR
    2026/11/23 10:16:15 http: panic serving 192.0.2.7:4711: no rate

The rest of the line is the body; of it only a level that stands first is read, and the request that it may name.

Clock: with the offset where one stands behind it, else without a zone; names of zones stay in the body.
Continuation: lines without a stamp.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import request_of, severity_of
from logcorr.formats.tokenise import accept, table

#: layout of ``clock.LAYOUTS`` -> its grammar
SECONDS: Final = {
    "iso": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d",
    "slash": r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d",
    "dashed": r"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d",
    "clf": r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d",
}
TAIL: Final = (
    r"(?:[.,](?P<fraction>\d{1,9}))?(?: ?(?P<offset>Z|UTC|GMT|[+-]\d\d:?\d\d))?"
    r"(?:[\])>]?[\s:,;|-]+(?P<body>.*)|[\])>](?P<closed>.*)|)$"
)

LEVEL: Final = (
    r"^[\s\[(<|-]*(?P<level>(?i:trace|debug|info|notice|warn|warning|error|err|severe|critical|crit|alert|fatal|emergency|panic))"
    r"[\])>:|,\s-]"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin with a date and time."""
    parts = [read_layout(lines, layout) for layout in SECONDS]
    return pa.concat_tables(parts).sort_by("row")


def read_layout(lines: pa.Array, layout: str) -> pa.Table:
    """Columns of the lines whose clock is written in ``layout``."""
    head = accept(lines, r"^\s*[\[(<]?(?P<second>" + SECONDS[layout] + ")" + TAIL)
    body = pc.fill_null(pc.coalesce(head["body"], head["closed"]), "").combine_chunks()
    level = pc.struct_field(pc.extract_regex(body, LEVEL), "level")
    return table(
        head["row"],
        {
            **read_clock(head["second"], layout, fraction=head["fraction"], offset=head["offset"]),
            "severity_text": level,
            "severity_number": severity_of(level),
            "body": body,
            **request_of(body),
        },
    )


FORMAT = LineFormat(
    name="timestamped",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^\s*[\[(<]?\d\d",
    read=read,
    continues=True,
    fallback=True,
    samples=(
        Sample(
            "2026-11-23T10:16:15.090279+01:00 worker 3 gave up",
            {"naive_us": 1795428975090279, "offset_s": 3600, "body": "worker 3 gave up", "severity_number": None},
        ),
        Sample(
            "[2026-11-23 10:16:15] [ERROR] no rate for EUR",
            {"naive_us": 1795428975000000, "offset_s": None, "body": "[ERROR] no rate for EUR", "severity_number": 17},
        ),
        Sample("2026/11/23 10:16:15 http: panic serving 192.0.2.7:4711: no rate", {"resolution_s": 1.0, "severity_text": None}),
        Sample("23/Nov/2026:10:16:15 +0000 warning: late", {"offset_s": 0, "severity_number": 13}),
        Sample("[23-Nov-2026 10:16:15.5] late", {"body": "late"}),
        Sample("worker 3 gave up at 2026-11-23T10:16:15"),
        Sample("2026-11-23 the day it began"),
        Sample("2026-02-30 10:16:15 no such day"),
        Sample("Nov 23 10:16:15 web app[7]: no rate"),
    ),
)
