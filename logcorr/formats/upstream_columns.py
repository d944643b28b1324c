"""What the upstream fields of a request say, derived from each distinct text once.

A request that was passed on has a value for each upstream that was tried: ``502, 200``, in groups parted by `` : `` after an internal
redirect. The last one counts.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.request_columns import chunk, numbers

_LAST: Final = r"(?s)^(?:.*(?:, | : ))?(.*)$"
_SECONDS: Final = r"^(?:[0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})$"


def upstream_columns(requests: pa.Table) -> dict[str, pa.Array]:
    """What the upstream fields say, by nginx's own rules; null where a field is not there.

    A number as ``$upstream_header_time`` means that a header came; as ``$upstream_connect_time`` that the connection was made;
    ``-`` that it was not. ``$upstream_status`` alone does not tell, since nginx puts its own 502 and 504 there
    (``src/http/ngx_http_upstream.c``, ``ngx_http_upstream_next``), but any other status is the upstream's.
    """
    connected = told(requests, "upstream_connect_time")
    status = last_number(requests, "upstream_status", r"^[0-9]{1,3}$", pa.int32())
    own = pc.is_in(status, pa.array([502, 504], pa.int32()))
    yes, unknown = pa.scalar(value=True), pa.scalar(None, pa.bool_())
    said = pc.if_else(pc.and_(pc.is_valid(status), pc.invert(own)), yes, unknown)
    answered = pc.coalesce(told(requests, "upstream_header_time"), said)
    return {
        "upstream_status_last": status,
        "upstream_answered": answered,
        "upstream_connected": pc.coalesce(connected, pc.if_else(answered, yes, unknown)),
        "upstream_response_time_s": last_number(requests, "upstream_response_time", _SECONDS, pa.float64()),
    }


def last_number(requests: pa.Table, name: str, grammar: str, kind: pa.DataType) -> pa.Array:
    """The last value of each text as a number; null for ``-`` and all else that is not of the grammar."""
    encoded = texts(requests, name)
    last = pc.utf8_trim_whitespace(pc.replace_substring_regex(encoded.dictionary, _LAST, r"\1"))
    return numbers(last, grammar, kind).take(encoded.indices)


def told(requests: pa.Table, name: str) -> pa.Array:
    """Whether the last value of each text is a number; null where nothing is written."""
    number = pc.is_valid(last_number(requests, name, _SECONDS, pa.float64()))
    encoded = texts(requests, name)
    written = pc.not_equal(encoded.dictionary, "").take(encoded.indices)
    return pc.if_else(written, number, pa.scalar(None, pa.bool_()))


def texts(requests: pa.Table, name: str) -> pa.DictionaryArray:
    """One column of texts as a category."""
    if name not in requests.column_names:
        return pa.nulls(requests.num_rows, pa.string()).dictionary_encode()
    return pc.dictionary_encode(chunk(requests[name]))
