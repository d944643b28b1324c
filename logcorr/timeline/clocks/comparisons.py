"""How the clocks of the sources stand to that of the access log, as a table for those who judge the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from logcorr.timeline.clocks.part import SECOND, Part

COMPARISONS: Final = pa.schema(
    {
        "source": pa.string(),
        "file": pa.string(),
        "host_name": pa.string(),
        "reference": pa.string(),  # the file whose clock it is compared with
        "zone_basis": pa.string(),
        "ahead_s": pa.float64(),  # negative: behind
        "low_s": pa.float64(),
        "high_s": pa.float64(),
        "zone_s": pa.int64(),  # what of it is a wrong zone
        "drift_ppm": pa.float64(),
        "first_ahead_s": pa.float64(),  # of a clock that drifts, in the first and the last piece
        "last_ahead_s": pa.float64(),
        "is_none": pa.bool_(),
        "matches": pa.int64(),
        "records": pa.int64(),
        "runner_up": pa.int64(),
        "line": pa.int64(),  # one of the lines that show it
        "other_line": pa.int64(),
    }
)


def comparisons(parts: Sequence[Part]) -> pa.Table:
    """One row for each line that is an example, in the order of files and lines."""
    rows = []
    for part in parts:
        skew = part.compared
        if skew is None:
            continue
        told = {
            "source": part.source,
            "file": part.file,
            "host_name": part.host,
            "reference": skew.reference,
            "zone_basis": part.zone.basis,
            "ahead_s": (skew.low + skew.high) / 2 / SECOND,
            "low_s": skew.low / SECOND,
            "high_s": skew.high / SECOND,
            "zone_s": skew.zone_s,
            "drift_ppm": skew.drift_ppm,
            "first_ahead_s": skew.ahead[0] / SECOND,
            "last_ahead_s": skew.ahead[-1] / SECOND,
            "is_none": skew.is_none,
            "matches": skew.matches,
            "records": skew.records,
            "runner_up": skew.runner_up,
        }
        rows += [{**told, "line": line, "other_line": other} for _, line, _, other in skew.examples]
    return pa.Table.from_pylist(rows, schema=COMPARISONS)
