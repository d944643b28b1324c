"""Needs about how processes end: what the kernel, the service manager and the services themselves say of it."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import APPLICATION_SOURCES, LIFECYCLE_COLUMNS, Need
from logcorr.timeline.selections import FAILED, SECOND, STATUS, Families, LazyFrame, log_once, requests_once

#: how a line begins that Node.js prints as it ends for want of memory, and how it ends; JSON cannot hold it as a line of its own
_HEAP: Final = r"\nFATAL ERROR: [^\n]* - JavaScript heap out of memory(?:\n|$)"
_ENDS: Final = (
    *(
        "worker.killed",
        "worker.timed_out",
        "worker.crashed",
        "kernel.process_crashed",
        "kernel.oom_killed",
        "kernel.oom_victim",
    ),
    *("oomd.killed", "process.heap_exhausted"),
)


def is_told(rows: LazyFrame) -> LazyFrame:
    """Only events of sources that tell how processes end."""
    return rows.filter(nw.col("source").is_in(["journal", "syslog", "php_fpm", "gunicorn", "uwsgi"]))


def is_told_or_printed(rows: LazyFrame) -> LazyFrame:
    """The same, and an application's own log where it holds such words."""
    printed = nw.col("source").is_in(list(APPLICATION_SOURCES)) & nw.col("body").str.contains(
        "JavaScript heap out of memory", literal=True
    )
    return rows.filter(nw.col("source").is_in(["journal", "syslog", "php_fpm", "gunicorn", "uwsgi"]) | printed)


def process_ends(families: Families) -> LazyFrame:
    """Processes that were ended by a signal, by a limit, or for want of memory, each record once."""
    log = families.shared(log_once).filter(
        nw.col("event_name").cast(nw.String).is_in(list(_ENDS)), ~nw.col("timestamp_us").is_null()
    )
    return log.select(*LIFECYCLE_COLUMNS, "subject_pid")


def heap_ends(families: Families) -> LazyFrame:
    """Events of an application's log after which Node.js printed that its own memory is used up.

    What it prints carries no time and continues the event before it. A text of several lines in one line of JSON is none. ``back_us`` is
    when the application's log goes on.
    """
    log = families.shared(log_once).filter(
        nw.col("source").is_in(list(APPLICATION_SOURCES)),
        nw.col("line_last") > nw.col("line"),
        ~nw.col("timestamp_us").is_null(),
        nw.col("body").str.contains("JavaScript heap out of memory", literal=True),
    )
    told = log.filter(nw.col("body").str.contains(_HEAP)).select(
        *("event_id", "timestamp_us", "timestamp_uncertainty_s", "host_name", "service_name", "process_pid"),
        *("body", "file", "line", "line_last"),
    )
    later = families.shared(log_once).filter(nw.col("source").is_in(list(APPLICATION_SOURCES)))
    later = later.select("file", next_line=nw.col("line"), next_us=nw.col("timestamp_us"))
    after = told.select("event_id", "file", "line_last").join(later, on="file", how="inner")
    after = after.filter(nw.col("next_line") > nw.col("line_last"))
    return told.join(after.group_by("event_id").agg(back_us=nw.col("next_us").min()), on="event_id", how="left")


PROCESS_ENDS: Final = Need(
    "process_ends", "log", "the journal (journalctl -o json) or the service's own log", process_ends, is_told
)
MEMORY_ENDS: Final = Need("process_ends_of_memory", "log", "the journal (journalctl -o json)", process_ends, is_told_or_printed)
HEAP_ENDS: Final = Need("heap_ends", "log", "the application's log", heap_ends)


def answers(families: Families) -> LazyFrame:
    """Requests that an upstream answered well, by the second of their beginning, upstream and host."""
    rows = families.shared(requests_once).filter(
        nw.col(STATUS) < FAILED, nw.col("upstream_answered"), ~nw.col("started_us").is_null()
    )
    rows = rows.select("host_name", upstream=nw.col("upstream_address").cast(nw.String), second=nw.col("started_us") // SECOND)
    return rows.group_by("host_name", "upstream", "second").agg(requests=nw.len())


ANSWERS: Final = Need("answers", "requests", "the access log of the web server", answers)
