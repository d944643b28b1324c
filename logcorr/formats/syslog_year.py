"""Syslog files whose stamps name the year.

Real lines::

    Nov 23 2026 09:24:46 mac-7 screensharingd[1170]: Authentication: SUCCEEDED :: User Name: greta
    2026 Nov 23 10:16:15 shop-prod-2 systemd[1]: Reloaded nginx.service.

Clock: no zone (the server's); one second, or what stands behind a point.
Continuation: lines without a stamp.

Grammar: Cisco's ``service timestamps log datetime year``; syslog-ng and rsyslog templates; tags as in ``syslog_tags``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_asides import ASIDES
from logcorr.formats.syslog_tags import accept_said, said
from logcorr.formats.tokenise import table

#: layout of ``clock.LAYOUTS`` -> its grammar
CLOCKS: Final = {
    "month_day_year": r"^(?P<second>[A-Z][a-z]{2} {1,2}\d{1,2} \d{4} \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))? ",
    "year_syslog": r"^(?P<second>\d{4} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))? ",
}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin with such a stamp."""
    parts = []
    for layout, clock in CLOCKS.items():
        head = accept_said(lines, clock)
        parts.append(table(head["row"], {**read_clock(head["second"], layout, fraction=head["fraction"]), **said(head)}))
    return pa.concat_tables(parts).sort_by("row").combine_chunks()


FORMAT = LineFormat(
    name="syslog_year",
    source="syslog",
    family="log",
    writer="journal",
    begins=r"^(?:[A-Z][a-z]{2} {1,2}\d{1,2} \d{4}|\d{4} [A-Z][a-z]{2} {1,2}\d{1,2}) \d\d:",
    read=read,
    continues=True,
    indents=True,
    asides=ASIDES,
    samples=(
        Sample(
            "Nov 23 2026 09:24:46 mac-7 screensharingd[1170]: Authentication: SUCCEEDED",
            {
                "naive_us": 1_795_425_886_000_000,
                "yearless": False,
                "offset_s": None,
                "host_name": "mac-7",
                "service_name": "screensharingd",
                "process_pid": 1170,
                "body": "Authentication: SUCCEEDED",
            },
        ),
        Sample(
            "2026 Nov 23 10:16:15.25 shop-prod-2 systemd[1]: Reloaded nginx.service.",
            {"naive_us": 1_795_428_975_250_000, "service_name": "systemd", "process_pid": 1},
        ),
        Sample("Nov 31 2026 09:24:46 mac-7 screensharingd[1170]: no such day"),
        Sample("Nov 23 09:24:46 mac-7 screensharingd[1170]: no year"),
        Sample("Nov 23 2026 09:24:46 ERROR main: no host"),
        Sample('{"msg":"Nov 23 2026 09:24:46 shop-prod-2 systemd[1]: Reload failed for nginx.service."}'),
    ),
)
