r"""Access logs of web servers and proxies as one JSON object a line.

Lines that nginx writes with a ``log_format`` in JSON, with ``escape=json`` and without it, and Caddy's::

    {"time":"2026-11-23T10:55:01+01:00","remote_addr":"192.0.2.6","request":"GET / HTTP/1.1","status":200,"body_bytes_sent":2179,
        "request_time":0.026,"upstream_addr":"unix:/run/shop.sock","http_user_agent":"a \"b\""}     (one line)
    {"time_local":"23/Nov/2026:10:55:01 +0100","remote_addr":"192.0.2.6","request":"GET /\x22 HTTP/1.1","status":009,"upstream":-}
    {"level":"info","ts":1795427701.28,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"192.0.2.6",
        "method":"GET","host":"shop","uri":"/a?b=c"},"duration":0.026,"size":2179,"status":200}     (one line)

An object is taken if it has a time, a status, a request (its line, or method and target), and a size, a client or something else
that an application's logger does not write. The keys are nginx's names of variables and what they are usually called.

What is no JSON is mended: numbers that begin with 0, values that are nothing or a bare ``-`` or a list, ``\xHH``, control characters.
What cannot be mended (raw quotes, a line cut off) is read key by key, each where it first stands.

Clock: as in ``request_columns``: ISO text or Apache's with its offset, or a number since 1970. It is the END of the request; where only
the beginning is told (``start_time``, Envoy), the duration is added. Continuation: none.

Grammars: https://caddyserver.com/docs/caddyfile/directives/log, https://doc.traefik.io/traefik/observability/access-logs/,
https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage.
"""

from __future__ import annotations

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.access_keys import KEYS
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.json_lines import values_of
from logcorr.formats.json_mending import mended
from logcorr.formats.request_columns import UPSTREAM, type_columns

_OWN: Final = ("level", "logger", "peer", "traefik", "envoy", "nginx", "start", "duration")
_NO_TEXT: Final = pa.scalar(None, pa.string())

_PEER_PORT: Final = r"^(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9A-Fa-f:.]+)\]):\d+$"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are requests."""
    values = values_of(mended(lines), KEYS)
    values = values.filter(is_access(values))
    part = {name: values[name].combine_chunks() for name in values.column_names}
    texts = {name: values for name, values in part.items() if name not in {*_OWN, "line"}}
    texts["request"] = without_object(texts["request"])
    texts["http_user_agent"] = first_of_list(texts["http_user_agent"])
    texts["http_referer"] = first_of_list(texts["http_referer"])
    texts["remote_addr"] = pc.replace_substring_regex(texts["remote_addr"], _PEER_PORT, r"\1\2")
    texts |= durations(part)
    for name in UPSTREAM:
        empty = pc.match_substring_regex(part["line"], rf'"(?:{"|".join(map(re.escape, KEYS[name]))})"\s*:\s*""')
        texts[name] = pc.if_else(pc.and_(pc.is_null(texts[name]), empty), pa.scalar(""), texts[name])
    begun = pc.is_null(texts["stamp"])
    texts["stamp"] = pc.coalesce(texts["stamp"], part["start"])
    typed = type_columns(pa.table(texts), empty_is_absent=True)
    if pc.any(begun).as_py():
        typed = ended(typed, begun.filter(pc.is_in(values["row"], typed["row"].combine_chunks())))
    return typed


def is_access(values: pa.Table) -> pa.Array:
    """Whether each object is a request of a server, and no record of an application."""

    def given(*names: str) -> pa.Array:
        return pc.is_valid(pc.coalesce(*(values[name] for name in names)))

    line = pc.fill_null(pc.match_substring_regex(values["request"], r"^[^{\[]"), fill_value=False)
    asked = pc.or_(line, pc.and_(given("request_method"), given("request_uri")))
    told = pc.and_(pc.and_(given("stamp", "start"), given("status")), asked)
    server = given("body_bytes_sent", "remote_addr", "http_user_agent", "upstream_addr", "request_time")
    caddy = pc.fill_null(pc.starts_with(values["logger"], "http.log"), fill_value=False)
    own = pc.or_(pc.or_(pc.invert(given("level")), given("peer")), pc.or_(caddy, given("traefik")))
    return pc.and_(pc.and_(told, server), own)


def without_object(texts: pa.Array) -> pa.Array:
    """A request's line; what is an object (Caddy) is none."""
    return pc.if_else(pc.match_substring_regex(texts, r"^\s*[{\[]"), _NO_TEXT, texts)


def first_of_list(texts: pa.Array) -> pa.Array:
    """A header's value; Caddy writes a list of them."""
    found = pc.struct_field(pc.extract_regex(texts, r'^\["(?P<first>[^"\\]*)'), "first")
    return pc.coalesce(found, texts)


def durations(part: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """What a bare ``duration`` is in: seconds by Caddy and nginx (which writes three decimals), milliseconds by Envoy; else untold."""
    bare = part["duration"]
    caddy = pc.fill_null(pc.starts_with(part["logger"], "http.log"), fill_value=False)
    nginx = pc.and_(pc.is_valid(part["nginx"]), pc.fill_null(pc.match_substring_regex(bare, r"^\d+\.\d{3}$"), fill_value=False))
    envoy = pc.and_(pc.is_valid(part["envoy"]), pc.fill_null(pc.match_substring_regex(bare, r"^\d+$"), fill_value=False))
    seconds = pc.coalesce(part["request_time"], pc.if_else(pc.or_(caddy, nginx), bare, _NO_TEXT))
    for name, scale in (("request_time_ms", "e-3"), ("request_time_us", "e-6"), ("duration_ns", "e-9")):
        plain = pc.if_else(pc.match_substring_regex(part[name], r"^\d+(\.\d+)?$"), part[name], _NO_TEXT)
        seconds = pc.coalesce(seconds, pc.binary_join_element_wise(plain, scale, ""))
    seconds = pc.coalesce(seconds, pc.binary_join_element_wise(pc.if_else(envoy, bare, _NO_TEXT), "e-3", ""))
    nothing = pa.nulls(len(bare), pa.string())
    return {"request_time": seconds, "request_time_ms": nothing, "request_time_us": nothing, "duration_ns": nothing}


def ended(typed: pa.Table, begun: pa.Array) -> pa.Table:
    """The table with the end of each request that has told its beginning."""
    lasted = pc.cast(pc.multiply(pc.fill_null(typed["duration_s"], 0.0), 1e6), pa.int64(), safe=False)
    ends = pc.if_else(begun, pc.add(typed["naive_us"], lasted), typed["naive_us"])
    return typed.set_column(typed.column_names.index("naive_us"), "naive_us", ends)


FORMAT = LineFormat(
    name="access_json",
    source="access_json",
    family="requests",
    writer="nginx-access",
    begins=r"^\s*\{",
    read=read,
    samples=(
        Sample(
            '{"time":"2026-11-23T10:55:01+01:00","remote_addr":"192.0.2.6","request":"GET /a?b=c HTTP/1.1","status":200,'
            '"body_bytes_sent":2179,"request_time":0.026,"upstream_addr":"","http_user_agent":"a \\"b\\"","http_referer":""}',
            {
                "naive_us": 1795431301000000,
                "offset_s": 3600,
                "client_address": "192.0.2.6",
                "http_request_method": "GET",
                "url_path": "/a",
                "url_query": "b=c",
                "http_response_status_code": 200,
                "http_response_body_size": 2179,
                "duration_s": 0.026,
                "user_agent_original": 'a "b"',
                "http_request_referer": None,
            },
        ),
        Sample(
            '{"time_local":"23/Nov/2026:10:55:01 +0100","remote_addr":"::1","request":"GET /\\x22\\xC3\\xB8 HTTP/1.1","status":009,'
            '"rt":-,"up":,"urt":0.001, 0.002,"bytes":12}',
            {"url_path": '/"ø', "http_response_status_code": 9, "offset_s": 3600, "upstream_response_time": "0.001, 0.002"},
        ),
        Sample(
            '{"ts":1795427701.280,"remote_addr":"192.0.2.6","method":"GET","uri":"/a","status":"502","ua":"a "b" c","bytes":157}',
            {"naive_us": 1795427701280000, "http_response_status_code": 502, "url_path": "/a", "http_response_body_size": 157},
        ),
        Sample(
            '{"start_time":"2026-11-23T09:55:01.250Z","method":"GET","path":"/a","response_code":200,"bytes_sent":7,"duration":50,'
            '"response_flags":"-","upstream_host":"192.0.2.9:80","downstream_remote_address":"192.0.2.6:4711","authority":"shop"}',
            {"naive_us": 1795427701300000, "duration_s": 0.05, "client_address": "192.0.2.6", "server_address": "shop"},
        ),
        Sample('{"level":"info","time":"2026-11-23T10:55:01Z","msg":"GET /","method":"GET","path":"/","status":200}'),
        Sample('{"time":"2026-11-23T10:55:01Z","remote_addr":"192.0.2.6","request":"GET / HTTP/1.1","bytes":7}'),
        Sample('{"time":"2026-11-23T10:55:01Z","request":"GET / HTTP/1.1","status":'),
    ),
)
