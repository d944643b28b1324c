"""Needs about what a proxy says of itself: limits that it met, requests that it turned away, answers that it could not pass on."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import LIFECYCLE_COLUMNS, Need
from logcorr.timeline.selections import Families, LazyFrame, log_once

_KIND: Final = ("event_name", "detail", "host_name", "client_address", "upstream_address")
_COUNTED: Final = (
    *("proxy.files_exhausted", "proxy.connections_exhausted", "kernel.files_exhausted", "request.limited", "request.delayed"),
    "upstream.invalid_response",
)


def is_proxy_log(rows: LazyFrame) -> LazyFrame:
    """Only a web server's own log of errors, and the kernel's word that no file is left."""
    files = nw.col("event_name").cast(nw.String) == "kernel.files_exhausted"
    return rows.filter((nw.col("source") == "nginx_error") | files.fill_null(value=False))


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


_ERROR_LOG: Final = "nginx's error log"
PROXY_COMPLAINTS: Final = Need("proxy_complaints", "log", _ERROR_LOG, proxy_complaints, is_proxy_log)
AUTH_REFUSALS: Final = Need("auth_refusals", "log", _ERROR_LOG, auth_refusals, is_proxy_log)
POOL_LINES: Final = Need("pool_lines", "log", "the log of the service behind the proxy (php-fpm's, uWSGI's)", pool_lines)
