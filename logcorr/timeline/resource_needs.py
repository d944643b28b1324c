"""Needs about what runs out or no longer holds around an application: disks, certificates, files that pages refer to."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import APPLICATION_SOURCES, Need
from logcorr.timeline.selections import SECOND, STATUS, Families, LazyFrame, log_once, requests_once

#: errno(3) of a disk that takes nothing more: no space, read-only, quota
NO_WRITE: Final = (28, 30, 122)
_FULL: Final = (
    *("No space left on device", "Read-only file system", "Disk quota exceeded", "database or disk is full"),
    *("emounting filesystem read-only", "Disk is full writing"),
)
_WARNING: Final = 13
#: OpenSSL's alerts about certificates: what they are called here -> texts, and the number of the alert
_ALERTS: Final = {
    "expired": ("alert certificate expired", "alert number 45"),
    "unknown": ("alert certificate unknown", "alert number 46"),
    "unknown_authority": ("alert unknown ca", "alert number 48"),
    "bad": ("alert bad certificate", "alert number 42"),
}
#: files that pages are made of
ASSET: Final = r"(?i)\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|woff2?|ttf|otf|eot|webmanifest|wasm)$"
#: files that browsers and crawlers look for by themselves
UNASKED: Final = r"(?i)/(?:favicon|apple-touch-icon|robots|browserconfig|mstile|android-chrome|sitemap|ads|security)[^/]*$"
_GONE: Final = (403, 404)
_WELL: Final = 400


def disk_signs(families: Families) -> LazyFrame:
    """What others than the application logged of disks that take nothing more, by who logged it: how often, and the first of each."""
    source, body, errno = nw.col("source").cast(nw.String), nw.col("body"), nw.col("errno")
    said = body.str.contains(_FULL[0], literal=True)
    for text in _FULL[1:]:
        said = said | body.str.contains(text, literal=True)
    by_proxy = (
        (source == "nginx_error") & errno.is_in(list(NO_WRITE)) & (nw.col("event_name").cast(nw.String) != "upstream.stderr")
    )
    grave = (nw.col("severity_number") >= _WARNING) | nw.col("severity_number").is_null()
    others = ~source.is_in([*APPLICATION_SOURCES, "nginx_error"]) & grave & said
    rows = families.shared(log_once).filter(by_proxy | others, ~nw.col("timestamp_us").is_null())
    rows = rows.select("event_id", "timestamp_us", "host_name", "service_name", source=source)
    by = ("source", "host_name", "service_name")
    groups = rows.group_by(*by).agg(
        lines=nw.len(),
        first_us=nw.col("timestamp_us").min(),
        last_us=nw.col("timestamp_us").max(),
        event_id=nw.col("event_id").min(),
    )
    first = families["log"].select("event_id", "body", "errno", "file", "line", "line_last")
    return groups.join(first, on="event_id", how="inner")


def tls_alerts(families: Families) -> LazyFrame:
    """How many clients refused the server's certificate, by second and by what they said of it, and the first line of each."""
    text = nw.coalesce("detail", "body")
    kind = nw.lit(None).cast(nw.String)
    for name, (words, number) in reversed(_ALERTS.items()):
        kind = (
            nw.when(text.str.contains(words, literal=True) | text.str.contains(number, literal=True))
            .then(nw.lit(name))
            .otherwise(kind)
        )
    told = families.shared(log_once).filter(nw.col("event_name").cast(nw.String) == "client.tls_failed")
    told = told.filter(~nw.col("timestamp_us").is_null())
    rows = told.select("event_id", kind=kind, second=nw.col("timestamp_us") // SECOND).filter(~nw.col("kind").is_null())
    groups = rows.group_by("second", "kind").agg(alerts=nw.len(), event_id=nw.col("event_id").min())
    first = families["log"].select("event_id", "body", "file", "line", "line_last")
    return groups.join(first, on="event_id", how="inner")


def gone(families: Families) -> LazyFrame:
    """Requests for files of pages that were answered with 404 or 403."""
    path = nw.col("url_path")
    rows = families.shared(requests_once).filter(nw.col(STATUS).is_in(list(_GONE)), ~nw.col("timestamp_us").is_null())
    return rows.filter(path.str.contains(ASSET), ~path.str.contains(UNASKED))


def missing_assets(families: Families) -> LazyFrame:
    """Files of pages that were missing, by path: how often, from when to when, and whether they were there at another time.

    Only those that were answered well at some time, or that a page refers to: what scanners guess is neither.
    """
    referer = nw.col("http_request_referer").cast(nw.String).fill_null("-")
    rows = families.shared(gone).select(
        "url_path", "timestamp_us", referer=nw.when(referer == "-").then(None).otherwise(referer)
    )
    missing = rows.group_by("url_path").agg(
        missing=nw.len(),
        referred=nw.col("referer").count(),
        referer=nw.col("referer").max(),
        first_us=nw.col("timestamp_us").min(),
        last_us=nw.col("timestamp_us").max(),
    )
    there = families.shared(requests_once).filter(nw.col(STATUS) < _WELL).select("url_path", "timestamp_us")
    there = there.join(missing.select("url_path"), on="url_path", how="semi")
    found = there.group_by("url_path").agg(found=nw.len(), found_us=nw.col("timestamp_us").min())
    whole = missing.join(found, on="url_path", how="left")
    return whole.filter((nw.col("referred") > 0) | ~nw.col("found").is_null())


def missing_asset_requests(families: Families) -> LazyFrame:
    """The requests for these files while they were missing."""
    kept = (
        "request_key",
        "timestamp_us",
        "started_us",
        "timestamp_uncertainty_s",
        "http_request_method",
        "url_path",
        "http_route",
    )
    more = (STATUS, "client_address", "user_id", "duration_s", "upstream_address", "host_name", "file", "line")
    paths = families.shared(missing_assets).select("url_path")
    return families.shared(gone).join(paths, on="url_path", how="semi").select(*kept, *more)


DISK_SIGNS: Final = Need("disk_signs", "log", "the journal, the kernel's log and nginx's error log", disk_signs)
TLS_ALERTS: Final = Need("tls_alerts", "log", "nginx's error log at level info", tls_alerts)
MISSING_ASSETS: Final = Need("missing_assets", "requests", "the access log of the web server", missing_assets)
MISSING_ASSET_REQUESTS: Final = Need(
    "missing_asset_requests", "requests", "the access log of the web server", missing_asset_requests
)
