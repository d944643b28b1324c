r"""Files with their times as ``find -printf '%T+ %p\\n'`` prints them, also with ``%T@``, and with size and mode before the path.

Real lines::

    2026-11-23+10:55:00.2358658260 /run/php/php8.2-fpm.sock
    1795431300.2358658260 /run/php/php8.2-fpm.sock
    2026-11-23 10:55:00.2358658260 srw-rw---- 0 ./php8.2-fpm.sock

Clock: the file's modification time, in the zone of whoever ran ``find``; ``%T@`` is a number since 1970. Whatever else ``-printf`` may
be told to print is not read; ``find -ls`` is a listing like that of ``ls``.

Grammar: findutils ``find/print.c`` (``format_date``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample
from logcorr.formats.ls import FILE_TYPES, missed

ROW: Final = re.compile(
    r"(?:(?P<day>\d{4}-\d\d-\d\d)[+ T](?P<time>\d\d:\d\d(?::\d\d)?)(?:\.(?P<fraction>\d{1,10}))?|(?P<epoch>\d{10})\.(?P<part>\d{1,10}))"
    r"(?:[ \t]+(?:(?P<mode>[-dlspcb][-rwxsStT]{9})|(?P<size>\d{1,18})|(?P<kind>[fdlspcb])))*"
    r"[ \t]+(?P<path>(?:/|\.{1,2}/|\.$).*)",
    re.ASCII,
)
TYPES: Final = {**FILE_TYPES, "f": "regular"}


def recognise(lines: Sequence[str]) -> bool:
    """Whether every line is a time and a path."""
    rows = 0
    for line in lines:
        text = line.rstrip("\r\n")
        if ROW.fullmatch(text):
            rows += 1
        elif text.strip() and not missed(text, "find"):
            return False
    return rows > 0


def clock_of(row: re.Match[str]) -> dict[str, object]:
    """The modification time of a row."""
    if row["epoch"]:
        micros = int(row["epoch"]) * 1_000_000 + int(row["part"][:6].ljust(6, "0"))
        return {"naive_us": micros, "offset_s": 0, "resolution_s": 10.0 ** -min(len(row["part"]), 6), "yearless": False}
    is_minute = len(row["time"]) == len("10:55")
    return clock_as_written(f"{row['day']} {row['time']}", "minute" if is_minute else "iso", fraction=row["fraction"] or "")


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a file."""
    facts = []
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if columns := missed(text, "find"):
            facts.append(Fact("states", number, number, columns))
        elif row := ROW.fullmatch(text):
            kind = (row["mode"] or row["kind"] or " ")[0]
            about = {
                "subject": row["path"],
                "subject_kind": "file" if kind in TYPES else "path",
                "file_type": TYPES.get(kind),
                "file_mode": row["mode"],
                "file_size": int(row["size"]) if row["size"] else None,
            }
            facts.append(Fact("states", number, number, {**clock_of(row), **about}))
    return facts


FORMAT = DocumentFormat(
    name="file_times",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "2026-11-23+10:55:00.2358658260 /run/php/php8.2-fpm.sock",
            {
                "naive_us": 1_795_431_300_235_865,
                "offset_s": None,
                "resolution_s": 1e-6,
                "subject": "/run/php/php8.2-fpm.sock",
                "subject_kind": "path",
                "file_type": None,
            },
        ),
        Sample("1795431300.2358658260 ./x", {"naive_us": 1_795_431_300_235_865, "offset_s": 0, "subject": "./x"}),
        Sample(
            "2026-11-23 10:55:00.2358658260 srw-rw---- 0 /run/my app.sock\nfind: ‘/run/x’: Permission denied",
            {
                "file_type": "socket",
                "file_size": 0,
                "file_mode": "srw-rw----",
                "subject": "/run/my app.sock",
                "subject_kind": "file",
            },
        ),
        Sample("2026-11-23 10:55 f 12 /x", {"resolution_s": 60.0, "file_type": "regular", "file_size": 12}),
        Sample("2026-11-23 10:55:00 worker 3 gave up"),
        Sample("/run/php/php8.2-fpm.sock 2026-11-23+10:55:00"),
        Sample("2026-11-23+10:55:00.2 /x\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
    ),
)
