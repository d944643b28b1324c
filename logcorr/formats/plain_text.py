"""Lines of an application's output that carry no time, where a stack trace between them shows what they are.

Lines::

    listening on 8000
    Traceback (most recent call last):
      File "/srv/pay.py", line 7, in pay
    KeyError: 'EUR'
    worker 3 gave up

The last resort: nothing is understood of such a line but the request that it may speak of. Any other text stays unread.

Clock: none. Continuation: lines that are indented.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import request_of
from logcorr.formats.tokenise import accept


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are not indented."""
    head = accept(lines, r"^(?P<body>[^\s].*)$")
    body = pc.fill_null(head["body"], "").combine_chunks()
    return pa.table({"row": head["row"], "body": body, **request_of(body)})


FORMAT = LineFormat(
    name="plain_text",
    source="app_text",
    family="log",
    writer="application",
    read=read,
    continues=True,
    fallback=True,
    plain=True,
    samples=(
        Sample(
            "listening on 8000\nGET /pay -> 500\nworker 3 gave up\nTraceback (most recent call last):\n"
            "  File \"/srv/pay.py\", line 7, in pay\nKeyError: 'EUR'",
            {"body": "listening on 8000"},
        ),
        Sample("  indented"),
    ),
)
