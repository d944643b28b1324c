"""What signatures ask about the evidence itself: its clocks, and the stretches in which its logs are silent."""

from __future__ import annotations

from typing import Final

from logcorr.timeline.needs import Families, LazyFrame, Need


def clocks(families: Families) -> LazyFrame:
    """How the clock of each source stands to that of the access log, one row an example of two lines."""
    return families["clocks"]


def gaps(families: Families) -> LazyFrame:
    """The stretches in which a log tells nothing while others go on."""
    return families["gaps"]


CLOCKS: Final = Need(
    "clocks",
    "clocks",
    "a log that shares request ids with the access log ($request_id in both), to compare their clocks",
    clocks,
)
GAPS: Final = Need("gaps", "requests", "the access log of the web server, beside which other logs can be silent", gaps)
