"""The words of application logs: levels, keys of identifiers, and the request that a message speaks of.

Real messages::

    GET /dashboard -> 200 (58 ms) user=greta.tanaka51
    Exception on /api/v1/invoices [POST]
    "POST /login?next=%2F HTTP/1.1" 302 17

What a message says is the application's word for it, and may hold what a client sent: weigh it below an access log.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import distinct_columns, over_distinct
from logcorr.formats.tokenise import METHODS, blank_as_null, extract, to_int

#: OpenTelemetry severity numbers of level words and letters, of the numbers of pino/bunyan (10-60) and Monolog (100-600)
SEVERITY: Final = {
    **dict.fromkeys(("trace", "trce", "trc", "verbose", "vrb", "verb", "v", "t", "silly", "finest", "finer", "10"), 1),
    **dict.fromkeys(("debug", "dbug", "dbg", "deb", "d", "db", "fine", "20", "100"), 5),
    **dict.fromkeys(("info", "information", "informational", "inf", "in", "i", "config", "http", "log", "30", "200"), 9),
    **dict.fromkeys(("notice", "note", "not", "no", "n", "250"), 10),
    **dict.fromkeys(("warn", "warning", "warnings", "wrn", "wrng", "wa", "w", "40", "300"), 13),
    **dict.fromkeys(("error", "errors", "err", "eror", "erro", "er", "e", "severe", "failure", "50", "400"), 17),
    **dict.fromkeys(("critical", "crit", "cr", "c", "dpanic", "500"), 18),
    **dict.fromkeys(("alert", "al", "a", "550"), 19),
    **dict.fromkeys(("fatal", "ftl", "f", "emergency", "emerg", "em", "panic", "off", "60", "600"), 21),
}

#: the words among them that stand for a level in a line of text, in any case
LEVEL_WORDS: Final = (
    "trace|trce|trc|verbose|vrb|silly|finest|finer|debug|dbug|dbg|fine|info|information|informational|inf|notice|note|warning|warn|wrn|"
    "error|err|eror|severe|critical|crit|dpanic|alert|fatal|ftl|emergency|emerg|panic"
)

#: column -> keys that applications give it, the surest first; a dot in a key is a step into an object
IDENTIFIERS: Final = {
    "request_id": (
        *("request_id", "requestId", "rid", "req_id", "reqId", "x_request_id", "req.id", "request.id"),
        *("correlation_id", "correlationId", "RequestId", "CorrelationId"),
    ),
    "trace_id": ("trace_id", "traceId", "traceID", "trace.id", "otelTraceID", "@tr"),
    "user_id": ("user_id", "userId", "user.id", "username", "user"),
    "session_id": ("session_id", "sessionId", "session.id", "sid"),
}

NOBODY: Final = ("", "-", "None", "null", "nil")

#: a message that puts the method first; what follows a number tells a status from a duration
METHOD_FIRST: Final = (
    r"(?:^|[\s\"'`\[(=:])(?P<method>" + METHODS + r")\s+(?:https?://[^/\s\"']{1,255})?(?P<target>/[^\s\"'<>`]*)"
    r"(?:\s+HTTP/[0-9.]+)?[\"'`]?"
    r"(?:[,:;]?\s+(?:-+>|=>|→|-|returned|responded|completed|failed|with|status(?:[ _]code)?[=:]?|code[=:]?)){0,3}"
    r"\s*\(?(?:(?P<status>[1-5][0-9]{2})(?P<more>\s?(?:ms|µs|us|s|sec|bytes|B)\b|(?:[0-9A-Za-z_]|[.][0-9])*))?"
)

#: Flask and others put it last: "Exception on /login [POST]"
METHOD_LAST: Final = r"(?:^|\s)(?P<target>/[^\s\"'<>`]*) \[(?P<method>" + METHODS + r")\]"

#: the first at its simplest, ten times as quick to try: "GET /dashboard -> 200 (58 ms)"
ARROW: Final = r"^(?P<method>" + METHODS + r") (?P<target>/[^\s\"'<>`]*) -> (?P<status>[1-5][0-9][0-9])(?: \(|$)"

#: what both need
_ASKED: Final = rf"(?:{METHODS})[\s\]]"

USER: Final = r"(?:^|[\s,;(])user(?:_?id|name)?=\"?(?P<user>[^\s,;)\"]*)"


def severity_of(levels: pa.Array) -> pa.Array:
    """Severity numbers of level words in any case; null for words that are none."""
    return over_distinct(levels, lambda level: SEVERITY.get(level.lower()), pa.int8())


def split_target(targets: pa.Array) -> dict[str, pa.Array]:
    """``url_path`` and ``url_query`` of request targets or URLs; null where there is no path."""
    parts = pc.extract_regex(
        targets, r"^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?(?P<path>/[^?#]*|\*)(?:\?(?P<query>[^#]*))?(?:#.*)?$"
    )
    return {"url_path": blank_as_null(_field(parts, "path")), "url_query": blank_as_null(_field(parts, "query"))}


def status_code(texts: pa.Array) -> pa.Array:
    """HTTP status codes; null for all else ("ok", "0", "2000")."""
    numbers = to_int(pc.if_else(pc.equal(pc.binary_length(texts), 3), texts, pa.scalar(None, pa.string())), pa.int32())
    known = pc.and_(pc.greater_equal(numbers, 100), pc.less(numbers, 600))
    return pc.if_else(known, numbers, pa.scalar(None, pa.int32()))


def nobody_as_null(users: pa.Array) -> pa.Array:
    """Users; what stands for nobody (``-``, ``None``) becomes null."""
    return pc.if_else(pc.is_in(users, pa.array(NOBODY)), pa.scalar(None, pa.string()), users)


def request_of(bodies: pa.Array) -> dict[str, pa.Array]:
    """The request that each message speaks of, in the first place that names a method and a path.

    Columns: ``http_request_method``, ``url_path``, ``url_query``, ``http_response_status_code`` (int32), ``user_id``; each as
    long as ``bodies`` and null where the message names none.
    """
    if isinstance(bodies, pa.ChunkedArray):
        bodies = bodies.combine_chunks()
    return distinct_columns(bodies, _request_in)


def _request_in(bodies: pa.Array) -> dict[str, pa.Array]:
    usual = pc.extract_regex(bodies, ARROW)
    asked = _where(pc.if_else(pc.is_null(usual), bodies, pa.scalar(None, pa.string())), _ASKED)
    first = extract(asked, METHOD_FIRST)
    last = extract(pc.if_else(pc.is_null(first), asked, pa.scalar(None, pa.string())), METHOD_LAST)
    said = pc.and_(pc.equal(_field(first, "more"), ""), pc.is_valid(first))
    status = pc.if_else(said, _field(first, "status"), pa.scalar(None, pa.string()))
    target = pc.utf8_rtrim(pc.coalesce(*(_field(each, "target") for each in (usual, first, last))), ",;:")
    return {
        "http_request_method": pc.coalesce(*(_field(each, "method") for each in (usual, first, last))),
        **distinct_columns(target, split_target),
        "http_response_status_code": status_code(pc.coalesce(_field(usual, "status"), status)),
        "user_id": nobody_as_null(_field(extract(_where(bodies, "user"), USER), "user")),
    }


def _where(texts: pa.Array, pattern: str) -> pa.Array:
    """The texts that an expression matches, else null: it is much quicker than what takes them apart."""
    return pc.if_else(pc.match_substring_regex(texts, pattern), texts, pa.scalar(None, pa.string()))


def _field(found: pa.Array, name: str) -> pa.Array:
    return pc.struct_field(found, name)
