"""The journal's entries as JSON over several lines: ``journalctl -o json-pretty``.

Real lines (shortened)::

    {
            "__REALTIME_TIMESTAMP" : "1795428654068516",
            "MESSAGE" : "Started feed.service - Feed API.",
            "UNIT" : "feed.service"
    }

Clock, values: as in ``journal_json``. Continuation: none, an entry's lines are its own.

Grammar: systemd ``src/shared/logs-show.c`` (``output_json``), ``src/shared/json.c`` (``json_format``).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_json import entries

BEGINS: Final = r"^\{$"


def read(lines: pa.Array) -> pa.Table:
    """Columns of the entries; ``row`` is the first line of each, the brace."""
    starts = pc.indices_nonzero(pc.match_substring_regex(lines, BEGINS)).to_numpy()
    if not len(starts):
        return entries(pa.array([], pa.int32()), pa.array([], pa.string()))
    offsets = np.append(starts, len(lines)) - starts[0]
    inner = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pc.fill_null(lines.slice(starts[0]), ""))
    texts = pc.replace_substring_regex(pc.binary_join(inner, "\n"), r"(?s)\n\}.*$", "\n}")  # not what follows the entry
    return entries(pa.array(starts, pa.int32()), texts)


FORMAT = LineFormat(
    name="journal_json_pretty",
    source="journal",
    family="log",
    writer="journal",
    begins=BEGINS,
    read=read,
    separator=b"\n}\n",
    samples=(
        Sample(
            '{\n\t"__REALTIME_TIMESTAMP" : "1795428654068516",\n\t"_HOSTNAME" : "feed-node-3",\n'
            '\t"MESSAGE" : [\n\t\t104,\n\t\t195,\n\t\t40\n\t],\n\t"SYSLOG_IDENTIFIER" : "systemd",\n\t"_PID" : "1",\n'
            '\t"PRIORITY" : "3"\n}',
            {
                "naive_us": 1_795_428_654_068_516,
                "offset_s": 0,
                "host_name": "feed-node-3",
                "service_name": "systemd",
                "process_pid": 1,
                "body": "h\ufffd(",
                "severity_number": 17,
            },
        ),
        Sample('{\n\t"level" : "error",\n\t"said" : { "__REALTIME_TIMESTAMP" : "1795428654068516", "__CURSOR" : "s=1" }\n}'),
        Sample('{\n\t"__REALTIME_TIMESTAMP" : "1795428654068516",\n\t"MESSAGE" : "cut o'),
        Sample('{"level":"error","msg":"{\\n\\t\\"__REALTIME_TIMESTAMP\\" : \\"1795428654068516\\"\\n}"}'),
    ),
)
