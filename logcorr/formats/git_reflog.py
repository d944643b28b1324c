"""Where a repository's head moved: ``.git/logs/HEAD``, and ``git reflog --date=iso``.

Real lines::

    5b0e77d… 9f3c1ab… Deploy <deploy@web1> 1795427581 +0100	pull: Fast-forward     (hashes of 40 digits)
    9f3c1ab (HEAD -> main, origin/main) HEAD@{2026-11-23 10:53:01 +0100}: pull: Fast-forward

Where code is brought from elsewhere (clone, pull, checkout, reset, merge, rebase) the files on the disk change: on a server that is a
deploy. A commit is made where one stands: a change of the source alone.

Clock: the host's, exact to the second, with its offset. Continuation: none.

Grammar: git ``refs/files-backend.c`` (``log_ref_write_fd``), ``reflog-walk.c`` (``get_reflog_message``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock, read_epoch
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, constant, table

RAW: Final = (
    r"^(?P<old>[0-9a-f]{40}|[0-9a-f]{64}) (?P<revision>[0-9a-f]{40}|[0-9a-f]{64}) .*<[^<>]*> (?P<epoch>\d{10}) "
    r"[+-]\d{4}(?:\t(?P<what>.*))?$"
)
SHOWN: Final = (
    r"^(?P<revision>[0-9a-f]{7,64}) (?:\([^()]*\) )?\S+@\{(?P<second>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d) "
    r"?(?P<offset>[+-]\d\d:?\d\d|Z)\}: (?P<what>.*)$"
)
BROUGHT: Final = r"^(?:clone|pull|checkout|reset|merge|rebase|initial pull|update by push|am)\b"


def read(lines: pa.Array) -> pa.Table:
    """Columns of both layouts."""
    raw, shown = accept(lines, RAW), accept(lines, SHOWN)
    parts = [
        columns(raw, read_epoch(raw["epoch"])),
        columns(shown, read_clock(shown["second"], "iso", offset=shown["offset"])),
    ]
    return pa.concat_tables(parts).sort_by("row")


def columns(head: pa.Table, clock: dict[str, pa.Array]) -> pa.Table:
    """Columns of the lines of one layout."""
    brought = pc.fill_null(pc.match_substring_regex(head["what"], BROUGHT), fill_value=False)
    return table(
        head["row"],
        {
            **clock,
            "change_kind": pc.if_else(brought, "deploy", "source"),
            "deployment_status": constant("completed", len(head)),
            "vcs_ref_head_revision": head["revision"],
            "exit_code": head["what"],
        },
    )


FORMAT = LineFormat(
    name="git_reflog",
    source="git_reflog",
    family="deploys",
    writer="deploy",
    begins=r"^[0-9a-f]{7,64} ",
    read=read,
    samples=(
        Sample(
            f"{'5b' * 20} {'9f' * 20} Deploy <deploy@web1> 1795427581 +0100\tpull: Fast-forward",
            {
                "naive_us": 1_795_427_581_000_000,
                "offset_s": 0,
                "deployment_status": "completed",
                "change_kind": "deploy",
                "vcs_ref_head_revision": "9f" * 20,
                "exit_code": "pull: Fast-forward",
            },
        ),
        Sample(f"{'5b' * 20} {'9f' * 20} D <d@web1> 1795427581 +0100\tcommit: fix", {"change_kind": "source"}),
        Sample(
            "9f3c1ab (HEAD -> main) HEAD@{2026-11-23 10:53:01 +0100}: checkout: moving from main to v42",
            {"naive_us": 1_795_431_181_000_000, "offset_s": 3600, "change_kind": "deploy", "vcs_ref_head_revision": "9f3c1ab"},
        ),
        Sample("9f3c1ab HEAD@{0}: pull: Fast-forward"),
        Sample("9f3c1ab fix the rate"),
    ),
)
