"""What apt was told to do and did: ``/var/log/apt/history.log``.

Real lines (one change)::

    Start-Date: 2026-11-23  06:12:34
    Commandline: /usr/bin/unattended-upgrade
    Upgrade: php8.2-fpm:amd64 (8.2.31-1~deb12u1, 8.2.32-1~deb12u1), libssl3:amd64 (3.0.15-1, 3.0.16-1)
    End-Date: 2026-11-23  06:12:46

Clock: local, without a zone; a change is stamped at its end, and at its beginning where it has none: it still ran, or was cut off. With
``Error`` it failed. ``service_name`` names the packages that matter to a server; where that is one, ``service_version`` is its new version.
Continuation: none, the lines of a change are its own.

Grammar: apt ``apt-pkg/deb/dpkgpm.cc`` (``WriteHistoryTag``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.changes import PACKAGE, change, that_matter
from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import blank_as_null, table

FIELD: Final = (
    r"^(?P<key>Start-Date|Commandline|Requested-By|Comment|Install|Reinstall|Upgrade|Downgrade|Remove|Purge|"
    r"Disappeared|Error|End-Date): (?P<value>.*)$"
)
STAMP: Final = r"^(?P<day>\d{4}-\d\d-\d\d)  (?P<time>\d\d:\d\d:\d\d)\s*$"
DOINGS: Final = ("Install", "Reinstall", "Upgrade", "Downgrade", "Remove", "Purge")
PACKAGE_TOLD: Final = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]{0,199})(?::[a-z0-9-]{1,20})? \((?P<versions>[^()]{0,300})\)")
LONGEST: Final = 1000


def fields_of(lines: pa.Array) -> tuple[pa.Array, dict[str, pa.Array]]:
    """The first line of each change, and its fields, null where it has none."""
    parts = pc.extract_regex(lines, FIELD)
    places = np.flatnonzero(pc.is_valid(parts).to_numpy(zero_copy_only=False))
    taken = parts.filter(pc.is_valid(parts))
    keys, values = pc.struct_field(taken, "key"), pc.struct_field(taken, "value")
    begins = pc.equal(keys, "Start-Date").to_numpy(zero_copy_only=False).astype(bool)
    number = np.cumsum(begins) - 1
    count = int(begins.sum())
    fields = {}
    for key in ("Start-Date", "End-Date", "Error", "Commandline", *DOINGS):
        own = np.flatnonzero(pc.equal(keys, key).to_numpy(zero_copy_only=False).astype(bool) & (number >= 0))
        at: np.ndarray = np.full(count, -1, dtype=np.int64)
        at[number[own]] = own
        fields[key] = values.take(pa.array(at, mask=at < 0))
    return pa.array(places[begins].astype(np.int32)), fields


def told_one_after_another(parts: Sequence[tuple[str, pa.Array]], mark: str) -> pa.Array:
    """The texts that are told, each after its label, with a mark between them; null where none is."""
    joined = [pc.binary_join_element_wise(mark + label, texts, "") for label, texts in parts]
    whole = pc.binary_join_element_wise(*(pc.fill_null(each, "") for each in joined), "")
    return blank_as_null(pc.utf8_slice_codeunits(whole, len(mark)))


def clock_of(stamps: pa.Array) -> dict[str, pa.Array]:
    """The clock of each stamp, with its two blanks."""
    parts = pc.extract_regex(stamps, STAMP)
    joined = pc.binary_join_element_wise(pc.struct_field(parts, "day"), pc.struct_field(parts, "time"), " ")
    return read_clock(joined, "iso")


def packages_of(said: str | None) -> tuple[str | None, str | None]:
    """Names of the packages that matter, and the new version of the only one."""
    told = {found["name"]: found["versions"] for found in PACKAGE_TOLD.finditer(said or "")}
    names = that_matter(told)
    versions = [version for version in told.get(names or "", "").split(", ") if version != "automatic"]
    return names, versions[-1] if versions and versions[-1] else None


def read(lines: pa.Array) -> pa.Table:
    """Columns of the changes; ``row`` is the first line of each."""
    row, fields = fields_of(lines)
    start, end = clock_of(fields["Start-Date"]), clock_of(fields["End-Date"])
    ended = pc.is_valid(end["naive_us"])
    said = told_one_after_another([(f"{key}: ", fields[key]) for key in DOINGS], "; ")
    found = [packages_of(each) for each in said.to_pylist()]
    lasted = pc.divide(pc.cast(pc.subtract(end["naive_us"], start["naive_us"]), pa.float64()), 1e6)
    clock = {name: pc.if_else(ended, end[name], start[name]) for name in start}
    status = pc.if_else(pc.is_valid(fields["Error"]), "failed", pc.if_else(ended, "completed", "started"))
    return table(
        row,
        {
            **clock,
            **change(len(row), PACKAGE),
            "service_name": pa.array([names for names, _ in found], pa.string()),
            "deployment_status": status,
            "duration_s": pc.if_else(pc.greater_equal(lasted, 0.0), lasted, pa.scalar(None, pa.float64())),
            "service_version": pa.array([version for _, version in found], pa.string()),
            "exit_code": pc.utf8_slice_codeunits(
                told_one_after_another([("", fields["Error"]), ("", fields["Commandline"]), ("", said)], " | "), 0, LONGEST
            ),
        },
    )


FORMAT = LineFormat(
    name="apt_history",
    source="apt_history",
    family="deploys",
    writer="packages",
    begins=r"^Start-Date: ",
    read=read,
    separator=b"\n\n",
    samples=(
        Sample(
            "Start-Date: 2026-11-23  06:12:34\nCommandline: /usr/bin/unattended-upgrade\n"
            "Upgrade: php8.2-fpm:amd64 (8.2.31-1~deb12u1, 8.2.32-1~deb12u1, automatic), libmagic1:amd64 (5.44-3, 5.44-4)\n"
            "End-Date: 2026-11-23  06:12:46",
            {
                "naive_us": 1_795_414_366_000_000,
                "duration_s": 12.0,
                "change_kind": "package",
                "deployment_status": "completed",
                "service_name": "php8.2-fpm",
                "service_version": "8.2.32-1~deb12u1",
            },
        ),
        Sample(
            "Start-Date: 2026-11-23  06:12:34\nCommandline: apt-get install nginx\nInstall: nginx:amd64 (1.22.1-9), "
            "nginx-common:all (1.22.1-9)",
            {
                "naive_us": 1_795_414_354_000_000,
                "deployment_status": "started",
                "duration_s": None,
                "service_name": "nginx nginx-common",
            },
        ),
        Sample(
            "Start-Date: 2026-11-23  06:12:34\nUpgrade: nginx:amd64 (1.22.1-8, 1.22.1-9)\n"
            "Error: Sub-process /usr/bin/dpkg returned an error code (1)\nEnd-Date: 2026-11-23  06:12:46",
            {"deployment_status": "failed", "service_version": "1.22.1-9"},
        ),
        Sample("Commandline: apt-get install nginx"),
        Sample("Start-Date: yesterday"),
        Sample("End-Date: 2026-11-23  06:12:46"),
    ),
)
