r"""Apache's configuration: what its directives say, and how its access log is written.

Real lines::

    LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined
    <VirtualHost *:80>
        ProxyPass /app unix:/run/shop.sock|http://localhost/
    </VirtualHost>

``subject`` is the place of a directive: ``main``, ``VirtualHost *:80/Location /app``. ``value`` is the arguments joined by blanks, without
their quotes. Of a ``LogFormat`` the subject is its nickname and the value its text.

Grammar: https://httpd.apache.org/docs/2.4/configuring.html, ``server/config.c`` and ``server/util.c`` (``ap_getword_conf``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

_OPEN: Final = re.compile(r"<(?P<name>[A-Za-z]\w*)(?:\s+(?P<words>.*?))?\s*>$")
_CLOSE: Final = re.compile(r"</(?P<name>[A-Za-z]\w*)\s*>$")
_DIRECTIVE: Final = re.compile(r"(?P<name>[A-Za-z]\w*)(?:\s+(?P<words>.*))?$")
_CAMEL: Final = re.compile(r"(?:[A-Z]+[a-z0-9]+)+[A-Z]*|[A-Z]{2,}[a-z]\w*")
_WORD: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|(\S+)")

#: directives and sections that other programs' files have not
_OWN_TEXT: Final = (
    "logformat customlog errorlog errorlogformat documentroot servername serveralias serveradmin serverroot servertokens loadmodule "
    "proxypass proxypassreverse proxypassmatch sethandler addhandler rewriteengine rewriterule rewritecond allowoverride "
    "directoryindex keepalivetimeout maxrequestworkers serverlimit startservers threadsperchild transferlog globallog includeoptional "
    "sslengine sslcertificatefile proxyset proxytimeout"
)
OWN: Final = frozenset(_OWN_TEXT.split())
_SECTIONS_TEXT: Final = (
    "virtualhost directory directorymatch location locationmatch files filesmatch ifmodule ifdefine ifversion proxy proxymatch limit "
    "limitexcept if elseif else macro requireall requireany requirenone authnprovideralias"
)
SECTIONS: Final = frozenset(_SECTIONS_TEXT.split())
LONGEST_NAME: Final = 200


def statements(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First and last line, and text, of each statement: a backslash at its end joins a line to the next."""
    first, text = 0, ""
    for number, line in enumerate(lines, 1):
        first = first or number
        text += line.rstrip("\r\n")
        if text.endswith("\\") and number < len(lines):
            text = text[:-1]
            continue
        if stripped := text.strip():
            yield first, number, stripped
        first, text = 0, ""


def recognise(lines: Sequence[str]) -> bool:
    """Whether all statements are directives, sections stand in each other, and Apache's own words are in it."""
    open_sections: list[str] = []
    own = False
    for _, _, text in statements(lines):
        if text.startswith("#"):
            continue
        if closed := _CLOSE.match(text):
            if not open_sections or open_sections.pop() != closed["name"].lower():
                return False
        elif opened := _OPEN.match(text):
            if opened["name"].lower() not in SECTIONS:
                return False
            open_sections.append(opened["name"].lower())
            own = True
        elif (directive := _DIRECTIVE.match(text)) and not text.endswith((";", "{")):
            known = directive["name"].lower() in OWN and bool(directive["words"])
            if not known and not _CAMEL.fullmatch(directive["name"]):
                return False
            own = own or known
        else:
            return False
    return own and not open_sections


def words_of(text: str) -> list[str]:
    """The arguments of a directive, without their quotes."""
    found = []
    for word in _WORD.finditer(text):
        double, single, plain = word.groups()
        quoted = double if double is not None else single
        found.append(plain if quoted is None else re.sub(r"\\([\"'\\])", r"\1", quoted))
    return found


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a directive."""
    if not recognise(lines):
        return []
    facts = []
    path: list[str] = []
    for first, last, text in statements(lines):
        if text.startswith("#"):
            continue
        if _CLOSE.match(text):
            path.pop()
        elif opened := _OPEN.match(text):
            path.append(" ".join([opened["name"], *words_of(opened["words"] or "")])[:LONGEST_NAME])
        elif directive := _DIRECTIVE.match(text):
            facts.append(Fact("configuration", first, last, columns_of("/".join(path) or "main", directive)))
    return facts


def columns_of(path: str, directive: re.Match[str]) -> dict[str, object]:
    """The columns of one directive."""
    name, words = directive["name"], words_of(directive["words"] or "")
    subject, value = path, " ".join(words)
    if name.lower() == "logformat" and words:
        name, value, subject = "LogFormat", words[0], words[1] if len(words) > 1 else "default"
    elif name.lower() == "customlog" and len(words) > 1 and "%" in words[1]:
        name, value, subject = "LogFormat", words[1], words[0]
    return {"naive_us": None, "program": "apache", "subject": subject, "key": name, "value": value}


FORMAT = DocumentFormat(
    name="apache_config",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            'LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O" vhost\nErrorLog ${APACHE_LOG_DIR}/error.log',
            {
                "family": "configuration",
                "program": "apache",
                "subject": "vhost",
                "key": "LogFormat",
                "value": '%v:%p %h %l %u %t "%r" %>s %O',
            },
        ),
        Sample(
            "# the shop\n<VirtualHost *:80>\n\t<Location /app>\n\t\tProxyPass unix:/run/shop.sock|http://localhost/ \\\n\t\t\tretry=0\n"
            "\t</Location>\n</VirtualHost>",
            {
                "subject": "VirtualHost *:80/Location /app",
                "key": "ProxyPass",
                "value": "unix:/run/shop.sock|http://localhost/ retry=0",
                "line": 4,
                "line_last": 5,
            },
        ),
        Sample("<VirtualHost *:80>\n\tServerName shop\n"),
        Sample("<html>\n<body>\n</body>\n</html>"),
        Sample("server {\n\tlisten 80;\n}"),
        Sample("[Unit]\nDescription=The Apache HTTP Server"),
        Sample("Listen to this\nit is no configuration"),
    ),
)
