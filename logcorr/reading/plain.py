"""The output of an application whose lines carry no time: stack traces, and the lines between them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats import plain_traces
from logcorr.formats.grammar import LineFormat
from logcorr.formats.trace_lines import CANDIDATE, trace_spans

#: what stands in texts that speak of traces and are no output: Markdown, mail, pages, patches
DOCUMENT: Final = re.compile(r"```|#{1,6} \w|\*\*|<!DOCTYPE|<html|<\?xml|(?:Subject|From): |diff --git |@@ -\d")
#: lines that go on with a trace, at the beginning of a block
_GOES_ON: Final = rf"^\s|{CANDIDATE}|^\s*(?:Caused by: |\.\.\. \d+ |#\d+ |created by |goroutine \d)|^\s*$"


def is_output(lines: Sequence[str], heads: Collection[int]) -> bool:
    """Whether lines, none of them blank, are such output: they show a trace, and events that carry a time are fewer than other lines.

    ``heads`` are the lines that begin events of other formats. A log whose first line carries a time is none.
    """
    if 0 in heads or any(DOCUMENT.match(line) for line in lines):
        return False
    spans = trace_spans(pa.array(lines, pa.string()), frozenset(heads))
    covered = {at for first, last in spans for at in range(first, last + 1)}
    outside = sum(1 for at, line in enumerate(lines) if at not in covered and at not in heads and not line[:1].isspace())
    own = sum(1 for first, _ in spans if first not in heads and first - 1 not in heads)
    return bool(spans) and outside + own > len(heads)


def read_output(
    lines: pa.Array, owner: np.ndarray, blank: np.ndarray, formats: Sequence[LineFormat]
) -> list[tuple[LineFormat, pa.Table]]:
    """The events of output: each trace that no other event begins, and each line outside of traces that is not indented.

    ``owner`` says which lines begin events of which format; the new ones are added to it.
    """
    at_trace, at_text = (
        next(at for at, each in enumerate(formats) if each.plain and each.fallback is last) for last in (False, True)
    )
    heads = frozenset(np.flatnonzero(owner >= 0).tolist())
    spans = trace_spans(lines, heads)
    inside: np.ndarray = np.zeros(len(lines), dtype=bool)
    for first, last in spans:
        inside[first : last + 1] = True
    # a trace right behind a line with a time is that line's
    first_of = np.array([first for first, _ in spans if first not in heads and first - 1 not in heads], dtype=np.int64)
    goes_on = pc.match_substring_regex(lines, _GOES_ON).to_numpy(zero_copy_only=False)
    stops = np.flatnonzero(~goes_on | inside | (owner >= 0))
    inside[: stops[0] if len(stops) else len(lines)] = True
    found = []
    if len(first_of):
        owner[first_of] = at_trace
        columns = plain_traces.columns_of(lines.take(pa.array(first_of)))
        found.append((formats[at_trace], pa.table({"row": pa.array(first_of, pa.int32()), **columns})))
    left = np.flatnonzero((owner < 0) & ~blank & ~inside)
    table = formats[at_text].read(lines.take(pa.array(left)))
    rows = left[table["row"].to_numpy()]
    owner[rows] = at_text
    found.append((formats[at_text], table.set_column(table.column_names.index("row"), "row", pa.array(rows, pa.int32()))))
    return [item for item in found if item[1].num_rows]
