"""Stack traces of many languages: each is one event between plain lines."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.tally import Tally

FOLDER = "detect-exceptions"
EXPLAINED: dict[str, str] = {}


def run(folder: Path, tally: Tally) -> None:
    """Read each trace between two lines of a log."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    plain = "2026-11-23T10:16:15Z {} line"
    texts = {case["id"]: f"{plain.format('first')}\n{case['text'].rstrip()}\n{plain.format('last')}\n" for case in cases}
    events = tally.read_texts(texts).events
    for case in cases:
        own = events[events["file"] == case["id"]]
        tally.expect(case["id"], "events", len(own), 3)
