"""What signatures ask of the timeline: each need is one bounded selection, run once and shared.

A need is written in narwhals, so that it runs on any engine that narwhals knows; the result is a small pandas frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw

from logcorr.timeline.order import IMPOSSIBLE
from logcorr.timeline.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd

LazyFrame = nw.LazyFrame[Any]
Families = Mapping[str, LazyFrame]

_FAILED: Final = 500
_LEFT: Final = 499
_ERROR: Final = 17
_WARNING: Final = 13
APPLICATION_SOURCES: Final = ("app_text", "app_json", "logfmt")


@dataclass(frozen=True)
class Need:
    """A selection of the timeline.

    ``family`` must hold rows (that pass ``present``, if given) for the need to be evaluable; ``missing`` says what to fetch
    when it does not.
    """

    name: str
    family: str
    missing: str
    select: Callable[[Families], LazyFrame] = field(compare=False)
    present: Callable[[LazyFrame], LazyFrame] | None = field(default=None, compare=False)


class Engine:
    """Runs needs over one timeline, each once."""

    def __init__(self, timeline: Timeline) -> None:
        tables = {**timeline.tables, **timeline.quality}
        families = {name: nw.from_native(each) for name, each in timeline.relations.items()}
        for name in timeline.mistimed:
            families[name] = families[name].filter(
                ~nw.col("timestamp_flag").cast(nw.String).fill_null("").is_in(list(IMPOSSIBLE))
            )
        self.families: Families = families
        self._rows = {name: table.num_rows for name, table in tables.items()}
        self._frames: dict[str, pd.DataFrame | None] = {}

    def get(self, need: Need) -> pd.DataFrame | None:
        """The need's frame; None where the evidence holds nothing that could answer it."""
        if need.name not in self._frames:
            self._frames[need.name] = frame(need.select(self.families)) if self.is_present(need) else None
        return self._frames[need.name]

    def is_present(self, need: Need) -> bool:
        """Whether there is any evidence of the kind that the need asks."""
        if need.present is None or not self._rows[need.family]:
            return self._rows[need.family] > 0
        return count(need.present(self.families[need.family])) > 0


def count(rows: LazyFrame) -> int:
    """How many rows there are."""
    return int(frame(rows.select(n=nw.len()))["n"].iloc[0])


def frame(rows: LazyFrame) -> pd.DataFrame:
    """The rows as a pandas frame."""
    return rows.collect("pyarrow").to_pandas()


def once(rows: LazyFrame) -> LazyFrame:
    """Each record once."""
    return rows.filter(nw.col("duplicate_of").is_null())


def duration(share: float) -> nw.Expr:
    """The duration below which this share of the requests lies, between two of them in proportion; in whole nanoseconds.

    What lies below a nanosecond is how an engine adds.
    """
    return nw.col("duration_s").quantile(share, "linear").round(9)


def failed_requests(families: Families) -> LazyFrame:
    """Requests answered with 5xx, each with the proxy's error line."""
    requests = once(families["requests"]).filter(nw.col("http_response_status_code") >= _FAILED)
    errors = families["log"].select(
        nw.col("event_id").alias("error_event_id"),
        nw.col("event_name").alias("error_name"),
        nw.col("errno").alias("error_errno"),
        nw.col("upstream_address").alias("error_upstream"),
        nw.col("detail").alias("error_detail"),
        nw.col("file").alias("error_file"),
        nw.col("line").alias("error_line"),
        nw.col("line_last").alias("error_line_last"),
    )
    kept = [
        *(
            "request_key",
            "timestamp_us",
            "started_us",
            "timestamp_uncertainty_s",
            "http_request_method",
            "url_path",
            "http_route",
        ),
        *("http_response_status_code", "client_address", "user_id", "duration_s", "upstream_address", "upstream_connected"),
        *("upstream_answered", "upstream_status_last", "host_name", "file", "line", "error_event_id"),
    ]
    return requests.select(*kept).join(errors, on="error_event_id", how="left")


def traffic(families: Families) -> LazyFrame:
    """Requests, failed ones and those that their clients left, by second of their end."""
    requests = once(families["requests"]).filter(~nw.col("timestamp_us").is_null())
    failed = nw.when(nw.col("http_response_status_code") >= _FAILED).then(1).otherwise(0)
    left = nw.when(nw.col("http_response_status_code") == _LEFT).then(1).otherwise(0)
    return (
        requests.select(second=nw.col("timestamp_us") // 1_000_000, failed=failed, aborted=left)
        .group_by("second")
        .agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64), aborted=nw.col("aborted").sum().cast(nw.Int64))
    )


def traffic_by_host(families: Families) -> LazyFrame:
    """The same, of each host apart."""
    requests = once(families["requests"]).filter(~nw.col("timestamp_us").is_null())
    failed = nw.when(nw.col("http_response_status_code") >= _FAILED).then(1).otherwise(0)
    rows = requests.select("host_name", second=nw.col("timestamp_us") // 1_000_000, failed=failed)
    return rows.group_by("host_name", "second").agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64))


def failing_routes(families: Families) -> LazyFrame:
    """Method and route of the requests that failed."""
    requests = once(families["requests"]).filter(nw.col("http_response_status_code") >= _FAILED)
    return requests.select("http_request_method", "http_route").unique()


def route_outcomes(families: Families) -> LazyFrame:
    """For each failing route, its failed and its working requests: how many, how fast, how many with an application's line."""
    lines = families["log"].filter(~nw.col("request_key").is_null()).filter(nw.col("source").is_in(list(APPLICATION_SOURCES)))
    severe = nw.when(nw.col("severity_number") >= _ERROR).then(1).otherwise(0)
    lines = (
        lines.select("request_key", severe=severe).group_by("request_key").agg(lines=nw.len(), errors=nw.col("severe").sum())
    )
    requests = once(families["requests"]).join(failing_routes(families), on=["http_request_method", "http_route"], how="inner")
    requests = requests.join(lines, on="request_key", how="left").with_columns(
        failed=nw.col("http_response_status_code") >= _FAILED,
        logged=nw.when(nw.col("lines").is_null()).then(0).otherwise(1),
        logged_error=nw.when(nw.col("errors").fill_null(0) > 0).then(1).otherwise(0),
    )
    return requests.group_by("http_request_method", "http_route", "failed").agg(
        requests=nw.len(),
        logged=nw.col("logged").sum().cast(nw.Int64),
        logged_error=nw.col("logged_error").sum().cast(nw.Int64),
        duration_low_s=duration(0.05),
        duration_middle_s=duration(0.5),
        duration_high_s=duration(0.95),
        started_us=nw.col("started_us").min(),
    )


def lifecycle(families: Families) -> LazyFrame:
    """What service managers and services say of their life (not of single workers), each record once."""
    name = nw.col("event_name").cast(nw.String)
    kinds = ("unit.", "service.", "config.", "listen.", "socket.")
    told = name.str.starts_with(kinds[0])
    for kind in kinds[1:]:
        told = told | name.str.starts_with(kind)
    return once(families["log"]).filter(~nw.col("timestamp_us").is_null()).filter(told).select(*LIFECYCLE_COLUMNS)


LIFECYCLE_COLUMNS: Final = (
    *(
        "event_id",
        "timestamp_us",
        "timestamp_uncertainty_s",
        "source",
        "host_name",
        "service_name",
        "process_pid",
        "event_name",
    ),
    *("message_id", "unit", "result", "exit_code", "signal", "address", "config_file", "config_line", "detail", "job_id"),
    *("body", "file", "line", "line_last"),
)


def proxy_errors(families: Families) -> LazyFrame:
    """The proxy's errors about upstreams, by kind and upstream: how many, from when to when, the first line of each."""
    errors = once(families["log"]).filter(nw.col("event_name").cast(nw.String).str.starts_with("upstream."))
    return errors.group_by("event_name", "errno", "upstream_address").agg(
        lines=nw.len(),
        first_us=nw.col("timestamp_us").min(),
        last_us=nw.col("timestamp_us").max(),
        event_id=nw.col("event_id").min(),
    )


def application_errors(families: Families) -> LazyFrame:
    """An application's events of severity ERROR and above."""
    log = once(families["log"]).filter(nw.col("source").is_in(list(APPLICATION_SOURCES)), nw.col("severity_number") >= _ERROR)
    kept = ("event_id", "timestamp_us", "timestamp_uncertainty_s", "logger", "body", "exception_type", "exception_message")
    return log.select(*kept, "request_key", "http_request_method", "url_path", "user_id", "file", "line", "line_last")


def deploys(families: Families) -> LazyFrame:
    """The deploys as announced."""
    return is_deploy(families["deploys"])


def is_deploy(rows: LazyFrame) -> LazyFrame:
    """Only deploys of an application, of all changes: an upgrade of packages or a rotation of logs brings no release."""
    return rows.filter(nw.col("change_kind") == "deploy")


def settings(families: Families) -> LazyFrame:
    """Which addresses services are told to listen on, and descriptions by which units are known."""
    return families["configuration"].select("program", "subject", "key", "value", "host_name", "file", "line", "line_last")


def states(families: Families) -> LazyFrame:
    """Files, sockets, listeners, processes and units as they were seen."""
    return families["states"]


def release_lines(families: Families) -> LazyFrame:
    """How many lines of each release and process the application wrote in ten seconds, and of how many requests."""
    log = families["log"].filter(nw.col("source").is_in(list(APPLICATION_SOURCES)), ~nw.col("timestamp_us").is_null())
    told = log.filter(~nw.col("service_version").is_null() | ~nw.col("process_pid").is_null())
    rows = told.with_columns(piece=nw.col("timestamp_us") // 10_000_000)
    return rows.group_by("file", "host_name", "service_name", "service_version", "process_pid", "piece").agg(
        lines=nw.len(),
        named=nw.col("request_key").count(),
        requests=nw.col("request_key").n_unique(),
        line=nw.col("line").min(),
    )


def release_paths(families: Families) -> LazyFrame:
    """Warnings and errors that name a file of a release (``/srv/shop/releases/41/``)."""
    within = nw.col("body").str.contains("/releases/", literal=True) | nw.col("exception_stacktrace").str.contains(
        "/releases/", literal=True
    )
    log = once(families["log"]).filter(within, nw.col("severity_number") >= _WARNING)
    return log.select("timestamp_us", "host_name", "body", "exception_stacktrace", "request_key", "file", "line", "line_last")


def is_socket_file(rows: LazyFrame) -> LazyFrame:
    """Only files that are sockets, and files that were looked for in vain."""
    gone = (nw.col("subject_kind").cast(nw.String) == "file") & nw.col("file_type").is_null()
    return rows.filter((nw.col("file_type") == "socket") | gone)


def socket_files(families: Families) -> LazyFrame:
    """Unix sockets as they lay in the file system."""
    return is_socket_file(families["states"])


def is_application(rows: LazyFrame) -> LazyFrame:
    """Only an application's events."""
    return rows.filter(nw.col("source").is_in(list(APPLICATION_SOURCES)))


def is_lifecycle(rows: LazyFrame) -> LazyFrame:
    """Only events of sources that tell of services."""
    return rows.filter(nw.col("source").is_in(["journal", "syslog", "php_fpm", "gunicorn", "nginx_error"]))


FAILED_REQUESTS: Final = Need("failed_requests", "requests", "the access log of the web server", failed_requests)
TRAFFIC: Final = Need("traffic", "requests", "the access log of the web server", traffic)
TRAFFIC_BY_HOST: Final = Need("traffic_by_host", "requests", "the access log of the web server", traffic_by_host)
ROUTES: Final = Need("route_outcomes", "requests", "the access log of the web server", route_outcomes)
LIFECYCLE: Final = Need(
    "lifecycle", "log", "the journal (journalctl -o json) or the service's own log", lifecycle, is_lifecycle
)
PROXY_ERRORS: Final = Need("proxy_errors", "log", "nginx's error log", proxy_errors)
APPLICATION_ERRORS: Final = Need("application_errors", "log", "the application's log", application_errors, is_application)
DEPLOYS: Final = Need("deploys", "deploys", "the log of the deploy", deploys, is_deploy)
SETTINGS: Final = Need("settings", "configuration", "nginx's configuration (nginx -T), unit and pool files", settings)
STATES: Final = Need("states", "states", "ls -l and ss -lxp of the sockets, ps and systemctl status of the service", states)
SOCKET_FILES: Final = Need(
    "socket_files", "states", "ls -l --time-style=full-iso or stat of the service's sockets", socket_files, is_socket_file
)
RELEASE_LINES: Final = Need(
    "release_lines", "log", "the application's log, with the release or the process in its lines", release_lines, is_application
)
RELEASE_PATHS: Final = Need("release_paths", "log", "the application's log", release_paths)
