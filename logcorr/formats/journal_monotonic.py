"""The journal with the time since the boot: ``journalctl -o short-monotonic`` and ``-o short-delta``.

Real lines::

    [ 1464.736799] shop-prod-2 systemd-journald[17]: Journal started
    [ 2154.118095 <    0.000154 >] shop-prod-2 systemd[1]: Reload failed for php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.
    [    3.798085 <   71.330200*>] shop-prod-2 kernel: Linux version 6.1.0-25-amd64

Clock: none. The seconds since the boot are kept in ``attributes`` as ``monotonic_s``; the heading of a boot tells since which.
Lines without a difference that name no process and not the kernel are the kernel's own (``dmesg``).
Continuation: the further lines of a message are indented.

Grammar: systemd ``src/shared/logs-show.c`` (``output_timestamp_monotonic``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.dmesg import is_journals
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_asides import ASIDES
from logcorr.formats.syslog_tags import ODD_TAILS, TAIL, accept_said, monotonic_attribute, said

CLOCK: Final = r"^\[ *(?P<monotonic>\d{1,10}\.\d{6})(?P<delta> {16}| < *\d{1,10}\.\d{6}[ *]>)?\] "


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that journalctl's ``short-monotonic`` or ``short-delta`` wrote."""
    head = accept_said(lines, CLOCK, (TAIL, ODD_TAILS[2]))
    head = head.filter(pc.or_(pc.is_valid(head["delta"]), is_journals(lines.take(head["row"].combine_chunks()))))
    count = head.num_rows
    columns = {
        "row": head["row"],
        "naive_us": pa.nulls(count, pa.int64()),
        "offset_s": pa.nulls(count, pa.int32()),
        "resolution_s": pa.nulls(count, pa.float32()),
        "yearless": pa.repeat(pa.scalar(value=False), count),
        **said(head),
        "attributes": monotonic_attribute(head["monotonic"]),
    }
    return pa.table(columns)


FORMAT = LineFormat(
    name="journal_monotonic",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^\[ *\d{1,10}\.\d{6}[ \]]",
    read=read,
    continues=True,
    indents=True,
    asides=ASIDES,
    samples=(
        Sample(
            "[ 1464.736799] shop-prod-2 systemd-journald[17]: Journal started",
            {
                "naive_us": None,
                "host_name": "shop-prod-2",
                "service_name": "systemd-journald",
                "process_pid": 17,
                "body": "Journal started",
                "attributes": '{"monotonic_s": 1464.736799}',
            },
        ),
        Sample(
            "[ 2154.118095 <    0.000154 >] shop-prod-2 systemd[1]: Reload failed for php8.2-fpm.service.",
            {"service_name": "systemd", "attributes": '{"monotonic_s": 2154.118095}'},
        ),
        Sample(
            "[    3.798085                ] systemd[1]: Reloading.",
            {"host_name": None, "service_name": "systemd", "process_pid": 1, "body": "Reloading."},
        ),
        Sample(
            "[    3.798085 <   71.330200*>] shop-prod-2 kernel: Linux version 6.1.0-25-amd64",
            {"service_name": "kernel", "body": "Linux version 6.1.0-25-amd64"},
        ),
        Sample("[ 1464.736799] nginx[4711]: reopening logs", {"host_name": None, "service_name": "nginx", "process_pid": 4711}),
        Sample("[ 8211.220113] nginx[4711]: segfault at 0 ip 000055d0c0ffee00 sp 00007ffd0badf00d error 4 in nginx"),
        Sample("[    3.798085] usb 1-1: New USB device found, idVendor=1d6b"),
        Sample("[    3.798085] systemd[1]: Inserted module 'autofs4'"),
        Sample("[1464.736] shop-prod-2 systemd-journald[17]: Journal started"),
        Sample("-- Boot 145468c7c1284b1cba3344ceb9d21910 --"),
        Sample('{"msg":"[ 1464.736799] shop-prod-2 systemd[1]: Reload failed for nginx.service."}'),
    ),
)
