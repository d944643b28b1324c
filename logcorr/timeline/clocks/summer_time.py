"""Clocks that are put forward and back: from what they show to instants, by the order of lines.

In autumn an hour is shown twice. The lines of a file come in order: where they fall back by more than half of that hour, the
second showing begins. Where they do not, and only one side of the hour is there, the rhythm of the lines can tell. Else both instants are
possible, and the doubt covers both. In spring an hour is not shown at all; a clock that shows it is not on that zone's time, and the doubt
covers both readings too.

Changes of zones: the tz database, through ``zoneinfo``. The earlier showing is ``fold=0`` (PEP 495).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

SECOND: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: a pause that is this many times as long as every other tells that the lines do not belong there
TIMES_LONGEST_PAUSE: Final = 3
#: a zone is looked at for as many days; older and later stamps get the offset at the end of that stretch
DAYS_LOOKED_AT: Final = 366 * 60


@dataclass(frozen=True, slots=True)
class Offsets:
    """The offset of a clock from UTC over time, in seconds.

    ``first_s`` holds until the first change; ``changes`` are instants in microseconds since 1970, each with the offset from then on.
    ``repeated`` are changes whose repeated hour is known to be shown with one offset only.
    """

    first_s: int
    changes: tuple[tuple[int, int], ...] = ()
    repeated: tuple[tuple[int, int], ...] = ()

    @property
    def values(self) -> tuple[int, ...]:
        """All offsets, each once, in order of appearance."""
        return tuple(dict.fromkeys((self.first_s, *(offset for _, offset in self.changes))))

    def at(self, instant_us: int) -> int:
        """The offset at an instant."""
        return next((offset for change, offset in reversed(self.changes) if change <= instant_us), self.first_s)


@cache
def offsets_of(name: str, start_us: int, end_us: int) -> Offsets:
    """The offsets of a zone of the tz database between two instants, and a day around them."""
    zone = ZoneInfo(name)
    days = range(max(start_us // DAY_US - 1, -100 * 366), min(end_us // DAY_US + 3, 300 * 366))[:DAYS_LOOKED_AT]
    first = last = offset_at(zone, days.start * DAY_US)
    changes = []
    for day in days:
        if offset_at(zone, day * DAY_US + DAY_US) != last:
            low, high = day * 86_400, (day + 1) * 86_400
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_at(zone, middle * SECOND) == last else (low, middle)
            last = offset_at(zone, high * SECOND)
            changes.append((high * SECOND, last))
    return Offsets(first, tuple(changes))


def offset_at(zone: ZoneInfo, instant_us: int) -> int:
    """The offset of a zone at an instant, in seconds."""
    moment = _EPOCH + timedelta(microseconds=instant_us)
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def instants_of(naive: np.ndarray, offsets: Offsets) -> tuple[np.ndarray, np.ndarray]:
    """Instants of clocks as shown, in the order of lines, and the doubt of each in seconds.

    Args:
        naive: int64, microseconds as if the clock were UTC's.
        offsets: the clock's own.

    Returns:
        Instants in microseconds (int64) and doubts in seconds (float32), each as long as ``naive``.
    """
    every = np.array([offsets.first_s, *(offset for _, offset in offsets.changes)], np.int64) * SECOND
    at = np.array([change for change, _ in offsets.changes], np.int64)
    own: np.ndarray = every[np.searchsorted(at + np.maximum(every[:-1], every[1:]), naive, side="right")]
    doubt: np.ndarray = np.zeros(len(naive), np.float32)
    for change, before, after in zip(at, every[:-1], every[1:], strict=True):
        low, high = change + min(before, after), change + max(before, after)
        within = np.flatnonzero((naive >= low) & (naive < high))
        if not len(within):
            continue
        second = second_showing(naive, within, int(high - low)) if after < before else None
        known = dict(offsets.repeated).get(int(change))
        if second is None and known is not None:
            own[within] = known * SECOND
        elif second is None:
            own[within] = before
            doubt[within] = (high - low) / SECOND
        else:
            own[within[:second]] = before
            own[within[second:]] = after
    return naive - own, doubt


def second_showing(naive: np.ndarray, within: np.ndarray, width: int) -> int | None:
    """How many of the lines in a repeated hour (places ``within``) belong to its first showing; None where nothing tells."""
    shown = naive[within]
    fallen = np.flatnonzero(shown < np.maximum.accumulate(shown) - width // 2)
    if len(fallen):
        return int(fallen[0])
    before, after = within[0] > 0, within[-1] < len(naive) - 1
    if before == after:
        return None
    beside = naive[within[0] - 1 :] if before else naive[: within[-1] + 2]
    pause = abs(int(shown[0] - beside[0])) if before else abs(int(beside[-1] - shown[-1]))
    gaps = np.abs(np.diff(naive))
    others: np.ndarray = np.delete(gaps, within[0] - 1 if before else within[-1])
    longest = max(int(others.max(initial=0)), pause)
    if longest * TIMES_LONGEST_PAUSE > width or not len(others):
        return None
    return len(within) if before else 0
