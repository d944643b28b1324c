"""Failures before and after each deploy, counted: what its shift, its green light and a blip are told from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr import statistics
from logcorr.signatures.failures import is_refused
from logcorr.signatures.finding import text

if TYPE_CHECKING:
    import pandas as pd

SECOND: Final = 1_000_000


@dataclass(frozen=True)
class Deploy:
    """One deploy: from its first line to its last; ``row`` is the last one, ``rows`` are all."""

    begin_us: int
    end_us: int
    row: pd.Series
    rows: pd.DataFrame

    @property
    def status(self) -> str | None:
        """How it called itself at its end: completed, failed (on any host); None where only its beginning is told."""
        said = "failed" if (self.rows["deployment_status"] == "failed").any() else text(self.row["deployment_status"])
        return None if said == "started" else said

    @property
    def release(self) -> str | None:
        """What it brought."""
        return text(self.row["service_version"]) or text(self.row["vcs_ref_head_revision"])


@dataclass(frozen=True)
class Beside:
    """The traffic up to a deploy, and from the time on at which the services have settled to the next one."""

    deploy: Deploy
    before: pd.DataFrame
    after: pd.DataFrame
    settled_us: int

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Failed and all requests after it, then before it."""
        return (
            int(self.after["failed"].sum()),
            int(self.after["requests"].sum()),
            int(self.before["failed"].sum()),
            int(self.before["requests"].sum()),
        )

    @property
    def chance(self) -> float:
        """How often chance alone makes requests fail so much more often after it."""
        return statistics.chance_of_more(*self.counts)


def deploys_of(rows: pd.DataFrame) -> list[Deploy]:
    """The deploys in order of time; the lines of one are those up to its end."""
    found: list[Deploy] = []
    opened: list[int] = []
    ordered = rows[rows["timestamp_us"].notna()].sort_values("timestamp_us", ignore_index=True)
    for at in range(len(ordered)):
        row = ordered.iloc[at]
        opened.append(at)
        following = ordered.iloc[at + 1] if at + 1 < len(ordered) else None
        if (
            following is not None
            and text(following["deployment_status"]) != "started"
            and (text(row["deployment_status"]) == "started" or is_one_run(row, following))
        ):
            continue
        own = ordered.iloc[opened]
        begin = min(int(own["timestamp_us"].min()), int(own["started_us"].fillna(own["timestamp_us"]).min()))
        found.append(Deploy(begin, int(row["timestamp_us"]), row, own))
        opened = []
    return found


def is_one_run(row: pd.Series, following: pd.Series) -> bool:
    """Whether two ends are those of one run on several hosts: of one log, at once, and neither names a release."""
    named = [text(each[name]) for each in (row, following) for name in ("service_version", "vcs_ref_head_revision")]
    at_once = int(following["timestamp_us"]) - int(row["timestamp_us"]) <= SECOND
    return (
        at_once
        and row["file"] == following["file"]
        and not any(named)
        and text(row["host_name"]) != text(following["host_name"])
    )


def without_refused(traffic: pd.DataFrame, failed: pd.DataFrame) -> pd.DataFrame:
    """The traffic by second, in order, without the failures of requests that the web server was told to refuse."""
    traffic = traffic.sort_values("second", ignore_index=True)
    refused = failed[is_refused(failed)]
    if refused.empty:
        return traffic
    counts = (refused["timestamp_us"] // SECOND).value_counts()
    return traffic.assign(failed=traffic["failed"] - traffic["second"].map(counts).fillna(0).astype("int64"))


def beside(deploys: list[Deploy], traffic: pd.DataFrame, settle_s: float) -> Iterator[Beside]:
    """Each deploy with the traffic up to the one before it and up to the one after it."""
    stamps = traffic["second"] * SECOND
    for at, deploy in enumerate(deploys):
        since = deploys[at - 1].end_us + int(settle_s * SECOND) if at else 0
        until = deploys[at + 1].begin_us if at + 1 < len(deploys) else 1 << 62
        settled = deploy.end_us + int(settle_s * SECOND)
        yield Beside(
            deploy,
            traffic[(stamps >= since) & (stamps < deploy.begin_us)],
            traffic[(stamps >= settled) & (stamps < until)],
            settled,
        )


@dataclass(frozen=True)
class Change:
    """Where failures begin, how many of how many requests failed from there to the last one, and the requests that failed."""

    began_us: int
    until_us: int
    failed: int
    requests: int
    hit: pd.DataFrame


def change_of(each: Beside, traffic: pd.DataFrame, failed: pd.DataFrame) -> Change | None:
    """The beginning of the failures that follow a deploy, be it before the deploy; None where none follow it."""
    failing = each.after[each.after["failed"] > 0]
    if failing.empty or each.before.empty:
        return None
    until = int(failing["second"].max())  # what comes after the last failure is its end, not its beginning
    stretch = traffic[(traffic["second"] >= int(each.before["second"].min())) & (traffic["second"] <= until)]
    split = change_point(stretch)
    if split is None:
        return None
    hit = failed[(failed["timestamp_us"] >= split) & (failed["timestamp_us"] < (until + 1) * SECOND)]
    if hit.empty:
        return None
    during = stretch[stretch["second"] * SECOND >= split]
    began = min(split, int(hit["started_us"].min()))  # a request that waits fails long after it was sent
    counts = int(during["failed"].sum()), int(during["requests"].sum())
    return Change(began, (until + 1) * SECOND, *counts, hit.sort_values(["timestamp_us", "request_key"]))


def change_point(traffic: pd.DataFrame) -> int | None:
    """The second from which on the share of failed requests is another, in microseconds; None where there is none."""
    if len(traffic) < 2:  # noqa: PLR2004 (a split has two sides)
        return None
    at, _ = statistics.best_split(traffic["failed"].to_numpy(dtype=float), traffic["requests"].to_numpy(dtype=float))
    return int(traffic["second"].iloc[at]) * SECOND
