"""What made the workers of a pool slow: the requests that it calls too slow, and an application's warnings that grew then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr import statistics
from logcorr.signatures.finding import Citation, Fact, cite

if TYPE_CHECKING:
    import pandas as pd

SECOND: Final = 1_000_000


def slow_lines(lines: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """The lines about slow requests of this time, and of where they stood (those without an event's name)."""
    if lines.empty:
        return lines
    during = lines["timestamp_us"].between(start, end + 2 * SECOND)
    name = lines["event_name"].astype("string")
    return lines[during & (name.isna() | (name == "worker.slow"))]


def slow_request(slow: pd.DataFrame) -> str | None:
    """The request that is slow most often, without what stands behind its path."""
    if slow.empty:
        return None
    said = slow["detail"].dropna().astype("string").str.replace(r"\?.*$", "", regex=True).value_counts().sort_index()
    return str(said.idxmax()) if len(said) else None


def more_warnings(
    warnings: pd.DataFrame | None, traffic: pd.DataFrame, start: int, end: int
) -> tuple[dict[str, Fact], Citation | None]:
    """The kind of warning that became more frequent most clearly, and its first line; compared is what came before, second by second."""
    nothing: dict[str, Fact] = dict.fromkeys(("warning", "warnings", "warnings_before", "warning_chance"))
    if warnings is None or warnings.empty or traffic.empty:
        return nothing, None
    first = int(min(traffic["second"].min(), warnings["second"].min()))
    begin, last = start // SECOND, end // SECOND
    before_s, during_s = begin - first, last - begin + 1
    if before_s <= 0:
        return nothing, None
    inside = warnings["second"].between(begin, last)
    earlier = warnings["second"] < begin
    counts = warnings.assign(now=np.where(inside, warnings["lines"], 0), old=np.where(earlier, warnings["lines"], 0))
    by_kind = counts.groupby("kind", sort=True)[["now", "old"]].sum()
    share = during_s / (during_s + before_s)
    chances = {
        kind: statistics.chance_of_so_many(int(row["now"]), int(row["now"] + row["old"]), share)
        for kind, row in by_kind.iterrows()
    }
    kind = min(chances, key=lambda each: (chances[each], str(each)))
    if chances[kind] * len(chances) >= statistics.SIGNIFICANT:
        return nothing, None
    row = warnings[inside & (warnings["kind"] == kind)].sort_values(["second", "event_id"]).iloc[0]
    told: dict[str, Fact] = {
        "warning": str(kind).strip(),
        "warnings": int(by_kind.loc[kind, "now"]),
        "warnings_before": int(by_kind.loc[kind, "old"]),
        "warning_chance": chances[kind],
    }
    return told, cite(row)
