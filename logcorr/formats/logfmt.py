r"""logfmt: keys and values, as loggers of Go, Heroku and others write them.

Real lines::

    timestamp=2026-11-23T10:16:15.090279Z level=info event=request method=GET path=/ status=200 duration_ms=22.0 user=
        request_id=cc654405b9c0cbeb307d8d351a0ac9a7     (one line)
    timestamp=2026-11-23T10:16:18.107126Z level=info event="login ok" user=ursula.patel

A line is taken if it is keys and values from its first character to its last, and has a time and either a level or a message, or else both
of them.
It is rewritten as a JSON object, whose keys then mean what they mean in ``app_json``.

Clock: as in ``app_json``: ISO text, with its offset or without a zone, or a number since 1970.
Continuation: what the runtime prints beside the logger. Values with blanks are quoted; of equal keys the first counts.

Grammar: https://pkg.go.dev/github.com/kr/logfmt; structlog ``processors.LogfmtRenderer``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.app_json import columns_of
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.json_lines import values_of
from logcorr.formats.key_values import values_of_pairs
from logcorr.formats.record_keys import KEYS

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'

#: a key with its value, or a key alone
PAIRS: Final = r'^[^\s="{\[]+=(?:' + _QUOTED + r'|[^\s"]*)(?:\s+[^\s="]+(?:=(?:' + _QUOTED + r'|[^\s"]*))?)*\s*$'
PAIR: Final = r'([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?(?:\s+|$)'

#: what every record names: its time or its level
TELLING: Final = (
    "time",
    "ts",
    "timestamp",
    "t",
    "asctime",
    "datetime",
    "@timestamp",
    "level",
    "lvl",
    "at",
    "severity",
    "log_level",
)
BEGINS: Final = rf"(?:^|\s)(?:{'|'.join(TELLING)})="

#: keys that mean this in logfmt only
LOGFMT_KEYS: Final = {
    **KEYS,
    "time": (*KEYS["time"], "t"),
    "level": (*KEYS["level"], "at"),
    "client": (*KEYS["client"], "fwd"),
    "type": (*KEYS["type"], "error_type", "exception"),
}


def as_json(lines: pa.Array) -> pa.Array:
    """Each line of pairs as a JSON object of texts; null where a line is no such thing."""
    pairs = pc.match_substring_regex(lines, PAIRS)
    told = pc.match_substring_regex(lines, BEGINS)
    texts = pc.if_else(pc.and_(pairs, told), lines, pa.scalar(None, pa.string()))
    # a backslash means something in quotes only, and there what it means in JSON, but for \x41 and \' of Go and Python
    texts = pc.replace_substring_regex(texts, r"\\x([0-9A-Fa-f]{2})", r"\\u00\1")
    texts = pc.replace_substring_regex(texts, r'\\([^"\\/bfnrtu])', r"\\\\\1")
    texts = pc.replace_substring_regex(texts, r"[\x00-\x1f]", " ")
    members = pc.replace_substring_regex(texts, PAIR, r'"\1":"\2\3",')
    return pc.binary_join_element_wise("{", pc.utf8_rtrim(members, ","), "}", "")


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are log records in keys and values."""
    if lines.null_count or not len(lines):
        return columns_of(values_of(as_json(lines), LOGFMT_KEYS))
    values, told = values_of_pairs(lines, LOGFMT_KEYS, TELLING)
    if told.all():
        return columns_of(values)
    others = np.flatnonzero(~told)
    odd = values_of(as_json(lines.take(pa.array(others))), LOGFMT_KEYS)
    odd = odd.set_column(0, "row", pa.array(others[odd["row"].to_numpy()], pa.int32()))
    return columns_of(pa.concat_tables([values, odd]).sort_by("row").combine_chunks())


FORMAT = LineFormat(
    name="logfmt",
    source="logfmt",
    family="log",
    writer="application",
    begins=BEGINS,
    read=read,
    continues=True,
    samples=(
        Sample(
            "timestamp=2026-11-23T10:16:15.223005Z level=info event=request method=GET "
            'path="/cgi-bin/luci/;stok=/locale?a=1" status=404 duration_ms=0.3 user= request_id=ec8354922e33e949628a',
            {
                "naive_us": 1795428975223005,
                "offset_s": 0,
                "severity_text": "info",
                "severity_number": 9,
                "body": "request",
                "http_request_method": "GET",
                "url_path": "/cgi-bin/luci/;stok=/locale",
                "url_query": "a=1",
                "http_response_status_code": 404,
                "user_id": None,
                "request_id": "ec8354922e33e949628a",
            },
        ),
        Sample(
            'timestamp=2026-11-23T10:16:18.107126Z level=info event="login ok" user=ursula.patel',
            {"body": "login ok", "user_id": "ursula.patel", "url_path": None},
        ),
        Sample(
            'ts=1795428975.25 level=error msg="no \\"rate\\" level=info" file=C:\\srv\\pay debug',
            {"naive_us": 1795428975250000, "body": 'no "rate" level=info', "severity_number": 17},
        ),
        Sample(
            'level=info msg="stopping all fetchers" path=/pay status=500',
            {"naive_us": None, "severity_number": 9, "body": "stopping all fetchers", "http_response_status_code": 500},
        ),
        Sample('time="Mon Nov 23 10:16:15 CET 2026" level=warn', {"naive_us": 1795428975000000, "zone_name": "CET"}),
        Sample('{"level":30,"time":1795428655609,"pid":33,"msg":"request completed"}'),
        Sample("method=GET path=/ status=200"),
        Sample("timestamp=2026-11-23T10:16:15.090279Z bytes=13"),
        Sample("2026-11-23 04:56:22,452 INFO [83] invoices.web: login ok user=greta.tanaka51 time=1 level=info"),
        Sample('timestamp=2026-11-23T10:16:15.090279Z level=info event="cut off'),
    ),
)
