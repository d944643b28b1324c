"""Listings of ``ls -l``: GNU in all its time styles, busybox, BSD.

Real lines::

    srw-rw---- 1 www-data www-data  0 2026-11-23 10:56:25.963863396 +0100 shop-account.sock
    lrwxrwxrwx 1 root     root     30 Nov 23 10:09 php-fpm.sock -> /etc/alternatives/php-fpm.sock
    srw-rw---- 1 www-data www-data 0 Apr 15 20:14 /var/run/php/php8.3-fpm.sock
    -rw-r--r-- 1 root root 1.5K Nov 23  2025 notes.txt
    -rw-r--r--. root root system_u:object_r:boot_t:s0      config-3.10.0-267

Clock: the file's modification time (``-c`` and ``-u`` look the same), in the zone of whoever ran ``ls``. ``full-iso`` states
the offset; ``long-iso`` one minute; by default one minute without a year for files of the last half year, else a day with its
year and no time (also for files of the future). Times in another language or order are no clock: ``body`` holds them as written.
Before RHEL 8 ``-Z`` shows no time at all.

What could not be listed is a fact without a type; ``status`` says why ("No such file or directory"). ``file_size`` is in bytes; that
of ``-h`` is rounded and left out. A name may hold line ends: below a ``total`` a line that is no row belongs to the name above it,
unless it begins like a log's.

Grammar: coreutils ``src/ls.c`` (``print_long_format``); busybox ``coreutils/ls.c``; FreeBSD ``bin/ls/print.c``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
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

_CONTEXT: Final = r"(?:[\w.-]+:[\w.-]+:[\w.-]+(?::\S+)?|\?)"
_MODE: Final = r"(?P<mode>[-dlspcb][-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT])[.+@]?"
_HEAD: Final = (
    r"\s*(?:(?P<inode>\d{1,18})\s+)??(?:(?P<blocks>\d[\d.]{0,17}[KMGTPEZY]?)\s+)?" + _MODE + r"\s+"
    r"\d+\s+(?P<user>[^\s:,]+)\s+(?:(?P<group>[^\s:,]+)\s+)?"
    rf"(?:{_CONTEXT}\s+)?"
    r"(?:\d+,\s*\d+|(?P<size>\d[\d.,]*[KMGTPEZY]?i?B?))\s+"
)
_STYLES: Final = (
    r"(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?: (?P<offset>[+-]\d{4}))?",  # full-iso
    r"(?P<iso_day>\d{4}-\d\d-\d\d) (?P<iso_minute>\d\d:\d\d)",  # long-iso
    r"(?P<short_day>\d\d-\d\d) (?P<short_minute>\d\d:\d\d)",  # iso, recent
    r"(?P<old_day>\d{4}-\d\d-\d\d) ",  # iso, old
    r"(?:[A-Z][a-z]{2} )?(?P<whole>[A-Z][a-z]{2} {1,2}\d\d? \d\d:\d\d:\d\d \d{4})",  # busybox -e, BSD -T
    r"(?P<month>[A-Z][a-z]{2}) {1,2}(?P<of_month>\d\d?) {1,2}(?:(?P<minute>\d\d:\d\d)| ?(?P<year>\d{4}))",  # locale C
    r"(?P<epoch>\d{10})(?:\.\d{1,9})?",  # +%s
)
_FOREIGN: Final = (
    r"(?P<foreign>(?:\d{1,2}\.? +[^\W\d]{2,9}\.?|[^\W\d]{2,9}\.? +\d{1,2}|\d{1,2}月 {1,2}\d{1,2}日?)"
    r" +(?:\d\d[:.]\d\d|\d{4}年?))"
)
ROW: Final = re.compile("(?a:" + _HEAD + ")(?:(?a:" + ")|(?a:".join(_STYLES) + f")|{_FOREIGN}) (?P<name>.*)")
#: ``ls -Z`` of old
LABELLED: Final = re.compile(rf"\s*{_MODE}\s+(?P<user>[^\s:]+)\s+(?P<group>[^\s:]+)\s+{_CONTEXT}\s+(?P<name>\S.*)", re.ASCII)
HEADING: Final = re.compile(r"\s*(?P<directory>[./~'\"].{0,4095}|[^\s:]{1,4096}):")
_TOTALS: Final = "total|insgesamt|итого|合计|总计|總計|総計|합계|totale|totaal|razem|totalt|celkem|toplam"
TOTAL: Final = re.compile(rf"\s*(?:{_TOTALS}) (?P<blocks>\d[\d.,]*[KMGTPEZY]?B?)")
OTHER: Final = re.compile(
    r"(?:\S{0,255}/)?ls: .+|\s*(?:\? +)?[-dlspcb?]\?{9} .*|\t\S+\t *\d+ *| \d+: (?:user|group):.+", re.ASCII
)
#: a line that cannot be a part of a name: it begins with a stamp, or has one behind its first word
STAMPED: Final = re.compile(r"\W{0,3}(?:\S{1,40} ){0,3}\S{0,12}\d\d:\d\d:\d\d")

MISSED: Final = re.compile(
    r"(?:\S{0,255}/)?(?P<program>ls|stat|find): (?:(?:cannot|can't) (?:access|open directory|open|statx?) )?"
    r"['\"‘`]?(?P<path>[^'\"‘’`\s:][^'\"‘’`:]*)['\"’]?: (?P<why>[A-Z][A-Za-z ]+)"
)


def missed(line: str, program: str) -> dict[str, object] | None:
    """The columns of ``ls: cannot access '/run/php/x.sock': No such file or directory``; None for another line."""
    found = MISSED.fullmatch(line.strip())
    if not found or found["program"] != program:
        return None
    return {**NO_CLOCK, "subject": found["path"], "subject_kind": "file", "file_type": None, "status": found["why"]}


def clock_of(row: re.Match[str]) -> dict[str, object]:
    """The modification time of a row."""
    part = row.groupdict(default="")
    clock = dict(NO_CLOCK)
    if part["time"]:
        clock = clock_as_written(f"{part['day']} {part['time']}", "iso", fraction=part["fraction"], zone=part["offset"])
    elif part["iso_minute"]:
        clock = clock_as_written(f"{part['iso_day']} {part['iso_minute']}", "minute")
    elif part["epoch"]:
        clock = {"naive_us": int(part["epoch"]) * 1_000_000, "offset_s": 0, "resolution_s": 1.0, "yearless": False}
    elif part["whole"]:
        clock = clock_as_written(f"Mon {part['whole']}", "lstart")
    elif part["foreign"]:
        clock["body"] = f"time as written: {part['foreign']}"
    elif part["old_day"] or part["year"]:
        day = part["old_day"] or f"{part['year']}-{MONTHS.get(part['month'], 0):02}-{part['of_month']:0>2}"
        clock = {**clock_as_written(f"{day} 00:00", "minute"), "resolution_s": DAY_S}
    else:
        month, day = part["short_day"].split("-") if part["short_day"] else (MONTHS.get(part["month"], 0), part["of_month"])
        name = next((name for name, number in MONTHS.items() if number == int(month)), "")
        clock = clock_as_written(f"{name} {day} {part['short_minute'] or part['minute']}:00", "syslog")
        clock["resolution_s"] = None if clock["naive_us"] is None else 60.0
    return clock


def unquoted(name: str) -> str:
    """A name without the quotes of a terminal or of ``-Q``, if it has them at both ends."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"" else name


def path_of(name: str, directory: str, mode: str) -> tuple[str, str | None]:
    """The path of a listed name, and what it links to."""
    target = None
    if mode[0] == "l":
        name, arrow, target = name.partition(" -> ")
        target = unquoted(target) if arrow else None
    elif mode[0] == "s":
        name = name.removesuffix("=")  # the mark of -F
    elif mode[0] == "d" and len(name) > 1:
        name = name.removesuffix("/")
    name = unquoted(name)
    if directory and name == ".":
        return directory, target
    return (posixpath.join(directory, name) if directory else name), target


def row_of(text: str) -> re.Match[str] | None:
    """The row that a line is."""
    return ROW.fullmatch(text) or LABELLED.fullmatch(text)


def rows_of(lines: Sequence[str]) -> list[tuple[int, int, str, re.Match[str] | str]] | None:
    """First and last line, directory, and row (or the whole line of an error) of each file; None where it is no listing."""
    found: list[tuple[int, int, str, re.Match[str] | str]] = []
    directory = ""
    counted = is_open = False  # below a total names may go on, up to the next directory
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        heading = HEADING.fullmatch(text.rstrip())
        row = row_of(text)
        if row and (row["name"] or counted):
            if is_open and found and found[-1][1] > found[-1][0]:  # a name of several lines has those up to here
                found[-1] = (found[-1][0], number - 1, *found[-1][2:])
            is_open = True
            found.append((number, number, directory, row))
        elif missed(text, "ls"):
            found.append((number, number, directory, text))
        elif not text.strip() or OTHER.fullmatch(text.rstrip()):
            continue
        elif TOTAL.fullmatch(text.rstrip()):
            counted, is_open = True, False
        elif heading:
            is_open = False
            directory = unquoted(heading["directory"].strip())
        elif counted and found and len(text) < 256 and not STAMPED.match(text) and isinstance(found[-1][3], re.Match):  # noqa: PLR2004
            first, _, where, owner = found[-1]
            found[-1] = (first, number, where, owner)
        else:
            return None
    wrapped = sum(last - first for first, last, _, _ in found)
    return found if found and wrapped <= max(len(found) * 8, 20) else None


def recognise(lines: Sequence[str]) -> bool:
    """Whether every line belongs to a long listing, and one of them tells of a file."""
    return bool(rows_of(lines))


def inodes(rows: Sequence[re.Match[str]], totals: Iterator[str]) -> bool:
    """Whether a lone number before the mode is the inode (``-i``), not the blocks (``-s``), whose sum is the total."""
    numbers = [row["blocks"] for row in rows if "blocks" in row.groupdict() and row["blocks"]]
    if not numbers or not all(number.isdecimal() for number in numbers):
        return False
    total = sum(int(number) for number in numbers)
    return str(total) not in set(totals)


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a file."""
    rows = rows_of(lines) or []
    matches = [row for _, _, _, row in rows if isinstance(row, re.Match)]
    quoted = any(unquoted(row["name"]) != row["name"] for row in matches)
    totals = (found["blocks"] for line in lines if (found := TOTAL.fullmatch(line.rstrip())))
    lone_is_inode = inodes(matches, totals)
    facts = []
    for first, last, directory, row in rows:
        if isinstance(row, str):
            facts.append(Fact("states", first, last, missed(row, "ls") or {}))
            continue
        part = row.groupdict()
        name = "\n".join([row["name"], *(line.rstrip("\r") for line in lines[first:last])])
        path, target = path_of(name[1:] if quoted and name.startswith(" ") else name, directory, row["mode"])
        inode = part.get("inode") or (part.get("blocks") if lone_is_inode else None)
        size = part.get("size") or ""
        columns = {
            **(clock_of(row) if row.re is ROW else NO_CLOCK),
            "subject": path,
            "subject_kind": "file",
            "file_type": FILE_TYPES[row["mode"][0]],
            "link_target": target,
            "file_owner": f"{row['user']}:{row['group']}" if row["group"] else row["user"],
            "file_mode": row["mode"],
            "file_size": int(size) if re.fullmatch(r"[0-9]{1,18}", size) else None,
            "inode": int(inode) if inode and re.fullmatch(r"[0-9]{1,18}", inode) else None,
        }
        facts.append(Fact("states", first, last, columns))
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
        Sample(
            "insgesamt 0\n-rw-r--r-- 1 root root 0 23. Nov 10:55 x",
            {"subject": "x", "naive_us": None, "body": "time as written: 23. Nov 10:55", "file_size": 0},
        ),
        Sample(
            "-rw-r--r--  1 root  wheel  1024 Nov 23 10:55:07 2026 x", {"naive_us": 1_795_431_307_000_000, "file_size": 1024}
        ),
        Sample("-rw-r--r-- 1 root root 7 1795431307 x", {"naive_us": 1_795_431_307_000_000, "offset_s": 0}),
        Sample(
            "total 12\n4 -rw-r--r-- 1 root root 100 Nov 23 10:55  y\n8 -rw-r--r-- 1 root root 5000 Nov 23 10:55 'x y'",
            {"subject": "y", "inode": None, "file_size": 100},
        ),
        Sample(
            "/boot:\ntotal 3\ndrwxr-xr-x. root root system_u:object_r:boot_t:s0      grub2",
            {"subject": "/boot/grub2", "naive_us": None, "file_owner": "root:root", "line": 3},
        ),
        Sample(
            "total 0\n-rw-r--r-- 1 root root 0 Nov 23 10:55 one\nname\n-rw-r--r-- 1 root root 0 Nov 23 10:55 two",
            {"subject": "one\nname", "line": 2, "line_last": 3},
        ),
        Sample("total 0\n-rw-r--r-- 1 root root 0 Nov 23 10:55 x\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("total 4"),
        Sample("php-fpm.sock\nphp8.2-fpm.pid"),
        Sample("srw-rw---- 1 www-data www-data 0 Apr 15 20:14 a.sock\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
    ),
)
