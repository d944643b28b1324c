"""nginx's error log.

Real lines::

    2026/11/23 10:56:26 [error] 76#76: *4868 connect() to unix:/run/php/shop-account.sock failed (111: Connection refused) while
        connecting to upstream, client: 198.51.100.167, server: shop, request: "GET /dashboard HTTP/1.1", upstream:
        "fastcgi://unix:/run/php/shop-account.sock:", host: "shop", referrer: "https://shop/login"     (one line)
    2026/11/23 10:55:00 [notice] 43#43: signal process started

Clock: the server's local time, no zone, one second; the moment of the event (an error line precedes its access line).
Continuation: FastCGI's stderr may carry raw newlines; the tail ``client: ...`` then stands on the last of the lines, or is cut
off at 2048 bytes.

Grammar: nginx ``src/core/ngx_log.c`` (``ngx_log_error_core``), ``src/http/ngx_http_request.c`` (its handler).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import METHODS, accept, table, to_int

HEAD: Final = (
    r"^(?:nginx: )?"
    r"(?P<second>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "
    r"\[(?P<level>debug|info|notice|warn|error|crit|alert|emerg)\] "
    r"(?P<pid>\d+)#\d+: (?:\*(?P<connection>\d+) )?"
    r"(?P<body>.*)$"
)

#: the context that nginx appends; each part is missing where nginx does not know it
CONTEXT: Final = (
    r", client: (?P<client>[0-9a-fA-F.:]+|unix:)"
    r"(?:, server: (?P<server>[^,\"]*))?"
    r"(?:, request: \"(?:(?P<method>" + METHODS + r") (?P<target>\S*)[^\"]*|[^\"]*)\")?"
    r"(?:, subrequest: \"[^\"]*\")?"
    r"(?:, upstream: \"(?P<upstream>[^\"]*)\")?"
    r"(?:, host: \"(?:[^\"]*)\")?"
    r"(?:, referrer: \"(?:[^\"]*)\")?$"
)

ERRNO: Final = r" \((?P<errno>\d{1,3}): [^)]*\)"

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
    context = pc.extract_regex(head["body"].combine_chunks(), CONTEXT)
    part = {name: pc.struct_field(context, name) for name in ("client", "server", "method", "target", "upstream")}
    part = {name: pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts) for name, texts in part.items()}
    target = pc.fill_null(part["target"], "")
    query = pc.struct_field(pc.extract_regex(target, r"\?(?P<query>.*)$"), "query")
    errno = pc.struct_field(pc.extract_regex(head["body"], ERRNO), "errno")
    return table(
        head["row"],
        {
            **read_clock(head["second"], "slash"),
            "process_pid": to_int(head["pid"]),
            "severity_text": head["level"],
            "severity_number": over_distinct(head["level"], SEVERITY.get, pa.int8()),
            "connection": to_int(head["connection"]),
            "body": pc.fill_null(head["body"], ""),
            "errno": to_int(errno, pa.int32()),
            "client_address": part["client"],
            "server_address": part["server"],
            "http_request_method": part["method"],
            "url_path": pc.if_else(
                pc.is_valid(part["target"]),
                pc.replace_substring_regex(target, r"\?.*$", ""),
                pa.scalar(None, pa.string()),
            ),
            "url_query": query,
            "upstream_address": distinct_text(part["upstream"]),
        },
    )


def distinct_text(urls: pa.Array) -> pa.Array:
    """``upstream_address`` of each distinct URL."""
    encoded = urls.dictionary_encode()
    addresses = pa.array(
        [None if url is None else upstream_address(url) for url in encoded.dictionary.to_pylist()], pa.string()
    )
    return addresses.take(encoded.indices)


FORMAT = LineFormat(
    name="nginx_error",
    source="nginx_error",
    family="log",
    writer="nginx",
    begins=r"^(?:nginx: )?\d{4}/\d\d/\d\d ",
    read=read,
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
        Sample("[Mon Nov 23 10:55:00.123456 2026] [core:notice] [pid 1] AH00094: Command line: 'apache2'"),
        Sample("2026/11/23 10:55:00 http: TLS handshake error from 192.0.2.1:4711: EOF"),
    ),
)
