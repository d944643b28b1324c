"""Vector's syslog cases: what is taken, and the fields of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.tally import Tally, plain

FOLDER = "vrl"
EXPLAINED: dict[str, str] = {}

SEVERITIES = {"emerg": 21, "alert": 19, "crit": 18, "err": 17, "warning": 13, "notice": 10, "info": 9, "debug": 5}


def run(folder: Path, tally: Tally) -> None:
    """Read each input as a file of its own."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    cases = [case for case in cases if case["suite"] == "vrl/parse_syslog"]
    for case in cases:
        events = tally.read_texts({case["id"]: case["input"] + "\n"}, zone="UTC", year=2026).events
        name = case["id"]
        tally.expect(name, "events", len(events), 1 if case["valid"] else 0)
        if not case["valid"] or len(events) != 1:
            continue
        row, wanted = events.iloc[0], case["expected"]
        tally.expect(name, "timestamp", time_of(plain(row["timestamp"])), time_of(wanted["timestamp"].replace("$YEAR", "2026")))
        tally.expect(name, "body", row["body"], wanted["message"])
        tally.expect(name, "service_name", row["service_name"], wanted.get("appname"))
        tally.expect(name, "host_name", row["host_name"], wanted.get("hostname"))
        tally.expect(name, "process_pid", row["process_pid"], wanted.get("procid"))
        tally.expect(name, "severity_number", row["severity_number"], SEVERITIES.get(wanted.get("severity")))
        other = json.loads(str(plain(row["attributes"]) or "{}"))
        tally.expect(name, "facility", other.get("facility"), wanted.get("facility"))
        tally.expect(name, "msgid", other.get("msgid"), wanted.get("msgid"))
        data = {key: value for key, value in wanted.items() if isinstance(value, dict)}
        tally.expect(name, "structured_data", other.get("structured_data", {}), data)


def time_of(text: object) -> str:
    """An instant without needless zeros."""
    head, _, fraction = str(text).removesuffix("Z").partition(".")
    return f"{head}.{fraction}".rstrip("0").rstrip(".")
