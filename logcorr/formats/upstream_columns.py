"""What the upstream fields of a request tell, as written by nginx, in columns of their own."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct


def last_value(text: str) -> str:
    """The last of the values of a request that was passed on: ``502, 200`` -> ``200``; also after `` : ``."""
    return text.replace(" : ", ", ").rpartition(", ")[2].strip()


def number_of(text: str) -> float | None:
    """The last value as seconds; None for ``-`` and empty."""
    last = last_value(text)
    return float(last) if last.replace(".", "", 1).isdigit() else None


def status_of(text: str) -> int | None:
    """The last value as a status; None for ``-`` and empty."""
    last = last_value(text)
    return int(last) if last.isdigit() and len(last) <= 3 else None  # noqa: PLR2004


def upstream_columns(requests: pa.Table) -> dict[str, pa.Array]:
    """What the upstream fields say, by nginx's own rules.

    A number as ``$upstream_header_time`` means that a header came; as ``$upstream_connect_time`` that the connection was made;
    ``-`` that it was not. ``$upstream_status`` alone does not tell, since nginx puts its own 502 and 504 there
    (``src/http/ngx_http_upstream.c``, ``ngx_http_upstream_next``), but any other status is the upstream's.
    """
    connected = over_text(requests, "upstream_connect_time", lambda text: None if text == "" else number_of(text) is not None)
    answered = over_text(requests, "upstream_header_time", lambda text: None if text == "" else number_of(text) is not None)
    status = over_distinct(texts(requests, "upstream_status"), status_of, pa.int32())
    own = pc.is_in(status, pa.array([502, 504], pa.int32()))
    said = pc.if_else(pc.and_(pc.is_valid(status), pc.invert(own)), pa.scalar(value=True), pa.scalar(None, pa.bool_()))
    answered = pc.coalesce(answered, said)
    return {
        "upstream_status_last": status,
        "upstream_answered": answered,
        "upstream_connected": pc.coalesce(connected, pc.if_else(answered, pa.scalar(value=True), pa.scalar(None, pa.bool_()))),
        "upstream_response_time_s": over_distinct(texts(requests, "upstream_response_time"), number_of, pa.float64()),
    }


def texts(requests: pa.Table, name: str) -> pa.Array:
    """One column of texts as an array."""
    column = requests[name]
    return (column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column).combine_chunks()


def over_text(requests: pa.Table, name: str, judge: Callable[[str], bool | None]) -> pa.Array:
    """A judgement of each distinct text."""
    return over_distinct(texts(requests, name), judge, pa.bool_())
