"""Stack traces of many languages, in output whose lines carry no time: each is one event between plain lines, two in a row are two."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.tally import Tally

FOLDER = "detect-exceptions"
EXPLAINED: dict[str, str] = {}

#: what no stack trace of a language without named exceptions has
NAMELESS = {"detect-exceptions/V8_JS_EXC"}


def run(folder: Path, tally: Tally) -> None:
    """Read each trace once and twice between plain lines, and once behind a line that carries a time."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    traces = {case["id"]: case["text"].rstrip().split("\n") for case in cases if case["expected"]}
    texts = {}
    for name, trace in traces.items():
        texts[f"{name} once"] = ["the first line", *trace, "the last line"]
        texts[f"{name} twice"] = ["the first line", *trace, *trace, "the last line"]
        texts[f"{name} behind a stamp"] = [
            "2026-11-23T10:16:15Z ERROR failed",
            *trace,
            "2026-11-23T10:16:15Z INFO the last line",
        ]
    texts |= {case["id"]: case["text"].rstrip().split("\n") for case in cases if not case["expected"]}
    events = tally.read_texts(
        {name: "".join(f"{line}\n" for line in lines) for name, lines in texts.items()}, zone="UTC"
    ).events
    for name, trace in traces.items():
        for case, starts in ((f"{name} once", [2]), (f"{name} twice", [2, 2 + len(trace)])):
            own = events[events["file"] == case]
            spans = sorted(zip(own["line"], own["line_last"], strict=True))
            wanted = [(1, 1), *((start, start + len(trace) - 1) for start in starts), (2 + len(starts) * len(trace),) * 2]
            tally.expect(case, "lines of the events", str([tuple(map(int, span)) for span in spans]), str(wanted))
            told = own[own["line"].isin(starts)]
            if name not in NAMELESS:
                tally.expect(case, "traces told", int(told["exception_type"].notna().sum()), len(starts))
                tally.expect(case, "stacks told", int(told["exception_stacktrace"].notna().sum()), len(starts))
        stamped = events[events["file"] == f"{name} behind a stamp"]
        stamps = 2 if not stamped["line"].isin([2]).any() else 3  # traces that carry a time of their own are events
        tally.expect(name, "events behind a stamp", len(stamped), stamps)
    for case in cases:
        if not case["expected"]:
            tally.expect(case["id"], "traces", int(events[events["file"] == case["id"]]["exception_type"].notna().sum()), 0)
