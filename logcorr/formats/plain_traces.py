"""Stack traces among lines that carry no time: what an application prints to its standard output and error.

Real lines, of Python and of Go::

    Traceback (most recent call last):
      File "/srv/pay.py", line 7, in pay
        return rates[code]
    KeyError: 'EUR'

A trace is one event, without a time, whatever stands before and behind it; in a log whose lines carry times it is none by itself, it
continues the line that it follows.

Clock: none. Continuation: the lines of the trace.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.stamps import BEGINS
from logcorr.formats.tokenise import constant
from logcorr.formats.trace_lines import trace_spans

#: OpenTelemetry's ERROR
ERROR: Final = 17


def columns_of(heads: pa.Array) -> dict[str, pa.Array]:
    """The columns of events of which these are the first lines."""
    return {
        "severity_text": constant(None, len(heads)),
        "severity_number": pa.repeat(pa.scalar(ERROR, pa.int8()), len(heads)),
        "body": pc.fill_null(heads, ""),
    }


def read(lines: pa.Array) -> pa.Table:
    """The first line of each trace; those that begin with a time are of other formats."""
    rows = pa.array([first for first, _ in trace_spans(lines)], pa.int32())
    heads = lines.take(rows)
    timed = pc.match_substring_regex(heads, BEGINS)
    return pa.table({"row": rows, **columns_of(heads)}).filter(pc.invert(timed))


FORMAT = LineFormat(
    name="stack_trace",
    source="app_text",
    family="log",
    writer="application",
    read=read,
    continues=True,
    plain=True,
    samples=(
        Sample(
            "Traceback (most recent call last):\n  File \"/srv/pay.py\", line 7, in pay\n    return rates[code]\nKeyError: 'EUR'",
            {"body": "Traceback (most recent call last):", "severity_number": 17, "severity_text": None},
        ),
        Sample("panic: no rate\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:4 +0x25", {"body": "panic: no rate"}),
        Sample(
            "java.lang.IllegalStateException: no rate\n\tat com.example.Rates.get(Rates.java:42)\n\t... 3 more",
            {"body": "java.lang.IllegalStateException: no rate"},
        ),
        Sample("the rates are gone\nfor ever"),
        Sample("2026-11-23 04:56:22,326 ERROR invoices: no rate"),
    ),
)
