"""fail2ban's log lines of many services: the instant of each, and every line accounted for.

Its tests run in Central European Time on 14 August 2005: of stamps without a year the last such day before that one is meant. Instants are
compared to the second, as its tests do.
"""

from __future__ import annotations

import json
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from logcorr import Timeline
from tests.conformance.tally import Tally

FOLDER = "fail2ban"
ZONE: Final = "Europe/Zurich"

EXPLAINED: dict[str, str] = {}


def run(folder: Path, tally: Tally) -> None:
    """Read each line as a file of its own, those of one year at once."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    for year, some in groupby(sorted(cases, key=year_of), key=year_of):
        together = list(some)
        found = instants(tally.read_texts({case["id"]: case["input"] + "\n" for case in together}, zone=ZONE, year=year))
        for case in together:
            if epoch := case["expected"].get("epoch"):
                tally.expect(case["id"], "timestamp", found.get(case["id"]), int(epoch))


def year_of(case: dict[str, Any]) -> int:
    """The year that a stamp without one means."""
    epoch = case["expected"].get("epoch")
    year = datetime.fromtimestamp(epoch, ZoneInfo(ZONE)).year if epoch else 2005
    return year if year in {2004, 2005} else 2005


def instants(timeline: Timeline) -> dict[str, int]:
    """The first instant of each file, in whole seconds."""
    found: dict[str, int] = {}
    for family, table in timeline.tables.items():
        if family != "configuration":
            for row in table.select(["file", "line", "timestamp_us"]).sort_by("line").to_pylist():
                if row["timestamp_us"] is not None:
                    found.setdefault(row["file"], row["timestamp_us"] // 1_000_000)
    return found
