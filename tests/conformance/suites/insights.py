"""Outputs and logs of RHEL hosts: recognised for what they are or refused, and every line accounted for.

What is expected of a file is its format, and that no line of it is left; of those that are broken on purpose, or of programs and counters
that say nothing of requests and services, that they are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.conformance.tally import Tally

FOLDER = "insights-core/text"
EXPLAINED: dict[str, str] = {}

#: beginnings of names, and the format of such files
FORMATS: Final = {
    "test_ls": "file_list",
    "test_lsof": "open_files",
    "test_netstat": "socket_list",
    "test_ps": "process_list",
    "test_systemctl_show": "unit_show",
    "test_systemctl_status_all": "unit_status",
    "test_date__TIMEDATECTL": "timedatectl",
    "test_netstat__NETSTAT_S": "network_counters",
    "test_netstat__NETSTAT_SOCKETS": "socket_list",
}
#: files that are no such output: broken, other people's errors, tables of interfaces
REFUSED: Final = (
    "BAD_DIRECTORY_ENTRIES",
    "LS_ERROR_LINES",
    "LSOF_BAD",
    "NO_LOCAL_ADDR_COLON",
    "NO_PARSED_LINES",
    "NETSTAT_I",
    "RUNNING_PROCESSES",
    "TRUNCATED",
    "PROC_NETSTAT",
    "NETSTAT_AGN",
    "PsAuxcww_BAD",
    "Ps_BAD",
    "WITHOUT_COLON_OUTPUT",
)


def run(folder: Path, tally: Tally) -> None:
    """Read each file by itself."""
    for path in sorted(folder.glob("*.txt")):
        (facts,) = tally.read(path, zone="UTC").files
        start = max((each for each in FORMATS if path.stem.startswith(each)), key=len, default="")
        if start:
            wanted = "" if any(word in path.stem for word in REFUSED) else FORMATS[start]
            tally.expect(path.stem, "format", facts.format, wanted)
            if wanted:
                tally.expect(path.stem, "lines left", facts.refused, 0)
