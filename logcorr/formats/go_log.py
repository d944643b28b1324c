"""Go's package ``log``, as most small servers use it.

Real lines::

    2026/11/23 10:16:15 listening on :8080
    2026/11/23 10:16:15.090279 main.go:23: no rate
    2026/11/23 10:16:15 http: panic serving 192.0.2.7:4711: no rate

Clock: local time, no zone, one second or a microsecond. There is no level; panics are errors.
Continuation: goroutines of a panic, further lines of a message.

Grammar: https://pkg.go.dev/log (``LstdFlags``, ``Lmicroseconds``, ``Lshortfile``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.message_head import read_heads
from logcorr.formats.request_words import request_of
from logcorr.formats.tokenise import accept, table

HEAD: Final = (
    r"^(?P<second>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{6}))? (?:(?P<file>[\w./-]{1,200}\.go):\d{1,7}: )?"
    r"(?P<body>[^\s\[|+Z-].*)$"
)
PANIC: Final = r"^(?:http: |runtime )?(?:panic|fatal error)\b"
ERROR: Final = 17


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that Go stamped and that name no level; those with one are of others."""
    head = accept(lines, HEAD)
    body = pc.fill_null(head["body"], "").combine_chunks()
    levelled = pc.is_valid(read_heads(body)["severity_text"])
    panics = pc.match_substring_regex(body, PANIC)
    columns = {
        **read_clock(head["second"], "slash", fraction=head["fraction"]),
        "severity_number": pc.if_else(panics, pa.scalar(ERROR, pa.int8()), pa.scalar(None, pa.int8())),
        "logger": head["file"],
        "body": body,
        **request_of(body),
    }
    columns["naive_us"] = pc.if_else(pc.and_(levelled, pc.invert(panics)), pa.scalar(None, pa.int64()), columns["naive_us"])
    return table(head["row"], columns)


FORMAT = LineFormat(
    name="go_log",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d",
    read=read,
    continues=True,
    samples=(
        Sample(
            "2026/11/23 10:16:15 listening on :8080",
            {"naive_us": 1795428975000000, "offset_s": None, "resolution_s": 1.0, "body": "listening on :8080", "logger": None},
        ),
        Sample(
            "2026/11/23 10:16:15.090279 main.go:23: no rate", {"logger": "main.go", "body": "no rate", "resolution_s": 1e-6}
        ),
        Sample(
            "2026/11/23 10:16:15 http: panic serving 192.0.2.7:4711: no rate\ngoroutine 24 [running]:\n"
            "net/http.(*conn).serve.func1(0xc00007eaa0)\n\t/usr/lib/go/src/net/http/server.go:1746 +0xd0",
            {"severity_number": 17},
        ),
        Sample("2026/11/23 10:56:26 [error] 76#76: *4868 no live upstreams"),
        Sample("2026/11/23 10:16:15 INFO no rate"),
        Sample("2026/11/23 no rate"),
    ),
)
