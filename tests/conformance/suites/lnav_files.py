"""lnav's small log files of about fifty formats: every line is accounted for, the lines that begin events are taken, and times are plausible.

Plausible is a year that the file's own text names: as four digits, or as seconds, milli-, micro- or nanoseconds since 1970. Where it names none,
the year is the one that is given (stamps without a year), or the one before it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.conformance.tally import Tally

FOLDER = "lnav/test"
YEAR: Final = 2013

_HEADER = "lines before the first event belong to nothing"
_NO_LOG = "no log: plain text, or outputs of commands one below the other"
_NO_DATE = "times of day without a date and a level tell no instant"
EXPLAINED: dict[str, str] = {
    "logfile_filter.1": _HEADER,
    "logfile_generic_with_header.0": _HEADER,
    "logfile_syslog_with_header.0": _HEADER,
    "logfile_mysql_gen.0": _HEADER,
    "logfile_plain.0": _NO_LOG,
    "logfile_procstate.0": _NO_LOG,
    "logfile_with_a_really_long_name_to_test_a_bug_with_long_names.0": _NO_LOG,
    "logfile_rollover.0": _NO_DATE,
    "logfile_tcf.0": _NO_DATE,
    "logfile_tcf.1": _NO_DATE,
    "logfile_json3.json": "its keys are those of one program only",
    "logfile_rollover.2": "the year is counted back over each turn of the year, of which the file has very many",
    "logfile_w3c.2": "times without a date, under directives of several days",
    "logfile_w3c.4": "a request that was given no status",
    "logfile_w3c.5": "the line has other fields than its directive says",
}

_NAMED: Final = re.compile(r"(?<![0-9A-Za-z.])((?:19|20)\d\d)(?=[-/.: ]|\b|\d{4}[T. -]?\d)")
_BEHIND: Final = re.compile(r"[/ -]((?:19|20)\d\d)\b")
_SHORT: Final = re.compile(r"^\W?(\d\d)/?\d\d/?\d\d +\d", re.MULTILINE)
_SINCE: Final = re.compile(r"(?<!\d)(\d{10})(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?(?!\d)")


def years_of(text: str) -> set[int]:
    """The years that a text names."""
    years = {int(year) for pattern in (_NAMED, _BEHIND) for year in pattern.findall(text)}
    years |= {2000 + int(year) for year in _SHORT.findall(text)}
    years |= {datetime.fromtimestamp(int(second), UTC).year for second in _SINCE.findall(text) if int(second) < 4 * 10**9}
    years |= {datetime.fromtimestamp(int(label, 16), UTC).year for label in re.findall(r"@40000000([0-9a-f]{8})", text)}
    return years


def run(folder: Path, tally: Tally) -> None:
    """Read each file by itself."""
    for path in sorted(folder.iterdir()):
        if not path.stat().st_size:
            continue
        timeline = tally.read(path, zone="UTC", year=YEAR)
        (facts,) = timeline.files
        years = years_of(path.read_text(errors="replace"))
        allowed = years | {YEAR - 1, YEAR, YEAR + 1}
        found = set()
        for family, table in timeline.tables.items():
            if family != "configuration":
                found |= {time.year for time in table["timestamp"].to_pylist() if time is not None}
        tally.expect(path.name, "lines left", facts.refused, 0)
        tally.expect(path.name, "strange years", sorted(found - allowed), [])
