"""The requests that an end of a process struck: cut off by it, or sent while nobody was there to take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from logcorr import statistics
from logcorr.signatures.failures import FailedRows, kinds, upstream_of
from logcorr.signatures.finding import Citation, Fact, cite
from logcorr.signatures.moments import iso
from logcorr.signatures.serving import Surroundings, belongs

SECOND: Final = 1_000_000
#: nginx stamps its lines with a clock that it reads at most so often; a process's end reaches it at once
CACHED_US: Final = SECOND
#: nobody was there; nobody came round to them
_REFUSED: Final = ("unreachable", "connect_timed_out", "queue_full")
_WAITED: Final = ("timed_out", "connect_timed_out", "queue_full")


@dataclass(frozen=True)
class Span:
    """When connections were cut (from ``cut_us`` to ``cut_end_us``), and until when nobody was there (``back_us``; None: as cut)."""

    cut_us: int
    cut_end_us: int
    back_us: int | None = None

    @property
    def end_us(self) -> int:
        """When all was over."""
        return max(self.cut_end_us, self.back_us or self.cut_end_us)


@dataclass(frozen=True)
class Struck(FailedRows):
    """Failed requests of one service's ends, how they are joined to it, and how likely they would lie there by chance."""

    rows: pd.DataFrame
    matched_by: str
    places: frozenset[str]
    chance: float

    def facts(self) -> dict[str, Fact]:
        """What every signature says of them."""
        how = kinds(self.rows)
        unnamed = how.isna()
        return {
            "upstream": ", ".join(sorted(self.places)) or None,
            "requests": len(self.rows),
            "refused": int(how.isin(_REFUSED).sum()),
            "cut": int(((how == "closed_early") | unnamed).sum()),
            "waited": int((how == "timed_out").sum()),
            "matched_by": self.matched_by,
            "chance": self.chance,
            "first_failed_at": iso(self.start_us),
            "last_failed_at": iso(self.end_us),
        }

    def evidence(self) -> tuple[Citation, ...]:
        """The first error line and access line of those that were cut off and of those that were refused, and the last access line."""
        how = kinds(self.rows)
        cut = (how == "closed_early") | how.isna()
        firsts = [self.rows[which].iloc[0] for which in (cut, ~cut) if which.any()]
        told = [
            cite({"file": row["error_file"], "line": row["error_line"], "line_last": row["error_line_last"]})
            for row in firsts
            if row["error_event_id"] == row["error_event_id"]
        ]
        return tuple(dict.fromkeys([*told, *map(cite, firsts), cite(self.rows.iloc[-1])]))


def struck(  # noqa: PLR0913 (each is a kind of evidence)
    unit: str, spans: Sequence[Span], failed: pd.DataFrame, traffic: pd.DataFrame, around: Surroundings, *, waits: bool = False
) -> Struck | None:
    """The requests that fit the ends of a unit in time and place; None where none do.

    Those of an address that the unit serves; where it is not known who serves which, those of an address whose failures lie in these
    times more often than chance would have it. ``waits``: also those that waited in vain meanwhile.
    """
    how = kinds(failed)
    bad = failed["http_response_status_code"].isin([502, 504])
    gone = any(span.back_us is not None for span in spans)
    wanted = {"closed_early", *(_REFUSED if gone else ()), *(_WAITED if waits else ())}
    candidates = failed[how.isin(list(wanted)) | (how.isna() & bad)]
    if candidates.empty or not spans:
        return None
    inside = candidates[among_spans(candidates, spans)]
    addresses = upstream_of(inside).fillna("") if len(inside) else inside["url_path"]
    fitting: list[tuple[pd.DataFrame, float, str, str]] = []
    all_addresses = upstream_of(candidates).fillna("")
    during = (spans[0].cut_us, spans[0].end_us)
    for address, rows in inside.groupby(addresses, sort=True):
        answer, _ = belongs(unit, str(address), around, during)
        if answer != "unmet":
            chance = chance_of(len(rows), int((all_addresses == address).sum()), spans, traffic)
            fitting.append((rows, chance, "upstream" if answer == "met" else "time", str(address)))
    served = [each for each in fitting if each[2] == "upstream"]
    chosen = served or [each for each in fitting if each[1] < statistics.SIGNIFICANT]
    if not chosen:
        return None
    rows = pd.concat([each[0] for each in chosen]).sort_values(["timestamp_us", "request_key"])
    places = frozenset(each[3] for each in chosen) - {""}
    return Struck(rows, chosen[0][2], places, min(each[1] for each in chosen))


def among_spans(rows: pd.DataFrame, spans: Sequence[Span]) -> np.ndarray:
    """Which requests were cut off in one of the times, or sent while nobody was there."""
    how = kinds(rows)
    uncertain = (rows["timestamp_uncertainty_s"].fillna(0) * SECOND).to_numpy().astype("int64") + CACHED_US
    start, end = rows["started_us"].to_numpy(), rows["timestamp_us"].to_numpy()
    not_cut = how.isin([*_REFUSED, *_WAITED]).to_numpy()
    hit: np.ndarray = np.zeros(len(rows), dtype=bool)
    for span in spans:
        early = end + uncertain >= span.cut_us
        cut = early & (end - uncertain <= span.cut_end_us)
        gone = early & (start - uncertain <= span.end_us)
        hit |= np.where(not_cut | (span.back_us is not None), gone, cut)
    return hit


def chance_of(part: int, whole: int, spans: Sequence[Span], traffic: pd.DataFrame) -> float:
    """How often so many of these failures lie in these times by chance, as requests in general do (Fisher's exact test)."""
    seconds = traffic["second"].to_numpy()
    inside: np.ndarray = np.zeros(len(traffic), dtype=bool)
    for span in spans:
        inside |= (seconds >= (span.cut_us - CACHED_US) // SECOND) & (seconds <= (span.end_us + CACHED_US) // SECOND)
    requests, others = int(traffic.loc[inside, "requests"].sum()), int(traffic.loc[~inside, "requests"].sum())
    return statistics.chance_of_more(part, max(requests, part), whole - part, max(others, whole - part))
