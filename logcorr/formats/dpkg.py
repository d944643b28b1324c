"""What dpkg did, step by step: ``/var/log/dpkg.log``.

Real lines::

    2026-11-23 06:12:40 startup archives unpack
    2026-11-23 06:12:41 upgrade php8.2-fpm:amd64 8.2.31-1~deb12u1 8.2.32-1~deb12u1
    2026-11-23 06:12:41 status half-configured php8.2-fpm:amd64 8.2.31-1~deb12u1
    2026-11-23 06:12:46 status installed php8.2-fpm:amd64 8.2.32-1~deb12u1

That a package is installed, upgraded or removed, and that it then is, are changes; the steps between them are events of the log. A
package's own script restarts its service before ``status installed``.

Clock: local, without a zone, at the end of the step. Continuation: none.

Grammar: dpkg ``lib/dpkg/log.c``, dpkg(1) under ``--log``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.changes import PACKAGE, change, without_architecture
from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, constant, table

_SECOND: Final = r"^(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) "
_PACKAGE: Final = r"(?P<package>[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?)"
_VERSION: Final = r"(?:<none>|[0-9A-Za-z.+:~-]+)"
CHANGE: Final = (
    _SECOND + rf"(?P<what>(?:(?P<done>install|upgrade|remove|purge) {_PACKAGE} (?P<old>{_VERSION}) (?P<new>{_VERSION})"
    rf"|status (?P<state>installed|not-installed|config-files) (?P<owner>[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?) "
    rf"(?P<version>{_VERSION})))\s*$"
)
_STATES: Final = "half-installed|unpacked|half-configured|triggers-awaited|triggers-pending"
STEP: Final = (
    _SECOND + rf"(?P<body>startup (?:archives|packages) [a-z ,-]+|status (?:{_STATES}) {_PACKAGE} {_VERSION}"
    rf"|(?:configure|trigproc|disappear) [a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)? {_VERSION} {_VERSION}|conffile .+ (?:install|keep))\s*$"
)
BEGINS: Final = (
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:startup|status|install|upgrade|remove|purge|configure|trigproc|disappear|conffile) "
)


def no_version(versions: pa.Array) -> pa.Array:
    """``<none>`` becomes null."""
    return pc.if_else(pc.equal(versions, "<none>"), pa.scalar(None, pa.string()), versions)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that tell of a package's change."""
    head = accept(lines, CHANGE)
    begun = pc.is_valid(head["done"])
    status = pc.if_else(begun, "started", "completed")
    return table(
        head["row"],
        {
            **read_clock(head["second"], "iso"),
            **change(len(head), PACKAGE),
            "service_name": without_architecture(pc.coalesce(head["package"], head["owner"])),
            "deployment_status": status,
            "service_version": no_version(pc.coalesce(head["new"], head["version"])),
            "exit_code": head["what"],
        },
    )


def read_steps(lines: pa.Array) -> pa.Table:
    """Columns of the lines between them."""
    head = accept(lines, STEP)
    return table(
        head["row"],
        {
            **read_clock(head["second"], "iso"),
            "service_name": without_architecture(head["package"]),
            "logger": constant("dpkg", len(head)),
            "body": head["body"],
        },
    )


FORMATS = (
    LineFormat(
        name="dpkg",
        source="dpkg",
        family="deploys",
        writer="packages",
        begins=BEGINS,
        read=read,
        samples=(
            Sample(
                "2026-11-23 06:12:41 upgrade php8.2-fpm:amd64 8.2.31-1~deb12u1 8.2.32-1~deb12u1",
                {
                    "naive_us": 1_795_414_361_000_000,
                    "offset_s": None,
                    "change_kind": "package",
                    "deployment_status": "started",
                    "service_name": "php8.2-fpm",
                    "service_version": "8.2.32-1~deb12u1",
                    "exit_code": "upgrade php8.2-fpm:amd64 8.2.31-1~deb12u1 8.2.32-1~deb12u1",
                },
            ),
            Sample(
                "2026-11-23 06:12:46 status installed php8.2-fpm:amd64 8.2.32-1~deb12u1",
                {"deployment_status": "completed", "service_name": "php8.2-fpm", "service_version": "8.2.32-1~deb12u1"},
            ),
            Sample("2026-11-23 06:12:46 remove libx1 1.0-2 <none>", {"deployment_status": "started", "service_version": None}),
            Sample("2026-11-23 06:12:41 status half-configured php8.2-fpm:amd64 8.2.31-1~deb12u1"),
            Sample("2026-11-23 06:12:46 status installed"),
            Sample("2026-11-23 06:12:46 INFO upgrade php8.2-fpm 1 2"),
        ),
    ),
    LineFormat(
        name="dpkg:step",
        source="dpkg",
        family="log",
        writer="packages",
        begins=BEGINS,
        read=read_steps,
        samples=(
            Sample(
                "2026-11-23 06:12:41 status half-configured php8.2-fpm:amd64 8.2.31-1~deb12u1",
                {
                    "naive_us": 1_795_414_361_000_000,
                    "service_name": "php8.2-fpm",
                    "body": "status half-configured php8.2-fpm:amd64 8.2.31-1~deb12u1",
                },
            ),
            Sample("2026-11-23 06:12:40 startup archives unpack", {"service_name": None, "logger": "dpkg"}),
            Sample("2026-11-23 06:12:42 conffile /etc/nginx/nginx.conf keep", {"body": "conffile /etc/nginx/nginx.conf keep"}),
            Sample("2026-11-23 06:12:46 status installed php8.2-fpm:amd64 8.2.32-1~deb12u1"),
            Sample("2026-11-23 06:12:40 startup of worker 3"),
        ),
    ),
)
