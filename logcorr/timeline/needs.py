"""What signatures ask of the timeline: each need is one bounded selection, run once and shared.

A need is written in narwhals, so that it runs on any engine that narwhals knows; the result is a small pandas frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from os import cpu_count
from typing import TYPE_CHECKING, Final

import duckdb
import narwhals as nw

from logcorr.timeline.order import IMPOSSIBLE
from logcorr.timeline.selections import FAILING_COLUMNS, Families, LazyFrame, by_second, failing, log_once, once
from logcorr.timeline.timeline import Timeline
from logcorr.timings import stage

if TYPE_CHECKING:
    import pandas as pd

_ERROR: Final = 17
_WARNING: Final = 13
#: what the engine may hold while it answers: so much, or so much a core
LEAST_MB: Final = 512
MB_OF_CORE: Final = 128
#: rows of a small frame
_FEW: Final = 1_000
APPLICATION_SOURCES: Final = ("app_text", "app_json", "logfmt")


@dataclass(frozen=True)
class Need:
    """A selection of the timeline.

    ``family`` must hold rows (that pass ``present``, if given) for the need to be evaluable; ``missing`` says what to fetch
    when it does not. What an engine says in many rows and the judge wants in few, ``finish`` makes of them.
    """

    name: str
    family: str
    missing: str
    select: Callable[[Families], LazyFrame] = field(compare=False)
    present: Callable[[LazyFrame], LazyFrame] | None = field(default=None, compare=False)
    finish: Callable[[pd.DataFrame], pd.DataFrame] | None = field(default=None, compare=False)


class Engine:
    """Runs needs over one timeline, each once."""

    def __init__(self, timeline: Timeline) -> None:
        families = {name: nw.from_native(each) for name, each in timeline.relations.items()}
        for name in timeline.mistimed:
            families[name] = families[name].filter(
                ~nw.col("timestamp_flag").cast(nw.String).fill_null("").is_in(list(IMPOSSIBLE))
            )
        self.families = Families(families, partial(kept_in, timeline))
        self._connection = timeline.connection
        # it takes what it may, whatever it needs; what exceeds this goes to its temporary folder
        self._connection.execute(f"SET memory_limit = '{max(LEAST_MB, MB_OF_CORE * (cpu_count() or 1))}MB'")
        self._rows = timeline.counts
        self._frames: dict[str, pd.DataFrame | None] = {}
        self._present: dict[Callable[[LazyFrame], LazyFrame], bool] = {}

    def get(self, need: Need) -> pd.DataFrame | None:
        """The need's frame; None where the evidence holds nothing that could answer it."""
        if need.name not in self._frames:
            with stage("query"):
                try:
                    self._frames[need.name] = self._answer(need)
                except duckdb.OutOfMemoryException:  # not all that an engine holds can go to a file
                    self._connection.execute("RESET memory_limit")
                    self._frames[need.name] = self._answer(need)
        return self._frames[need.name]

    def is_present(self, need: Need) -> bool:
        """Whether there is any evidence of the kind that the need asks."""
        if need.present is None or not self._rows[need.family]:
            return self._rows[need.family] > 0
        if need.present not in self._present:
            self._present[need.present] = count(need.present(self.families[need.family])) > 0
        return self._present[need.present]

    def _answer(self, need: Need) -> pd.DataFrame | None:
        if not self.is_present(need):
            return None
        rows = frame(need.select(self.families))
        return need.finish(rows) if need.finish else rows


def kept_in(timeline: Timeline, name: str, rows: LazyFrame) -> LazyFrame:
    """The rows as a table of the engine; the embedded one puts what exceeds its memory into its temporary folder."""
    if timeline.keep is not None:
        return nw.from_native(timeline.keep(rows.to_native()))
    timeline.connection.execute(f'create or replace temp table "kept_{name}" as {rows.to_native().sql_query()}')
    return nw.from_native(timeline.connection.table(f"kept_{name}"))


def count(rows: LazyFrame) -> int:
    """How many rows there are."""
    return int(frame(rows.select(n=nw.len()))["n"].iloc[0])


def frame(rows: LazyFrame) -> pd.DataFrame:
    """The rows as a pandas frame; the texts of a small one are Python's own, since Arrow takes longer to begin than to look at so few."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    table = rows.collect("pyarrow").to_native()
    own = {pa.string(): pd.StringDtype("python", na_value=np.nan)} if table.num_rows <= _FEW else {}
    return table.to_pandas(types_mapper=own.get)


def failed_requests(families: Families) -> LazyFrame:
    """Requests answered with 5xx, each with the proxy's error line."""
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
    kept = [name for name in FAILING_COLUMNS if name != "duplicate_of"]
    return once(families.kept(failing)).select(*kept).join(errors, on="error_event_id", how="left")


def traffic(families: Families) -> LazyFrame:
    """Requests, failed ones and those that their clients left, by second of their end."""
    counts = {name: nw.col(name).sum().cast(nw.Int64) for name in ("requests", "failed", "aborted")}
    return families.kept(by_second).filter(~nw.col("second").is_null()).group_by("second").agg(**counts)


def traffic_by_host(families: Families) -> LazyFrame:
    """The same, of each host apart."""
    return families.kept(by_second).filter(~nw.col("second").is_null()).select("host_name", "second", "requests", "failed")


def lifecycle(families: Families) -> LazyFrame:
    """What service managers and services say of their life (not of single workers), each record once."""
    name = nw.col("event_name").cast(nw.String)
    kinds = ("unit.", "service.", "config.", "listen.", "socket.")
    told = name.str.starts_with(kinds[0])
    for kind in kinds[1:]:
        told = told | name.str.starts_with(kind)
    return families.shared(log_once).filter(~nw.col("timestamp_us").is_null(), told).select(*LIFECYCLE_COLUMNS)


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
    errors = families.shared(log_once).filter(nw.col("event_name").cast(nw.String).str.starts_with("upstream."))
    return errors.group_by("event_name", "errno", "upstream_address").agg(
        lines=nw.len(),
        first_us=nw.col("timestamp_us").min(),
        last_us=nw.col("timestamp_us").max(),
        event_id=nw.col("event_id").min(),
    )


def application_errors(families: Families) -> LazyFrame:
    """An application's events of severity ERROR and above."""
    log = families.shared(log_once).filter(
        nw.col("source").is_in(list(APPLICATION_SOURCES)), nw.col("severity_number") >= _ERROR
    )
    kept = ("event_id", "timestamp_us", "timestamp_uncertainty_s", "logger", "body", "exception_type", "exception_message")
    return log.select(*kept, "request_key", "http_request_method", "url_path", "user_id", "file", "line", "line_last")


def deploys(families: Families) -> LazyFrame:
    """The deploys as announced."""
    return is_deploy(families["deploys"])


def changes(families: Families) -> LazyFrame:
    """Whatever was announced as changed: deploys, packages, rotations."""
    return families["deploys"]


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
    by = ("file", "host_name", "service_name", "service_version", "process_pid")
    told = families["log"].filter(
        nw.col("source").is_in(list(APPLICATION_SOURCES)),
        ~nw.col("timestamp_us").is_null(),
        ~nw.col("service_version").is_null() | ~nw.col("process_pid").is_null(),
    )
    rows = told.select(*by, "request_key", "line", piece=nw.col("timestamp_us") // 10_000_000)
    return rows.group_by(*by, "piece").agg(
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
    log = families.shared(log_once).filter(within, nw.col("severity_number") >= _WARNING)
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
LIFECYCLE: Final = Need(
    "lifecycle", "log", "the journal (journalctl -o json) or the service's own log", lifecycle, is_lifecycle
)
PROXY_ERRORS: Final = Need("proxy_errors", "log", "nginx's error log", proxy_errors)
APPLICATION_ERRORS: Final = Need("application_errors", "log", "the application's log", application_errors, is_application)
DEPLOYS: Final = Need("deploys", "deploys", "the log of the deploy", deploys, is_deploy)
CHANGES: Final = Need("changes", "deploys", "the log of the deploy", changes)
SETTINGS: Final = Need("settings", "configuration", "nginx's configuration (nginx -T), unit and pool files", settings)
STATES: Final = Need("states", "states", "ls -l and ss -lxp of the sockets, ps and systemctl status of the service", states)
SOCKET_FILES: Final = Need(
    "socket_files", "states", "ls -l --time-style=full-iso or stat of the service's sockets", socket_files, is_socket_file
)
RELEASE_LINES: Final = Need(
    "release_lines", "log", "the application's log, with the release or the process in its lines", release_lines, is_application
)
RELEASE_PATHS: Final = Need("release_paths", "log", "the application's log", release_paths)
