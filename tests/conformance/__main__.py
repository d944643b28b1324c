"""Reads a corpus of real logs and other tools' expected results, and prints how far logcorr agrees.

Run it as ``python -m tests.conformance CORPUS [SUITE...]``, from the project's folder. Each line of the table: files, lines, events,
of which fallback (taken without being understood), unparsed lines, and the share of expected fields that are met. Below it stand the
differences, each with its reason or as not explained; then the exit status is 1.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

from tests.conformance import suites
from tests.conformance.tally import Tally

SHOWN = 20


def main() -> int:
    """Run the suites that the corpus has; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("suite", nargs="*")
    given = parser.parse_args()
    if not given.corpus.is_dir():
        print(f"no conformance run: there is no folder {given.corpus}")
        return 0
    names = sorted(module.name for module in pkgutil.iter_modules(suites.__path__))
    chosen = [name for name in names if not given.suite or name in given.suite]
    tallies = []
    print(f"{'suite':24}{'files':>7}{'lines':>9}{'events':>9}{'fallback':>9}{'unparsed':>9}{'expected':>9}{'met':>9}")
    for name in chosen:
        module = importlib.import_module(f"{suites.__name__}.{name}")
        folder = given.corpus / module.FOLDER
        if not folder.is_dir():
            print(f"{name:24}  not in this corpus")
            continue
        tally = Tally(name, module.EXPLAINED)
        module.run(folder, tally)
        tallies.append(tally)
        share = f"{tally.met / tally.asked:.2%}" if tally.asked else "-"
        sums = "".join(f"{value:9}" for value in (tally.lines, tally.events, tally.fallback, tally.unparsed, tally.asked))
        print(f"{name:24}{tally.files:7}{sums}{share:>9}", flush=True)
    for tally in tallies:
        print_differences(tally)
    return int(any(tally.differences or tally.idle for tally in tallies))


def print_differences(tally: Tally) -> None:
    """The differences of one suite: those explained, counted by reason, then the others."""
    if not (tally.reasons or tally.differences or tally.idle):
        return
    print(f"\n{tally.name}")
    for reason, count in tally.reasons.most_common():
        print(f"  {count:5}  {reason}")
    for case, what in tally.differences[:SHOWN]:
        print(f"  NOT EXPLAINED  {case}: {what}".encode("ascii", "backslashreplace").decode())
    if len(tally.differences) > SHOWN:
        print(f"  ... and {len(tally.differences) - SHOWN} more")
    for case in sorted(tally.idle):
        print(f"  NO LONGER A DIFFERENCE  {case}")


if __name__ == "__main__":
    sys.exit(main())
