r"""Docker's ``json-file`` log: each line that a container wrote, in an object.

Real lines::

    {"log":"listening on 8000\n","stream":"stdout","time":"2026-11-23T21:47:03.123456789Z"}
    {"log":"Traceback (most recent call last):\n","stream":"stderr","time":"2026-11-23T21:47:04.000000001Z"}

The line inside is read by the format that it is in. A line longer than 16 KiB is cut; its pieces but the last end without a newline.

Clock: UTC, nanoseconds: the moment at which Docker read the line. Continuation: traces.

Grammar: https://docs.docker.com/engine/logging/drivers/json-file/; moby ``daemon/logger/jsonfilelog/jsonlog``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.app_json import read_stamp
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.json_lines import values_of
from logcorr.formats.message_head import read_heads
from logcorr.formats.request_words import request_of

KEYS: Final = {"log": ("log",), "stream": ("stream",), "time": ("time", "@timestamp", "timestamp")}
_OBJECT: Final = r'^\s*\{.*"log"\s*:\s*"'


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that Docker wrote."""
    values = values_of(pc.if_else(pc.match_substring_regex(lines, _OBJECT), lines, pa.scalar(None, pa.string())), KEYS)
    clock = read_stamp(values["time"].combine_chunks())
    body = pc.fill_null(pc.utf8_rtrim(values["log"].combine_chunks(), "\r\n"), "")
    head = read_heads(body)
    columns = {
        **clock,
        "severity_text": head["severity_text"],
        "severity_number": head["severity_number"],
        "body": body,
        **request_of(body),
        "attributes": pc.binary_join_element_wise('{"stream": "', values["stream"].combine_chunks(), '"}', ""),
    }
    return pa.table({"row": values["row"], **columns}).filter(
        pc.and_(pc.is_valid(clock["naive_us"]), pc.is_in(values["stream"], pa.array(["stdout", "stderr"])))
    )


def unwrap(lines: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The line inside each object, and whether it goes on in the next."""
    values = values_of(pc.if_else(pc.match_substring_regex(lines, _OBJECT), lines, pa.scalar(None, pa.string())), KEYS)
    mask = pc.is_in(pa.array(range(len(lines)), pa.int32()), values["row"].combine_chunks())
    texts = pc.replace_with_mask(pa.nulls(len(lines), pa.string()), mask, pc.fill_null(values["log"].combine_chunks(), ""))
    return texts, pc.and_(pc.invert(pc.ends_with(texts, "\n")), pc.not_equal(texts, ""))


FORMAT = LineFormat(
    name="docker_json",
    source="container",
    family="log",
    writer="container",
    begins=r"^\s*\{",
    read=read,
    unwrap=unwrap,
    continues=True,
    samples=(
        Sample(
            r'{"log":"listening on 8000\n","stream":"stdout","time":"2026-11-23T21:47:03.123456789Z"}',
            {
                "naive_us": 1795470423123456,
                "offset_s": 0,
                "body": "listening on 8000",
                "severity_number": None,
                "attributes": '{"stream": "stdout"}',
            },
        ),
        Sample(
            r'{"log":"[ERROR] no rate for \"EUR\"\n","stream":"stderr","attrs":{"tag":"pay"},"time":"2026-11-23T21:47:03Z"}'
            "\n" + r'{"log":"ready\n","stream":"stderr","time":"2026-11-23T21:47:03Z"}'
            "\n" + r'{"log":"done\n","stream":"stderr","time":"2026-11-23T21:47:03Z"}',
            {"severity_number": 17, "body": '[ERROR] no rate for "EUR"'},
        ),
        Sample('{"log":"ready","level":"info","time":"2026-11-23T21:47:03Z"}'),
        Sample(r'{"log":"ready\n","stream":"stdout"}'),
        Sample("ready"),
    ),
)
