"""How much memory is left: ``free`` in its forms, and ``/proc/meminfo``.

Real lines::

                   total        used        free      shared  buff/cache   available
    Mem:            7941        7402         112          64         426         210
    Swap:           2047        2047           0
    MemAvailable:     214816 kB

``subject`` is the kind of memory, ``body`` the line with the names of its columns. No clock: it is the state at the time of the call.

Grammar: procps ``src/free.c``; busybox ``procps/free.c``; kernel ``fs/proc/meminfo.c``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

HEADER: Final = re.compile(r" +total +used +free(?: +[a-z/]+){0,6}")
_AMOUNT: Final = r"\d[\d.,]{0,20}(?:[KMGTPEZY]i?|B)?"
ROW: Final = re.compile(rf"(?P<name>Mem|Swap|Low|High|Total|-/\+ buffers/cache):(?P<values>(?: +{_AMOUNT}){{2,8}})", re.ASCII)
MEMINFO: Final = re.compile(r"(?P<name>[A-Z][A-Za-z0-9_()]{1,40}): +\d{1,18}(?: kB)?", re.ASCII)


def rows_of(lines: Sequence[str]) -> list[Fact] | None:
    """A fact of each line; None where a line is of neither."""
    facts: list[Fact] = []
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        if not text:
            continue
        row = ROW.fullmatch(text) if names else None
        if HEADER.fullmatch(text):
            names = text.split()
            continue
        if row:
            values = row["values"].split()
            shown = names if len(values) == len(names) or not row["name"].startswith("-/+") else names[1:]
            said = " ".join(f"{name}={value}" for name, value in zip(shown, values, strict=False))
        elif not names and MEMINFO.fullmatch(text):
            said = text.partition(":")[2].strip()
        else:
            return None
        columns = {"naive_us": None, "subject": text.partition(":")[0], "subject_kind": "memory", "body": said}
        facts.append(Fact("states", number, number, columns))
    return facts if names or any(fact.columns["subject"] == "MemTotal" for fact in facts) else None


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is ``free``'s header with its rows, or the whole of ``/proc/meminfo``."""
    return bool(rows_of(lines))


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a line."""
    return rows_of(lines) or []


FORMAT = DocumentFormat(
    name="memory_usage",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "               total        used        free      shared  buff/cache   available\n"
            "Mem:            7941        7402         112          64         426         210\n"
            "Swap:           2047        2047           0",
            {
                "subject": "Mem",
                "subject_kind": "memory",
                "body": "total=7941 used=7402 free=112 shared=64 buff/cache=426 available=210",
                "line": 2,
                "naive_us": None,
            },
        ),
        Sample(
            "             total       used       free     shared    buffers     cached\n"
            "Mem:          3.7G       3.5G       200M        12M        50M       700M\n-/+ buffers/cache:       2.8G       950M",
            {"body": "total=3.7G used=3.5G free=200M shared=12M buffers=50M cached=700M"},
        ),
        Sample("MemTotal:        8131584 kB\nMemAvailable:     214816 kB", {"subject": "MemTotal", "body": "8131584 kB"}),
        Sample("Mem:            7941        7402         112"),
        Sample("             total       used       free\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
    ),
)
