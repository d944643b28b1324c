r"""The log of BIND's name server, written to a file.

Lines::

    23-Nov-2026 10:16:15.090 queries: info: client @0x7f 192.0.2.7#51234 (shop.example): query: shop.example IN A + (10.0.0.1)
    23-Nov-2026 10:16:15.090 lame-servers: info: connection refused resolving 'shop.example/A/IN': 192.0.2.53#53
    2026-11-23T10:16:15.090Z general: error: zone shop.example/IN: loading from master file failed

Clock: local time without a zone, or ISO text with ``Z``. Continuation: none.

Grammar: https://bind9.readthedocs.io/en/latest/reference.html#logging-block-grammar (``print-time``, ``print-category``,
``print-severity``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import severity_of
from logcorr.formats.stamps import read_stamps
from logcorr.formats.tokenise import accept, constant, table

_STAMP: Final = r"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d\.\d{3}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z?"
LINE: Final = (
    r"^(?P<stamp>"
    + _STAMP
    + r") (?:(?P<logger>[a-z][a-z0-9-]{2,30}): )?(?P<level>critical|error|warning|notice|info|debug)(?: \d{1,3})?: "
    r"(?P<body>.*)$"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines of the server."""
    head = accept(lines, LINE)
    clock = read_stamps(head["stamp"], ("dashed", "iso"), numbers=False)
    clock.pop("rest")
    level = head["level"].combine_chunks()
    return table(
        head["row"],
        {
            **clock,
            "service_name": constant("named", head.num_rows),
            "severity_text": level,
            "severity_number": severity_of(level),
            "logger": head["logger"],
            "body": pc.fill_null(head["body"], ""),
        },
    )


FORMAT = LineFormat(
    name="named",
    source="named",
    family="log",
    writer="named",
    begins=r"^\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d\.\d{3} [a-z]|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z? [a-z][a-z0-9 -]+: ",
    read=read,
    samples=(
        Sample(
            "23-Nov-2026 10:16:15.090 queries: info: client @0x7f 192.0.2.7#51234 (shop.example): query: shop.example IN A",
            {
                "naive_us": 1795428975090000,
                "offset_s": None,
                "service_name": "named",
                "logger": "queries",
                "severity_text": "info",
                "severity_number": 9,
                "body": "client @0x7f 192.0.2.7#51234 (shop.example): query: shop.example IN A",
            },
        ),
        Sample(
            "2026-11-23T10:16:15.090Z general: error: zone shop.example/IN: loading failed",
            {"offset_s": 0, "severity_number": 17},
        ),
        Sample("23-Nov-2026 10:16:15.090 resolver: debug 3: no rate", {"severity_number": 5}),
        Sample("23-Nov-2026 10:16:15.090 queries: no rate"),
        Sample("23-Nov-2026 10:16:15 queries: info: no rate"),
    ),
)
