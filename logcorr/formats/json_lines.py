"""Lines that are JSON objects: the values of the keys that matter, of all lines at once.

Each object is looked at twice: for the keys that occur at all, and for the values of those that are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.engine import cursor
from logcorr.formats.record_keys import EXPORTED, PLAUSIBLE
from logcorr.formats.tokenise import holds

#: the keys of each line, null where it is no JSON
NAMES: Final = "SELECT row, TRY(json_keys(line)) AS keys FROM candidates"
#: lines that are no JSON, repaired where that makes them so
REPAIRED: Final = r"""
    SELECT row, line FROM (
        SELECT row, regexp_replace(line, '\\u[dD][89a-fA-F][0-9a-fA-F]{2}', '\\ufffd', 'g') AS line FROM broken)
    WHERE json_valid(line)
    ORDER BY row
    """


def values_of(lines: pa.Array, keys: Mapping[str, tuple[str, ...]]) -> pa.Table:
    r"""The values of ``keys`` in each line that is a JSON object, as text, with ``row`` (int32) and ``line``, in order.

    Numbers and nested values come as JSON writes them, null and empty text as null. Half characters (``\\ud800`` alone), which
    no text can hold, become U+FFFD.
    """
    rows = pc.indices_nonzero(is_braced(lines)).cast(pa.int32())
    texts = lines if len(rows) == len(lines) else lines.take(rows)
    with cursor() as connection:
        connection.register("candidates", pa.table({"row": rows, "line": texts}))
        names = connection.sql(NAMES).to_arrow_table()["keys"].combine_chunks()
        if names.null_count:
            broken = pc.is_null(names)
            connection.register("broken", pa.table({"row": rows.filter(broken), "line": texts.filter(broken)}))
            repaired = connection.sql(REPAIRED).to_arrow_table()
            sound = pa.table({"row": rows, "line": texts}).filter(pc.invert(broken))
            objects = pa.concat_tables([sound, repaired]).sort_by("row").combine_chunks()
            rows, texts = objects["row"].combine_chunks(), objects["line"].combine_chunks()
            connection.register("candidates", objects)
            names = connection.sql(NAMES).to_arrow_table()["keys"].combine_chunks()
        # most of the keys stand in no line of a block, and each costs a look into every line
        present = frozenset(names.flatten().dictionary_encode().dictionary.to_pylist())
        paths = {name: [path for key in own for path in paths_of(key, present)] for name, own in keys.items()}
        every = list(dict.fromkeys(path for found in paths.values() for path in found))
        quoted = ", ".join(f"'{path}'" for path in every) or "'$.none'"
        given = {name: [f"nullif(v[{every.index(path) + 1}], '')" for path in found] for name, found in paths.items()}
        if len(times := given.get("time", [])) > 1:
            likely = [f"CASE WHEN regexp_matches({value}, '{PLAUSIBLE}') THEN {value} END" for value in times]
            given["time"] = [*likely, *times]
        picks = ", ".join(f"coalesce({', '.join([*found, 'NULL'])}) AS {name}" for name, found in given.items() if found)
        query = f"SELECT {picks or 'NULL AS time'} FROM (SELECT json_extract_string(line, [{quoted}]) AS v FROM candidates)"  # noqa: S608 - our constants
        found = connection.sql(query).to_arrow_table().combine_chunks()
    nothing = pa.nulls(len(rows), pa.string())
    columns = {name: found[name] if paths[name] else nothing for name in keys}
    return pa.table({"row": rows, "line": texts, **columns}).combine_chunks()


def is_braced(lines: pa.Array) -> pa.Array:
    """Which texts stand in braces, on one line."""
    trimmed = pc.ascii_trim(lines, " \t\n\f\r")
    braced = pc.and_(pc.starts_with(trimmed, "{"), pc.ends_with(trimmed, "}"))
    return pc.and_not(braced, pc.match_substring(trimmed, "\n")) if holds(lines, b"\n") else braced


def paths_of(key: str, present: Collection[str] | None = None) -> list[str]:
    """Where ``key`` may stand, in DuckDB's JSONPath: for ``log.level`` in an object ``log``, or as a key with a dot.

    ``present``: the keys that objects have at all (None: any).
    """
    paths = {f"$.{key}": EXPORTED.partition("[")[0]} if key.startswith(EXPORTED) else {f'$."{key}"': key}
    if "." in key and not key.startswith(EXPORTED):
        paths = {"$" + "".join(f'."{step}"' for step in key.split(".")): key.partition(".")[0], **paths}
    return [path for path, first in paths.items() if present is None or first in present]
