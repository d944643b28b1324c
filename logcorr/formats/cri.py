r"""Logs of containers as containerd and CRI-O write them: ``/var/log/pods``, ``/var/log/containers``.

Real lines::

    2026-11-23T21:47:03.123456789Z stdout F listening on 8000
    2026-11-23T21:47:04.000000001+01:00 stderr P the first part of a line of more than 16 KiB

The line inside is read by the format that it is in. ``P`` marks the pieces of a line but the last.

Clock: with its offset, nanoseconds: the moment at which the runtime read the line. Continuation: traces.

Grammar: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.app_json import read_stamp
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.message_head import read_heads
from logcorr.formats.request_words import request_of
from logcorr.formats.tokenise import accept

HEAD: Final = (
    r"^(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?P<stream>stdout|stderr) (?P<tag>[FP])(?::\S*)?"
    r"(?: (?P<text>.*))?$"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that the runtime wrote."""
    head = accept(lines, HEAD)
    clock = read_stamp(head["stamp"].combine_chunks())
    body = pc.fill_null(head["text"], "").combine_chunks()
    told = read_heads(body)
    columns = {
        **clock,
        "severity_text": told["severity_text"],
        "severity_number": told["severity_number"],
        "body": body,
        **request_of(body),
        "attributes": pc.binary_join_element_wise('{"stream": "', head["stream"].combine_chunks(), '"}', ""),
    }
    return pa.table({"row": head["row"], **columns}).filter(pc.is_valid(clock["naive_us"]))


def unwrap(lines: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The text of each line, and whether it goes on in the next."""
    found = pc.extract_regex(lines, HEAD)
    return pc.struct_field(found, "text"), pc.equal(pc.struct_field(found, "tag"), "P")


FORMAT = LineFormat(
    name="cri",
    source="container",
    family="log",
    writer="container",
    begins=r"^\d{4}-\d\d-\d\dT\S+ std(?:out|err) [FP]",
    read=read,
    unwrap=unwrap,
    continues=True,
    samples=(
        Sample(
            "2026-11-23T21:47:03.123456789Z stdout F listening on 8000",
            {"naive_us": 1795470423123456, "offset_s": 0, "body": "listening on 8000", "attributes": '{"stream": "stdout"}'},
        ),
        Sample("2026-11-23T21:47:03.123456789+01:00 stderr F no rate", {"offset_s": 3600}),
        Sample(
            "2026-11-23T21:47:03.123456789Z stdout P a long\n2026-11-23T21:47:03.123456789Z stdout F  line", {"body": "a long"}
        ),
        Sample("2026-11-23T21:47:03.123456789Z stdout: ready"),
        Sample("2026-02-30T21:47:03.123456789Z stdout F no such day"),
    ),
)
