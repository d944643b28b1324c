"""Needs about how long requests took, by route: how often each duration occurs, of which quantiles are made that are exact.

Durations are written to the millisecond or microsecond, so that a route has far fewer of them than requests, however many there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import narwhals as nw
import numpy as np

from logcorr.timeline.needs import APPLICATION_SOURCES, Need
from logcorr.timeline.selections import (
    FAILED,
    LEFT,
    ROUTE,
    STATUS,
    Families,
    LazyFrame,
    distinct,
    of_failing_routes,
    requests_once,
)

if TYPE_CHECKING:
    import pandas as pd

_REFUSED: Final = 400
_KIND: Final = (*ROUTE, "failed")


def durations(families: Families) -> LazyFrame:
    """Requests of the failing routes by duration, failed and working ones apart, and how many of all have an application's line."""
    requests = (
        families.shared(of_failing_routes).filter(~nw.col(STATUS).is_null()).with_columns(failed=nw.col(STATUS) >= FAILED)
    )
    lines = families["log"].filter(~nw.col("request_key").is_null(), nw.col("source").is_in(list(APPLICATION_SOURCES)))
    told = requests.join(distinct(lines, "request_key"), on="request_key", how="semi")
    logged = told.group_by(*_KIND).agg(logged=nw.len())
    return requests.group_by(*_KIND, "duration_s").agg(requests=nw.len()).join(logged, on=list(_KIND), how="left")


def outcomes(rows: pd.DataFrame) -> pd.DataFrame:
    """For each failing route, its failed and its working requests: how many, how fast, how many with an application's line."""
    found, group = groups_of(rows, _KIND)
    low, middle = quantiles(rows, group, len(found), (0.05, 0.5))
    return found.assign(
        requests=np.bincount(group, rows["requests"], len(found)).astype(np.int64),
        logged=rows["logged"].fillna(0).astype(np.int64).iloc[found.index].to_numpy(),
        duration_low_s=low,
        duration_middle_s=middle,
    ).reset_index(drop=True)


def working_durations(families: Families) -> LazyFrame:
    """Working requests of the failing routes by duration, those between the first and the last failure of the route apart."""
    requests = families.shared(of_failing_routes).filter(nw.col(STATUS) < FAILED, ~nw.col("duration_s").is_null())
    inside = (nw.col("timestamp_us") >= nw.col("first_us")) & (nw.col("timestamp_us") <= nw.col("last_us"))
    return requests.with_columns(during=inside).group_by(*ROUTE, "during", "duration_s").agg(requests=nw.len())


def slowed(rows: pd.DataFrame) -> pd.DataFrame:
    """For each failing route, how long its working requests took while it failed and outside.

    ``during`` is how many there are while it failed, ``slower`` how many of them took longer than all but 5 % of the others.
    """
    found, group = groups_of(rows, ROUTE)
    inside = rows["during"].to_numpy(bool)
    middle, high = quantiles(rows[~inside], group[~inside], len(found), (0.5, 0.95))
    (now,) = quantiles(rows[inside], group[inside], len(found), (0.5,))
    counts = {"during": inside, "outside": ~inside, "slower": inside & (rows["duration_s"].to_numpy() > high[group])}
    sums = {
        name: np.bincount(group, rows["requests"].where(kind, 0), len(found)).astype(np.int64) for name, kind in counts.items()
    }
    return found.assign(**sums, during_middle_s=now, outside_middle_s=middle).reset_index(drop=True)


def aborted_durations(families: Families) -> LazyFrame:
    """Requests that their clients left (499) and working ones of their routes, by duration; ``left`` is 1 or 0.

    ``request_key``, ``file`` and ``line`` are those of one of the requests that were left; ``clients``: how many left any.
    """
    left = families.kept(abandoned)
    requests = families.shared(requests_once).select(*ROUTE, STATUS, "duration_s")
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
    return families.shared(requests_once).filter(nw.col(STATUS) == LEFT).select(*kept)


def aborted(rows: pd.DataFrame) -> pd.DataFrame:
    """Routes with requests that the client left: how many, how long they and the working requests of the route took."""
    rows = rows.sort_values(["left", "request_key"], ascending=[False, True], ignore_index=True)
    found, group = groups_of(rows, ROUTE)
    took, left = (rows[name].to_numpy() for name in ("duration_s", "left"))
    gone, usual = (rows["requests"].where(rows["left"] == kind, 0).to_numpy() for kind in (1, 0))
    middle, high = quantiles(rows[left == 0], group[left == 0], len(found), (0.5, 0.95))
    kinds = {
        "timed": ~np.isnan(took) & ~np.isnan(high[group]),
        "longer": took > high[group],
        "sooner": took < middle[group],
    }
    sums = {"aborted": gone, "working": usual, **{name: np.where(kind, gone, 0) for name, kind in kinds.items()}}
    first = rows.iloc[found.index]
    ends = rows.groupby(group)
    return found.assign(
        **{name: np.bincount(group, values, len(found)).astype(np.int64) for name, values in sums.items()},
        **{name: first[name] for name in ("request_key", "file", "line", "clients")},
        first_us=ends["first_us"].min().to_numpy(),
        last_us=ends["last_us"].max().to_numpy(),
        waited_s=quantiles(rows[left == 1], group[left == 1], len(found), (0.5,))[0],
        working_middle_s=middle,
        working_high_s=high,
    ).reset_index(drop=True)


def groups_of(rows: pd.DataFrame, by: tuple[str, ...]) -> tuple[pd.DataFrame, np.ndarray]:
    """The different values of some columns, each at its first row, and for each row the number of its own."""
    group = rows.groupby([*by], sort=False, dropna=False, observed=True).ngroup().to_numpy()
    _, first = np.unique(group, return_index=True)
    return rows[[*by]].iloc[first], group


def quantiles(rows: pd.DataFrame, group: np.ndarray, count: int, shares: tuple[float, ...]) -> list[np.ndarray]:
    """Quantiles of ``duration_s`` in each of so many groups, each duration ``requests`` times; NaN where a group has none.

    Between two values a quantile lies in proportion, as in NumPy's method ``linear``.
    """
    took, often = rows["duration_s"].to_numpy(np.float64), rows["requests"].to_numpy(np.int64)
    order = np.lexsort((took, group))
    order = order[~np.isnan(took[order])]
    took, group, up_to = took[order], group[order], np.cumsum(often[order])
    whole = np.bincount(group, often[order], count).astype(np.int64)
    before, found = np.cumsum(whole) - whole, []
    known = whole > 0
    for share in shares:
        place = share * (whole[known] - 1)
        below, above = (took[np.searchsorted(up_to, before[known] + edge(place), "right")] for edge in (np.floor, np.ceil))
        part, values = place % 1, np.full(count, np.nan)
        values[known] = np.where(below == above, below, below * (1 - part) + above * part)
        found.append(values)
    return found


_ACCESS_LOG: Final = "the access log of the web server"
ROUTES: Final = Need("route_outcomes", "requests", _ACCESS_LOG, durations, finish=outcomes)
WORKING_SPEEDS: Final = Need("working_speeds", "requests", _ACCESS_LOG, working_durations, finish=slowed)
ABORTED_ROUTES: Final = Need("aborted_routes", "requests", _ACCESS_LOG, aborted_durations, finish=aborted)
