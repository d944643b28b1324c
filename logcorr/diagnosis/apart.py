"""What failed requests have in common that working ones of the same time have not: found by trying everything, and paying for it.

Failed requests are compared with working ones as cases with controls: how many of each have a trait (Fisher's exact test). The
chance is multiplied by the number of traits that were tried (Bonferroni), so that one in a thousand means that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from logcorr import statistics
from logcorr.timeline.failed_kinds import last_of
from logcorr.timeline.selections import FAILED, STATUS

if TYPE_CHECKING:
    from logcorr.diagnosis.case import Group

#: chance below which a trait is told
SIGNIFICANT: Final = 0.001
#: traits that are told, and how many within the first
MOST: Final = 3
#: values of a column that are tried: those of most failed requests
TRIED: Final = 50
SIZES: Final = tuple(1024 << shift for shift in range(11))
TEXTS: Final = (
    *("route", "http_request_method", "http_route", "upstream_address", "server_address", "host_name"),
    *("user_agent_original", "client_address", "user_id", "process_pid", "service_version"),
)


@dataclass(frozen=True, slots=True)
class Trait:
    """A value of a column with the requests that have it; ``chance`` is corrected for ``tried``, the number of traits tried.

    ``column`` ``http_request_size`` has the least size in bytes as its value. ``within`` are the traits that set failed requests
    apart among those that have this one.
    """

    column: str
    value: str
    failed: int
    of_failed: int
    working: int
    of_working: int
    chance: float
    tried: int
    within: tuple[Trait, ...] = ()


def traits(group: Group, rows: pd.DataFrame) -> tuple[Trait, ...]:
    """What sets a group apart among sampled requests (``timeline/sampled_requests.py``); the strongest first."""
    own = rows["request_key"].isin(group.keys).to_numpy()
    table = columns_of(rows[own | (rows[STATUS] < FAILED).to_numpy()])
    failed = table.pop("failed").to_numpy(bool)
    found = ranked(table, failed)
    if not found:
        return ()
    first, having = found[0]
    inner = ranked(table[having].drop(columns=related(first.column)), failed[having])
    told = [replace(first, within=tuple(trait for trait, _ in inner[:1]))]
    for trait, rows_of in found[1:]:
        # what the first has in common with it says no more than the first
        if len(told) < MOST and trait.column not in related(first.column) and not same(rows_of, having, failed):
            told.append(trait)
    return tuple(told)


def columns_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns that are tried, as texts; an upstream is the one that was tried last."""
    table = pd.DataFrame(index=rows.index)
    text = {name: rows[name].astype("string") for name in rows.columns if name in TEXTS}
    table["route"] = text["http_request_method"] + " " + text["http_route"]
    for name, values in text.items():
        table[name] = values
    table["upstream_address"] = last_of(rows["upstream_address"])
    table["http_request_size"] = rows["http_request_size"]
    table["failed"] = rows[STATUS] >= FAILED
    return table


def ranked(table: pd.DataFrame, failed: np.ndarray) -> list[tuple[Trait, np.ndarray]]:
    """The traits that are significant, the surest first, each with the rows that have it."""
    tried = [(column, value, having) for column, value, having in candidates(table, failed)]
    of_failed, of_working = int(failed.sum()), int((~failed).sum())
    found = []
    for column, value, having in tried:
        part, other = int((having & failed).sum()), int((having & ~failed).sum())
        if part * of_working <= other * of_failed:
            continue
        log = statistics.log_chance_of_more(part, of_failed, other, of_working) + np.log(len(tried))
        if log < np.log(SIGNIFICANT):
            trait = Trait(column, value, part, of_failed, other, of_working, float(np.exp(log)), len(tried))
            found.append((log, TEXTS.index(column) if column in TEXTS else len(TEXTS), value, trait, having))
    return [(trait, having) for _, _, _, trait, having in sorted(found, key=lambda each: each[:3])]


def candidates(table: pd.DataFrame, failed: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    """Values that failed requests have, with the rows that have each; a column with one value sets nothing apart."""
    for column in table.columns:
        values = table[column]
        if column == "http_request_size":
            for size in SIZES if values.notna().any() else ():
                having = (values >= size).fillna(value=False).to_numpy(bool)
                if (having & failed).any() and not having.all():
                    yield column, str(size), having
            continue
        for value in values[failed].value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:TRIED]:
            having = (values == value).fillna(value=False).to_numpy(bool)
            if not having.all():
                yield column, str(value), having


def related(column: str) -> list[str]:
    """Columns that say the same thing in parts."""
    routes = ["route", "http_request_method", "http_route"]
    people = ["client_address", "user_id"]
    return next((group for group in (routes, people) if column in group), [column])


def same(rows: np.ndarray, others: np.ndarray, failed: np.ndarray) -> bool:
    """Whether a trait is had by about the same failed requests as another one, of which it tells no more."""
    return bool((rows & others & failed).sum() > 0.9 * (rows & failed).sum())
