"""The journal with seconds since 1970: ``journalctl -o short-unix``.

Real lines::

    1795427096.589598 shop-prod-2 systemd-journald[17]: Journal started
    1795427186.153563 shop-prod-2 php-fpm8.2[1946]: [23-Nov-2026 09:56:26] ERROR: FPM initialization failed

Clock: UTC, always six digits after the point; the moment at which the message was sent.
Continuation: the further lines of a message are indented.

Grammar: systemd ``src/shared/logs-show.c`` (``output_short``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_asides import ASIDES
from logcorr.formats.journal_fields import realtime_clock
from logcorr.formats.syslog_tags import accept_said, said
from logcorr.formats.tokenise import table

CLOCK: Final = r"^(?P<second>\d{1,10})\.(?P<fraction>\d{6}) "


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that journalctl's ``short-unix`` wrote."""
    head = accept_said(lines, CLOCK)
    clock = realtime_clock(pc.binary_join_element_wise(head["second"], head["fraction"], ""))
    return table(head["row"], {**clock, **said(head)})


FORMAT = LineFormat(
    name="journal_unix",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^\d{1,10}\.\d{6} ",
    read=read,
    continues=True,
    indents=True,
    asides=ASIDES,
    samples=(
        Sample(
            "1795427096.589598 shop-prod-2 systemd-journald[17]: Journal started",
            {
                "naive_us": 1_795_427_096_589_598,
                "offset_s": 0,
                "host_name": "shop-prod-2",
                "service_name": "systemd-journald",
                "process_pid": 17,
                "body": "Journal started",
            },
        ),
        Sample(
            "1795427186.153563 shop-prod-2 php-fpm8.2[1946]: [23-Nov-2026 09:56:26] ERROR: FPM initialization failed",
            {"service_name": "php-fpm8.2", "body": "[23-Nov-2026 09:56:26] ERROR: FPM initialization failed"},
        ),
        Sample("1795427096.589 192.0.2.1 GET / HTTP/1.1: 200"),
        Sample("Nov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started"),
        Sample('{"msg":"1795427096.589598 shop-prod-2 systemd[1]: Reload failed for nginx.service."}'),
        Sample("[2026-11-23 09:56:26] production.ERROR: 1795427096.589598 shop-prod-2 systemd[1]: Reloading."),
    ),
)
