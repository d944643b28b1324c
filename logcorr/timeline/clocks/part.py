"""The rows whose clock is one: those of one source in one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.storage import StoredRows
from logcorr.timeline.clocks.summer_time import Offsets

if TYPE_CHECKING:
    from logcorr.timeline.clocks.skew import Skew

SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Zone:
    """How the clock of one source in one file is read.

    ``offset_s`` is None where lines state it themselves or ``name`` is a zone with changing offsets; ``offsets`` are those over time,
    where they change. ``matches`` and ``runner_up`` count the records in which an inferred offset showed, and those of the next best.
    ``year_basis`` says how the year is known where lines state none; ``ahead_s`` is what the clock is ahead of the reference, where that
    was found and taken off.
    """

    basis: str
    offset_s: int | None = None
    name: str = ""
    matches: int = 0
    runner_up: int = 0
    offsets: Offsets | None = None
    year_basis: str = ""
    ahead_s: float | None = None

    def __str__(self) -> str:
        if self.offset_s is None:
            return self.name
        sign = "-" if self.offset_s < 0 else "+"
        return f"{sign}{abs(self.offset_s) // 3600:02d}:{abs(self.offset_s) % 3600 // 60:02d}"


@dataclass
class Part:
    """The rows of one source in one file, in the order of its lines.

    ``stored`` are those of a large file whose stamps all have their year and offset; ``table`` then holds its ``STAMPS`` alone.
    ``place`` orders files that are one log cut by rotation: the log's name and the file's place in it, the oldest first. ``compared`` is
    how its clock stands to the reference, where that could be told, ``skew`` what has to be taken off; ``span`` keeps from when to
    when each of its records was, once that was asked for; ``near`` are those stored records that others may share, by their keys.
    """

    family: str
    source: str
    file: str
    table: pa.Table
    file_time_us: int
    stored: StoredRows | None = None
    place: tuple[str, int] = ("", 0)
    zone: Zone = Zone("in_line")
    year_basis: str = ""
    compared: Skew | None = None
    skew: Skew | None = None
    span: tuple[pa.Array, pa.Array] | None = field(default=None, repr=False)
    near: dict[tuple[str, ...], pa.Table] = field(default_factory=dict, repr=False)
    naive: pa.Array = field(init=False)
    offset: pa.Array = field(init=False)
    yearless: pa.Array = field(init=False)

    def __post_init__(self) -> None:
        self.naive = column(self.table, "naive_us", pa.int64())
        self.offset = column(self.table, "offset_s", pa.int32())
        self.yearless = pc.fill_null(column(self.table, "yearless", pa.bool_()), fill_value=False)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.stored.rows if self.stored else self.table.num_rows

    @property
    def weights(self) -> np.ndarray:
        """For how many rows each of its stamps stands."""
        return self.table["rows"].to_numpy() if self.stored else np.ones(len(self.naive), np.int64)

    @property
    def column_names(self) -> list[str]:
        """The columns that its rows may have values in."""
        return self.stored.column_names if self.stored else self.table.column_names

    def release(self) -> None:
        """Let go of the rows; how their clock is read stays known."""
        self.table = self.table.slice(0, 0).select([])
        self.naive, self.offset, self.yearless = (each.slice(0, 0) for each in (self.naive, self.offset, self.yearless))
        self.span = None
        self.near = {}

    @property
    def states_zone(self) -> bool:
        """Whether every stamp has its offset."""
        return self.naive.null_count == len(self.naive) or self.offset.null_count <= self.naive.null_count

    @property
    def has_years(self) -> bool:
        """Whether every stamp has its year."""
        return not pc.any(self.yearless).as_py()

    @property
    def host(self) -> str | None:
        """The host that its lines name, if they name one."""
        told = self.stored.hosts if self.stored else pc.unique(column(self.table, "host_name", pa.string())).to_pylist()
        names = [name for name in told if name is not None]
        return names[0] if len(names) == 1 else None


def column(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    """One column as an array, nulls where the table has none."""
    if name not in table.column_names:
        return pa.nulls(table.num_rows, kind)
    values = table[name]
    if pa.types.is_dictionary(values.type):
        values = values.unify_dictionaries()
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def own_instants(part: Part) -> np.ndarray:
    """The instants of a part, microseconds; a stamp without an offset is read as UTC."""
    return weighed_instants(part)[0]


def weighed_instants(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """The same, and for how many rows each stands."""
    offset = pc.fill_null(pc.cast(part.offset, pa.int64()), 0)
    instants = pc.subtract(part.naive, pc.multiply(offset, SECOND))
    return pc.drop_null(instants).to_numpy(), part.weights[pc.is_valid(instants).to_numpy(zero_copy_only=False)]
