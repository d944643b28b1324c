"""How fast and with how much memory `logcorr report` reads a large log, beside other ways to read the same file.

usage: report_speed.py [--lines N] [--runs K] [--only NAME]... [--write]

The evidence is sample_logs/story, its logs repeated with fresh addresses, identifiers and numbers (see evidence.py). Each row is a whole
process. The first report finds an empty cache, the second what the first kept. The other rows read the access log alone: DuckDB and Arrow
all its columns; lnav (one SQL count), GoAccess, gawk, ripgrep and wc where they are installed. All in one run, medians of K; --write puts
the table into README.md.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evidence import evidence

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- speed -->\n", "<!-- /speed -->\n"
_COLUMNS = "['addr','d1','user','day','zone','request','status','size','referer','agent','rt','urt','us','ua','rid']"
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
DUCKDB = f"""
import duckdb, sys
duckdb.sql("set threads = 2")
columns = dict.fromkeys({_COLUMNS}, "varchar")
rows = duckdb.read_csv(sys.argv[1], sep=" ", quotechar='"', escapechar="\\\\", header=False, columns=columns, ignore_errors=True)
print(rows.aggregate("status, count(*), " + ", ".join("max(length(" + name + "))" for name in columns), "status").fetchall())
"""
ARROW = f"""
import sys, pyarrow as pa, pyarrow.csv as csv, pyarrow.compute as pc
options = csv.ReadOptions(column_names={_COLUMNS}, block_size=8 << 20)
parsed = csv.ParseOptions(delimiter=" ", quote_char='"', invalid_row_handler=lambda row: "skip")
rows = 0
for batch in csv.open_csv(sys.argv[1], options, parsed):
    rows += batch.num_rows
print(rows)
"""


def commands(log: Path, cache: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """The rows: a command, and what it finds in its environment."""
    report = [sys.executable, "-m", "logcorr", "report", str(log.parent), "--format", "json"]
    rows = {
        "logcorr report, first": (report, {"XDG_CACHE_HOME": str(cache)}),
        "logcorr report, second": (report, {"XDG_CACHE_HOME": str(cache)}),
        "DuckDB, all columns as text": ([sys.executable, "-c", DUCKDB, str(log)], {}),
        "Arrow, all columns": ([sys.executable, "-c", ARROW, str(log)], {}),
        "Python re, line by line": ([sys.executable, "-c", LOOP, str(log)], {}),
    }
    others = {
        "lnav": ("lnav, one SQL count", ["-n", "-c", ";SELECT sc_status, count(*) FROM access_log GROUP BY 1"]),
        "goaccess": ("GoAccess, its JSON report", ["--log-format=COMBINED", "-o", str(log.parent.parent / "goaccess.json")]),
        "gawk": ("gawk, counts by status", ["{n[$9]++} END {for (s in n) print s, n[s]}"]),
        "rg": ("ripgrep, counts of 5xx", ["-c", '" 5[0-9][0-9] ']),
        "wc": ("wc -l", ["-l"]),
    }
    for program, (name, arguments) in others.items():
        if shutil.which(program):
            rows[name] = ([program, *arguments, str(log)], {})
    return rows


def run(command: list[str], environment: dict[str, str]) -> tuple[float, float, int]:
    """Seconds, peak memory in MB and exit status of one process."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begun, usage.ru_maxrss / 1024, process.returncode


def table(lines: int, size: float, measured: dict[str, list[tuple[float, float, int]]], runs: int) -> list[str]:
    """The rows as Markdown."""
    found = [
        f"{lines:,} access lines ({size / 1e6:,.0f} MB) and the error and application logs of the same requests; {os.cpu_count()} cores;",
        f"medians of {runs} in one run of `tests/benchmarks/report_speed.py`:",
        "",
        "| | seconds | million lines/s | peak memory, MB |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, results in measured.items():
        seconds = statistics.median(each[0] for each in results)
        failed = "" if all(each[2] in {0, 1} for each in results) else " (failed)"
        peak = max(each[1] for each in results)
        found.append(f"| {name}{failed} | {seconds:,.1f} | {lines / seconds / 1e6:.2f} | {peak:,.0f} |")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="append", help="rows whose name begins so")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        log = evidence(Path(scratch) / "evidence", options.lines)
        cache = Path(scratch) / "cache"
        rows = {
            name: row
            for name, row in commands(log, cache).items()
            if not options.only or any(name.startswith(each) for each in options.only)
        }
        measured: dict[str, list[tuple[float, float, int]]] = {name: [] for name in rows}
        for _ in range(options.runs):
            shutil.rmtree(cache, ignore_errors=True)
            for name, (command, environment) in rows.items():
                measured[name].append(run(command, environment))
                print(name, *(f"{value:.1f}" for value in measured[name][-1]), file=sys.stderr)
        told = table(options.lines, log.stat().st_size, measured, options.runs)
    print("\n".join(told))
    if options.write:
        readme = ROOT / "README.md"
        text = readme.read_text("utf-8")
        body = "\n".join([*told, ""])
        readme.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}{body}{END}", text, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
