r"""One JSON object a line, as the logging libraries of applications write it.

Real lines, of pino and of structlog::

    {"level":30,"time":1795428655609,"pid":33,"hostname":"feed-node-3","release":"v3.1","reqId":"9108d438ac452fa866f329be745a78b2",
        "res":{"statusCode":200},"responseTime":11.413557999767363,"msg":"request completed"}     (one line)
    {"method": "GET", "path": "/", "status": 200, "duration_ms": 16.4, "user": null, "request_id":
        "503c1e272e21959ac94c69fcfcd693a1", "event": "request", "level": "info", "timestamp": "2026-11-23T10:18:20.694783Z"}

An object is taken if it has a time and either a level or a message, and is no access log's, no deploy's and no journal's.

Clock: ISO text, with its offset or without a zone; or a number since 1970 (UTC) in seconds, milli-, micro- or nanoseconds.
Continuation: what the runtime prints beside the logger (a crash, a warning). Of equal keys in an object the first counts.

Grammars: pino, bunyan, structlog ``processors.JSONRenderer``, python-json-logger, zap ``NewProductionEncoderConfig``, Serilog's
compact format (https://clef-json.org), Monolog ``JsonFormatter``, Elastic's ECS logging (keys with dots).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.engine import cursor
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import IDENTIFIERS, nobody_as_null, severity_of, split_target, status_code
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.tokenise import METHODS, table, to_int

#: what is read -> keys, the surest first; a dot is a step into an object, or part of the key itself
KEYS: Final = {
    "time": ("time", "ts", "timestamp", "@timestamp", "@t", "asctime", "datetime"),
    "level": ("level_name", "levelname", "level", "severity", "@l", "lvl", "log.level"),
    "text": ("msg", "message", "event", "@m", "@mt"),
    "template": ("@mt",),
    **IDENTIFIERS,
    "method": ("method", "req.method", "request.method", "http.method", "http_method", "request_method", "RequestMethod"),
    "target": ("path", "url", "req.url", "request_path", "request.path", "request.url", "http.target", "uri", "RequestPath"),
    "query": ("query_string", "url_query"),
    "status": ("status", "statusCode", "status_code", "res.statusCode", "response.status", "http.status_code", "StatusCode"),
    "client": (
        "client_address",
        "client_ip",
        "clientIp",
        "remote_addr",
        "remote_ip",
        "remoteAddress",
        "req.remoteAddress",
        "ip",
    ),
    "pid": ("pid", "process_pid", "process.pid", "process"),
    "host_name": ("hostname", "host_name", "host.name", "host"),
    "service_name": ("service", "service_name", "service.name"),
    "logger": ("logger", "logger_name", "name", "channel", "SourceContext", "log.logger"),
    "service_version": ("release", "version", "app_version", "service.version"),
    "type": ("err.type", "error.type", "exception.type", "exc_type", "exception.class", "err.name", "error.name"),
    "message": ("err.message", "error.message", "exception.message", "exc_value", "err.msg"),
    "stack": (
        "err.stack",
        "error.stack",
        "error.stack_trace",
        "@x",
        "stack",
        "stacktrace",
        "stack_trace",
        "exc_info",
        "exception",
    ),
    # what tells other files' objects from an application's
    "event": ("event", "type"),
    "request": ("request", "request_uri"),
    "bytes": ("body_bytes_sent", "bytes"),
    "peer": ("remote_addr", "client"),
    "journal": ("__REALTIME_TIMESTAMP",),
}

ISO: Final = (
    r"^(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,12}))? ?"
    r"(?P<offset>Z|z|UTC|GMT|[+-]\d\d:?\d\d)?$"
)
EPOCH: Final = r"^(?P<digits>(?:\d{10}|\d{13}|\d{16}|\d{19}))(?:\.(?P<fraction>\d{1,18}))?$"

#: names of events that tell of a deploy: deployment.completed, deploy_failed, com.example.deployment.started
DEPLOY_EVENT: Final = r"(?i)^(?:[\w-]+[.:/])*deploy(?:s|ment|ments|ed)?(?:[._:/-][\w.:-]*)?$"

#: digits of microseconds since 1970, from 2001 to 2286
MICROSECOND_DIGITS: Final = 16
SECOND_DIGITS: Final = 10

#: the lines that are JSON, repaired where that makes them so
OBJECTS: Final = r"""
    SELECT row, line FROM (
        SELECT row, CASE WHEN json_valid(line) THEN line
            ELSE regexp_replace(line, '\\u[dD][89a-fA-F][0-9a-fA-F]{2}', '\\ufffd', 'g') END AS line
        FROM candidates)
    WHERE json_valid(line)
    """
#: the keys that occur at all
PRESENT: Final = "SELECT DISTINCT unnest(CASE WHEN json_valid(line) THEN json_keys(line) END) AS key FROM objects"

_NO_TEXT: Final = pa.scalar(None, pa.string())


def read_stamp(texts: pa.Array) -> dict[str, pa.Array]:
    """The columns of ``families.CLOCK`` for ISO texts and for numbers since 1970; ``naive_us`` is null for all else."""
    iso = pc.extract_regex(texts, ISO)
    clock = read_clock(
        pc.struct_field(iso, "second"), "iso", fraction=pc.struct_field(iso, "fraction"), offset=pc.struct_field(iso, "offset")
    )
    epoch = pc.extract_regex(texts, EPOCH)
    whole = pc.struct_field(epoch, "digits")
    digits = pc.binary_join_element_wise(whole, pc.struct_field(epoch, "fraction"), "")
    micros = pc.cast(pc.utf8_slice_codeunits(pc.utf8_rpad(digits, MICROSECOND_DIGITS, "0"), 0, MICROSECOND_DIGITS), pa.int64())
    decimals = pc.subtract(pc.min_element_wise(pc.utf8_length(digits), MICROSECOND_DIGITS), SECOND_DIGITS)
    width = pc.cast(pc.power(10.0, pc.negate(pc.cast(decimals, pa.float64()))), pa.float32())
    numeric = pc.is_valid(epoch)
    return {
        "naive_us": pc.if_else(numeric, micros, clock["naive_us"]),
        "offset_s": pc.if_else(numeric, pa.scalar(0, pa.int32()), clock["offset_s"]),
        "resolution_s": pc.if_else(numeric, width, clock["resolution_s"]),
        "yearless": clock["yearless"],
    }


def values_of(lines: pa.Array, keys: Mapping[str, tuple[str, ...]]) -> pa.Table:
    r"""The values of ``keys`` in each line that is a JSON object, as text, with ``row`` (int32) and ``line``, in order.

    Numbers and nested values come as JSON writes them, null and empty text as null. Half characters (``\\ud800`` alone), which
    no text can hold, become U+FFFD.
    """
    braced = pc.match_substring_regex(lines, r"^\s*\{.*\}\s*$")
    rows = pc.indices_nonzero(braced).cast(pa.int32())
    with cursor() as connection:
        connection.register("candidates", pa.table({"row": rows, "line": lines.filter(braced)}))
        objects = connection.sql(OBJECTS).to_arrow_table()
        connection.register("objects", objects)
        present = {key for (key,) in connection.sql(PRESENT).fetchall()}
        # most of the keys stand in no line of a block, and each costs a look into every line
        paths = {
            name: [path for key in names if key in present or key.partition(".")[0] in present for path in paths_of(key)]
            for name, names in keys.items()
        }
        every = list(dict.fromkeys(path for found in paths.values() for path in found))
        quoted = ", ".join(f"'{path}'" for path in every) or "'$.none'"
        given = {name: [f"nullif(v[{every.index(path) + 1}], '')" for path in found] for name, found in paths.items()}
        picks = [f"coalesce({', '.join([*found, 'NULL'])})::VARCHAR AS {name}" for name, found in given.items()]
        extracted = f"CASE WHEN json_valid(line) THEN json_extract_string(line, [{quoted}]) END AS v"
        query = f"SELECT row, line, {', '.join(picks)} FROM (SELECT *, {extracted} FROM objects)"  # noqa: S608 - our constants
        return connection.sql(query).to_arrow_table().combine_chunks()


def paths_of(key: str) -> list[str]:
    """Where ``key`` may stand, in DuckDB's JSONPath: for ``log.level`` in an object ``log``, or as a key with a dot."""
    flat = f'$."{key}"'
    return ["$" + "".join(f'."{step}"' for step in key.split(".")), flat] if "." in key else [flat]


def columns_of(values: pa.Table) -> pa.Table:
    """The columns of the objects that are an application's log records; ``values`` as from ``values_of`` with ``KEYS``."""
    values = values.filter(is_record(values))
    part = {name: values[name].combine_chunks() for name in values.column_names}
    method = pc.utf8_upper(part["method"])
    target = split_target(part["target"])
    stack = exceptions_of(part["stack"])
    standing = pc.match_substring_regex(part["stack"], r"\S\s")
    user = pc.if_else(pc.match_substring_regex(part["user_id"], r"^\s*[\[{]"), _NO_TEXT, part["user_id"])
    assumed = pc.if_else(pc.is_valid(part["template"]), pa.scalar("information"), _NO_TEXT)
    return table(
        values["row"],
        {
            **read_stamp(part["time"]),
            "severity_text": part["level"],
            "severity_number": severity_of(pc.coalesce(part["level"], assumed)),
            "body": pc.fill_null(part["text"], ""),
            **{name: part[name] for name in ("request_id", "trace_id", "session_id")},
            "user_id": nobody_as_null(user),
            "http_request_method": pc.if_else(pc.match_substring_regex(method, f"^(?:{METHODS})$"), method, _NO_TEXT),
            "url_path": target["url_path"],
            "url_query": pc.coalesce(target["url_query"], part["query"]),
            "http_response_status_code": status_code(part["status"]),
            "client_address": part["client"],
            "process_pid": to_int(part["pid"]),
            **{name: part[name] for name in ("host_name", "service_name", "logger", "service_version")},
            "exception_type": pc.coalesce(part["type"], stack["exception_type"]),
            "exception_message": pc.coalesce(part["message"], stack["exception_message"]),
            "exception_stacktrace": pc.if_else(standing, part["stack"], _NO_TEXT),
            "attributes": part["line"],
        },
    )


def is_record(values: pa.Table) -> pa.Array:
    """Whether each object is an application's log record, and not of another kind of file."""

    def given(*names: str) -> pa.Array:
        return pc.is_valid(pc.coalesce(*(values[name] for name in names)))

    asked = pc.or_(given("request"), pc.and_(given("method"), given("target")))
    access = pc.and_(pc.and_(given("status"), asked), given("bytes", "peer"))
    foreign = pc.or_(pc.or_(access, given("journal")), is_deploy(values["event"]))
    return pc.and_(pc.and_(given("time"), given("level", "text")), pc.invert(foreign))


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
