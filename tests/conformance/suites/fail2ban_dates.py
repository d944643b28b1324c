"""fail2ban's spellings of dates: each is found at the beginning of a line, and means the instant that is expected.

The zones of stamps that name none are given in the ways of fail2ban, which we take as offsets from UTC: ``GMT+12`` and ``CET+0130`` are
ahead of that zone.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Final

from tests.conformance.suites.fail2ban import instant, instants
from tests.conformance.tally import Tally

FOLDER = "fail2ban"
EXPLAINED: dict[str, str] = {
    "8 23/01/05 21:59:59[sshd] error: PAM: Auth": "of three short numbers the year is first, and the time is said to be uncertain",
    "20 @4000000041f4104f00000000[sshd] error: P": "labels of TAI64N are ten seconds ahead, as daemontools and runit write them",
    "57 2017-01-23 15:00:00 CET+0130": "an offset behind the name of a zone is no usual way to write a zone",
}

#: what fail2ban calls a zone -> what it is
ZONES: Final = {
    "Europe/Zurich (CET/CEST)": "Europe/Zurich",
    "UTC+0300": "+03:00",
    "UTC": "UTC",
    "UTC-0430": "-04:30",
    "GMT+12": "+12:00",
    "CET": "+01:00",
    "+0100": "+01:00",
    "CEST-01": "+01:00",
    "CEST": "+02:00",
    "+0200": "+02:00",
    "CET+01": "+02:00",
    "CET+0100": "+02:00",
    "CET+0130": "+02:30",
}


def run(folder: Path, tally: Tally) -> None:
    """Read each text as a file of its own."""
    for at, line in enumerate((folder / "dates.jsonl").read_text().splitlines(), 1):
        case = json.loads(line)
        name = f"{at} {case['input'][:40]}"
        timeline = tally.read_texts({name: case["input"] + "\n"}, zone=ZONES[case["assume_tz"]], year=2005)
        wanted = case.get("expected_epoch_int_seconds")
        if "expected_utc" in case:
            wanted = datetime.fromisoformat(case["expected_utc"]).timestamp()
        tally.expect(name, "timestamp", instants(timeline).get(name), instant(wanted))
