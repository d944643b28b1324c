"""Routes: paths with the parts left out that differ from one object to the next (``/product/4711`` -> ``/product/{}``)."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.tokenise import spread

#: a part of a path that names one object: a number, a UUID, a hexadecimal identifier
_IDENTIFIER: Final = r"/(?:[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,64})\b"


def routes(paths: pa.Array) -> pa.DictionaryArray:
    """The routes of paths, as text or category; null stays null."""
    encoded = pc.dictionary_encode(paths)
    return spread(pc.replace_substring_regex(encoded.dictionary, _IDENTIFIER, "/{}"), encoded.indices)
