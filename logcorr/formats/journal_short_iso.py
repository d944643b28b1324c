"""The journal with ISO dates (``journalctl -o short-iso``, ``short-iso-precise``), and rsyslog's files.

Real lines::

    2026-11-23T04:55:03-0500 billing-app-1 systemd-journald[17]: Journal started
    2026-11-23T10:55:00.213828+01:00 shop-prod-2 systemd[1]: Finished systemd-sysusers.service - Create System Users.
    2026-11-23T10:56:25.771639+01:00 shop-prod-2 deploy-shop: release 2026-11-23_1 (9f3c1ab): syncing

``journalctl`` and rsyslog write the same shape, so that this is one grammar: the offset is ``-0500`` in older releases of
systemd, ``-05:00`` in newer ones and in rsyslog, or ``Z``.

Clock: with its offset; one second, or a microsecond. The moment at which the message was sent.
Continuation: ``journalctl`` indents the further lines of a message; rsyslog writes ``#012`` for the end of a line.

Grammar: systemd ``src/shared/logs-show.c`` (``output_short``); rsyslog ``RSYSLOG_FileFormat``; RFC 3339.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_asides import ASIDES
from logcorr.formats.syslog_tags import accept_said, said
from logcorr.formats.tokenise import table

CLOCK: Final = (
    r"^(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<offset>[+-]\d\d:?\d\d|Z) "
)  # fmt: skip


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that journalctl's ``short-iso`` or rsyslog wrote."""
    head = accept_said(lines, CLOCK)
    clock = read_clock(head["second"], "iso", fraction=head["fraction"], offset=head["offset"])
    return table(head["row"], {**clock, **said(head)})


FORMAT = LineFormat(
    name="journal_iso",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^\d{4}-\d\d-\d\dT",
    read=read,
    continues=True,
    indents=True,
    asides=ASIDES,
    samples=(
        Sample(
            "2026-11-23T04:55:03-0500 billing-app-1 systemd-journald[17]: Journal started",
            {
                "offset_s": -18_000,
                "yearless": False,
                "resolution_s": 1.0,
                "host_name": "billing-app-1",
                "service_name": "systemd-journald",
                "process_pid": 17,
                "body": "Journal started",
            },
        ),
        Sample(
            "2026-11-23T10:55:00.213828+01:00 shop-prod-2 systemd[1]: Finished systemd-sysusers.service - Create System Users.",
            {"naive_us": 1_795_431_300_213_828, "offset_s": 3600, "service_name": "systemd", "process_pid": 1},
        ),
        Sample(
            "2026-11-23T10:56:25.771639+01:00 shop-prod-2 deploy-shop: release 2026-11-23_1 (9f3c1ab): syncing",
            {"service_name": "deploy-shop", "process_pid": None, "body": "release 2026-11-23_1 (9f3c1ab): syncing"},
        ),
        Sample("Nov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started"),
        Sample("2026-11-23T10:55:00+00:00 ERROR app.checkout: shop-prod-2 systemd[1]: Reload failed for nginx.service."),
        Sample('{"time":"2026-11-23T10:55:00+00:00","msg":"2026-11-23T04:55:03-0500 billing-app-1 systemd[1]: Reloading."}'),
        Sample("[2026-11-23T10:55:00.213828+01:00] production.ERROR: systemd[1]: Reload failed for nginx.service."),
    ),
)
