"""Odd entries of a journal, as JSON: NULs, bytes, several values of a field, clocks that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conformance.tally import Tally

FOLDER = "systemd"
EXPLAINED: dict[str, str] = {}
LATEST_US = 1 << 55


def run(folder: Path, tally: Tally) -> None:
    """Read each file; every entry is an event, with its time and its message."""
    for path in sorted((folder / "export").glob("*.json")):
        entries = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        if not entries:
            continue
        timeline = tally.read(path)
        events = timeline.tables["log"].sort_by("line").to_pylist()
        tally.expect(path.name, "events", len(events), len(entries))
        tally.expect(path.name, "unparsed", sum(each.refused for each in timeline.files), 0)
        for row, entry in zip(events, entries, strict=False):
            case = f"{path.name}/{entry['__CURSOR'].split(';')[1]}"
            tally.expect(case, "time", row["timestamp_us"], time_of(entry))
            tally.expect(case, "body", row["body"], text_of(entry.get("MESSAGE")))
            if "_HOSTNAME" in entry:  # else the only host of the evidence stands there
                tally.expect(case, "host_name", row["host_name"], text_of(entry["_HOSTNAME"]))
            tally.expect(case, "boot_id", row["boot_id"], entry["_BOOT_ID"])


def text_of(value: Any) -> str | None:
    """A value's text: bytes decoded, of several values the first."""
    if isinstance(value, list):
        return bytes(value).decode(errors="replace") if all(isinstance(byte, int) for byte in value) else text_of(value[0])
    return value


def time_of(entry: dict[str, Any]) -> int:
    """When it was sent, where that is a time, else when it was received."""
    sent = text_of(entry.get("_SOURCE_REALTIME_TIMESTAMP")) or ""
    return int(sent) if sent.isdigit() and 0 < int(sent) < LATEST_US else int(entry["__REALTIME_TIMESTAMP"])
