r"""Access logs of Amazon's load balancers (application and classic) and of S3.

Lines::

    https 2026-11-23T10:16:15.090279Z app/shop/50dc6c 192.0.2.7:2817 10.0.0.1:80 0.001 0.108 0.001 200 200 34 366 "GET https://../ HTTP/1.1"
    2026-11-23T10:16:15.090279Z shop 192.0.2.7:2817 10.0.0.1:80 0.001 0.108 0.001 200 200 0 29 "GET http://shop:80/ HTTP/1.1" "curl/8" - -
    79a5 shop [23/Nov/2026:10:16:15 +0000] 192.0.2.7 - 3E57 REST.GET.OBJECT a.png "GET /a.png HTTP/1.1" 200 - 113 113 7 6 "-" "curl/8" -

A balancer's own status is that of the request, its target's is the upstream's; a time of -1 is none.

Clock: UTC. An application balancer stamps the END of a request; classic ones and S3 its START, to which the duration is added.
Continuation: none.

Grammar: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.escapes import unescape_bytes, unescaped
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_columns import type_columns
from logcorr.formats.tokenise import accept, dash_as_null

_TIME: Final = r"(?:-1|\d{1,9}(?:\.\d{1,9})?)"
_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
BALANCER: Final = (
    r"^(?:(?P<kind>https?|h2|grpcs|wss?) )?(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) \S+ (?P<remote_addr>\S+):\d{1,5} "
    r"(?P<target>\S+) (?P<first>" + _TIME + r") (?P<second>" + _TIME + r") (?P<third>" + _TIME + r") (?P<status>\d{3}) "
    r"(?P<upstream_status>\d{3}|-) -?\d{1,18} (?P<body_bytes_sent>\d{1,18}) \"(?P<request>" + _QUOTED + r")\" "
    r"\"(?P<http_user_agent>" + _QUOTED + r")\" \S+ \S+(?: \S+ \"(?P<trace>[^\"]*)\")?(?: .*)?$"
)
BUCKET: Final = (
    r"^\S+ \S+ \[(?P<stamp>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000)\] (?P<remote_addr>\S+) (?P<remote_user>\S+) (?P<request_id>\S+) "
    r"[A-Z]+\.[A-Z._]+ \S+ \"(?P<request>"
    + _QUOTED
    + r")\" (?P<status>\d{3}) \S+ (?P<body_bytes_sent>\d{1,18}|-) (?:\d{1,18}|-) "
    r"(?P<request_time_ms>\d{1,12}|-) (?:\d{1,12}|-) \"(?P<http_referer>"
    + _QUOTED
    + r")\" \"(?P<http_user_agent>"
    + _QUOTED
    + r")\"(?: .*)?$"
)
_WORDS: Final = ("request", "http_user_agent", "http_referer")


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are requests."""
    parts = [requests(balancer(accept(lines, BALANCER))), requests(accept(lines, BUCKET))]
    return pa.concat_tables(parts, promote_options="default").sort_by("row")


def balancer(head: pa.Table) -> pa.Table:
    """The variables of a balancer's lines."""
    text = {name: head[name].combine_chunks() for name in head.column_names if name != "row"}
    times = [pc.cast(text[name], pa.float64()) for name in ("first", "second", "third")]
    tried = pc.and_(pc.and_(*(pc.greater_equal(time, 0) for time in times[:2])), pc.greater_equal(times[2], 0))
    lasted = pc.if_else(tried, pc.add(pc.add(times[0], times[1]), times[2]), pa.scalar(None, pa.float64()))
    host = pc.extract_regex(text["request"], r"^\S+ [a-z]+://(?P<host>[^/:\s]+)")
    return pa.table(
        {
            "row": head["row"],
            **{name: text[name] for name in ("stamp", "kind", "request", "status", "body_bytes_sent", "http_user_agent")},
            "remote_addr": pc.utf8_trim(text["remote_addr"], "[]"),
            "host": pc.struct_field(host, "host"),
            "upstream_addr": text["target"],
            "upstream_status": text["upstream_status"],
            "upstream_response_time": pc.if_else(pc.equal(text["second"], "-1"), "-", text["second"]),
            "request_time": pc.cast(pc.round(lasted, 6), pa.string()),
            "trace_id": dash_as_null(text["trace"]),
        }
    )


def requests(variables: pa.Table) -> pa.Table:
    """The columns of requests, all stamped at their end."""
    started = (
        pc.is_null(variables["kind"])
        if "kind" in variables.column_names
        else pa.repeat(pa.scalar(value=True), variables.num_rows)
    )
    texts = {
        name: unescaped(pc.fill_null(variables[name].combine_chunks(), ""), unescape_bytes)
        if name in _WORDS
        else variables[name]
        for name in variables.column_names
        if name != "kind"
    }
    marked = pa.table({**texts, "started": started})
    table = type_columns(marked.drop_columns("started"))
    early = marked["started"].filter(pc.is_in(marked["row"], table["row"].combine_chunks()))
    lasted = pc.cast(pc.multiply(pc.fill_null(table["duration_s"], 0.0), 1e6), pa.int64(), safe=False)
    ends = pc.add(table["naive_us"], pc.if_else(early, lasted, 0))
    table = table.set_column(table.column_names.index("naive_us"), "naive_us", ends)
    plain = [
        pc.cast(column, column.type.value_type) if pa.types.is_dictionary(column.type) else column for column in table.columns
    ]
    return pa.table(dict(zip(table.column_names, plain, strict=True)))


_REQUEST: Final = {
    "offset_s": 0,
    "client_address": "192.0.2.7",
    "http_request_method": "GET",
    "url_path": "/find",
    "url_query": "q=oak",
    "http_response_status_code": 200,
    "http_response_body_size": 366,
    "duration_s": 0.11,
    "user_agent_original": "curl/8",
}

FORMAT = LineFormat(
    name="aws_access",
    source="aws_access",
    family="requests",
    writer="aws-access",
    begins=r"^(?:(?:https?|h2|grpcs|wss?) )?\d{4}-\d\d-\d\dT[0-9:.]+Z \S+ \S+:\d|^\S+ \S+ \[\d\d/[A-Z][a-z]{2}/",
    read=read,
    samples=(
        Sample(
            "https 2026-11-23T10:16:15.090279Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 0.001 0.108 0.001 200 200 34 366 "
            '"GET https://shop.example:443/find?q=oak HTTP/1.1" "curl/8" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x/73e2d6bc24d8a067 '
            '"Root=1-58337262-36d228ad5d99923122bbe354" "shop.example" "arn:aws:acm:x" 0 2026-11-23T10:16:14.980000Z "forward" "-" "-"',
            {
                **_REQUEST,
                "naive_us": 1795428975090279,
                "server_address": "shop.example",
                "upstream_address": "10.0.0.1:80",
                "upstream_status": "200",
                "upstream_response_time": "0.108",
                "trace_id": "Root=1-58337262-36d228ad5d99923122bbe354",
            },
        ),
        Sample(
            "2026-11-23T10:16:15.090279Z shop 192.0.2.7:2817 10.0.0.1:80 0.001 0.108 0.001 200 200 0 366 "
            '"GET http://shop.example:80/find?q=oak HTTP/1.1" "curl/8" - -',
            {**_REQUEST, "naive_us": 1795428975200279},
        ),
        Sample(
            "http 2026-11-23T10:16:15.090279Z app/shop/50dc6c 192.0.2.7:2817 - -1 -1 -1 503 - 34 366 "
            '"GET http://shop.example:80/find HTTP/1.1" "curl/8" - - arn:x "Root=1-58" "-" "-" 0 2026-11-23T10:16:14.98Z "forward" "-" "-"',
            {"http_response_status_code": 503, "duration_s": None, "upstream_address": "-", "upstream_status": "-"},
        ),
        Sample(
            "79a59df900b949e5 shop [23/Nov/2026:10:16:15 +0000] 192.0.2.7 - 3E57427F3EXAMPLE REST.GET.OBJECT find "
            '"GET /find?q=oak HTTP/1.1" 200 - 366 366 110 6 "-" "curl/8" - x= SigV4 - - - - -',
            {**_REQUEST, "naive_us": 1795428975110000, "request_id": "3E57427F3EXAMPLE"},
        ),
        Sample("https 2026-11-23T10:16:15.090279Z app/shop/50dc6c 192.0.2.7:2817"),
        Sample("2026-11-23T10:16:15.090279Z shop gave up at 192.0.2.7:2817"),
    ),
)
