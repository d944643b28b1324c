"""A limit of the proxy itself that requests ran into: its own lines, the requests that failed by it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from logcorr.signatures.by_upstream import ends, error_line, of_host, routes_of, statuses
from logcorr.signatures.failures import kinds
from logcorr.signatures.finding import Citation, Fact, Finding, Role, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.proxy_needs import PROXY_LOG

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SECOND: Final = 1_000_000
#: error and access lines are stamped with a cached clock, to the second
NEAR_US: Final = 2 * SECOND
#: the answer of ``limit_req`` and ``limit_conn`` to those that they turn away, if nothing else is configured
USUAL: Final = 503
#: lines of both limits: a request that got no connection is of the one that the log speaks of in that moment
BOTH: Final = ("proxy.files_exhausted", "kernel.files_exhausted", "proxy.connections_exhausted")


@dataclass(frozen=True)
class Limit:
    """One host's lines about a limit, and the requests that failed by it (``by_time``: those that say only that nginx had nothing left)."""

    host: str
    lines: pd.DataFrame
    rows: pd.DataFrame
    by_time: int

    @property
    def start_us(self) -> int:
        """The first sign."""
        return int(min([*self.lines["first_us"].head(1), *self.rows["started_us"].sort_values().head(1)]))

    @property
    def end_us(self) -> int:
        """The last sign."""
        return int(max([self.lines["last_us"].max(), *self.rows["timestamp_us"].sort_values().tail(1)]))

    def facts(self) -> dict[str, Fact]:
        """What both kinds of limit say."""
        count = int(self.lines["lines"].sum())
        accepting = int(self.lines.loc[self.lines["client_address"].isna(), "lines"].sum())
        return {
            "requests": len(self.rows),
            "status": statuses(self.rows) or None,
            "lines": count,
            "refused_unseen": accepting,
            **routes_of(self.rows),
            "matched_by": None if self.rows.empty else "time" if self.by_time == len(self.rows) else "request",
            "first_at": iso(self.start_us),
            "last_at": iso(self.end_us),
            **({"host": self.host} if self.host else {}),
        }

    def evidence(self) -> tuple[Citation, ...]:
        """The first line of each kind, the error lines and access lines of the first and the last request."""
        kinds_of = self.lines.drop_duplicates(["event_name", "detail"]).head(3)
        told = self.rows[self.rows["error_event_id"].notna()]
        cited = [*(cite(row) for _, row in kinds_of.iterrows()), *map(error_line, ends(told)), *map(cite, ends(self.rows))]
        return tuple(dict.fromkeys(cited))


def limits_met(failed: pd.DataFrame | None, lines: pd.DataFrame, events: Collection[str], kind: str) -> Iterator[Limit]:
    """The lines of these events and the requests of this kind, by host."""
    names = lines["event_name"].astype("string")
    told = lines[names.isin(list(events))].sort_values(["first_us", "event_id"])
    if told.empty:
        return
    known = told["host_name"].dropna().unique()
    several = failed is not None and len(failed["host_name"].dropna().unique()) > 1 and len(known) > 1
    for host in sorted(known) if several else [""]:
        own = of_host(told, host)
        own_rows, by_time = requests_of(None if failed is None else of_host(failed, host), own, of_host(lines, host), kind)
        yield Limit(host, own, own_rows, by_time)


def requests_of(failed: pd.DataFrame | None, own: pd.DataFrame, lines: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, int]:
    """The failed requests of a limit, and how many of them only the time gives to it.

    A request for which nginx had neither connection nor file left is this limit's, if the log speaks of no other one while this lasts.
    """
    if failed is None:
        return pd.DataFrame(columns=["started_us", "timestamp_us", "request_key", *_NEEDED]), 0
    how = kinds(failed)
    start, end = int(own["first_us"].min()) - NEAR_US, int(own["last_us"].max()) + NEAR_US
    others = lines[lines["event_name"].astype("string").isin(BOTH) & ~lines["event_id"].isin(own["event_id"])]
    rival = (others["first_us"] <= end) & (others["last_us"] >= start)
    beside = (how == "starved") & (failed["timestamp_us"] >= start) & (failed["started_us"] <= end) & (not rival.any())
    rows = failed[(how == kind) | beside].sort_values(["timestamp_us", "request_key"])
    return rows, int(beside.sum())


def of_limits(failed: pd.DataFrame, lines: pd.DataFrame) -> list[int]:
    """The ``request_key`` of requests that failed by one of both limits."""
    wanted = ((BOTH[:2], "no_files"), (BOTH[2:], "no_connections"))
    met = [limit for events, kind in wanted for limit in limits_met(failed, lines, events, kind)]
    return [int(key) for limit in met for key in limit.rows["request_key"]]


def not_told(name: str, role: Role, doubtful: pd.Series, told: pd.DataFrame | None) -> list[Finding]:
    """What is answered where no line speaks of it: nothing found, unless requests may be of it and there is no log to ask."""
    if told is None and doubtful.any():
        return [Finding(name, "not_evaluable", role, missing=(PROXY_LOG.missing,))]
    return []


_NEEDED: Final = (
    *("http_response_status_code", "http_request_method", "http_route", "error_event_id", "file", "line", "line_last"),
)


def limits_answer(settings: pd.DataFrame | None) -> set[int]:
    """The statuses with which ``limit_req`` and ``limit_conn`` of the configuration turn requests away; none where there are none."""
    if settings is None:
        return set()
    own = settings[settings["program"].astype("string") == "nginx"]
    found = set()
    for limit in ("limit_req", "limit_conn"):
        if (own["key"] == limit).any():
            said = pd.to_numeric(own.loc[own["key"] == f"{limit}_status", "value"], errors="coerce").dropna()
            found |= {int(each) for each in said} or {USUAL}
    return found
