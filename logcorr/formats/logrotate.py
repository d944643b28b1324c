"""When logs were rotated: logrotate's state file.

Real lines::

    logrotate state -- version 2
    "/var/log/nginx/access.log" 2026-11-23-0:0:7
    "/var/log/php8.2-fpm.log" 2026-11-23-0:0:7

Clock: local, without a zone; the last rotation of each log, which is also when it was first seen. Version 1 names the day alone.

Grammar: logrotate ``logrotate.c`` (``writeState``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

HEAD: Final = re.compile(r"logrotate state -- version [12]")
ROW: Final = re.compile(
    r'"(?P<path>(?:[^"\\]|\\.)+)" (?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:-(?P<hour>\d{1,2}):(?P<minute>\d{1,2})'
    r":(?P<second>\d{1,2}))?",
    re.ASCII,
)
DAY_S: Final = 86_400.0


def recognise(lines: Sequence[str]) -> bool:
    """Whether it begins as such a file does, and names logs alone."""
    filled = [line.strip() for line in lines if line.strip()]
    return len(filled) > 1 and bool(HEAD.fullmatch(filled[0])) and all(ROW.fullmatch(line) for line in filled[1:])


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a log."""
    facts = []
    for number, line in enumerate(lines, 1):
        row = ROW.fullmatch(line.strip())
        if not row:
            continue
        day = f"{row['year']}-{row['month']:0>2}-{row['day']:0>2}"
        time = f"{row['hour'] or 0:0>2}:{row['minute'] or 0:0>2}:{row['second'] or 0:0>2}"
        clock = clock_as_written(f"{day} {time}", "iso")
        if clock["naive_us"] is not None and not row["hour"]:
            clock["resolution_s"] = DAY_S
        about = {"change_kind": "rotation", "deployment_status": "completed", "exit_code": f"rotated {row['path']}"}
        facts.append(Fact("deploys", number, number, {**clock, **about}))
    return facts


FORMAT = DocumentFormat(
    name="logrotate",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            'logrotate state -- version 2\n"/var/log/nginx/access.log" 2026-11-23-0:0:7\n"/var/log/php8.2-fpm.log" 2026-11-23-0:0:7',
            {
                "family": "deploys",
                "naive_us": 1_795_392_007_000_000,
                "offset_s": None,
                "change_kind": "rotation",
                "deployment_status": "completed",
                "exit_code": "rotated /var/log/nginx/access.log",
                "line": 2,
            },
        ),
        Sample('logrotate state -- version 1\n"/var/log/syslog" 2026-11-23', {"resolution_s": 86_400.0}),
        Sample('"/var/log/nginx/access.log" 2026-11-23-0:0:7'),
        Sample('logrotate state -- version 2\n"/var/log/syslog" 2026-11-23\nNov 23 10:55:00 web1 systemd[1]: Reloading.'),
    ),
)
