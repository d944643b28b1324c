"""Serilog's compact events: time, level, text, exception, trace; what is broken must be refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conformance.tally import Tally

FOLDER = "serilog"
EXPLAINED: dict[str, str] = {
    "serilog/1:rendered": "the text stays the template that its events share; what it was rendered to stands in attributes",
}

#: the level's name -> its number
NUMBERS = {"Verbose": 1, "Debug": 5, "Information": 9, "Warning": 13, "Error": 17, "Fatal": 21}


def run(folder: Path, tally: Tally) -> None:
    """Read each event by itself."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    timeline = tally.read_texts({case["id"]: case["input"] + "\n" for case in cases})
    for case in cases:
        name, wanted = case["id"], case["expected"]
        own = timeline.events[timeline.events["file"] == name]
        tally.expect(name, "events", len(own), int(case["valid"]))
        if not case["valid"] or not len(own):
            continue
        compare(tally, name, own.iloc[0].to_dict(), wanted)


def compare(tally: Tally, name: str, row: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The fields of one event."""
    given = json.loads(row["attributes"])
    tally.expect(name, "timestamp", row["timestamp"].isoformat()[:26], wanted["timestamp"][:26])
    if "level" in wanted:
        tally.expect(name, "level", row["severity_number"], NUMBERS[wanted["level"]])
    for key in ("message", "template", "rendered"):
        if key in wanted:
            tally.expect(name, key, row["body"], wanted[key])
    for key in ("exception_type", "exception_message", "trace_id"):
        if key in wanted:
            tally.expect(name, key, row[key], wanted[key])
    for key, value in wanted.get("properties", {}).items():
        tally.expect(name, f"property {key}", json.dumps(given.get(key)), json.dumps(value))
    for key, ours in (("event_id", "@i"), ("span_id", "@sp")):
        if key in wanted:
            tally.expect(name, key, given.get(ours), wanted[key])
