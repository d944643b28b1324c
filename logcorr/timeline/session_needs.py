"""Needs about what came before and after a request: of its route, and of its client."""

from __future__ import annotations

from typing import Any, Final

import narwhals as nw

from logcorr.timeline.needs import Need
from logcorr.timeline.selections import FAILED, ROUTE, SECOND, STATUS, Families, LazyFrame, failing, of_failing_routes, once

_REFUSED: Final = 400
#: parts of pages are fetched beside a page and are no step of a person
_PARTS: Final = r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|eot|webmanifest)$"


def outcomes_by_second(families: Families) -> LazyFrame:
    """Requests of each route that failed, from its first failure to its last, by second and host: how many, how many failed."""
    rows = while_failing(families).with_columns(second=nw.col("timestamp_us") // SECOND)
    return rows.group_by(*ROUTE, "second", "host_name").agg(
        requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64), timestamp_us=nw.col("timestamp_us").min()
    )


def while_failing(families: Families) -> LazyFrame:
    """The requests of each route that failed, from its first failure to its last; ``failed`` is 1 or 0."""
    rows = of_failing_routes(families).filter(
        nw.col("timestamp_us") >= nw.col("first_us"), nw.col("timestamp_us") <= nw.col("last_us")
    )
    return rows.with_columns(failed=nw.when(nw.col(STATUS) >= FAILED).then(1).otherwise(0))


def outcomes_by_host(families: Families) -> LazyFrame:
    """The same for each host that logs such requests: how many, and how many failed."""
    rows = families.kept(outcomes_by_second).filter(~nw.col("host_name").is_null())
    counts = {name: nw.col(name).sum().cast(nw.Int64) for name in ("requests", "failed")}
    return rows.group_by(*ROUTE, "host_name").agg(**counts)


def outcomes_in_turn(families: Families) -> LazyFrame:
    """For each route that failed, from its first failure to its last: requests, failures, and how often the outcome changed."""
    counts = {name: nw.col(name).sum().cast(nw.Int64) for name in ("requests", "failed")}
    seconds = (
        families.kept(outcomes_by_second).group_by(*ROUTE, "second").agg(**counts, timestamp_us=nw.col("timestamp_us").min())
    )
    whole = seconds.group_by(*ROUTE).agg(**counts)
    # where all requests of a second came out alike one stands for all: only the others need be put in order
    mixed = (nw.col("failed") > 0) & (nw.col("failed") < nw.col("requests"))
    alike = seconds.filter(~mixed).select(
        *ROUTE, "timestamp_us", request_key=nw.lit(0).cast(nw.Int64), failed=nw.when(nw.col("failed") > 0).then(1).otherwise(0)
    )
    by = [*ROUTE, "second"]
    apart = while_failing(families).with_columns(second=nw.col("timestamp_us") // SECOND)
    apart = apart.join(seconds.filter(mixed).select(*by), on=by, how="semi").select(
        *ROUTE, "timestamp_us", "request_key", "failed"
    )
    before = nw.col("failed").shift(1).over(*ROUTE, order_by=["timestamp_us", "request_key"])
    turned = nw.when(nw.col("before") != nw.col("failed")).then(1).otherwise(0)
    turns = nw.concat([alike, apart]).with_columns(before=before).select(*ROUTE, turned=turned)
    turns = turns.group_by(*ROUTE).agg(turns=nw.col("turned").sum().cast(nw.Int64))
    return whole.join(turns, on=list(ROUTE), how="inner")


def met_a_failure(families: Families) -> LazyFrame:
    """The clients that met a failure, each with a number (``client``) of its own."""
    hit = once(families.kept(failing)).filter(~nw.col("timestamp_us").is_null(), ~nw.col("client_address").is_null())
    return hit.group_by("client_address").agg(client=nw.col("request_key").min())


def parts_of_pages(families: Families) -> LazyFrame:
    """The routes that are parts of pages."""
    # of the routes, not of each request: the expression costs more than all else that is done with a request
    routes = families["requests"].select(nw.col("http_route").cast(nw.String)).unique()
    return routes.filter(nw.col("http_route").str.contains(_PARTS))


def steps(families: Families) -> LazyFrame:
    """The requests of clients that met a failure, without parts of pages; ``posted``: a POST that went well."""
    requests = once(families["requests"]).filter(~nw.col("timestamp_us").is_null())
    is_post = nw.col("http_request_method").cast(nw.String) == "POST"
    rows = requests.select(
        *("client_address", "timestamp_us", "request_key", "http_request_method", "http_route"),
        is_post=is_post,
        posted=is_post & (nw.col(STATUS) < _REFUSED),
        failed=nw.when(nw.col(STATUS) >= FAILED).then(1).otherwise(0),
    )
    rows = rows.join(families.kept(met_a_failure), on="client_address", how="inner")
    return rows.join(families.kept(parts_of_pages), on="http_route", how="anti")


def first_posts(families: Families) -> LazyFrame:
    """The first POST of each client that went well: ``post`` and when."""
    rows = steps(families).filter(nw.col("posted"))
    first = rows.group_by("client").agg(request_key=nw.col("request_key").min())
    return (
        rows.select("request_key", post=_name(), post_us="timestamp_us")
        .join(first, on="request_key", how="inner")
        .select("client", "post", "post_us")
    )


def asked(families: Families) -> LazyFrame:
    """What each client asked for, before (``late`` 0) and after its first POST that went well; ``late`` is null where it made none."""
    late = (
        nw.when(nw.col("timestamp_us") > nw.col("post_us"))
        .then(1)
        .otherwise(nw.when(~nw.col("post_us").is_null()).then(0).otherwise(None))
    )
    rows = steps(families).join(families.kept(first_posts), on="client", how="left").with_columns(late=late)
    return rows.group_by("client", "post", *ROUTE, "is_post", "late").agg(
        requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64)
    )


def stages(families: Families) -> LazyFrame:
    """By the first POST of clients (``post``) and route: how often it was asked for before it and after it."""
    pages = families.kept(asked).filter(~nw.col("is_post"), ~nw.col("late").is_null())
    pages = pages.select("client", "post", "requests", route=_name(), after=nw.col("late") * nw.col("requests"))
    by_client = pages.group_by("client", "post", "route").agg(requests=nw.col("requests").sum(), after=nw.col("after").sum())
    return by_client.group_by("post", "route").agg(
        requests=nw.col("requests").sum().cast(nw.Int64), after=nw.col("after").sum().cast(nw.Int64), clients=nw.len()
    )


def following(families: Families) -> LazyFrame:
    """The requests, but for POSTs, that come just after a POST of their client that went well: ``after`` and the key of it."""
    order: dict[str, Any] = {"order_by": ["timestamp_us", "request_key"]}
    posted = nw.when(nw.col("posted"))
    rows = steps(families).select(
        *("client", "timestamp_us", "request_key", "is_post", "failed"),
        post_key=posted.then(nw.col("request_key")).otherwise(None),
        post=posted.then(_name()).otherwise(None),
    )
    # of a few numbers alone, since all of these requests are put in order
    rows = rows.with_columns(
        before_key=nw.col("post_key").shift(1).over("client", **order), after=nw.col("post").shift(1).over("client", **order)
    )
    return rows.filter(~nw.col("before_key").is_null(), ~nw.col("is_post")).select(
        "request_key", "before_key", "after", "failed"
    )


def next_requests(families: Families) -> LazyFrame:
    """Requests of clients that met a failure, by the POST just before each (``after``; null: none): how many, how many failed."""
    none = nw.lit(None).cast(nw.String)
    next_ones, whole = families.kept(following), families.kept(asked)
    counted = next_ones.group_by("after").agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64))
    others = nw.concat(
        [
            whole.select(
                after=none, requests=nw.col("requests").sum().cast(nw.Int64), failed=nw.col("failed").sum().cast(nw.Int64)
            ),
            counted.select(after=none, requests=-nw.col("requests"), failed=-nw.col("failed")),
            counted,
        ]
    )
    sums = {name: nw.col(name).sum().cast(nw.Int64) for name in ("requests", "failed")}
    return others.group_by("after").agg(**sums).filter(nw.col("requests") > 0)


def failed_next_requests(families: Families) -> LazyFrame:
    """The failed ones that come just after a POST, each with the lines of that."""
    rows = (
        families.kept(following)
        .filter(~nw.col("after").is_null(), nw.col("failed") == 1)
        .select("request_key", "before_key", "after")
    )
    named = once(families.kept(failing)).select(
        *("request_key", "client_address", "timestamp_us", "file", "line"), route=_name()
    )
    lines = families["requests"].select(before_key="request_key", before_file="file", before_line="line")
    rows = rows.join(named, on="request_key", how="inner").join(lines, on="before_key", how="inner")
    return rows.select(
        *("after", "route", "client_address", "timestamp_us", "request_key", "file", "line", "before_file", "before_line")
    )


def _name() -> nw.Expr:
    method, route = (nw.col(name).cast(nw.String) for name in ROUTE)
    return nw.concat_str([method, route], separator=" ")


OUTCOMES_BY_HOST: Final = Need("outcomes_by_host", "requests", "the access log of the web server", outcomes_by_host)
OUTCOMES_IN_TURN: Final = Need("outcomes_in_turn", "requests", "the access log of the web server", outcomes_in_turn)
_CLIENTS: Final = "the access log of the web server, with the addresses of clients"
STAGES: Final = Need("stages", "requests", _CLIENTS, stages)
NEXT_REQUESTS: Final = Need("next_requests", "requests", _CLIENTS, next_requests)
FAILED_NEXT_REQUESTS: Final = Need("failed_next_requests", "requests", _CLIENTS, failed_next_requests)
