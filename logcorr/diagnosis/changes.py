"""Moments from which on more or fewer requests fail, or are slow, found without knowing of any deploy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy import special

from logcorr import statistics
from logcorr.timeline.paces import SLOWER_THAN_S

if TYPE_CHECKING:
    import pandas as pd

SECOND: Final = 1_000_000
#: changes that are told, the surest first
MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Change:
    """From ``at_us`` on ``part`` of ``whole`` requests fail or are slow, up to the next change; before it ``old_part`` of ``old_whole``.

    ``slower_than_s`` is what slow means, in seconds. ``chance`` that nothing changed there, for the two stretches alone.
    """

    what: Literal["failing", "slow"]
    at_us: int
    old_part: int
    old_whole: int
    part: int
    whole: int
    chance: float
    slower_than_s: float | None = None


def changes(traffic: pd.DataFrame, paces: pd.DataFrame | None) -> tuple[Change, ...]:
    """All changes of the share of failed requests (by second) and of slow ones (by ten seconds), in order of time."""
    rows = traffic.sort_values("second")
    found = between("failing", rows["second"].to_numpy() * SECOND, rows["failed"].to_numpy(), rows["requests"].to_numpy())
    if paces is not None and len(paces):
        rows = paces.sort_values("piece")
        # what slow means is the limit that shows a change best; of limits that nothing or everything exceeds none does
        requests = rows["requests"].to_numpy(float)
        clearness = [
            statistics.best_split(rows[f"slow_{at}"].to_numpy(float), requests)[1] if len(rows) > 1 else 0.0
            for at in range(len(SLOWER_THAN_S))
        ]
        at = int(np.argmax(clearness))
        stamps = rows["piece"].to_numpy() * 10 * SECOND
        found += between("slow", stamps, rows[f"slow_{at}"].to_numpy(), rows["requests"].to_numpy(), SLOWER_THAN_S[at])
    surest = sorted(found, key=lambda each: (each.chance, each.at_us))[:MOST]
    return tuple(sorted(surest, key=lambda each: (each.at_us, each.what)))


def between(
    what: Literal["failing", "slow"],
    stamps: np.ndarray,
    part: np.ndarray,
    whole: np.ndarray,
    slower_than_s: float | None = None,
) -> list[Change]:
    """The changes of one share."""
    part, whole = part.astype(float), whole.astype(float)
    edges = [0, *statistics.change_points(part, whole), len(part)]
    found = []
    for first, at, last in zip(edges, edges[1:], edges[2:], strict=False):
        _, ratio = statistics.best_split(
            np.array([part[first:at].sum(), part[at:last].sum()]), np.array([whole[first:at].sum(), whole[at:last].sum()])
        )
        old, new = slice(first, at), slice(at, last)
        found.append(
            Change(
                what,
                int(stamps[at]),
                int(part[old].sum()),
                int(whole[old].sum()),
                int(part[new].sum()),
                int(whole[new].sum()),
                float(special.chdtrc(1, 2 * max(ratio, 0.0))),
                slower_than_s,
            )
        )
    return found
