"""lnav's samples: of about 50 formats a line or two with the level, and small log files.

Of a sample one event is expected, and the level where lnav states one; of a file that every line is accounted for.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.tally import Tally

FOLDER = "lnav"
_FOREIGN = "the log of a desktop program: nothing of a server's requests or services"
EXPLAINED: dict[str, str] = {
    **{f"lnav/proxifier_log/{at}": _FOREIGN for at in range(3)},
    **{f"lnav/tcf_log/{at}": "minutes and seconds without an hour or a date: no time" for at in range(3)},
    "lnav/esx_syslog_log/2": "the date stands alone, the time of day in the message",
    "lnav/openamdb_log/0": "no level, and a date behind a name: too little to tell it from prose",
    "lnav/sssd_log/3:level": "sssd's level is a bit mask in hexadecimal, which is left in the text",
}

#: lnav's level -> our numbers
LEVELS = {
    "trace": (1, 4),
    "debug": (5, 8),
    "info": (9, 12),
    "notice": (9, 12),
    "warning": (13, 16),
    "error": (17, 20),
    "fatal": (21, 24),
}


def run(folder: Path, tally: Tally) -> None:
    """Read each sample by itself, then each file."""
    samples = [json.loads(line) for line in (folder / "format_samples.jsonl").read_text().splitlines()]
    timeline = tally.read_texts({each["id"]: each["input"].rstrip("\n") + "\n" for each in samples}, zone="UTC", year=2024)
    rows: dict[str, list[dict[str, object]]] = {}
    for family in ("log", "requests", "deploys", "states"):
        for row in timeline.tables[family].to_pylist():
            rows.setdefault(str(row["file"]), []).append(row)
    for each in samples:
        own = rows.get(each["id"], [])
        tally.expect(each["id"], "read", bool(own), True)  # noqa: FBT003 (what is compared)
        level = each["expected"]["level"]
        if own and level and "severity_number" in own[0]:
            number = own[0]["severity_number"]
            low, high = LEVELS[level]
            tally.expect(each["id"], "level", level if isinstance(number, int) and low <= number <= high else number, level)
    for path in sorted((folder / "test").iterdir()):
        if path.stat().st_size:
            tally.read(path, zone="UTC", year=2024)
