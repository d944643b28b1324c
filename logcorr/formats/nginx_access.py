"""nginx's (and Apache's) access log, in any ``log_format``.

Real lines::

    192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "okhttp/4.12.0"
    192.0.2.6 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2179 "-" "curl" rt=0.026 urt="0.026" us="200" ua="unix:/x"

Clock: with its offset; the END of the request, one second (``$msec``: a millisecond). Continuation: none; whoever sends a
request cannot write a line end into this log. Values come out unescaped.

Formats that are no configuration's are tried too: ``combined``, ``common``, and ``combined`` followed by what nginx's own
packages and Apache add. A line's meaning comes from the format that takes most lines of the file.
"""

from __future__ import annotations

from typing import Final

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.log_format import COMBINED, COMMON, LogFormat
from logcorr.formats.request_columns import CLOCKS, type_columns

#: formats that need no configuration to be known, the most telling first
WELL_KNOWN: Final = {
    "combined": COMBINED,
    "combined_forwarded": COMBINED + ' "$http_x_forwarded_for"',  # "main" of nginx.org's packages
    "combined_timed": COMBINED + " $request_time",
    "vhost_combined": "$server_name:$server_port " + COMBINED,  # Apache on Debian
    "common": COMMON,
}


def access_format(name: str, text: str, samples: tuple[Sample, ...] = ()) -> LineFormat:
    """The line format of one ``log_format``; ``text`` as in the configuration, joined."""
    grammar = LogFormat(text)
    empty = grammar.escape != "default"
    return LineFormat(
        name=f"nginx_access:{name}",
        source="nginx_access",
        family="requests",
        writer="nginx-access",
        read=lambda lines: type_columns(grammar.read(lines), empty_is_absent=empty),
        cut=lambda block: (
            None if (found := grammar.cut(block)) is None else (type_columns(found[0], empty_is_absent=empty), found[1])
        ),
        samples=samples,
    )


def can_be_read(text: str) -> bool:
    """Whether lines of this ``log_format`` tell at least a time and a status."""
    variables = set(LogFormat(text).variables)
    return "status" in variables and bool(variables & CLOCKS)


_REQUEST = {
    "http_request_method": "GET",
    "url_path": "/find",
    "url_query": "q=oak+table",
    "http_response_status_code": 200,
    "http_response_body_size": 2347,
    "client_address": "192.0.2.218",
    "offset_s": 3600,
}

FORMATS: Final = tuple(
    access_format(name, text, samples)
    for (name, text), samples in zip(
        WELL_KNOWN.items(),
        (
            (
                Sample(
                    '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347 "-" "okhttp/4"',
                    {**_REQUEST, "user_id": None, "http_request_referer": None, "user_agent_original": "okhttp/4"},
                ),
                Sample(
                    r'192.0.2.7 - ann b [23/Nov/2026:10:55:01 +0100] "\x16\x03\x01" 400 157 "-" "a \"b\" c"',
                    {
                        "user_id": "ann b",
                        "url_path": None,
                        "http_response_status_code": 400,
                        "user_agent_original": 'a "b" c',
                    },
                ),
                Sample('192.0.2.218 - - [30/Feb/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "x"'),
                Sample('192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "x'),
            ),
            (
                Sample(
                    '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347 "-" "c" "10.0.0.1"',
                    _REQUEST,
                ),
            ),
            (
                Sample(
                    '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347 "-" "curl" 0.110',
                    {**_REQUEST, "duration_s": 0.11},
                ),
            ),
            (
                Sample(
                    'shop:443 192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347 "-" "c"',
                    {**_REQUEST, "server_address": "shop"},
                ),
            ),
            (
                Sample(
                    '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET /find?q=oak+table HTTP/1.1" 200 2347',
                    _REQUEST,
                ),
                Sample("2026/11/23 10:56:26 [error] 76#76: *4868 connect() failed"),
            ),
        ),
        strict=True,
    )
)
