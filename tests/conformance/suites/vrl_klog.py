"""Lines of klog and glog, and dates in several spellings, with what Vector reads in them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.tally import Tally

FOLDER = "vrl"
EXPLAINED: dict[str, str] = {}

YEAR = 2026
SUITES = ("vrl/parse_klog", "vrl/parse_glog")


def run(folder: Path, tally: Tally) -> None:
    """Read each line by itself, in UTC."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    records = [case for case in cases if case["suite"] in SUITES]
    timeline = tally.read_texts({case["id"]: case["input"].rstrip(" \n") + "\n" for case in records}, zone="UTC", year=YEAR)
    rows = timeline.tables["log"].to_pylist()
    for case in records:
        own = [row for row in rows if row["file"] == case["id"]]
        tally.expect(case["id"], "events", len(own), int(case["valid"]))
        if case["valid"] and own:
            (row,), wanted = own, case["expected"]
            stamp = wanted["timestamp"].replace("$YEAR", str(YEAR)).rstrip("Z")
            tally.expect(case["id"], "timestamp", row["timestamp"].isoformat()[: len(stamp)], stamp)
            tally.expect(case["id"], "level", row["severity_text"].lower(), wanted["level"])
            tally.expect(case["id"], "id", row["process_pid"], wanted["id"])
            tally.expect(case["id"], "file", row["logger"], wanted["file"])
            tally.expect(case["id"], "message", row["body"], wanted["message"])
    dates(cases, tally)


def dates(cases: list[dict[str, object]], tally: Tally) -> None:
    """Read each date as the beginning of a line, in the zone that the case names."""
    for case in cases:
        if case["suite"] != "vrl/parse_timestamp" or not case["valid"]:
            continue
        options = case["options"]
        assert isinstance(options, dict)
        zone = options.get("timezone") or str(case["tz"]).removeprefix("$chrono_tz::").replace("::", "/")
        zone = "UTC" if zone.startswith("$") else zone
        timeline = tally.read_texts({str(case["id"]): f"{case['input']} INFO ready\n"}, zone=zone)
        (row,) = timeline.tables["log"].to_pylist() or [{"timestamp": None}]
        tally.expect(str(case["id"]), "timestamp", row["timestamp"] and row["timestamp"].isoformat(), case["expected"])
