"""The journal as ``journalctl`` prints it by default (``short``, ``short-precise``), and traditional syslog files.

Real lines::

    Nov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started
    Nov 23 12:10:53.872330 feed-node-3 systemd-journald[17]: Journal started
    Nov 23 09:56:26.156764 systemd[1]: php8.2-fpm.service: Control process exited, code=exited, status=70/SOFTWARE

Clock: no year; the month in the language of whoever ran ``journalctl``, and no zone (theirs, in syslog files the server's); one second,
or a microsecond. The moment at which the message was sent; in ``journalctl`` it may run backwards by some milliseconds.
Continuation: ``journalctl`` indents the further lines of a message to where the first began.
Lines without an event: ``-- Boot 145468c7... --``, ``-- Journal begins at ... --`` and their like; see ``journal_asides``.

Grammar: systemd ``src/shared/logs-show.c`` (``output_short``); rsyslog ``RSYSLOG_TraditionalFileFormat``; RFC 3164 section 4.1.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from logcorr.formats.clock import in_english, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_asides import ASIDES
from logcorr.formats.syslog_tags import accept_said, said
from logcorr.formats.tokenise import table

CLOCK: Final = r"^(?P<second>(?:[A-Z][a-z]{2}|\pL{3,5}\.?) {1,2}\d{1,2} \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))? "
#: the same where the month is in English
ENGLISH: Final = r"^(?P<second>[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))? "


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that journalctl's ``short`` or a traditional syslog wrote."""
    head = accept_said(lines, CLOCK, usual=ENGLISH)
    return table(head["row"], {**read_clock(in_english(head["second"]), "syslog", fraction=head["fraction"]), **said(head)})


FORMAT = LineFormat(
    name="journal",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^\pL{3,5}\.? {1,2}\d{1,2} \d\d:",
    read=read,
    continues=True,
    indents=True,
    asides=ASIDES,
    samples=(
        Sample(
            "Nov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started",
            {
                "yearless": True,
                "offset_s": None,
                "resolution_s": 1.0,
                "host_name": "shop-prod-2",
                "service_name": "systemd-journald",
                "process_pid": 17,
                "body": "Journal started",
            },
        ),
        Sample(
            "Nov 23 12:10:53.872330 feed-node-3 systemd-journald[17]: Journal started",
            {"naive_us": 91_368_653_872_330, "host_name": "feed-node-3", "process_pid": 17},
        ),
        Sample(
            "Nov 23 09:56:26.153563 php-fpm8.2[1946]: [23-Nov-2026 09:56:26] ERROR: FPM initialization failed",
            {
                "host_name": None,
                "service_name": "php-fpm8.2",
                "process_pid": 1946,
                "body": "[23-Nov-2026 09:56:26] ERROR: FPM initialization failed",
            },
        ),
        Sample(
            "Nov  3 04:05:06 shop-prod-2 kernel: Out of memory: Killed process 4711 (node)",
            {"service_name": "kernel", "process_pid": None, "body": "Out of memory: Killed process 4711 (node)"},
        ),
        Sample("août 19 11:08:37 nlaptop sshd[4961]: test", {"naive_us": 83_070_517_000_000, "host_name": "nlaptop"}),
        Sample("Okt  3 11:08:37 nlaptop kernel: test", {"naive_us": 86_958_517_000_000, "service_name": "kernel"}),
        Sample("Moon  3 11:08:37 nlaptop kernel: no month"),
        Sample("-- Boot 145468c7c1284b1cba3344ceb9d21910 --"),
        Sample("Nov 31 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("2026-11-23T04:55:03-0500 billing-app-1 systemd-journald[17]: Journal started"),
        Sample('{"message":"x","said":"Nov 23 10:55:00 shop-prod-2 systemd[1]: Reload failed for nginx.service."}'),
        Sample(
            "[2026-11-23 09:56:26] production.ERROR: Nov 23 10:55:00 shop-prod-2 systemd[1]: Reload failed for nginx.service."
        ),
    ),
)
