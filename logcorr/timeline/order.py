"""Stamps that cannot be, and lines that are out of order: flagged, kept, and no more trusted than they deserve.

A stamp of before 1970 (or of its first day, which clocks show that were never set), or of a year after the rest of the evidence, tells
no time: it is kept out of what is counted over time. A line that is earlier than one before it is ``out_of_order``; where all lines from
one on are earlier, until the log has caught up, the clock was set back or two logs stand one after the other (``falls_back``), and the
order of these lines is known no better than by as much as they fell back.
"""

from __future__ import annotations

from itertools import pairwise
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
    order = Order(family, anchor)
    order.add(instants, resolution_s)
    places, told, unsure = order.odd()
    added: np.ndarray = np.zeros(len(instants), np.float32)
    if not len(places):
        return pa.nulls(len(instants), pa.string()), pa.array(added)
    added[places] = unsure
    mask: np.ndarray = np.zeros(len(instants), dtype=bool)
    mask[places] = True
    return pc.replace_with_mask(pa.nulls(len(instants), pa.string()), pa.array(mask), pa.array(told)), pa.array(added)


class Order:
    """Looks through the stamps of a part, a piece after the other, and keeps those that are odd."""

    def __init__(self, family: str, anchor: Anchor | None) -> None:
        self.in_order = family in {"log", "requests"}
        self.furthest = anchor.end_us + FAR_US if anchor is not None and anchor.end_us >= DAY_US else None
        self._rows = 0
        self._possible = 0
        self._latest: int | None = None
        self._impossible: list[tuple[np.ndarray, np.ndarray]] = []
        self._late: list[tuple[np.ndarray, ...]] = []

    def add(self, instants: pa.Array, resolution_s: pa.Array) -> None:
        """Look through the next rows: instants in microseconds, and the width of each stamp in seconds."""
        places = np.flatnonzero(pc.is_valid(instants).to_numpy(zero_copy_only=False))
        shown = instants.take(pa.array(places)).to_numpy() if len(places) < len(instants) else instants.to_numpy()
        code: np.ndarray = np.zeros(len(shown), np.int8)
        code[shown < DAY_US] = 1
        if self.furthest is not None:
            code[shown > self.furthest] = 2
        wrong = np.flatnonzero(code)
        if len(wrong):
            self._impossible.append((places[wrong] + self._rows, code[wrong]))
        if self.in_order:
            self._add_possible(
                places if not len(wrong) else places[code == 0], shown if not len(wrong) else shown[code == 0], resolution_s
            )
        self._rows += len(instants)

    def _add_possible(self, places: np.ndarray, shown: np.ndarray, resolution_s: pa.Array) -> None:
        if not len(shown):
            return
        latest = np.maximum.accumulate(shown)
        if self._latest is not None:
            latest = np.maximum(latest, self._latest)
        self._latest = int(latest[-1])
        behind = latest - shown
        near = np.flatnonzero(behind > TOLERANCE_US)
        if len(near):
            width = (resolution_s.take(pa.array(places[near])).to_numpy() * SECOND).astype(np.int64)
            late = near[behind[near] > TOLERANCE_US + width]
            self._late.append((places[late] + self._rows, late + self._possible, shown[late], behind[late]))
        self._possible += len(shown)

    def odd(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The rows that are odd: their places, in order, their flags, and what to add to the uncertainty of each, in seconds."""
        places, ranks, shown, behind = (
            np.concatenate([each[at] for each in self._late]) if self._late else np.array([], np.int64) for at in range(4)
        )
        code: np.ndarray = np.full(len(places), 3, np.int8)
        added: np.ndarray = np.zeros(len(places), np.float32)
        # of rows that can be, one after the other
        borders = np.concatenate([[0], np.flatnonzero(np.diff(ranks) != 1) + 1, [len(ranks)]])
        stretches = [(first, last) for first, last in pairwise(borders.tolist()) if is_stretch(shown[first:last])]
        if len(stretches) <= MOST_STRETCHES:
            for first, last in stretches:
                code[first:last] = 4
                added[first:last] = behind[first:last] / SECOND
        wrong, kinds = (
            np.concatenate([each[at] for each in self._impossible]) if self._impossible else np.array([], np.int64)
            for at in (0, 1)
        )
        whole = np.concatenate([places, wrong])
        order = np.argsort(whole, kind="stable")
        names = np.array(_FLAGS, dtype=object)[np.concatenate([code, kinds]).astype(np.int64)]
        return whole[order], names[order], np.concatenate([added, np.zeros(len(wrong), np.float32)])[order]


def is_stretch(shown: np.ndarray) -> bool:
    """Whether late lines are many, and in order among themselves."""
    return len(shown) >= FEWEST_IN_ROW and bool((np.diff(shown) >= -TOLERANCE_US).all())
