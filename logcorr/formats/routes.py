"""Paths without what differs from one object to the next, so that requests of one kind are counted together."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

#: a part of a path that names one object
_IDENTIFIER: Final = r"/(?:[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,64})\b"


def routes(paths: pa.Array) -> pa.Array:
    """Paths with the parts that differ from one object to the next left out: numbers, UUIDs, hexadecimal identifiers."""
    encoded = paths.dictionary_encode()
    return pc.replace_substring_regex(encoded.dictionary, _IDENTIFIER, "/{}").take(encoded.indices)
