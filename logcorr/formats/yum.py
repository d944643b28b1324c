"""What yum and dnf installed: ``/var/log/yum.log``, ``/var/log/dnf.rpm.log``.

Real lines::

    Nov 23 06:12:41 Updated: nginx-1:1.20.1-14.el7.x86_64
    2026-11-23T06:12:41+0100 SUBDEBUG Upgrade: nginx-1:1.20.1-14.el9.x86_64
    2026-11-23T06:12:41+0100 INFO --- logging initialized ---

Clock: local; yum's without a year and a zone, dnf's with its offset. Each line is written when a step is done. Continuation: none.

Grammar: yum ``rpmtrans.py`` (``RPMTransaction``), dnf ``dnf/yum/rpmtrans.py``, ``dnf/logging.py``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.changes import PACKAGE, change, steps
from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, constant, table

_DOINGS: Final = (
    "Installed|Updated|Erased|Dep-Installed|Reinstalled|Obsoleted|Upgrade|Upgraded|Erase|Downgrade|Downgraded|Reinstall|Install"
)
#: name, then version and release, which hold no dash
_PACKAGE: Final = r"(?:\d{1,9}:)?(?P<package>[A-Za-z0-9][\w.+-]*?)(?:-(?P<version>(?:\d{1,9}:)?[\w.+~^]+-[\w.+~^]+\.\w+))?"
CHANGE: Final = (
    rf"^(?:(?P<syslog>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d)|(?P<iso>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d)(?P<offset>[+-]\d{{4}}|Z) SUBDEBUG)"
    rf" (?P<what>(?P<done>{_DOINGS}): {_PACKAGE})\s*$"
)
STEP: Final = (
    r"^(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?P<offset>[+-]\d{4}|Z) (?P<level>SUBDEBUG|DDEBUG|DEBUG|INFO|WARNING|ERROR|CRITICAL)"
    r" (?P<body>--- logging initialized ---|(?:Cleanup|Obsoleting|Running scriptlet|Verifying): .*)$"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that tell of a package."""
    head = accept(lines, CHANGE)
    old, new = read_clock(head["syslog"], "syslog"), read_clock(head["iso"], "iso", offset=head["offset"])
    is_old = pc.is_valid(head["syslog"])
    return table(
        head["row"],
        {
            **{name: pc.if_else(is_old, old[name], new[name]) for name in old},
            **change(len(head), PACKAGE),
            "service_name": head["package"],
            "deployment_status": constant("completed", len(head)),
            "service_version": head["version"],
            "exit_code": head["what"],
        },
    )


def read_steps(lines: pa.Array) -> pa.Table:
    """Columns of the lines of dnf between them."""
    head = accept(lines, STEP)
    return steps(head, read_clock(head["iso"], "iso", offset=head["offset"]), "dnf")


FORMATS = (
    LineFormat(
        name="yum",
        source="yum",
        family="deploys",
        writer="packages",
        begins=rf"^(?:[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d|\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d{{4}}|Z) SUBDEBUG) (?:{_DOINGS}): ",
        read=read,
        samples=(
            Sample(
                "Nov 23 06:12:41 Updated: nginx-1:1.20.1-14.el7.x86_64",
                {
                    "yearless": True,
                    "service_name": "nginx",
                    "service_version": "1:1.20.1-14.el7.x86_64",
                    "change_kind": "package",
                    "deployment_status": "completed",
                },
            ),
            Sample(
                "Nov 23 06:12:41 Installed: 1:nginx-1.20.1-14.el7.x86_64",
                {"service_name": "nginx", "service_version": "1.20.1-14.el7.x86_64"},
            ),
            Sample("Nov 23 06:12:41 Erased: php-fpm", {"service_name": "php-fpm", "service_version": None}),
            Sample(
                "2026-11-23T06:12:41+0100 SUBDEBUG Upgrade: php-fpm-8.2.32-1.el9.x86_64",
                {"naive_us": 1_795_414_361_000_000, "offset_s": 3600, "yearless": False, "service_name": "php-fpm"},
            ),
            Sample("2026-11-23T06:12:41+0100 INFO --- logging initialized ---"),
            Sample("Nov 23 06:12:41 web1 Updated: nginx"),
        ),
    ),
    LineFormat(
        name="yum:step",
        source="yum",
        family="log",
        writer="packages",
        begins=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d{4}|Z) (?:[A-Z]{4,8}) ",
        read=read_steps,
        samples=(
            Sample(
                "2026-11-23T06:12:41+0100 INFO --- logging initialized ---",
                {"offset_s": 3600, "logger": "dnf", "severity_number": 9},
            ),
            Sample(
                "2026-11-23T06:12:41+0100 SUBDEBUG Cleanup: nginx-1:1.20.1-13.el9.x86_64",
                {"body": "Cleanup: nginx-1:1.20.1-13.el9.x86_64"},
            ),
            Sample("2026-11-23T06:12:41+0100 INFO worker started"),
        ),
    ),
)
