"""The facts of one file as an entry of the cache, and back."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import parquet

from logcorr.evidence import EvidenceFile
from logcorr.reading.facts import FileFacts
from logcorr.storage import StoredRows
from logcorr.storage.cache import FACTS

_PLAIN: Final = (
    "formats",
    "sha256",
    "lines",
    "blank",
    "continuation",
    "skipped",
    "fallback",
    "commands",
    "block_starts",
    "boot_id",
)
_ROWS: Final = ("source", "rows", "starts", "hosts", "resolutions", "is_plain")


def save(facts: FileFacts, folder: Path) -> None:
    """Write the facts into the folder of an entry, where its stored rows lie already."""
    told: dict[str, Any] = {name: getattr(facts, name) for name in _PLAIN}
    told |= {"file": str(facts.file.path), "counts": dict(facts.counts), "tables": [], "stored": []}
    for family, _, table in facts.by_source():
        name = f"table-{len(told['tables'])}.parquet"
        parquet.write_table(table, folder / name, compression="lz4")
        told["tables"].append({"family": family, "name": name})
    for at, rows in enumerate(facts.stored):
        parquet.write_table(rows.stamps, folder / f"stamps-{at}.parquet")
        told["stored"].append(
            {name: getattr(rows, name) for name in _ROWS}
            | {"name": rows.path.name, "stamps": f"stamps-{at}.parquet", "filled": sorted(rows.filled)}
        )
    if facts.unparsed:
        parquet.write_table(pa.concat_tables(facts.unparsed).unify_dictionaries(), folder / "unparsed.parquet")
    (folder / FACTS).write_text(json.dumps(told), "utf-8")


def load(file: EvidenceFile, folder: Path, keeps: object) -> FileFacts:
    """The facts of a file from its entry.

    Raises:
        OSError, ValueError, KeyError: the entry is damaged (``pyarrow.ArrowInvalid`` is a ``ValueError``).
    """
    told = json.loads((folder / FACTS).read_text("utf-8"))
    facts = FileFacts(file, counts=Counter(told["counts"]), **{name: told[name] for name in _PLAIN})
    facts.formats = tuple(facts.formats)
    facts.block_starts = [(line, offset) for line, offset in facts.block_starts]
    for each in told["tables"]:
        table = parquet.read_table(folder / each["name"])
        facts.tables.setdefault(each["family"], []).append(renamed(table, file.name))
    for each in told["stored"]:
        facts.stored.append(
            StoredRows(
                folder / each["name"],
                each["source"],
                each["rows"],
                tuple(each["starts"]),
                parquet.read_table(folder / each["stamps"]),
                tuple(each["hosts"]),
                tuple(each["resolutions"]),
                frozenset(each["filled"]),
                each["is_plain"],
                keeps,
            )
        )
    if (folder / "unparsed.parquet").exists():
        facts.unparsed = [parquet.read_table(folder / "unparsed.parquet")]
    return facts


def renamed(table: pa.Table, file: str) -> pa.Table:
    """The table with the file named as it was given this time."""
    at = table.column_names.index("file")
    names = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), table.num_rows), pa.array([file]))
    return table.set_column(at, "file", names)


def moved_to(facts: FileFacts, folder: Path, keeps: object) -> None:
    """Tell stored rows that their files lie in another folder now."""
    facts.stored = [replace(rows, path=folder / rows.path.name, keeps=keeps) for rows in facts.stored]
