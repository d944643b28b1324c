"""The instants of a part by its zone, before anything is taken off for its clock."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.timeline.clocks.part import SECOND, Part
from logcorr.timeline.clocks.summer_time import Offsets, instants_of, offsets_of


def instants(part: Part) -> tuple[pa.Array, pa.Array]:
    """Instants in microseconds, and what the change of summer time leaves in doubt of each, in seconds."""
    doubt = pa.repeat(pa.scalar(0.0, pa.float32()), len(part.naive))
    own = pc.subtract(part.naive, pc.multiply(pc.cast(part.offset, pa.int64()), SECOND))
    if not part.offset.null_count:
        return own, doubt
    offsets = offsets_for(part)
    if offsets is None:
        filled = pc.subtract(part.naive, pa.scalar((part.zone.offset_s or 0) * SECOND, pa.int64()))
        return pc.coalesce(own, filled), doubt
    places = pc.indices_nonzero(pc.and_(pc.is_valid(part.naive), pc.is_null(part.offset)))
    shown, unsure = instants_of(part.naive.take(places).to_numpy(), offsets)
    mask: np.ndarray = np.zeros(len(part.naive), dtype=bool)
    mask[places.to_numpy()] = True
    return (
        pc.replace_with_mask(own, pa.array(mask), pa.array(shown, pa.int64())),
        pc.replace_with_mask(doubt, pa.array(mask), pa.array(unsure, pa.float32())),
    )


def offsets_for(part: Part) -> Offsets | None:
    """The offsets over time of a clock whose offset changes; None where it has one, or states it in every line."""
    if part.zone.offsets is not None:
        return part.zone.offsets
    if part.zone.name and part.zone.offset_s is None and part.zone.basis == "zone_given":
        stamps = pc.min_max(part.naive).as_py()
        return offsets_of(part.zone.name, stamps["min"] or 0, stamps["max"] or 0)
    return None
