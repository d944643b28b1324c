r"""The escapes of web servers' logs undone, so that one request is the same text in every log.

nginx writes ``\x22`` (and ``\xC3\xB8``: the bytes of UTF-8) by default, JSON's escapes with ``escape=json``, and nothing with
``escape=none``; Apache writes ``\"``, ``\\``, ``\t`` and ``\xc3``. What is undone is text: bytes that are no UTF-8 become U+FFFD, in
each of the forms, since a log that holds them raw is read so too.

Sources: nginx ``src/http/modules/ngx_http_log_module.c`` (``ngx_http_log_escape``), ``src/core/ngx_string.c``
(``ngx_escape_json``); httpd ``server/util.c`` (``ap_escape_logitem``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_BYTES: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([\"\\abfnrtv]))")
_LETTERS: Final = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_JSON: Final = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(x[0-9a-fA-F]{2}(?:\\x[0-9a-fA-F]{2})*)|(.))"
)
_JSON_LETTERS: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def unescape_bytes(text: str) -> str:
    r"""The text that ``\xHH`` and the escapes of C stand for."""

    def plain(found: re.Match[bytes]) -> bytes:
        return bytes([int(found[1], 16)]) if found[1] else _LETTERS.get(found[2], found[2])

    return _BYTES.sub(plain, text.encode(errors="surrogatepass")).decode(errors="replace")


def unescape_json(text: str) -> str:
    r"""The text that JSON's escapes stand for; half characters become U+FFFD, and what is no escape stays.

    ``\xHH`` is none of JSON's, but shows that a ``log_format`` in JSON is written without ``escape=json``.
    """

    def plain(found: re.Match[str]) -> str:
        high, low, code, run, letter = found.groups()
        if run:
            return unescape_bytes(found[0])
        if high:
            return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
        if code:
            character = chr(int(code, 16))
            return "\ufffd" if "\ud800" <= character <= "\udfff" else character
        return _JSON_LETTERS.get(letter, found[0])

    return _JSON.sub(plain, text)


def unescaped(texts: pa.Array, undo: Callable[[str], str]) -> pa.Array:
    """A column, as text or category, with the escapes of each distinct value undone; those without a backslash stay."""
    category = pa.types.is_dictionary(texts.type)
    words = texts.dictionary if category else texts
    escaped = pc.match_substring(words, "\\")
    if not pc.any(escaped).as_py():
        return texts
    plain = pa.array([undo(text) for text in words.filter(escaped).to_pylist()], words.type)
    words = pc.replace_with_mask(words, pc.fill_null(escaped, fill_value=False), plain)
    if not category:
        return words
    words = words.dictionary_encode()  # two of them may have become one
    return pa.DictionaryArray.from_arrays(words.indices.take(texts.indices), words.dictionary)


def json_objects(columns: Mapping[str, pa.Array]) -> pa.Array:
    """Each row as the text of a JSON object, for the column ``attributes``, without what is null; null where all is."""
    members = []
    for name, texts in columns.items():
        encoded = texts.dictionary_encode()
        safe = pc.replace_substring(pc.replace_substring(encoded.dictionary, "\\", "\\\\"), '"', '\\"')
        safe = pc.replace_substring_regex(safe, r"[\x00-\x1f]", "\ufffd")
        member = pc.binary_join_element_wise(f', "{name}": "', safe, '"', "")
        members.append(pc.fill_null(member.take(encoded.indices), ""))
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*members, ""), 2)
    objects = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), objects)
