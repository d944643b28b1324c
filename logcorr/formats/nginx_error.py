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

Nothing is escaped here, so that a path or a referrer may look like a tail of its own. Where ``, client: `` stands more than once, only
what all such places agree on is taken.

Grammar: nginx ``src/core/ngx_log.c`` (``ngx_log_error_core``), ``src/http/ngx_http_request.c`` and
``src/stream/ngx_stream_handler.c`` (their handlers).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.escapes import json_objects
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_columns import target
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.tokenise import accept, blank_as_null, table, to_int

HEAD: Final = (
    r"^(?:nginx: )?"
    r"(?P<second>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "
    r"\[(?P<level>debug|info|notice|warn|error|crit|alert|emerg)\] "
    r"(?P<pid>\d+)#\d+: (?:\*(?P<connection>\d+) )?"
    r"(?P<body>.*)$"
)

#: what nginx prints on its terminal before it has a log to write to; it has no date
EARLY: Final = r"^nginx: \[(?P<level>warn|error|crit|alert|emerg)\] (?P<body>.*)$"

_CLIENT: Final = r", client: (?P<client>[0-9a-fA-F.:]+|unix:)"
_REQUEST: Final = r"(?P<method>[A-Z][A-Z_-]{2,19}) (?P<target>\S*)"
#: the context that nginx appends; each part is missing where nginx does not know it
CONTEXT: Final = (
    _CLIENT + r"(?:, server: (?P<server>[^,\"]*))?"
    r"(?:, login: \"[^\"]*\")?"
    r"(?:, request: \"(?:" + _REQUEST + r"(?: HTTP/[0-9.]+)?|.*?)\")?"
    r"(?:, subrequest: \"(?P<subrequest>\S*)\")?"
    r"(?:, upstream: \"(?P<upstream>\S*)\")?"
    r"(?:, host: \"(?P<host>[^\"]*)\")?"
    r"(?:, referrer: \"(?P<referrer>.*)\")?"
    r"(?:, bytes from/to [a-z]+:.*)?$"
)
#: its beginning, where the line was cut off
CUT: Final = (
    _CLIENT + r"(?:, server: (?P<server>[^,\"]*), (?:request: \"" + _REQUEST + r" HTTP/[0-9.]+\", "
    r"(?:upstream: \"(?P<upstream>[^\s\"]*)\", )?)?)?"
)
_PLACES: Final = {
    name: re.compile(grammar)
    for name, grammar in {
        "client": r", client: ([0-9a-fA-F.:]+|unix:)",
        "server": r", server: ([^,\"]*)",
        "method": r", request: \"([A-Z][A-Z_-]{2,19}) \S",
        "target": r", request: \"[A-Z][A-Z_-]{2,19} (\S*)",
        "upstream": r", upstream: \"(\S*)\"",
    }.items()
}
PARTS: Final = ("client", "server", "method", "target", "subrequest", "upstream", "host", "referrer")

MESSAGE: Final = r"(?s)^(?P<message>.*?)(?:, client: .*)?$"
ERRNO: Final = r"(?s)^.* \((?P<errno>\d{1,3}): [^()]*\)"
#: what follows the text of a FastCGI application
BEHIND_STDERR: Final = r"(?s)\" while [a-z ]+(?:, client: .*)?$"
STDERR: Final = "FastCGI sent in stderr: "

#: OpenTelemetry severity numbers of nginx's levels
SEVERITY: Final = {"debug": 5, "info": 9, "notice": 10, "warn": 13, "error": 17, "crit": 18, "alert": 19, "emerg": 21}


def upstream_address(url: str) -> str:
    """The address as ``$upstream_addr`` writes it: ``fastcgi://unix:/run/x.sock:`` -> ``unix:/run/x.sock``."""
    rest = url.partition("://")[2] or url
    if rest.startswith("unix:"):
        return "unix:" + rest.removeprefix("unix:").partition(":")[0]
    return rest.partition("/")[0]


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are nginx error lines."""
    head = accept(lines, HEAD)
    dated = columns_of(head, read_clock(head["second"], "slash"))
    early = accept(lines, EARLY)
    if not early.num_rows:
        return dated
    nothing = {"second": pa.nulls(early.num_rows, pa.string()), "pid": pa.nulls(early.num_rows, pa.string())}
    early = pa.table({**{name: early[name] for name in early.column_names}, **nothing, "connection": nothing["pid"]})
    return pa.concat_tables([dated, columns_of(early, read_clock(early["second"], "slash"), dated=False)]).sort_by("row")


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
    part = tail(bodies)
    request = target(part["target"])
    message = pc.struct_field(pc.extract_regex(bodies, MESSAGE), "message")
    errno = pc.struct_field(pc.extract_regex(message, ERRNO), "errno")
    return {
        "errno": to_int(errno, pa.int32()),
        "client_address": part["client"],
        "server_address": part["server"],
        "http_request_method": part["method"],
        **request,
        "upstream_address": over_distinct(part["upstream"], upstream_address, pa.string()),
        "attributes": json_objects({name: part[name] for name in ("host", "referrer", "subrequest")}),
    }


def tail(bodies: pa.Array) -> dict[str, pa.Array]:
    """The parts of the context; null where a body has none, or where they cannot be told from what a client sent."""
    parts = fields(bodies, "(?s)" + CONTEXT)
    times = pc.count_substring(bodies, ", client: ")
    parts = filled(parts, bodies, pc.and_(pc.is_null(parts["client"]), pc.equal(times, 1)), lambda texts: fields(texts, CUT))
    return filled(parts, bodies, pc.greater(times, 1), agreed)


def filled(
    parts: dict[str, pa.Array], bodies: pa.Array, which: pa.Array, read: Callable[[pa.Array], dict[str, pa.Array]]
) -> dict[str, pa.Array]:
    """The parts with those that ``read`` finds in some of the bodies."""
    if not pc.any(which).as_py():
        return parts
    return parts | {name: pc.replace_with_mask(parts[name], which, texts) for name, texts in read(bodies.filter(which)).items()}


def agreed(bodies: pa.Array) -> dict[str, pa.Array]:
    """What is the same in all places that look like a context; of lines that a client has tampered with, so there are few."""
    found: dict[str, list[str | None]] = {name: [] for name in PARTS}
    for body in bodies.to_pylist():
        for name in PARTS:
            values = set(_PLACES[name].findall(body)) if name in _PLACES else set()
            found[name].append(values.pop() if len(values) == 1 else None)
    return {name: blank_as_null(pa.array(values, pa.string())) for name, values in found.items()}


def fields(bodies: pa.Array, pattern: str) -> dict[str, pa.Array]:
    """The named parts of the bodies that ``pattern`` matches; what is empty is null."""
    found = pc.extract_regex(bodies, pattern)
    return {found.type.field(at).name: blank_as_null(pc.struct_field(found, at)) for at in range(found.type.num_fields)}


def uncaught(bodies: pa.Array) -> dict[str, pa.Array]:
    """The exceptions that PHP names in one line."""
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
