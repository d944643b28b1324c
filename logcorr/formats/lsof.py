"""Which process holds which file open: ``lsof`` with its usual columns.

Real lines::

    COMMAND   PID     USER   FD   TYPE             DEVICE SIZE/OFF   NODE NAME
    nginx      43     root    6u  IPv4              11821      0t0    TCP *:80 (LISTEN)
    php-fpm8  83     root   10u  unix 0xffff998f20251f80      0t0  84023 /run/php/php8.2-fpm.sock type=STREAM
    php-fpm8  83     root  txt    REG                8,1  5412345  13021 /usr/sbin/php-fpm8.2 (deleted)

No clock: it is the state at the time of the call. ``status`` holds the descriptor and the type; ``body`` the name with what is said of
it: with "(deleted)" the process uses what is no longer on the disk. Columns may be empty, so that only the words at both ends are sure.

Grammar: lsof ``src/print.c``, lsof(8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

HEADER: Final = re.compile(r"COMMAND +PID (?: *[A-Z/-]+ )*? *FD +TYPE +DEVICE +SIZE(?:/OFF)? +NODE +NAME")
_TYPES: Final = (
    "REG|DIR|CHR|BLK|FIFO|LINK|unix|IPv4|IPv6|sock|netlink|a_inode|unknown|PIPE|0000|pack|raw|inet|systm|KQUEUE|"
    "NPOLICY|STSO|DEL|NOFD"
)
ROW: Final = re.compile(
    r"(?P<command>\S.{0,255}?) +(?P<pid>\d{1,10}) (?P<who>.{0,120}?) +(?P<fd>cwd|rtd|txt|mem|mmap|ltx|err|pd|tr|DEL|NOFD|\d{1,"
    r"7}[rwu-]?[rRwWuUNx ]?)"
    rf" +(?P<type>{_TYPES})(?P<rest>(?: .*)?)",
    re.ASCII,
)
NODE: Final = re.compile(r"(?:.* )?(?P<node>\d{1,18}|TCP|UDP) +(?P<name>\S.*)", re.ASCII)
SAID: Final = re.compile(r"lsof: .+| {6}Output information may be incomplete\.")


def rows_of(lines: Sequence[str]) -> list[tuple[int, re.Match[str]]] | None:
    """The rows with their numbers; None where a line is neither row nor header."""
    rows: list[tuple[int, re.Match[str]]] = []
    inside = False
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        if HEADER.fullmatch(text):
            inside = True
        elif inside and (row := ROW.fullmatch(text)):
            rows.append((number, row))
        elif text and not SAID.fullmatch(text):
            return None
    return rows


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is a header of ``lsof`` and its rows."""
    return bool(rows_of(lines))


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a row."""
    facts = []
    for number, row in rows_of(lines) or ():
        rest = NODE.fullmatch(row["rest"])
        name = rest["name"] if rest else row["rest"].split()[-1] if row["rest"].split() else ""
        path = name.removesuffix(" (deleted)").partition(" type=")[0]
        columns = {
            "naive_us": None,
            "subject": path.removesuffix(" (LISTEN)") or None,
            "subject_kind": "open_file",
            "inode": int(rest["node"]) if rest and rest["node"].isdecimal() else None,
            "listening": True if name.endswith("(LISTEN)") else None,
            "process_pid": int(row["pid"]),
            "process_command_line": row["command"],
            "status": f"{row['fd'].strip()} {row['type']}",
            "body": name or None,
        }
        facts.append(Fact("states", number, number, columns))
    return facts


FORMAT = DocumentFormat(
    name="open_files",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "COMMAND    PID     USER   FD   TYPE             DEVICE SIZE/OFF  NODE NAME\n"
            "php-fpm8.  83     root   10u  unix 0xffff998f20251f80      0t0 84023 /run/php/php8.2-fpm.sock type=STREAM\n"
            "nginx      43     root    6u  IPv4              11821      0t0   TCP *:80 (LISTEN)",
            {
                "subject": "/run/php/php8.2-fpm.sock",
                "subject_kind": "open_file",
                "process_pid": 83,
                "inode": 84_023,
                "status": "10u unix",
                "line": 2,
            },
        ),
        Sample(
            "lsof: WARNING: can't stat() fuse file system /x\n      Output information may be incomplete.\n"
            "COMMAND    PID  TID    USER   FD   TYPE DEVICE SIZE/OFF  NODE NAME\n"
            "php-fpm8.  83       www-data  txt    REG    8,1  5412345 13021 /usr/sbin/php-fpm8.2 (deleted)",
            {"subject": "/usr/sbin/php-fpm8.2", "body": "/usr/sbin/php-fpm8.2 (deleted)", "inode": 13_021, "line": 4},
        ),
        Sample("COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME"),
        Sample("COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("lsof: no such option"),
    ),
)
