r"""One JSON object a line, as the logging libraries of applications write it.

Real lines, of pino and of structlog::

    {"level":30,"time":1795428655609,"pid":33,"hostname":"feed-node-3","release":"v3.1","reqId":"9108d438ac452fa866f329be745a78b2",
        "res":{"statusCode":200},"responseTime":11.413557999767363,"msg":"request completed"}     (one line)
    {"method": "GET", "path": "/", "status": 200, "duration_ms": 16.4, "user": null, "request_id":
        "503c1e272e21959ac94c69fcfcd693a1", "event": "request", "level": "info", "timestamp": "2026-11-23T10:18:20.694783Z"}

An object is taken if it has a time and either a level or a message, or else both of them, and is no access log's, no deploy's and no
journal's. What its keys mean stands in ``record_keys``; where none of those names a time, another that is called like one does.

Clock: ISO text, with its offset or without a zone, or any other way in which programs write one; or a number since 1970 (UTC) in seconds,
milli-, micro- or nanoseconds. A record without a time is an event without one.
Continuation: what the runtime prints beside the logger (a crash, a warning). Of equal keys in an object the first counts.

Grammars: ``record_keys``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import distinct_columns, over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.json_lines import values_of
from logcorr.formats.record_keys import DEPLOY_EVENT, KEYS, NOT_COMPACT, RESOURCE, TIME_LIKE
from logcorr.formats.request_words import NOBODY, severity_of, split_target, status_code
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.stamps import read_stamps
from logcorr.formats.tokenise import METHODS, blank_as_null, holds, to_int

ISO: Final = (
    r"^(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,12}))? ?"
    r"(?P<offset>Z|z|UTC|GMT|[+-]\d\d:?\d\d)?$"
)
EPOCH: Final = r"^(?P<digits>(?:\d{10}|\d{13}|\d{16}|\d{19}))(?:\.(?P<fraction>\d{1,18}))?$"

#: digits of microseconds since 1970, from 2001 to 2286
MICROSECOND_DIGITS: Final = 16
SECOND_DIGITS: Final = 10
#: of whole seconds, milli-, micro- and nanoseconds
_DIGITS: Final = pa.array([10, 13, 16, 19], pa.int32())

#: numbers of levels of one digit, as syslog and GELF count them
SYSLOG: Final = {"0": 21, "1": 19, "2": 18, "3": 17, "4": 13, "5": 10, "6": 9, "7": 5}

_METHODS: Final = frozenset(METHODS.split("|"))
_NO_TEXT: Final = pa.scalar(None, pa.string())


def read_stamp(texts: pa.Array) -> dict[str, pa.Array]:
    """The columns of ``families.CLOCK`` for ISO texts and for numbers since 1970; ``naive_us`` is null for all else."""
    iso = pc.extract_regex(texts, ISO)
    clock = read_clock(
        pc.struct_field(iso, "second"), "iso", fraction=pc.struct_field(iso, "fraction"), offset=pc.struct_field(iso, "offset")
    )
    read = {**clock, "zone_name": pa.nulls(len(texts), pa.string())}
    others = pc.and_(pc.is_null(iso), pc.is_valid(texts))
    if pc.any(others).as_py():
        read = with_numbers(read, pc.if_else(others, texts, _NO_TEXT))
    left = pc.and_(pc.is_valid(texts), pc.is_null(read["naive_us"]))
    if not pc.any(left).as_py():
        return read
    other = read_stamps(pc.if_else(left, texts, _NO_TEXT), numbers=False)
    whole = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(other["rest"]), ""), fill_value=False)
    return {name: pc.if_else(whole, other[name], values) for name, values in read.items()}


def with_numbers(read: dict[str, pa.Array], texts: pa.Array) -> dict[str, pa.Array]:
    """The columns with those of texts that are numbers since 1970."""
    digits = pc.if_else(pc.and_(pc.ascii_is_decimal(texts), pc.is_in(pc.binary_length(texts), _DIGITS)), texts, _NO_TEXT)
    if digits.null_count > texts.null_count:
        epoch = pc.extract_regex(texts, EPOCH)
        digits = pc.binary_join_element_wise(pc.struct_field(epoch, "digits"), pc.struct_field(epoch, "fraction"), "")
    micros = pc.cast(pc.utf8_slice_codeunits(pc.utf8_rpad(digits, MICROSECOND_DIGITS, "0"), 0, MICROSECOND_DIGITS), pa.int64())
    decimals = pc.subtract(pc.min_element_wise(pc.utf8_length(digits), MICROSECOND_DIGITS), SECOND_DIGITS)
    width = pc.cast(pc.power(10.0, pc.negate(pc.cast(decimals, pa.float64()))), pa.float32())
    numeric = pc.is_valid(digits)
    return {
        **read,
        "naive_us": pc.if_else(numeric, micros, read["naive_us"]),
        "offset_s": pc.if_else(numeric, pa.scalar(0, pa.int32()), read["offset_s"]),
        "resolution_s": pc.if_else(numeric, width, read["resolution_s"]),
    }


def columns_of(values: pa.Table) -> pa.Table:
    """The columns of the objects that are an application's log records; ``values`` as from ``values_of`` with ``KEYS``."""
    clock = clock_of(values)
    compact = is_compact(values["line"].combine_chunks())
    level = severities_of(values, compact)
    taken = is_record(values, clock["naive_us"], level, compact)
    if not pc.all(taken).as_py():
        values, level = values.filter(taken), level.filter(taken)
        clock = {name: column.filter(taken) for name, column in clock.items()}
    part = {name: values[name].combine_chunks() for name in values.column_names}
    target = distinct_columns(part["target"], split_target)
    standing = pc.match_substring_regex(part["stack"], r"\S\s")
    trace = pc.if_else(standing, part["stack"], _NO_TEXT)
    stack = exceptions_of(trace)
    return pa.table(
        {
            "row": values["row"],
            **clock,
            "severity_text": part["level"],
            "severity_number": level,
            "body": pc.fill_null(part["text"], ""),
            **{name: part[name] for name in ("request_id", "trace_id", "session_id")},
            "user_id": over_distinct(part["user_id"], user_of, pa.string()),
            "http_request_method": over_distinct(part["method"], method_of, pa.string()),
            "url_path": target["url_path"],
            "url_query": pc.coalesce(target["url_query"], part["query"]),
            "http_response_status_code": status_code(part["status"]),
            "client_address": part["client"],
            "process_pid": to_int(part["pid"]),
            **with_resource(part),
            **{name: part[name] for name in ("logger", "service_version")},
            "exception_type": pc.coalesce(part["type"], stack["exception_type"]),
            "exception_message": pc.coalesce(part["message"], stack["exception_message"]),
            "exception_stacktrace": trace,
            "attributes": part["line"],
        },
    )


def user_of(text: str) -> str | None:
    """A user; None for what stands for nobody, and for nested values."""
    return None if text in NOBODY or text.lstrip(" \t\n\f\r")[:1] in {"[", "{"} else text


def method_of(text: str) -> str | None:
    """A method of HTTP, in capitals."""
    return text.upper() if text.upper() in _METHODS else None


def with_resource(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """``host_name`` and ``service_name``, also where OpenTelemetry's exporter says them of the program."""
    own = {name: part[f"{name}_name"] for name in ("host", "service")}
    if holds(part["line"], b'"stringValue"'):
        for name, texts in own.items():
            found = pc.extract_regex(part["line"], RESOURCE % rf"{name}\.name")
            own[name] = pc.coalesce(texts, pc.struct_field(found, "value"))
    return {f"{name}_name": texts for name, texts in own.items()}


def clock_of(values: pa.Table) -> dict[str, pa.Array]:
    """The time of each object: by its key, with the nanoseconds beside it, else by a key that is called like one."""
    time = values["time"].combine_chunks()
    nanos = values["nanos"].combine_chunks()
    if nanos.null_count < len(nanos):
        seconds = pc.fill_null(pc.match_substring_regex(time, r"^\d{10}$"), fill_value=False)
        whole = pc.binary_join_element_wise(time, pc.utf8_lpad(nanos, 9, "0"), ".")
        time = pc.if_else(pc.and_(seconds, pc.is_valid(nanos)), whole, time)
    lacking = pc.is_null(time)
    if pc.any(lacking).as_py():
        like = pc.extract_regex(pc.if_else(lacking, values["line"].combine_chunks(), _NO_TEXT), TIME_LIKE)
        found = [blank_as_null(pc.struct_field(like, name)) for name in ("text", "number")]
        time = pc.coalesce(time, *found)
    return read_stamp(time)


def is_compact(lines: pa.Array) -> pa.Array:
    """Which objects are in Serilog's compact format."""
    return (
        pc.match_substring_regex(lines, r'"@t"\s*:') if holds(lines, b'"@t"') else pa.repeat(pa.scalar(value=False), len(lines))
    )


def severities_of(values: pa.Table, compact: pa.Array) -> pa.Array:
    """Severity numbers: of the level's word or number, as OpenTelemetry counts them, or as syslog does where it has one digit.

    Serilog leaves out the level ``Information``.
    """
    level = values["level"].combine_chunks()
    assumed = pc.if_else(compact, pa.scalar("information"), _NO_TEXT)
    stated = to_int(values["number"].combine_chunks(), pa.int8())
    stated = pc.if_else(pc.and_(pc.greater_equal(stated, 1), pc.less_equal(stated, 24)), stated, pa.scalar(None, pa.int8()))
    return pc.coalesce(stated, severity_of(pc.coalesce(level, assumed)), over_distinct(level, SYSLOG.get, pa.int8()))


def is_record(values: pa.Table, naive: pa.Array, level: pa.Array, compact: pa.Array) -> pa.Array:
    """Whether each object is an application's log record, and not of another kind of file."""

    def given(*names: str) -> pa.Array:
        return reduce(pc.or_, (pc.is_valid(values[name].combine_chunks()) for name in names))

    asked = pc.or_(given("request"), pc.and_(given("method"), given("target")))
    counted = pc.or_(given("peer"), pc.and_not(given("bytes"), pc.is_valid(level)))
    access = pc.and_(pc.and_(given("status"), asked), counted)
    foreign = pc.or_(pc.or_(access, given("journal")), is_deploy(values["event"].combine_chunks()))
    said = pc.or_(pc.or_(given("level", "text"), pc.is_valid(level)), compact)
    timed = pc.and_(pc.is_valid(naive), said)
    timeless = pc.and_(pc.and_(pc.is_null(naive), given("text", "target")), pc.is_valid(level))
    record = pc.and_not(pc.or_(timed, timeless), foreign)
    if not pc.any(compact).as_py():
        return record
    broken = pc.or_(pc.match_substring_regex(values["line"].combine_chunks(), NOT_COMPACT), pc.is_null(naive))
    broken = pc.and_(compact, broken)
    return pc.and_not(record, broken)


def is_deploy(events: pa.Array) -> pa.Array:
    """Whether each event's name tells of a deploy; false for null."""
    return pc.fill_null(pc.match_substring_regex(events, DEPLOY_EVENT), fill_value=False)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are log records of an application."""
    return columns_of(values_of(lines, KEYS))


FORMAT = LineFormat(
    name="app_json",
    source="app_json",
    family="log",
    writer="application",
    begins=r"^\s*\{",
    read=read,
    continues=True,
    samples=(
        Sample(
            '{"level":30,"time":1795428655609,"pid":33,"hostname":"feed-node-3","release":"v3.1","reqId":'
            '"9108d438ac452fa866f329be745a78b2","res":{"statusCode":200},"responseTime":11.413557999767363,'
            '"msg":"request completed"}',
            {
                "naive_us": 1795428655609000,
                "offset_s": 0,
                "severity_number": 9,
                "body": "request completed",
                "request_id": "9108d438ac452fa866f329be745a78b2",
                "http_response_status_code": 200,
                "process_pid": 33,
                "host_name": "feed-node-3",
                "service_version": "v3.1",
            },
        ),
        Sample(
            '{"level":30,"time":1795428655597,"pid":33,"hostname":"feed-node-3","release":"v3.1","reqId":"9108d438ac45",'
            '"req":{"method":"GET","url":"/search?q=tea","hostname":"feed-node-3","remoteAddress":"192.0.2.246"},'
            '"msg":"incoming request"}',
            {"http_request_method": "GET", "url_path": "/search", "url_query": "q=tea", "client_address": "192.0.2.246"},
        ),
        Sample(
            '{"method": "GET", "path": "/", "status": 200, "duration_ms": 16.4, "user": null, "request_id": "503c1e272e21", '
            '"event": "request", "level": "info", "timestamp": "2026-11-23T10:18:20.694783Z"}',
            {"naive_us": 1795429100694783, "offset_s": 0, "severity_text": "info", "url_path": "/", "user_id": None},
        ),
        Sample(
            '{"asctime": "2026-11-23 10:18:20,694", "levelname": "ERROR", "name": "shop.pay", "message": "not paid", '
            '"exc_info": "Traceback (most recent call last):\\n  File \\"pay.py\\", line 7, in pay\\nKeyError: \'rate\'"}',
            {"offset_s": None, "severity_number": 17, "logger": "shop.pay", "exception_type": "KeyError"},
        ),
        Sample(
            '{"level":50,"time":1795428655609,"err":{"type":"TypeError","message":"x is undefined","stack":"TypeError: x is '
            'undefined\\n    at pay (/srv/pay.js:7:3)"},"ua":"\\ud800","id":123456789012345678901234567890,"msg":"no"}',
            {"exception_type": "TypeError", "exception_message": "x is undefined", "severity_number": 17},
        ),
        Sample('{"level":"error","ts":1795428655.25,"logger":"pay","msg":"no"}', {"naive_us": 1795428655250000}),
        Sample(
            '{"@t":"2026-11-23T10:18:20.6947831Z","@mt":"Paid {Id}","Id":7,"RequestPath":"/pay"}',
            {"body": "Paid {Id}", "severity_number": 9, "severity_text": None, "url_path": "/pay"},
        ),
        Sample('{"event":"deployment.started","app":"shop","level":"info","timestamp":"2026-11-23T09:56:25.768Z"}'),
        Sample(
            '{"time":"2026-11-23T10:18:20+01:00","level":"x","remote_addr":"192.0.2.1","request":"GET / HTTP/1.1","status":200}'
        ),
        Sample('{"__REALTIME_TIMESTAMP":"1795428655609000","MESSAGE":"x","message":"x","time":1795428655609}'),
        Sample('{"log":"GET /\\n","stream":"stdout","time":"2026-11-23T10:18:20.694783Z"}'),
        Sample('{"level":30,"time":1795428655609,"msg":"cut off'),
    ),
)
