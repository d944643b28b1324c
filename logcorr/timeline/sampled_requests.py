"""A need that brings failed and working requests of a stretch of time side by side, to see what sets the failed ones apart."""

from __future__ import annotations

from functools import partial
from typing import Final

import narwhals as nw

from logcorr.timeline.needs import APPLICATION_SOURCES, Need
from logcorr.timeline.selections import FAILED, STATUS, Families, LazyFrame, requests_once

#: rows of each kind that are looked at: enough to see a difference of one in a hundred
MOST: Final = 20_000
#: one in so many is taken: primes, so that no rhythm of the log is sampled
_STEPS: Final = (1, 2, 3, 5, 11, 23, 47, 97, 197, 397, 797, 1597, 3203, 6421, 12853)

COLUMNS: Final = (
    *("http_request_method", "http_route", "upstream_address", "server_address", "host_name", "user_agent_original"),
    *("client_address", "user_id", "http_request_size"),
)


def sampled_requests(start_us: int, end_us: int, requests: int, failed: int) -> Need:
    """Requests that ended from one moment to another, with the process and the release that logged them.

    ``requests`` and ``failed`` say how many there are about, from which follows one in how many is taken.
    """
    return Need(
        f"sampled_requests_{start_us}_{end_us}",
        "requests",
        "the access log of the web server",
        partial(_sample, start_us, end_us, step(requests), step(failed)),
        fixed=False,
    )


def step(count: int) -> int:
    """One of how many is taken."""
    return next((each for each in _STEPS if count <= each * MOST), _STEPS[-1])


def _sample(start_us: int, end_us: int, step: int, failed_step: int, families: Families) -> LazyFrame:
    rows = families.shared(requests_once).filter(
        nw.col("timestamp_us") >= start_us, nw.col("timestamp_us") <= end_us, ~nw.col(STATUS).is_null()
    )
    fails = nw.col(STATUS) >= FAILED
    taken = (fails & (nw.col("request_key") % failed_step == 0)) | (~fails & (nw.col("request_key") % step == 0))
    rows = rows.filter(taken).select("request_key", STATUS, *COLUMNS)
    told = families["log"].filter(~nw.col("request_key").is_null(), nw.col("source").is_in(list(APPLICATION_SOURCES)))
    who = told.group_by("request_key").agg(
        process_pid=nw.col("process_pid").min(), service_version=nw.col("service_version").min()
    )
    return rows.join(who, on="request_key", how="left")
