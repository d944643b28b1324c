"""What ``systemctl`` lists: units, unit files, sockets, timers, jobs.

Real lines::

      UNIT                LOAD   ACTIVE SUB     DESCRIPTION
    ● php8.2-fpm.service  loaded failed failed  The PHP 8.2 FastCGI Process Manager
    LISTEN                          UNIT                 ACTIVATES
    /run/dbus/system_bus_socket     dbus.socket          dbus.service
    NEXT                        LEFT       LAST                        PASSED      UNIT            ACTIVATES
    Tue 2026-11-24 00:00:00 CET 13h left   Mon 2026-11-23 00:00:00 CET 10h ago     logrotate.timer logrotate.service

Clock: of a timer the last time that it ran, in the reader's zone; all others have none. Of unit files ``status`` holds the state (enabled,
disabled, masked). Columns of one line may be empty; they stand below their headings.

Grammar: systemd ``src/systemctl/systemctl-list-units.c``, ``systemctl-list-jobs.c``, ``systemctl-list-unit-files.c``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import NO_CLOCK, systemd_clock
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

_UNIT: Final = r"[^\s/]{1,255}\.(?:service|socket|timer|target|mount|automount|path|slice|scope|swap|device)"
UNIT: Final = re.compile(_UNIT)
UNITS_HEADER: Final = re.compile(r" *UNIT +LOAD +ACTIVE +SUB +(?:JOB +)?DESCRIPTION")
UNITS_ROW: Final = re.compile(
    rf"[ ●○×↻*x]{{0,2}}(?P<unit>{_UNIT}) +(?P<load>loaded|not-found|bad-setting|error|masked|merged|stub) +(?P<active>[a-z-]+) "
    r"+(?P<sub>[a-z][a-z0-9-]*)(?: +(?P<title>\S.*))?"
)
FILES_HEADER: Final = re.compile(r"UNIT FILE +STATE(?: +(?:VENDOR )?PRESET)?")
FILES_ROW: Final = re.compile(rf"(?P<unit>{_UNIT}) +(?P<state>[a-z-]+)(?: +[a-z-]+)?")
SOCKETS_HEADER: Final = re.compile(r"LISTEN +(?:TYPE +)?UNIT +ACTIVATES")
SOCKETS_ROW: Final = re.compile(rf"(?P<address>\S.*?) +(?:[A-Z][A-Za-z]+ +)?(?P<unit>{_UNIT})(?: +(?P<activates>\S.*))?")
TIMERS_HEADER: Final = re.compile(r"NEXT +LEFT +LAST +PASSED +UNIT +ACTIVATES")
JOBS_HEADER: Final = re.compile(r" *JOB +UNIT +TYPE +STATE")
JOBS_ROW: Final = re.compile(rf" *(?P<job>\d{{1,10}}) +(?P<unit>{_UNIT}) +(?P<type>[a-z-]+) +(?P<state>[a-z]+)")
FOOTER: Final = re.compile(
    r"\d+ (?:loaded units|unit files|sockets|timers|jobs|units) listed\..*|LOAD +[=→] .*|ACTIVE [=→] .*|SUB +[=→] .*|JOB +[=→] .*"
    r"|To show all installed unit files.*|Pass --all to see .*|Legend: LOAD.*|\s+(?:ACTIVE|SUB|JOB) +→ .*|No jobs running\."
)
HEADERS: Final = {
    "units": UNITS_HEADER,
    "files": FILES_HEADER,
    "sockets": SOCKETS_HEADER,
    "timers": TIMERS_HEADER,
    "jobs": JOBS_HEADER,
}


def about(unit: str, **columns: object) -> dict[str, object]:
    """The columns of one unit."""
    return {**NO_CLOCK, "subject": unit, "subject_kind": "unit", "unit": unit, **columns}


def of_units(text: str, _header: str) -> dict[str, object] | None:
    """Columns of a row of ``list-units``."""
    row = UNITS_ROW.fullmatch(text)
    if not row:
        return None
    return about(row["unit"], active_state=f"{row['active']} ({row['sub']})", status=row["load"], body=row["title"])


def of_files(text: str, _header: str) -> dict[str, object] | None:
    """Columns of a row of ``list-unit-files``."""
    row = FILES_ROW.fullmatch(text)
    return about(row["unit"], status=row["state"]) if row else None


def of_sockets(text: str, _header: str) -> dict[str, object] | None:
    """Columns of a row of ``list-sockets``: who is started by what arrives."""
    row = SOCKETS_ROW.fullmatch(text)
    if not row:
        return None
    body = f"activates {row['activates']}" if row["activates"] else None
    return {**about(row["unit"]), "subject": row["address"], "body": body}


def of_timers(text: str, header: str) -> dict[str, object] | None:
    """Columns of a row of ``list-timers``, cut where its headings begin."""
    at = [header.index(name) for name in ("LAST", "PASSED", "UNIT", "ACTIVATES")]
    last, _, unit, activates = (text[begin:end].strip() for begin, end in zip(at, [*at[1:], None], strict=True))
    if not UNIT.fullmatch(unit):
        return None
    clock, _ = systemd_clock(last)
    return {**about(unit, body=text.strip()), **clock, "status": f"activates {activates}" if activates else None}


def of_jobs(text: str, _header: str) -> dict[str, object] | None:
    """Columns of a row of ``list-jobs``."""
    row = JOBS_ROW.fullmatch(text)
    return about(row["unit"], status=f"{row['type']} {row['state']}", body=f"job {row['job']}") if row else None


READERS: Final = {"units": of_units, "files": of_files, "sockets": of_sockets, "timers": of_timers, "jobs": of_jobs}


def rows_of(lines: Sequence[str]) -> list[Fact] | None:
    """A fact of each row; None where a line is neither row, header nor footer."""
    facts: list[Fact] = []
    kind = header = ""
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        if not text or FOOTER.fullmatch(text):
            continue
        if new := next((name for name, shape in HEADERS.items() if shape.fullmatch(text)), ""):
            kind, header = new, text
            continue
        columns = READERS[kind](text, header) if kind else None
        if columns is None:
            return None
        facts.append(Fact("states", number, number, columns))
    return facts


def recognise(lines: Sequence[str]) -> bool:
    """Whether it begins with a header of ``systemctl`` and all other lines are its rows."""
    return bool(rows_of(lines))


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a row."""
    return rows_of(lines) or []


FORMAT = DocumentFormat(
    name="unit_list",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "  UNIT               LOAD   ACTIVE SUB     DESCRIPTION\n"
            "● php8.2-fpm.service loaded failed failed  The PHP 8.2 FastCGI Process Manager\n"
            "  nginx.service      loaded active running A high performance web server\n\n"
            "LOAD   = Reflects whether the unit definition was properly loaded.\n2 loaded units listed.",
            {
                "subject": "php8.2-fpm.service",
                "subject_kind": "unit",
                "unit": "php8.2-fpm.service",
                "active_state": "failed (failed)",
                "status": "loaded",
                "body": "The PHP 8.2 FastCGI Process Manager",
                "line": 2,
                "naive_us": None,
            },
        ),
        Sample("UNIT FILE      STATE   PRESET\nnginx.service  enabled enabled\n\n1 unit files listed.", {"status": "enabled"}),
        Sample(
            "LISTEN                      UNIT        ACTIVATES\n/run/dbus/system_bus_socket dbus.socket dbus.service",
            {"subject": "/run/dbus/system_bus_socket", "unit": "dbus.socket", "body": "activates dbus.service"},
        ),
        Sample(
            "NEXT                        LEFT     LAST                        PASSED  UNIT            ACTIVATES\n"
            "Tue 2026-11-24 00:00:00 UTC 13h left Mon 2026-11-23 00:00:11 UTC 10h ago logrotate.timer logrotate.service",
            {
                "unit": "logrotate.timer",
                "naive_us": 1_795_392_011_000_000,
                "offset_s": 0,
                "status": "activates logrotate.service",
            },
        ),
        Sample(
            " JOB UNIT          TYPE  STATE\n3506 nginx.service start waiting\n\n1 jobs listed.",
            {"unit": "nginx.service", "status": "start waiting", "body": "job 3506"},
        ),
        Sample("UNIT FILE STATE\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("nginx.service loaded active running A high performance web server"),
    ),
)
