"""What apt showed while it worked: ``/var/log/apt/term.log``.

Real lines::

    Log started: 2026-11-23  06:12:34
    Setting up php8.2-fpm (8.2.32-1~deb12u1) ...
    Log ended: 2026-11-23  06:12:46

Clock: local, without a zone. Continuation: what dpkg and the packages' scripts say between the two.

Grammar: apt ``apt-pkg/deb/dpkgpm.cc`` (``OpenLog``, ``CloseLog``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.changes import PACKAGE, change
from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, table

LINE: Final = r"^Log (?P<which>started|ended): (?P<day>\d{4}-\d\d-\d\d)  (?P<time>\d\d:\d\d:\d\d)\s*$"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that open and close a run."""
    head = accept(lines, LINE)
    second = pc.binary_join_element_wise(head["day"], head["time"], " ").combine_chunks()
    status = pc.if_else(pc.equal(head["which"], "started"), "started", "completed")
    return table(head["row"], {**read_clock(second, "iso"), **change(len(head), PACKAGE), "deployment_status": status})


FORMAT = LineFormat(
    name="apt_terminal",
    source="apt_terminal",
    family="deploys",
    writer="packages",
    begins=r"^Log (?:started|ended): ",
    read=read,
    continues=True,
    samples=(
        Sample(
            "Log started: 2026-11-23  06:12:34\nSetting up php8.2-fpm (8.2.32-1~deb12u1) ...",
            {"naive_us": 1_795_414_354_000_000, "offset_s": None, "deployment_status": "started", "change_kind": "package"},
        ),
        Sample("Log ended: 2026-11-23  06:12:46", {"deployment_status": "completed"}),
        Sample("Log started at 2026-11-23  06:12:34"),
        Sample("Setting up php8.2-fpm (8.2.32-1~deb12u1) ..."),
    ),
)
