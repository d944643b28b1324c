"""What the logs cover, and how many of their stamps are odd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd

_COVERED: Final = """
    select source::varchar as source, file::varchar as file, make_timestamp(min(timestamp_us))::timestamptz as "start",
        make_timestamp(max(timestamp_us))::timestamptz as "end", count(timestamp_us) as events, min(host_name) as host_name
    from {family} group by 1, 2
"""
_FLAGGED: Final = """
    select file::varchar, timestamp_flag::varchar, count(*) from {family} where timestamp_flag is not null group by 1, 2
"""


def covered(connection: duckdb.DuckDBPyConnection, gaps: pa.Table, logs: Mapping[str, str]) -> pd.DataFrame:
    """For each source and file what it covers: source, file, host_name, start, end, events, log, gaps."""
    import pandas as pd

    families = " union all ".join(_COVERED.format(family=family) for family in ("log", "requests", "deploys"))
    frame = connection.sql(f"{families} order by source, file").to_arrow_table().to_pandas()
    holes: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]] = {}
    for row in gaps.filter(pc.not_equal(gaps["kind"], "suppressed")).to_pylist():
        first, last = (pd.Timestamp(row[edge], unit="us", tz="UTC") for edge in ("start_us", "end_us"))
        holes.setdefault(row["log"], []).append((first, last))
    frame["log"] = frame["file"].map(dict(logs))
    frame["gaps"] = [holes.get(log, []) for log in frame["log"]]
    return frame


def flagged(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """For each file with odd stamps how many of each kind."""
    found: dict[str, dict[str, int]] = {}
    families = " union all ".join(_FLAGGED.format(family=family) for family in ("requests", "log"))
    for file, flag, count in connection.execute(f"{families} order by 1, 2").fetchall():
        found.setdefault(file, {})[flag] = found.get(file, {}).get(flag, 0) + count
    return found
