"""What signatures ask about the evidence itself: its clocks, and the stretches in which its logs are silent."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import Need, is_application
from logcorr.timeline.selections import Families, LazyFrame


def clocks(families: Families) -> LazyFrame:
    """How the clock of each source stands to that of the access log, one row an example of two lines."""
    return families["clocks"]


def gaps(families: Families) -> LazyFrame:
    """The stretches in which a log tells nothing while others go on."""
    return families["gaps"]


def application_stretches(families: Families) -> LazyFrame:
    """From when to when each application log tells something, and each gap in it: a row a gap, or one without."""
    log = (
        is_application(families["log"])
        .group_by("file")
        .agg(start_us=nw.col("timestamp_us").min(), end_us=nw.col("timestamp_us").max())
    )
    silent = families["gaps"].filter(nw.col("kind") == "silent")
    holes = silent.select(file=nw.col("before_file"), gap_start_us=nw.col("start_us"), gap_end_us=nw.col("end_us"))
    return log.with_columns(file=nw.col("file").cast(nw.String)).join(holes, on="file", how="left")


CLOCKS: Final = Need(
    "clocks",
    "clocks",
    "a log that shares request ids with the access log ($request_id in both), to compare their clocks",
    clocks,
)
GAPS: Final = Need("gaps", "requests", "the access log of the web server, beside which other logs can be silent", gaps)
APPLICATION_STRETCHES: Final = Need(
    "application_stretches", "log", "the application's log", application_stretches, is_application
)
