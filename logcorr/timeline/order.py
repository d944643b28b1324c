"""Stamps that cannot be, and lines that are out of order: flagged, kept, and no more trusted than they deserve.

A stamp of before 1970 (or of its first day, which clocks show that were never set), or of a year after the rest of the evidence, tells
no time: it is kept out of what is counted over time. A line that is earlier than one before it is ``out_of_order``; where all lines from
one on are earlier, until the log has caught up, the clock was set back or two logs stand one after the other (``falls_back``), and the
order of these lines is known no better than by as much as they fell back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.timeline.clocks import Anchor
from logcorr.timeline.clocks.part import SECOND

DAY_US: Final = 86_400 * SECOND
FAR_US: Final = 366 * DAY_US
#: writers that share a log are so much apart without anything being wrong
TOLERANCE_US: Final = SECOND
#: fewer lines in a row are late lines, not a clock
FEWEST_IN_ROW: Final = 5
#: a clock is set back once or twice; a log with more such stretches is written by several buffers
MOST_STRETCHES: Final = 2

NEVER_SET: Final = "before_1970"
FAR_AHEAD: Final = "far_ahead"
OUT_OF_ORDER: Final = "out_of_order"
FALLS_BACK: Final = "falls_back"
#: flags of stamps that tell no time
IMPOSSIBLE: Final = (NEVER_SET, FAR_AHEAD)
_FLAGS: Final = (None, NEVER_SET, FAR_AHEAD, OUT_OF_ORDER, FALLS_BACK)


def flags(family: str, instants: pa.Array, resolution_s: pa.Array, anchor: Anchor | None) -> tuple[pa.Array, pa.Array]:
    """The flag of each row of a part, null for most, and what to add to its uncertainty, in seconds.

    Args:
        family: only lines of logs and requests come in order.
        instants: microseconds, in the order of lines.
        resolution_s: of each stamp.
        anchor: what the evidence covers.
    """
    places = np.flatnonzero(pc.is_valid(instants).to_numpy(zero_copy_only=False))
    shown = instants.take(pa.array(places)).to_numpy()
    code: np.ndarray = np.zeros(len(shown), np.int8)
    code[shown < DAY_US] = 1
    if anchor is not None and anchor.end_us >= DAY_US:
        code[shown > anchor.end_us + FAR_US] = 2
    added: np.ndarray = np.zeros(len(instants), np.float32)
    if family in {"log", "requests"}:
        possible = np.flatnonzero(code == 0)
        width = (resolution_s.take(pa.array(places[possible])).to_numpy() * SECOND).astype(np.int64)
        behind = np.maximum.accumulate(shown[possible]) - shown[possible] if len(possible) else np.array([], np.int64)
        late = behind > TOLERANCE_US + width
        stretches = [each for each in runs(late) if is_stretch(shown[possible[each[0] : each[1]]])]
        code[possible[late]] = 3
        if len(stretches) <= MOST_STRETCHES:
            for first, last in stretches:
                code[possible[first:last]] = 4
                added[places[possible[first:last]]] = behind[first:last] / SECOND
    if not code.any():
        return pa.nulls(len(instants), pa.string()), pa.array(added)
    every: np.ndarray = np.zeros(len(instants), np.int8)
    every[places] = code
    return pa.DictionaryArray.from_arrays(pa.array(every), pa.array(_FLAGS, pa.string())).cast(pa.string()), pa.array(added)


def runs(mask: np.ndarray) -> Sequence[tuple[int, int]]:
    """First place and the place after the last of each row of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def is_stretch(shown: np.ndarray) -> bool:
    """Whether late lines are many, and in order among themselves."""
    return len(shown) >= FEWEST_IN_ROW and bool((np.diff(shown) >= -TOLERANCE_US).all())
