"""Needs about how processes end: what the kernel, the service manager and the services themselves say of it."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import APPLICATION_SOURCES, LIFECYCLE_COLUMNS, Need
from logcorr.timeline.selections import Families, LazyFrame, log_once

#: how a line begins that Node.js prints as it ends for want of memory, and how it ends; JSON cannot hold it as a line of its own
_HEAP: Final = r"\nFATAL ERROR: [^\n]* - JavaScript heap out of memory(?:\n|$)"
_ENDS: Final = (
    *("worker.killed", "worker.timed_out", "worker.crashed", "kernel.process_crashed", "kernel.oom_killed", "kernel.oom_victim"),
    *("oomd.killed", "process.heap_exhausted"),
)


def is_told(rows: LazyFrame) -> LazyFrame:
    """Only events of sources that tell how processes end."""
    return rows.filter(nw.col("source").is_in(["journal", "syslog", "php_fpm", "gunicorn", "uwsgi"]))


def process_ends(families: Families) -> LazyFrame:
    """Processes that were ended by a signal, by a limit, or for want of memory, each record once."""
    log = families.shared(log_once).filter(
        nw.col("event_name").cast(nw.String).is_in(list(_ENDS)), ~nw.col("timestamp_us").is_null()
    )
    return log.select(*LIFECYCLE_COLUMNS, "subject_pid")


def heap_ends(families: Families) -> LazyFrame:
    """Events of an application's log after which Node.js printed that its own memory is used up.

    What it prints carries no time and continues the event before it. A text of several lines in one line of JSON is none.
    """
    log = families.shared(log_once).filter(
        nw.col("source").is_in(list(APPLICATION_SOURCES)),
        nw.col("line_last") > nw.col("line"),
        ~nw.col("timestamp_us").is_null(),
        nw.col("body").str.contains("JavaScript heap out of memory", literal=True),
    )
    told = log.filter(nw.col("body").str.contains(_HEAP))
    return told.select(
        *("event_id", "timestamp_us", "timestamp_uncertainty_s", "host_name", "service_name", "process_pid"),
        *("body", "file", "line", "line_last"),
    )


PROCESS_ENDS: Final = Need(
    "process_ends", "log", "the journal (journalctl -o json) or the service's own log", process_ends, is_told
)
HEAP_ENDS: Final = Need("heap_ends", "log", "the application's log", heap_ends)
