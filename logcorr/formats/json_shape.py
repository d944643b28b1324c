r"""JSON objects of one shape, a block at a time: what nginx writes with a ``log_format`` in JSON.

Real lines::

    {"time":"2026-11-23T10:55:01+01:00","remote_addr":"192.0.2.6","request":"GET / HTTP/1.1","status":200,"upstream_addr":""}

The first line, or else the one in the middle, tells the shape: the keys, in their order, and what stands between the values. Lines are
cut at the quotes as those of any ``log_format`` (see ``cutting``). A line is read so only if it has that line's text between its values,
and if every value of it would be one in an object of its own: then the line is an object too, and its values are those.
"""

from __future__ import annotations

import json
import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.engine import cursor
from logcorr.formats.log_format import LogFormat
from logcorr.formats.request_columns import chunk
from logcorr.formats.tokenise import spread

#: a key and its value, in an object that holds no other
_MEMBER: Final = re.compile(r'"([^"\\$]*)"(\s*:\s*)(?:"(?:[^"\\]|\\.)*"|([^\s,{}\[\]"]+))')
_VALUES: Final = "SELECT valid, CASE WHEN valid THEN text END FROM (SELECT json_valid(object) AS valid, \
CASE WHEN json_valid(object) THEN json_extract_string(object, '$.v') END AS text, row FROM objects) ORDER BY row"
#: numbers that DuckDB gives as they are written
_PLAIN: Final = r"^(?:(?:0|[1-9][0-9]{0,14})|(?:0|[1-9][0-9]{0,8})\.[0-9]{0,2}[1-9])$"
_CONTROL: Final = 32


def cut_objects(block: bytes) -> tuple[pa.Table, int] | None:
    """The values of the lines that have one shape, as text, with ``row`` (int32), and how many lines there are.

    A column is named as its key; null is null. None where neither the first line nor the one in the middle is a flat object of the
    shape of most, or the block has control characters.
    """
    for at in (0, block.index(b"\n", len(block) // 2 - 1) + 1):
        end = block.find(b"\n", at)
        shape = shape_of(block[at:end].decode()) if end >= 0 else None
        cut = LogFormat(shape[0]).cut_escaped(block) if shape else None
        if shape and cut and 2 * cut[0].num_rows >= cut[1]:
            controls = np.count_nonzero(np.frombuffer(block, np.uint8) < _CONTROL) > cut[1]
            return None if controls else (objects_of(cut[0], shape[1]), cut[1])
    return None


def objects_of(found: pa.Table, keys: dict[str, str]) -> pa.Table:
    """What the values say, of the lines in which each is one; ``keys``: of each variable."""
    texts = {name: chunk(found[name]) for name in keys}
    words, right = said({name: each.dictionary for name, each in texts.items()})
    columns = {keys[name]: spread(words[name], each.indices) for name, each in texts.items()}
    proved: np.ndarray = np.ones(found.num_rows, dtype=bool)
    for name, each in texts.items():
        if not right[name].all():
            proved &= right[name][each.indices.to_numpy()]
    table = pa.table({"row": found["row"], **columns})
    return table if proved.all() else table.filter(pa.array(proved))


def shape_of(line: str) -> tuple[str, dict[str, str]] | None:
    """The ``log_format`` that an object was written with, and the key of each of its variables; None for what is no flat object."""
    try:
        members = json.loads(line, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    keys: dict[str, str] = {}

    def variable(found: re.Match[str]) -> str:
        name, mark = (f"bare{len(keys)}", "") if found[3] else (f"text{len(keys)}", '"')
        keys[name] = found[1]
        return f'"{found[1]}"{found[2]}{mark}${{{name}}}{mark}'

    text = _MEMBER.sub(variable, line)
    known = list(keys.values())
    flat = isinstance(members, list) and known == [member[0] for member in members if isinstance(member, (list, tuple))]
    return ("escape=json" + text, keys) if flat and known and len(set(known)) == len(known) and "row" not in known else None


def said(texts: dict[str, pa.Array]) -> tuple[dict[str, pa.Array], dict[str, np.ndarray]]:
    """What JSON values say, as text, and which texts are such values; those named ``text`` stand between quotes, which are left out."""
    odd = {
        name: pc.match_substring(each, "\\") if name.startswith("text") else pc.invert(pc.match_substring_regex(each, _PLAIN))
        for name, each in texts.items()
    }
    objects = [
        pc.binary_join_element_wise(
            *(('{"v":"', each.filter(odd[name]), '"}') if name.startswith("text") else ('{"v":', each.filter(odd[name]), "}")),
            "",
        )
        for name, each in texts.items()
    ]
    right: dict[str, np.ndarray] = {name: np.ones(len(each), dtype=bool) for name, each in texts.items()}
    if not sum(map(len, objects)):
        return texts, right
    with cursor() as connection:
        every = pa.concat_arrays(objects)
        connection.register("objects", pa.table({"row": np.arange(len(every)), "object": every}))
        told = connection.sql(_VALUES).to_arrow_table().combine_chunks()
    words, at = {}, 0
    for (name, each), own in zip(texts.items(), objects, strict=True):
        mask = odd[name].to_numpy(zero_copy_only=False)
        right[name][mask] = told[0][at : at + len(own)].to_numpy()
        words[name] = pc.replace_with_mask(each, odd[name], chunk(told[1][at : at + len(own)]).cast(pa.string()))
        at += len(own)
    return words, right
