"""The stretch of time that is looked at, where the caller bounds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.errors import EvidenceError, TimeError
from logcorr.formats.human_time import DAY_S
from logcorr.timeline.typed_times import Window, instant_of, parse, shown

#: families of what happened at an instant
EVENTS: Final = ("requests", "log", "complaints")
SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """From when to when, both included, in microseconds since 1970; None is open."""

    since_us: int | None = None
    until_us: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether everything lies within."""
        return self.since_us is None and self.until_us is None

    @property
    def edges(self) -> dict[str, int]:
        """The edges that there are, as ``since`` and ``until``."""
        return {name: edge for name, edge in (("since", self.since_us), ("until", self.until_us)) if edge is not None}

    def __str__(self) -> str:
        since, until = ("" if edge is None else shown(edge) for edge in (self.since_us, self.until_us))
        return f"between {since} and {until}" if since and until else f"after {since}" if since else f"before {until}"


EVERYTHING: Final = Bounds()


def told_beforehand(since: str | None, until: str | None, zone: str = "") -> tuple[int | None, int | None]:
    """The bounds as far as they can be told before anything is read, microseconds: where they have their dates. None is open."""
    edges = []
    for text in (since, until):
        try:
            edges.append(bounds_of(text, None, lambda: None, zone).since_us)
        except TimeError:
            edges.append(None)  # the evidence tells, or says what is wrong with it
    last = None if until is None or edges[1] is None else edges[1] + int(parse(until).resolution_s) * SECOND
    return edges[0], last


def bounds_of(since: str | None, until: str | None, window: Callable[[], Window | None], zone: str = "") -> Bounds:
    """The bounds as typed: in ``zone``, else in UTC, where they state none; ``until`` a day alone is to its end.

    Raises:
        TimeError: no time, one without a date that the evidence does not tell, or an end before the beginning.
    """
    first, last = (parse(text) if text else None for text in (since, until))
    since_us = instant_of(first, window, zone) if first else None
    until_us = instant_of(last, window, zone) if last else None
    if until_us is not None and last and last.resolution_s == DAY_S:
        until_us += int(DAY_S) * SECOND - 1
    if since_us is not None and until_us is not None and since_us > until_us:
        raise TimeError(f"nothing lies between {since!r} and {until!r}: the end is before the beginning")
    return Bounds(since_us, until_us)


def bounded(
    tables: Mapping[str, pa.Table], bounds: Bounds, stored: Sequence[tuple[int, int] | None] = ()
) -> dict[str, pa.Table]:
    """The families without the requests, log events and complaints outside; rows without a time stay. ``stored``: what others cover.

    Settings and what was observed (files, sockets, processes) stay, whenever that was: they describe the machine, not an event. Of
    deploys those after the end go, those before the beginning stay: what was deployed before may cause what is looked at.

    Raises:
        EvidenceError: no request and no event lies within.
    """
    if bounds.is_open:
        return dict(tables)
    kept = {name: inside(table, bounds) if name in EVENTS else table for name, table in tables.items()}
    kept["deploys"] = inside(tables["deploys"], Bounds(until_us=bounds.until_us))
    spans = [span for span in stored if span]
    since, until = (bounds.edges.get(name, edge) for name, edge in (("since", 0), ("until", max((*spans, (0, 0)))[1])))
    if not (
        any(kept[name].num_rows for name in ("requests", "log"))
        or any(first <= until and since <= last for first, last in spans)
    ) and (spans or any(tables[name].num_rows for name in ("requests", "log"))):
        edges = [pc.min_max(tables[name]["timestamp_us"]).as_py() for name in ("requests", "log")]
        stamps = [edge[at] for at in ("min", "max") for edge in edges if edge[at] is not None] + [
            at for span in spans for at in span
        ]
        hint = f"the evidence covers {shown(min(stamps))} to {shown(max(stamps))}" if stamps else ""
        raise EvidenceError(f"the evidence has nothing {bounds}", hint=hint)
    return kept


def inside(table: pa.Table, bounds: Bounds) -> pa.Table:
    """The rows within, and those without a time."""
    stamps = table["timestamp_us"]
    for edge, fits in ((bounds.since_us, pc.greater_equal), (bounds.until_us, pc.less_equal)):
        if edge is not None:
            table = table.filter(pc.fill_null(fits(stamps, edge), fill_value=True))
            stamps = table["timestamp_us"]
    return table
