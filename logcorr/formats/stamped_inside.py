r"""Lines whose date and time stand behind a few other words: the very last resort, for logs that nothing else reads.

Lines::

    L 11/23/2026 - 10:16:15: rcon from "192.0.2.7:51234": bad password
    <W>2026-11-23 10:16:15.090 1 => <4:ann(-1)> rejected
    web1 nginx[2833]: 2026/11/23 10:16:15 [error] 2833#0: *16 open() failed
    78017 00cff -- none -- - 2026-11-23T10:16:15+00:00 WARN (4): no rate
    <co ts="2026-11-23T10:16:15.09" pi="72a9.3b4" sc="tcp_submit"/>

Only a full date counts, not behind more than 60 characters, and only in a file in which almost all lines have one. The line is the body; of
it a level is read, and the request that it may name.

Clock: ``stamps``. Continuation: lines without a stamp.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.message_head import read_heads
from logcorr.formats.month_names import MONTH
from logcorr.formats.numeric_dates import DATE
from logcorr.formats.request_words import request_of
from logcorr.formats.stamps import read_stamps
from logcorr.formats.tokenise import accept

_DATE: Final = (
    r"\d{4}[-/.]\d\d[-/.]\d\d[T _,:-]{1,3}\d|\d{1,2}[/ -]"
    + MONTH
    + r"[/ -]\d{4}[: ,]{1,2}\d|"
    + MONTH
    + r" {1,2}\d{1,2},? \d{4},? \d|"
    r"(?i:Mon|Tue|Wed|Thu|Fri|Sat|Sun) " + MONTH + r" {1,2}\d{1,2} \d|" + DATE + r"[T @,:-]{1,3}\d"
)
LINE: Final = r"^(?P<before>[^\s].{0,59}?(?:[^0-9A-Za-z./-]))(?P<stamped>(?:" + _DATE + r").*)$"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that hold a date and time, but not at their beginning."""
    head = accept(lines, LINE)
    clock = read_stamps(head["stamped"], numbers=False)
    heads = read_heads(clock.pop("rest"))
    body = lines.take(head["row"])
    table = pa.table(
        {
            "row": head["row"],
            **clock,
            "severity_text": heads["severity_text"],
            "severity_number": heads["severity_number"],
            "body": body,
            **request_of(body),
        }
    )
    return table.filter(pa.array(np.asarray(pc.is_valid(table["naive_us"]))))


FORMAT = LineFormat(
    name="stamped_inside",
    source="app_text",
    family="log",
    writer="any-service",
    begins=r"^\S.{0,60}\d\d",
    read=read,
    continues=True,
    fallback=True,
    least=0.8,
    samples=(
        Sample(
            'L 11/23/2026 - 10:16:15: rcon from "192.0.2.7:51234": bad password',
            {
                "naive_us": 1795428975000000,
                "offset_s": None,
                "severity_number": None,
                "body": 'L 11/23/2026 - 10:16:15: rcon from "192.0.2.7:51234": bad password',
            },
        ),
        Sample("<W>2026-11-23 10:16:15.090 1 => <4:ann(-1)> rejected", {"naive_us": 1795428975090000}),
        Sample("78017 00cff -- none -- - 2026-11-23T10:16:15+00:00 WARN (4): no rate", {"offset_s": 0, "severity_number": 13}),
        Sample("worker 3 gave up on Nov 23 10:16:15"),
        Sample("  indented 2026-11-23 10:16:15"),
        Sample("this line is long, and long, and long, and long, and long, and long, and long: 2026-11-23 10:16:15"),
    ),
)
