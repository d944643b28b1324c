r"""Ruby's ``Logger`` and what Rails writes through it, with the logger's prefix and without it.

Real lines; of the last two records the prefix is that of a tagged ``production.log``, and none::

    I, [2026-11-23T10:16:15.090279 #123]  INFO -- : [9bb8ce4f-b876] Completed 500 Internal Server Error in 180ms
    F, [2026-11-23T10:16:15.090312 #123] FATAL -- pay: no rate
    [9bb8ce4f-b876] Started GET "/pay?id=7" for 192.0.2.7 at 2026-11-23 10:16:15 +0100
    Started GET "/pay?id=7" for 192.0.2.7 at 2026-11-23 10:16:15 +0100
    Processing by PayController#show as HTML
    Completed 500 Internal Server Error in 180ms (ActiveRecord: 143.3ms)

Clock: the logger's is local, without a zone, microseconds; that of ``Started`` has its offset, one second.
Continuation: without a prefix, all that Rails says of a request until the next begins; traces.

Grammar: Ruby ``logger/formatter.rb``; Rails ``railties/lib/rails/rack/logger.rb``, ``actionpack/lib/action_controller/log_subscriber.rb``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.message_head import field
from logcorr.formats.request_words import request_of, severity_of, split_target, status_code
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.tokenise import METHODS, accept, table, to_int

HEAD: Final = (
    r"^(?P<letter>[DIWEFAU]), \[(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?P<offset>Z|[+-]\d\d:?\d\d)? "
    r"#(?P<pid>\d{1,10})\] {1,2}(?P<level>DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- (?P<program>[^:]{0,100}): ?(?P<body>.*)$"
)
BARE: Final = (
    r"^(?P<body>(?:\[[^\]]{1,80}\] ){0,4}Started (?:" + METHODS + r") \"[^\"]+\" for \S{3,45} at "
    r"(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<offset>[+-]\d{4}))\s*$"
)
STARTED: Final = r"(?:^|\] )Started (?P<method>" + METHODS + r") \"(?P<target>/[^\"]*)\" for (?P<client>[0-9a-fA-F.:]{3,45})"
COMPLETED: Final = r"(?:^|\] |\n)Completed (?P<status>[1-5]\d\d) "
TAG: Final = r"^\[(?P<id>[0-9a-fA-F][0-9a-fA-F-]{7,63})\]"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that Ruby's logger wrote."""
    head = accept(lines, HEAD)
    body = pc.fill_null(head["body"], "").combine_chunks()
    return table(
        head["row"],
        {
            **read_clock(head["second"], "iso", fraction=head["fraction"], offset=head["offset"]),
            "process_pid": to_int(head["pid"]),
            "severity_text": head["level"],
            "severity_number": severity_of(head["level"]),
            "logger": pc.utf8_trim_whitespace(head["program"]),
            "body": body,
            **spoken_of(body),
        },
    )


def read_bare(lines: pa.Array) -> pa.Table:
    """Columns of the lines with which Rails begins a request."""
    head = accept(lines, BARE)
    body = pc.fill_null(head["body"], "").combine_chunks()
    clock = read_clock(head["second"], "iso", offset=head["offset"])
    return table(head["row"], {**clock, "body": body, **spoken_of(body)})


def spoken_of(bodies: pa.Array) -> dict[str, pa.Array]:
    """The request that Rails speaks of."""
    started = pc.extract_regex(bodies, STARTED)
    said = request_of(bodies)
    target = split_target(field(started, "target"))
    completed = status_code(field(pc.extract_regex(bodies, COMPLETED), "status"))
    return {
        **said,
        "http_request_method": pc.coalesce(field(started, "method"), said["http_request_method"]),
        "url_path": pc.coalesce(target["url_path"], said["url_path"]),
        "url_query": pc.coalesce(target["url_query"], said["url_query"]),
        "http_response_status_code": pc.coalesce(completed, said["http_response_status_code"]),
        "client_address": field(started, "client"),
        "request_id": field(pc.extract_regex(bodies, TAG), "id"),
    }


def whole(bodies: pa.Array) -> dict[str, pa.Array]:
    """The status and the exception of all that was said of a request."""
    status = status_code(field(pc.extract_regex(bodies, COMPLETED), "status"))
    return {"http_response_status_code": status, **exceptions_of(bodies)}


LOGGER: Final = LineFormat(
    name="rails",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^[DIWEFAU], \[",
    read=read,
    continues=True,
    samples=(
        Sample(
            "I, [2026-11-23T10:16:15.090279 #123]  INFO -- : [9bb8ce4f-b876] Completed 500 Internal Server Error in 180ms",
            {
                "naive_us": 1795428975090279,
                "offset_s": None,
                "process_pid": 123,
                "severity_text": "INFO",
                "severity_number": 9,
                "request_id": "9bb8ce4f-b876",
                "http_response_status_code": 500,
            },
        ),
        Sample(
            'I, [2026-11-23T10:16:15.090279 #123]  INFO -- : Started GET "/pay?id=7" for 192.0.2.7 at 2026-11-23 10:16:15 +0100',
            {"http_request_method": "GET", "url_path": "/pay", "url_query": "id=7", "client_address": "192.0.2.7"},
        ),
        Sample(
            "F, [2026-11-23 10:16:15 #123] FATAL -- pay: no rate", {"severity_number": 21, "logger": "pay", "body": "no rate"}
        ),
        Sample("F, [2026-11-23 10:16:15] no process"),
        Sample("[2026-11-23 10:16:15] INFO no rate"),
    ),
)

REQUESTS: Final = LineFormat(
    name="rails_request",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^(?:\[|Started [A-Z])",
    read=read_bare,
    continues=True,
    whole=whole,
    samples=(
        Sample(
            'Started GET "/pay?id=7" for 192.0.2.7 at 2026-11-23 10:16:15 +0100\nProcessing by PayController#show as HTML\n'
            "Completed 500 Internal Server Error in 180ms",
            {"naive_us": 1795428975000000, "offset_s": 3600, "url_path": "/pay", "client_address": "192.0.2.7"},
        ),
        Sample(
            '[9bb8ce4f-b876] Started GET "/pay" for 192.0.2.7 at 2026-11-23 10:16:15 +0100',
            {"request_id": "9bb8ce4f-b876", "http_request_method": "GET"},
        ),
        Sample("Started GET /pay"),
        Sample("Completed 500 Internal Server Error in 180ms"),
    ),
)

FORMATS: Final = (LOGGER, REQUESTS)
