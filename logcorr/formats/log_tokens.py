r"""The variables and literals of a ``log_format``, and what a variable's value may look like.

Escaping: ``src/http/modules/ngx_http_log_module.c`` (``ngx_http_log_escape``). Variables:
https://nginx.org/en/docs/varindex.html; Apache's: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
#: a target that the format puts together from its parts; the parts cannot be told apart where a path holds a "?"
_TARGET = re.compile(
    r"\$(?:\{(?:document_)?uri\}|(?:document_)?uri\b)\$(?:\{is_args\}|is_args)\$(?:\{(?:args|query_string)\}|(?:args|query_string)\b)"
)

_SECOND = r"\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}"
_WHOLE = (r"\d+", "-", "")
_DECIMAL = (r"\d+(?:\.\d+)?", "-", "")
_NUMBERS: Final = ("body_bytes_sent", "bytes_sent", "request_length", "connection", "pid")
_TIMES: Final = ("request_time", "request_time_ms", "request_time_us", "gzip_ratio")
_TARGETED = (r"(?:/|\*|[A-Za-z][A-Za-z0-9+.-]*://)[^\"]*", "-", "")

#: what values look like, the longest first; most are needed only where no blank or quote tells where one ends
SHAPES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(_NUMBERS, _WHOLE),
    **dict.fromkeys(_TIMES, _DECIMAL),
    **dict.fromkeys(("remote_addr", "realip_remote_addr", "server_addr", "proxy_protocol_addr"), (r"[\w.:%-]*",)),
    **dict.fromkeys(("remote_port", "server_port", "realip_remote_port", "proxy_port", "connection_requests"), _WHOLE),
    "connection_time": _DECIMAL,
    **dict.fromkeys(("host", "server_name", "http_host", "hostname", "proxy_host"), (r"[^\s\"/?#]*",)),
    **dict.fromkeys(("request_uri", "uri", "document_uri", "target"), _TARGETED),
    "scheme": ("https", "http", "wss", "ws"),
    "https": ("on", "-", ""),
    "is_args": (r"\?", ""),
    "request_completion": ("OK", "-", ""),
    "request_method": (r"[A-Za-z_-]*",),
    "server_protocol": (r"[A-Z]+/\d(?:\.\d)?", "-", ""),
    "request_id": (r"[\w-]*",),
}
#: grammars of variables that decide whether a line is one of this format; those of one length first
_FIXED: Final = {
    "local_second": _SECOND,
    "local_offset": r"[+-]\d{4}",
    "time_iso8601": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[+-]\d{2}:\d{2}|Z)",
    "msec": r"\d{10}\.\d{3}",
    "status": r"\d{3}",
    "pipe": r"[.p]",
    "stamp": r"\d[\d:./+Z-]*(?:[A-Z][a-z]{2}[\d:./+-]*|T[\d:.]+(?:Z|[+-][\d:]+)?)?(?: [+-]\d{4})?",
}
GRAMMAR: Final = {**_FIXED, **{name: f"(?:{'|'.join(SHAPES[name])})" for name in (*_NUMBERS, *_TIMES)}}
#: clocks, and what stands with them, that are as many bytes in every line of nginx
WIDTHS: Final = {"local_second": 20, "local_offset": 5, "time_iso8601": 25, "msec": 14}
#: variables whose values may hold blanks, besides all those that nginx does not know
_FREE_TEXT: Final = (
    "args query_string request request_uri uri document_uri target request_filename request_body document_root realpath_root "
    "remote_user date_local date_gmt geoip_city geoip_region_name geoip_org request_body_file"
)
_FREE: Final = frozenset(_FREE_TEXT.split())
_FREE_PREFIXES: Final = ("upstream_http_", "upstream_trailer_", "upstream_cookie_")
#: values without blanks that no shape is known of
_WORDS_TEXT: Final = (
    "binary_remote_addr hostname limit_rate nginx_version proxy_add_x_forwarded_for connections_active ssl_cipher "
    "ssl_protocol ssl_session_id ssl_session_reused ssl_server_name tcpinfo_rtt tcpinfo_rttvar tcpinfo_snd_cwnd "
    "tcpinfo_rcv_space time_local connection_status req_id"
)
_WORDS: Final = frozenset(_WORDS_TEXT.split())
_LIST = r"[^\s\",]*(?:(?:, ?| : )[^\s\",]*)*"
_QUOTED = r"[^\"\\]*(?:\\.[^\"\\]*)*"
_WORD = r"[^\s\"]*"
_USER = r"(?:[^\"\\]|\\.)*?"


def grammar_of(name: str, mark: str, *, alone: bool, raw: bool) -> str:
    """The grammar of a value that is the only variable of its word.

    ``alone``: or the only one between two marks (quotes, tabs, ...). ``raw``: values are written unescaped.
    """
    if name in GRAMMAR:
        return GRAMMAR[name]
    if alone:
        return _QUOTED if mark == '"' and not raw else f"[^{re.escape(mark)}]*"
    return _USER if name == "remote_user" else _LIST if is_listed(name) else _WORD


def cut_grammar_of(name: str, mark: str, *, alone: bool, raw: bool) -> str:
    """The same, less the values that hold what may end one: a line with such a value is not read by cutting."""
    if name in GRAMMAR or alone:
        return grammar_of(name, mark, alone=alone, raw=raw)
    return r"[^\s\"\\]*" if name == "remote_user" else r"[^\s\",]*" if is_listed(name) else _WORD


def is_listed(name: str) -> bool:
    """Whether its value has an entry for each upstream that was tried."""
    return name.startswith("upstream_") and not name.startswith(_FREE_PREFIXES)


def shape_of(name: str, *, raw: bool, greedy: bool) -> str:
    """The grammar of a value wherever it stands, which takes as much as it can, or as little."""
    if name in _FIXED:
        return _FIXED[name]
    if is_listed(name):
        shapes: tuple[str, ...] = (_LIST,)
    elif name in SHAPES and not (raw and name in _FREE):
        shapes = SHAPES[name]
    elif name in _WORDS:
        shapes = (_WORD,)
    else:
        shapes = (".*" if raw else r"(?:[^\"\\]|\\.)*",)
    return f"(?:{'|'.join(shapes)})" if greedy else f"(?U:{'|'.join(shapes[::-1])})"


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands in every line."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A value; ``name`` is nginx's, without the dollar."""

    name: str


Token = Literal | Variable


def tokens_of(text: str) -> tuple[Token, ...]:
    """The format's literals and variables in order.

    ``$time_local`` becomes its two words, ``$uri$is_args$args`` one variable, ``target``.
    """
    text = text.replace("${time_local}", "$time_local").replace("$time_local", "${local_second} ${local_offset}")
    text = _TARGET.sub("${target}", text)
    tokens: list[Token] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > at:
            tokens.append(Literal(text[at : found.start()]))
        tokens.append(Variable(found.group(1) or found.group(2)))
        at = found.end()
    if at < len(text):
        tokens.append(Literal(text[at:]))
    return tuple(tokens)


def split_at(tokens: tuple[Token, ...], mark: str) -> list[tuple[Token, ...]]:
    """The tokens between the places where ``mark`` stands in a literal."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if isinstance(token, Variable):
            parts[-1].append(token)
            continue
        first, *others = token.text.split(mark)
        if first:
            parts[-1].append(Literal(first))
        parts.extend([Literal(other)] if other else [] for other in others)
    return [tuple(part) for part in parts]


def names_of(tokens: Sequence[Token]) -> list[str]:
    """The names of the variables, in order of first appearance."""
    return list(dict.fromkeys(token.name for token in tokens if isinstance(token, Variable)))


def variables_in(tokens: Sequence[Token]) -> int:
    """How many variables there are."""
    return sum(isinstance(token, Variable) for token in tokens)


def expression_of(tokens: Sequence[Token], grammars: Mapping[str, str], names: Sequence[str], seen: set[str]) -> str:
    """The expression of the tokens; ``v0`` is the first of the names. Only variables that were not ``seen`` are captured."""
    parts = []
    for token in tokens:
        if isinstance(token, Literal):
            parts.append(re.escape(token.text))
        else:
            parts.append(f"({'?:' if token.name in seen else f'?P<v{names.index(token.name)}>'}{grammars[token.name]})")
            seen.add(token.name)
    return "".join(parts)
