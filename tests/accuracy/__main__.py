"""Measures how often logcorr is right, and how much its grades are worth.

Run it as ``python -m tests.accuracy FOLDER... [--corpus FOLDER] [--healthy N] [--rounds N] [--sample N] [--write README.md]`` from the
project's folder. Each folder holds recordings with their answers (``expected.json``, ``truth.json``), as ``tests/incidents`` does.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from logcorr.statistics import interval
from tests.accuracy.changes import CHANGES, beside_a_healthy_host
from tests.accuracy.healthy import public_errors, stretch
from tests.accuracy.recordings import Outcome, Recording, judged, recordings

HERE = Path(__file__).parent.parent
POORER = {"begins within", "ends within", "thinned", "another zone", "skewed clock"}
BEGIN, END = "<!-- accuracy -->", "<!-- /accuracy -->"


def as_recorded(found: list[Recording]) -> Iterator[Outcome]:
    """Each as it is."""
    for each in found:
        with tempfile.TemporaryDirectory() as folder:
            yield judged(each, each.copy(Path(folder) / "evidence"))


def without_one(found: list[Recording]) -> Iterator[Outcome]:
    """Each without one of its files."""
    for each in found:
        for path in each.files:
            with tempfile.TemporaryDirectory() as folder:
                evidence = each.copy(Path(folder) / "evidence")
                (evidence / path.name).unlink()
                yield judged(each, evidence, f"without {path.name}")


def changed(found: list[Recording], rounds: int, seed: int) -> Iterator[Outcome]:
    """Each with each change, some times with another choice of what is changed."""
    healthy = [each for each in found if each.healthy]
    for each in found:
        for number in range(rounds):
            for name, change in CHANGES.items():
                chance = random.Random(f"{seed} {each.name} {name} {number}")
                with tempfile.TemporaryDirectory() as folder:
                    evidence = Path(folder) / "evidence"
                    if done := change(each, evidence, chance):
                        yield judged(each, evidence, done, weaker=name in POORER)
        for other in healthy:
            with tempfile.TemporaryDirectory() as folder:
                evidence = Path(folder) / "evidence"
                evidence.mkdir()
                if done := beside_a_healthy_host(each, evidence, random.Random(seed), other):
                    yield judged(each, evidence, done)


def stretches(found: list[Recording], count: int, seed: int, corpus: Path | None) -> Iterator[Outcome]:
    """Healthy stretches; any incident is wrong."""
    errors = public_errors(corpus)
    for number in range(count):
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
            yield outcome


def row(name: str, outcomes: list[Outcome]) -> str:
    """One line of the table."""
    counts = Counter(each.kind for each in outcomes)
    low, high = interval(counts["wrong"], len(outcomes))
    return f"| {name} | {len(outcomes)} | {counts['right']} | {counts['weaker']} | {counts['wrong']} | {low:.1%} to {high:.1%} |".replace(
        ".0%", "%"
    )


def table(results: dict[str, list[Outcome]]) -> str:
    """The tables of the README."""
    lines = ["| evidence | runs | right | weaker | wrong | wrong, 95 % interval |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [row(name, outcomes) for name, outcomes in results.items() if outcomes]
    claims = [
        (each.recording, grade, right)
        for name, outcomes in results.items()
        if name != "healthy stretches"
        for each in outcomes
        for grade, _, right in each.claims
    ]
    lines += [
        "",
        "| grade of the first cause | claims | recordings | held | 95 % interval |",
        "| --- | --- | --- | --- | --- |",
    ]
    for grade in ("proved", "supported", "consistent"):
        own = [(name, right) for name, each, right in claims if each == grade]
        held = sum(right for _, right in own)
        low, high = interval(held, len(own))
        lines.append(f"| {grade} | {len(own)} | {len({name for name, _ in own})} | {held} | {low:.1%} to {high:.1%} |")
    return "\n".join(lines)


def shown(outcomes: Iterator[Outcome]) -> list[Outcome]:
    """All of them; what is not right is printed as it comes."""
    found = []
    for each in outcomes:
        if each.kind != "right":
            print(each, flush=True)
        found.append(each)
    return found


def main() -> int:
    """Measure, print and write; returns the exit status: 1 where anything was wrong with confidence."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*", default=[HERE / "incidents"])
    parser.add_argument("--corpus", type=Path, help="other programs' logs, whose errors a noisy application logs")
    parser.add_argument("--healthy", type=int, default=200, help="how many healthy stretches")
    parser.add_argument("--rounds", type=int, default=1, help="how often each change is made, each time of something else")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["recorded", "without", "changed", "healthy"], action="append")
    parser.add_argument("--write", type=Path, help="the file whose table is written anew")
    given = parser.parse_args()
    found = recordings(given.folders)
    if not found:
        print(f"nothing measured: no recordings in {', '.join(map(str, given.folders))}")
        return 0
    parts = given.only or ["recorded", "without", "changed", "healthy"]
    results = {
        "as recorded": shown(as_recorded(found)) if "recorded" in parts else [],
        "without one of its files": shown(without_one(found)) if "without" in parts else [],
        "changed (zone, clock, cut, no ids, a tenth, a second host, renamed)": shown(changed(found, given.rounds, given.seed))
        if "changed" in parts
        else [],
        "healthy stretches": shown(stretches(found, given.healthy, given.seed, given.corpus)) if "healthy" in parts else [],
    }
    told = table(results)
    print(told)
    if given.write:
        text = given.write.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        given.write.write_text(f"{before}{BEGIN}\n{told}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    return int(any(each.kind == "wrong" for outcomes in results.values() for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
