"""How full the file systems are: ``df`` in its forms (``-h``, ``-i``, ``-T``, ``-P``, ``-k``).

Real lines::

    Filesystem      Size  Used Avail Use% Mounted on
    /dev/sda1        20G   20G     0 100% /
    Filesystem     Type  1K-blocks    Used Available Use% Mounted on
    Filesystem      Inodes  IUsed   IFree IUse% Mounted on

``subject`` is where it is mounted, ``status`` how full it is ("100%"), ``body`` the line. A long name may stand on a line of its own.
No clock: it is the state at the time of the call.

Grammar: coreutils ``src/df.c``; busybox ``coreutils/df.c``; FreeBSD ``bin/df/df.c``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

HEADER: Final = re.compile(
    r"Filesystem +(?:Type +)?(?:Size|Avail|Used|Inodes|\d*[KMGkmg]?B?-blocks|\d{3,4}-blocks|\d+[KMG]) .*\bMounted on"
)
_AMOUNT: Final = r"(?:-|-?\d[\d.,]{0,20}(?:[KMGTPEZYkmgtpezy]i?B?|B)?)"
NUMBERS: Final = (
    rf"(?:{_AMOUNT} +){{2,3}}(?P<full>\d{{1,3}}%|-)(?: +{_AMOUNT} +{_AMOUNT} +(?:\d{{1,3}}%|-))? +(?P<mount>/.*|-|[A-Z]:.*)"
)
ROW: Final = re.compile(rf"(?P<device>\S(?:.{{0,254}}?\S)??) +(?:[a-z][\w.-]{{1,30}} +)?{NUMBERS}", re.ASCII)
SECOND: Final = re.compile(rf" +(?:[a-z][\w.-]{{1,30}} +)?{NUMBERS}", re.ASCII)
FAULT: Final = re.compile(r"df: .+")
TOTAL: Final = re.compile(r"total +(?:- +)?(?:\S+ +){3,4}\d{1,3}%(?: +-)?")


def rows_of(lines: Sequence[str]) -> list[Fact] | None:
    """A fact of each file system; None where a line is neither row nor header."""
    facts: list[Fact] = []
    inside = False
    device: tuple[int, str] | None = None
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        if not text or FAULT.fullmatch(text):
            continue
        if HEADER.fullmatch(text):
            inside = True
        elif inside and not device and TOTAL.fullmatch(text):
            continue
        elif inside and (row := SECOND.fullmatch(text) if device else ROW.fullmatch(text)):
            first, name = device or (number, row["device"])
            facts.append(Fact("states", first, number, columns_of(row, f"{name} {text.strip()}" if device else text)))
            device = None
        elif inside and not device and len(text.split()) == 1:
            device = (number, text.strip())
        else:
            return None
    return None if device else facts


def columns_of(row: re.Match[str], text: str) -> dict[str, object]:
    """The columns of one file system."""
    about = {"subject": row["mount"], "subject_kind": "file_system", "status": row["full"] if row["full"] != "-" else None}
    return {"naive_us": None, **about, "body": " ".join(text.split())}


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is a header of ``df`` and its rows."""
    return bool(rows_of(lines))


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a file system."""
    return rows_of(lines) or []


FORMAT = DocumentFormat(
    name="disk_usage",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        20G   20G     0 100% /\ntmpfs           2.0G  "
            "   0  2.0G   0% /run/my app",
            {
                "subject": "/",
                "subject_kind": "file_system",
                "status": "100%",
                "body": "/dev/sda1 20G 20G 0 100% /",
                "line": 2,
                "naive_us": None,
            },
        ),
        Sample(
            "Filesystem     Type     1K-blocks    Used Available Use% Mounted on\n/dev/sda1      ext4      20509264 20509264  "
            "       0 100% /",
            {"subject": "/", "status": "100%"},
        ),
        Sample(
            "Filesystem      Inodes  IUsed   IFree IUse% Mounted on\n/dev/sda1      1310720 1310720       0  100% /",
            {"status": "100%"},
        ),
        Sample(
            "Filesystem           1K-blocks      Used Available Use% Mounted on\n"
            "/dev/mapper/vg0-a-very-long-name-of-a-volume\n                      41153856  37022720   2017600  95% /srv",
            {"subject": "/srv", "status": "95%", "line": 2, "line_last": 3},
        ),
        Sample(
            "Filesystem   512-blocks      Used Available Capacity iused ifree %iused  Mounted on\n"
            "/dev/disk1s1  489620264 120000000 369620264    25%  1200000 9999999   11%   /",
            {"subject": "/", "status": "25%"},
        ),
        Sample("Filesystem      Size  Used Avail Use% Mounted on"),
        Sample("Filesystem      Size  Used Avail Use% Mounted on\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("/dev/sda1        20G   20G     0 100% /"),
    ),
)
