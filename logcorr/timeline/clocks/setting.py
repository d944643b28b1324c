"""From clocks as written to instants on the reference clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.timeline.clocks.anchor import Anchor
from logcorr.timeline.clocks.given import Given, given_zone
from logcorr.timeline.clocks.instants import instants
from logcorr.timeline.clocks.part import SECOND, Part, Zone, column
from logcorr.timeline.clocks.shared_records import find_near
from logcorr.timeline.clocks.skew import set_skews
from logcorr.timeline.clocks.years import set_years
from logcorr.timeline.clocks.zones import likely_zone, matched_zone, named_offsets, server_offset, server_offsets


def set_clocks(parts: Sequence[Part], given: Given, connection: duckdb.DuckDBPyConnection) -> Anchor | None:
    """Find the year, the zone and the skew of every part; ``timestamps`` then gives its instants. Returns what the evidence covers."""
    for part in parts:
        part.offset = pc.coalesce(part.offset, named_offsets(part))
    anchor = Anchor.of(parts)
    set_years(parts, given, anchor)
    server, offset = server_offsets(parts), server_offset(parts)
    find_near(parts, connection)
    for part in parts:
        if not part.states_zone:
            part.zone = given_zone(part, given) or part.zone
    known = [part for part in parts if part.states_zone and part.year_basis in {"", "year_given"}]
    for part in parts:
        if not part.states_zone and part.zone.basis != "zone_given":
            part.zone = matched_zone(part, known, server, connection) or likely_zone(part, server, offset, anchor)
    set_skews(parts, connection)
    for part in parts:
        ahead = None if part.skew is None else round((part.skew.low + part.skew.high) / 2 / SECOND, 3)
        part.zone = replace(stated_zone(part), year_basis=part.year_basis, ahead_s=ahead)
    return anchor


def stated_zone(part: Part) -> Zone:
    """The zone of a part; of lines that state one offset that offset."""
    offsets = pc.unique(part.offset).drop_null().to_pylist() if part.zone.basis == "in_line" else []
    return Zone("in_line", offsets[0]) if len(offsets) == 1 else part.zone


@dataclass(frozen=True, slots=True)
class Stamps:
    """What the rows of a part get: instants (microseconds), how each is known, its uncertainty and its correction in seconds."""

    instants: pa.Array
    basis: pa.Array
    uncertainty_s: pa.Array
    skew_s: pa.Array


def timestamps(part: Part) -> Stamps:
    """The instants of a part on the reference clock."""
    count = len(part.naive)
    stated = pc.is_valid(part.offset)
    stamps, doubt = instants(part)
    basis = pc.if_else(stated, "in_line", part.zone.basis if part.zone.basis != "in_line" else "zone_assumed")
    if part.year_basis:
        year = "year_inferred" if part.year_basis == "year_given" else part.year_basis
        basis = pc.if_else(part.yearless, year, basis)
    resolution = pc.fill_null(column(part.table, "resolution_s", pa.float32()), 0.0)
    uncertainty = pc.add(resolution, doubt)
    skew = pa.nulls(count, pa.float64())
    if part.skew is not None:
        corrections = part.skew.corrections(pc.fill_null(stamps, 0).to_numpy())
        stamps = pc.subtract(stamps, pa.array(corrections))
        uncertainty = pc.add(uncertainty, pa.scalar(part.skew.doubt_s, pa.float32()))
        skew = pc.divide(pa.array(corrections, pa.float64()), float(SECOND))
    return Stamps(stamps, basis, uncertainty, skew)
