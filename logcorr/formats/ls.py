"""Listings of ``ls -l``: GNU in all its time styles, busybox.

Real lines::

    srw-rw---- 1 www-data www-data  0 2026-11-23 10:56:25.963863396 +0100 shop-account.sock
    lrwxrwxrwx 1 root     root     30 Nov 23 10:09 php-fpm.sock -> /etc/alternatives/php-fpm.sock
    srw-rw---- 1 www-data www-data 0 Apr 15 20:14 /var/run/php/php8.3-fpm.sock
    -rw-r--r-- 1 root root 1.5K Nov 23  2025 notes.txt

Clock: the file's modification time (``-c`` and ``-u`` look the same), in the zone of whoever ran ``ls``. ``full-iso`` states
the offset; ``long-iso`` one minute; by default one minute without a year for files of the last half year, else a day with its
year and no time (also for files of the future).

What could not be listed is a fact without a type; ``status`` says why ("No such file or directory").

Grammar: coreutils ``src/ls.c`` (``print_long_format``); busybox ``coreutils/ls.c``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import MONTHS, NO_CLOCK, clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

FILE_TYPES: Final = {
    "s": "socket",
    "-": "regular",
    "d": "directory",
    "l": "symlink",
    "p": "fifo",
    "c": "device",
    "b": "device",
}
DAY_S: Final = 86_400.0

_HEAD: Final = (
    r"\s*(?:(?P<inode>\d{1,18})\s+)?"
    r"(?P<mode>[-dlspcb][-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT])[.+@]?\s+"
    r"\d+\s+(?P<user>[^\s:]+)\s+(?P<group>[^\s:]+)\s+"
    r"(?:[\w.-]+:[\w.-]+:[\w.-]+(?::\S+)?\s+|\?\s+)?"  # the security context of -Z
    r"(?:\d+,\s*\d+|\d[\d.,]*[KMGTPEZY]?B?)\s+"
)
_STYLES: Final = (
    r"(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))? (?P<offset>[+-]\d{4})",  # full-iso
    r"(?P<iso_day>\d{4}-\d\d-\d\d) (?P<iso_minute>\d\d:\d\d)",  # long-iso
    r"(?P<short_day>\d\d-\d\d) (?P<short_minute>\d\d:\d\d)",  # iso, recent
    r"(?P<old_day>\d{4}-\d\d-\d\d) ",  # iso, old
    r"(?P<month>[A-Z][a-z]{2}) {1,2}(?P<of_month>\d\d?) (?:(?P<minute>\d\d:\d\d)| (?P<year>\d{4}))",  # locale
)
ROW: Final = re.compile(_HEAD + "(?:" + "|".join(_STYLES) + ") (?P<name>.+)", re.ASCII)
HEADING: Final = re.compile(r"(?P<directory>[./~].{0,4095}|[^\s:]{1,4096}):")
OTHER: Final = re.compile(r"total \d[\d.,]*[KMGTPEZY]?B?|(?:\S{0,255}/)?ls: .+|\s*(?:\? +)?[-dlspcb?]\?{9} .*", re.ASCII)

MISSED: Final = re.compile(
    r"(?:\S{0,255}/)?(?P<program>ls|stat): (?:cannot (?:access|open directory|statx?) )?"
    r"['\"‘`]?(?P<path>[^'\"‘’`\s:][^'\"‘’`:]*)['\"’]?: (?P<why>[A-Z][A-Za-z ]+)"
)


def missed(line: str, program: str) -> dict[str, object] | None:
    """The columns of ``ls: cannot access '/run/php/x.sock': No such file or directory``; None for another line."""
    found = MISSED.fullmatch(line.rstrip())
    if not found or found["program"] != program:
        return None
    return {**NO_CLOCK, "subject": found["path"], "subject_kind": "file", "file_type": None, "status": found["why"]}


def clock_of(row: re.Match[str]) -> dict[str, object]:
    """The modification time of a row."""
    part = row.groupdict(default="")
    if part["time"]:
        return clock_as_written(f"{part['day']} {part['time']}", "iso", fraction=part["fraction"], zone=part["offset"])
    if part["iso_minute"]:
        return clock_as_written(f"{part['iso_day']} {part['iso_minute']}", "minute")
    if part["old_day"]:
        return {**clock_as_written(f"{part['old_day']} 00:00", "minute"), "resolution_s": DAY_S}
    month, day = part["short_day"].split("-") if part["short_day"] else (str(MONTHS.get(part["month"], 0)), part["of_month"])
    if part["year"]:
        return {**clock_as_written(f"{part['year']}-{month:0>2}-{day:0>2} 00:00", "minute"), "resolution_s": DAY_S}
    name = next((name for name, number in MONTHS.items() if number == int(month)), "")
    clock = clock_as_written(f"{name} {day} {part['short_minute'] or part['minute']}:00", "syslog")
    return dict(NO_CLOCK) if clock["naive_us"] is None else {**clock, "resolution_s": 60.0}


def path_of(name: str, directory: str, mode: str) -> tuple[str, str | None]:
    """The path of a listed name, and what it links to."""
    target = None
    if mode[0] == "l":
        name, arrow, target = name.partition(" -> ")
        target = target if arrow else None
    elif mode[0] == "s":
        name = name.removesuffix("=")  # the mark of -F
    elif mode[0] == "d" and len(name) > 1:
        name = name.removesuffix("/")
    if directory and name == ".":
        return directory, target
    return (posixpath.join(directory, name) if directory else name), target


def recognise(lines: Sequence[str]) -> bool:
    """Whether every line belongs to a long listing, and one of them tells of a file."""
    rows = 0
    for line in lines:
        text = line.rstrip("\r\n")
        if ROW.fullmatch(text) or missed(text, "ls"):
            rows += 1
        elif text.strip() and not OTHER.fullmatch(text.rstrip()) and not HEADING.fullmatch(text.rstrip()):
            return False
    return rows > 0


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a file."""
    facts = []
    directory = ""
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        row = ROW.fullmatch(text)
        if columns := missed(text, "ls"):
            facts.append(Fact("states", number, number, columns))
            continue
        if not row:
            heading = HEADING.fullmatch(text.rstrip())
            directory = heading["directory"] if heading and not OTHER.fullmatch(text.rstrip()) else directory
            continue
        mode = row["mode"]
        path, target = path_of(row["name"], directory, mode)
        columns = {
            **clock_of(row),
            "subject": path,
            "subject_kind": "file",
            "file_type": FILE_TYPES[mode[0]],
            "link_target": target,
            "file_owner": f"{row['user']}:{row['group']}",
            "file_mode": mode,
            "inode": int(row["inode"]) if row["inode"] else None,
        }
        facts.append(Fact("states", number, number, columns))
    return facts


FORMAT = DocumentFormat(
    name="file_list",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "total 4\nsrw-rw---- 1 www-data www-data  0 2026-11-23 10:56:25.963863396 +0100 shop-account.sock",
            {
                "naive_us": 1_795_431_385_963_863,
                "offset_s": 3600,
                "resolution_s": 1e-6,
                "subject": "shop-account.sock",
                "subject_kind": "file",
                "file_type": "socket",
                "file_mode": "srw-rw----",
                "file_owner": "www-data:www-data",
                "link_target": None,
                "line": 2,
            },
        ),
        Sample(
            "srw-rw---- 1 www-data www-data 0 Apr 15 20:14 /var/run/php/php8.3-fpm.sock",
            {"naive_us": 72_216_840_000_000, "yearless": True, "resolution_s": 60.0, "subject": "/var/run/php/php8.3-fpm.sock"},
        ),
        Sample(
            "/run/php:\ntotal 4\n120 lrwxrwxrwx 1 0 0   30 Nov 23 10:09 php-fpm.sock -> /etc/alternatives/php-fpm.sock\n\n"
            "/etc/nginx:\ntotal 4.0K\n-rw-r--r-- 1 root root 1.5K Nov 23 10:09 nginx.conf",
            {
                "subject": "/run/php/php-fpm.sock",
                "file_type": "symlink",
                "link_target": "/etc/alternatives/php-fpm.sock",
                "file_owner": "0:0",
                "inode": 120,
            },
        ),
        Sample(
            "-rw-r--r-- 1 root root 1.5K Nov 23  2025 my notes.txt",
            {"naive_us": 1_763_856_000_000_000, "yearless": False, "resolution_s": 86_400.0, "subject": "my notes.txt"},
        ),
        Sample("drwxr-xr-x. 2 root root 6 2026-11-23 10:55 x", {"naive_us": 1_795_431_300_000_000, "resolution_s": 60.0}),
        Sample("prw------- 1 root root 0 11-23 10:55 x", {"yearless": True, "file_type": "fifo", "subject": "x"}),
        Sample("-rw-r--r-- 1 root root 6 2025-11-23  x", {"resolution_s": 86_400.0, "subject": "x"}),
        Sample("-rw-r--r--    1 root     root             6 2026-11-23 10:55:00 +0000 x", {"offset_s": 0, "resolution_s": 1.0}),
        Sample(
            "ls: cannot access '/run/php/php8.3-fpm.sock': No such file or directory",
            {"subject": "/run/php/php8.3-fpm.sock", "file_type": None, "status": "No such file or directory", "naive_us": None},
        ),
        Sample("total 4"),
        Sample("php-fpm.sock\nphp8.2-fpm.pid"),
        Sample("srw-rw---- 1 www-data www-data 0 Apr 15 20:14 a.sock\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
    ),
)
