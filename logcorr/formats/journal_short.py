"""The journal as ``journalctl`` prints it by default (``short``, ``short-precise``), and traditional syslog files.

Real lines::

    Nov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started
    Nov 23 12:10:53.872330 feed-node-3 systemd-journald[17]: Journal started
    Nov 23 09:56:26.156764 systemd[1]: php8.2-fpm.service: Control process exited, code=exited, status=70/SOFTWARE

Clock: no year, no zone (that of whoever ran ``journalctl``, the server's in syslog files); one second, or a microsecond.
The moment at which the message was sent; in ``journalctl`` it may run backwards by some milliseconds.
Continuation: ``journalctl`` indents the further lines of a message to where the first began; ``-x`` adds lines with ``░░``.
Lines without an event: ``-- Boot 145468c7... --``, ``-- Journal begins at ... --``, ``-- No entries --``. They are refused.

Grammar: systemd ``src/shared/logs-show.c`` (``output_short``); rsyslog ``RSYSLOG_TraditionalFileFormat``; RFC 3164 section 4.1.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, table, to_int

#: what follows the clock in all of journalctl's short modes and in syslog files; ``--no-hostname`` leaves out the host
TAIL: Final = (
    r"(?:(?P<host>[^\s\[\]\"'={}]*[^\s\[\]\"'={}:,]) )?(?P<ident>[^\s\"'={}]+?)(?:\[(?P<pid>\d{1,10})\])?:(?: (?P<body>.*))?$"
)

#: where these stand in place of the host, an application wrote the line: ``2026-11-23T10:55:00+00:00 INFO main: started``
LEVELS: Final = pa.array(
    [
        "trace",
        "debug",
        "info",
        "notice",
        "warn",
        "warning",
        "error",
        "err",
        "crit",
        "critical",
        "alert",
        "emerg",
        "fatal",
        "panic",
    ]
)

LINE: Final = r"^(?P<second>[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))? " + TAIL


def accept_said(lines: pa.Array, pattern: str) -> pa.Table:
    """The lines that ``pattern``, which ends in ``TAIL``, matches, and that name a host, a process or the kernel."""
    head = accept(lines, pattern)
    named = pc.or_(pc.or_(pc.is_valid(head["host"]), pc.is_valid(head["pid"])), pc.equal(head["ident"], "kernel"))
    level = pc.is_in(pc.utf8_lower(pc.coalesce(head["host"], head["ident"])), LEVELS)
    return head.filter(pc.and_not(named, level))


def said(head: pa.Table) -> dict[str, pa.Array]:
    """The columns of what ``TAIL`` captured."""
    return {
        "host_name": head["host"],
        "service_name": head["ident"],
        "process_pid": to_int(head["pid"]),
        "body": pc.fill_null(head["body"], ""),
    }


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that journalctl's ``short`` or a traditional syslog wrote."""
    head = accept_said(lines, LINE)
    return table(head["row"], {**read_clock(head["second"], "syslog", fraction=head["fraction"]), **said(head)})


FORMAT = LineFormat(
    name="journal",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:",
    read=read,
    continues=True,
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
        Sample("-- Boot 145468c7c1284b1cba3344ceb9d21910 --"),
        Sample("Nov 31 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("2026-11-23T04:55:03-0500 billing-app-1 systemd-journald[17]: Journal started"),
        Sample('{"message":"x","said":"Nov 23 10:55:00 shop-prod-2 systemd[1]: Reload failed for nginx.service."}'),
        Sample(
            "[2026-11-23 09:56:26] production.ERROR: Nov 23 10:55:00 shop-prod-2 systemd[1]: Reload failed for nginx.service."
        ),
    ),
)
