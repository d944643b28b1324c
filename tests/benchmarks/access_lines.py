"""How fast access lines become typed columns, beside other ways to read the same block.

usage: access_lines.py [--runs K] [--megabytes N]

The lines are those of sample_logs/story, with their `log_format` (upstream fields), cut to `combined`, with escaped quotes in every tenth
user agent, and as JSON. Rows: cutting a block and typing its columns, with one thread and with two at once; the exact way (an expression in
RE2) and Python's `re` on a part of the block; and Arrow's CSV reader cutting the block at its quotes, which types nothing and proves nothing.
Ways take turns, medians of K, microseconds of processor time a line; of two threads also the time that passed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from logcorr.formats import access_json
from logcorr.formats.grammar import LineFormat
from logcorr.formats.log_format import COMBINED
from logcorr.formats.nginx_access import access_format
from logcorr.reading.blocks import lines_of

STORY = Path(__file__).parents[2] / "sample_logs" / "story"
FIELDS = ' rt=$request_time urt="$upstream_response_time" us="$upstream_status" ua="$upstream_addr" rid=$request_id'
LINE = re.compile(
    r'(\S+) - (\S+) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"'
    r'(?: rt=(\S+) urt="([^"]*)" us="([^"]*)" ua="([^"]*)" rid=(\S+))?$'
)
KEYS = "remote_addr remote_user time_local request status body_bytes_sent http_referer http_user_agent request_time"
KEYS += " upstream_response_time upstream_status upstream_addr request_id"
#: lines for the ways that are slow
PART = 5000


def as_json(line: str) -> str:
    """The line as nginx writes it with escape=json: nothing for what is absent."""
    found = LINE.match(line)
    values = dict(zip(KEYS.split(), found.groups(), strict=True)) if found else {}
    bare = {"status", "body_bytes_sent", "request_time"}
    members = (
        f'"{key}":{value if key in bare else json.dumps("" if value == "-" else value)}' for key, value in values.items()
    )
    return f"{{{','.join(members)}}}"


def blocks(size: int) -> dict[str, tuple[LineFormat, bytes]]:
    """Name -> format and block of about so many bytes."""
    story = gzip.decompress((STORY / "access.log.gz").read_bytes()).decode().splitlines()
    combined = [line.partition(" rt=")[0] for line in story]
    escaped = [line[:-1] + ' \\"x\\""' if at % 10 == 0 else line for at, line in enumerate(combined)]
    plain = access_format("combined", COMBINED)
    lines = {
        "upstream": (access_format("upstream", COMBINED + FIELDS), story),
        "combined": (plain, combined),
        "escaped": (plain, escaped),
        "json": (access_json.FORMAT, [as_json(line) for line in story]),
    }
    made = {}
    for name, (format_, some) in lines.items():
        text = ("\n".join(some) + "\n").encode()
        block = text * -(-size // len(text))
        made[name] = (format_, block[: block.rindex(b"\n", 0, size) + 1])
    return made


def at_quotes(block: bytes) -> pa.Table:
    """The block cut at its quotes by Arrow's CSV reader, as categories."""
    names = [f"f{at}" for at in range(block[: block.index(b"\n")].count(b'"') + 1)]
    return csv.read_csv(
        pa.BufferReader(block),
        csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=names),
        csv.ParseOptions(delimiter='"', quote_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string()))),
    )


def seconds(way: Callable[[], object], clock: Callable[[], float]) -> float:
    """How long it takes."""
    begun = clock()
    way()
    return clock() - begun


def measure(name: str, format_: LineFormat, block: bytes, runs: int) -> None:
    """Print a row for each way."""
    lines = lines_of(block)
    part = lines.slice(0, PART)
    texts = part.to_pylist()
    cut = format_.cut
    if cut is None or (found := cut(block)) is None or found[0].num_rows < 0.95 * len(lines):
        raise SystemExit(f"{name}: the fast way does not take these lines")
    cpu, wall = time.process_time, time.perf_counter
    with ThreadPoolExecutor(2) as pool:

        def both() -> None:
            list(pool.map(cut, (block, block)))

        ways: dict[str, tuple[Callable[[], object], Callable[[], float], int]] = {
            "one thread": (lambda: cut(block), cpu, len(lines)),
            "two threads": (both, cpu, 2 * len(lines)),
            "two threads, passed": (both, wall, 2 * len(lines)),
            "exact": (lambda: format_.read(part), cpu, len(part)),
        }
        if name != "json":
            ways["re"] = (lambda: [LINE.match(text) for text in texts], cpu, len(part))
        if name in {"upstream", "combined"}:
            ways["csv at quotes"] = (lambda: at_quotes(block), cpu, len(lines))
        took: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(runs):
            for way, (run, clock, count) in ways.items():
                took[way].append(seconds(run, clock) / count)
    for way, all_of_them in took.items():
        print(f"{name:10} {way:20} {statistics.median(all_of_them) * 1e6:7.2f} us a line   (best {min(all_of_them) * 1e6:.2f})")


def main() -> None:
    """Measure all blocks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=8)
    given = parser.parse_args()
    pa.set_cpu_count(1)
    for name, (format_, block) in blocks(given.megabytes << 20).items():
        measure(name, format_, block, given.runs)


if __name__ == "__main__":
    main()
