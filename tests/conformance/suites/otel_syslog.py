"""The syslog cases of the OpenTelemetry collector: RFC 3164, RFC 5424 and octet counting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conformance.suites.vrl_syslog import SEVERITIES, time_of
from tests.conformance.tally import Tally, plain

FOLDER = "otel-contrib"
UNTOLD = "a text with neither a priority nor a time is no syslog line; as a file it is not understood, and said to be so"
EXPLAINED: dict[str, str] = {"otel/none": UNTOLD, "otel/none-octet": UNTOLD}


def run(folder: Path, tally: Tally) -> None:
    """Read each input as a file of its own, in the zone that the case assumes."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    for case in cases:
        if case["suite"] == "otel/syslog":
            expect_case(tally, case)


def expect_case(tally: Tally, case: dict[str, Any]) -> None:
    """The fields of one case."""
    options, wanted, name = case["options"], case["expected"], case["id"]
    zone, year = options.get("assume_tz", "UTC"), options.get("assume_year", 2015)
    events = tally.read_texts({name: case["input"] + "\n"}, zone=zone, year=year).events
    tally.expect(name, "events", len(events), 1)
    if len(events) != 1:
        return
    row = events.iloc[0]
    tally.expect(name, "timestamp", time_of(plain(row["timestamp"])), time_of(wanted.get("timestamp")))
    tally.expect(name, "body", row["body"], wanted["message"])
    tally.expect(name, "service_name", row["service_name"], wanted.get("appname"))
    tally.expect(name, "host_name", row["host_name"], wanted.get("hostname"))
    pid = wanted.get("proc_id")
    tally.expect(name, "process_pid", row["process_pid"], None if pid is None else int(pid))
    tally.expect(name, "severity_number", row["severity_number"], SEVERITIES.get(wanted.get("severity_text", "")))
    other = json.loads(str(plain(row["attributes"]) or "{}"))
    if "facility_text" in wanted:
        tally.expect(
            name, "facility", other.get("facility"), {"cron2": "clock"}.get(wanted["facility_text"], wanted["facility_text"])
        )
    tally.expect(name, "msgid", other.get("msgid"), wanted.get("msg_id"))
    tally.expect(name, "structured_data", other.get("structured_data", {}), wanted.get("structured_data", {}))
