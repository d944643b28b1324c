"""What ``stat`` printed of one or several files: GNU of all versions, busybox, and BSD's, with and without ``-x``.

Real lines::

      File: /run/php/php8.2-fpm.sock
      Size: 0         	Blocks: 0          IO Block: 4096   socket
    Device: 0,90	Inode: 116         Links: 1
    Access: (0660/srw-rw----)  Uid: (   33/www-data)   Gid: (   33/www-data)
    Access: 2026-11-23 10:58:55.027859169 +0100
    Modify: 2026-11-23 10:55:00.235865826 +0100
    Change: 2026-11-23 10:55:00.235865826 +0100
     Birth: 2026-11-23 10:55:00.235865826 +0100

    93 1685475 drwxr-xr-x 2 root wheel 3370961 512 "May 27 05:40:02 2026" "Oct 31 21:25:13 2025" "May 27 05:40:25 2026" ... 32768 8 0 /x

Clock: the modification time, with its offset (old busybox and BSD state none). Change and birth stand in ``body``.

A file that is not there is a fact without a type; ``status`` says why ("No such file or directory").

What ``-c`` and ``-f`` print is whatever was asked for: it is not read.

Grammar: coreutils ``src/stat.c`` (``default_format``); busybox ``coreutils/stat.c``; FreeBSD ``usr.bin/stat/stat.c`` (``DEF_FORMAT``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import NO_CLOCK, clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample
from logcorr.formats.ls import FILE_TYPES, missed

FILE: Final = re.compile(r"\s*File: (?P<name>\S.*)")
OTHER: Final = re.compile(
    r"\s*(?:Size: \d.*|Device: .*Inode: \d.*|Access: \(\d.*|Mode: \(\d.*|Context: .*|ID: .*"
    r"|(?:Access|Modify|Change|Birth): (?:\d{4}-\d\d-\d\d |[A-Z][a-z]{2} [A-Z][a-z]{2} ).*|Birth: ?-?|Access:)"
)
TIME: Final = re.compile(
    r"\s*(?P<which>Modify|Change|Birth): (?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?: (?P<offset>[+-]\d{4}))?",
    re.ASCII,
)
BSD_TIME: Final = re.compile(r"\s*(?P<which>Modify|Change|Birth): (?P<second>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \S{8} \d{4})")
_QUOTED: Final = r'"(?P<{}>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d \d{{4}})"'
#: what BSD prints of a file by default, on one line
BSD: Final = re.compile(
    r"\d{1,20} (?P<inode>\d{1,18}) (?P<mode>[-dlspcb][-rwxsStT]{9})[.+@]? \d+ (?P<user>\S+) (?P<group>\S+) \d+ (?P<size>\d{1,18}) "
    + " ".join(_QUOTED.format(name) for name in ("access", "modify", "change", "birth"))
    + r" \d+ \d+ \S+ (?P<name>\S.*)",
    re.ASCII,
)
SIZE: Final = re.compile(r"\s*Size: (\d{1,18})\b", re.ASCII)
INODE: Final = re.compile(r"Inode: (\d{1,18})\b", re.ASCII)
MODE: Final = re.compile(r"\(\d{4,6}/(?P<mode>[-dlspcb][-rwxsStT]{9})\)", re.ASCII)
OWNER: Final = re.compile(r"(?P<kind>[UG])id: \(\s*\d+/\s*(?P<name>[^)]*)\)")
QUOTES: Final = {"'": "'", "`": "'", "‘": "’", '"': '"'}


def unquoted(name: str) -> str:
    """A file name without the quotes that some versions put around it."""
    return name[1:-1] if len(name) > 1 and QUOTES.get(name[0]) == name[-1] else name


def recognise(lines: Sequence[str]) -> bool:
    """Whether all lines belong to the blocks of ``stat``, and one tells a modification time."""
    inside = told = False
    for line in lines:
        text = line.rstrip()
        if not text:
            continue
        if BSD.fullmatch(text):
            told = True
            continue
        if FILE.fullmatch(text):
            inside = True
        elif missed(text, "stat"):
            told = True
        elif not inside or not OTHER.fullmatch(text):
            return False
        told = told or text.lstrip().startswith("Modify:")
    return told


def fact_of(lines: Sequence[str], first: int) -> Fact:
    """The fact of one block, whose first line has the number ``first``."""
    found = FILE.fullmatch(lines[0].rstrip())
    name, arrow, target = (found["name"] if found else "").partition(" -> ")
    columns: dict[str, object] = {**NO_CLOCK, "subject": unquoted(name), "subject_kind": "file"}
    columns["link_target"] = unquoted(target) if arrow else None
    owner: dict[str, str] = {}
    body = []
    last = first
    for number, line in enumerate(lines[1:], first + 1):
        text = line.rstrip()
        last = number if text and not missed(text, "stat") else last
        if size := SIZE.match(text):
            columns["file_size"] = int(size[1])
        if inode := INODE.search(text):
            columns["inode"] = int(inode[1])
        if mode := MODE.search(text):
            columns["file_mode"] = mode["mode"]
            columns["file_type"] = FILE_TYPES[mode["mode"][0]]
            owner = {each["kind"]: each["name"].strip() for each in OWNER.finditer(text)}
        if stamp := TIME.fullmatch(text):
            if stamp["which"] == "Modify":
                fraction, offset = stamp["fraction"] or "", stamp["offset"] or ""
                columns |= clock_as_written(stamp["second"], "iso", fraction=fraction, zone=offset)
            else:
                body.append(f"{stamp['which'].lower()}={iso(stamp)}")
        elif (stamp := BSD_TIME.fullmatch(text)) and stamp["which"] == "Modify":
            columns |= clock_as_written(stamp["second"], "lstart")
    columns["file_owner"] = f"{owner['U']}:{owner['G']}" if len(owner) > 1 else None
    columns["body"] = " ".join(body) or None
    return Fact("states", first, last, columns)


def bsd_columns(row: re.Match[str]) -> dict[str, object]:
    """The columns of BSD's one line."""
    name, arrow, target = row["name"].partition(" -> ")
    whole = {which: clock_as_written(f"Mon {row[which]}", "lstart") for which in ("modify", "change", "birth")}
    body = [f"{which}={row[which]}" for which in ("change", "birth") if whole[which]["naive_us"] is not None]
    return {
        **whole["modify"],
        "subject": name,
        "subject_kind": "file",
        "link_target": target if arrow else None,
        "file_type": FILE_TYPES[row["mode"][0]],
        "file_mode": row["mode"],
        "file_owner": f"{row['user']}:{row['group']}",
        "file_size": int(row["size"]),
        "inode": int(row["inode"]),
        "body": " ".join(body) or None,
    }


def iso(stamp: re.Match[str]) -> str:
    """A time in one word: ``2026-11-23T10:55:00.280717948+01:00``."""
    fraction = f".{stamp['fraction']}" if stamp["fraction"] else ""
    offset = f"{stamp['offset'][:3]}:{stamp['offset'][3:]}" if stamp["offset"] else ""
    return stamp["second"].replace(" ", "T") + fraction + offset


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a file."""
    starts = [at for at, line in enumerate(lines) if FILE.fullmatch(line.rstrip())]
    facts = [fact_of(lines[start:end], start + 1) for start, end in zip(starts, [*starts[1:], len(lines)], strict=False)]
    for number, line in enumerate(lines, 1):
        if columns := missed(line, "stat"):
            facts.append(Fact("states", number, number, columns))
        elif row := BSD.fullmatch(line.rstrip()):
            facts.append(Fact("states", number, number, bsd_columns(row)))
    return sorted(facts, key=lambda fact: fact.line)


FORMAT = DocumentFormat(
    name="file_stat",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "  File: /run/php/php-fpm.sock -> /etc/alternatives/php-fpm.sock\n"
            "  Size: 30        \tBlocks: 0          IO Block: 4096   symbolic link\n"
            "Device: 0,90\tInode: 120         Links: 1\n"
            "Access: (0777/lrwxrwxrwx)  Uid: (    0/    root)   Gid: (   33/www-data)\n"
            "Access: 2026-11-23 10:58:55.051859168 +0100\n"
            "Modify: 2026-11-23 10:55:00.000000000 +0100\n"
            "Change: 2026-11-23 10:55:00.280717948 +0100\n"
            " Birth: 2026-11-23 10:55:00.279605769 +0100\n"
            "  File: /run/php/php8.2-fpm.sock\n"
            "  Size: 0         \tBlocks: 0          IO Block: 4096   socket\n",
            {
                "naive_us": 1_795_431_300_000_000,
                "offset_s": 3600,
                "resolution_s": 1e-6,
                "subject": "/run/php/php-fpm.sock",
                "link_target": "/etc/alternatives/php-fpm.sock",
                "file_type": "symlink",
                "file_owner": "root:www-data",
                "file_mode": "lrwxrwxrwx",
                "file_size": 30,
                "inode": 120,
                "body": "change=2026-11-23T10:55:00.280717948+01:00 birth=2026-11-23T10:55:00.279605769+01:00",
                "line": 1,
            },
        ),
        Sample(
            "  File: ‘/run/app.sock’\n"
            "  Size: 0         \tBlocks: 0          IO Block: 4096   socket\n"
            "Device: fd00h/64768d\tInode: 5033        Links: 1\n"
            "Access: (0660/srw-rw----)  Uid: (   33/www-data)   Gid: (   33/www-data)\n"
            "Context: system_u:object_r:httpd_var_run_t:s0\n"
            "Access: 2026-11-23 10:55:00.000000000 +0100\n"
            "Modify: 2026-11-23 10:55:00.000000000 +0100\n"
            "Change: 2026-11-23 10:55:00.000000000 +0100\n"
            " Birth: -",
            {"subject": "/run/app.sock", "inode": 5033, "body": "change=2026-11-23T10:55:00.000000000+01:00"},
        ),
        Sample(
            "  File: '/run/app.sock' -> 'b'\n"
            "  Size: 0         \tBlocks: 0          IO Block: 4096   socket\n"
            "Device: 3fh/63d\tInode: 540         Links: 1\n"
            "Access: (0660/srw-rw----)  Uid: (   33/www-data)   Gid: (   33/www-data)\n"
            "Access: 2026-11-23 10:55:00.000000000\n"
            "Modify: 2026-11-23 10:55:00.000000000\n"
            "Change: 2026-11-23 10:55:00.000000000",
            {"subject": "/run/app.sock", "link_target": "b", "offset_s": None, "naive_us": 1_795_431_300_000_000},
        ),
        Sample(
            "stat: cannot statx '/run/php/php8.3-fpm.sock': No such file or directory",
            {"subject": "/run/php/php8.3-fpm.sock", "file_type": None, "status": "No such file or directory", "naive_us": None},
        ),
        Sample(
            '93 1685475 srw-rw---- 1 www www 3370961 512 "Nov 23 10:57:02 2026" "Nov 23 10:55:00 2026" "Nov 23 10:55:01 2026" '
            '"Oct 31 21:25:13 2025" 32768 8 0 /var/run/app.sock',
            {"subject": "/var/run/app.sock", "naive_us": 1_795_431_300_000_000, "file_type": "socket", "offset_s": None},
        ),
        Sample('  File "/var/www/app.py", line 3, in <module>\n    main()'),
        Sample("  File: /run/app.sock\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("Modify: 2026-11-23 10:55:00.000000000 +0100"),
        Sample("/run/app.sock 1795431300 srw-rw----"),
    ),
)
