"""Selections of the families that several needs share, each made once and kept where the engine has its rows.

Of millions of requests most needs look at the failed ones, or at counts by second: both are small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import narwhals as nw

LazyFrame = nw.LazyFrame[Any]

FAILED: Final = 500
LEFT: Final = 499
STATUS: Final = "http_response_status_code"
ROUTE: Final = ("http_request_method", "http_route")
SECOND: Final = 1_000_000

Keep = Callable[[str, LazyFrame], LazyFrame]


class Families(Mapping[str, LazyFrame]):
    """The families of a timeline by name; ``keep`` has the engine run a selection and hold its rows under a name."""

    def __init__(self, families: Mapping[str, LazyFrame], keep: Keep) -> None:
        self._families = dict(families)
        self._keep = keep
        self._shared: dict[object, LazyFrame] = {}
        #: the kept selections that were asked for, in the order in which they were ready, and those that each selection reads
        self.asked: list[str] = []
        self.reads: dict[object, tuple[str, ...]] = {}

    def __getitem__(self, name: str) -> LazyFrame:
        return self._families[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._families)

    def __len__(self) -> int:
        return len(self._families)

    def kept(self, selection: Callable[[Families], LazyFrame]) -> LazyFrame:
        """The rows of a selection, which runs once, however many needs ask for it."""
        name = selection.__name__
        if name not in self._shared:
            before = len(self.asked)
            rows = selection(self)
            self.reads[name] = tuple(dict.fromkeys(self.asked[before:]))
            self._shared[name] = self._keep(name, rows)
        self.asked.append(name)
        return self._shared[name]

    def has(self, name: str) -> bool:
        """Whether a kept selection has been made."""
        return name in self._shared

    def take(self, name: str, rows: LazyFrame) -> None:
        """Have the rows of a kept selection that was made elsewhere."""
        self._shared[name] = rows

    def shared(self, selection: Callable[[Families], LazyFrame]) -> LazyFrame:
        """A selection that is built once and runs with each need that asks for it; an engine takes its time to check each step."""
        if selection not in self._shared:
            before = len(self.asked)
            self._shared[selection] = selection(self)
            self.reads[selection] = tuple(dict.fromkeys(self.asked[before:]))
        else:
            self.asked.extend(self.reads[selection])
        return self._shared[selection]


def once(rows: LazyFrame) -> LazyFrame:
    """Each record once."""
    return rows.filter(nw.col("duplicate_of").is_null())


def requests_once(families: Families) -> LazyFrame:
    """Each request once."""
    return once(families["requests"])


def log_once(families: Families) -> LazyFrame:
    """Each event of the log once."""
    return once(families["log"])


def distinct(rows: LazyFrame, *names: str) -> LazyFrame:
    """The different values of some columns; grouped, since ``unique`` of narwhals numbers all rows in DuckDB."""
    return rows.group_by(*names).agg(rows=nw.len()).select(*names)


def failing(families: Families) -> LazyFrame:
    """Requests answered with 5xx, those that are logged twice among them."""
    return families["requests"].filter(nw.col(STATUS) >= FAILED).select(*FAILING_COLUMNS)


FAILING_COLUMNS: Final = (
    *("request_key", "timestamp_us", "started_us", "timestamp_uncertainty_s", "http_request_method", "url_path", "http_route"),
    *(STATUS, "client_address", "user_id", "duration_s", "upstream_address", "upstream_connected", "upstream_answered"),
    *("upstream_status", "upstream_status_last", "http_response_body_size", "host_name", "source"),
    *("file", "line", "error_event_id", "duplicate_of"),
)


def failing_routes(families: Families) -> LazyFrame:
    """Method and route of the requests that failed, with a number (``route``), and the first and the last time that one did."""
    ends = {"first_us": nw.col("timestamp_us").min(), "last_us": nw.col("timestamp_us").max()}
    return once(families.kept(failing)).group_by(*ROUTE).agg(route=nw.col("request_key").min(), **ends)


def of_failing_routes(families: Families) -> LazyFrame:
    """The requests of the routes that failed, those that went well among them; a request without a method or a route is of none."""
    rows = families.shared(requests_once).select(*ROUTE, STATUS, "request_key", "timestamp_us", "duration_s", "host_name")
    return rows.join(families.kept(failing_routes), on=list(ROUTE), how="inner")


def by_second(families: Families) -> LazyFrame:
    """Requests by second of their end (null: without a time) and host: how many, and how many of each kind of answer."""
    status = nw.col(STATUS)
    kinds = {
        "failed": status >= FAILED,
        "aborted": status == LEFT,
        "refused": (status >= 400) & (status < LEFT),  # noqa: PLR2004 (4xx, but for nginx's own)
        "not_found": status == 404,  # noqa: PLR2004
    }
    counted = {name: nw.when(kind).then(1).otherwise(0) for name, kind in kinds.items()}
    requests = families.shared(requests_once).select("host_name", second=nw.col("timestamp_us") // SECOND, **counted)
    sums = {name: nw.col(name).sum().cast(nw.Int64) for name in kinds}
    return requests.group_by("host_name", "second").agg(requests=nw.len(), **sums)
