"""Needs about how long requests took, by route: how often each duration occurs, of which quantiles are made that are exact.

Durations are written to the millisecond or microsecond, so that a route has far fewer of them than requests, however many there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import narwhals as nw

from logcorr.timeline.needs import APPLICATION_SOURCES, Need
from logcorr.timeline.selections import FAILED, LEFT, ROUTE, STATUS, Families, LazyFrame, distinct, of_failing_routes, once

if TYPE_CHECKING:
    import pandas as pd

_REFUSED: Final = 400
_KIND: Final = (*ROUTE, "failed")


def durations(families: Families) -> LazyFrame:
    """Requests of the failing routes by duration, failed and working ones apart, and how many of all have an application's line."""
    requests = of_failing_routes(families).filter(~nw.col(STATUS).is_null()).with_columns(failed=nw.col(STATUS) >= FAILED)
    lines = families["log"].filter(~nw.col("request_key").is_null(), nw.col("source").is_in(list(APPLICATION_SOURCES)))
    told = requests.join(distinct(lines, "request_key"), on="request_key", how="semi")
    logged = told.group_by(*_KIND).agg(logged=nw.len())
    return requests.group_by(*_KIND, "duration_s").agg(requests=nw.len()).join(logged, on=list(_KIND), how="left")


def outcomes(rows: pd.DataFrame) -> pd.DataFrame:
    """For each failing route, its failed and its working requests: how many, how fast, how many with an application's line."""
    found = rows.groupby([*_KIND], as_index=False, observed=True).agg(requests=("requests", "sum"), logged=("logged", "max"))
    found["logged"] = found["logged"].fillna(0).astype("int64")
    shares = {"duration_low_s": 0.05, "duration_middle_s": 0.5}
    return found.merge(quantiles(rows, _KIND, shares), on=[*_KIND], how="left")


def aborted_durations(families: Families) -> LazyFrame:
    """Requests that their clients left (499) and working ones of their routes, by duration; ``left`` is 1 or 0.

    ``request_key``, ``file`` and ``line`` are those of one of the requests that were left; ``clients``: how many left any.
    """
    requests, left = once(families["requests"]), families.kept(abandoned)
    working = requests.filter(nw.col(STATUS) < _REFUSED).join(distinct(left, *ROUTE), on=list(ROUTE), how="semi")
    keys = ("first_us", "last_us", "request_key")
    usual = working.group_by(*ROUTE, "duration_s").agg(requests=nw.len())
    usual = usual.with_columns(*(nw.lit(None).cast(nw.Int64).alias(name) for name in keys), left=nw.lit(0))
    gone = left.group_by(*ROUTE, "duration_s").agg(
        requests=nw.len(),
        first_us=nw.col("started_us").min(),
        last_us=nw.col("timestamp_us").max(),
        request_key=nw.col("request_key").min(),
    )
    rows = nw.concat([usual, gone.with_columns(left=nw.lit(1))])
    rows = rows.join(left.select("request_key", "file", "line"), on="request_key", how="left")
    return rows.join(left.select(clients=nw.col("client_address").n_unique()), how="cross")


def abandoned(families: Families) -> LazyFrame:
    """Requests that their clients left."""
    kept = ("request_key", "started_us", "timestamp_us", *ROUTE, "duration_s", "client_address", "file", "line")
    return once(families["requests"]).filter(nw.col(STATUS) == LEFT).select(*kept)


def aborted(rows: pd.DataFrame) -> pd.DataFrame:
    """Routes with requests that the client left: how many, how long they and the working requests of the route took."""
    by, left = list(ROUTE), rows[rows["left"] == 1]
    usual = rows[rows["left"] == 0]
    working = usual.groupby(by, as_index=False, observed=True).agg(working=("requests", "sum"))
    shares = {"working_middle_s": 0.5, "working_high_s": 0.95}
    working = working.merge(quantiles(usual, ROUTE, shares), on=by, how="left")
    each = left.merge(working, on=by, how="left")
    took, count = each["duration_s"], each["requests"]
    each["timed"] = count.where(took.notna() & each["working_high_s"].notna(), 0)
    each["longer"] = count.where(took > each["working_high_s"], 0)
    each["sooner"] = count.where(took < each["working_middle_s"], 0)
    found = each.sort_values("request_key").groupby(by, as_index=False, observed=True, dropna=False)
    sums = {name: (name, "sum") for name in ("timed", "longer", "sooner")}
    same = {name: (name, "first") for name in ("working", "working_middle_s", "working_high_s", "request_key", "file", "line")}
    ends = {"first_us": ("first_us", "min"), "last_us": ("last_us", "max"), "clients": ("clients", "max")}
    counted = found.agg(aborted=("requests", "sum"), **sums, **same, **ends)
    return counted.merge(quantiles(left, ROUTE, {"waited_s": 0.5}), on=by, how="left")


def quantiles(rows: pd.DataFrame, by: tuple[str, ...], shares: dict[str, float]) -> pd.DataFrame:
    """Quantiles of ``duration_s``, each of which occurs ``requests`` times, by the columns ``by``.

    Between two values a quantile lies in proportion, as in NumPy's method ``linear``.
    """
    timed = rows[rows["duration_s"].notna()].sort_values("duration_s")
    groups = timed.groupby([*by], observed=True, dropna=False)
    up_to, whole = groups["requests"].cumsum(), groups["requests"].transform("sum")
    found = timed[[*by]].drop_duplicates()
    for name, share in shares.items():
        place = share * (whole - 1)
        below, above = (
            timed[up_to > edge].groupby([*by], observed=True, dropna=False)["duration_s"].first()
            for edge in (place // 1, -(-place // 1))
        )
        part = (place % 1).groupby([timed[key] for key in by], observed=True, dropna=False).first()
        found = found.merge((below + (above - below) * part).rename(name).reset_index(), on=[*by], how="left")
    return found


_ACCESS_LOG: Final = "the access log of the web server"
ROUTES: Final = Need("route_outcomes", "requests", _ACCESS_LOG, durations, finish=outcomes)
ABORTED_ROUTES: Final = Need("aborted_routes", "requests", _ACCESS_LOG, aborted_durations, finish=aborted)
