"""Needs about what came before and after a request: of its route, and of its client."""

from __future__ import annotations

from typing import Any, Final

import narwhals as nw

from logcorr.timeline.needs import Families, LazyFrame, Need, failing_routes, once

_FAILED: Final = 500
_ROUTE: Final = ("http_request_method", "http_route")
_REFUSED: Final = 400
#: parts of pages are fetched beside a page and are no step of a person
_PARTS: Final = r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|eot|webmanifest)$"


def while_failing(families: Families) -> LazyFrame:
    """The requests of each route that failed, from its first failure to its last; ``failed`` is 1 or 0."""
    requests = once(families["requests"]).filter(~nw.col("timestamp_us").is_null())
    requests = requests.join(failing_routes(families), on=list(_ROUTE), how="inner")
    requests = requests.select(
        *_ROUTE,
        "timestamp_us",
        "request_key",
        "host_name",
        failed=nw.when(nw.col("http_response_status_code") >= _FAILED).then(1).otherwise(0),
    )
    ends = (
        requests.filter(nw.col("failed") == 1)
        .group_by(*_ROUTE)
        .agg(first_us=nw.col("timestamp_us").min(), last_us=nw.col("timestamp_us").max())
    )
    return requests.join(ends, on=list(_ROUTE), how="inner").filter(
        nw.col("timestamp_us") >= nw.col("first_us"), nw.col("timestamp_us") <= nw.col("last_us")
    )


def outcomes_by_host(families: Families) -> LazyFrame:
    """The same for each host that logs such requests: how many, and how many failed."""
    rows = while_failing(families).filter(~nw.col("host_name").is_null())
    return rows.group_by(*_ROUTE, "host_name").agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64))


def outcomes_in_turn(families: Families) -> LazyFrame:
    """For each route that failed, from its first failure to its last: requests, failures, and how often the outcome changed."""
    before = nw.col("failed").shift(1).over(*_ROUTE, order_by=["timestamp_us", "request_key"])
    turns = (
        while_failing(families)
        .with_columns(before=before)
        .with_columns(turned=nw.when(~nw.col("before").is_null() & (nw.col("before") != nw.col("failed"))).then(1).otherwise(0))
    )
    return turns.group_by(*_ROUTE).agg(
        requests=nw.len(),
        failed=nw.col("failed").sum().cast(nw.Int64),
        turns=nw.col("turned").sum().cast(nw.Int64),
        first_us=nw.col("first_us").min(),
        last_us=nw.col("last_us").max(),
    )


def of_clients_that_met_a_failure(families: Families) -> LazyFrame:
    """Their requests, without parts of pages; ``posted``: a POST that went well."""
    requests = once(families["requests"]).filter(~nw.col("timestamp_us").is_null(), ~nw.col("client_address").is_null())
    hit = requests.filter(nw.col("http_response_status_code") >= _FAILED).select("client_address").unique()
    path = nw.col("http_route").cast(nw.String)
    steps = requests.filter(~path.fill_null("").str.contains(_PARTS)).join(hit, on="client_address", how="semi")
    is_post = nw.col("http_request_method").cast(nw.String) == "POST"
    return steps.select(
        *("client_address", "timestamp_us", "request_key", "http_response_status_code", "file", "line"),
        route=nw.concat_str([nw.col("http_request_method").cast(nw.String), path], separator=" "),
        is_post=is_post,
        posted=is_post & (nw.col("http_response_status_code") < _REFUSED),
    )


def stages(families: Families) -> LazyFrame:
    """By the first POST of clients (``post``) and route: how often it was asked for before it and after it."""
    # by windows, not by joining the steps with their first POSTs: an engine may join all POSTs first
    key = nw.when(nw.col("posted")).then(nw.col("request_key")).otherwise(None)
    steps = of_clients_that_met_a_failure(families).with_columns(key=key)
    steps = steps.with_columns(first=nw.col("key").min().over("client_address")).filter(~nw.col("first").is_null())
    is_first = nw.col("request_key") == nw.col("first")
    steps = steps.with_columns(
        post=nw.when(is_first).then(nw.col("route")).otherwise(None).max().over("client_address"),
        post_us=nw.when(is_first).then(nw.col("timestamp_us")).otherwise(None).max().over("client_address"),
    )
    pages = steps.filter(~nw.col("is_post"))
    late = nw.when(nw.col("timestamp_us") > nw.col("post_us")).then(1).otherwise(0)
    return (
        pages.select("post", "route", "client_address", late=late)
        .group_by("post", "route")
        .agg(requests=nw.len(), after=nw.col("late").sum().cast(nw.Int64), clients=nw.col("client_address").n_unique())
    )


def in_turn(families: Families) -> LazyFrame:
    """The same requests with the POST just before each as ``after`` (null: none), and the lines of it."""
    order: dict[str, Any] = {"order_by": ["timestamp_us", "request_key"]}
    names = ("route", "posted", "file", "line")
    steps = of_clients_that_met_a_failure(families).with_columns(
        *(nw.col(name).shift(1).over("client_address", **order).alias(f"before_{name}") for name in names)
    )
    follows = nw.col("before_posted").fill_null(value=False) & ~nw.col("is_post")
    return steps.with_columns(
        after=nw.when(follows).then(nw.col("before_route")).otherwise(None),
        failed=nw.when(nw.col("http_response_status_code") >= _FAILED).then(1).otherwise(0),
    )


def next_requests(families: Families) -> LazyFrame:
    """Requests of clients that met a failure, by the POST just before each (``after``; null: none): how many, how many failed."""
    return in_turn(families).group_by("after").agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64))


def failed_next_requests(families: Families) -> LazyFrame:
    """The failed ones that come just after a POST, each with the lines of that."""
    rows = in_turn(families).filter(~nw.col("after").is_null(), nw.col("failed") == 1)
    return rows.select(
        *("after", "route", "client_address", "timestamp_us", "request_key", "file", "line", "before_file", "before_line")
    )


OUTCOMES_BY_HOST: Final = Need("outcomes_by_host", "requests", "the access log of the web server", outcomes_by_host)
OUTCOMES_IN_TURN: Final = Need("outcomes_in_turn", "requests", "the access log of the web server", outcomes_in_turn)
_CLIENTS: Final = "the access log of the web server, with the addresses of clients"
STAGES: Final = Need("stages", "requests", _CLIENTS, stages)
NEXT_REQUESTS: Final = Need("next_requests", "requests", _CLIENTS, next_requests)
FAILED_NEXT_REQUESTS: Final = Need("failed_next_requests", "requests", _CLIENTS, failed_next_requests)
