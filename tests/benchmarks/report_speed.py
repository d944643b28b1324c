"""How fast and with how much memory `logcorr report` reads access lines, beside other ways to read the same file.

usage: report_speed.py [--lines N] [--runs K]

The evidence is sample_logs/story with its access log repeated, each time shifted by its own length. Rows: `logcorr report` as a whole
process (start-up, diagnosis and JSON included); a loop of Python's `re` over the lines that counts by status and minute; and, where
they are installed, lnav (one SQL count) and GoAccess (its JSON report). All in one run, medians of K.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

STORY = Path(__file__).parents[2] / "sample_logs" / "story"
STAMP = re.compile(rb"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d) ")
LAYOUT = "%d/%b/%Y:%H:%M:%S"

LOOP = """
import re, sys, collections
line = re.compile(r'(\\S+) - (\\S+) \\[([^\\]]+)\\] "((?:[^"\\\\\\\\]|\\\\\\\\.)*)" (\\d{3}) (\\d+) "([^"]*)" "([^"]*)" rt=(\\S+)')
counts = collections.Counter()
for text in open(sys.argv[1], errors="replace"):
    found = line.match(text)
    if found:
        counts[found.group(5), found.group(3)[:17]] += 1
print(len(counts))
"""


def evidence(folder: Path, lines: int) -> Path:
    """The story with an access log of so many lines."""
    shutil.copytree(STORY, folder, ignore=shutil.ignore_patterns("access.log.gz"))
    log = gzip.decompress((STORY / "access.log.gz").read_bytes()).splitlines(keepends=True)
    stamps = {found.group(1) for line in log if (found := STAMP.search(line))}
    length = timedelta(seconds=300)
    with (folder / "access.log").open("wb") as stream:
        written, round_ = 0, -(-lines // len(log)) - 1
        while written < lines:
            shifted = {
                stamp: (datetime.strptime(stamp.decode(), LAYOUT) - round_ * length).strftime(LAYOUT).encode()  # noqa: DTZ007
                for stamp in stamps
            }
            part = log[: lines - written]
            stream.writelines(
                STAMP.sub(lambda found, shifted=shifted: b"[" + shifted[found.group(1)] + b" ", line) for line in part
            )
            written, round_ = written + len(part), round_ - 1
    return folder / "access.log"


def run(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory in MB of one process."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        log = evidence(Path(scratch) / "evidence", options.lines)
        size = log.stat().st_size / 1e6
        rows = {
            "logcorr report": [sys.executable, "-m", "logcorr", "report", str(log.parent), "--format", "json"],
            "Python re, line by line": [sys.executable, "-c", LOOP, str(log)],
        }
        if shutil.which("lnav"):
            rows["lnav, one SQL count"] = [
                "lnav",
                "-n",
                "-c",
                ";select sc_status, count(*) from access_log group by 1",
                str(log),
            ]
        if shutil.which("goaccess"):
            rows["GoAccess, JSON"] = ["goaccess", str(log), "--log-format=COMBINED", "-o", str(Path(scratch) / "goaccess.json")]
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
        for _ in range(options.runs):
            for name, command in rows.items():
                results[name].append(run(command))
        print(f"{options.lines:,} access lines, {size:.0f} MB, {os.cpu_count()} cores, median of {options.runs}")
        for name, measured in results.items():
            seconds = statistics.median(second for second, _ in measured)
            memory = max(peak for _, peak in measured)
            print(f"{name:28s} {seconds:7.2f} s {options.lines / seconds:12,.0f} lines/s {memory:7.0f} MB")


if __name__ == "__main__":
    main()
