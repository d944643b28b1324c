"""Measures how often logcorr is right, and how much its grades are worth.

Run it as ``python -m tests.accuracy FOLDER... [--corpus FOLDER] [--healthy N] [--rounds N] [--sample N] [--write README.md]`` from the
project's folder. Each folder holds recordings with their answers (``expected.json``, ``truth.json``), as ``tests/incidents`` does.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from logcorr.statistics import interval
from tests.accuracy.changes import CHANGES
from tests.accuracy.healthy import public_errors
from tests.accuracy.recordings import Outcome, Recording, recordings
from tests.accuracy.runs import Task, as_recorded, beside, changed, run, well, without

HERE = Path(__file__).parent.parent
NAMES = {
    "recorded": "as recorded",
    "without": "without one of its files",
    "changed": "changed (zone, clock, cut, no ids, a tenth, a second host, renamed)",
    "healthy": "healthy stretches",
}
BEGIN, END = "<!-- accuracy -->", "<!-- /accuracy -->"


def tasks(given: argparse.Namespace, found: list[Recording]) -> dict[str, list[Task]]:
    """What is to be run, by the rows of the table."""
    parts = given.only or ["recorded", "without", "changed", "healthy"]
    several = [partial(changed, each, name, at, given.seed) for each in found for at in range(given.rounds) for name in CHANGES]
    several += [partial(beside, each, other) for each in found for other in found if other.healthy]
    errors = public_errors(given.corpus)
    rows: dict[str, list[Task]] = {
        "recorded": [partial(as_recorded, each) for each in found],
        "changed": list(several),
        "healthy": [partial(well, found, number, given.seed, errors) for number in range(given.healthy)],
        "without": [partial(without, each, path.name) for each in found for path in each.files],
    }
    return {NAMES[name]: each for name, each in rows.items() if name in parts}


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


def write(path: Path, results: dict[str, list[Outcome]]) -> None:
    """Put the tables of what has been run so far into a file."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    path.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def main() -> int:
    """Measure, print and write; returns the exit status: 1 where anything was wrong with confidence."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*", default=[HERE / "incidents"])
    parser.add_argument("--corpus", type=Path, help="other programs' logs, whose errors a noisy application logs")
    parser.add_argument("--healthy", type=int, default=200, help="how many healthy stretches")
    parser.add_argument("--rounds", type=int, default=1, help="how often each change is made, each time of something else")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["recorded", "without", "changed", "healthy"], action="append")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many run at a time")
    parser.add_argument("--write", type=Path, help="the file whose table is written anew")
    given = parser.parse_args()
    found = recordings(given.folders)
    if not found:
        print(f"nothing measured: no recordings in {', '.join(map(str, given.folders))}")
        return 0
    results: dict[str, list[Outcome]] = {}
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        for name, each in tasks(given, found).items():
            results[name] = []
            for outcome in filter(None, pool.map(run, each)):
                results[name].append(outcome)
                if outcome.kind != "right":
                    print(outcome, flush=True)
            if given.write:
                write(given.write, results)
    print(table(results))
    return int(any(each.kind == "wrong" for outcomes in results.values() for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
