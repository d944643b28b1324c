"""What a value of an access line may be: by its look, and by the key that stands before it."""

from __future__ import annotations

import re
from typing import Final

TIME = r"\d{1,9}\.\d{3}"
ADDRESS = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8})"
SERVER = r"(?:unix:\S+|\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}|\[[0-9A-Fa-f:.]+\]:\d{1,5}|[\w.-]+:\d{2,5})"


def _listed(entry: str) -> str:
    return rf"(?:{entry}|-)?(?:(?:, ?| : )(?:{entry}|-))*"


#: variable -> what each of its values looks like
PROOFS: Final = {
    name: re.compile(grammar)
    for name, grammar in {
        "time_local": r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}",
        "local_second": r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d",
        "local_offset": r"[+-]\d{4}",
        "time_iso8601": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)",
        "msec": r"\d{10}\.\d{3}",
        "stamp": r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?",
        "request": r"(?:[A-Z][A-Z_-]{2,19} \S.*(?: HTTP/\d.*)?|-|)",
        "request_method": r"[A-Z]{3,10}|-",
        "request_uri": r"(?:/|https?://|\*).*|-|",
        "server_protocol": r"HTTP/\d(?:\.\d)?|-|",
        "status": r"[0-5]\d\d",
        "body_bytes_sent": r"\d+|-",
        "bytes_sent": r"\d+|-",
        "request_length": r"\d+|-",
        "connection": r"\d+",
        "request_time": TIME + "|-|",
        "remote_addr": ADDRESS + "|unix:",
        "http_x_forwarded_for": rf"-|(?:(?:{ADDRESS}|unknown)(?::\d+)?(?:, ?|$))+|",
        "http_referer": r"(?:[a-z][a-z0-9+.-]*://|/|android-app:).*|-|",
        "http_user_agent": r".*",
        "upstream_addr": _listed(SERVER),
        "upstream_status": _listed(r"[0-5]\d\d"),
        "upstream_response_time": _listed(TIME),
        "upstream_connect_time": _listed(TIME),
        "upstream_header_time": _listed(TIME),
        "upstream_response_length": _listed(r"\d+"),
        "upstream_cache_status": r"MISS|BYPASS|EXPIRED|STALE|UPDATING|REVALIDATED|HIT|-|",
        "request_id": r"[0-9a-f]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "ssl_protocol": r"TLSv1(?:\.\d)?|SSLv\d|-|",
        "ssl_cipher": r"(?:ECDHE|DHE|AES|TLS|CHACHA20|AES\d+)[A-Z0-9_-]*|-|",
        "scheme": r"https?|wss?",
        "pipe": r"[.p]",
        "gzip_ratio": r"\d+\.\d\d|-",
        "remote_user": r".*",
        "word": r".*",
        "agent": r".*(?:\w/\d|Mozilla).*",
    }.items()
}
#: what a value is by its form alone
FORMS: Final = (
    *("time_local", "time_iso8601", "msec", "stamp", "upstream_cache_status", "request_id", "ssl_protocol", "ssl_cipher"),
    *("scheme", "server_protocol"),
)

#: key -> the variables that it may stand for; the first whose values prove it counts
KEYS: Final[dict[str, tuple[str, ...]]] = {
    key: names
    for keys, names in (
        (("rt", "request_time", "reqtime", "req_time", "rtime", "request-time", "duration", "time_taken"), ("request_time",)),
        (("urt", "upstream_response_time", "uprt", "upstream_time", "apptime", "uresp"), ("upstream_response_time",)),
        (("uct", "upstream_connect_time"), ("upstream_connect_time",)),
        (("uht", "upstream_header_time"), ("upstream_header_time",)),
        (("us", "upstream_status", "ustatus", "upstatus"), ("upstream_status",)),
        (("ua",), ("upstream_addr", "agent:http_user_agent")),
        (("upstream_addr", "uaddr", "upstream", "backend", "up"), ("upstream_addr",)),
        (("agent", "user_agent", "http_user_agent", "useragent"), ("http_user_agent",)),
        (("ref", "referer", "referrer", "http_referer"), ("http_referer",)),
        (("xff", "x_forwarded_for", "forwarded_for", "fwd", "http_x_forwarded_for", "forwarded"), ("http_x_forwarded_for",)),
        (("rid", "request_id", "reqid", "req_id", "id", "x_request_id", "requestid"), ("request_id", "word:request_id")),
        (("trace_id", "traceid", "trace"), ("word:trace_id",)),
        (("host", "vhost", "server_name", "http_host", "sn"), ("word:host",)),
        (("status", "code", "st"), ("status",)),
        (("bytes", "size", "body_bytes_sent", "bbs", "bytes_sent"), ("body_bytes_sent",)),
        (("cs", "cache", "ucs", "upstream_cache_status", "cache_status"), ("upstream_cache_status",)),
        (("c", "conn", "connection"), ("connection",)),
        (("rl", "request_length", "req_len"), ("request_length",)),
        (("method", "request_method"), ("request_method",)),
        (("uri", "request_uri", "path", "url"), ("request_uri",)),
        (("req", "request"), ("request",)),
        (("time", "ts", "time_local", "timestamp", "date", "msec"), ("time_local", "time_iso8601", "msec", "stamp")),
        (("ip", "remote_addr", "client", "addr", "clientip"), ("remote_addr",)),
        (("user", "remote_user"), ("remote_user",)),
        (("ssl", "tls", "ssl_protocol", "proto"), ("ssl_protocol", "server_protocol")),
        (("scheme",), ("scheme",)),
        (("pipe", "p"), ("pipe",)),
    )
    for key in keys
}
