r"""Logs of connections and protocols of Zeek (once Bro), separated by tabs.

Lines, between headings with ``#``::

    1795428975.090279	Cg9xqq3JAcZusspA86	192.0.2.7	52025	10.0.0.1	80	tcp	http	2.125850	0	109242	SF	-	-	0
    1795428975.452687	CwFs1P2UcUdlSxD2La	192.0.2.7	52026	10.0.0.1	80	1	GET	shop.example	/find	-	1.1	curl/8

Each names a connection; the fields behind its ends are those of the log's own heading, and stay in the body.

Clock: seconds since 1970 with microseconds. Continuation: headings.

Grammar: https://docs.zeek.org/en/current/log-formats.html.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_epoch
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, constant, table

LINE: Final = (
    r"^(?P<number>\d{10}\.\d{6})\t(?P<uid>C[0-9A-Za-z]{12,20})\t(?P<client>[0-9A-Fa-f.:]+)\t(?P<port>\d{1,5})\t"
    r"(?P<server>[0-9A-Fa-f.:]+)\t(?P<body>\d{1,5}\t.*)$"
)
#: no heading of a boot is among them
HEADINGS: Final = (
    r"^#(?:separator|set_separator|empty_field|unset_field|path|open|close|fields|types)\b.*(?P<boot>)(?P<boot_id>)$"
)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that tell of a connection."""
    head = accept(lines, LINE)
    return table(
        head["row"],
        {
            **read_epoch(head["number"].combine_chunks()),
            "service_name": constant("zeek", head.num_rows),
            "client_address": head["client"],
            "server_address": head["server"],
            "body": pc.fill_null(head["body"], ""),
            "attributes": pc.binary_join_element_wise('{"uid": "', head["uid"], '"}', ""),
        },
    )


FORMAT = LineFormat(
    name="zeek",
    source="zeek",
    family="log",
    writer="zeek",
    begins=r"^\d{10}\.\d{6}\tC",
    read=read,
    asides=HEADINGS,
    samples=(
        Sample(
            "1795428975.090279\tCg9xqq3JAcZusspA86\t192.0.2.7\t52025\t10.0.0.1\t80\ttcp\thttp\t2.125850\t0\t109242\tSF",
            {
                "naive_us": 1795428975090279,
                "offset_s": 0,
                "client_address": "192.0.2.7",
                "server_address": "10.0.0.1",
                "body": "80\ttcp\thttp\t2.125850\t0\t109242\tSF",
                "attributes": '{"uid": "Cg9xqq3JAcZusspA86"}',
            },
        ),
        Sample("1795428975.090279\tno rate for EUR"),
        Sample("#fields\tts\tuid\tid.orig_h"),
    ),
)
