"""Runs needs over a timeline, each once.

The embedded engine takes a millisecond to check each step of a query, and a need has ten: what the steps of a need come to, as SQL, is
remembered, so that the next timeline of this process asks it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from os import cpu_count
from typing import TYPE_CHECKING, Final

import duckdb
import narwhals as nw

from logcorr.timeline.order import IMPOSSIBLE
from logcorr.timeline.selections import Families, LazyFrame
from logcorr.timings import stage

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.timeline.needs import Need
    from logcorr.timeline.timeline import Timeline

#: what the engine may hold while it answers: so much, or so much a core
LEAST_MB: Final = 512
MB_OF_CORE: Final = 128
#: rows of a small frame
_FEW: Final = 1_000


@dataclass(frozen=True, slots=True)
class Text:
    """A query as SQL, and the kept selections that it reads, in the order in which they are made."""

    sql: str
    kept: tuple[str, ...]


#: by the families whose rows with impossible times are left out, and the name of what is asked
_TEXTS: Final[dict[tuple[tuple[str, ...], str], Text]] = {}


class Engine:
    """Runs needs over one timeline, each once."""

    def __init__(self, timeline: Timeline) -> None:
        families = {name: nw.from_native(each) for name, each in timeline.relations.items()}
        for name in timeline.mistimed:
            families[name] = families[name].filter(
                ~nw.col("timestamp_flag").cast(nw.String).fill_null("").is_in(list(IMPOSSIBLE))
            )
        self.families = Families(families, partial(kept_in, timeline, self))
        self._connection = timeline.connection
        self._mistimed = tuple(sorted(timeline.mistimed))
        self._remembers = timeline.keep is None  # another engine than the embedded one plans for itself
        # it takes what it may, whatever it needs; what exceeds this goes to its temporary folder
        self._connection.execute(f"SET memory_limit = '{max(LEAST_MB, MB_OF_CORE * (cpu_count() or 1))}MB'")
        self._rows = timeline.counts
        self._frames: dict[str, pd.DataFrame | None] = {}
        self._present: dict[Callable[[LazyFrame], LazyFrame], bool] = {}

    def get(self, need: Need) -> pd.DataFrame | None:
        """The need's frame; None where the evidence holds nothing that could answer it."""
        if need.name not in self._frames:
            with stage("query"):
                try:
                    self._frames[need.name] = self._answer(need)
                except duckdb.OutOfMemoryException:  # not all that an engine holds can go to a file
                    self._connection.execute("RESET memory_limit")
                    self._frames[need.name] = self._answer(need)
        return self._frames[need.name]

    def is_present(self, need: Need) -> bool:
        """Whether there is any evidence of the kind that the need asks."""
        present = need.present
        if present is None or not self._rows[need.family]:
            return self._rows[need.family] > 0
        if present not in self._present:
            asked = partial(how_many, present, need.family)
            self._present[present] = bool(self._rows_of(f"present {need.family} {present.__name__}", asked)["n"].iloc[0])
        return self._present[present]

    def _answer(self, need: Need) -> pd.DataFrame | None:
        if not self.is_present(need):
            return None
        rows = self._rows_of(need.name, need.select) if need.fixed else frame(need.select(self.families))
        return need.finish(rows) if need.finish else rows

    def _rows_of(self, name: str, select: Callable[[Families], LazyFrame]) -> pd.DataFrame:
        """The rows of a selection, by its remembered text where there is one."""
        if not self._remembers:
            return frame(select(self.families))
        text = _TEXTS.get((self._mistimed, name))
        if text is None:
            before = len(self.families.asked)
            rows = select(self.families)
            text = Text(rows.to_native().sql_query(), tuple(dict.fromkeys(self.families.asked[before:])))
            _TEXTS[self._mistimed, name] = text
        for kept in text.kept:
            self._keep(kept)
        return frame(nw.from_native(self._connection.sql(text.sql)))

    def _keep(self, name: str) -> None:
        """Make a kept selection from its remembered text, and those that it reads before it."""
        if not self.families.has(name):
            text = _TEXTS[self._mistimed, f"kept {name}"]
            for each in text.kept:
                self._keep(each)
            self.families.take(name, stored(self._connection, name, text.sql))

    def remember(self, name: str, sql: str) -> None:
        """Remember the text of a kept selection that was made just now."""
        _TEXTS[self._mistimed, f"kept {name}"] = Text(sql, self.families.reads[name])


def how_many(present: Callable[[LazyFrame], LazyFrame], family: str, families: Families) -> LazyFrame:
    """How many rows of a family pass a filter."""
    return present(families[family]).select(n=nw.len())


def kept_in(timeline: Timeline, engine: Engine, name: str, rows: LazyFrame) -> LazyFrame:
    """The rows as a table of the engine; the embedded one puts what exceeds its memory into its temporary folder."""
    if timeline.keep is not None:
        return nw.from_native(timeline.keep(rows.to_native()))
    sql = rows.to_native().sql_query()
    engine.remember(name, sql)
    return stored(timeline.connection, name, sql)


def stored(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> LazyFrame:
    """What a query gives, as a temporary table."""
    connection.execute(f'create or replace temp table "kept_{name}" as {sql}')
    return nw.from_native(connection.table(f"kept_{name}"))


def frame(rows: LazyFrame) -> pd.DataFrame:
    """The rows as a pandas frame; the texts of a small one are Python's own, since Arrow takes longer to begin than to look at so few."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    table = rows.collect("pyarrow").to_native()
    own = {pa.string(): pd.StringDtype("python", na_value=np.nan)} if table.num_rows <= _FEW else {}
    return table.to_pandas(types_mapper=own.get)
