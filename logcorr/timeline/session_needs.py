"""Needs about what came before and after a request: of its route, and of its client."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import Need
from logcorr.timeline.selections import (
    FAILED,
    ROUTE,
    SECOND,
    STATUS,
    Families,
    LazyFrame,
    distinct,
    failing,
    failing_routes,
    of_failing_routes,
    once,
    requests_once,
)

_REFUSED: Final = 400
#: parts of pages are fetched beside a page and are no step of a person
_PARTS: Final = r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|eot|webmanifest)$"


def while_failing(families: Families) -> LazyFrame:
    """The requests of each route that failed, from its first failure to its last, by the numbers of routes; ``failed`` is 1 or 0."""
    rows = families.shared(of_failing_routes).filter(
        nw.col("timestamp_us") >= nw.col("first_us"), nw.col("timestamp_us") <= nw.col("last_us")
    )
    failed = nw.when(nw.col(STATUS) >= FAILED).then(1).otherwise(0)
    return rows.select(
        "route", "timestamp_us", "request_key", "host_name", failed=failed, second=nw.col("timestamp_us") // SECOND
    )


def outcomes_by_second(families: Families) -> LazyFrame:
    """The same by second and host: how many requests, and how many failed."""
    counts = {"requests": nw.len(), "failed": nw.col("failed").sum().cast(nw.Int64)}
    return families.shared(while_failing).group_by("route", "second", "host_name").agg(**counts)


def outcomes_by_host(families: Families) -> LazyFrame:
    """The same for each host that logs such requests: how many, and how many failed."""
    rows = families.kept(outcomes_by_second).filter(~nw.col("host_name").is_null())
    return _named(families, rows.group_by("route", "host_name").agg(**_COUNTS)).select(
        *ROUTE, "host_name", "requests", "failed"
    )


def outcomes_in_turn(families: Families) -> LazyFrame:
    """For each route that failed, from its first failure to its last: requests, failures, and how often the outcome changed."""
    seconds = families.kept(outcomes_by_second).group_by("route", "second").agg(**_COUNTS)
    # where all requests of a second came out alike one stands for all: only the others need be put in order
    mixed = (nw.col("failed") > 0) & (nw.col("failed") < nw.col("requests"))
    alike = seconds.filter(~mixed).select(
        "route",
        timestamp_us=nw.col("second") * SECOND,
        request_key=nw.lit(0).cast(nw.Int64),
        failed=nw.when(nw.col("failed") > 0).then(1).otherwise(0),
    )
    apart = families.shared(while_failing).join(seconds.filter(mixed), on=["route", "second"], how="semi")
    before = nw.col("failed").shift(1).over("route", order_by=["timestamp_us", "request_key"])
    turned = nw.when(nw.col("before") != nw.col("failed")).then(1).otherwise(0)
    rows = nw.concat([alike, apart.select("route", "timestamp_us", "request_key", "failed")])
    turns = rows.with_columns(before=before).select("route", turned=turned)
    turns = turns.group_by("route").agg(turns=nw.col("turned").sum().cast(nw.Int64))
    whole = seconds.group_by("route").agg(**_COUNTS).join(turns, on="route", how="inner")
    return _named(families, whole).select(*ROUTE, "requests", "failed", "turns", "first_us", "last_us")


def _named(families: Families, rows: LazyFrame) -> LazyFrame:
    return rows.join(families.kept(failing_routes), on="route", how="inner")


_COUNTS: Final = {name: nw.col(name).sum().cast(nw.Int64) for name in ("requests", "failed")}


def met_a_failure(families: Families) -> LazyFrame:
    """The clients that met a failure, each with a number (``client``) of its own."""
    hit = once(families.kept(failing)).filter(~nw.col("timestamp_us").is_null(), ~nw.col("client_address").is_null())
    return hit.group_by("client_address").agg(client=nw.col("request_key").min())


def parts_of_pages(families: Families) -> LazyFrame:
    """The routes that are parts of pages."""
    # of the routes, not of each request: the expression costs more than all else that is done with a request
    routes = distinct(families["requests"], "http_route").select(nw.col("http_route").cast(nw.String))
    return routes.filter(nw.col("http_route").str.contains(_PARTS))


def steps(families: Families) -> LazyFrame:
    """The requests of clients that met a failure, without parts of pages; ``posted``: a POST that went well."""
    is_post = nw.col("http_request_method").cast(nw.String) == "POST"
    rows = families.shared(requests_once).select(
        *("client_address", "timestamp_us", "request_key", "http_request_method", "http_route"),
        is_post=is_post,
        posted=is_post & (nw.col(STATUS) < _REFUSED),
        failed=nw.when(nw.col(STATUS) >= FAILED).then(1).otherwise(0),
    )
    rows = rows.filter(~nw.col("timestamp_us").is_null())
    rows = rows.join(families.kept(met_a_failure), on="client_address", how="inner")
    return rows.join(families.kept(parts_of_pages), on="http_route", how="anti")


def first_posts(families: Families) -> LazyFrame:
    """The first POST of each client that went well: ``post`` and when."""
    rows = families.shared(steps).filter(nw.col("posted"))
    first = rows.group_by("client").agg(request_key=nw.col("request_key").min())
    rows = rows.select("request_key", post=_name(), post_us="timestamp_us")
    return rows.join(first, on="request_key", how="inner").select("client", "post", "post_us")


def asked(families: Families) -> LazyFrame:
    """What each client asked for, before (``late`` 0) and after its first POST that went well; ``late`` is null where it made none."""
    rows = families.shared(steps).join(families.kept(first_posts).select("client", "post_us"), on="client", how="left")
    late = nw.when(nw.col("post_us").is_null()).then(None).otherwise(nw.col("timestamp_us") > nw.col("post_us"))
    rows = rows.select("client", *ROUTE, "failed", late=late)
    return rows.group_by("client", *ROUTE, "late").agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64))


def stages(families: Families) -> LazyFrame:
    """By the first POST of clients (``post``) and route: how often it was asked for before it and after it."""
    pages = families.kept(asked).filter(nw.col("http_request_method").cast(nw.String) != "POST")
    after = nw.when(nw.col("late")).then(nw.col("requests")).otherwise(0)
    pages = pages.join(families.kept(first_posts), on="client", how="inner")
    pages = pages.select("client", "post", "requests", route=_name(), after=after)
    counts = {name: nw.col(name).sum().cast(nw.Int64) for name in ("requests", "after")}
    by_client = pages.group_by("client", "post", "route").agg(**counts)
    return by_client.group_by("post", "route").agg(**counts, clients=nw.len())


def following(families: Families) -> LazyFrame:
    """The requests, but for POSTs, that come just after a POST of their client that went well (``post_key``)."""
    key = nw.when(nw.col("posted")).then(nw.col("request_key")).otherwise(None)
    rows = families.shared(steps).select("client", "timestamp_us", "request_key", "is_post", "failed", key=key)
    # of clients that posted and of a few numbers alone, since all of these requests are put in order
    rows = rows.join(families.kept(first_posts).select("client"), on="client", how="semi")
    before = nw.col("key").shift(1).over("client", order_by=["timestamp_us", "request_key"])
    rows = rows.with_columns(post_key=before).filter(~nw.col("post_key").is_null(), ~nw.col("is_post"))
    return rows.select("request_key", "post_key", "failed")


def next_requests(families: Families) -> LazyFrame:
    """Requests of clients that met a failure, by the POST just before each (``after``; null: none): how many, how many failed."""
    none = nw.lit(None).cast(nw.String)
    posts = families["requests"].select(post_key="request_key", after=_name())
    rows = families.kept(following).join(posts, on="post_key", how="inner")
    by_post = rows.group_by("after").agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64))
    others = families.kept(asked).select(after=none, **_COUNTS)
    counted = by_post.select(after=none, requests=-nw.col("requests"), failed=-nw.col("failed"))
    return nw.concat([by_post, others, counted]).group_by("after").agg(**_COUNTS).filter(nw.col("requests") > 0)


def failed_next_requests(families: Families) -> LazyFrame:
    """The failed ones that come just after a POST, each with the lines of that."""
    posts = families["requests"].select(post_key="request_key", after=_name(), before_file="file", before_line="line")
    named = once(families.kept(failing)).select(
        *("request_key", "client_address", "timestamp_us", "file", "line"), route=_name()
    )
    rows = families.kept(following).filter(nw.col("failed") == 1).select("request_key", "post_key")
    rows = rows.join(named, on="request_key", how="inner").join(posts, on="post_key", how="inner")
    return rows.filter(~nw.col("after").is_null()).select(
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
