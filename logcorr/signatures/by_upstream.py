"""Failed requests of one kind, put together by the upstream that they were sent to, with what can be said of each."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pandas as pd

from logcorr.signatures.failures import FailedRows, is_local, kinds, own_pages, upstream_of
from logcorr.signatures.finding import Citation, Fact, cite
from logcorr.signatures.moments import iso

SECOND: Final = 1_000_000


@dataclass(frozen=True)
class Sent(FailedRows):
    """The failed requests of one kind that were sent to one upstream, in order of time.

    ``address`` is empty where the logs do not name it, ``host`` where there is one alone or none is known.
    """

    address: str
    host: str
    rows: pd.DataFrame

    @cached_property
    def told(self) -> pd.DataFrame:
        """Those with an error line of the proxy."""
        return self.rows[self.rows["error_event_id"].notna()]

    def facts(self, failed: pd.DataFrame) -> dict[str, Fact]:
        """What all kinds say of them; ``failed`` are all failed requests."""
        failed = of_host(failed, self.host)
        during = failed[(failed["timestamp_us"] >= self.start_us) & (failed["started_us"] <= self.end_us)]
        return {
            "upstream": self.address or None,
            "requests": len(self.rows),
            "failed_meanwhile": len(during),
            "told": len(self.told),
            "status": statuses(self.rows),
            "own_page": int(own_pages(self.rows).sum()) if self.rows["http_response_body_size"].notna().any() else None,
            **routes_of(self.rows),
            "matched_by": "request",
            "first_at": iso(self.start_us),
            "last_at": iso(self.end_us),
            **({"host": self.host} if self.host else {}),
        }

    def evidence(self) -> tuple[Citation, ...]:
        """The first and the last error line, the first and the last access line."""
        return tuple(dict.fromkeys([*map(error_line, ends(self.told)), *map(cite, ends(self.rows))]))

    @property
    def places(self) -> frozenset[str]:
        """The address, if it is known."""
        return frozenset({self.address} - {""})


def sent(failed: pd.DataFrame, wanted: Collection[str]) -> list[Sent]:
    """The failed requests of the kinds that are wanted, by upstream; a local one is another on each host."""
    rows = failed[kinds(failed).isin(list(wanted))]
    upstreams = upstream_of(rows).fillna("")
    several = len(failed["host_name"].dropna().unique()) > 1
    hosts = rows["host_name"].fillna("").where(is_local(upstreams) & several, "")
    groups = rows.groupby([upstreams, hosts], sort=True)
    return [
        Sent(str(address), str(host), part.sort_values(["timestamp_us", "request_key"])) for (address, host), part in groups
    ]


def of_host(rows: pd.DataFrame, host: str) -> pd.DataFrame:
    """The rows that can be of a host."""
    return rows[rows["host_name"].fillna(host) == host] if host else rows


def statuses(rows: pd.DataFrame) -> str:
    """The answers that they got: ``502, 504``."""
    return ", ".join(str(status) for status in sorted(rows["http_response_status_code"].unique()))


def routes_of(rows: pd.DataFrame) -> dict[str, Fact]:
    """The route of most of them, how many of them are of it, and how many routes there are."""
    named = rows["http_request_method"].astype("string") + " " + rows["http_route"].astype("string")
    counts = named.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    return {
        "route": str(counts.index[0]) if len(counts) else None,
        "on_route": int(counts.iloc[0]) if len(counts) else 0,
        "routes": len(counts),
    }


def ends(rows: pd.DataFrame) -> list[pd.Series]:
    """The first and the last row."""
    return [rows.iloc[at] for at in dict.fromkeys((0, len(rows) - 1))] if len(rows) else []


def error_line(row: pd.Series) -> Citation:
    """The error line of a failed request."""
    return cite({"file": row["error_file"], "line": row["error_line"], "line_last": row["error_line_last"]})


def quoted(word: str) -> str:
    """A word of a log, safe in a shell."""
    return shlex.quote(word)


def listener_command(address: str) -> str:
    """The command that shows who listens at an address, and how long the queue is."""
    path = address.removeprefix("unix:")
    if address.startswith("unix:"):
        return f"ss -lxp | grep -F {quoted(path)}"
    return f"ss -ltnp | grep -F {quoted(':' + path.rpartition(':')[2])}"


def between(start_us: int, end_us: int) -> str:
    """The time from a second before to a second after, as options of ``journalctl``."""
    since, until = (iso(at - at % SECOND).replace("T", " ").replace("Z", " UTC") for at in (start_us - SECOND, end_us + SECOND))
    return f'--since "{since}" --until "{until}"'
