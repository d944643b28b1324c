"""What the logs cover, and how many of their stamps are odd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd


def covered(tables: Mapping[str, pa.Table], gaps: pa.Table, logs: Mapping[str, str]) -> pd.DataFrame:
    """For each source and file what it covers: source, file, host_name, start, end, events, log, gaps."""
    import pandas as pd

    rows = []
    for name in ("log", "requests", "deploys"):
        grouped = tables[name].group_by(["source", "file"], use_threads=False)
        found = grouped.aggregate([("timestamp", "min"), ("timestamp", "max"), ("timestamp", "count"), ("host_name", "min")])
        rows.append(found.to_pandas(strings_to_categorical=False))
    frame = pd.concat([row.astype({"source": object, "file": object}) for row in rows], ignore_index=True)
    names = {"timestamp_min": "start", "timestamp_max": "end", "timestamp_count": "events", "host_name_min": "host_name"}
    frame = frame.rename(columns=names).sort_values(["source", "file"], ignore_index=True)
    holes: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]] = {}
    for row in gaps.filter(pc.not_equal(gaps["kind"], "suppressed")).to_pylist():
        first, last = (pd.Timestamp(row[edge], unit="us", tz="UTC") for edge in ("start_us", "end_us"))
        holes.setdefault(row["log"], []).append((first, last))
    frame["log"] = frame["file"].map(dict(logs))
    frame["gaps"] = [holes.get(log, []) for log in frame["log"]]
    return frame


def flagged(tables: Mapping[str, pa.Table]) -> dict[str, dict[str, int]]:
    """For each file with odd stamps how many of each kind."""
    found: dict[str, dict[str, int]] = {}
    for name in ("requests", "log"):
        table = tables[name].select(["file", "timestamp_flag"])
        if table["timestamp_flag"].null_count < table.num_rows:
            odd = table.filter(pc.is_valid(table["timestamp_flag"])).group_by(["file", "timestamp_flag"], use_threads=False)
            for row in odd.aggregate([([], "count_all")]).to_pylist():
                found.setdefault(row["file"], {})[row["timestamp_flag"]] = row["count_all"]
    return found
