import pytest
from scipy import stats

from logcorr import statistics


@pytest.mark.parametrize(("part", "whole"), [(0, 20), (5, 100), (50, 1000), (288, 5212), (7, 7), (1, 1)])
def test_interval_is_scipys_wilson_interval(part, whole):
    expected = stats.binomtest(part, whole).proportion_ci(0.95, method="wilson")
    assert statistics.interval(part, whole) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_interval_of_nothing_says_nothing():
    assert statistics.interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("part", "whole", "other_part", "other_whole"),
    [
        (5, 95, 0, 100),
        (5, 95, 0, 200),
        (10, 190, 2, 198),
        (288, 5212, 0, 2800),
        (0, 10, 5, 10),
        (3, 3, 0, 1),
        (1124, 1139, 0, 2262),
    ],
)
def test_chance_of_more_is_fishers_exact_test(part, whole, other_part, other_whole):
    table = [[part, whole - part], [other_part, other_whole - other_part]]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert statistics.chance_of_more(part, whole, other_part, other_whole) == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_chance_without_a_second_side_shows_nothing():
    assert statistics.chance_of_more(5, 10, 0, 0) == 1.0


@pytest.mark.parametrize(("part", "whole"), [(0, 5), (1, 1), (2, 2), (40, 50), (124, 124)])
def test_chance_of_so_many_is_the_binomial_test(part, whole):
    expected = stats.binomtest(part, whole, 0.05, alternative="greater").pvalue
    assert statistics.chance_of_so_many(part, whole, 0.05) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("share", "confidence", "tries"), [(0.05, 0.95, 59), (0.05, 0.99, 90), (0.01, 0.95, 299), (1, 0.95, 1), (0, 0.95, None)]
)
def test_tries_to_see(share, confidence, tries):
    assert statistics.tries_to_see(share, confidence) == tries
