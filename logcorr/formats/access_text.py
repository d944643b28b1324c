r"""Access logs of any server in the spirit of the Common Log Format: what they add to it, or leave out.

Lines of SOGo, with a virtual host before the client, and with a clock without its zone::

    192.0.2.7 - - [23/Nov/2026:10:55:01 GMT] "POST /SOGo/connect HTTP/1.1" 403 34/38 0.311 - - 2M
    shop.example 192.0.2.7 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "curl/8"
    192.0.2.7 - ann [23/Nov/2026:10:55:01] "GET / HTTP/1.1" 200 2347

What is told by its place is taken: the client, the user before the clock, the request, status and size behind it, and then referrer and
user agent. Everything else means nothing. A line must be whole: its quotes close.

Clock: with the offset where it stands, months in any language (``month_names``); the END of the request, as servers write it. Continuation:
none.

Grammar: https://httpd.apache.org/docs/2.4/logs.html#common.
"""

from __future__ import annotations

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.escapes import unescape_bytes, unescaped
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.month_names import MONTH, in_english
from logcorr.formats.request_columns import type_columns
from logcorr.formats.tokenise import accept

_QUOTED: Final = r"\"(?:[^\"\\]|\\.)*\""
_ADDRESS: Final = r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:[0-9.]{7,15})?"
LINE: Final = (
    r"^(?:(?:(?P<vhost>[\w.:-]+) +)?(?P<client>" + _ADDRESS + r")|(?P<name>[\w.-]+))"
    r"(?: +[^\s\"\[]+){0,2}?(?: +(?P<remote_user>[^\s\"\[]+))? +\[(?P<stamp>\d\d/"
    + MONTH
    + r"/\d{4}:\d\d:\d\d:\d\d(?:\.\d{1,9})?"
    r"(?: (?:[+-]\d{4}|GMT|UTC|Z))?) ?\](?: +[^\s\"\[]+)? +\"(?P<request>(?:[^\"\\]|\\.)*)\" (?P<status>[1-5]\d\d)"
    r"(?: (?P<size>\d{1,18}|-)(?:/\d{1,18})?(?P<rest>(?: +(?:" + _QUOTED + r"|[^\s\"]+))*))?\s*$"
)
AGENT: Final = r"^ +\"(?P<referer>(?:[^\"\\]|\\.)*)\" +\"(?P<agent>(?:[^\"\\]|\\.)*)\""


def plain_stamp(text: str) -> str:
    """The clock with an English month and an offset in digits."""
    return re.sub(r" (?:GMT|UTC|Z)$", " +0000", in_english(text))


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are requests."""
    head = accept(lines, LINE)
    text = {name: head[name].combine_chunks() for name in head.column_names if name != "row"}
    rest = pc.fill_null(text["rest"], "")
    behind = pc.extract_regex(rest, AGENT)
    variables = {
        "row": head["row"],
        "stamp": over_distinct(text["stamp"], plain_stamp, pa.string()),
        "remote_addr": pc.coalesce(text["client"], text["name"]),
        "remote_user": text["remote_user"],
        "host": text["vhost"],
        "request": unescaped(pc.fill_null(text["request"], ""), unescape_bytes),
        "status": text["status"],
        "body_bytes_sent": text["size"],
        "http_referer": unescaped(pc.struct_field(behind, "referer"), unescape_bytes),
        "http_user_agent": unescaped(pc.struct_field(behind, "agent"), unescape_bytes),
    }
    return type_columns(pa.table(variables))


_REQUEST: Final = {
    "naive_us": 1795431301000000,
    "http_request_method": "GET",
    "url_path": "/find",
    "url_query": "q=oak",
    "http_response_status_code": 401,
    "http_response_body_size": 17,
    "client_address": "192.0.2.7",
}

FORMAT = LineFormat(
    name="access_text",
    source="access_text",
    family="requests",
    writer="nginx-access",
    begins=r"\[\d\d/[^\W\d_]{3,9}\.?/\d{4}:",
    read=read,
    general=True,
    samples=(
        Sample(
            '192.0.2.7 - - [23/Nov/2026:10:55:01 GMT] "GET /find?q=oak HTTP/1.1" 401 17/38 0.311 - - 2M',
            {**_REQUEST, "offset_s": 0, "user_id": None, "user_agent_original": None},
        ),
        Sample(
            'shop.example 192.0.2.7 -  ann  [23/nov./2026:10:55:01 ] "GET /find?q=oak HTTP/1.1" 401 17 "-" "a \\"b\\" c" x',
            {
                **_REQUEST,
                "offset_s": None,
                "user_id": "ann",
                "server_address": "shop.example",
                "http_request_referer": None,
                "user_agent_original": 'a "b" c',
            },
        ),
        Sample('192.0.2.7 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "x'),
        Sample('192.0.2.7 - - [30/Feb/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 1'),
        Sample('[23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347'),
    ),
)
