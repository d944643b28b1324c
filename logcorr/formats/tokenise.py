"""From lines to columns of text: one pass of a linear-time expression over a block."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

METHODS: Final = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE"


_GROUP: Final = re.compile(r"\(\?P<(\w+)>")
#: bytes of a column that tell which are rare in it
_SAMPLE: Final = 4096


def accept(lines: pa.Array, pattern: str) -> pa.Table:
    """The named groups of the lines that ``pattern`` matches, as text, with ``row`` (int32).

    ``pattern`` is in RE2's syntax (linear time; no look-around, no back-reference), every group is named or ``(?:``; it is
    searched, so begin it with ``^``. A group that took no part is null.
    """
    found = pc.extract_regex(lines, pattern)
    matched = pc.is_valid(found)
    rows = pc.indices_nonzero(matched).cast(pa.int32())
    found = found.filter(matched)
    columns = {found.type.field(i).name: blank_as_null(pc.struct_field(found, i)) for i in range(found.type.num_fields)}
    return pa.table({"row": rows, **columns})


def extract(texts: pa.Array, pattern: str) -> pa.Array:
    """The groups of each text that ``pattern`` matches, null for others; nothing is made of the expression where there is no text."""
    if texts.null_count < len(texts):
        return pc.extract_regex(texts, pattern)
    return pa.nulls(len(texts), pa.struct([(name, pa.string()) for name in _GROUP.findall(pattern)]))


def holds(texts: pa.Array, piece: bytes) -> bool:
    """Whether a piece stands anywhere in the memory of a column, in a text or beside it: a quick look before a long one."""
    memory = texts.buffers()[2] if len(texts) else None
    if memory is None:
        return False
    data: npt.NDArray[np.uint8] = np.frombuffer(memory, np.uint8)
    sample = data[:_SAMPLE].tobytes()
    rarest = min(range(len(piece)), key=lambda at: sample.count(piece[at]))
    places: npt.NDArray[np.int64] = np.flatnonzero(data == piece[rarest]) - rarest
    places = places[(places >= 0) & (places <= len(data) - len(piece))]
    for at, byte in enumerate(piece):
        places = places[data[places + at] == byte]
    return bool(len(places))


def blank_as_null(texts: pa.Array) -> pa.Array:
    """Empty text becomes null."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def dash_as_null(texts: pa.Array) -> pa.Array:
    """``-`` and empty text become null."""
    return pc.if_else(pc.is_in(texts, pa.array(["", "-"])), pa.scalar(None, pa.string()), texts)


def to_int(texts: pa.Array, kind: pa.DataType | None = None) -> pa.Array:
    """Digits become numbers, everything else (signs, letters, more than 18 digits) null."""
    digits = pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), 18))
    wide = pc.cast(pc.if_else(digits, texts, pa.scalar(None, pa.string())), pa.int64())
    return wide if kind is None else pc.cast(wide, kind, safe=False)


def to_float(texts: pa.Array) -> pa.Array:
    """Plain decimals become numbers, everything else null."""
    decimals = pc.match_substring_regex(texts, r"^[0-9]{1,18}(\.[0-9]{1,18})?$")
    return pc.cast(pc.if_else(decimals, texts, pa.scalar(None, pa.string())), pa.float64())


def table(row: pa.Array, columns: Mapping[str, pa.Array]) -> pa.Table:
    """The columns of a line format; rows whose clock is no date are left out, which refuses their lines."""
    result = pa.table({"row": row, **columns})
    return valid(result, "naive_us") if "naive_us" in columns else result


def valid(rows: pa.Table, name: str) -> pa.Table:
    """The rows in which a column is not null."""
    return rows.filter(pc.is_valid(rows[name])) if rows[name].null_count else rows


def spread(values: pa.Array, indices: pa.Array) -> pa.DictionaryArray:
    """A category of the values (texts, or a category) at these indices, each value once."""
    encoded = pc.dictionary_encode(values)
    differ = not pa.types.is_dictionary(values.type) and len(encoded.dictionary) == len(values)
    return pa.DictionaryArray.from_arrays(indices if differ else encoded.indices.take(indices), encoded.dictionary)


def over_words(texts: pa.Array, convert: Callable[[pa.Array], pa.Array]) -> pa.DictionaryArray:
    """A category of what each distinct text becomes; null stays null."""
    encoded = pc.dictionary_encode(texts)
    return spread(convert(encoded.dictionary), encoded.indices)


def constant(value: str | None, count: int) -> pa.Array:
    """A column of one text."""
    return pa.repeat(pa.scalar(value, pa.string()), count)


def json_object(pairs: Sequence[tuple[str, object]]) -> str:
    """What else a line carried, for the column ``attributes``."""
    return json.dumps(dict(pairs), ensure_ascii=False, sort_keys=True)
