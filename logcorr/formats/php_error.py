r"""PHP's own error log (``error_log`` names a file).

Lines::

    [23-Nov-2026 21:47:03 Europe/Berlin] PHP Fatal error:  Uncaught TypeError: strlen(): Argument #1 ($string) must be of type
        string, array given in /var/www/shop/index.php:12     (one line)
    Stack trace:
    #0 {main}

Clock: one second, in the zone that the line names (``date.timezone``). In the hour that a change of the clocks repeats the
earlier instant is given, with a resolution of an hour more; a name that is no zone leaves the offset open.
Continuation: the rest of the message and the stack.

Grammar: PHP ``main/main.c`` (``php_log_err_with_severity``, ``php_error_cb``).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import EPOCH, LAYOUTS, over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, blank_as_null, table

HEAD: Final = (
    r"^\[(?P<stamp>(?P<second>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d) (?P<zone>[A-Za-z][A-Za-z0-9_+/-]{1,40}))\] "
    r"(?P<body>(?:PHP (?P<kind>[A-Z][A-Za-z ]{2,30}):  ?)?.*)$"
)

UNCAUGHT: Final = (
    r"(?:Uncaught|Next) (?P<type>[A-Za-z_\\][A-Za-z0-9_\\]*)(?:: (?P<message>.*?))?(?: in (?:/|[A-Za-z]:)[^ ]*:[0-9]+)?$"
)

SEVERITY: Final = {
    **dict.fromkeys(("Deprecated", "Notice", "Strict Standards"), 9),
    "Warning": 13,
    "Recoverable fatal error": 17,
    "Catchable fatal error": 17,
    **dict.fromkeys(("Fatal error", "Parse error"), 18),
}

SECOND_LENGTH: Final = len("23-Nov-2026 21:47:03")


@cache
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of that name; None where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def offsets(stamp: str) -> tuple[int, int] | None:
    """The offsets, in seconds, that a stamp with a zone's name may stand for: equal but in a repeated hour."""
    zone = zone_of(stamp[SECOND_LENGTH + 1 :])
    try:
        moment = datetime.strptime(stamp[:SECOND_LENGTH], LAYOUTS["dashed"]).replace(tzinfo=UTC)
        if zone is None or moment < EPOCH:
            return None
        first, second = (moment.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    except (ValueError, OverflowError):
        return None
    return int(first.total_seconds()), int(second.total_seconds())


def repeated(stamp: str) -> int:
    """Seconds between the two instants that a stamp may stand for; in the hour that a change skips there is one."""
    pair = offsets(stamp)
    return max(0, pair[0] - pair[1]) if pair else 0


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that PHP stamped."""
    head = accept(lines, HEAD)
    clock = read_clock(head["second"], "dashed")
    clock["offset_s"] = over_distinct(head["stamp"], lambda stamp: (offsets(stamp) or (None,))[0], pa.int32())
    clock["resolution_s"] = pc.add(clock["resolution_s"], over_distinct(head["stamp"], repeated, pa.float32()))
    uncaught = pc.extract_regex(head["body"].combine_chunks(), UNCAUGHT)
    return table(
        head["row"],
        {
            **clock,
            "severity_text": head["kind"],
            "severity_number": over_distinct(head["kind"], SEVERITY.get, pa.int8()),
            "body": pc.fill_null(head["body"], ""),
            "exception_type": blank_as_null(pc.struct_field(uncaught, "type")),
            "exception_message": blank_as_null(pc.struct_field(uncaught, "message")),
        },
    )


FORMAT = LineFormat(
    name="php_error",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^\[\d\d-[A-Z]",
    read=read,
    continues=True,
    samples=(
        Sample(
            "[23-Nov-2026 21:47:03 Europe/Berlin] PHP Fatal error:  Uncaught TypeError: strlen(): Argument #1 ($string) must "
            "be of type string, array given in /var/www/shop/index.php:12\nStack trace:\n#0 {main}",
            {
                "naive_us": 1795470423000000,
                "offset_s": 3600,
                "resolution_s": 1.0,
                "severity_text": "Fatal error",
                "severity_number": 18,
                "exception_type": "TypeError",
                "exception_message": "strlen(): Argument #1 ($string) must be of type string, array given",
            },
        ),
        Sample(
            "[23-Nov-2026 20:47:03 UTC] PHP Warning:  Undefined variable $rate in /var/www/shop/index.php on line 9",
            {"offset_s": 0, "severity_number": 13, "exception_type": None},
        ),
        Sample("[25-Oct-2026 02:30:00 Europe/Berlin] PHP Notice:  x", {"offset_s": 7200, "resolution_s": 3601.0}),
        Sample("[23-Nov-2026 20:47:03 UTC] cache was cold", {"severity_text": None, "body": "cache was cold"}),
        Sample("[23-Nov-2026 20:47:03 Nowhere/Atlantis] PHP Notice:  x", {"offset_s": None, "severity_number": 9}),
        Sample("[23-Nov-2026 10:55:00] NOTICE: fpm is running, pid 33"),
        Sample("[23-Nov-2026 10:10:54]  [pool www] pid 129"),
        Sample("[2026-11-23 04:55:04 -0500] [47] [INFO] Booting worker with pid: 47"),
    ),
)
