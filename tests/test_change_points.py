"""Changes of rate and pace are found without a deploy, and not where there is none; what came before an incident is listed."""

from __future__ import annotations

import numpy as np
import pytest

import logcorr
from logcorr.statistics import best_split, change_points


def counts(*stretches, seed=3):
    """Failed requests by second, ten requests each: stretches of (seconds, share)."""
    chance = np.random.default_rng(seed)
    shares = np.repeat([share for _, share in stretches], [seconds for seconds, _ in stretches])
    return chance.binomial(10, shares).astype(float), np.full(len(shares), 10.0)


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([(300, 0.0), (120, 0.3), (300, 0.0)], [300, 420]),
        ([(400, 0.01), (400, 0.1)], [400]),
        ([(50, 0.0), (50, 1.0)], [50]),
    ],
    ids=["a stretch", "a step", "all of them"],
)
def test_a_change_is_found_where_it_is(stretches, expected):
    found = change_points(*counts(*stretches))
    assert len(found) == len(expected)
    assert np.allclose(found, expected, atol=12)


def test_a_constant_rate_has_no_change():
    found = sum(bool(change_points(*counts((600, 0.05), seed=seed))) for seed in range(200))
    assert found <= 2


@pytest.mark.parametrize("whole", [[], [5.0], [0.0, 0.0], [3.0, 0.0, 0.0]])
def test_of_little_or_nothing_nothing_is_found(whole):
    assert change_points(np.zeros(len(whole)), np.array(whole)) == []


def test_a_split_is_as_likely_as_the_formula_says():
    at, ratio = best_split(np.array([0.0, 0, 2, 2]), np.array([2.0, 2, 2, 2]))
    assert at == 2
    assert ratio == pytest.approx(8 * np.log(2))


@pytest.fixture
def report(tmp_path):
    """Requests that take 20 ms and, from the fourth minute on, 800 ms; one in five of these fails; a package came before it."""
    lines = []
    for second in range(600):
        for number in range(3):
            slow = second >= 180
            status = 500 if slow and (second * 3 + number) % 5 == 0 else 200
            lines.append(
                f'192.0.2.{number + 1} - - [23/Nov/2026:10:{second // 60:02d}:{second % 60:02d} +0000] "GET /p{number} HTTP/1.1" '
                f'{status} 17 "-" "curl" rt={0.8 if slow else 0.02:.3f}'
            )
    (tmp_path / "access.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "dpkg.log").write_text(
        "2026-11-23 10:02:40 upgrade libpq5:amd64 15.8-0 15.9-0\n2026-11-23 10:02:41 status installed libpq5:amd64 15.9-0\n",
        encoding="utf-8",
    )
    return logcorr.diagnose(tmp_path, zone=["UTC"]).to_dict()


def test_rate_and_pace_are_told(report):
    found = {each["what"]: each for each in report["changes"]}
    assert set(found) == {"failing", "slow"}
    assert found["failing"]["at"].startswith("2026-11-23T10:03:0")
    assert found["failing"]["before"]["part"] == 0
    assert found["slow"]["at"] == "2026-11-23T10:03:00Z"
    assert 0.02 < found["slow"]["slower_than_s"] < 0.8
    assert found["slow"]["after"]["part"] == found["slow"]["after"]["whole"]


def test_what_came_before_is_a_candidate(report):
    (trigger, *_) = report["incidents"][0]["triggers"]
    assert (trigger["kind"], trigger["name"], trigger["line"]) == ("package", "libpq5 15.9-0", 2)
    assert trigger["file"].endswith("dpkg.log")
