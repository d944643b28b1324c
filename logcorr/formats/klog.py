"""klog of Kubernetes and glog of C++ programs.

Real lines::

    E1123 10:16:15.090279       1 reflector.go:147] failed to list *v1.Pod: connection refused
    I20261123 10:16:15.090279 15520 main.cc:9] ready

Clock: local time (in containers mostly UTC), no zone, microseconds; without a year, but for glog's ``--log_year_in_prefix``.
The number before the file is the process (klog) or the thread (glog). Continuation: further lines of a message.

Grammar: https://pkg.go.dev/k8s.io/klog/v2 (``formatHeader``); https://google.github.io/glog/stable/logging/ (line prefix).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import request_of
from logcorr.formats.tokenise import accept, table, to_int

_TAIL: Final = r" (?P<time>\d\d:\d\d:\d\d)\.(?P<fraction>\d{1,9}) {1,12}(?P<pid>\d{1,18}) (?P<file>[^\s\]]{1,200}):\d{1,9}\] ?(?P<body>.*)$"
YEARLESS: Final = r"^\s{0,20}(?P<letter>[IWEF])(?P<day>\d{4})" + _TAIL
DATED: Final = r"^\s{0,20}(?P<letter>[IWEF])(?P<day>\d{8})" + _TAIL

WORDS: Final = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "FATAL"}
SEVERITY: Final = {"I": 9, "W": 13, "E": 17, "F": 21}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin a record."""
    return pa.concat_tables([read_layout(lines, YEARLESS, "klog"), read_layout(lines, DATED, "compact")]).sort_by("row")


def read_layout(lines: pa.Array, pattern: str, layout: str) -> pa.Table:
    """Columns of the records with or without a year."""
    head = accept(lines, pattern)
    second = pc.binary_join_element_wise(head["day"], head["time"], " ")
    body = pc.utf8_trim_whitespace(pc.fill_null(head["body"], ""))
    return table(
        head["row"],
        {
            **read_clock(second, layout, fraction=head["fraction"]),
            "severity_text": over_distinct(head["letter"], WORDS.get, pa.string()),
            "severity_number": over_distinct(head["letter"], SEVERITY.get, pa.int8()),
            "process_pid": to_int(head["pid"]),
            "logger": head["file"],
            "body": body,
            **request_of(body),
        },
    )


FORMAT = LineFormat(
    name="klog",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^\s{0,20}[IWEF]\d{4}",
    read=read,
    continues=True,
    samples=(
        Sample(
            "E1123 10:16:15.090279       1 reflector.go:147] failed to list *v1.Pod: connection refused",
            {
                "naive_us": 91361775090279,
                "yearless": True,
                "offset_s": None,
                "severity_text": "ERROR",
                "severity_number": 17,
                "process_pid": 1,
                "logger": "reflector.go",
                "body": "failed to list *v1.Pod: connection refused",
            },
        ),
        Sample(
            "I20261123 10:16:15.090279 15520 main.cc:9] ready",
            {"naive_us": 1795428975090279, "yearless": False, "severity_number": 9, "process_pid": 15520, "body": "ready"},
        ),
        Sample("X1123 10:16:15.090279       1 reflector.go:147] no level"),
        Sample("E0000 10:16:15.090279       1 reflector.go:147] no day"),
        Sample("E1123 10:16:15.090279       1 no file"),
    ),
)
