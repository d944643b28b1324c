"""A need about how fast the working requests were answered, by ten seconds."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import Need
from logcorr.timeline.selections import FAILED, LEFT, STATUS, Families, LazyFrame, requests_once

#: seconds; slower than all of these nobody waits for
SLOWER_THAN_S: Final = tuple(0.016 * 2**step for step in range(11))
_PIECE_US: Final = 10_000_000


def paces(families: Families) -> LazyFrame:
    """Requests that were answered well, by ten seconds of their end: how many, and how many took longer than each of some times."""
    rows = families.shared(requests_once).filter(
        nw.col(STATUS) < FAILED, nw.col(STATUS) != LEFT, ~nw.col("duration_s").is_null(), ~nw.col("timestamp_us").is_null()
    )
    slow = {
        f"slow_{at}": nw.when(nw.col("duration_s") > limit).then(1).otherwise(0).sum().cast(nw.Int64)
        for at, limit in enumerate(SLOWER_THAN_S)
    }
    return rows.select("duration_s", piece=nw.col("timestamp_us") // _PIECE_US).group_by("piece").agg(requests=nw.len(), **slow)


PACES: Final = Need("paces", "requests", "the access log of the web server, with the time that each request took", paces)
