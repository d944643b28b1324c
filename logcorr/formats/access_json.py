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
from functools import reduce
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.access_keys import KEYS
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.json_lines import values_of
from logcorr.formats.json_mending import mended
from logcorr.formats.json_shape import cut_objects
from logcorr.formats.request_columns import UPSTREAM, chunk, encode, plain, type_columns
from logcorr.formats.tokenise import over_words

_OWN: Final = ("level", "logger", "peer", "traefik", "envoy", "nginx", "start", "duration")
#: variable -> what makes its number one of seconds
_SCALES: Final = {"request_time_ms": "e-3", "request_time_us": "e-6", "duration_ns": "e-9"}
_NO_TEXT: Final = pa.scalar(None, pa.string())

_PEER_PORT: Final = r"^(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9A-Fa-f:.]+)\]):\d+$"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are requests."""
    values = values_of(mended(lines), KEYS)
    empty = {
        name: pc.match_substring_regex(values["line"], rf'"(?:{"|".join(map(re.escape, KEYS[name]))})"\s*:\s*""')
        for name in UPSTREAM
    }
    return requests_of(values.drop_columns("line"), empty)


def cut(block: bytes) -> tuple[pa.Table, int] | None:
    """The same of a block of lines of one shape, without those of another, and how many lines there are; None where there is none."""
    found = cut_objects(block)
    if found is None:
        return None
    objects, count = found
    given = {
        name: [objects[key].combine_chunks() for key in keys if key in objects.column_names] for name, keys in KEYS.items()
    }
    empty = {name: any_of([is_empty(each) for each in given[name]]) for name in UPSTREAM if given[name]}
    values = {
        name: encode(columns[0], [""]) if len(columns) == 1 else pc.coalesce(*(plain(encode(each, [""])) for each in columns))
        for name, columns in given.items()
        if columns
    }
    nothing = pa.nulls(objects.num_rows, pa.string())
    requests = requests_of(pa.table({"row": objects["row"], **{name: values.get(name, nothing) for name in KEYS}}), empty)
    return (requests, count) if requests.num_rows else None


def is_empty(texts: pa.DictionaryArray) -> pa.Array:
    """Where nothing is written between quotes."""
    return pc.fill_null(pc.equal(texts.dictionary, "").take(texts.indices), fill_value=False)


def any_of(masks: list[pa.Array]) -> pa.Array:
    """Where one of the masks is true."""
    return reduce(pc.or_kleene, masks)


def requests_of(values: pa.Table, empty: dict[str, pa.Array]) -> pa.Table:
    """Columns of the objects that are requests; ``empty``: where the values of an upstream are written as nothing."""
    taken = is_access(values)
    begun = pc.is_null(values["stamp"]).filter(taken)
    empty = {name: there.filter(taken) for name, there in empty.items()}
    part = {name: chunk(column) for name, column in zip(values.column_names, values.filter(taken).columns, strict=True)}
    texts = {name: column for name, column in part.items() if name not in _OWN}
    texts["request"] = over_words(texts["request"], without_object)
    texts["http_user_agent"] = over_words(texts["http_user_agent"], first_of_list)
    texts["http_referer"] = over_words(texts["http_referer"], first_of_list)
    texts["remote_addr"] = over_words(texts["remote_addr"], without_port)
    texts |= durations({name: plain(part[name]) for name in ("duration", "logger", "nginx", "envoy", "request_time", *_SCALES)})
    for name, there in empty.items():
        nothing = pc.and_(pc.is_null(texts[name]), chunk(there))
        if pc.any(nothing).as_py():
            texts[name] = pc.if_else(nothing, pa.scalar(""), plain(texts[name]))
    if pc.any(begun).as_py():
        texts["stamp"] = pc.coalesce(plain(texts["stamp"]), plain(part["start"]))
    typed = type_columns(pa.table(texts), empty_is_absent=True)
    if pc.any(begun).as_py():
        typed = ended(typed, begun.filter(pc.is_in(part["row"], typed["row"].combine_chunks())))
    return typed


def is_access(values: pa.Table) -> pa.Array:
    """Whether each object is a request of a server, and no record of an application."""

    def given(*names: str) -> pa.Array:
        return any_of([pc.is_valid(values[name]) for name in names])

    request, logger = pc.dictionary_encode(chunk(values["request"])), plain(chunk(values["logger"]))
    line = pc.fill_null(pc.match_substring_regex(request.dictionary, r"^[^{\[]").take(request.indices), fill_value=False)
    asked = pc.or_(line, pc.and_(given("request_method"), given("request_uri")))
    told = pc.and_(pc.and_(given("stamp", "start"), given("status")), asked)
    server = given("body_bytes_sent", "remote_addr", "http_user_agent", "upstream_addr", "request_time")
    caddy = pc.fill_null(pc.starts_with(logger, "http.log"), fill_value=False)
    own = pc.or_(pc.or_(pc.invert(given("level")), given("peer")), pc.or_(caddy, given("traefik")))
    return pc.and_(pc.and_(told, server), own)


def without_object(texts: pa.Array) -> pa.Array:
    """A request's line; what is an object (Caddy) is none."""
    return pc.if_else(pc.match_substring_regex(texts, r"^\s*[{\[]"), _NO_TEXT, texts)


def without_port(texts: pa.Array) -> pa.Array:
    """A client's address; what is written with its port loses it."""
    return pc.replace_substring_regex(texts, _PEER_PORT, r"\1\2")


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
    for name, scale in _SCALES.items():
        if part[name].null_count == len(bare):
            continue
        number = pc.if_else(pc.match_substring_regex(part[name], r"^\d+(\.\d+)?$"), part[name], _NO_TEXT)
        seconds = pc.coalesce(seconds, pc.binary_join_element_wise(number, scale, ""))
    seconds = pc.coalesce(seconds, pc.binary_join_element_wise(pc.if_else(envoy, bare, _NO_TEXT), "e-3", ""))
    nothing = pa.nulls(len(bare), pa.string())
    return {"request_time": seconds, **dict.fromkeys(_SCALES, nothing)}


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
    cut=cut,
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
