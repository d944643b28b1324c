"""The journal with full dates: ``journalctl -o short-full`` and ``-o with-unit``.

Real lines::

    Mon 2026-11-23 09:44:56 UTC shop-prod-2 systemd-journald[17]: Journal started
    Mon 2026-11-23 10:44:56 CET shop-prod-2 php8.2-fpm.service[1946]: [23-Nov-2026 10:44:56] ERROR: FPM initialization failed

Clock: one second; the zone is an abbreviation. Only ``UTC`` and ``GMT`` are an offset, and numbers (``-03``); ``CET``, ``IST``,
``CST`` mean more than one, so that the offset counts as not stated and the name is kept.
Continuation: the further lines of a message are indented.
``with-unit`` writes the unit, or ``unit/user unit``, in place of the identifier; process 1 in ``init.scope`` is the service manager.

Grammar: systemd ``src/shared/logs-show.c`` (``output_short``), ``src/basic/time-util.c`` (``format_timestamp_style``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_asides import ASIDES
from logcorr.formats.syslog_tags import accept_said, said
from logcorr.formats.tokenise import table

CLOCK: Final = (
    r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))? "
    r"(?P<zone>[A-Z][A-Za-z]{1,5}|[+-]\d\d(?::?\d\d)?) "
)

UNIT: Final = r"^(?P<unit>[^/]+\.(?:service|scope|slice|socket|mount|timer|path|target|swap|automount|device))(?:/|$)"

#: where the service manager of a user speaks
MANAGER: Final = r"^user@\d+\.service/init\.scope$"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that journalctl's ``short-full`` or ``with-unit`` wrote."""
    head = accept_said(lines, CLOCK)
    nothing = pa.scalar(None, pa.string())
    clock = read_clock(head["second"], "iso", fraction=head["fraction"], offset=head["zone"])
    clock["zone_name"] = pc.if_else(pc.is_null(clock["offset_s"]), head["zone"], nothing)
    columns = said(head)
    unit = pc.struct_field(pc.extract_regex(head["ident"], UNIT), "unit")
    columns["unit"] = pc.if_else(pc.equal(unit, "init.scope"), nothing, unit)
    own = pc.or_(
        pc.match_substring_regex(head["ident"], MANAGER), pc.and_(pc.equal(unit, "init.scope"), pc.equal(head["pid"], "1"))
    )
    service = pc.replace_substring_regex(unit, r"\.service$", "")
    columns["service_name"] = pc.if_else(pc.fill_null(own, fill_value=False), "systemd", pc.coalesce(service, head["ident"]))
    return table(head["row"], {**clock, **columns})


FORMAT = LineFormat(
    name="journal_full",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-",
    read=read,
    continues=True,
    indents=True,
    asides=ASIDES,
    samples=(
        Sample(
            "Mon 2026-11-23 09:44:56 UTC shop-prod-2 systemd-journald[17]: Journal started",
            {
                "naive_us": 1_795_427_096_000_000,
                "offset_s": 0,
                "service_name": "systemd-journald",
                "process_pid": 17,
                "unit": None,
            },
        ),
        Sample(
            "Mon 2026-11-23 10:44:56 CET shop-prod-2 php8.2-fpm.service[1946]: [23-Nov-2026 10:44:56] ERROR: FPM "
            "initialization failed",
            {"offset_s": None, "host_name": "shop-prod-2", "unit": "php8.2-fpm.service", "process_pid": 1946},
        ),
        Sample(
            "Mon 2026-11-23 10:44:56 CET shop-prod-2 init.scope[1]: Reload failed for nginx.service.",
            {"zone_name": "CET", "service_name": "systemd", "process_pid": 1, "unit": None},
        ),
        Sample("Mon 2026-02-30 09:44:56 UTC shop-prod-2 systemd-journald[17]: Journal started"),
        Sample("Nov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started"),
        Sample('{"msg":"Mon 2026-11-23 09:44:56 UTC shop-prod-2 systemd[1]: Reload failed for nginx.service."}'),
        Sample("[2026-11-23 09:56:26] production.ERROR: Mon 2026-11-23 09:44:56 UTC shop-prod-2 systemd[1]: Reloading."),
    ),
)
