r"""Lines that begin with a level and carry no time: loggers as they come, and servers whose journal or container adds the time.

Real lines, of uvicorn, of Python's ``logging.basicConfig`` and of others::

    INFO:     127.0.0.1:51044 - "GET /pay HTTP/1.1" 500 Internal Server Error
    ERROR:    Exception in ASGI application
    WARNING:root:no rate for EUR
    [ERROR] no rate for EUR
    level: ERROR - no rate

Words in capitals alone begin a line, with a colon behind them, or in brackets.

Clock: none. Continuation: tracebacks, further lines of a message.

Grammar: uvicorn ``uvicorn/logging.py`` (``DefaultFormatter``, ``AccessFormatter``); Python ``logging.BASIC_FORMAT``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import LEVEL_WORDS, request_of, severity_of
from logcorr.formats.tokenise import accept

_LEVEL: Final = f"(?P<level>{LEVEL_WORDS.upper()})"
HEAD: Final = (
    rf"^(?:{_LEVEL}:(?:(?P<logger>[A-Za-z_][\w.-]{{0,100}}):(?P<message>\S.*)|(?P<body>\s+.*|$))"
    rf"|\[\s*(?P<enclosed>{LEVEL_WORDS.upper()}|{LEVEL_WORDS})\s*\]:?(?P<bracketed>\s+.*))$"
)
CLIENT: Final = r"^(?P<client>(?:\d{1,3}\.){3}\d{1,3}|\[?[0-9a-fA-F:]+\]?):\d+ - \""


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin with a level."""
    head = accept(lines, HEAD)
    level = pc.coalesce(head["level"], head["enclosed"])
    body = pc.utf8_ltrim_whitespace(pc.fill_null(pc.coalesce(head["message"], head["body"], head["bracketed"]), ""))
    body = body.combine_chunks() if isinstance(body, pa.ChunkedArray) else body
    client = pc.struct_field(pc.extract_regex(body, CLIENT), "client")
    return pa.table(
        {
            "row": head["row"],
            "severity_text": level,
            "severity_number": severity_of(level),
            "logger": head["logger"],
            "body": body,
            **request_of(body),
            "client_address": pc.utf8_trim(client, "[]"),
        }
    )


FORMAT = LineFormat(
    name="level_text",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^(?:[A-Z]{3,12}:|\[\s*[A-Za-z]{3,12}\s*\])",
    read=read,
    continues=True,
    least=0.3,
    samples=(
        Sample(
            'INFO:     127.0.0.1:51044 - "GET /pay?a=1 HTTP/1.1" 500 Internal Server Error',
            {
                "severity_text": "INFO",
                "severity_number": 9,
                "client_address": "127.0.0.1",
                "http_request_method": "GET",
                "url_path": "/pay",
                "url_query": "a=1",
                "http_response_status_code": 500,
            },
        ),
        Sample(
            "ERROR:    Exception in ASGI application\nTraceback (most recent call last):\nKeyError: 'rate'",
            {"severity_number": 17, "body": "Exception in ASGI application", "logger": None},
        ),
        Sample("WARNING:root:no rate for EUR", {"severity_number": 13, "logger": "root", "body": "no rate for EUR"}),
        Sample("[ERROR] no rate for EUR", {"severity_number": 17, "body": "no rate for EUR"}),
        Sample("[error] no rate for EUR", {"severity_text": "error"}),
        Sample("ERROR no rate"),
        Sample("error: no rate"),
        Sample("[2026-11-23 10:16:15] [ERROR] no rate"),
    ),
)
