"""Intervals and exact tests on counts, made of SciPy's special functions.

``scipy.stats`` has the same under the names given below, and the tests compare with it; loading it takes longer than a whole report,
so it is not loaded here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import special

#: the error that is accepted for one claim of a difference (a report makes a few such claims, not thousands)
SIGNIFICANT: Final = 0.01


def interval(part: int, whole: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson interval of a share (Wilson 1927): low and high, both 0..1. ``scipy.stats.binomtest(...).proportion_ci``.

    Of nothing nothing is known: ``whole`` 0 gives (0, 1).
    """
    if whole == 0:
        return 0.0, 1.0
    z = float(special.ndtri(0.5 + confidence / 2))
    share, spread = part / whole, z * z / whole
    middle = share + spread / 2
    width = z * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    low = 0.0 if part == 0 else (middle - width) / (1 + spread)
    high = 1.0 if part == whole else (middle + width) / (1 + spread)
    return low, high


def chance_of_more(part: int, whole: int, other_part: int, other_whole: int) -> float:
    """How often chance alone makes the first share so much greater than the second, 0..1.

    Fisher's exact test, one-sided: the upper tail of the hypergeometric distribution. ``scipy.stats.fisher_exact(...,
    alternative="greater")``. Without requests on one side nothing is shown: 1.
    """
    return math.exp(log_chance_of_more(part, whole, other_part, other_whole))


def log_chance_of_more(part: int, whole: int, other_part: int, other_whole: int) -> float:
    """The natural logarithm of ``chance_of_more``, at most 0: chances too small for a number can still be ranked."""
    if not whole or not other_whole:
        return 0.0
    total, marked = whole + other_whole, part + other_part
    highest = min(whole, marked)
    counts = np.arange(part, highest + 1)
    logs = log_choose(marked, counts) + log_choose(total - marked, whole - counts) - log_choose(total, np.array(whole))
    return min(0.0, float(special.logsumexp(logs)))


def chance_of_so_many(part: int, whole: int, share: float) -> float:
    """How often chance alone gives at least ``part`` of ``whole`` where each has the probability ``share``, 0..1.

    The upper tail of the binomial distribution. ``scipy.stats.binomtest(..., alternative="greater")``.
    """
    return 1.0 if part == 0 else float(special.bdtrc(part - 1, whole, share))


def chance_of_at_least(part: int, chances: Sequence[float]) -> float:
    """How often at least ``part`` of independent events happen that have each a chance of its own, 0..1.

    The upper tail of the Poisson binomial distribution, by exact convolution.
    """
    counts = np.ones(1)
    for chance in chances:
        counts = np.convolve(counts, [1 - chance, chance])
    return float(min(1.0, counts[part:].sum()))


def longest_wait(waits: Sequence[float], share: float = 0.95) -> float:
    """How long at most all but ``1 - share`` of further waits take, with as much confidence, where waits are exponential.

    The mean's upper bound from the chi-squared distribution (``scipy.stats.chi2(2 * n).ppf(1 - share)``), times ``-ln(1 - share)``.
    """
    mean = 2 * sum(waits) / float(special.chdtri(2 * len(waits), share))
    return -math.log(1 - share) * mean


def best_split(part: np.ndarray, whole: np.ndarray) -> tuple[int, float]:
    """Where counts in order change their share most: the place of the first one after the change, and the log-likelihood ratio.

    The split of the greatest binomial likelihood against no split (Page 1955 gives the idea; the estimate of one change). Of at
    least two counts; those with a ``whole`` of 0 say nothing.
    """
    left_whole, left_part = np.cumsum(whole)[:-1], np.cumsum(part)[:-1]
    split = likelihood(left_part, left_whole) + likelihood(part.sum() - left_part, whole.sum() - left_whole)
    best = int(np.argmax(split))
    return best + 1, float(split[best] - likelihood(part.sum(), whole.sum()))


def likelihood(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The logarithm of the greatest likelihood of so many of so many, without the binomial coefficient."""
    share = np.divide(part, whole, out=np.zeros(np.shape(part)), where=np.asarray(whole) > 0)
    return special.xlogy(part, share) + special.xlogy(whole - part, 1 - share)


def change_points(part: np.ndarray, whole: np.ndarray, significant: float = 0.001) -> list[int]:
    """The places in order from which on the share is another: binary segmentation (Scott and Knott 1974) by ``best_split``.

    A split counts where the likelihood ratio test (Wilks 1938: twice the logarithm is chi-squared with one degree of freedom)
    times the number of places that were tried is less than ``significant``.
    """
    found: list[int] = []
    open_ = [(0, len(part))]
    while open_:
        begin, end = open_.pop()
        if end - begin < 2:  # noqa: PLR2004 (a split has two sides)
            continue
        at, ratio = best_split(part[begin:end], whole[begin:end])
        if special.chdtrc(1, 2 * max(ratio, 0.0)) * (end - begin - 1) < significant:
            found.append(begin + at)
            open_ += [(begin, begin + at), (begin + at, end)]
    return sorted(found)


def log_choose(whole: int, parts: np.ndarray) -> np.ndarray:
    """The logarithm of the binomial coefficient."""
    return special.gammaln(whole + 1) - special.gammaln(parts + 1) - special.gammaln(whole - parts + 1)


def tries_to_see(share: float, confidence: float = 0.95) -> int | None:
    """How many independent requests find a fault of this share at least once: ``ln(1-c) / ln(1-p)``; None when p is 0."""
    if share <= 0:
        return None
    return 1 if share >= 1 else math.ceil(math.log(1 - confidence) / math.log(1 - share))
