"""Pools of workers: which one serves an upstream, and how long the requests there show that none was free."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.signatures.by_upstream import Sent

SECOND: Final = 1_000_000
#: lines that say that no worker was free; the others say what a busy one does
FULL: Final = ("worker.pool_exhausted", "worker.queue_full")
_QUEUE: Final = re.compile(r"recv_q=(\d+) send_q=(\d+)")


@dataclass(frozen=True)
class Pool:
    """The workers behind one upstream, and what is known of them."""

    sent: Sent
    lines: pd.DataFrame
    names: frozenset[str]
    most: int | None
    queue: pd.Series | None

    @property
    def full(self) -> pd.DataFrame:
        """The lines that say that no worker was free."""
        return self.lines[self.lines["event_name"].astype("string").isin(FULL)]


def lines_of(lines: pd.DataFrame, address: str, pools: frozenset[str], addresses: frozenset[str]) -> pd.DataFrame:
    """The lines about the workers behind an upstream.

    They name the address; or they name a pool that is configured to listen there (``pools``); or, where no configuration is known, they
    are php-fpm's and this is the one of the ``addresses`` that may be, or bears the name of the pool.
    """
    where = address.removeprefix("unix:")
    named = lines["address"].astype("string").str.removeprefix("unix:").eq(where).fillna(value=False) & bool(where)
    pool = lines["body"].astype("string").str.extract(r"^\[pool ([^\]]+)\]")[0]
    php = lines["message_id"].astype("string").fillna("php-fpm.").str.startswith("php-fpm.")
    if pools:
        return lines[named | (php & (pool.isin(list(pools)) | pool.isna()))]
    if address not in addresses:
        return lines[named]
    own = [name for name in pool.dropna().unique() if name in re.split(r"[/._-]", where)]
    return lines[named | (php & (pool.isin(own) | (len(addresses) == 1)))]


def is_fastcgi(address: str, settings: pd.DataFrame | None) -> bool:
    """Whether php-fpm may listen at an address: it is passed to as such, is named so, or is its usual port."""
    where = address.removeprefix("unix:")
    if settings is not None and where:
        told = settings[settings["key"] == "fastcgi_pass"]["value"].astype("string").str.removeprefix("unix:")
        if told.str.rstrip(";: ").eq(where).any():
            return True
    return "php" in where or "fpm" in where or where.endswith(":9000")


def pools_at(address: str, settings: pd.DataFrame | None) -> frozenset[str]:
    """The php-fpm pools that are configured to listen at an address."""
    if settings is None or not address:
        return frozenset()
    where = address.removeprefix("unix:")
    told = settings[(settings["program"].astype("string") == "php-fpm") & (settings["key"] == "listen")]
    ports = where.rpartition(":")[2] if ":" in where else None
    own = told[told["value"].map(lambda value: str(value).strip() in {where, ports}).astype(bool)] if len(told) else told
    return frozenset(str(name) for name in own["subject"].dropna())


def limit_of(pools: frozenset[str], settings: pd.DataFrame | None, lines: pd.DataFrame) -> int | None:
    """How many workers the pool may have, by its own line, else by its configuration."""
    said = lines["body"].astype("string").str.extract(r"max_children setting \((\d+)\)")[0].dropna()
    if len(said):
        return int(said.iloc[0])
    if settings is None or not pools:
        return None
    told = settings[(settings["key"] == "pm.max_children") & settings["subject"].isin(list(pools))]
    values = told["value"].astype("string").str.strip()
    return int(values.iloc[0]) if len(values) and values.iloc[0].isdigit() else None


def full_queue(address: str, states: pd.DataFrame | None) -> pd.Series | None:
    """The row of a list of sockets that shows the queue of an address as full: as many wait as may."""
    if states is None or not address:
        return None
    rows = states[states["subject"] == address.removeprefix("unix:")]
    for _, row in rows.iterrows():
        found = _QUEUE.search(str(row["status"]))
        if found and row["listening"] is not None and int(found[2]) > 0 and int(found[1]) >= int(found[2]):
            return row
    return None


def while_it_lasts(rows: pd.DataFrame, begin_us: int, end_us: int) -> pd.DataFrame:
    """The requests that ran in this time, and those that ran while one of them did, and so on: a queue that moves on at no moment."""
    if rows.empty:
        return rows
    ordered = rows.sort_values(["started_us", "timestamp_us"])
    starts, ends = ordered["started_us"].to_numpy(), ordered["timestamp_us"].to_numpy()
    reach = np.maximum.accumulate(ends)
    breaks = np.concatenate([[True], starts[1:] > reach[:-1]])
    stretch = np.cumsum(breaks) - 1
    first, last = starts[breaks], reach[np.concatenate([np.flatnonzero(breaks)[1:] - 1, [len(reach) - 1]])]
    touched = (first <= end_us) & (last >= begin_us)
    return ordered[touched[stretch]]
