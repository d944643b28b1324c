"""nginx's configuration: its files, and the whole of it as ``nginx -T`` prints it.

Real lines::

    upstream php_account {
        server unix:/run/php/shop-account.sock max_fails=0;
    }
    log_format main_ext '$remote_addr - $remote_user [$time_local] "$request" '
                        '$status $body_bytes_sent';

``subject`` is the place of a directive: ``main``, ``http``, ``upstream php_account``, ``server shop-prod-2/location /static/``.
A server is called by its first name, else by what it listens on. ``http/`` is left out before other blocks, since an included
file does not know that it stands there. ``value`` is the arguments joined by blanks, without their quotes. Of a ``log_format``
the subject is its name and the value its text (``escape=json`` and a blank before it, if so). Variables stay as they are.

Grammar: nginx ``src/core/ngx_conf_file.c`` (``ngx_conf_read_token``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logcorr.formats import nginx_test
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

TOKEN: Final = re.compile(
    r"""
    (?P<skip>\s+|\#[^\n]*)
    | "(?P<double>[^"\\]*(?:\\[\s\S][^"\\]*)*)"
    | '(?P<single>[^'\\]*(?:\\[\s\S][^'\\]*)*)'
    | (?P<mark>[;{}])
    | (?P<word>(?!["'])(?:[^\s;{\\$]+|\\[\s\S]|\$\{?)+)
    """,
    re.VERBOSE,
)
ESCAPE: Final = re.compile(r"\\([\"'\\trn])")
ESCAPED: Final = {"t": "\t", "r": "\r", "n": "\n"}
NAME: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
BRACE: Final = re.compile(r"[{}]")
#: nobody nests deeper, and paths stay short
DEEPEST: Final = 32
LONGEST_NAME: Final = 200

BLOCKS: Final = frozenset(
    {"http", "events", "server", "location", "upstream", "stream", "types", "map", "geo", "split_clients"}
)
_DIRECTIVES: Final = (
    "access_log add_header client_max_body_size error_log error_page fastcgi_param fastcgi_pass gzip include index keepalive "
    "keepalive_timeout limit_req limit_req_zone listen log_format pid proxy_http_version proxy_pass proxy_read_timeout "
    "proxy_set_header return rewrite root scgi_param scgi_pass sendfile server server_name server_tokens set_real_ip_from "
    "ssl_certificate ssl_protocols try_files user uwsgi_param uwsgi_pass worker_processes"
)
DIRECTIVES: Final = frozenset(_DIRECTIVES.split())
#: words of these alone are in other programs' files too
SHARED: Final = frozenset({"include", "server", "user", "index", "root", "return", "pid", "map", "types", "keepalive"})
#: what stands in these blocks are pairs of values, not directives
PAIRS: Final = frozenset({"types", "map", "geo", "split_clients", "charset_map"})
LIKELY: Final = re.compile(r"\s*(?:" + "|".join(sorted(BLOCKS | DIRECTIVES)) + r")\b.*")


@dataclass(slots=True)
class Directive:
    """A directive: its words, its lines, and its children if it is a block."""

    words: list[str]
    line: int
    line_last: int
    children: list[Directive] | None = None


class NotNginxError(Exception):
    """The text is no configuration of nginx."""


def unescaped(text: str) -> str:
    """A word as nginx takes it."""
    return ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[1]), text) if "\\" in text else text


def parse(text: str) -> list[Directive]:
    """The directives of a text.

    Raises:
        NotNginxError: where it breaks nginx's grammar.
    """
    top: list[Directive] = []
    stack: list[Directive] = []
    words: list[str] = []
    at, line, begins = 0, 1, 1
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found or len(stack) > DEEPEST:
            raise NotNginxError
        kind, at = found.lastgroup, found.end()
        start, line = line, line + found[0].count("\n")
        if found[0] == "}":
            close(stack, words, line)
        elif kind == "mark":
            check(words, stack)
            directive = Directive(words, begins, line, [] if found[0] == "{" else None)
            (stack[-1].children if stack and stack[-1].children is not None else top).append(directive)
            if directive.children is not None and words[0].endswith("_by_lua_block"):
                at, line = after_lua(text, at, line)
                directive.children, directive.line_last = None, line
            elif directive.children is not None:
                stack.append(directive)
            words = []
        elif kind and kind != "skip":
            begins = begins if words else start
            words.append(unescaped(found[kind]))
    if words or stack:
        raise NotNginxError
    return top


def close(stack: list[Directive], words: list[str], line: int) -> None:
    """End the innermost block."""
    if words or not stack:
        raise NotNginxError
    stack.pop().line_last = line


def check(words: list[str], stack: list[Directive]) -> None:
    """Refuse what cannot be a directive in this place."""
    if not words or not (NAME.fullmatch(words[0]) or (stack and stack[-1].words[0] in PAIRS)):
        raise NotNginxError


def after_lua(text: str, at: int, line: int) -> tuple[int, int]:
    """The place and the line after the brace that closes a block of Lua."""
    depth = 1
    for found in BRACE.finditer(text, at):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return found.end(), line + text.count("\n", at, found.end())
    raise NotNginxError


def text_of(lines: Sequence[str]) -> str:
    """The configuration without what ``nginx -T`` says of its test, line for line."""
    return "\n".join("" if line.startswith("nginx: ") else line.rstrip("\r") for line in lines)


def walk(directives: list[Directive]) -> Iterator[Directive]:
    """All directives, each before its children."""
    waiting = directives[::-1]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += (each.children or [])[::-1]


def recognise(lines: Sequence[str]) -> bool:
    """Whether it keeps to nginx's grammar, and nginx's own words are in it."""
    if not any(LIKELY.fullmatch(line) for line in lines):
        return False
    try:
        directives = parse(text_of(lines))
    except NotNginxError:
        return False
    blocks = {each.words[0] for each in walk(directives) if each.children is not None}
    plain = {each.words[0] for each in walk(directives) if each.children is None}
    return bool((blocks & BLOCKS) - SHARED or (plain & DIRECTIVES) - SHARED) or ("types" in blocks and not plain)


def called(block: Directive) -> str:
    """What a block is called in a path."""
    name = " ".join(block.words)
    if block.words == ["server"]:
        children = block.children or []
        names = [
            each.words[1] for key in ("server_name", "listen") for each in children if each.words[0] == key and each.words[1:]
        ]
        name = f"server {names[0]}" if names else name
    return name[:LONGEST_NAME]


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a directive, and what ``nginx -T`` said of the test."""
    try:
        waiting = [("main", each) for each in parse(text_of(lines))[::-1]]
    except NotNginxError:
        return []
    facts = nginx_test.read([line if line.startswith("nginx: ") else "" for line in lines])
    while waiting:
        path, each = waiting.pop()
        if each.children is None:
            facts.append(Fact("configuration", each.line, each.line_last, columns_of(path, each.words)))
            continue
        inner = called(each) if path in {"main", "http"} else f"{path}/{called(each)}"
        waiting += [(inner, child) for child in each.children[::-1]]
    return facts


def columns_of(path: str, words: list[str]) -> dict[str, object]:
    """The columns of one directive."""
    subject, value = path, " ".join(words[1:])
    if words[0] == "log_format" and len(words) > 1:
        subject, parts = words[1], words[2:]
        escape = f"{parts.pop(0)} " if parts and parts[0].startswith("escape=") else ""
        value = escape + "".join(parts)
    return {"naive_us": None, "program": "nginx", "subject": subject, "key": words[0], "value": value}


FORMAT = DocumentFormat(
    name="nginx_config",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "upstream php_account {\n\tserver unix:/run/php/shop-account.sock max_fails=0; # a comment; {\n}\n",
            {
                "family": "configuration",
                "program": "nginx",
                "subject": "upstream php_account",
                "key": "server",
                "value": "unix:/run/php/shop-account.sock max_fails=0",
                "line": 2,
            },
        ),
        Sample(
            "http {\n\tlog_format main_ext escape=json '$remote_addr - $remote_user [$time_local] \"$request\" '\n"
            "\t                    'rt=${request_time}';\n}",
            {
                "subject": "main_ext",
                "key": "log_format",
                "value": 'escape=json $remote_addr - $remote_user [$time_local] "$request" rt=${request_time}',
            },
        ),
        Sample(
            "http { server {\n\tlocation ~ ^/(dashboard|api/user/) {\n\t\tfastcgi_pass php_account;\n\t}\n"
            "\tserver_name shop-prod-2 shop;\n} }",
            {"subject": "server shop-prod-2/location ~ ^/(dashboard|api/user/)", "key": "fastcgi_pass", "value": "php_account"},
        ),
        Sample(
            "nginx: configuration file /etc/nginx/nginx.conf test is successful\n"
            "# configuration file /etc/nginx/nginx.conf:\nuser www-data;\nworker_processes 2;\n",
            {"family": "states", "status": "ok"},
        ),
        Sample('fastcgi_param  SCRIPT_FILENAME "$document_root\\"x";', {"value": 'SCRIPT_FILENAME $document_root"x'}),
        Sample("server {\n\tlisten 80;\n"),
        Sample("server {\n\tlisten 80\n}"),
        Sample("server {\n\tadd_header X 'y;\n}"),
        Sample("body { color: red; }"),
        Sample("[www]\nlisten = /run/php/php8.2-fpm.sock\npm = static"),
        Sample('zone "example" {\n\ttype master;\n};'),
        Sample("/var/log/nginx/*.log {\n\tdaily\n\tmissingok\n}"),
        Sample("events happened; the server was slow;"),
    ),
)
