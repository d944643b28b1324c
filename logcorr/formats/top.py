"""Who uses the processor: ``top -b``, of procps and busybox.

Real lines::

    top - 10:58:55 up 3 days,  2:11,  1 user,  load average: 42.10, 17.42, 6.53
    Tasks: 212 total,  40 running, 172 sleeping,   0 stopped,   0 zombie
        PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
         83 www-data  20   0  211000  18000   9000 R  99.7   0.4   2:11.05 php-fpm8.2

The first lines are a fact (``uptime``) with all they say; each process is one, with its share in ``body``. No clock: a time without
its day.

Grammar: procps ``src/top/top.c`` (``summary_show``, ``task_show``); busybox ``procps/top.c``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import NO_CLOCK
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

FIRST: Final = re.compile(r"top - \d\d:\d\d:\d\d up .*load average: (?P<load>[\d., ]+)|Mem: \d+K used, \d+K free, .*")
LOAD: Final = re.compile(r"(?:top - .*|L)oad average: (?P<load>\d+\.\d\d,? \d+\.\d\d,? \d+\.\d\d).*", re.ASCII)
SUMMARY: Final = re.compile(r"(?:Tasks|Threads|%?Cpu\S*|CPU|Load average|[KMGTPE]?i?B? ?(?:Mem|Swap) ?)\s*:.*")
HEADER: Final = re.compile(r"\s*PID +(?:PPID +)?USER +.*\bCOMMAND")
PID: Final = re.compile(r"\d{1,10}", re.ASCII)


def recognise(lines: Sequence[str]) -> bool:
    """Whether it begins as ``top`` does, and all other lines are its summary and its processes."""
    filled = [line.rstrip() for line in lines if line.strip()]
    if not filled or not FIRST.fullmatch(filled[0]):
        return False
    width = 0
    for text in filled[1:]:
        if HEADER.fullmatch(text):
            width = len(text.split())
        elif FIRST.fullmatch(text) or SUMMARY.fullmatch(text):
            width = 0
        elif not width or not PID.fullmatch(text.split()[0]) or len(text.split()) < width - 1:
            return False
    return True


def process(text: str, names: Sequence[str]) -> dict[str, object] | None:
    """The columns of a process; None for a line that is too short for one."""
    words = text.split(None, len(names) - 1)
    if len(words) < len(names) or not PID.fullmatch(words[0]):
        return None
    row = dict(zip(names, words, strict=True))
    beside = [(name, row.get(key)) for name, key in (("user", "USER"), ("cpu", "%CPU"), ("mem", "%MEM"), ("vsz", "%VSZ"))]
    return {
        **NO_CLOCK,
        "subject": row["PID"],
        "subject_kind": "process",
        "process_pid": int(row["PID"]),
        "process_command_line": row["COMMAND"].strip(),
        "status": row.get("S", row.get("STAT")),
        "body": " ".join(f"{name}={value}" for name, value in beside if value),
    }


def read(lines: Sequence[str]) -> list[Fact]:
    """A fact of each summary and of each process."""
    facts: list[Fact] = []
    names: list[str] = []
    summary: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""], 1):
        text = line.strip()
        if FIRST.fullmatch(text) or (summary and SUMMARY.fullmatch(text)):
            summary.append((number, text))
            names = []
            continue
        if summary and text:
            facts.append(about(summary))
            summary = []
        if HEADER.fullmatch(line.rstrip()):
            names = text.split()
        elif names and (columns := process(text, names)):
            facts.append(Fact("states", number, number, columns))
    return [*facts, *([about(summary)] if summary else [])]


def about(summary: Sequence[tuple[int, str]]) -> Fact:
    """The fact of the lines above the processes."""
    load = next((found["load"] for _, text in summary if (found := LOAD.fullmatch(text))), None)
    columns = {
        **NO_CLOCK,
        "subject": "uptime",
        "subject_kind": "uptime",
        "status": f"load {load}" if load else None,
        "body": "\n".join(text for _, text in summary),
    }
    return Fact("states", summary[0][0], summary[-1][0], columns)


FORMAT = DocumentFormat(
    name="top",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "top - 10:58:55 up 3 days,  2:11,  1 user,  load average: 42.10, 17.42, 6.53\n"
            "Tasks: 212 total,  40 running, 172 sleeping,   0 stopped,   0 zombie\n"
            "%Cpu(s): 98.1 us,  1.9 sy,  0.0 ni,  0.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st\n"
            "MiB Mem :   7941.1 total,    112.0 free,   7402.0 used,    426.0 buff/cache\n\n"
            "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n"
            "     83 www-data  20   0  211000  18000   9000 R  99.7   0.4   2:11.05 php-fpm8.2",
            {"subject": "uptime", "status": "load 42.10, 17.42, 6.53", "line": 1, "line_last": 4, "naive_us": None},
        ),
        Sample(
            "Mem: 7689436K used, 294220K free, 8952K shrd, 37868K buff, 21416K cached\nCPU:  98% usr   2% sys   0% nic   0% idle\n"
            "Load average: 42.10 17.42 6.53 40/412 20331\n  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND\n"
            "   83     1 www-data R     206m   3%  99% php-fpm: pool www",
            {"status": "load 42.10 17.42 6.53"},
        ),
        Sample("top - 10:58:55 up 3 days\nTasks: 212 total"),
        Sample("    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND"),
        Sample("Mem: 7689436K used, 294220K free, 8952K shrd\nNov 23 10:55:00 web1 systemd[1]: Reloading."),
    ),
)
