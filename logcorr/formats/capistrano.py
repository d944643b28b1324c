"""Which releases Capistrano made current: ``revisions.log``.

Real lines::

    Branch main (at 9f3c1ab) deployed as release 20261123094301 by deploy
    deploy rolled back to release 20261122170512

Clock: a release is named after the moment, in UTC, at which its deploy began; the line is written at its end, which is not told. So
a deploy is given as begun. A rollback tells no time at all. Continuation: none.

Grammar: capistrano ``lib/capistrano/i18n.rb`` (``revision_log_message``, ``rollback_log_message``), ``lib/capistrano/configuration.rb``
(``timestamp``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.changes import change
from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, constant

LINE: Final = (
    r"^(?:Branch (?P<branch>\S+) \(at (?P<revision>[^()\s]*)\) deployed as release (?P<release>\S+) by (?P<user>\S.*)"
    r"|(?P<who>\S.*) rolled back to release (?P<back>\S+))\s*$"
)
RELEASE: Final = r"^(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)$"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the releases and of those gone back to."""
    head = accept(lines, LINE)
    parts = pc.extract_regex(head["release"].combine_chunks(), RELEASE)
    day = pc.binary_join_element_wise(*(pc.struct_field(parts, name) for name in ("year", "month", "day")), "-")
    time = pc.binary_join_element_wise(*(pc.struct_field(parts, name) for name in ("hour", "minute", "second")), ":")
    clock = read_clock(pc.binary_join_element_wise(day, time, " "), "iso", offset=constant("Z", len(head)))
    status = pc.if_else(pc.is_valid(head["back"]), "completed", "started")
    columns = {
        **clock,
        **change(len(head), "deploy"),
        "deployment_status": status,
        "service_version": pc.coalesce(head["release"], head["back"]),
        "vcs_ref_head_revision": head["revision"],
        "exit_code": pc.if_else(pc.is_valid(head["back"]), "rolled back", pa.scalar(None, pa.string())),
    }
    return pa.table({"row": head["row"], **columns})


FORMAT = LineFormat(
    name="capistrano",
    source="capistrano",
    family="deploys",
    writer="deploy",
    begins=r"^Branch \S+ \(at | rolled back to release ",
    read=read,
    samples=(
        Sample(
            "Branch main (at 9f3c1ab) deployed as release 20261123094301 by deploy",
            {
                "naive_us": 1_795_426_981_000_000,
                "offset_s": 0,
                "deployment_status": "started",
                "change_kind": "deploy",
                "service_version": "20261123094301",
                "vcs_ref_head_revision": "9f3c1ab",
            },
        ),
        Sample(
            "deploy rolled back to release 20261122170512",
            {
                "naive_us": None,
                "deployment_status": "completed",
                "service_version": "20261122170512",
                "exit_code": "rolled back",
            },
        ),
        Sample("Branch main (at 9f3c1ab) deployed as release 42 by deploy", {"naive_us": None, "service_version": "42"}),
        Sample("Branch main deployed"),
        Sample("rolled back to release"),
    ),
)
