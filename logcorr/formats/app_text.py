r"""Lines of any application that carry a date and time and name a level, in whatever order.

Lines of Spring Boot, log4j, env_logger, spdlog, cups and vdsm::

    2026-11-23T10:16:15.090+01:00  INFO 7 --- [shop] [nio-8080-exec-1] com.example.PayController : paid
    23-Nov-2026 10:16:15.090 SEVERE [main] org.apache.catalina.core.StandardService.initInternal no rate
    [2026-11-23T10:16:15Z ERROR pay] no rate
    [2026-11-23 10:16:15.090] [pay] [error] no rate
    E [23/Nov/2026:10:16:15 +0100] no rate
    MainThread::INFO::2026-11-23 10:16:15,090::vdsm::71::vds::(run) ready

Of a time of day alone (``10:16:15.090 [main] INFO com.example.Pay - paid``) no instant is known: the event has none, and the time stays in
``attributes``.

Clock: ``stamps``. Continuation: lines without a level, tracebacks.

Grammar: Spring Boot ``logback/defaults.xml``; Tomcat ``OneLineFormatter``; log4j ``PatternLayout``; Python ``logging``; JUL
``SimpleFormatter``; Rust env_logger; spdlog; zap ``console``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.message_head import field, read_heads
from logcorr.formats.request_words import LEVEL_WORDS, request_of, severity_of
from logcorr.formats.stamps import read_stamps, scattered
from logcorr.formats.tokenise import constant

_DATE: Final = (
    r"(?:\d{4}-\d\d-\d\d|\d{4}/\d\d/\d\d|\d\d/[A-Z][a-z]{2}/\d{4}|\d\d-[A-Z][a-z]{2}-\d{4}|\d{1,2} [A-Z][a-z]{2} \d{4}|"
    r"[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d)"
)
#: "E [23/Nov/2026", "[WARN 2026-11-23", "MainThread::INFO::2026-11-23", "INFO   | jvm 1    | 2026/11/23", "[INFO:repo] f:47 2026-11-23"
LEVEL_BEFORE: Final = (
    r"^[\[(]?\s{0,3}(?:[\w.-]{1,60}::)?(?P<level>"
    + LEVEL_WORDS.upper()
    + r"|[DIWEFCT])(?:[:|,/\]\s]{1,8}(?:[\w.?:/\[\] -]{0,60}[\s:|,\]]+)?)"
    r"[\[(]?(?P<stamped>" + _DATE + r".*)$"
)
#: "HsmService:2026-11-23 ...", "(sqlalchemy.pool.QueuePool): 2026-11-23 ...", "[otel.javaagent 2026-11-23 ..."
NAME_BEFORE: Final = r"^[\[(]?(?P<name>[A-Za-z][\w.$-]{1,80})\)?(?::\s?|\s)(?:\d{1,18}: )?(?P<stamped>" + _DATE + r".*)$"
TIME_ALONE: Final = r"^\[?(?P<time>\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)\]?(?P<rest>[\s|:,-].*)$"

BEGINS: Final = r"\d\d[: ]?\d\d"

_KINDS: Final = {
    "severity_text": pa.string(),
    "severity_number": pa.int8(),
    "logger": pa.string(),
    "process_pid": pa.int64(),
    "body": pa.string(),
    "attributes": pa.string(),
}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that carry a time and a level."""
    clock, told = read_ways(lines)
    body = told["body"]
    columns = {**{name: values for name, values in clock.items() if name != "rest"}, **told, **request_of(body)}
    rows = pa.array(np.arange(len(lines)), pa.int32())
    return pa.table({"row": rows, **columns}).filter(pc.is_valid(told["severity_text"]))


def read_ways(lines: pa.Array) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """The clock and the head of each line: the time first, a level or a name before it, or a time of day alone."""
    count = len(lines)
    clock = read_stamps(lines)
    told = {**read_heads(clock["rest"]), "attributes": pa.nulls(count, pa.string())}
    told = {name: pc.cast(told[name], kind) for name, kind in _KINDS.items()}
    for pattern in (LEVEL_BEFORE, NAME_BEFORE, TIME_ALONE):
        left = np.flatnonzero(pc.is_null(told["severity_text"]).to_numpy(zero_copy_only=False))
        if not len(left):
            break
        found = pc.extract_regex(lines.take(pa.array(left)), pattern)
        left = left[pc.is_valid(found).to_numpy(zero_copy_only=False)]
        if not len(left):
            continue
        found = found.filter(pc.is_valid(found))
        own, heads = read_found(found)
        taken = pc.and_(
            pc.is_valid(heads["severity_text"]), pc.or_(pc.is_valid(own["naive_us"]), pc.is_valid(heads["attributes"]))
        )
        rows = left[taken.to_numpy(zero_copy_only=False)]
        if len(rows):
            clock = merged(clock, scattered(count, [rows], [pa.table(own).filter(taken)]), rows)
            told = merged(told, {name: spread(values.filter(taken), rows, count) for name, values in heads.items()}, rows)
    return clock, told


def read_found(found: pa.Array) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """The clock and the head of lines that one of the expressions took apart."""
    names = {found.type.field(at).name for at in range(found.type.num_fields)}
    if "time" in names:
        heads = read_heads(field(found, "rest"))
        time = pc.binary_join_element_wise('{"time": "', field(found, "time"), '"}', "")
        return scattered(len(found), [], []), {**heads, "attributes": time}
    own = read_stamps(field(found, "stamped"), numbers=False)
    heads = {**read_heads(own["rest"]), "attributes": constant(None, len(found))}
    if "level" in names:
        level = field(found, "level")
        body = pc.fill_null(pc.utf8_ltrim(pc.replace_substring_regex(own["rest"], r"^[\])>]+", ""), " \t:,;|-"), "")
        heads |= {
            "severity_text": level,
            "severity_number": severity_of(level),
            "body": pc.if_else(pc.is_valid(heads["severity_text"]), heads["body"], body),
        }
    else:
        heads["logger"] = pc.coalesce(field(found, "name"), heads["logger"])
    return own, heads


def merged(old: dict[str, pa.Array], new: dict[str, pa.Array], rows: np.ndarray) -> dict[str, pa.Array]:
    """The old columns with the new values at some rows."""
    mask: np.ndarray = np.zeros(len(next(iter(old.values()))), dtype=bool)
    mask[rows] = True
    return {name: pc.if_else(pa.array(mask), new[name], values) for name, values in old.items()}


def spread(values: pa.Array, rows: np.ndarray, count: int) -> pa.Array:
    """Values at their rows of ``count``, null elsewhere."""
    at: np.ndarray = np.full(count, -1, dtype=np.int64)
    at[rows] = np.arange(len(rows))
    return values.take(pa.array(at, mask=at < 0))


FORMAT = LineFormat(
    name="app_text",
    source="app_text",
    family="log",
    writer="application",
    begins=BEGINS,
    read=read,
    continues=True,
    general=True,
    samples=(
        Sample(
            "2026-11-23T10:16:15.090+01:00  INFO 7 --- [shop] [nio-8080-exec-1] com.example.PayController : GET /pay -> 200",
            {
                "naive_us": 1795428975090000,
                "offset_s": 3600,
                "severity_text": "INFO",
                "severity_number": 9,
                "process_pid": 7,
                "logger": "com.example.PayController",
                "body": "GET /pay -> 200",
                "url_path": "/pay",
                "http_response_status_code": 200,
            },
        ),
        Sample(
            "23-Nov-2026 10:16:15.090 SEVERE [main] org.apache.catalina.core.StandardService.initInternal no rate",
            {"severity_number": 17, "logger": "org.apache.catalina.core.StandardService.initInternal", "body": "no rate"},
        ),
        Sample("[2026-11-23T10:16:15Z ERROR pay] no rate", {"offset_s": 0, "severity_number": 17}),
        Sample(
            "[2026-11-23 10:16:15.090] [pay] [error] no rate", {"logger": "pay", "body": "no rate", "severity_text": "error"}
        ),
        Sample("E [23/Nov/2026:10:16:15 +0100] no rate", {"offset_s": 3600, "severity_number": 17, "body": "no rate"}),
        Sample(
            "MainThread::INFO::2026-11-23 10:16:15,090::vdsm::71::vds::(run) ready",
            {"naive_us": 1795428975090000, "severity_number": 9},
        ),
        Sample(
            "INFO   | jvm 1    | 2026/11/23 10:16:15 | 2026-11-23 10:16:15,090 [Thread-46] DEBUG com.example.Pay - paid",
            {"naive_us": 1795428975000000, "severity_text": "INFO"},
        ),
        Sample("(sql.pool.QueuePool): 2026-11-23 10:16:15,090 DEBUG Connection returned", {"logger": "sql.pool.QueuePool"}),
        Sample(
            "10:16:15.090 [main] INFO  com.example.Pay - paid",
            {"naive_us": None, "severity_number": 9, "body": "paid", "attributes": '{"time": "10:16:15.090"}'},
        ),
        Sample("1795428975.250 WARN no rate", {"naive_us": 1795428975250000, "offset_s": 0, "severity_number": 13}),
        Sample(
            "26/11/23 10:16:15 INFO executor.Backend: Got task 87", {"naive_us": 1795428975000000, "logger": "executor.Backend"}
        ),
        Sample(
            "11-23 10:16:15.090  1000 23402 23402 E Pay: no rate", {"yearless": True, "severity_number": 17, "logger": "Pay"}
        ),
        Sample("2026-11-23T10:16:15 worker 3 gave up with an ERROR"),
        Sample("ERROR no rate at 10:16:15"),
        Sample("2026-02-30 10:16:15 ERROR no such day"),
        Sample("[2026-11-23 10:16:15] worker 3 gave up"),
    ),
)
