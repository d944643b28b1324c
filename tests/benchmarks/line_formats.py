"""How fast each kind of log line is read, beside a loop of Python over the same lines.

usage: line_formats.py [--lines N] [--runs K] [--folder FOLDER] [KIND ...]

The lines are those of sample_logs, round after round: each round later than the one before, with
ids, numbers and clients of its own. What the samples lack
(JSON and logfmt of applications, syslog as it is sent) is made of the requests and service messages in them, as its writers write it.
Each file is read in blocks of 8 MB: by two threads (lines/s), then by one (lines/s of one core, as the process's CPU time tells).
The loop takes time, level and message of each line with ``json`` or ``re`` and counts by level and minute. Medians of K, in one run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from logcorr.evidence import EvidenceFile, blocks_of
from logcorr.formats.table import LINE_FORMATS
from logcorr.reading.blocks import read_block
from logcorr.reading.recognise import recognise, sample_of

SAMPLES = Path(__file__).parents[2] / "sample_logs"
ACCESS = re.compile(r'(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) (\S+) [^"]*" (\d+) (\d+) .* rt=(\S+) .* rid=(\w+)')
SERVICE = re.compile(r"(\S+) (\S+) ([^\s:\[]+)(?:\[(\d+)\])?: (.*)")

STAMP = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)|(?P<slash>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)|(?P<short>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)|"
    r"(?P<millis>\b179\d{10}\b)|(?P<micros>\b179\d{13}\b)|(?P<id>\b[0-9a-f]{32}\b)|(?P<address>(?<=client: )\d+\.\d+\.\d+\.\d+)|"
    r"(?P<number>(?<=\()\d+(?= ms\))|(?<=: \*)\d+(?= )|(?<=product/)\d+|(?<=ms\":)\d+|(?<=order_id\":)\d+)"
)
SHAPES = {"iso": "%Y-%m-%d %H:%M:%S", "slash": "%Y/%m/%d %H:%M:%S", "short": "%Y %b %d %H:%M:%S"}

#: what a loop of Python would use: the groups are time and level or program
LOOPS = {
    "monolog": re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] \w+\.(\w+): (.*)"),
    "python": re.compile(r"\[?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:,\d+| [+-]\d{4})\]? (?:\[\d+\] )?\[?(\w+)\]? (.*)"),
    "nginx error": re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w+)\] (\d+#\d+: .*)"),
    "journal short": re.compile(r"(\w{3} [ \d]\d \d\d:\d\d:\d\d) \S+ ([^\s:\[]+)(?:\[\d+\])?: (.*)"),
    "syslog file": re.compile(r"(\S{19})\S+ \S+ ([^\s:\[]+)(?:\[\d+\])?: (.*)"),
    "syslog 3164": re.compile(r"<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) \S+ ([^\s:\[]+)(?:\[\d+\])?: (.*)"),
    "syslog 5424": re.compile(r"<\d+>1 (\S{19})\S+ \S+ (\S+) \S+ \S+ \S+ (.*)"),
    "journal export": re.compile(r"(__REALTIME_TIMESTAMP|PRIORITY|MESSAGE)=(.*)"),
    "logfmt": re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)'),
}


def requests() -> Iterator[dict[str, str]]:
    for line in gzip.decompress((SAMPLES / "story" / "access.log.gz").read_bytes()).decode().splitlines():
        if found := ACCESS.match(line):
            names = ("client", "time", "method", "path", "status", "size", "seconds", "id")
            told = dict(zip(names, found.groups(), strict=True))
            told["moment"] = datetime.strptime(told["time"], "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC).isoformat()[:19]
            yield told


def pino() -> Iterator[str]:
    for told in requests():
        millis = round(datetime.fromisoformat(told["moment"] + "Z").timestamp() * 1000)
        head = {"level": 30, "time": millis, "pid": 33, "hostname": "feed-node-3", "release": "v3.1", "reqId": told["id"]}
        asked = {"method": told["method"], "url": told["path"], "hostname": "feed-node-3", "remoteAddress": told["client"]}
        seconds = float(told["seconds"])
        answer = {"res": {"statusCode": int(told["status"])}, "responseTime": seconds * 1000 + 0.413557999767363}
        yield json.dumps({**head, "req": {**asked, "remotePort": 58916}, "msg": "incoming request"}, separators=(",", ":"))
        yield json.dumps({**head, **answer, "msg": "request completed"}, separators=(",", ":"))


def structlog() -> Iterator[str]:
    for at, told in enumerate(requests()):
        asked = {"method": told["method"], "path": told["path"], "status": int(told["status"])}
        spent = {"duration_ms": round(float(told["seconds"]) * 1000, 1), "user": None, "request_id": told["id"]}
        failed = {"exception": TRACE} if at % 50 == 0 else {}
        stamp = f"{told['moment']}.{at % 1_000_000:06d}Z"
        yield json.dumps({**asked, **spent, **failed, "event": "request", "level": "info", "timestamp": stamp})


TRACE = "Traceback (most recent call last):\n  File \"/srv/app.py\", line 7, in pay\n    rate[code]\nKeyError: 'EUR'"


def logfmt() -> Iterator[str]:
    for at, told in enumerate(requests()):
        yield (
            f"timestamp={told['moment']}.{at % 1_000_000:06d}Z level=info event=request method={told['method']} path={told['path']} "
            f"status={told['status']} duration_ms={float(told['seconds']) * 1000:.1f} user= request_id={told['id']}"
        )


def entries() -> Iterator[dict[str, str]]:
    for entry in (SAMPLES / "story" / "journal-export.txt").read_text().split("\n\n"):
        if entry.strip():
            yield dict(line.split("=", 1) for line in entry.strip().splitlines())
    for line in (SAMPLES / "healthy_reload" / "journal.json").read_text().splitlines():
        yield json.loads(line)


def journal_json() -> Iterator[str]:
    for entry in entries():
        yield json.dumps(entry, separators=(",", ":"))


def journal_export() -> Iterator[str]:
    for entry in entries():
        yield "\n".join(f"{name}={value}" for name, value in entry.items()) + "\n"


def sent(shape: str) -> Iterator[str]:
    for line in recorded("story/syslog"):
        if found := SERVICE.match(line):
            stamp, host, program, process, text = found.groups()
            short = datetime.fromisoformat(stamp).strftime("%b %e %H:%M:%S")
            tag = f"{program}[{process}]" if process else program
            yield shape.format(stamp=stamp, short=short, host=host, program=program, process=process or "-", tag=tag, text=text)


def recorded(name: str) -> Iterator[str]:
    yield from (SAMPLES / name).read_text().splitlines()


KINDS: dict[str, Callable[[], Iterator[str]]] = {
    "pino": pino,
    "structlog": structlog,
    "logfmt": logfmt,
    "journal json": journal_json,
    "journal export": journal_export,
    "journal short": partial(recorded, "story/journal-short.txt"),
    "syslog file": partial(recorded, "story/syslog"),
    "syslog 3164": partial(sent, "<30>{short} {host} {tag}: {text}"),
    "syslog 5424": partial(sent, '<30>1 {stamp} {host} {program} {process} ID47 [origin@32473 ip="192.0.2.7"] {text}'),
    "nginx error": partial(recorded, "story/error.log"),
    "monolog": partial(recorded, "story/laravel.log"),
    "python": partial(recorded, "app_bug/app.log"),
}


def later(stamp: str, kind: str, seconds: int) -> str:
    """A stamp so many seconds later, as it is written."""
    if kind in {"millis", "micros"}:
        return str(int(stamp) + seconds * (1000 if kind == "millis" else 1_000_000))
    text = f"2026 {stamp}" if kind == "short" else stamp.replace("T", " ")
    moment = datetime.strptime(text, SHAPES[kind]) + timedelta(seconds=seconds)  # noqa: DTZ007
    written = f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}" if kind == "short" else moment.strftime(SHAPES[kind])
    return written.replace(" ", stamp[10], 1) if kind == "iso" else written


def rounds(kind: str, count: int) -> Iterator[str]:
    """So many lines of a kind."""
    chance = random.Random(7)  # noqa: S311 (the same lines every time)
    lines = list(KINDS[kind]())
    step = 3 if len(lines) < 1000 else 600
    for number in range(-(-count // len(lines)) + 1):
        known: dict[str, str] = {}

        def again(found: re.Match[str], known: dict[str, str] = known, number: int = number) -> str:
            text, name = found[0], found.lastgroup or ""
            if name == "number":
                return str(chance.randrange(10 ** len(text)))
            if name == "address":
                return f"203.0.{chance.randrange(256)}.{chance.randrange(256)}"
            if text not in known:
                known[text] = f"{chance.getrandbits(128):032x}" if name == "id" else later(text, name, number * step)
            return known[text]

        for line in lines:
            yield STAMP.sub(again, line)


def write(kind: str, path: Path, count: int) -> None:
    with path.open("w") as stream:
        stream.writelines(f"{line}\n" for line in islice(rounds(kind, count), count))


def loop(kind: str, path: Path) -> int:
    """The same lines in Python; events by level and minute."""
    counts: Counter[tuple[object, str]] = Counter()
    pattern = LOOPS.get(kind)
    with path.open(errors="replace") as stream:
        if pattern is None:
            for line in stream:
                told = json.loads(line)
                when = told.get("time") or told.get("timestamp") or told.get("__REALTIME_TIMESTAMP")
                minute = when[:16] if kind == "structlog" else str(int(when) // 60_000)
                counts[told.get("level") or told.get("PRIORITY"), minute] += (
                    1 if told.keys() & {"msg", "event", "MESSAGE"} else 0
                )
        elif kind == "logfmt":
            for line in stream:
                pairs = dict(pattern.findall(line))
                counts[pairs["level"], pairs["timestamp"][:16]] += 1
        elif kind == "journal export":
            for line in stream:
                if found := pattern.match(line):
                    counts[found[1], found[2][:8]] += 1
        else:
            for line in stream:
                if found := pattern.match(line):
                    counts[found[2], found[1][:16]] += 1
    return len(counts)


def measure(path: Path, runs: int, kind: str) -> tuple[str, int, float, float, float]:
    """Format, lines, and the median seconds of two threads (wall), one thread and the loop (CPU)."""
    file = EvidenceFile(path.name, path)
    chosen = recognise(sample_of(file), LINE_FORMATS)
    with file.open() as stream:
        blocks = list(blocks_of(stream, chosen[0].separator))
    lines = sum(block.raw.count(b"\n") for block in blocks)
    read_block(blocks[0], chosen)
    seconds: dict[str, list[float]] = {"two": [], "one": [], "loop": []}
    for _ in range(runs):
        begun = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            for _facts in pool.map(partial(read_block, formats=chosen), blocks):
                pass
        seconds["two"].append(time.perf_counter() - begun)
        begun = time.process_time()
        for block in blocks:
            read_block(block, chosen)
        seconds["one"].append(time.process_time() - begun)
        begun = time.process_time()
        loop(kind, path)
        seconds["loop"].append(time.process_time() - begun)
    two, one, looped = (statistics.median(each) for each in seconds.values())
    return chosen[0].name, lines, two, one, looped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are made, and found the next time")
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND")
    options = parser.parse_args()
    print(f"{'kind':15s}{'format':20s}{'lines':>10s}{'MB':>6s}{'lines/s':>12s}{'a core':>12s}{'Python':>12s}{'times':>7s}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(exist_ok=True)
        for kind in options.kinds or KINDS:
            path = folder / f"{kind.replace(' ', '-')}-{options.lines}.log"
            if not path.exists():
                write(kind, path, options.lines)
            name, lines, two, one, looped = measure(path, options.runs, kind)
            size = path.stat().st_size / 1e6
            rates = f"{lines / two:12,.0f}{lines / one:12,.0f}{lines / looped:12,.0f}{looped / one:7.1f}"
            print(f"{kind:15s}{name:20s}{lines:10,}{size:6.0f}{rates}", flush=True)


if __name__ == "__main__":
    main()
