r"""The error log of lighttpd.

Lines::

    2026-11-23 10:16:15: (gw_backend.c.421) establishing connection failed: socket: unix:/run/shop.sock: No such file or directory
    2026-11-23 10:16:15: (mod_fastcgi.c.421) FastCGI-stderr:PHP Warning:  no rate in /srv/pay.php on line 7

Clock: local time without a zone. Continuation: none; what a FastCGI program says is repeated behind the head of each line.

Grammar: https://git.lighttpd.net/lighttpd/lighttpd1.4 ``src/log.c``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import severity_of
from logcorr.formats.tokenise import accept, constant, table

LINE: Final = (
    r"^(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d): (?:server\.c\.\d+: )?\((?P<logger>[\w./-]+\.c)\.(?P<line>\d{1,6})\) ?"
    r"(?:\[(?P<level>emerg|alert|crit|error|warn|notice|info|debug)\] )?(?P<body>.*)$"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines of the server."""
    head = accept(lines, LINE)
    level = head["level"].combine_chunks()
    return table(
        head["row"],
        {
            **read_clock(head["second"].combine_chunks(), "iso"),
            "service_name": constant("lighttpd", head.num_rows),
            "severity_text": level,
            "severity_number": severity_of(level),
            "logger": head["logger"],
            "body": pc.fill_null(head["body"], ""),
        },
    )


FORMAT = LineFormat(
    name="lighttpd_error",
    source="lighttpd_error",
    family="log",
    writer="lighttpd",
    begins=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: (?:server\.c|\()",
    read=read,
    samples=(
        Sample(
            "2026-11-23 10:16:15: (gw_backend.c.421) establishing connection failed: socket: unix:/run/shop.sock",
            {
                "naive_us": 1795428975000000,
                "offset_s": None,
                "service_name": "lighttpd",
                "logger": "gw_backend.c",
                "severity_number": None,
                "body": "establishing connection failed: socket: unix:/run/shop.sock",
            },
        ),
        Sample("2026-11-23 10:16:15: (server.c.1443) [error] no rate", {"severity_number": 17, "body": "no rate"}),
        Sample("2026-11-23 10:16:15: (main) no rate"),
        Sample("2026-11-23 10:16:15 (server.c.1443) no rate"),
    ),
)
