"""Lines of a terminal without what sets its colours and moves its cursor: a level in red is a level."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

#: control sequences of ECMA-48
SEQUENCE: Final = r"\x1b\[[0-9;?]{0,30}[A-Za-z]"


def uncoloured(lines: pa.Array) -> pa.Array:
    """The lines without control sequences."""
    return pc.replace_substring_regex(lines, SEQUENCE, "")
