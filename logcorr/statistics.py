"""Intervals and exact tests, from SciPy, under the names that the rest uses."""

from __future__ import annotations

import math
from typing import Final

#: the error that is accepted for one claim of a difference (two claims in a hundred are tested in a report, not thousands)
SIGNIFICANT: Final = 0.01


def interval(part: int, whole: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson interval of a share (Wilson 1927; ``scipy.stats.binomtest``): low and high, both 0..1.

    Of nothing nothing is known: ``whole`` 0 gives (0, 1).
    """
    if whole == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(part, whole).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def chance_of_more(part: int, whole: int, other_part: int, other_whole: int) -> float:
    """How often chance alone makes the first share so much greater than the second: Fisher's exact test, one-sided."""
    if not whole or not other_whole:
        return 1.0
    from scipy.stats import fisher_exact

    table = [[part, whole - part], [other_part, other_whole - other_part]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def tries_to_see(share: float, confidence: float = 0.95) -> int | None:
    """How many independent requests find a fault of this share at least once: ``ln(1-c) / ln(1-p)``; None when p is 0."""
    if share <= 0:
        return None
    return 1 if share >= 1 else math.ceil(math.log(1 - confidence) / math.log(1 - share))
