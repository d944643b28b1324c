"""What a deploy tool says of its steps: one JSON object a line.

Real lines::

    {"event":"deployment.started","app":"shop","commit":"9f3c1ab","release":"2026-11-23_1","timestamp":"2026-11-23T09:56:25.768Z"}
    {"event":"deployment.completed","app":"shop","duration_seconds":9.3,"rc_nginx":0,"rc_app":0,"commit":"9f3c1ab",
        "release":"2026-11-23_1","timestamp":"2026-11-23T09:56:35.043Z"}     (one line)

There is no standard: an object is taken if it has a time and the name of its event tells of a deploy.

Clock: ISO text, to the minute or finer, with its offset or without a zone; a number since 1970; or month and day without a year, as a
person names them. A line is written at the end of what it tells of.
Continuation: none.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.app_json import is_deploy, read_stamp
from logcorr.formats.clock import read_clock
from logcorr.formats.engine import cursor
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.json_lines import values_of
from logcorr.formats.record_keys import KEYS
from logcorr.formats.tokenise import table, to_float

DEPLOY_KEYS: Final = {
    "time": KEYS["time"],
    "event": ("event", "type"),
    "state": ("deployment_status", "status", "state", "result", "outcome"),
    "duration_s": ("duration_seconds", "duration_s", "duration"),
    "duration_ms": ("duration_ms", "durationMs"),
    "host_name": KEYS["host_name"],
    "service_name": ("app", "application", *KEYS["service_name"]),
    "service_version": ("release", "version", "tag"),
    "revision": ("commit", "sha", "revision", "commit_sha"),
    "journal": KEYS["journal"],
}

STATUS: Final = {
    **dict.fromkeys(("started", "start", "begin", "began", "created", "in_progress", "running"), "started"),
    **dict.fromkeys(("completed", "complete", "finished", "finish", "succeeded", "success", "done", "ok"), "completed"),
    **dict.fromkeys(("failed", "failure", "error", "aborted", "cancelled", "canceled"), "failed"),
}

#: 2026-11-23 10:56
MINUTE: Final = r"^(?P<minute>\d{4}-\d\d-\d\d[T ]\d\d:\d\d) ?(?P<offset>Z|UTC|[+-]\d\d:?\d\d)?$"
#: Nov 23 21:47, Nov 23 21:47:05
YEARLESS: Final = r"^(?P<minute>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d)(?P<second>:\d\d)? ?(?P<offset>Z|UTC|[+-]\d\d:?\d\d)?$"


def clocks(stamps: pa.Array) -> dict[str, pa.Array]:
    """The columns of ``families.CLOCK`` for what tools write, and for what people do."""
    minute, yearless = pc.extract_regex(stamps, MINUTE), pc.extract_regex(stamps, YEARLESS)
    exact = read_clock(
        pc.binary_join_element_wise(
            pc.struct_field(yearless, "minute"),
            pc.if_else(is_told(yearless, "second"), pc.struct_field(yearless, "second"), ":00"),
            "",
        ),
        "syslog",
        offset=pc.struct_field(yearless, "offset"),
    )
    coarse = read_clock(pc.struct_field(minute, "minute"), "minute", offset=pc.struct_field(minute, "offset"))
    width = pc.if_else(is_told(yearless, "second"), exact["resolution_s"], pa.scalar(60.0, pa.float32()))
    return {
        name: pc.if_else(
            pc.is_valid(minute),
            coarse[name],
            pc.if_else(pc.is_valid(yearless), width if name == "resolution_s" else exact[name], own),
        )
        for name, own in read_stamp(stamps).items()
        if name in coarse
    }


def is_told(parts: pa.Array, name: str) -> pa.Array:
    """Whether a part of each stamp is there; false where the stamp is of another layout."""
    return pc.fill_null(pc.not_equal(pc.struct_field(parts, name), ""), fill_value=False)


def status_of(event: str) -> str | None:
    """The status that the last word of an event's name tells: ``deployment.completed`` -> ``completed``."""
    last = event.lower().replace(":", ".").replace("/", ".").replace("-", ".").rpartition(".")[2]
    return STATUS.get(last) or STATUS.get(last.rpartition("_")[2])


def statuses(words: pa.Array) -> pa.Array:
    """``status_of`` of each distinct text."""
    encoded = words.dictionary_encode()
    known = [None if word is None else status_of(word) for word in encoded.dictionary.to_pylist()]
    return pa.array(known, pa.string()).take(encoded.indices)


def exit_codes(lines: pa.Array) -> pa.Array:
    """The exit codes of a deploy's steps as written, in the order of their keys: ``rc_app=0 rc_nginx=0``."""
    objects = pa.table({"place": pa.array(range(len(lines)), pa.int64()), "line": lines})
    query = r"""
        SELECT nullif(array_to_string(list_transform(
            list_sort(list_distinct(list_filter(json_keys(line), lambda key: regexp_full_match(key, 'rc|rc_\w+|exit_code')))),
            lambda key: key || '=' || coalesce(json_extract_string(line, '$.' || key), '')), ' '), '') AS codes
        FROM objects ORDER BY place
        """
    with cursor() as connection:
        connection.register("objects", objects)
        return connection.sql(query).to_arrow_table().combine_chunks()["codes"].combine_chunks()


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that tell of a deploy."""
    values = values_of(lines, DEPLOY_KEYS)
    values = values.filter(pc.and_(is_deploy(values["event"]), pc.is_null(values["journal"])))
    part = {name: values[name].combine_chunks() for name in values.column_names}
    named = statuses(part["event"])
    stated = statuses(part["state"])
    return table(
        values["row"],
        {
            **clocks(part["time"]),
            "host_name": part["host_name"],
            "service_name": part["service_name"],
            "deployment_status": pc.coalesce(named, stated),
            "duration_s": pc.coalesce(to_float(part["duration_s"]), pc.divide(to_float(part["duration_ms"]), 1000.0)),
            "service_version": part["service_version"],
            "vcs_ref_head_revision": part["revision"],
            "exit_code": exit_codes(part["line"]),
        },
    )


FORMAT = LineFormat(
    name="deploy",
    source="deploy",
    family="deploys",
    writer="deploy",
    begins=r"^\s*\{",
    read=read,
    samples=(
        Sample(
            '{"event":"deployment.completed","app":"shop","duration_seconds":9.3,"rc_nginx":0,"rc_app":0,"commit":"9f3c1ab",'
            '"release":"2026-11-23_1","timestamp":"2026-11-23T09:56:35.043Z"}',
            {
                "naive_us": 1795427795043000,
                "offset_s": 0,
                "deployment_status": "completed",
                "duration_s": 9.3,
                "service_name": "shop",
                "service_version": "2026-11-23_1",
                "vcs_ref_head_revision": "9f3c1ab",
                "exit_code": "rc_app=0 rc_nginx=0",
            },
        ),
        Sample(
            '{"event":"deployment.started","app":"invoices","commit":"5b0e77d","release":"v119","timestamp":1795427779.280}',
            {
                "naive_us": 1795427779280000,
                "offset_s": 0,
                "deployment_status": "started",
                "exit_code": None,
                "duration_s": None,
            },
        ),
        Sample(
            '{"event":"deployment.started","app":"feed","commit":"e5d1180","release":"v3.2","timestamp":1795428719927}',
            {"naive_us": 1795428719927000, "service_version": "v3.2"},
        ),
        Sample(
            '{"event":"deployment.started","app":"blog","release":"20261123","timestamp":"2026-11-23T04:10:55-06:00"}',
            {"naive_us": 1795407055000000, "offset_s": -21600},
        ),
        Sample(
            '{"event": "deployment", "timestamp": "2026-11-23 10:56", "said": "2026-11-23 10:56"}',
            {
                "naive_us": 1795431360000000,
                "offset_s": None,
                "resolution_s": 60.0,
                "yearless": False,
                "deployment_status": None,
            },
        ),
        Sample(
            '{"event": "deployment", "timestamp": "Nov 23 21:47 +01:00", "said": "21:47+01:00"}',
            {"naive_us": 91403220000000, "offset_s": 3600, "resolution_s": 60.0, "yearless": True},
        ),
        Sample('{"type":"com.example.deploy_failed","time":"2026-11-23 04:10:55"}', {"deployment_status": "failed"}),
        Sample(
            '{"method": "GET", "path": "/", "event": "request", "level": "info", "timestamp": "2026-11-23T10:18:20.694783Z"}'
        ),
        Sample('{"event":"deployer logged in","timestamp":"2026-11-23T10:18:20.694783Z"}'),
        Sample('{"event":"deployment.started","app":"shop"}'),
    ),
)
