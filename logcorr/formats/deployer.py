"""Which releases PHP's Deployer made: ``.dep/releases_log``, one JSON object a line.

Real lines::

    {"created_at":"2026-11-23T09:43:01+0000","release_name":"42","user":"deploy","target":"main"}

Clock: with its offset; written when the folder of the release is made, early in the deploy. That it ended well stands nowhere in it.
Continuation: none.

Grammar: deployer ``recipe/deploy/release.php``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.app_json import read_stamp
from logcorr.formats.changes import change
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.json_lines import values_of
from logcorr.formats.tokenise import constant, table

KEYS: Final = {
    "time": ("created_at",),
    "release": ("release_name",),
    "user": ("user",),
    "target": ("target",),
    "revision": ("revision",),
}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the releases."""
    values = values_of(lines, KEYS)
    told = pc.and_(pc.is_valid(values["release"]), pc.or_(pc.is_valid(values["user"]), pc.is_valid(values["target"])))
    values = values.filter(pc.and_(told, pc.is_valid(values["time"])))
    part = {name: values[name].combine_chunks() for name in values.column_names}
    count = values.num_rows
    return table(
        part["row"],
        {
            **read_stamp(part["time"]),
            **change(count, "deploy"),
            "deployment_status": constant("started", count),
            "service_version": part["release"],
            "vcs_ref_head_revision": part["revision"],
        },
    )


FORMAT = LineFormat(
    name="deployer",
    source="deployer",
    family="deploys",
    writer="deploy",
    begins=r'^\s*\{.*"release_name"',
    read=read,
    samples=(
        Sample(
            '{"created_at":"2026-11-23T09:43:01+0000","release_name":"42","user":"deploy","target":"main"}',
            {
                "naive_us": 1_795_426_981_000_000,
                "offset_s": 0,
                "deployment_status": "started",
                "change_kind": "deploy",
                "service_version": "42",
                "vcs_ref_head_revision": None,
            },
        ),
        Sample('{"created_at":"2026-11-23T09:43:01+0000","release_name":"42"}'),
        Sample('{"release_name":"42","user":"deploy","target":"main"}'),
        Sample('{"created_at":"2026-11-23T09:43:01+0000","message":"x","user":"deploy"}'),
    ),
)
