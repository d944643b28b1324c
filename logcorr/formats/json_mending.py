r"""Lines that were to be JSON objects, made such.

nginx writes what a ``log_format`` says, and that is no JSON where a number begins with 0 (``"status":009``), where a variable is empty or
``-`` without quotes, where a list of upstreams' times stands there (``0.001, 0.002``), and where values are not escaped as JSON's
(``\\x22``, raw control characters). What stays broken (raw quotes, a line cut off) is read key by key.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.access_keys import KEYS
from logcorr.formats.engine import cursor
from logcorr.formats.escapes import unescape_bytes
from logcorr.formats.tokenise import json_object

#: a key, and a value that stands there without quotes: 009, -, 0.001, 0.002, or nothing
_BARE: Final = r'("(?:[^"\\]|\\.)*")\s*:\s*([^"{\[\]},\s][^"{}\[\]]*?|)\s*(,\s*"|\})'


def mended(lines: pa.Array) -> pa.Array:
    """The lines, those that look like an object and are none made one."""
    braced = pc.match_substring_regex(lines, r"^\s*\{")
    if not pc.any(braced).as_py():
        return lines
    with cursor() as connection:
        rows = pa.array(np.arange(len(lines), dtype=np.int32))
        connection.register("lines", pa.table({"row": rows, "line": lines, "braced": braced}))
        query = "SELECT row FROM lines WHERE braced AND NOT json_valid(line) ORDER BY row"
        broken = connection.sql(query).to_arrow_table()["row"].combine_chunks()
        if not len(broken):
            return lines
        texts = mend(lines.take(broken))
        connection.register("mended", pa.table({"row": broken, "line": texts}))
        query = "SELECT json_valid(line) FROM mended ORDER BY row"
        sound = pa.array([row[0] for row in connection.sql(query).fetchall()], pa.bool_())
    texts = pc.if_else(sound, texts, key_by_key(lines.take(broken), sound))
    mask = pc.is_in(rows, broken)
    return pc.replace_with_mask(lines, mask, texts)


def mend(texts: pa.Array) -> pa.Array:
    r"""Objects with every bare value in quotes, and no other escapes than JSON's."""
    texts = pc.utf8_trim_whitespace(texts)
    texts = pa.array([_undone(text) if "\\x" in text else text for text in texts.to_pylist()], pa.string())
    texts = pc.replace_substring_regex(texts, r"[\x00-\x1f]", " ")
    texts = escaped(texts)
    for _ in range(2):  # a match takes the quote of the next key with it
        texts = pc.replace_substring_regex(texts, _BARE, r'\1:"\2"\3')
    return texts


def escaped(texts: pa.Array) -> pa.Array:
    """The texts with another backslash before those that begin none of JSON's escapes."""
    for _ in range(2):  # a match takes the character before the next with it
        texts = pc.replace_substring_regex(texts, r'((?:^|[^\\])(?:\\\\)*)\\([^"\\/bfnrtu])', r"\1\\\\\2")
    return texts


_HEX: Final = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")


def _undone(text: str) -> str:
    return _HEX.sub(lambda found: json_object([("", unescape_bytes(found[0]))])[6:-2], text)


#: what is looked for key by key: those that stand at the top of an object
_LOOSE: Final = {
    name: [key for key in keys if "." not in key and re.fullmatch(r"[\w@-]+", key)]
    for name, keys in KEYS.items()
    if name in {"stamp", "request", "request_method", "request_uri", "status", "body_bytes_sent", "request_time", "remote_addr"}
}


def key_by_key(texts: pa.Array, sound: pa.Array) -> pa.Array:
    """Objects of the most needed values, each where its key first stands; empty where a text is sound."""
    texts = pc.if_else(sound, pa.scalar(""), texts)
    members = []
    for key in dict.fromkeys(key for keys in _LOOSE.values() for key in keys):
        found = pc.extract_regex(texts, rf'"{key}"\s*:\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<bare>[^",{{}}\[\]\s]+))')
        value = pc.binary_join_element_wise(pc.struct_field(found, "text"), pc.struct_field(found, "bare"), "")
        members.append(pc.fill_null(pc.binary_join_element_wise(f'"{key}":"', value, '",', ""), ""))
    joined = pc.binary_join_element_wise("{", pc.utf8_rtrim(pc.binary_join_element_wise(*members, ""), ","), "}", "")
    joined = pc.replace_substring_regex(joined, r"[\x00-\x1f]", " ")
    return escaped(joined)
