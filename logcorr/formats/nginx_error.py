r"""nginx's error log.

Real lines::

    2026/11/23 10:56:26 [error] 76#76: *4868 connect() to unix:/run/php/shop-account.sock failed (111: Connection refused) while
        connecting to upstream, client: 198.51.100.167, server: shop, request: "GET /dashboard HTTP/1.1", upstream:
        "fastcgi://unix:/run/php/shop-account.sock:", host: "shop", referrer: "https://shop/login"     (one line)
    2026/11/23 10:55:00 [notice] 43#43: signal process started

Clock: the server's local time, no zone, one second; the moment of the event (an error line precedes its access line). What nginx
prints before it has a log (``nginx: [emerg] ...``) has none.
Continuation: FastCGI's stderr may carry raw newlines; the tail ``client: ...`` then stands on the last of the lines, or is cut
off at 2048 bytes.

Grammar: nginx ``src/core/ngx_log.c`` (``ngx_log_error_core``); of the tail: ``nginx_context``.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import distinct_columns, over_distinct, read_clock
from logcorr.formats.escapes import json_objects
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.heads import accept_heads, byte_lengths, cut, end_before
from logcorr.formats.nginx_context import tail
from logcorr.formats.request_columns import target
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.tokenise import accept, blank_as_null, holds, table, to_int

HEAD: Final = (
    r"^(?:nginx: )?"
    r"(?P<second>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "
    r"\[(?P<level>debug|info|notice|warn|error|crit|alert|emerg)\] "
    r"(?P<pid>\d+)#\d+: (?:\*(?P<connection>\d+) )?"
    r"(?P<body>.*)$"
)

#: the same in pieces: a clock, who speaks, and of which connection
CLOCK: Final = r"^(?P<second>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "
SPEAKER: Final = r"\[(?P<level>debug|info|notice|warn|error|crit|alert|emerg)\] (?P<pid>\d+)#\d+: "
CONNECTION: Final = r"^\*(?P<connection>\d+) "

#: what nginx prints on its terminal before it has a log to write to; it has no date
EARLY: Final = r"^nginx: \[(?P<level>warn|error|crit|alert|emerg)\] (?P<body>.*)$"

ERRNO: Final = r"(?s)^.* \((?P<errno>\d{1,3}): [^()]*\)"
#: what follows the text of a FastCGI application
BEHIND_STDERR: Final = r"(?s)\" while [a-z ]+(?:, client: .*)?$"
STDERR: Final = "FastCGI sent in stderr: "

#: OpenTelemetry severity numbers of nginx's levels
SEVERITY: Final = {"debug": 5, "info": 9, "notice": 10, "warn": 13, "error": 17, "crit": 18, "alert": 19, "emerg": 21}


#: a socket with the path of a request behind it
SOCKET: Final = re.compile(r"(\.sock(?:et)?)/.*")


def upstream_address(url: str) -> str:
    """The address as ``$upstream_addr`` writes it: ``fastcgi://unix:/run/x.sock:`` -> ``unix:/run/x.sock``.

    A line about a timeout has no colon behind a socket; where a path follows it, the socket is told by its usual ending.
    """
    rest = url.partition("://")[2] or url
    if rest.startswith("unix:"):
        path, colon, _ = rest.removeprefix("unix:").partition(":")
        return "unix:" + (path if colon else SOCKET.sub(r"\1", path))
    return rest.partition("/")[0]


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are nginx error lines."""
    head, left = accept_lines(lines)
    dated = columns_of(head, read_clock(head["second"], "slash"))
    early = accept(lines.take(left), EARLY)
    if not early.num_rows:
        return dated
    nothing = {"second": pa.nulls(early.num_rows, pa.string()), "pid": pa.nulls(early.num_rows, pa.string())}
    own = {name: early[name] for name in early.column_names} | {"row": left.take(early["row"].combine_chunks())}
    early = pa.table({**own, **nothing, "connection": nothing["pid"]})
    return pa.concat_tables([dated, columns_of(early, read_clock(early["second"], "slash"), dated=False)]).sort_by("row")


def accept_lines(lines: pa.Array) -> tuple[pa.Table, pa.Array]:
    """The groups of ``HEAD`` of the lines that it matches, each different head taken apart once; and which lines are left."""
    left: np.ndarray = np.arange(len(lines), dtype=np.int32)
    found = []
    if heads := accept_heads(lines, CLOCK, SPEAKER + r"(?P<body>.*)$"):
        usual = heads.table()
        body = pc.fill_null(usual["body"], "").combine_chunks()
        connection = pc.struct_field(pc.extract_regex(body, CONNECTION), "connection")
        lengths = byte_lengths(connection)
        body = cut(body, np.where(lengths, lengths + len("* "), 0).astype(np.int32))[1]
        usual = usual.set_column(usual.column_names.index("body"), "body", blank_as_null(body))
        found.append(usual.append_column("connection", blank_as_null(connection)))
        left = np.delete(left, heads.rows.to_numpy())
    if len(left) or not found:
        odd = accept(lines.take(pa.array(left)), HEAD)
        rows = odd["row"].to_numpy()
        found.append(odd.set_column(0, "row", pa.array(left[rows], pa.int32())))
        left = np.delete(left, rows)
    whole = pa.concat_tables([each.select(found[-1].column_names) for each in found])
    return (whole.sort_by("row") if len(found) > 1 else whole).combine_chunks(), pa.array(left)


def columns_of(head: pa.Table, clock: dict[str, pa.Array], *, dated: bool = True) -> pa.Table:
    """The columns of lines taken apart; those that nginx prints before it has a log have no date."""
    body = pc.fill_null(head["body"], "").combine_chunks()
    columns = {
        **clock,
        "process_pid": to_int(head["pid"]),
        "severity_text": head["level"],
        "severity_number": over_distinct(head["level"], SEVERITY.get, pa.int8()),
        "connection": to_int(head["connection"]),
        "body": body,
        **context_of(body),
        **uncaught(body),
    }
    return table(head["row"], columns) if dated else pa.table({"row": head["row"], **columns})


def context_of(bodies: pa.Array) -> dict[str, pa.Array]:
    """What the tails of the bodies tell: the request, its client and its upstream; and the error number before them."""
    message, context = cut(bodies, end_before(bodies, ", client: "))
    part = tail(bodies, context)
    errno = distinct_columns(message, lambda texts: {"errno": pc.struct_field(pc.extract_regex(texts, ERRNO), "errno")})
    return {
        "errno": to_int(errno["errno"], pa.int32()),
        "client_address": part["client"],
        "server_address": part["server"],
        "http_request_method": part["method"],
        **distinct_columns(part["target"], target),
        "upstream_address": over_distinct(part["upstream"], upstream_address, pa.string()),
        "attributes": json_objects({name: part[name] for name in ("host", "referrer", "subrequest")}),
    }


def uncaught(bodies: pa.Array) -> dict[str, pa.Array]:
    """The exceptions that PHP names in one line."""
    if not holds(bodies, b"Uncaught "):
        return {name: pa.nulls(len(bodies), pa.string()) for name in ("exception_type", "exception_message")}
    said = pc.if_else(pc.match_substring(bodies, "Uncaught "), bodies, pa.scalar(None, pa.string()))
    found = exceptions_of(pc.binary_join_element_wise(pc.replace_substring_regex(said, BEHIND_STDERR, ""), "\n", ""))
    return {name: found[name] for name in ("exception_type", "exception_message")}


def whole(bodies: pa.Array) -> dict[str, pa.Array]:
    """What is told by events over several lines: the tail behind the last of them, and the exception before it."""
    return {**context_of(bodies), **exceptions_of(pc.replace_substring_regex(bodies, BEHIND_STDERR, ""))}


FORMAT = LineFormat(
    name="nginx_error",
    source="nginx_error",
    family="log",
    writer="nginx",
    begins=r"^(?:nginx: \[|(?:nginx: )?\d{4}/\d\d/\d\d )",
    read=read,
    whole=whole,
    continues=True,
    samples=(
        Sample(
            "2026/11/23 10:56:26 [error] 76#76: *4868 connect() to unix:/run/php/shop-account.sock failed (111: Connection "
            "refused) while connecting to upstream, client: 198.51.100.167, server: shop-prod-2, request: "
            '"GET /dashboard?a=1 HTTP/1.1", upstream: "fastcgi://unix:/run/php/shop-account.sock:", host: "shop-prod-2", '
            'referrer: "https://shop-prod-2/login"',
            {
                "severity_text": "error",
                "severity_number": 17,
                "process_pid": 76,
                "connection": 4868,
                "errno": 111,
                "client_address": "198.51.100.167",
                "http_request_method": "GET",
                "url_path": "/dashboard",
                "url_query": "a=1",
                "upstream_address": "unix:/run/php/shop-account.sock",
                "offset_s": None,
            },
        ),
        Sample(
            "2026/11/23 10:12:00 [error] 45#45: *2020 upstream prematurely closed connection while reading response header "
            'from upstream, client: 192.0.2.238, server: feed-node-3, request: "GET /dashboard HTTP/1.1", upstream: '
            '"http://127.0.0.1:3000/dashboard", host: "feed-node-3"',
            {"upstream_address": "127.0.0.1:3000", "errno": None, "url_path": "/dashboard"},
        ),
        Sample(
            "2026/11/26 01:12:37 [error] 19#19: *1207 upstream timed out (110: Connection timed out) while reading response header "
            'from upstream, client: 198.51.100.170, server: quote-2, request: "GET /api/shipping/23 HTTP/1.1", upstream: '
            '"http://unix:/run/shop/gunicorn.sock/api/shipping/23", host: "www.example.com"',
            {"upstream_address": "unix:/run/shop/gunicorn.sock", "errno": 110, "url_path": "/api/shipping/23"},
        ),
        Sample(
            "2026/11/23 10:55:00 [notice] 43#43: signal process started",
            {"severity_number": 10, "connection": None, "client_address": None, "body": "signal process started"},
        ),
        Sample(
            '2026/11/23 11:03:56 [error] 91#91: *94 open() "/srv/a, client: 6.6.6.6, server: x, request: "GET /forged HTTP/1.1"" '
            'failed (2: No such file or directory), client: 192.0.2.7, server: shop, request: "GET /a HTTP/1.1", host: "shop"',
            {"client_address": None, "url_path": None, "errno": None, "process_pid": 91},
        ),
        Sample(
            "2026/11/23 11:03:57 [error] 91#91: *95 connect() failed (111: Connection refused) while connecting to upstream, "
            'client: 2001:db8::7, server: _, request: "GET /a",host:"b?q="c" HTTP/2.0", subrequest: "/_auth", '
            'upstream: "http://[2001:db8::1]:80/a", host: "shop", referrer: "https://x/?a="b""',
            {
                "client_address": "2001:db8::7",
                "server_address": "_",
                "url_path": '/a",host:"b',
                "url_query": 'q="c"',
                "upstream_address": "[2001:db8::1]:80",
                "errno": 111,
                "attributes": '{"host": "shop", "referrer": "https://x/?a=\\"b\\"", "subrequest": "/_auth"}',
            },
        ),
        Sample(
            '2026/11/23 11:03:58 [error] 91#91: *96 FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught TypeError: no '
            'rate in /srv/pay.php:12" while reading response header from upstream, client: unix:, server: shop, request: "GET /p',
            {"client_address": "unix:", "server_address": "shop", "url_path": None, "exception_type": "TypeError"},
        ),
        Sample(
            "2026/11/23 11:04:00 [error] 91#0: *97 upstream timed out (110: Connection timed out) while connecting to upstream, "
            'client: 192.0.2.7, server: 0.0.0.0:5432, upstream: "192.0.2.9:5432", bytes from/to client:0/0, bytes from/to '
            "upstream:0/0",
            {
                "client_address": "192.0.2.7",
                "server_address": "0.0.0.0:5432",
                "upstream_address": "192.0.2.9:5432",
                "errno": 110,
            },
        ),
        Sample("[Mon Nov 23 10:55:00.123456 2026] [core:notice] [pid 1] AH00094: Command line: 'apache2'"),
        Sample("2026/11/23 10:55:00 http: TLS handshake error from 192.0.2.1:4711: EOF"),
    ),
)
