"""Lines of a terminal without what sets its colours: a level in red is a level.

What moves a cursor or clears a screen stays, to be seen.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

#: control sequences of ECMA-48: SGR, and EL, which colouring programs append
SEQUENCE: Final = r"\x1b\[[0-9;:]{0,30}[mK]"


def uncoloured(lines: pa.Array) -> pa.Array:
    """The lines without colours."""
    return pc.replace_substring_regex(lines, SEQUENCE, "")
