"""How long a host is up, and how busy: ``uptime``, ``who -b``, ``w``, ``/proc/loadavg``.

Real lines::

     10:58:55 up 3 days,  2:11,  1 user,  load average: 42.10, 17.42, 6.53
             system boot  2026-11-20 08:47
    42.10 17.42 6.53 5/412 20331

Clock: of ``who -b`` the boot, in the reader's zone; ``uptime`` shows a time without its day: none. ``status`` holds the load averages.
What ``uptime -s`` prints is a bare time, which alone could be anything.

Grammar: procps ``src/uptime.c``, ``library/uptime.c``; coreutils ``src/who.c``; busybox ``procps/uptime.c``; proc_loadavg(5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import NO_CLOCK, clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

UPTIME: Final = re.compile(
    r" ?\d\d?:\d\d(?::\d\d)?(?: ?[AP]M)? +up +(?P<up>\S.*?),(?: +\d+ users?,)? +load averages?: (?P<load>[\d.]+,? [\d.]+,? [\d.]+)",
    re.ASCII,
)
BOOT: Final = re.compile(
    r" +system boot +(?:(?P<minute>\d{4}-\d\d-\d\d \d\d:\d\d)(?P<second>:\d\d)?|(?P<yearless>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d))(?: .*)?",
    re.ASCII,
)
PRETTY: Final = re.compile(r"up (?:\d+ (?:year|month|week|day|hour|minute)s?(?:, )?)+", re.ASCII)
LOAD: Final = re.compile(r"\d+\.\d\d \d+\.\d\d \d+\.\d\d \d+/\d+ \d+", re.ASCII)
USERS_HEADER: Final = re.compile(r"USER +TTY +(?:FROM +)?LOGIN@ +IDLE +JCPU +PCPU +WHAT")
MOST_LINES: Final = 500


def columns_of(text: str) -> dict[str, object] | None:
    """The columns of one line; None for another."""
    about: dict[str, object] = {**NO_CLOCK, "subject": "boot", "subject_kind": "uptime", "body": text.strip()}
    if found := UPTIME.fullmatch(text):
        return {**about, "subject": "uptime", "status": f"load {found['load']}"}
    if found := BOOT.fullmatch(text):
        minute = found["minute"]
        second = found["second"]
        layout = "syslog" if not minute else "iso" if second else "minute"
        clock = clock_as_written(f"{minute}{second or ''}" if minute else f"{found['yearless']}:00", layout)
        return None if clock["naive_us"] is None else {**about, **clock, "resolution_s": 1.0 if second else 60.0}
    if PRETTY.fullmatch(text):
        return {**about, "subject": "uptime"}
    if LOAD.fullmatch(text):
        return {**about, "subject": "uptime", "status": f"load {' '.join(text.split()[:3])}"}
    return None


def recognise(lines: Sequence[str]) -> bool:
    """Whether the first line tells of it, and the others do too or are those of ``w``."""
    filled = [line.rstrip() for line in lines if line.strip()]
    if not filled or len(filled) > MOST_LINES or columns_of(filled[0]) is None:
        return False
    if len(filled) > 1 and USERS_HEADER.fullmatch(filled[1]):
        return all(len(line.split()) > 4 for line in filled[2:])  # noqa: PLR2004 (user, terminal, login, idle, ...)
    return len({columns_of(line) is None for line in filled}) == 1


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a line."""
    told = ((number, columns_of(line.rstrip())) for number, line in enumerate(lines, 1))
    return [Fact("states", number, number, columns) for number, columns in told if columns]


FORMAT = DocumentFormat(
    name="uptime",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            " 10:58:55 up 3 days,  2:11,  1 user,  load average: 42.10, 17.42, 6.53",
            {"subject": "uptime", "subject_kind": "uptime", "status": "load 42.10, 17.42, 6.53", "naive_us": None},
        ),
        Sample("10:15  up 20 days, 19:45, 8 users, load averages: 1.63 0.65 0.44", {"status": "load 1.63 0.65 0.44"}),
        Sample(
            "         system boot  2026-11-20 08:47",
            {"subject": "boot", "naive_us": 1_795_164_420_000_000, "offset_s": None, "resolution_s": 60.0},
        ),
        Sample("0.10 0.42 0.53 5/412 20331", {"status": "load 0.10 0.42 0.53"}),
        Sample(
            " 10:58:55 up 2 min,  1 user,  load average: 0.10, 0.42, 0.53\n"
            "USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\ndeploy   pts/0    192.0.2.7        10:57    "
            "1.00s  0.02s  0.00s w",
            {"status": "load 0.10, 0.42, 0.53", "line": 1},
        ),
        Sample("2026-11-20 08:47:12"),
        Sample("2026-11-20 08:47:12 up"),
        Sample(
            " 10:58:55 up 3 days,  2:11,  1 user,  load average: 42.10, 17.42, 6.53\nNov 23 10:55:00 web1 systemd[1]: Reloading."
        ),
    ),
)
