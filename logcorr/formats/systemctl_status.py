"""What ``systemctl status`` printed: a unit, its processes, the end of its journal.

Real lines::

    ● php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager
         Loaded: loaded (/lib/systemd/system/php8.2-fpm.service; enabled; preset: enabled)
         Active: active (running) since Mon 2026-11-23 10:55:00 CET; 3min 54s ago
        Process: 80 ExecReload=/usr/local/sbin/fpm-graceful-reload (code=exited, status=70)
       Main PID: 33 (php-fpm8.2)
         CGroup: /system.slice/php8.2-fpm.service
                 ├─33 "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)"
                 └─51 "php-fpm: pool www"

    Nov 23 10:56:25 shop-prod-2 systemd[1]: Reload failed for php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.

Clock: of the unit the ``since``, when it came into its state (a reload does not change it), one second, in the reader's zone:
an abbreviation is no offset, but UTC and a number are. Of the journal's lines: no year, no zone. Of the processes: none.
Long lines may be cut with ``…``. Several units follow one another.

Grammar: systemd ``src/systemctl/systemctl-show.c`` (``print_status_info``), ``src/shared/cgroup-show.c``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from logcorr.formats.date import NO_CLOCK, clock_as_written, systemd_clock
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

HEAD: Final = re.compile(
    r"[●○×↻*x] (?P<unit>[^\s/]{1,255}\.(?:service|socket|timer|target|mount|automount|path|slice|scope|swap|device))"
    r"(?: - (?P<title>.*))?"
)
LABELLED: Final = re.compile(r" +(?P<label>[A-Z][\w-]*(?: [A-Z]+)?): (?P<value>\S.*)")
PID: Final = re.compile(r"(?P<pid>\d{1,10})(?: (?P<rest>.*))?", re.ASCII)
CHILD: Final = re.compile(r"[\s│├└─|`-]*[─-] *(?P<pid>\d{1,10}) (?P<command>\S.*)")
SAID: Final = re.compile(
    r"(?:(?P<second>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](?P<iso_fraction>\d{1,9}))?(?P<offset>[+-]\d\d:?\d\d))"
    r" (?P<host>[^\s\[\]:]+) (?P<ident>[^\s\[\]:][^\[\]:]*)(?:\[(?P<pid>\d{1,10})\])?:(?: (?P<body>.*))?",
    re.ASCII,
)
#: of a unit that there is not
MISSING: Final = re.compile(r"Unit (?P<unit>[^\s/]{1,255}) (?P<why>could not be found|not found)\.")
RESULT: Final = re.compile(r" ?\((?P<result>Result: [\w-]+)\)")


def blocks_of(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First and last place of each unit's lines, and its name."""
    heads = [(at, found["unit"]) for at, line in enumerate(lines) if (found := HEAD.fullmatch(line.rstrip()))]
    heads = [(at, unit) for at, unit in heads if at + 1 < len(lines) and lines[at + 1].lstrip().startswith("Loaded:")]
    for (at, unit), (end, _) in zip(heads, [*heads[1:], (len(lines), "")], strict=False):
        yield at, end, unit


def recognise(lines: Sequence[str]) -> bool:
    """Whether it begins with a unit (or a host) and its state."""
    first = next((line for line in lines[:20] if line.strip() and not line.startswith("Warning: ")), "")
    if MISSING.fullmatch(first.rstrip()):
        return all(MISSING.fullmatch(line.rstrip()) for line in lines if line.strip()) or any(True for _ in blocks_of(lines))
    if not first.startswith(("● ", "○ ", "× ", "↻ ", "* ", "x ")):
        return False
    return any(lines[at + 1].startswith(" ") for at, _, _ in blocks_of(lines))


def read(lines: Sequence[str]) -> list[Fact]:
    """Facts of each unit, of the commands that it ran, of its processes, and its journal lines."""
    facts = [fact for at, end, unit in blocks_of(lines) for fact in unit_facts(lines[at:end], at + 1, unit)]
    for number, line in enumerate(lines, 1):
        if missing := MISSING.fullmatch(line.rstrip()):
            about = {"subject": missing["unit"], "subject_kind": "unit", "unit": missing["unit"], "status": missing["why"]}
            facts.append(Fact("states", number, number, {**NO_CLOCK, **about}))
    return sorted(facts, key=lambda fact: fact.line)


def unit_facts(lines: Sequence[str], first: int, unit: str) -> Iterator[Fact]:
    """The facts of one unit, whose first line has the number ``first``."""
    blank = next((at for at, line in enumerate(lines) if not line.strip() or MISSING.fullmatch(line.rstrip())), len(lines))
    about: dict[str, object] = {**NO_CLOCK, "subject": unit, "subject_kind": "unit", "unit": unit}
    others = []
    rest = []
    label = ""
    for number, line in enumerate(lines[1:blank], first + 1):
        found = LABELLED.fullmatch(line.rstrip())
        label, value = (found["label"], found["value"]) if found else (label, line.strip())
        pid = PID.fullmatch(value)
        if label == "Active" and found:
            about |= activity(value)
        elif label == "Main PID" and pid:
            about["process_pid"] = int(pid["pid"])
        elif label == "Process" and pid:
            others.append(Fact("states", number, number, ran(unit, int(pid["pid"]), pid["rest"] or "")))
        elif label == "CGroup":
            if not found and (child := CHILD.fullmatch(line.rstrip())):
                others.append(Fact("states", number, number, process(unit, int(child["pid"]), child["command"])))
        else:
            rest.append(line.strip())
    about["body"] = "\n".join(rest)
    yield Fact("states", first, first + blank - 1, about)
    yield from others
    yield from journal_facts(lines[blank:], first + blank)


def activity(value: str) -> dict[str, object]:
    """Columns of ``failed (Result: exit-code) since Mon 2026-11-23 04:10:55 CST; 1min 21s ago``."""
    state, since, when = value.partition(" since ")
    result = RESULT.search(state)
    clock, _ = systemd_clock(when.partition(";")[0])
    words = [result["result"] if result else "", f"since {when}" if since else ""]
    return {**clock, "active_state": RESULT.sub("", state), "status": " ".join(word for word in words if word) or None}


def ran(unit: str, pid: int, command: str) -> dict[str, object]:
    """Columns of a command of the unit that has ended."""
    outcome = command.rpartition(" (")[2].removesuffix(")") if command.endswith(")") else None
    about = {"subject": unit, "subject_kind": "unit", "unit": unit, "process_pid": pid, "body": command, "status": outcome}
    return {**NO_CLOCK, **about}


def process(unit: str, pid: int, command: str) -> dict[str, object]:
    """Columns of a process of the unit."""
    if command.startswith('"'):
        command = command.removeprefix('"').removesuffix('"')
    about = {"subject": str(pid), "subject_kind": "process", "unit": unit, "process_pid": pid, "process_command_line": command}
    return {**NO_CLOCK, **about}


def journal_facts(lines: Sequence[str], first: int) -> Iterator[Fact]:
    """The journal's lines; indented ones continue the message before."""
    event: tuple[int, dict[str, object], list[str]] | None = None
    for number, line in enumerate(lines, first):
        said = SAID.fullmatch(line.rstrip())
        if said:
            if event:
                yield log_fact(*event)
            event = (number, said_columns(said), [said["body"] or ""])
        elif event and line.startswith(" ") and line.strip():
            event[2].append(line.strip())
        elif line.strip() and event:
            yield log_fact(*event)
            event = None
    if event:
        yield log_fact(*event)


def log_fact(number: int, columns: dict[str, object], texts: list[str]) -> Fact:
    """An event of the journal."""
    return Fact("log", number, number + len(texts) - 1, {**columns, "body": "\n".join(texts)})


def said_columns(said: re.Match[str]) -> dict[str, object]:
    """The columns of a journal line without its body."""
    if said["iso"]:
        clock = clock_as_written(said["iso"], "iso", fraction=said["iso_fraction"] or "", zone=said["offset"])
    else:
        clock = clock_as_written(said["second"], "syslog", fraction=said["fraction"] or "")
    pid = int(said["pid"]) if said["pid"] else None
    return {**clock, "host_name": said["host"], "service_name": said["ident"], "process_pid": pid}


_STATUS: Final = (
    "● php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager\n"
    "     Loaded: loaded (/lib/systemd/system/php8.2-fpm.service; enabled; preset: enabled)\n"
)

FORMAT = DocumentFormat(
    name="unit_status",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            _STATUS + "     Active: active (running) since Mon 2026-11-23 10:55:00 CET; 3min 54s ago\n"
            "    Process: 80 ExecReload=/usr/local/sbin/fpm-graceful-reload (code=exited, status=70)\n"
            "   Main PID: 33 (php-fpm8.2)\n"
            "     CGroup: /system.slice/php8.2-fpm.service\n"
            '             ├─33 "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)"\n'
            '             └─51 "php-fpm: pool www"\n\n'
            "Nov 23 10:56:25 shop-prod-2 fpm-graceful-reload[84]: [23-Nov-2026 10:56:25] ERROR: FPM initialization failed",
            {
                "family": "states",
                "naive_us": 1_795_431_300_000_000,
                "offset_s": None,
                "resolution_s": 1.0,
                "subject": "php8.2-fpm.service",
                "subject_kind": "unit",
                "unit": "php8.2-fpm.service",
                "active_state": "active (running)",
                "status": "since Mon 2026-11-23 10:55:00 CET; 3min 54s ago",
                "process_pid": 33,
            },
        ),
        Sample(
            "× feed.service - Feed API\n"
            "     Loaded: loaded (/etc/systemd/system/feed.service; enabled; preset: enabled)\n"
            "     Active: failed (Result: signal) since Mon 2026-11-23 12:13:48 UTC; 50s ago\n"
            "    Process: 267 ExecStart=/usr/bin/node /var/www/feed/current/server.js (code=killed, signal=ABRT)\n"
            "   Main PID: 267 (code=killed, signal=ABRT)",
            {
                "naive_us": 1_795_436_028_000_000,
                "offset_s": 0,
                "active_state": "failed",
                "status": "Result: signal since Mon 2026-11-23 12:13:48 UTC; 50s ago",
                "process_pid": 267,
            },
        ),
        Sample(
            "○ feed.service - Feed API\n     Loaded: loaded (/etc/systemd/system/feed.service; disabled)\n"
            "     Active: inactive (dead)",
            {"naive_us": None, "active_state": "inactive (dead)", "status": None},
        ),
        Sample("● php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager"),
        Sample("* php8.2-fpm.service\n* nginx.service\n"),
        Sample(
            "Unit shop.service could not be found.", {"unit": "shop.service", "status": "could not be found", "naive_us": None}
        ),
        Sample("Nov 23 10:55:00 shop-prod-2 systemd[1]: Started php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager."),
    ),
)
