"""How far one clock is ahead of another, by the records that both show.

An application's line about a request is written between the beginning and the end of that request, so that each shared record bounds the
difference of the two clocks. Nearly all records must agree on one stretch (``AGREE``) that does not hold zero; a line written later than
its request (a job in a queue) agrees with no other. Where they agree on none, the clock drifts, and they agree once the slope is taken off;
or it was set, and they agree in each piece of the time: then between the middles of the pieces the difference is taken to go straight.

A difference of whole quarters of an hour is a zone: the lines, or the caller, state one that is not the clock's.

The reference is the access log with most requests. A machine has one clock: where several hosts are named, what is found for one source
of a host holds for its others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import duckdb
import numpy as np

from logcorr.timeline.clocks.anchor import QUARTER_US
from logcorr.timeline.clocks.instants import instants
from logcorr.timeline.clocks.part import SECOND, Part
from logcorr.timeline.clocks.shared_records import IDENTIFIERS, SHARED_KEYS, Agreement, Pairs, agreement, shared
from logcorr.timeline.clocks.zones import MATCHES_NEEDED, SERVER_SOURCES, TIMES_RUNNER_UP

#: of the records that two clocks share, so many must allow one difference: clocks that are right are often seen late, never early
AGREEING: Final = 0.9
#: a zone is told from a difference of clocks when it is this close to a whole quarter of an hour
BESIDE_QUARTER_US: Final = 10 * SECOND
#: a drifting clock is looked at in so many pieces, each with enough records
PIECES: Final = 12
RECORDS_IN_PIECE: Final = 10
#: so many records are enough to find a slope by
SLOPES: Final = 400
EXAMPLES: Final = 3
#: what names a request where no identifier does. Half of such records, ten, and three times as many as would fit without a difference must
#: allow one, and requests must say how long they took; what the server's own programs write is on its clock
OTHER_KEYS: Final = tuple(names for names in SHARED_KEYS if names not in IDENTIFIERS)


@dataclass(frozen=True, slots=True)
class Skew:
    """What one clock is ahead of the reference.

    ``at`` are instants of the reference clock and ``ahead`` what it is ahead there, microseconds; one of each where it does not change.
    ``low`` and ``high`` bound the difference. ``zone_s`` is the part of it that is a wrong zone, else 0. ``matches`` of ``records`` allow
    it. ``examples`` are lines of both: file, line, other file, other line. ``doubt_s`` is the half-width of the interval at any one time.
    """

    at: tuple[int, ...]
    ahead: tuple[int, ...]
    low: int
    high: int
    zone_s: int
    matches: int
    records: int
    runner_up: int
    reference: str
    examples: tuple[tuple[str, int, str, int], ...]
    doubt_s: float

    @property
    def drift_ppm(self) -> float:
        """How much faster than the reference it goes, in millionths, from the first piece to the last."""
        return (self.ahead[-1] - self.ahead[0]) / (self.at[-1] - self.at[0]) * 1e6 if len(self.at) > 1 else 0.0

    @property
    def is_none(self) -> bool:
        """Whether both clocks may show the same."""
        return len(self.at) == 1 and self.low <= 0 <= self.high

    def corrections(self, instants: np.ndarray) -> np.ndarray:
        """What to take off each instant, microseconds."""
        return np.interp(instants, self.at, self.ahead).astype(np.int64)


def set_skews(parts: Sequence[Part], connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the clocks with that of the access log: ``part.compared``; ``part.skew`` is what to take off, of those that differ."""
    references = sorted(
        (part for part in parts if part.family == "requests" and part.rows),
        key=lambda part: (-part.rows, part.file),
    )
    if not references:
        return
    found: dict[str, Skew] = {}
    hosts = {part.host for part in parts} - {None}
    reference_hosts = {references[0].host} - {None}
    for part in parts:
        if part is references[0] or part.family not in {"log", "requests"} or part.host in reference_hosts:
            continue
        part.compared = compare(part, references[:1] if part.family == "requests" else references, connection)
        part.skew = None if part.compared is None or part.compared.is_none else part.compared
        if part.skew is not None and part.host is not None and len(hosts) > 1:
            found.setdefault(part.host, part.skew)
    for part in parts:
        if part.skew is None and part.host in found and not found[part.host].zone_s:
            part.skew = found[part.host]


def compare(part: Part, references: Sequence[Part], connection: duckdb.DuckDBPyConnection) -> Skew | None:
    """What the clock of a part is ahead of the reference; None where they share too little to tell."""
    stamps = None if part.stored else instants(part)[0]
    for other, pairs in shared(part, stamps, references, IDENTIFIERS, connection):
        best = agreement(pairs)
        if best is None or best.records < MATCHES_NEEDED:
            continue
        if best.matches >= AGREEING * best.records:
            return constant(part, other, pairs, best)
        return straight(part, other, pairs, best) or in_pieces(part, other, pairs, best)
    if (
        part.source in SERVER_SOURCES or part.family == "requests"
    ):  # of two access logs each has many requests like those of the other
        return None
    timed = [other for other in references if "duration_s" in other.column_names]
    for other, pairs in shared(part, stamps, timed, OTHER_KEYS, connection):
        best = agreement(pairs)
        if best is not None and best.matches >= max(RECORDS_IN_PIECE, best.records // 2, TIMES_RUNNER_UP * without(pairs)):
            return constant(part, other, pairs, best)
    return None


def without(pairs: Pairs) -> int:
    """How many records would fit if the clocks showed the same."""
    return len(np.unique(pairs.record[(pairs.low <= SECOND) & (pairs.high >= -SECOND)]))


def constant(part: Part, other: Part, pairs: Pairs, best: Agreement) -> Skew | None:
    """A difference that stays the same."""
    if best.matches < max(MATCHES_NEEDED, TIMES_RUNNER_UP * best.runner_up):
        return None
    middle = (best.low + best.high) // 2
    return Skew(
        (0,),
        (middle,),
        best.low,
        best.high,
        0 if best.low <= 0 <= best.high else wrong_zone(best.low, best.high),
        best.matches,
        best.records,
        best.runner_up,
        other.file,
        examples(part, other, pairs.only(best.agreeing)),
        half_width(best),
    )


def straight(part: Part, other: Part, pairs: Pairs, whole: Agreement) -> Skew | None:
    """A difference that grows or shrinks steadily: less the slope of the median of all slopes (Theil and Sen), it is constant."""
    middle = (pairs.low + pairs.high) / 2
    at: np.ndarray = pairs.at.astype(np.float64)
    places = np.unique(np.linspace(0, len(at) - 1, SLOPES).astype(int))
    rise, run = (np.subtract.outer(each[places], each[places]) for each in (middle, at))
    if not (run != 0).any():
        return None
    slope = float(np.median(rise[run != 0] / run[run != 0]))
    lean = (slope * (at - at[0])).astype(np.int64)
    best = agreement(replace(pairs, low=pairs.low - lean, high=pairs.high - lean))
    if best is None or best.matches < AGREEING * best.records:
        return None
    first = (best.low + best.high) // 2
    ends = (int(at[0]), int(at[-1]))
    ahead = (first, first + int(lean[-1]))
    low, high = min(ahead) - (best.high - best.low) // 2, max(ahead) + (best.high - best.low) // 2
    shown = examples(part, other, pairs)
    return Skew(ends, ahead, low, high, 0, best.matches, best.records, whole.runner_up, other.file, shown, half_width(best))


def in_pieces(part: Part, other: Part, pairs: Pairs, whole: Agreement) -> Skew | None:
    """A difference that changes otherwise: each piece of the time agrees on its own."""
    records = np.unique(pairs.record)
    count = min(PIECES, len(records) // RECORDS_IN_PIECE)
    if count < 2:  # noqa: PLR2004 (a change needs two pieces)
        return None
    edges = np.quantile(pairs.at, np.linspace(0, 1, count + 1))
    pieces = []
    for first, last in pairwise(edges):
        piece = pairs.only((pairs.at >= first) & ((pairs.at < last) | (last == edges[-1])))
        best = agreement(piece)
        if best is None or best.matches < AGREEING * best.records:
            return None
        pieces.append((int((first + last) // 2), best))
    ahead = tuple((best.low + best.high) // 2 for _, best in pieces)
    low, high = (min(best.low for _, best in pieces), max(best.high for _, best in pieces))
    matches = sum(best.matches for _, best in pieces)
    at = tuple(when for when, _ in pieces)
    doubt = max(half_width(best) for _, best in pieces)
    shown = examples(part, other, pairs)
    return Skew(at, ahead, low, high, 0, matches, len(records), whole.runner_up, other.file, shown, doubt)


def half_width(best: Agreement) -> float:
    """Half of the interval that the records allow, in seconds."""
    return (best.high - best.low) / 2 / SECOND


def wrong_zone(low: int, high: int) -> int:
    """The whole quarters of an hour, in seconds, that a difference is; 0 where it is none."""
    quarters = round((low + high) / 2 / QUARTER_US)
    beside = max(low - quarters * QUARTER_US, quarters * QUARTER_US - high, 0)
    return quarters * 900 if beside <= BESIDE_QUARTER_US else 0


def examples(part: Part, other: Part, pairs: Pairs) -> tuple[tuple[str, int, str, int], ...]:
    """Lines of the same records, from the first to the last."""
    places = np.unique(np.linspace(0, len(pairs.line) - 1, EXAMPLES).astype(int))
    return tuple((part.file, int(pairs.line[at]), other.file, int(pairs.other_line[at])) for at in places)
