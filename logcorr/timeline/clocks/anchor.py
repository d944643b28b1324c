"""The stretch of time that the evidence surely covers, by which years and likely zones are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from logcorr.timeline.clocks.part import SECOND, Part, own_instants, weighed_instants

#: commands that show the server's clock
CLOCK_SOURCES: Final = frozenset({"clock", "timedatectl"})
QUARTER_US: Final = 900 * SECOND


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the stamps with years cover, in microseconds: most of them, without strays.

    ``exact``: they state their zones too; else they are read as UTC, which is good enough to find a year by. ``seen_us``: the latest
    instant that anything in the evidence tells, a good guess of when it was collected.
    """

    start_us: int
    end_us: int
    exact: bool = True
    seen_us: int = 0

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Anchor | None:
        """From the parts that need no inference, the requests before all others; without any, from those with years."""
        dated = [part for part in parts if part.has_years and len(part.naive) > part.naive.null_count]
        known = [part for part in dated if part.states_zone]
        return cls._of(known, dated, exact=True) or cls._of(dated, dated, exact=False)

    @classmethod
    def _of(cls, known: Sequence[Part], dated: Sequence[Part], *, exact: bool) -> Anchor | None:
        families = ("requests", "log", "deploys")
        logs = next((own for each in families if (own := [part for part in known if part.family == each])), list(known))
        if not logs:
            return None
        stamps, rows = (np.concatenate(each) for each in zip(*(weighed_instants(part) for part in logs), strict=True))
        low, high = quantiles(stamps, rows, (0.001, 0.999))
        seen = max(int(high), *(int(own_instants(part).max()) for part in dated if part.source in CLOCK_SOURCES), 0)
        return cls(int(low), int(high), exact, seen)

    def distance(self, start_us: int, end_us: int) -> int:
        """How much of a stretch lies outside, in microseconds."""
        return max(0, self.start_us - start_us) + max(0, end_us - self.end_us)

    def held(self, naive: pa.Array, offset_s: int) -> int:
        """How many clocks lie within, or just beside, read with this offset."""
        instants = naive.to_numpy() - offset_s * SECOND
        return int(((instants >= self.start_us - QUARTER_US) & (instants <= self.end_us + QUARTER_US)).sum())


def quantiles(values: np.ndarray, counts: np.ndarray, shares: Sequence[float]) -> list[float]:
    """The quantiles of values that stand there so many times, as ``numpy.quantile`` gives them of all."""
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(counts[order])
    places = np.array(shares) * (ends[-1] - 1)
    below, above = (values[order][np.searchsorted(ends, edge, side="right")] for edge in (np.floor(places), np.ceil(places)))
    return list(below + (above - below) * (places - np.floor(places)))
