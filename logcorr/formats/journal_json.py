r"""The journal's entries as JSON, one a line: ``journalctl -o json`` (also ``json-seq`` and ``json-sse``).

Real lines (shortened)::

    {"UNIT":"feed.service","JOB_TYPE":"start","JOB_RESULT":"done","_PID":"1","MESSAGE":"Started feed.service - Feed API.",
        "__REALTIME_TIMESTAMP":"1795428654068516","_SOURCE_REALTIME_TIMESTAMP":"1795428654068506",...}     (one line)
    {"MESSAGE":[104,195,40],"__REALTIME_TIMESTAMP":"1795428654068516",...}     (not UTF-8)

Values are text; ``null`` where one is too long for the output; an array of numbers, its bytes, where it is no printable UTF-8;
an array of values where the entry has the field more than once, of which the first counts.

Clock: microseconds since 1970. ``_SOURCE_REALTIME_TIMESTAMP`` (sent), else ``__REALTIME_TIMESTAMP`` (received, sorts the file).
Continuation: none.
Recognised by its own keys, not by their text: an application's line that quotes such an entry has them inside a value.

Grammar: systemd ``src/shared/logs-show.c`` (``output_json``), https://systemd.io/JOURNAL_EXPORT_FORMATS/.
"""

from __future__ import annotations

import json
from functools import reduce
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.engine import cursor
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_fields import FIELDS, columns_of
from logcorr.formats.tokenise import blank_as_null, table

PATHS: Final = [f'$."{name}"' for name in FIELDS]

_VALUES: Final = ", ".join(f"nullif(v[{at}], '') AS \"{name}\"" for at, name in enumerate(FIELDS, 1))
#: the fields of each entry as text, null where a line is none
ENTRIES: Final = f"SELECT {_VALUES} FROM (SELECT TRY(json_extract_string(line, $paths)) AS v FROM block)"  # noqa: S608 - our constants
#: the kinds of their values
KINDS: Final = "SELECT TRY(json_type(line, $paths)) AS kinds FROM block"
#: where the value of a key is an array, if it is no part of a text
_ARRAY: Final = r'[^\\]"\s*:\s*\['


def first_value(text: str | None) -> str | None:
    """The text of an array: its bytes decoded, or the first of several values."""
    try:
        value = json.loads(text or "null")
        while isinstance(value, list) and value:
            if all(isinstance(byte, int) and 0 <= byte <= 255 for byte in value):  # noqa: PLR2004 - a byte
                return bytes(value).decode(errors="replace")
            value = value[0]
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, str) else None


def with_first_values(fields: dict[str, pa.Array], texts: pa.Array) -> dict[str, pa.Array]:
    """The fields with the arrays among their values (rare) replaced by ``first_value``."""
    brackets = {name: pc.fill_null(pc.starts_with(values, "["), fill_value=False) for name, values in fields.items()}
    some = reduce(pc.or_, brackets.values())
    rows = pc.indices_nonzero(some)
    rows = rows.filter(pc.match_substring_regex(texts.take(rows), _ARRAY))
    if not len(rows):
        return fields
    with cursor() as engine:
        engine.register("block", pa.table({"line": texts.take(rows)}))
        kinds = engine.sql(KINDS, params={"paths": PATHS}).to_arrow_table()["kinds"].combine_chunks()
    flat = dict(fields)
    for at, name in enumerate(FIELDS):
        own = rows.filter(pc.fill_null(pc.equal(pc.list_element(kinds, at), "ARRAY"), fill_value=False))
        if len(own):
            first = pa.array([first_value(text) for text in fields[name].take(own).to_pylist()], pa.string())
            mask: np.ndarray = np.zeros(len(texts), dtype=bool)
            mask[own.to_numpy()] = True
            flat[name] = blank_as_null(pc.replace_with_mask(fields[name], pa.array(mask), first))
    return flat


def cursor_time(cursor: str) -> int | None:
    """The time of receipt in a cursor (``s=...;t=660eecf253324;x=...``)."""
    digits = cursor.partition(";t=")[2].partition(";")[0]
    try:
        return int(digits, 16)
    except ValueError:
        return None


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are entries of the journal."""
    plain = pc.starts_with(lines, "{")
    if not pc.all(plain).as_py():
        framed = pc.match_substring_regex(lines, r"^\s*(?:\x1e|data: ?)?\{")
        rows = pc.indices_nonzero(framed).cast(pa.int32())
        return entries(rows, pc.replace_substring_regex(lines.take(rows), r"^\s*(?:\x1e|data: ?)", ""))
    return entries(pa.array(np.arange(len(lines), dtype=np.int32)), lines)


def entries(rows: pa.Array, texts: pa.Array) -> pa.Table:
    """Columns of those texts that are entries as JSON objects; ``rows`` are their places."""
    with cursor() as engine:
        engine.register("block", pa.table({"line": texts}))
        found = engine.sql(ENTRIES, params={"paths": PATHS}).to_arrow_table()
    fields = with_first_values({name: found[name].combine_chunks() for name in FIELDS}, texts)
    place = pc.if_else(pc.is_valid(fields["__REALTIME_TIMESTAMP"]), pa.scalar(None, pa.string()), fields["__CURSOR"])
    received = pc.coalesce(fields["__REALTIME_TIMESTAMP"], pc.cast(over_distinct(place, cursor_time, pa.int64()), pa.string()))
    fields["__REALTIME_TIMESTAMP"] = received
    columns = columns_of(fields)
    own_time = pc.if_else(pc.is_valid(received), columns["naive_us"], pa.scalar(None, pa.int64()))
    return table(rows, {**columns, "naive_us": own_time})


FORMAT = LineFormat(
    name="journal_json",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^\s*(?:\x1e|data: ?)?\{",
    read=read,
    samples=(
        Sample(
            '{"TID":"1","_GID":"0","_BOOT_ID":"e47db57eced3495c80eefa0343a3de50","JOB_ID":"82","_UID":"0",'
            '"_SYSTEMD_UNIT":"init.scope","JOB_RESULT":"done","UNIT":"feed.service","SYSLOG_FACILITY":"3",'
            '"_COMM":"systemd","_RUNTIME_SCOPE":"system","JOB_TYPE":"start",'
            '"MESSAGE":"Started feed.service - Feed API.","__REALTIME_TIMESTAMP":"1795428654068516",'
            '"CODE_FUNC":"job_emit_done_message","CODE_FILE":"src/core/job.c",'
            '"__CURSOR":"s=6902c9c5a5eb4631b50778d6b9921c39;i=26;b=e47db57eced3495c80eefa0343a3de50;m=b4235778;t=660eecf253324;x=e5833396e8ad63cb",'
            '"_HOSTNAME":"feed-node-3","SYSLOG_IDENTIFIER":"systemd",'
            '"MESSAGE_ID":"39f53479d3a045ac8e11786248231fbf","INVOCATION_ID":"1ef2065cd78448d3a36bd2f903e69bab",'
            '"_EXE":"/usr/lib/systemd/systemd","_CMDLINE":"/usr/lib/systemd/systemd",'
            '"_SYSTEMD_CGROUP":"/init.scope","_CAP_EFFECTIVE":"fcecbfff","PRIORITY":"6",'
            '"__MONOTONIC_TIMESTAMP":"3022215032","_SYSTEMD_SLICE":"-.slice",'
            '"_SOURCE_REALTIME_TIMESTAMP":"1795428654068506","CODE_LINE":"767","_PID":"1","_TRANSPORT":"journal",'
            '"_MACHINE_ID":"948dbe6883b645039c7be98277a6f7e6"}',
            {
                "naive_us": 1795428654068506,
                "offset_s": 0,
                "host_name": "feed-node-3",
                "service_name": "systemd",
                "process_pid": 1,
                "severity_number": 9,
                "severity_text": "info",
                "body": "Started feed.service - Feed API.",
                "unit": "feed.service",
                "job_type": "start",
                "job_id": "82",
                "job_result": "done",
                "invocation_id": "1ef2065cd78448d3a36bd2f903e69bab",
                "boot_id": "e47db57eced3495c80eefa0343a3de50",
                "journal_message_id": "39f53479d3a045ac8e11786248231fbf",
                "attributes": '{"CODE_FUNC": "job_emit_done_message", "_SYSTEMD_UNIT": "init.scope", "_TRANSPORT": "journal"}',
            },
        ),
        Sample(
            '{"_CMDLINE":"/usr/bin/python3 /usr/bin/gunicorn --workers 3 --bind unix:/run/wiki/gunicorn.sock '
            '--timeout 60 --chdir /var/www/wiki/current --threads 3 wsgi:app",'
            '"_SYSTEMD_UNIT":"wiki.service","_TRANSPORT":"stdout","PRIORITY":"6",'
            '"__REALTIME_TIMESTAMP":"1795429098308776","_HOSTNAME":"wiki-1",'
            '"__CURSOR":"s=cfb1f55c6e874f139b5fa13dfa760711;i=3d;b=2d21e3372d71484488928fc1377461d3;m=ce9de8fe;t=660eee99fc4a8;x=edd5d509edd28077",'
            '"MESSAGE":"[2026-11-23 10:18:18 +0000] [40] [INFO] Starting gunicorn 20.1.0","_GID":"33",'
            '"_PID":"40","_SYSTEMD_CGROUP":"/system.slice/wiki.service",'
            '"_STREAM_ID":"01438817685a435fa46913ac6439ef8d","SYSLOG_FACILITY":"3","_COMM":"gunicorn",'
            '"_EXE":"/usr/bin/python3.11","_SYSTEMD_SLICE":"system.slice",'
            '"_BOOT_ID":"2d21e3372d71484488928fc1377461d3","_MACHINE_ID":"948dbe6883b645039c7be98277a6f7e6",'
            '"__MONOTONIC_TIMESTAMP":"3466455294","SYSLOG_IDENTIFIER":"gunicorn","_UID":"33",'
            '"_RUNTIME_SCOPE":"system","_SYSTEMD_INVOCATION_ID":"3175362929714545b8b0eab0a97ecadf",'
            '"_CAP_EFFECTIVE":"0"}',
            {
                "naive_us": 1795429098308776,
                "service_name": "gunicorn",
                "process_pid": 40,
                "unit": "wiki.service",
                "job_type": None,
                "severity_text": "info",
                "body": "[2026-11-23 10:18:18 +0000] [40] [INFO] Starting gunicorn 20.1.0",
                "invocation_id": "3175362929714545b8b0eab0a97ecadf",
            },
        ),
        Sample(
            '{"__REALTIME_TIMESTAMP":"1795428654068516","__CURSOR":"s=6902;i=26;t=660eecf253324","_PID":"1234",'
            '"_COMM":"node","_UID":"33","_SYSTEMD_UNIT":"feed.service","UNIT":"nginx.service",'
            '"JOB_RESULT":"failed","MESSAGE":[104,195,40,10],"PRIORITY":["3","4"]}',
            {"service_name": "node", "unit": "feed.service", "job_result": None, "body": "h�(\n", "severity_number": 17},
        ),
        Sample(
            '{"__REALTIME_TIMESTAMP":"1795428654068516","__CURSOR":"s=6902;i=26;t=660eecf253324","_PID":"1234",'
            '"_COMM":"node","_UID":"33","MESSAGE":null,"_SOURCE_REALTIME_TIMESTAMP":"0000",'
            '"ERRNO":123456789012345678901234567890}',
            {"naive_us": 1795428654068516, "body": None, "errno": None, "unit": None},
        ),
        Sample('data: {"__REALTIME_TIMESTAMP":"1795428654068516","MESSAGE":"sent as an event"}', {"body": "sent as an event"}),
        Sample('\x1e{"__REALTIME_TIMESTAMP":"1795428654068516","MESSAGE":"in a sequence"}', {"body": "in a sequence"}),
        Sample(
            '{"level":"error","msg":"{\\"__REALTIME_TIMESTAMP\\":\\"1795428654068516\\",\\"UNIT\\":\\"nginx.service\\"}"}',
        ),
        Sample(
            '{"level":"error","context":{"__REALTIME_TIMESTAMP":"1795428654068516","__CURSOR":"s=1","MESSAGE":"Reload fai'
            'led"}}',
        ),
        Sample(
            '{"__REALTIME_TIMESTAMP":"1795428654068516","__CURSOR":"s=6902;i=26;t=660eecf253324","MESSAGE":"cut o',
        ),
        Sample(
            "Nov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started",
        ),
        Sample(
            '[2026-11-23 09:56:26] production.ERROR: {"__REALTIME_TIMESTAMP":"1795428654068516","__CURSOR":"s=1"}',
        ),
    ),
)
