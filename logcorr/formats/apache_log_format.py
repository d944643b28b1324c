r"""Apache's ``LogFormat`` in nginx's terms, so that one reader serves both.

``%h %l %u %t "%r" %>s %b "%{Referer}i"`` becomes ``$remote_addr $remote_logname $remote_user [$time_local] "$request" $status
$body_bytes_sent "$http_referer"``. Modifiers (``%>s``, ``%!200,304{User-agent}i``) do not change where a value stands.

Grammar: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats, ``modules/loggers/mod_log_config.c``.
"""

from __future__ import annotations

import re
from typing import Final

_DIRECTIVE: Final = re.compile(r"%(?:[<>]|!?\d{3}(?:,\d{3})*)*(?:\{(?P<name>[^}]*)\})?(?:[<>])?(?P<letter>\^..|[A-Za-z%])")

#: letter -> what stands there
LETTERS: Final = {
    "a": "$remote_addr",
    "h": "$remote_addr",
    "A": "$server_addr",
    "B": "$body_bytes_sent",
    "b": "$body_bytes_sent",
    "D": "$request_time_us",
    "f": "$request_filename",
    "H": "$server_protocol",
    "I": "$request_length",
    "k": "$connection_requests",
    "L": "$log_id",
    "l": "$remote_logname",
    "m": "$request_method",
    "O": "$bytes_sent",
    "P": "$pid",
    "p": "$server_port",
    "q": "$query_marked",
    "R": "$handler",
    "r": "$request",
    "S": "$bytes_transferred",
    "s": "$status",
    "T": "$request_time",
    "t": "[$time_local]",
    "U": "$uri",
    "u": "$remote_user",
    "V": "$host",
    "v": "$server_name",
    "X": "$connection_status",
    "%": "%",
}
#: letter with a name in braces -> the beginning of the variable's
NAMED: Final = {
    "i": "http_",
    "o": "sent_http_",
    "C": "cookie_",
    "e": "env_",
    "n": "note_",
    "^ti": "trailer_",
    "^to": "sent_trailer_",
}
#: units of %T, formats of %t, and the other end's address and port
SPECIAL: Final = {
    ("T", "s"): "$request_time",
    ("T", "ms"): "$request_time_ms",
    ("T", "us"): "$request_time_us",
    ("t", "sec"): "$stamp",
    ("t", "msec"): "$stamp",
    ("t", "usec"): "$stamp",
    ("t", "%s"): "$stamp",
    ("t", "%d/%b/%Y:%H:%M:%S %z"): "$time_local",
    ("t", "%d/%b/%Y:%T %z"): "$time_local",
    ("t", "[%d/%b/%Y:%H:%M:%S %z]"): "[$time_local]",
    ("t", "%Y-%m-%dT%H:%M:%S%z"): "$stamp",
    ("t", "%FT%T%z"): "$stamp",
    ("t", "%Y-%m-%dT%H:%M:%S"): "$stamp",
    ("t", "%FT%T"): "$stamp",
    ("a", "c"): "$peer_addr",
    ("h", "c"): "$peer_addr",
    ("p", "remote"): "$remote_port",
    ("p", "canonical"): "$server_port",
    ("p", "local"): "$server_port",
    ("i", "user-agent"): "$http_user_agent",
    ("i", "unique_id"): "$request_id",
    ("e", "unique_id"): "$request_id",
}


def in_variables(text: str) -> str | None:
    """The ``log_format`` of a ``LogFormat``; None where it has a directive that nobody knows."""
    known = True

    def variable(found: re.Match[str]) -> str:
        nonlocal known
        letter, name = found["letter"], found["name"]
        if name is not None:
            told = name.removeprefix("begin:").removeprefix("end:") if letter == "t" else name.lower()
            if special := SPECIAL.get((letter, told)):
                return special
            if letter in NAMED:
                return "${" + NAMED[letter] + re.sub(r"\W", "_", name.lower()) + "}"
            if letter == "t":
                return "$written_time"
        if letter not in LETTERS:
            known = False
            return ""
        value = LETTERS[letter]
        return re.sub(r"\$(\w+)", r"${\1}", value)

    if "$" in text:
        return None
    result = _DIRECTIVE.sub(variable, text.replace("%U%q", "%\x00"))
    result = result.replace("%\x00", "${target}").replace("\\t", "\t").replace("\\n", "\n")
    return result if known and "\n" not in result else None
