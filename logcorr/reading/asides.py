"""What the program that printed a log added to it: lines that belong to no event, and how far it indented those that do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat
from logcorr.formats.tokenise import blank_as_null

Boots = list[tuple[int, str]]


def asides_among(lines: pa.Array, rows: np.ndarray, formats: Sequence[LineFormat]) -> tuple[np.ndarray, Boots]:
    """Which of some lines are asides of one of the formats, and where a boot begins among them (empty: an unknown one)."""
    mask: np.ndarray = np.zeros(len(rows), dtype=bool)
    boots: Boots = []
    for pattern in dict.fromkeys(each.asides for each in formats if each.asides):
        found = pc.extract_regex(lines.take(pa.array(rows)), pattern)
        own = pc.is_valid(found).to_numpy(zero_copy_only=False) & ~mask
        mask |= own
        for at in np.flatnonzero(own).tolist():
            text = found[at].as_py()
            if text["boot"]:
                boots.append((int(rows[at]), text["boot_id"] or ""))
    return mask, boots


def with_boots(table: pa.Table, boots: Boots, before: str) -> pa.Table:
    """The events with the boot that the last heading above each names, unless they state one; ``before`` is that of the first ones."""
    ids = blank_as_null(pa.array([before, *(boot for _, boot in boots)], pa.string()))
    places = np.searchsorted(np.array([row for row, _ in boots]), table["line"].to_numpy(), side="right")
    told = ids.take(pa.array(places))
    at = table.column_names.index("boot_id") if "boot_id" in table.column_names else None
    if at is None:
        return table.append_column("boot_id", told)
    return table.set_column(at, "boot_id", pc.coalesce(table["boot_id"], told))


def dedented(texts: pa.Array, widths: np.ndarray) -> pa.Array:
    """Each text without its first blanks, as many as ``widths`` says; one that has fewer is left as it is."""
    for width in np.unique(widths[widths > 0]).tolist():
        own = pc.and_(pa.array(widths == width), pc.starts_with(texts, " " * width))
        texts = pc.if_else(own, pc.utf8_slice_codeunits(texts, width), texts)
    return texts
