"""Lines that lie there twice: a file beside its copy, one that was rotated between two copies, two access logs of the same requests.

A single line that equals another is no copy: two clients ask for the same in one second. Two files repeat each other where nearly all
rows of the time that both cover have a partner in the other, the n-th of equal rows with the n-th.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.families import FAMILIES, TIME, WHERE
from logcorr.reading import FileFacts
from logcorr.timeline.matching import key, pair

#: this share of the rows of the smaller file, in the time that both cover, has a partner; lines lost in a rotation are fewer
NEARLY: Final = 0.95
#: rows that differ in more than their time: a monitor asks for one thing only, and may ask two servers in the same second
FEWEST: Final = 3
#: of rows that are told by some of their columns, this share must be told apart by them
TELLING: Final = 0.5
#: rows of each file that are compared before all are
SAMPLE: Final = 20_000
_SECOND: Final = 1_000_000

#: what tells one request from another where two formats log it
_REQUEST: Final = ("client_address", "http_request_method", "url_path", "http_response_status_code")
_UNREADABLE: Final = ("client_address", "http_response_status_code")
_WHERE_BOTH: Final = ("connection", "http_response_body_size")

_SHARED: Final = """
with sampled as (select distinct file, h from hashed where h % {step} = 0)
select one.file, other.file from sampled one join sampled other using (h) where one.file <> other.file group by all
"""

_EQUAL: Final = """
with one as (select place, h, c, row_number() over (partition by h order by place) as n from hashed
             where file = $one and not taken and ($all or t between $low and $high)),
     other as (select place, h, row_number() over (partition by h order by place) as n from hashed
               where file = $other and not taken and ($all or t between $low and $high)),
     pairs as (select one.place as leader, other.place as copy, one.c from one join other using (h, n))
select leader, copy, (select least((select count(*) from one), (select count(*) from other))) as rows,
       (select count(distinct c) from pairs) as kinds
from pairs order by copy
"""


def set_copies(
    connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table], facts: Sequence[FileFacts]
) -> list[tuple[str, str]]:
    """Mark rows that another file holds word for word (``duplicate_of``, the row of the file named first); returns such pairs of files.

    ``duplicate_of`` counts rows of the family, from 0.
    """
    same = {frozenset(pair_) for pair_ in same_bytes(facts)}
    order = {each.file.name: at for at, each in enumerate(facts)}
    found: set[tuple[str, str]] = {(one, other) for one, other in map(sorted, same)}
    for family in ("log", "requests"):
        table = tables[family]
        leaders: np.ndarray = np.full(table.num_rows, -1, dtype=np.int64)
        for source in pc.unique(table["source"]).to_pylist() if table.num_rows else ():
            rows = np.flatnonzero(pc.equal(table["source"], source).to_numpy(zero_copy_only=False))
            own = table if len(rows) == table.num_rows else table.take(pa.array(rows))
            for one, other, leading, copied in equal_rows(connection, own, family, same, order):
                leaders[rows[copied]] = rows[leading]
                found.add((one, other))
        tables[family] = marked(table, leaders)
    return sorted(found)


def same_bytes(facts: Sequence[FileFacts]) -> Iterator[tuple[str, str]]:
    """Files that are the same, byte for byte."""
    first: dict[str, str] = {}
    for each in facts:
        if each.sha256 and each.lines and first.setdefault(each.sha256, each.file.name) != each.file.name:
            yield first[each.sha256], each.file.name


def equal_rows(
    connection: duckdb.DuckDBPyConnection, rows: pa.Table, family: str, same: set[frozenset[str]], order: dict[str, int]
) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """Two files of one format with rows that repeat each other: the leading rows and their copies."""
    spans = spans_of(rows)
    if len(spans) < 2:  # noqa: PLR2004 (a copy needs another)
        return
    contents = [name for name in FAMILIES[family] if name not in WHERE]
    numbered = rows.select(["file", "timestamp_us", *contents]).append_column("place", pa.array(np.arange(rows.num_rows)))
    numbered = numbered.filter(pa.array(may_repeat(rows, spans, same)))
    if not numbered.num_rows:
        return
    connection.register("copied", numbered)
    columns = ", ".join(f'"{name}"' for name in contents)
    connection.execute(
        f"create or replace temp table hashed as select place, file::varchar as file, timestamp_us as t, false as taken, "  # noqa: S608
        f"hash({columns}) as c, hash(c, timestamp_us) as h from copied"
    )
    step = max(1, numbered.num_rows // SAMPLE)
    near = {frozenset(both) for both in connection.sql(_SHARED.format(step=step)).fetchall()} | same
    for one, other in combinations(sorted(spans, key=lambda name: order.get(name, 0)), 2):
        both = frozenset((one, other))
        low, high = max(spans[one][0], spans[other][0]), min(spans[one][1], spans[other][1])
        if both not in near or (low > high and both not in same):
            continue
        asked = {"one": one, "other": other, "low": low, "high": high, "all": both in same}
        pairs = connection.sql(_EQUAL, params=asked).to_arrow_table()
        count = pairs.num_rows
        if not count:
            continue
        if both not in same and (count < NEARLY * pairs["rows"][0].as_py() or pairs["kinds"][0].as_py() < FEWEST):
            continue
        connection.register("pairs", pairs)
        connection.execute("update hashed set taken = true where place in (select copy from pairs)")
        yield one, other, pairs["leader"].to_numpy(), pairs["copy"].to_numpy()
    connection.execute("drop table hashed")
    connection.unregister("copied")


def may_repeat(rows: pa.Table, spans: dict[str, tuple[int, int]], same: set[frozenset[str]]) -> np.ndarray:
    """Which rows lie in a time that two files cover, or in files that are the same."""
    times: np.ndarray = pc.fill_null(rows["timestamp_us"], -1).to_numpy()
    files = rows["file"].unify_dictionaries().combine_chunks()
    alike = [any(name in each for each in same) for name in files.dictionary.to_pylist()]
    found = np.array(alike, dtype=bool)[files.indices.to_numpy()]
    ordered = sorted(span for span in spans.values() if span[0] <= span[1])
    last = ordered[0][1] if ordered else 0
    for low, high in ordered[1:]:
        found |= (times >= low) & (times <= min(last, high))
        last = max(last, high)
    return found


def spans_of(rows: pa.Table) -> dict[str, tuple[int, int]]:
    """From when to when the rows of each file are, in microseconds; an empty span where none has a time."""
    found = rows.group_by("file", use_threads=False).aggregate([("timestamp_us", "min"), ("timestamp_us", "max")])
    return {
        row["file"]: (1, 0) if row["timestamp_us_min"] is None else (row["timestamp_us_min"], row["timestamp_us_max"])
        for row in found.to_pylist()
    }


def marked(table: pa.Table, leaders: np.ndarray) -> pa.Table:
    """The table with ``duplicate_of`` where a leader (not -1) is known, beside those that it has."""
    if (leaders < 0).all():
        return table
    at = table.column_names.index("duplicate_of")
    found = pc.coalesce(table["duplicate_of"].combine_chunks(), pa.array(leaders, mask=leaders < 0))
    return table.set_column(at, table.schema.field(at), found)


def set_twice_logged(connection: duckdb.DuckDBPyConnection, requests: pa.Table) -> pa.Table:
    """Mark requests that another access log of the same host records too, in another format: the log that says more of them leads."""
    spans = spans_of(requests)
    if len(spans) < 2:  # noqa: PLR2004 (twice needs two)
        return requests
    told = contents_of(requests)
    hosts = hosts_by_file(requests)
    files = requests["file"].unify_dictionaries().combine_chunks()
    rows_of = {name: np.flatnonzero(files.indices.to_numpy() == at) for at, name in enumerate(files.dictionary.to_pylist())}
    leaders = np.where(pc.is_valid(requests["duplicate_of"]).to_numpy(), 0, -1)
    seconds = pc.fill_null(requests["timestamp_us"], -1).to_numpy() // _SECOND
    for one, other in combinations(sorted(spans, key=lambda name: (-len(told[name]), name)), 2):
        low, high = (edge // _SECOND for edge in (max(spans[one][0], spans[other][0]), min(spans[one][1], spans[other][1])))
        # files of one format say the same of each request: those are copies, or of different requests
        if low > high or told[one] == told[other] or not (hosts[one] & hosts[other] or None in hosts[one] | hosts[other]):
            continue
        mine, theirs = (
            rows[(seconds[rows] >= low) & (seconds[rows] <= high) & (leaders[rows] < 0)]
            for rows in (rows_of[one], rows_of[other])
        )
        leading, twice = partners(connection, requests, mine, theirs, told[one] & told[other])
        leaders[twice] = leading
    leaders[pc.is_valid(requests["duplicate_of"]).to_numpy()] = -1
    return marked(requests, leaders)


def contents_of(requests: pa.Table) -> dict[str, frozenset[str]]:
    """The columns that each file has values in."""
    names = [name for name in FAMILIES["requests"] if name not in {*WHERE, *TIME, "host_name"}]
    counts = requests.group_by("file", use_threads=False).aggregate([(name, "count") for name in names])
    return {row["file"]: frozenset(name for name in names if row[f"{name}_count"]) for row in counts.to_pylist()}


def hosts_by_file(requests: pa.Table) -> dict[str, set[str | None]]:
    """The hosts of the rows of each file."""
    found: dict[str, set[str | None]] = {}
    for row in requests.group_by(["file", "host_name"], use_threads=False).aggregate([]).to_pylist():
        found.setdefault(row["file"], set()).add(row["host_name"])
    return found


def partners(
    connection: duckdb.DuckDBPyConnection, requests: pa.Table, mine: np.ndarray, theirs: np.ndarray, both: frozenset[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of one file and those of another that are the same requests; nothing unless nearly all are.

    What the surest key leaves over is paired by the next ones: not every request has an identifier, nor could every one be read.
    """
    extra = tuple(name for name in _WHERE_BOTH if name in both)
    keys: list[tuple[str, ...]] = [("request_id",), (*_REQUEST, *extra), _REQUEST]
    leading, twice = np.array([], np.int64), np.array([], np.int64)
    for names in [each for each in keys if both.issuperset((*_REQUEST, *each))]:
        lines, targets = (
            keyed(requests, rows[~np.isin(rows, done)], names) for rows, done in ((theirs, twice), (mine, leading))
        )
        if len(twice) or are_same(connection, lines, targets, min(len(mine), len(theirs))):
            found = pair(connection, lines, targets)
            leading, twice = (
                np.concatenate([done, found[name].to_numpy()]) for done, name in ((leading, "target"), (twice, "line"))
            )
    if not len(twice):
        return leading, twice
    lines, targets = (
        keyed(requests, rows[~np.isin(rows, done)], _UNREADABLE) for rows, done in ((theirs, twice), (mine, leading))
    )
    found = pair(connection, lines, targets)
    return np.concatenate([leading, found["target"].to_numpy()]), np.concatenate([twice, found["line"].to_numpy()])


def are_same(connection: duckdb.DuckDBPyConnection, lines: pa.Table, targets: pa.Table, fewer: int) -> bool:
    """Whether nearly all rows of the smaller of two files have a partner by a key that most of them have."""
    smaller, other = (lines, targets) if lines.num_rows <= targets.num_rows else (targets, lines)
    told = smaller.filter(pc.is_valid(smaller["k"]))
    if told.num_rows < max(FEWEST, TELLING * fewer) or not tells(told):
        return False
    sample = told.take(pa.array(np.arange(0, told.num_rows, max(1, told.num_rows // SAMPLE))))
    known = pc.sum(pc.is_in(sample["k"], value_set=pc.unique(other["k"]))).as_py()
    return known >= NEARLY * sample.num_rows and pair(connection, lines, targets).num_rows >= NEARLY * told.num_rows


def keyed(requests: pa.Table, rows: np.ndarray, names: tuple[str, ...]) -> pa.Table:
    """The rows as ``pair`` takes them."""
    own = requests.select([*names, "timestamp_us"]).take(pa.array(rows))
    return pa.table({"id": pa.array(rows), "k": key(own, names), "t": own["timestamp_us"]})


def tells(rows: pa.Table) -> bool:
    """Whether the keys tell most of the rows of one second apart, and are of several kinds."""
    kinds = pc.count_distinct(rows["k"]).as_py()
    seconds = pa.table({"k": rows["k"], "s": pc.divide(rows["t"], _SECOND)})
    return kinds >= FEWEST and seconds.group_by(["k", "s"]).aggregate([]).num_rows >= TELLING * rows.num_rows
