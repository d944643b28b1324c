"""The journal with all fields of its entries: ``journalctl -o verbose``.

Real lines (shortened)::

    Mon 2026-11-23 10:55:00.068516 CET [s=6902c9c5;i=26;b=e47db57eced3495c80eefa0343a3de50;m=b4235778;t=660eecf253324;x=e5833396e8ad63cb]
        UNIT=feed.service
        MESSAGE=Started feed.service - Feed API.
        _HOSTNAME=feed-node-3
    Mon 2026-11-23 10:55:01.731203 CET [s=6902c9c5;i=27;b=e47db57eced3495c80eefa0343a3de50;m=b43cb2f1;t=660eecf3e9103;x=b1a0]
        MESSAGE=Traceback (most recent call last):
                  File "/srv/app.py", line 1
        _PID=1946

Values that are no printable text are shown as ``[12B blob data]``.

Clock: that of the cursor and of ``_SOURCE_REALTIME_TIMESTAMP``, both microseconds in UTC; the date before it names its zone by an
abbreviation only.
Continuation: the fields, indented by four; further lines of a value stand below its first one.

Grammar: systemd ``src/shared/logs-show.c`` (``output_verbose``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_asides import ASIDES
from logcorr.formats.journal_fields import FIELDS, columns_of, realtime
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.tokenise import accept, blank_as_null, table

LINE: Final = (
    r"^(?:[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \S{1,6}|\(no timestamp\)) "
    r"\[s=[0-9a-f]{1,32};i=[0-9a-f]+;b=(?P<boot>[0-9a-f]{1,32});m=[0-9a-f]+;t=(?P<time>[0-9a-f]{1,14});x=[0-9a-f]+\]$"
)
ANY_FIELD: Final = r"(?:^|\n)    [A-Z_][A-Z0-9_]{0,63}="


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin an entry; the fields come with the lines below."""
    head = accept(lines, LINE)
    micros = over_distinct(head["time"], lambda text: int(text, 16), pa.int64())
    count = head.num_rows
    columns = {
        "naive_us": realtime(pc.cast(micros, pa.string())),
        "offset_s": pa.repeat(pa.scalar(0, pa.int32()), count),
        "resolution_s": pa.repeat(pa.scalar(1e-6, pa.float32()), count),
        "yearless": pa.repeat(pa.scalar(value=False), count),
        "boot_id": head["boot"],
        "body": pa.nulls(count, pa.string()),
    }
    return table(head["row"], columns)


def fields_of(texts: pa.Array) -> dict[str, pa.Array]:
    """The columns that the fields of entries give; null where an entry has none. Texts without fields are no entries of this mode."""
    if not pc.any(pc.match_substring_regex(texts, ANY_FIELD)).as_py():
        return exceptions_of(texts)
    fields = {}
    for name in FIELDS:
        below = " " * (4 + len(name) + 1)
        found = pc.extract_regex(texts, rf"(?:^|\n)    {name}=(?P<value>[^\n]*(?:\n{below}[^\n]*)*)")
        value = pc.replace_substring(pc.struct_field(found, "value"), f"\n{below}", "\n")
        fields[name] = blank_as_null(value)
    columns = columns_of(fields)
    bodies = pc.fill_null(columns["body"], "")
    return {**columns, **(exceptions_of(bodies) if pc.any(pc.match_substring(bodies, "\n")).as_py() else {})}


FORMAT = LineFormat(
    name="journal_verbose",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^(?:[A-Z][a-z]{2} \d{4}-\d\d-\d\d |\(no timestamp\) \[s=)",
    read=read,
    continues=True,
    whole=fields_of,
    asides=ASIDES,
    samples=(
        Sample(
            "Mon 2026-11-23 10:55:00.068516 CET "
            "[s=6902c9c5;i=26;b=e47db57eced3495c80eefa0343a3de50;m=b4235778;t=660eecf253324;x=e5833396e8ad63cb]\n"
            "    UNIT=feed.service\n    PRIORITY=6\n    SYSLOG_IDENTIFIER=systemd\n    _PID=1\n    MESSAGE=Started feed.service.\n"
            "    _SOURCE_REALTIME_TIMESTAMP=1795428654068506\n    _HOSTNAME=feed-node-3",
            {
                "naive_us": 1_795_428_654_068_516,
                "offset_s": 0,
                "boot_id": "e47db57eced3495c80eefa0343a3de50",
                "resolution_s": 1e-6,
            },
        ),
        Sample("Mon 2026-11-23 10:55:00 CET shop-prod-2 systemd[1]: Reloading."),
        Sample("Mon 2026-11-23 10:55:00.068516 CET [s=6902c9c5;i=26] no cursor"),
        Sample('{"msg":"Mon 2026-11-23 10:55:00 CET [s=1;i=1;b=1;m=1;t=660eecf253324;x=1]\\n    UNIT=nginx.service"}'),
    ),
)
