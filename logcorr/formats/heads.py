"""Lines that begin alike: what stands before the message is taken apart once for each that is different.

A line is cut behind its clock and behind the first mark that ends its head (``shop-prod-2 systemd[1]: ``). An expression with many groups
takes microseconds for each text that it sees, and so sees few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.tokenise import accept, blank_as_null, holds

Lengths: TypeAlias = npt.NDArray[np.int32]
Keep: TypeAlias = Callable[[pa.Table], pa.ChunkedArray]


@dataclass(frozen=True, slots=True)
class Heads:
    """Lines taken apart.

    ``rows`` are those that were, ``told`` each different ``head`` and its groups, one row each, ``codes`` the row in ``told`` of each line;
    ``clock`` are the groups of its clock and ``body`` what follows the head, null where nothing does.
    """

    rows: pa.Array
    clock: dict[str, pa.Array]
    told: pa.Table
    codes: pa.Array
    body: pa.Array

    def table(self) -> pa.Table:
        """The groups of all lines, as ``tokenise.accept`` gives them."""
        told = self.told.take(self.codes)
        columns = {name: told[name] for name in told.column_names if name not in {"row", "head", "body"}}
        return pa.table({"row": self.rows, **self.clock, **columns, "body": self.body})


def byte_lengths(texts: pa.Array) -> Lengths:
    """How many bytes each text has; null has none."""
    offsets: Lengths = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.diff(offsets)


def cut(texts: pa.Array, lengths: Lengths) -> tuple[pa.Array, pa.Array]:
    """The first bytes of each text, so many as ``lengths`` says, and the rest; no text is null."""
    if not len(texts):
        return texts, texts
    offsets: Lengths = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    borders: Lengths = np.empty(2 * len(texts) + 1, np.int32)
    borders[::2] = offsets
    borders[1::2] = offsets[:-1] + lengths
    pieces = pa.StringArray.from_buffers(2 * len(texts), pa.py_buffer(borders), texts.buffers()[2])
    places = np.arange(0, 2 * len(texts), 2)
    return pieces.take(pa.array(places)), pieces.take(pa.array(places + 1))


def end_of(texts: pa.Array, mark: str) -> Lengths:
    """How many bytes of each text its first ``mark`` ends, or all of it."""
    found = pc.find_substring(texts, mark).to_numpy()
    return np.where(found < 0, byte_lengths(texts), found + len(mark.encode())).astype(np.int32)


def end_before(texts: pa.Array, mark: str) -> Lengths:
    """How many bytes of each text stand before its first ``mark``, or all of it."""
    found = pc.find_substring(texts, mark).to_numpy()
    return np.where(found < 0, byte_lengths(texts), found).astype(np.int32)


def end_of_tag(texts: pa.Array) -> Lengths:
    """How many bytes stand before the message behind ``program[process]: ``."""
    return end_of(texts, ": ")


def accept_heads(
    lines: pa.Array, clock: str, head: str, ends: Callable[[pa.Array], Lengths] = end_of_tag, keep: Keep | None = None
) -> Heads | None:
    """The lines that the expressions ``clock`` and ``head``, one behind the other, match, or some of them.

    ``clock`` begins with ``^`` and has three groups at most (with more, each line takes ten times as long); ``head`` ends with a group
    ``body`` of all that follows. ``ends`` tells how many bytes behind the clock may be the head: no line whose message could begin
    elsewhere may be matched by ``head`` up to there. ``keep`` tells which of the different heads count. None for lines that hold a line
    end.
    """
    if not len(lines) or lines.null_count or holds(lines, b"\n"):
        return None
    found = pc.extract_regex(lines, f"^(?P<whole>{clock[1:]})")
    taken = pc.is_valid(found)
    rows = pc.indices_nonzero(taken).cast(pa.int32())
    found = found.filter(taken)
    parts = {found.type.field(at).name: pc.struct_field(found, at) for at in range(found.type.num_fields)}
    _, rest = cut(lines.take(rows), byte_lengths(parts.pop("whole")))
    beginning, body = cut(rest, ends(rest))
    encoded = beginning.dictionary_encode()
    told = accept(encoded.dictionary, "^" + head)
    told = told.filter(pc.is_null(told["body"])).combine_chunks()  # else more than the head has to be looked at
    told = told.append_column("head", encoded.dictionary.take(told["row"]))
    told = told.filter(keep(told)).combine_chunks() if keep else told
    place: Lengths = np.full(len(encoded.dictionary), -1, np.int32)
    place[told["row"].to_numpy()] = np.arange(told.num_rows)
    codes = place[encoded.indices.to_numpy()]
    right = pa.array(codes >= 0)
    clocks = {name: blank_as_null(part.filter(right)) for name, part in parts.items()}
    return Heads(rows.filter(right), clocks, told, pa.array(codes[codes >= 0]), blank_as_null(body.filter(right)))
