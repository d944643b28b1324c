"""Which failed requests a complaint fits, and how likely a complaint fits by chance.

A complaint fits a request that failed before it was written, at most as long before as people take, and that is the user's own, at the
path and with the status that the complaint names. What it does not name is no criterion.

The chance is that of a complaint with the same criteria, as exact as this one, made at any time of the evidence (and from there up to this
one, where it was made later) by any of the users that the logs know (any client, where it names an address; anybody, where it names
nobody).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from logcorr.signatures.complaint_words import is_of_failures, lies_under, paths_in, statuses_in, words_in
from logcorr.signatures.finding import text

SECOND: Final = 1_000_000
#: access logs are stamped to the second, with a cached clock
SLACK_US: Final = 2 * SECOND

By = Literal["user", "address", "time"]


@dataclass(frozen=True)
class Report:
    """One complaint: when (microseconds; the whole evidence where nobody knows), by whom, about what."""

    start_us: int
    end_us: int
    user: str | None
    address: str | None
    statuses: frozenset[int]
    paths: frozenset[str]
    words: frozenset[str]
    timed: bool

    @property
    def of_failures(self) -> bool:
        """Whether it can be about a failed request."""
        return is_of_failures(self.statuses)


@dataclass(frozen=True)
class Fit:
    """The failed requests that a complaint fits, as rows of ``Failures.rows``, the best first; ``chance`` also where it fits none."""

    rows: np.ndarray
    chance: float
    by: By


class Failures:
    """The failed requests and whose they are; ``window`` is the time that the evidence covers."""

    def __init__(
        self,
        failed: pd.DataFrame,
        owners: pd.DataFrame | None,
        users: pd.DataFrame | None,
        clients: int,
        window: tuple[int, int],
    ) -> None:
        self.rows = failed.sort_values(["timestamp_us", "request_key"], ignore_index=True)
        self.stamps = self.rows["timestamp_us"].to_numpy(dtype=np.int64)
        self.places, self.paths = pd.factorize(self.rows["url_path"].astype("string").fillna(""))
        self.window, self.clients = window, clients
        own = self.rows["user_id"].astype("str")
        if owners is not None and len(owners):
            own = own.fillna(self.rows["request_key"].map(owners.set_index("request_key")["user_id"]).astype("str"))
        self.owners = own.where(own != "")
        addresses = self.rows["client_address"].astype("str")
        self.addresses = addresses.where(addresses != "")
        self.homes = homes(users)
        self.users = int(users["users"].iloc[0]) if users is not None and len(users) else 0
        self.known = {*self.homes, *self.owners.dropna().unique()}
        self._pairs: dict[By, pd.DataFrame] = {}

    def belonging(self, report: Report) -> tuple[By, np.ndarray]:
        """By what a complaint's requests are told from those of others, and which these are."""
        if report.user in self.known:
            own = (self.owners == report.user) | (
                self.owners.isna() & self.addresses.isin(self.homes.get(str(report.user), set()))
            )
            return "user", own.to_numpy(dtype=bool)
        if report.address:
            return "address", (self.addresses == report.address).to_numpy(dtype=bool)
        return "time", np.ones(len(self.rows), dtype=bool)

    def named(self, report: Report) -> np.ndarray:
        """Which requests have the status and the path that a complaint names."""
        fitting: np.ndarray = np.full(len(self.rows), report.of_failures)
        if report.statuses:
            fitting &= self.rows["http_response_status_code"].isin(list(report.statuses)).to_numpy()
        if report.paths:
            fitting &= np.array([any(lies_under(path, named) for named in report.paths) for path in self.paths], bool)[
                self.places
            ]
        return fitting

    def fit(self, report: Report, delay_us: int) -> Fit:
        """The failed requests that a complaint fits."""
        by, own = self.belonging(report)
        named = self.named(report)
        near = (self.stamps >= report.start_us - delay_us) & (self.stamps <= report.end_us + SLACK_US)
        rows = np.flatnonzero(own & named & near)
        distinct, places = np.unique(self.places[rows], return_inverse=True)
        alike = np.array([len(report.words & words_in(self.paths[at])) for at in distinct], np.int64)[places]
        rows = rows[np.lexsort((-self.stamps[rows], -alike))]
        return Fit(rows, self.chance(by, named, report, delay_us), by)

    def chance(self, by: By, named: np.ndarray, report: Report, delay_us: int) -> float:
        """How likely a complaint of anybody at any time fits as well."""
        start, end = self.window[0], max(self.window[1], report.start_us)
        before = min(report.end_us - report.start_us, end - start) + SLACK_US
        rows = self.pairs(by)
        rows = rows[named[rows["row"].to_numpy()]]
        covered = share_covered(rows["who"].to_numpy(), self.stamps[rows["row"].to_numpy()], (before, delay_us), (start, end))
        people = {"user": max(self.users, len(self.known)), "address": self.clients, "time": 1}[by]
        return min(1.0, covered / max(people, 1))

    def pairs(self, by: By) -> pd.DataFrame:
        """Rows of the failed requests with each of those whose they can be, as numbers, in order of both."""
        if by not in self._pairs:
            every = pd.DataFrame({"row": np.arange(len(self.rows)), "owner": self.owners, "address": self.addresses})
            if by == "time":
                found = every.assign(who="")
            elif by == "address":
                found = every[every["address"].notna()].assign(who=lambda rows: rows["address"])
            else:
                living = pd.DataFrame(
                    [(home, who) for who, all_ in self.homes.items() for home in all_], columns=["address", "who"]
                )
                shared = every[every["owner"].isna()].merge(living.astype("str"), on="address")
                found = pd.concat([every[every["owner"].notna()].assign(who=lambda rows: rows["owner"]), shared])
            found = found.assign(who=pd.factorize(found["who"], sort=True)[0])
            self._pairs[by] = found.sort_values(["who", "row"], ignore_index=True)[["who", "row"]]
        return self._pairs[by]


def homes(users: pd.DataFrame | None) -> dict[str, set[str]]:
    """The addresses of each user: all that requests named by identifier show, else the one that most lines show."""
    found: dict[str, set[str]] = {}
    if users is None:
        return found
    ordered = users.dropna(subset=["client_address"]).sort_values(
        ["user_id", "by_id", "requests"], ascending=[True, False, False]
    )
    best = ordered.groupby("user_id", sort=False)[["by_id", "requests"]].transform("first")
    kept = ordered[(ordered["by_id"] == best["by_id"]) & ((ordered["by_id"] > 0) | (ordered["requests"] == best["requests"]))]
    for user, address in zip(kept["user_id"], kept["client_address"].astype(str), strict=True):
        found.setdefault(str(user), set()).add(address)
    return found


def share_covered(who: np.ndarray, stamps: np.ndarray, widths: tuple[int, int], window: tuple[int, int]) -> float:
    """For each of several people the share of the window that lies around one of their stamps, summed.

    ``who`` and ``stamps`` are in order; ``widths`` is how far before and after a stamp the time counts.
    """
    start, end = window
    if not len(stamps) or end <= start:
        return 0.0
    first = np.clip(stamps - widths[0], start, end)
    last = np.clip(stamps + widths[1], start, end)
    reached = np.concatenate([[start], last[:-1]])
    reached[1:][who[1:] != who[:-1]] = start
    return float(np.maximum(0, last - np.maximum(first, reached)).sum() / (end - start))


def reports_of(complaints: pd.DataFrame, window: tuple[int, int]) -> Iterable[Report]:
    """The complaints, one after the other."""
    for _, row in complaints.iterrows():
        body, timed = str(row["body"] or ""), row["reported_from_us"] == row["reported_from_us"]
        edges = (int(row["reported_from_us"]), int(row["reported_to_us"])) if timed else window
        statuses, paths = statuses_in(body), paths_in(body)
        yield Report(*edges, text(row["user_id"]), text(row["client_address"]), statuses, paths, words_in(body), timed)
