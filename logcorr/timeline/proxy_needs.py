"""Needs about what a proxy says of itself: limits that it met, requests that it turned away, answers that it could not pass on."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import APPLICATION_SOURCES, LIFECYCLE_COLUMNS, Need, is_application
from logcorr.timeline.selections import SECOND, Families, LazyFrame, log_once

_ERROR, _WARNING = 17, 13
#: letters by which two warnings are of one kind
_KIND_LENGTH: Final = 60

_KIND: Final = ("event_name", "detail", "host_name", "client_address", "upstream_address")
_COUNTED: Final = (
    *("proxy.files_exhausted", "proxy.connections_exhausted", "kernel.files_exhausted", "request.limited", "request.delayed"),
    "upstream.invalid_response",
)


def is_proxy_log(rows: LazyFrame) -> LazyFrame:
    """Only a web server's own log of errors."""
    return rows.filter(nw.col("source") == "nginx_error")


def proxy_log(families: Families) -> LazyFrame:
    """From when to when the web server's own log of errors has lines."""
    stamp = nw.col("timestamp_us")
    return is_proxy_log(families.shared(log_once)).select(lines=nw.len(), first_us=stamp.min(), last_us=stamp.max())


def proxy_complaints(families: Families) -> LazyFrame:
    """The proxy's (and, of files, the kernel's) lines about limits, refusals and odd answers.

    By kind, detail, host, client and upstream: how many, from when to when, how many in a connection of a client, and the first line.
    """
    log = families.shared(log_once).filter(
        nw.col("event_name").cast(nw.String).is_in(list(_COUNTED)), ~nw.col("timestamp_us").is_null()
    )
    grouped = log.group_by(*_KIND).agg(
        lines=nw.len(),
        first_us=nw.col("timestamp_us").min(),
        last_us=nw.col("timestamp_us").max(),
        event_id=nw.col("event_id").min(),
    )
    places = log.select("event_id", "body", "process_pid", "severity_text", "file", "line", "line_last")
    return grouped.join(places, on="event_id", how="left")


def auth_refusals(families: Families) -> LazyFrame:
    """Requests that failed because the service that ``auth_request`` asks did."""
    log = families.shared(log_once).filter(nw.col("event_name").cast(nw.String) == "request.auth_failed")
    return log.select(
        *("event_id", "timestamp_us", "host_name", "client_address", "connection", "http_request_method", "url_path"),
        *("detail", "body", "file", "line", "line_last"),
    )


def pool_lines(families: Families) -> LazyFrame:
    """What a service says of its workers: all of them busy, its queue full, a request too slow, where a slow one stood."""
    name, body = nw.col("event_name").cast(nw.String), nw.col("body")
    told = name.is_in(["worker.pool_exhausted", "worker.pool_busy", "worker.slow", "worker.queue_full"]).fill_null(value=False)
    traced = (nw.col("source") == "php_fpm") & body.str.starts_with("[pool ") & body.str.contains("] pid ", literal=True)
    log = families.shared(log_once).filter(told | traced, ~nw.col("timestamp_us").is_null())
    return log.select(*LIFECYCLE_COLUMNS, "logger")


def application_warnings(families: Families) -> LazyFrame:
    """An application's warnings by kind and second: how many, and the first; the kind is how they begin, without what varies."""
    kind = nw.col("body").str.replace_all(r"(?s)[0-9{\[(:=\"'/].*$", "").str.slice(0, _KIND_LENGTH)
    log = families.shared(log_once).filter(
        nw.col("source").is_in(list(APPLICATION_SOURCES)),
        nw.col("severity_number") >= _WARNING,
        nw.col("severity_number") < _ERROR,
        ~nw.col("timestamp_us").is_null(),
    )
    told = log.select("event_id", kind=kind, second=nw.col("timestamp_us") // SECOND)
    grouped = told.group_by("kind", "second").agg(lines=nw.len(), event_id=nw.col("event_id").min())
    return grouped.join(log.select("event_id", "body", "file", "line", "line_last"), on="event_id", how="left")


_ERROR_LOG: Final = "nginx's error log"
PROXY_LOG: Final = Need("proxy_log", "log", _ERROR_LOG, proxy_log, is_proxy_log)
PROXY_COMPLAINTS: Final = Need("proxy_complaints", "log", _ERROR_LOG, proxy_complaints)
AUTH_REFUSALS: Final = Need("auth_refusals", "log", _ERROR_LOG, auth_refusals, is_proxy_log)
APPLICATION_WARNINGS: Final = Need("application_warnings", "log", "the application's log", application_warnings, is_application)
POOL_LINES: Final = Need("pool_lines", "log", "the log of the service behind the proxy (php-fpm's, uWSGI's)", pool_lines)
