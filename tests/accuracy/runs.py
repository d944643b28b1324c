"""One run each: a recording as it is, with something done to it, or a stretch of it in which nothing was wrong."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.accuracy.changes import CHANGES, beside_a_healthy_host
from tests.accuracy.healthy import stretch
from tests.accuracy.recordings import Outcome, Recording, judged

#: changes after which no failing request may be left to see
POORER = {"begins within", "ends within", "thinned", "another zone", "skewed clock"}
Task = Callable[[], Outcome | None]


def as_recorded(each: Recording) -> Outcome:
    """One as it is."""
    with tempfile.TemporaryDirectory() as folder:
        return judged(each, each.copy(Path(folder) / "evidence"))


def without(each: Recording, name: str) -> Outcome:
    """One without one of its files."""
    with tempfile.TemporaryDirectory() as folder:
        evidence = each.copy(Path(folder) / "evidence")
        (evidence / name).unlink()
        return judged(each, evidence, f"without {name}")


def changed(each: Recording, name: str, number: int, seed: int) -> Outcome | None:
    """One with a change, where that can be made of it."""
    with tempfile.TemporaryDirectory() as folder:
        evidence = Path(folder) / "evidence"
        done = CHANGES[name](each, evidence, random.Random(f"{seed} {each.name} {name} {number}"))
        return judged(each, evidence, done, weaker=name in POORER) if done else None


def beside(each: Recording, healthy: Recording) -> Outcome | None:
    """One beside a host on which nothing was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        evidence = Path(folder) / "evidence"
        evidence.mkdir()
        done = beside_a_healthy_host(each, evidence, healthy)
        return judged(each, evidence, done) if done else None


def well(found: list[Recording], number: int, seed: int, errors: list[str]) -> Outcome:
    """A healthy stretch; any incident is wrong."""
    chance = random.Random(f"{seed} {number}")
    with tempfile.TemporaryDirectory() as folder:
        evidence = Path(folder) / "evidence"
        each, done = found[0], None
        while done is None:
            each = chance.choice(found)
            done = stretch(each, evidence, chance, errors)
        answer = Recording(each.folder, {"verdict": "healthy", "causes": []}, each.truth)
        outcome = judged(answer, evidence, done)
        outcome.kind = "wrong" if outcome.verdict == "incident" else outcome.kind
        return outcome


def run(task: Task) -> Outcome | None:
    """One task, in a process of its own."""
    return task()
