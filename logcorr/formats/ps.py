"""What ``ps`` printed: ``ps -eo pid,lstart,cmd``, ``ps aux``, ``ps -ef`` and other choices of columns.

Real lines::

        PID                  STARTED CMD
         33 Mon Nov 23 10:54:59 2026 php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)
    UID         PID   PPID  C STIME TTY          TIME CMD
    root         33      1  0 10:54 ?        00:00:00 php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)

Clock: the start of the process, in the zone of whoever ran ``ps``. ``lstart`` is up to a second off either way: two seconds.
``START`` and ``STIME`` give a day (``Nov23``, no year) for processes of earlier days. Of one of today they give a time without
a day, of one of an earlier year the year alone: no clock. BSD names day and year (``15Oct26``). User, parent and age stand in
``body`` (``user=root ppid=1 elapsed=01:22``); when it was that old is not said.

Rows of threads (a dash for the PID) are no processes.

Grammar: procps ``src/ps/output.c`` (``pr_lstart``, ``pr_stime``, ``pr_bsdstart``, ``pr_etime``); busybox ``procps/ps.c``; FreeBSD
``bin/ps/print.c``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import MONTHS, NO_CLOCK, clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

#: ps derives the start from the age in ticks and the boot in whole seconds
LSTART_RESOLUTION_S: Final = 2.0
DAY_S: Final = 86_400.0

_COLUMNS: Final = (
    "PID PPID PGID SID TGID LWP SPID NLWP USER UID EUSER EUID RUSER GROUP GID %CPU C CP %MEM VSZ SZ RSS RSZ TTY TT STAT S "
    "START STARTED STIME TIME ELAPSED PRI NI CLS F ADDR WCHAN UNIT CGROUP COMMAND CMD ARGS COMM EXE PCPU PMEM MAJFL MINFL PSR POL RTPRIO "
    "SLICE USLICE LUID SUID SUSER RUID RGID EGROUP EGID LABEL DRS TRS LIM NPROC THCNT WCPU JOBC TSID TPGID BLOCKED IGNORED CAUGHT PENDING"
)
COLUMNS: Final = frozenset(_COLUMNS.split())
STARTS: Final = frozenset({"START", "STARTED", "STIME"})
COMMANDS: Final = frozenset({"COMMAND", "CMD", "ARGS"})
LSTART: Final = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d? \d\d:\d\d:\d\d \d{4}", re.ASCII)
LSTART_WORDS: Final = 5
DAY: Final = re.compile(r"(?P<month>[A-Z][a-z]{2}) ?(?P<day>\d\d?)", re.ASCII)
BSD_DAY: Final = re.compile(r"(?P<day>\d\d?)(?P<month>[A-Z][a-z]{2})(?P<year>\d\d)", re.ASCII)
#: what ``ps`` says of itself before its header
SAID: Final = re.compile(r"your \d+x\d+ screen size is bogus\..*|[Ww]arning: bad (?:ps )?syntax.*|error: .+", re.ASCII)
#: what goes into the body, by the names of its columns
BESIDE: Final = {"user": ("USER", "EUSER", "UID", "RUSER"), "ppid": ("PPID",), "elapsed": ("ELAPSED",)}
PID: Final = re.compile(r"\d{1,10}", re.ASCII)
FOREST: Final = re.compile(r"(?:[ |]*\\_ )?(?P<command>.*)")


def header_of(line: str) -> list[str] | None:
    """The columns that a header names; None when it is none."""
    names = line.split()
    known = len(names) > 1 and "PID" in names and names[-1] in COMMANDS and COLUMNS.issuperset(names)
    doubled = len(names) - len(set(names))
    return names if known and (not doubled or (doubled == 1 and names.count(names[-1]) > 1)) else None


def start_of(text: str) -> dict[str, object]:
    """The clock of a start."""
    if LSTART.fullmatch(text):
        clock = clock_as_written(text, "lstart")
        return clock if clock["naive_us"] is None else {**clock, "resolution_s": LSTART_RESOLUTION_S}
    if found := DAY.fullmatch(text):
        clock = clock_as_written(f"{found['month']} {found['day']} 00:00:00", "syslog")
        return clock if clock["naive_us"] is None else {**clock, "resolution_s": DAY_S}
    if found := BSD_DAY.fullmatch(text):
        clock = clock_as_written(f"20{found['year']}-{MONTHS.get(found['month'], 0):02}-{found['day']:0>2} 00:00", "minute")
        return clock if clock["naive_us"] is None else {**clock, "resolution_s": DAY_S}
    return dict(NO_CLOCK)


def row_of(line: str, names: Sequence[str]) -> dict[str, str] | None:
    """The values of a row by the names of their columns; None when it is none."""
    at = next((at for at, name in enumerate(names) if name in STARTS), None)
    words = line.split(None, len(names) - 1)
    if at is not None and LSTART.fullmatch(" ".join(line.split(None, at + LSTART_WORDS)[at : at + LSTART_WORDS])):
        words = line.split(None, len(names) + LSTART_WORDS - 2)
        words[at : at + LSTART_WORDS] = [" ".join(words[at : at + LSTART_WORDS])]
    elif at is not None and DAY.fullmatch(" ".join(line.split(None, at + 2)[at : at + 2])):
        words = line.split(None, len(names))
        words[at : at + 2] = [" ".join(words[at : at + 2])]
    if len(words) < len(names):
        return None
    row = dict(zip(names, words, strict=True))
    return row if PID.fullmatch(row["PID"]) or row["PID"] == "-" else None


def recognise(lines: Sequence[str]) -> bool:
    """Whether the first line is a header of ``ps``, and all others are processes."""
    filled = (line for line in lines if line.strip() and not SAID.fullmatch(line.strip()))
    names = header_of(next(filled, ""))
    if not names:
        return False
    count = 0
    for line in filled:
        row = row_of(line, names)
        if not row:
            return False
        count += row["PID"] != "-"
    return count > 0


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a process."""
    facts = []
    names: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if names is None:
            names = header_of(line)
            continue
        row = row_of(line, names)
        if not row or row["PID"] == "-":
            continue
        beside = [(name, next((row[key] for key in keys if key in row), "")) for name, keys in BESIDE.items()]
        command = FOREST.fullmatch(row[names[-1]].rstrip())
        columns = {
            **start_of(next((row[name] for name in names if name in STARTS), "")),
            "subject": row["PID"],
            "subject_kind": "process",
            "process_pid": int(row["PID"]),
            "process_command_line": command["command"] if command else "",
            "status": row.get("STAT", row.get("S")),
            "body": " ".join(f"{name}={value}" for name, value in beside if value) or None,
        }
        facts.append(Fact("states", number, number, columns))
    return facts


FORMAT = DocumentFormat(
    name="process_list",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "    PID                  STARTED CMD\n"
            "     33 Mon Nov 23 10:54:59 2026 php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)",
            {
                "naive_us": 1_795_431_299_000_000,
                "offset_s": None,
                "resolution_s": 2.0,
                "yearless": False,
                "subject": "33",
                "subject_kind": "process",
                "process_pid": 33,
                "process_command_line": "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)",
                "line": 2,
            },
        ),
        Sample(
            "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
            "www-data      46  0.0  0.4 211000 18000 ?        S    10:54   0:00  \\_ php-fpm: pool www",
            {"naive_us": None, "process_pid": 46, "process_command_line": "php-fpm: pool www", "status": "S"},
        ),
        Sample(
            "UID          PID    PPID  C STIME TTY          TIME CMD\n"
            "root          43       1  0 Nov23 ?        00:00:00 nginx: master process /usr/sbin/nginx",
            {"naive_us": 91_324_800_000_000, "yearless": True, "resolution_s": 86_400.0},
        ),
        Sample("  PID USER     TIME  COMMAND\n    1 root      0:00 nginx: master process nginx", {"process_pid": 1}),
        Sample(
            "    PID  STARTED     ELAPSED COMMAND\n     43   Nov 22  1-02:11:05 nginx: master process /usr/sbin/nginx",
            {
                "naive_us": 91_238_400_000_000,
                "body": "elapsed=1-02:11:05",
                "process_command_line": "nginx: master process /usr/sbin/nginx",
            },
        ),
        Sample(
            "USER    PID  %CPU %MEM   VSZ  RSS TT  STAT STARTED    TIME COMMAND\nwww      43   0.0  0.1 13504 3200  -  S    "
            "15Oct26 0:01.10 nginx",
            {"naive_us": 1_792_022_400_000_000, "yearless": False, "body": "user=www"},
        ),
        Sample(
            "your 131072x1 screen size is bogus. expect trouble\nUSER  PID STAT COMMAND\nroot   43 -    nginx\nroot    - Ss   -",
            {"process_pid": 43, "line": 3},
        ),
        Sample("    PID                  STARTED CMD"),
        Sample("    PID                  STARTED CMD\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("CONTAINER ID   IMAGE   COMMAND\n4711 nginx nginx"),
    ),
)
