r"""``java.util.logging`` as it is without a configuration: two lines a record.

Lines::

    Nov 23, 2026 10:16:15 AM com.example.Pay run
    SEVERE: no rate
    java.lang.IllegalStateException: no rate
            at com.example.Pay.run(Pay.java:42)

Clock: local time, no zone, one second; twelve hours where the language is English, else ``23 Nov 2026 10:16:15``.
Continuation: the level with the message, the trace.

Grammar: https://docs.oracle.com/en/java/javase/21/docs/api/java.logging/java/util/logging/SimpleFormatter.html
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import severity_of
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.stamps import read_stamps
from logcorr.formats.tokenise import accept, blank_as_null

HEAD: Final = (
    r"^(?P<stamp>[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d\s?[AP]M) "
    r"(?P<logger>[A-Za-z_$][\w$]*(?:\.[\w$]+)+)(?: (?P<method>[\w$<>]+))?$"
)
LEVEL: Final = r"^[^\n]*\n(?P<level>SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): (?P<message>[^\n]*)"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin a record."""
    head = accept(lines, HEAD)
    stamp = pc.replace_substring(head["stamp"], "\u202f", " ")
    clock = read_stamps(stamp, ("month_day_year",), numbers=False)
    clock.pop("rest")
    body = pc.binary_join_element_wise(head["logger"], head["method"], " ", null_handling="skip")
    table = pa.table({"row": head["row"], **clock, "logger": head["logger"], "body": body})
    return table.filter(pc.is_valid(table["naive_us"]))


def whole(bodies: pa.Array) -> dict[str, pa.Array]:
    """The level, the message and the exception of whole records."""
    found = pc.extract_regex(bodies, LEVEL)
    level = blank_as_null(pc.struct_field(found, "level"))
    return {"severity_text": level, "severity_number": severity_of(level), **exceptions_of(bodies)}


FORMAT = LineFormat(
    name="java_logging",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^[A-Z][a-z]{2} \d{1,2}, \d{4}",
    read=read,
    continues=True,
    whole=whole,
    samples=(
        Sample(
            "Nov 23, 2026 10:16:15 AM com.example.Pay run\nSEVERE: no rate",
            {"naive_us": 1795428975000000, "offset_s": None, "logger": "com.example.Pay", "body": "com.example.Pay run"},
        ),
        Sample("Nov 23, 2026 10:16:15 PM com.example.Pay <init>\nINFO: paid", {"naive_us": 1795472175000000}),
        Sample("Nov 23, 2026 10:16:15 AM the worker gave up"),
        Sample("SEVERE: no rate"),
    ),
)
