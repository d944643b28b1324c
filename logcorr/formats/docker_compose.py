r"""What ``docker compose logs`` prints: the container's name before each line, with ``-t`` its time too.

Real lines::

    web-1  | listening on 8000
    web-1  | 2026-11-23T21:47:03.123456789Z ready
    db_1   | 2026-11-23 21:47:03.123 UTC [1] LOG:  database system is ready to accept connections

The line inside is read by the format that it is in. A name without a number at its end counts only before a line that looks like a log's.

Clock: with ``-t`` UTC, nanoseconds; else none, the line inside may state one. Continuation: traces.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.app_json import read_stamp
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.message_head import field, read_heads
from logcorr.formats.request_words import request_of

HEAD: Final = (
    r"^(?:(?P<numbered>[a-z0-9][a-z0-9_.-]{0,80}[_-]\d{1,3}) {1,80}\|(?: |$)"
    r"(?:(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)(?: |$))?(?P<text>.*)"
    r"|(?P<name>[a-z][a-z0-9_.-]{1,80}) {1,80}\| (?P<log>(?:\{\"|\[?\d{4}[-/]\d\d[-/]\d\d|[A-Z]{4,8}[: ]|level=|time=|ts=).*))$"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that name a container."""
    found = pc.extract_regex(lines, HEAD)
    taken = pc.is_valid(found)
    rows = pc.indices_nonzero(taken).cast(pa.int32())
    found = found.filter(taken)
    body = text_of(found)
    told = read_heads(body)
    return pa.table(
        {
            "row": rows,
            **read_stamp(field(found, "stamp")),
            "service_name": pc.coalesce(field(found, "numbered"), field(found, "name")),
            "severity_text": told["severity_text"],
            "severity_number": told["severity_number"],
            "body": body,
            **request_of(body),
        }
    )


def text_of(found: pa.Array) -> pa.Array:
    """The line inside; null where there is none."""
    return pc.coalesce(
        field(found, "text"), field(found, "log"), pc.if_else(pc.is_valid(found), "", pa.scalar(None, pa.string()))
    )


def unwrap(lines: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The line inside; none is cut."""
    return text_of(pc.extract_regex(lines, HEAD)), pa.repeat(pa.scalar(value=False), len(lines))


FORMAT = LineFormat(
    name="docker_compose",
    source="container",
    family="log",
    writer="container",
    begins=r"^[a-z0-9][a-z0-9_.-]{1,84} {1,80}\|",
    read=read,
    unwrap=unwrap,
    continues=True,
    least=0.8,
    samples=(
        Sample("web-1  | listening on 8000", {"service_name": "web-1", "body": "listening on 8000", "naive_us": None}),
        Sample("web-1  | 2026-11-23T21:47:03.123456789Z ready", {"naive_us": 1795470423123456, "body": "ready", "offset_s": 0}),
        Sample("web-1  | ready\nweb-1  | ready\nweb-1  | INFO:     Application startup complete.", {"body": "ready"}),
        Sample("web | ready"),
        Sample("INFO   | jvm 1    | 2026/11/23 10:16:15 | ready"),
    ),
)
