"""Lines that are keys and values, cut at their blanks: all of a block at once, where nothing in them is escaped."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.heads import byte_lengths
from logcorr.formats.record_keys import PLAUSIBLE
from logcorr.formats.tokenise import blank_as_null

Bytes: TypeAlias = npt.NDArray[np.uint8]
Places: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]

_BLANK, _QUOTE, _BACKSLASH = b' "\\'
#: stands for a blank between quotes while lines are cut
_INNER: Final = 0x1F
_NO_TEXT: Final = pa.scalar(None, pa.string())


def values_of_pairs(lines: pa.Array, keys: Mapping[str, Sequence[str]], telling: Collection[str]) -> tuple[pa.Table, Mask]:
    """The values of ``keys`` as ``json_lines.values_of`` gives them, for lines that are pairs, and which lines those are.

    A line is taken if it is ``key=value`` or ``key="a value"``, or keys alone but for the first, with one blank between them and no
    backslash, and has one of the keys ``telling``. ``line`` is a JSON object of the texts.
    """
    offsets: npt.NDArray[np.int32] = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset : lines.offset + len(lines) + 1]
    data: Bytes = np.frombuffer(lines.buffers()[2], np.uint8)[: offsets[-1]].copy()
    plain = is_plain(data, offsets)
    hide_inner_blanks(data, offsets, plain)
    hidden = pa.StringArray.from_buffers(len(lines), pa.py_buffer(offsets.copy()), pa.py_buffer(data))
    split = pc.split_pattern(hidden, " ")
    words, first = split.values, split.offsets.to_numpy().astype(np.int64)
    line_of: Places = np.repeat(np.arange(len(lines)), np.diff(first))
    equals = pc.find_substring(words, "=").to_numpy()
    key, value = cut_around(words, np.where(equals < 0, byte_lengths(words), equals))
    value, wrong = unquoted(words, value)
    wrong |= byte_lengths(key) == 0
    begins = first[:-1][np.diff(first) > 0]
    beginning = pc.match_substring_regex(key.take(pa.array(begins)), r"[{\[]").to_numpy(zero_copy_only=False)
    wrong[begins] |= (equals[begins] < 0) | beginning
    encoded = key.dictionary_encode()
    names = {name: code for code, name in enumerate(encoded.dictionary.to_pylist())}
    codes = encoded.indices.to_numpy()
    tells = np.isin(codes, [names[name] for name in telling if name in names]) & (equals > 0)
    told = plain.copy()
    told[line_of[wrong]] = False
    told &= np.bincount(line_of[tells], minlength=len(lines)) > 0
    members = pc.binary_join_element_wise('"', key, '":"', value, '"', "")
    objects = pc.binary_join(pa.ListArray.from_arrays(split.offsets, members), ",")
    objects = pc.binary_join_element_wise("{", objects, "}", "")
    rows = pa.array(np.flatnonzero(told), pa.int32())
    columns = {}
    for name, own in keys.items():
        found = [first_values(value, line_of, np.flatnonzero(codes == names[key]), len(lines)) for key in own if key in names]
        likely = [pc.if_else(pc.match_substring_regex(texts, PLAUSIBLE), texts, _NO_TEXT) for texts in found if name == "time"]
        columns[name] = pc.coalesce(*likely, *found).take(rows) if found else pa.nulls(len(rows), pa.string())
    return pa.table({"row": rows, "line": objects.take(rows), **columns}), told


def is_plain(data: Bytes, offsets: npt.NDArray[np.int32]) -> Mask:
    """Which lines hold no backslash, no control character, and pairs of quotes, if any."""
    odd = np.flatnonzero((data < _BLANK) | (data == _BACKSLASH))
    plain: Mask = np.ones(len(offsets) - 1, dtype=bool)
    plain[np.searchsorted(offsets, odd, side="right") - 1] = False
    quotes: Places = np.flatnonzero(data == _QUOTE)
    return plain & (np.diff(np.searchsorted(quotes, offsets)) % 2 == 0)


def hide_inner_blanks(data: Bytes, offsets: npt.NDArray[np.int32], plain: Mask) -> None:
    """Put ``_INNER`` in place of the blanks between quotes, in the lines that are plain."""
    quotes: Places = np.flatnonzero(data == _QUOTE)
    if not len(quotes):
        return
    blanks: Places = np.flatnonzero(data == _BLANK)
    line_of = np.searchsorted(offsets, blanks, side="right") - 1
    earlier: Places = np.searchsorted(quotes, offsets[:-1])
    before = np.searchsorted(quotes, blanks) - earlier[line_of]
    data[blanks[(before % 2 == 1) & plain[line_of]]] = _INNER


def cut_around(words: pa.Array, places: Places) -> tuple[pa.Array, pa.Array]:
    """What stands before and behind one byte of each word, at ``places``."""
    offsets: npt.NDArray[np.int32] = np.frombuffer(words.buffers()[1], np.int32)[words.offset : words.offset + len(words) + 1]
    borders: npt.NDArray[np.int32] = np.empty(3 * len(words) + 1, np.int32)
    borders[::3] = offsets
    borders[1::3] = offsets[:-1] + places
    borders[2::3] = np.minimum(borders[1::3] + 1, offsets[1:])
    pieces = pa.StringArray.from_buffers(3 * len(words), pa.py_buffer(borders), words.buffers()[2])
    at = np.arange(0, 3 * len(words), 3)
    return pieces.take(pa.array(at)), pieces.take(pa.array(at + 2))


def unquoted(words: pa.Array, values: pa.Array) -> tuple[pa.Array, Mask]:
    """The values of words without the quotes around them, and which words have quotes elsewhere."""
    wrong: Mask = np.zeros(len(words), dtype=bool)
    offsets: npt.NDArray[np.int32] = np.frombuffer(words.buffers()[1], np.int32)[words.offset : words.offset + len(words) + 1]
    marks = np.flatnonzero(np.frombuffer(words.buffers()[2], np.uint8)[: offsets[-1]] == _QUOTE)
    if not len(marks):
        return values, wrong
    places, counts = np.unique(np.searchsorted(offsets, marks, side="right") - 1, return_counts=True)
    own = values.take(pa.array(places))
    right = (counts == 2) & (byte_lengths(own) > 1)  # noqa: PLR2004 (a pair)
    for where in (pc.starts_with, pc.ends_with):
        right &= where(own, '"').to_numpy(zero_copy_only=False)
    wrong[places[~right]] = True
    mask: Mask = np.zeros(len(words), dtype=bool)
    mask[places[right]] = True
    inner = pc.utf8_slice_codeunits(own.filter(pa.array(right)), 1, -1)
    return pc.replace_with_mask(values, pa.array(mask), pc.replace_substring(inner, chr(_INNER), " ")), wrong


def first_values(values: pa.Array, line_of: Places, places: Places, count: int) -> pa.Array:
    """Of some places among the values, the first of each line; null where a line has none, or it is empty."""
    at: Places = np.full(count, -1, np.int64)
    at[line_of[places[::-1]]] = places[::-1]
    return blank_as_null(values.take(pa.array(at, mask=at < 0)))
