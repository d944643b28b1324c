"""nginx answered 5xx faster than the route ever answers when it works, and the application logged no error for it.

Looks for
    failed requests that took less time than all but 5 % of the working requests of the same route (``Limits``), and more of them than
    chance would give (binomial test), without an error of the application, inside the time that the application's log covers.

Matters because
    such answers were most likely not made by the code of the route: dashboards of the application stay green, and whoever looks
    into its log finds nothing.

Can mislead when
    the application dies early (a fatal error in its bootstrap takes a millisecond too; where the web server logs it as FastCGI
    stderr it counts as the application's error); it logs no requests of these routes at all, which makes its silence worth little: the
    share of working
    requests with a line is therefore given beside the share of failing ones; its log is sampled.

Evidence given
    the first and last of the fast failing access lines and what the proxy logged for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from logcorr import statistics
from logcorr.signatures.by_upstream import error_line
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import APPLICATION_ERRORS, FAILED_REQUESTS
from logcorr.timeline.quality_needs import APPLICATION_STRETCHES
from logcorr.timeline.speed_needs import ROUTES

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    quick_share: float = 0.05  # faster than all but this share of the working requests of the route
    window_s: float = 2.0  # an error that names no request counts for those at its time; both clocks may be one second coarse
    significant: float = statistics.SIGNIFICANT


ROUTE: Final = ["http_request_method", "http_route"]


def judge(
    failed: pd.DataFrame,
    routes: pd.DataFrame,
    coverage: pd.DataFrame,
    errors: pd.DataFrame | None,
    limits: Limits | None = None,
) -> Sequence[Finding]:
    """One finding for all fast failures."""
    limits = limits or Limits()
    if failed.empty:
        return []
    if failed["duration_s"].isna().all():
        return [unable("the time that requests took: add $request_time to the log_format")]
    covered = failed[inside(failed["started_us"], coverage)]
    if covered.empty:
        first, last = int(failed["started_us"].min()), int(failed["timestamp_us"].max())
        return [unable(f"no application log covers {iso(first)} to {iso(last)}")]
    silent = covered if errors is None else covered[~has_error(covered, errors, limits)]
    working = routes[~routes["failed"].astype(bool)].set_index(ROUTE)
    known = silent.join(working[["duration_low_s", "duration_middle_s"]], on=ROUTE)
    known = known[known["duration_low_s"].notna() & known["duration_s"].notna()]
    fast = known[known["duration_s"] < known["duration_low_s"]].sort_values(["timestamp_us", "request_key"])
    chance = statistics.chance_of_so_many(len(fast), len(known), limits.quick_share)
    if fast.empty or chance >= limits.significant:
        return []
    told = fast[fast["error_event_id"].notna()]
    base = routes.merge(fast[ROUTE].drop_duplicates(), on=ROUTE)
    good, bad = base[~base["failed"].astype(bool)], base[base["failed"].astype(bool)]
    facts: dict[str, Fact] = {
        "requests": len(fast),
        "failed": len(failed),
        "status": ", ".join(str(code) for code in sorted(fast["http_response_status_code"].unique())),
        "upstream_told": bool(fast["upstream_status_last"].notna().any() | fast["upstream_address"].notna().any()),
        "duration_s": float(fast["duration_s"].median()),
        "working_duration_s": float(known.loc[fast.index, "duration_middle_s"].median()),
        "route": " ".join(map(str, fast.groupby(ROUTE, observed=True).size().idxmax())),
        "routes": len(fast[ROUTE].drop_duplicates()),
        **rates(int(bad["logged"].sum()), int(bad["requests"].sum()), "failing"),
        **rates(int(good["logged"].sum()), int(good["requests"].sum()), "working"),
        "first_at": iso(int(fast["started_us"].min())),
        "last_at": iso(int(fast["timestamp_us"].max())),
    }
    speaks = statistics.interval(int(good["logged"].sum()), int(good["requests"].sum()))[0]
    evidence = [cite(fast.iloc[0]), cite(fast.iloc[-1])]
    evidence += [error_line(row) for _, row in told.iloc[[0]].iterrows()] if len(told) else []
    weak = (
        ""
        if int(good["logged"].sum())
        else "the application logs no request of these routes even when they work: its silence proves little"
    )
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired",
            role="symptom",
            level="high",
            confidence=round(0.6 + 0.35 * speaks, 2),
            start_us=int(fast["started_us"].min()),
            end_us=int(fast["timestamp_us"].max()),
            subject=str(facts["route"]),
            facts=facts,
            evidence=tuple(dict.fromkeys(evidence)),
            missing=(weak,) if weak else (),
            explains=fast["request_key"].to_numpy(),
        )
    ]


def inside(moments: pd.Series, coverage: pd.DataFrame) -> np.ndarray:
    """Which moments lie in the time that one of the application's logs covers; between two logs, and in a log's gap, nothing is covered."""
    stamps = moments.to_numpy()
    found: np.ndarray = np.zeros(len(stamps), dtype=bool)
    for _, own in coverage.groupby("file", observed=True):
        covered = (stamps >= own["start_us"].iloc[0]) & (stamps <= own["end_us"].iloc[0])
        for start, end in own[["gap_start_us", "gap_end_us"]].dropna().to_numpy():
            covered &= (stamps <= start) | (stamps >= end)
        found |= covered
    return found


def has_error(requests: pd.DataFrame, errors: pd.DataFrame, limits: Limits) -> np.ndarray:
    """Which requests have an error of the application: one of their own, or one at their time that names no request."""
    # what PHP sends to the proxy belongs to the request of its connection, whether that failed or not
    bare = errors["request_key"].isna() & (errors["source"] != "nginx_error")
    nameless = np.sort(errors.loc[bare, "timestamp_us"].dropna().to_numpy())
    slack = int(limits.window_s * 1_000_000)
    since, until = requests["started_us"].to_numpy() - slack, requests["timestamp_us"].to_numpy() + slack
    beside = np.searchsorted(nameless, until, "right") > np.searchsorted(nameless, since)
    return requests["request_key"].isin(errors["request_key"].dropna()).to_numpy() | beside


def rates(part: int, whole: int, name: str) -> dict[str, Fact]:
    """How many requests have a line in the application's log, with the interval of the share."""
    low, high = statistics.interval(part, whole)
    return {
        f"{name}_logged": part,
        f"{name}_requests": whole,
        f"{name}_logged_low": round(low, 4),
        f"{name}_logged_high": round(high, 4),
    }


def unable(missing: str) -> Finding:
    """The answer where something of the evidence is missing."""
    return Finding(SIGNATURE.name, "not_evaluable", "symptom", missing=(missing,))


SIGNATURE: Final = Signature(
    name="fast_5xx_without_app_error",
    role="symptom",
    title="fast 5xx answers without an error of the application",
    claim="{requests} of {failed} failed requests were answered in {duration_s} s (working ones take {working_duration_s} s), and the "
    "application logged no error for them",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "routes": ROUTES, "coverage": APPLICATION_STRETCHES},
    improves={"errors": APPLICATION_ERRORS},
)
