"""Needs about what came before and after a request: of its route, and of its client."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import Families, LazyFrame, Need, failing_routes, once

_FAILED: Final = 500
_ROUTE: Final = ("http_request_method", "http_route")
#: of the clients that met a failure so many are looked at: whom, their addresses decide
MOST_CLIENTS: Final = 2_000


def outcomes_in_turn(families: Families) -> LazyFrame:
    """For each route that failed, from its first failure to its last: requests, failures, and how often the outcome changed."""
    requests = once(families["requests"]).filter(~nw.col("timestamp_us").is_null())
    requests = requests.join(failing_routes(families), on=list(_ROUTE), how="inner")
    requests = requests.select(
        *_ROUTE,
        "timestamp_us",
        "request_key",
        failed=nw.when(nw.col("http_response_status_code") >= _FAILED).then(1).otherwise(0),
    )
    ends = (
        requests.filter(nw.col("failed") == 1)
        .group_by(*_ROUTE)
        .agg(first_us=nw.col("timestamp_us").min(), last_us=nw.col("timestamp_us").max())
    )
    inside = requests.join(ends, on=list(_ROUTE), how="inner").filter(
        nw.col("timestamp_us") >= nw.col("first_us"), nw.col("timestamp_us") <= nw.col("last_us")
    )
    before = nw.col("failed").shift(1).over(*_ROUTE, order_by=["timestamp_us", "request_key"])
    turns = inside.with_columns(before=before).with_columns(
        turned=nw.when(~nw.col("before").is_null() & (nw.col("before") != nw.col("failed"))).then(1).otherwise(0)
    )
    return turns.group_by(*_ROUTE).agg(
        requests=nw.len(),
        failed=nw.col("failed").sum().cast(nw.Int64),
        turns=nw.col("turned").sum().cast(nw.Int64),
        first_us=nw.col("first_us").min(),
        last_us=nw.col("last_us").max(),
    )


def visits(families: Families) -> LazyFrame:
    """All requests of clients that met a failure: who, when, what and how it ended."""
    requests = once(families["requests"]).filter(~nw.col("timestamp_us").is_null(), ~nw.col("client_address").is_null())
    hit = requests.filter(nw.col("http_response_status_code") >= _FAILED).select("client_address").unique()
    hit = hit.sort("client_address").head(MOST_CLIENTS)
    kept = requests.select(
        *("client_address", "started_us", "timestamp_us", "request_key", *_ROUTE, "http_response_status_code", "file", "line")
    )
    return kept.join(hit, on="client_address", how="semi")


OUTCOMES_IN_TURN: Final = Need("outcomes_in_turn", "requests", "the access log of the web server", outcomes_in_turn)
VISITS: Final = Need("visits", "requests", "the access log of the web server, with the addresses of clients", visits)
