r"""Reports of Erlang's SASL and error logger: RabbitMQ, ejabberd, CouchDB, Riak.

An event, and lines of later releases::

    =ERROR REPORT==== 23-Nov-2026::10:16:15 ===
    closing AMQP connection <0.812.0> (10.0.0.7:51234 -> 10.0.0.1:5672)
    =INFO REPORT==== 2026-11-23 10:16:15 ===
    =CRASH REPORT==== 23-Nov-2026::10:16:15.090279 UTC ===

Clock: local time without a zone, or ``UTC``. Continuation: all lines up to the next head.

Grammar: https://www.erlang.org/doc/apps/kernel/logger_formatter, ``legacy_header``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.stamps import read_stamps
from logcorr.formats.tokenise import accept, table

LINE: Final = r"^=(?P<kind>[A-Z]+) REPORT==== (?P<stamp>\d[^=]{8,40}?) ===\s*$"
#: supervisors report that a child died, and that it runs
SEVERITY: Final = {
    "DEBUG": 5,
    "INFO": 9,
    "PROGRESS": 9,
    "NOTICE": 10,
    "WARNING": 13,
    "ERROR": 17,
    "CRASH": 17,
    "SUPERVISOR": 17,
}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the heads of reports."""
    head = accept(lines, LINE)
    clock = read_stamps(head["stamp"], ("dashed", "iso"), numbers=False)
    clock.pop("rest")
    kind = head["kind"].combine_chunks()
    return table(
        head["row"],
        {
            **clock,
            "severity_text": kind,
            "severity_number": over_distinct(kind, SEVERITY.get, pa.int8()),
            "body": pc.binary_join_element_wise(kind, "REPORT", " "),
        },
    )


FORMAT = LineFormat(
    name="erlang_report",
    source="erlang_report",
    family="log",
    writer="erlang",
    begins=r"^=[A-Z]+ REPORT====",
    read=read,
    continues=True,
    samples=(
        Sample(
            "=ERROR REPORT==== 23-Nov-2026::10:16:15 ===\nclosing AMQP connection <0.812.0>",
            {
                "naive_us": 1795428975000000,
                "offset_s": None,
                "severity_number": 17,
                "severity_text": "ERROR",
                "body": "ERROR REPORT",
            },
        ),
        Sample("=INFO REPORT==== 2026-11-23 10:16:15 ===\nready", {"severity_number": 9}),
        Sample(
            "=CRASH REPORT==== 23-Nov-2026::10:16:15.090279 UTC ===\n  crasher:", {"offset_s": 0, "naive_us": 1795428975090279}
        ),
        Sample("=ERROR REPORT==== late ==="),
        Sample("ERROR REPORT 23-Nov-2026::10:16:15"),
    ),
)
