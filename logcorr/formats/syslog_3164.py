"""Syslog as RFC 3164 describes it, stored as it was sent: with its priority.

Real lines::

    <34>Nov 23 10:16:15 shop-prod-2 su: 'su root' failed for greta on /dev/pts/8
    <133>Nov 23 10:16:15 haproxy[73411]: Proxy sticky-servers started.
    <30>2026-11-23T10:16:15.090279+01:00 shop-prod-2 systemd[1]: Reloaded nginx.service.        (rsyslog's forwarding format)
    <189>45: *Nov 23 10:16:15.123: %SYS-5-CONFIG_I: Configured from console by greta
    <34>a sender that gives no time

A length may stand before it (octet counting of RFC 6587). Lines without a priority are ``journal_short``'s and ``journal_short_iso``'s.

Clock: no year and no zone, unless the sender writes one; none where the line has none.
Continuation: lines without a priority.

Grammar: RFC 3164 section 4.1; rsyslog ``RSYSLOG_ForwardFormat``; tags as in ``syslog_tags``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.syslog_tags import BARE_TAILS, ODD_TAILS, TAIL, accept_said, said

PRIORITY: Final = r"^(?:\d{1,6} )?<(?P<pri>\d{1,3})>"
FRACTION: Final = r"(?:[.,](?P<fraction>\d{1,9}))?"
ZONE: Final = r"(?: ?(?P<offset>UTC|GMT|Z|[+-]\d\d:?\d\d))?:? "

#: layout of ``clock.LAYOUTS`` -> its grammar
CLOCKS: Final = {
    "syslog": r"(?:\d{1,10}: )?[*.]?(?P<second>[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d)",
    "month_day_year": r"(?:\d{1,10}: )?[*.]?(?P<second>[A-Z][a-z]{2} {1,2}\d{1,2},? \d{4} \d\d:\d\d:\d\d)",
    "year_syslog": r"(?:\d{1,10}: )?[*.]?(?P<second>\d{4} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d)",
    "iso": r"(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)",
}
#: without a clock: what follows the priority is neither a version nor the kernel's clock
CLOCKLESS: Final = (
    r"(?P<ident>[A-Za-z_][\w./@+-]{0,47})(?:\[(?P<pid>\d{1,10})\])?: (?P<body>.*)$",
    r"(?P<body>[^\d\s\[].*|\[[^\d\s].*)$",
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin with a priority, and have no version."""
    own = pc.fill_null(pc.match_substring_regex(lines, PRIORITY), fill_value=False)
    parts = []
    left = pc.indices_nonzero(own).cast(pa.int32())
    for layout, grammar in CLOCKS.items():
        clock = PRIORITY + grammar + FRACTION + ZONE
        head = accept_said(lines.take(left), clock, (TAIL, *ODD_TAILS, *BARE_TAILS), proved=True)
        stamps = read_clock(head["second"], layout, fraction=head["fraction"], offset=head["offset"])
        parts.append(part(left, head, stamps))
        left = left.filter(pc.invert(pc.is_in(left, parts[-1]["row"].combine_chunks())))
    clocked = pc.match_substring_regex(
        lines.take(left), PRIORITY + "(?:" + "|".join(CLOCKS.values()).replace("?P<second>", "?:") + ")"
    )
    left = left.filter(pc.invert(clocked))  # with a day that is none
    head = accept_said(lines.take(left), PRIORITY, CLOCKLESS, proved=True)
    nothing = pa.nulls(head.num_rows, pa.string())
    parts.append(part(left, head, {**read_clock(nothing, "iso"), "resolution_s": pa.nulls(head.num_rows, pa.float32())}))
    rows = pa.concat_tables([each if at == len(parts) - 1 else dated(each) for at, each in enumerate(parts)])
    return rows.sort_by("row").combine_chunks()


def part(places: pa.Array, head: pa.Table, stamps: dict[str, pa.Array]) -> pa.Table:
    """The columns of lines in one layout; ``places`` are those of all lines that were shown."""
    columns = said(head)
    columns["body"] = pc.utf8_rtrim(columns["body"], "\0")
    return pa.table({"row": places.take(head["row"].combine_chunks()), **stamps, **columns})


def dated(rows: pa.Table) -> pa.Table:
    """Those whose clock is a date."""
    return rows.filter(pc.is_valid(rows["naive_us"]))


FORMAT = LineFormat(
    name="syslog_3164",
    source="syslog",
    family="log",
    writer="journal",
    begins=PRIORITY.replace("?P<pri>", "?:"),
    read=read,
    continues=True,
    samples=(
        Sample(
            "<34>Nov 23 10:16:15 shop-prod-2 su: 'su root' failed for greta on /dev/pts/8",
            {
                "naive_us": 91_361_775_000_000,
                "yearless": True,
                "host_name": "shop-prod-2",
                "service_name": "su",
                "severity_number": 18,
                "body": "'su root' failed for greta on /dev/pts/8",
                "attributes": '{"facility": "auth"}',
            },
        ),
        Sample(
            "<133>Nov 23 10:16:15 haproxy[73411]: Proxy started.",
            {"host_name": None, "service_name": "haproxy", "process_pid": 73411},
        ),
        Sample(
            "<30>2026-11-23T10:16:15.090279+01:00 shop-prod-2 systemd[1]: Reloaded nginx.service.",
            {
                "naive_us": 1_795_428_975_090_279,
                "offset_s": 3600,
                "yearless": False,
                "service_name": "systemd",
                "process_pid": 1,
            },
        ),
        Sample(
            "<189>45: *Nov 23 10:16:15.123: %SYS-5-CONFIG_I: Configured from console by greta",
            {"service_name": "%SYS-5-CONFIG_I", "body": "Configured from console by greta", "severity_number": 10},
        ),
        Sample(
            "<131>Nov  8 11:54:08 master apache_error [php7:emerg] [pid 1374899] rest of message",
            {"host_name": "master", "service_name": "apache_error", "body": "[php7:emerg] [pid 1374899] rest of message"},
        ),
        Sample(
            "<34>a sender that gives no time", {"naive_us": None, "service_name": None, "body": "a sender that gives no time"}
        ),
        Sample("29 <34>Nov 23 10:16:15 kernel: oom", {"service_name": "kernel", "body": "oom"}),
        Sample("<34>Nov 31 10:16:15 shop-prod-2 su: no such day"),
        Sample("<34>1 2026-11-23T10:16:15Z shop-prod-2 su - ID47 - BOM'su root' failed"),
        Sample("<3444>Nov 23 10:16:15 shop-prod-2 su: no priority has four digits"),
        Sample("<6>[    0.000000] Linux version 6.1.0-25-amd64"),
        Sample('{"msg":"<34>Nov 23 10:16:15 shop-prod-2 systemd[1]: Reload failed for nginx.service."}'),
    ),
)
