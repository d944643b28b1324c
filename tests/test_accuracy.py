"""A sample of what ``tests/accuracy`` measures whole: changed recordings never lead to a false cause with confidence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.accuracy.__main__ import table
from tests.accuracy.changes import CHANGES
from tests.accuracy.healthy import OWN
from tests.accuracy.recordings import Outcome, recordings
from tests.accuracy.runs import changed, well, without

FOUND = recordings([Path(__file__).parent / "incidents"])
SAMPLE = random.Random("accuracy").sample([(each, name) for each in FOUND for name in CHANGES], 4)
LACKING = random.Random("lacking").sample([(each, path.name) for each in FOUND for path in each.files], 2)


@pytest.mark.parametrize(("each", "name"), SAMPLE, ids=lambda value: getattr(value, "name", value))
def test_changed_evidence_misleads_nobody(each, name):
    outcome = changed(each, name, 0, 1)
    assert outcome is None or outcome.kind != "wrong", str(outcome)


@pytest.mark.parametrize(("each", "name"), LACKING, ids=lambda value: getattr(value, "name", value))
def test_a_missing_file_weakens_at_most(each, name):
    outcome = without(each, name)
    assert outcome.kind != "wrong", str(outcome)


@pytest.mark.parametrize("number", range(2))
def test_a_noisy_application_is_no_incident(number):
    outcome = well(FOUND, number, 1, list(OWN))
    assert outcome.kind != "wrong", str(outcome)


def test_the_table_counts_what_was_run():
    claims = [("proved", "reload_failed", True)]
    outcomes = [
        Outcome("a", "as recorded", "right", "incident", "reload_failed", 0.95, claims),
        Outcome("b", "as recorded", "wrong", "incident", "oom_kill", 0.95, [("proved", "oom_kill", False)]),
        Outcome("c", "as recorded", "weaker", "undetermined", "", 0.0, []),
    ]
    told = table({"as recorded": outcomes}).splitlines()
    assert told[2].startswith("| as recorded | 3 | 1 | 1 | 1 |")
    assert any(line.startswith("| proved | 2 | 2 | 1 |") for line in told)
