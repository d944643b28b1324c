"""One journal in every mode of journalctl: the same events, in the order of the file, as far as a mode carries them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Final

from tests.conformance.tally import Tally, plain

FOLDER = "systemd"
EXPLAINED: dict[str, str] = {}

#: modes that name no wall clock, one second of it, or no host; all others show everything
CLOCKLESS: Final = ("short-monotonic", "short-delta", "cat")
SECONDS: Final = ("short.", "short-iso.", "short-full", "with-unit", "default")
STRUCTURED: Final = ("json", "verbose", "export")
SEVERITIES: Final = (21, 19, 18, 17, 13, 10, 9, 5)


def run(folder: Path, tally: Tally) -> None:
    """Read each output by itself, with the zone in which it was printed."""
    with gzip.open(folder / "user-1000/user-1000.journal.all.json.gz", "rt") as stream:
        entries = [json.loads(line) for line in stream]
    shown = [entry for entry in entries if "MESSAGE" in entry]
    for path in [folder / "user-1000.journal.gz", *sorted((folder / "user-1000").glob("*.out"))]:
        mode = path.name.removesuffix(".out")
        zone = mode.partition(".tz-")[2].replace("_", "/", 1) or "UTC"
        timeline = tally.read(path, zone=zone, year=2022)
        events = timeline.tables["log"].sort_by("line").to_pylist()
        structured = mode.startswith(STRUCTURED) or path.suffix == ".gz"
        wanted = entries if structured else shown
        wanted = list(reversed(wanted)) if "reverse" in mode else wanted
        tally.expect(mode, "events", len(events), len(wanted))
        tally.expect(mode, "unparsed", sum(each.refused for each in timeline.files), 0)
        tally.expect(mode, "fallback", sum(each.fallback for each in timeline.files), 0)
        if len(events) != len(wanted):
            continue
        for row, entry in zip(events, wanted, strict=True):
            expect_entry(tally, mode, row, entry, structured)


def expect_entry(tally: Tally, mode: str, row: dict[str, Any], entry: dict[str, Any], structured: bool) -> None:
    """The fields of one entry that the mode carries."""
    case = f"{mode}/{entry['__CURSOR'].split(';')[1]}"
    tally.expect(case, "body", row["body"], message(entry))
    if mode.startswith("cat"):
        tally.expect(case, "timestamp", row["timestamp_us"], None)
        return
    tally.expect(case, "process_pid", row["process_pid"], int(entry["_PID"]))
    if not mode.startswith(("with-unit", "json.output-fields")):
        tally.expect(case, "service_name", row["service_name"], entry.get("SYSLOG_IDENTIFIER", entry.get("_COMM")))
    if "no-hostname" not in mode and "output-fields" not in mode:
        tally.expect(case, "host_name", row["host_name"], entry["_HOSTNAME"])
    if mode.startswith(CLOCKLESS):
        tally.expect(case, "timestamp", row["timestamp_us"], None)
        sent = int(entry.get("_SOURCE_REALTIME_TIMESTAMP", entry["__REALTIME_TIMESTAMP"]))
        monotonic = int(entry["__MONOTONIC_TIMESTAMP"]) - int(entry["__REALTIME_TIMESTAMP"]) + sent
        tally.expect(case, "monotonic", json.loads(str(plain(row["attributes"]) or "{}")).get("monotonic_s"), monotonic / 1e6)
    else:
        tally.expect(case, "timestamp", row["timestamp_us"], instant(entry, mode))
    if structured:
        tally.expect(
            case, "severity_number", row["severity_number"], SEVERITIES[int(entry["PRIORITY"])] if "PRIORITY" in entry else None
        )
        tally.expect(case, "boot_id", row["boot_id"], entry["_BOOT_ID"])


def message(entry: dict[str, Any]) -> str | None:
    """The message; bytes decoded."""
    value = entry.get("MESSAGE")
    if isinstance(value, list):
        return bytes(value).decode(errors="replace")
    return value


def instant(entry: dict[str, Any], mode: str) -> int:
    """The instant that a mode shows: that of sending, where it is known, down to a second or a microsecond."""
    micros = int(entry["__REALTIME_TIMESTAMP"])
    if "output-fields" not in mode:
        micros = int(entry.get("_SOURCE_REALTIME_TIMESTAMP", micros))
    return micros - micros % 1_000_000 if f"{mode}.".startswith(SECONDS) else micros
