"""Counts by time, speed and place, made where the rows lie: however many rows there are, the answer is small enough to draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw

from logcorr.timeline.engine import frame
from logcorr.timeline.selections import Families, LazyFrame, log_once, of_failing_routes, requests_once

if TYPE_CHECKING:
    import pandas as pd

_FAILED: Final = 500
#: of durations, to a factor of ten
STEPS: Final = 5
#: durations below a millisecond, the resolution of most access logs, count as one
_SHORTEST_S: Final = 0.0007
#: routes and upstreams brought out, those with the most failures first; a scanner can ask for any number
MOST: Final = 200

Spans = Sequence[tuple[int, int]]


def extent(rows: LazyFrame) -> tuple[int, int] | None:
    """The first and the last time of a family, in microseconds; None where no row has a time."""
    ends = frame(rows.select(first=nw.col("timestamp_us").min(), last=nw.col("timestamp_us").max())).iloc[0]
    return None if ends.isna().any() else (int(ends["first"]), int(ends["last"]))


def within(rows: LazyFrame, spans: Spans) -> LazyFrame:
    """The rows of any of these times, ends included; all rows with a time where no span is given."""
    stamps = nw.col("timestamp_us")
    inside = ~stamps.is_null() if not spans else (stamps >= spans[0][0]) & (stamps <= spans[0][1])
    for start, end in spans[1:]:
        inside = inside | ((stamps >= start) & (stamps <= end))
    return rows.filter(inside)


def by_time(families: Families, width_us: int, spans: Spans) -> pd.DataFrame:
    """Requests and failed ones (5xx) by bin of time: bin (``timestamp_us // width_us``), requests, failed."""
    requests = within(families.shared(requests_once), spans).select(bin=nw.col("timestamp_us") // width_us, failed=_failed())
    return frame(requests.group_by("bin").agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64)).sort("bin"))


def service_steps(families: Families, names: Iterable[str], width_us: int, spans: Spans) -> pd.DataFrame:
    """Known events of services by bin of time: bin, unit, service_name, message_id, event_name, exit_code."""
    events = within(families.shared(log_once), spans).filter(nw.col("event_name").cast(nw.String).is_in(list(names)))
    kept = [nw.col(name).cast(nw.String) for name in ("unit", "service_name", "message_id", "event_name", "exit_code")]
    return frame(events.select(nw.col("timestamp_us") // width_us, *kept).unique()).rename(columns={"timestamp_us": "bin"})


def complaints(families: Families, width_us: int, spans: Spans) -> pd.DataFrame:
    """Complaints by bin of time: bin, complaints."""
    rows = within(families["complaints"], spans).select(bin=nw.col("timestamp_us") // width_us)
    return frame(rows.group_by("bin").agg(complaints=nw.len()).sort("bin"))


def durations(families: Families) -> pd.DataFrame:
    """How long requests of the failing routes took, failed and working ones apart: failed, step, requests.

    Durations ``10 ** (step / STEPS)`` s to those of the next step count as one; the first step holds all below a millisecond.
    """
    step = ((nw.col("duration_s").clip(lower_bound=_SHORTEST_S).log(10) * STEPS) + 1e-9).floor().cast(nw.Int64)
    requests = _of_failing_routes(families).select(step=step, failed=_failed())
    return frame(requests.group_by("failed", "step").agg(requests=nw.len()).sort("failed", "step"))


def middle_durations(families: Families) -> Mapping[int, float]:
    """The median duration in seconds of failed (1) and working (0) requests of the failing routes."""
    requests = _of_failing_routes(families).select("duration_s", failed=_failed())
    # in whole nanoseconds: what lies below them is how an engine adds
    rows = frame(requests.group_by("failed").agg(middle=nw.col("duration_s").quantile(0.5, "linear").round(9)))
    return dict(zip(rows["failed"].astype(int), rows["middle"].astype(float), strict=True))


def by_route(families: Families, spans: Spans) -> pd.DataFrame:
    """Failing routes: http_request_method, http_route, requests, failed; those with the most failures first."""
    return _most_failing(within(families.shared(requests_once), spans), "http_request_method", "http_route")


def by_upstream(families: Families, spans: Spans) -> pd.DataFrame:
    """Upstreams as logged: upstream_address, error_upstream (as the error line says), requests, failed."""
    errors = families["log"].select(
        nw.col("event_id").alias("error_event_id"), nw.col("upstream_address").alias("error_upstream")
    )
    requests = within(families.shared(requests_once), spans).join(errors, on="error_event_id", how="left")
    return _most_failing(requests, "upstream_address", "error_upstream", only_failing=False)


def _of_failing_routes(families: Families) -> LazyFrame:
    return families.shared(of_failing_routes).filter(~nw.col("duration_s").is_null())


def _most_failing(requests: LazyFrame, *by: str, only_failing: bool = True) -> pd.DataFrame:
    keys = [nw.col(name).cast(nw.String) for name in by]
    counted = (
        requests.select(*keys, failed=_failed())
        .group_by(*by)
        .agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64))
    )
    kept = counted.filter(nw.col("failed") > 0) if only_failing else counted
    order = ["failed", "requests", *by]
    return frame(kept.sort(*order, descending=[True, True, *(False for _ in by)], nulls_last=True).head(MOST))


def _failed() -> Any:  # noqa: ANN401 (an expression, or a when-then-otherwise, of narwhals)
    return nw.when(nw.col("http_response_status_code") >= _FAILED).then(1).otherwise(0)
