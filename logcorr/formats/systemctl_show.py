"""What ``systemctl show`` printed: the properties of units, a block each.

Real lines::

    MainPID=33
    ExecMainStartTimestamp=Mon 2026-11-23 10:55:00 CET
    ActiveState=active
    SubState=running
    Id=php8.2-fpm.service

Clock: the first start of the main process, one second, in the reader's zone (an abbreviation, no offset unless UTC). A reload
does not move it.

Grammar: systemd ``src/systemctl/systemctl-show.c``; timestamps ``src/basic/time-util.c`` (``format_timestamp_style``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import systemd_clock
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

PROPERTY: Final = re.compile(r"(?P<key>[A-Z][A-Za-z0-9]*)=(?P<value>.*)", re.ASCII)
_TELLING: Final = (
    "Id ActiveState SubState LoadState MainPID ExecMainStartTimestamp ExecMainStatus ExecMainPID Result NRestarts InvocationID "
    "ActiveEnterTimestamp StateChangeTimestamp UnitFileState"
)
#: some of them are in whatever selection is of use
TELLING: Final = frozenset(_TELLING.split())
LEAST_TELLING: Final = 2
_OTHERS: Final = (
    "Names Requires Wants WantedBy RequiredBy After Before Conflicts FragmentPath DropInPaths Description Type Restart "
    "ExecStart ExecReload "
    "ExecStop KillSignal KillMode SendSIGKILL SendSIGHUP LimitNOFILE LimitMEMLOCK LimitLOCKS LimitNPROC LimitCORE TimeoutStartUSec "
    "TimeoutStopUSec RestartUSec WatchdogUSec Slice ControlGroup MemoryCurrent MemoryLimit MemoryMax TasksCurrent TasksMax CPUUsageNSec "
    "CPUAccounting CPUShares PrivateTmp ProtectSystem ProtectHome NoNewPrivileges CanReload CanStart CanStop NeedDaemonReload"
)
#: a selection may hold none of those above
OTHERS: Final = frozenset(_OTHERS.split())
LEAST_OTHERS: Final = 5
#: what a mail or a ticket made of a long list of units
WRAPPED: Final = re.compile(r"(?: ?[\w@:.\\-]+\.(?:service|socket|timer|target|mount|automount|path|slice|scope|swap|device))+")
UNIT: Final = re.compile(r"[^\s/]+\.(?:service|socket|timer|target|mount|automount|path|slice|scope|swap|device)")
PID: Final = re.compile(r"\d{1,10}", re.ASCII)


def recognise(lines: Sequence[str]) -> bool:
    """Whether every line is a property, and at least two are those of a unit's state, or five of its other ones."""
    telling: set[str] = set()
    others: set[str] = set()
    seen = False
    for line in lines:
        text = line.rstrip()
        if not text:
            continue
        found = PROPERTY.fullmatch(text)
        if not found and WRAPPED.fullmatch(text) and seen:
            continue
        if not found:
            return False
        seen = True
        telling |= TELLING & {found["key"]}
        others |= OTHERS & {found["key"]}
    return len(telling) >= LEAST_TELLING or len(telling | others) >= LEAST_OTHERS


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a block."""
    facts = []
    block: dict[str, str] = {}
    first = last = 0
    for number, line in enumerate([*lines, ""], 1):
        found = PROPERTY.fullmatch(line.rstrip())
        if found:
            first = first if block else number
            last = number
            block[found["key"]] = found["value"]
        elif block and WRAPPED.fullmatch(line.rstrip()):
            last = number
        elif block:
            facts.append(Fact("states", first, last, columns_of(block)))
            block = {}
    return facts


def columns_of(block: dict[str, str]) -> dict[str, object]:
    """The columns of one unit."""
    names = [block.get("Id", ""), *block.get("Names", "").split()]
    unit = next((name for name in names if UNIT.fullmatch(name)), None)
    state, sub = block.get("ActiveState"), block.get("SubState")
    clock, _ = systemd_clock(block.get("ExecMainStartTimestamp", ""))
    pid = block.get("MainPID", "")
    taken = {"Id", "ActiveState", "SubState", "MainPID", "ExecMainStartTimestamp"}
    return {
        **clock,
        "subject": unit,
        "subject_kind": "unit",
        "unit": unit,
        "active_state": f"{state} ({sub})" if state and sub else state or sub,
        "status": block.get("Result"),
        "process_pid": int(pid) if PID.fullmatch(pid) and int(pid) else None,
        "body": json.dumps({key: value for key, value in block.items() if key not in taken}, ensure_ascii=False),
    }


FORMAT = DocumentFormat(
    name="unit_show",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "Restart=on-failure\nMainPID=33\nExecMainStartTimestamp=Mon 2026-11-23 10:55:00 CET\nId=php8.2-fpm.service\n"
            "ActiveState=active\nSubState=running\n\nMainPID=0\nId=nginx.service\nActiveState=inactive",
            {
                "naive_us": 1_795_431_300_000_000,
                "offset_s": None,
                "resolution_s": 1.0,
                "unit": "php8.2-fpm.service",
                "subject": "php8.2-fpm.service",
                "subject_kind": "unit",
                "active_state": "active (running)",
                "process_pid": 33,
                "body": '{"Restart": "on-failure"}',
            },
        ),
        Sample(
            "MainPID=0\nExecMainStartTimestamp=n/a\nActiveState=failed",
            {"naive_us": None, "unit": None, "process_pid": None, "active_state": "failed"},
        ),
        Sample("NODE_ENV=production\nPORT=3000"),
        Sample("Id=4711\nName=shop"),
        Sample("[Service]\nMainPID=33\nActiveState=active"),
    ),
)
