"""Lines that lie there twice: a file beside its copy, one that was rotated between two copies, two access logs of the same requests.

A single line that equals another is no copy: two clients ask for the same in one second. Two files repeat each other where nearly all
rows of the time that both cover have a partner in the other, the n-th of equal rows with the n-th.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.families import FAMILIES, TIME, WHERE
from logcorr.reading import FileFacts
from logcorr.timeline.matching import key, pair, scatter, without
from logcorr.timeline.requests import Requests, literal

#: this share of the rows of the smaller file, in the time that both cover, has a partner; lines lost in a rotation are fewer
NEARLY: Final = 0.95
#: rows that differ in more than their time: a monitor asks for one thing only, and may ask two servers in the same second
FEWEST: Final = 3
#: of rows that are told by some of their columns, this share must be told apart by them
TELLING: Final = 0.5
#: rows of each file that are compared before all are
SAMPLE: Final = 20_000
_SECOND: Final = 1_000_000
#: where the engine has all columns of a family
_WHOLE: Final = {"log": "whole_log", "requests": "requests"}

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
    connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table], requests: Requests, facts: Sequence[FileFacts]
) -> list[tuple[str, str]]:
    """Mark rows that another file holds word for word (``duplicate_of``, the row of the file named first); returns such pairs of files.

    ``duplicate_of`` is the ``event_id`` or the ``request_key`` of the leading row.
    """
    same = {frozenset(pair_) for pair_ in same_bytes(facts)}
    order = {each.file.name: at for at, each in enumerate(facts)}
    found: set[tuple[str, str]] = {(one, other) for one, other in map(sorted, same)}
    leading: list[pa.Table] = []
    for family, identifier in (("log", "event_id"), ("requests", "request_key")):
        for source, spans in by_source(log_spans(connection) if family == "log" else requests.spans()).items():
            if len(spans) < 2:  # noqa: PLR2004 (a copy needs another)
                continue
            rows = Rows(family, identifier, source, spans)
            for one, other, pairs in equal_rows(connection, rows, same, order):
                leading.append(pairs.append_column("family", pa.repeat(family, pairs.num_rows)))
                found.add((one, other))
    if leading:
        pairs = pa.concat_tables(leading)
        own = pairs.filter(pc.equal(pairs["family"], "log"))
        tables["log"] = marked(tables["log"], own["copy"], own["leader"])
        own = pairs.filter(pc.equal(pairs["family"], "requests"))
        requests.put("duplicate_of", own["copy"], own["leader"])
    return sorted(found)


def same_bytes(facts: Sequence[FileFacts]) -> Iterator[tuple[str, str]]:
    """Files that are the same, byte for byte."""
    first: dict[str, str] = {}
    for each in facts:
        if each.sha256 and each.lines and first.setdefault(each.sha256, each.file.name) != each.file.name:
            yield first[each.sha256], each.file.name


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one source in a family of the engine; ``spans`` are the first and last instant of each file."""

    family: str
    identifier: str
    source: str
    spans: dict[str, tuple[int, int]]

    def query(self, same: set[frozenset[str]], contents: Sequence[str]) -> str | None:
        """Those that lie in a time that two files cover, or in files that are the same; None where there can be none."""
        alike = sorted(name for name in self.spans if any(name in each for each in same))
        ordered = sorted(span for span in self.spans.values() if span[0] <= span[1])
        last = ordered[0][1] if ordered else 0
        stretches = []
        for low, high in ordered[1:]:
            if low <= min(last, high):
                stretches.append(f"t between {low} and {min(last, high)}")
            last = max(last, high)
        places = [f"file in ({', '.join(map(literal, alike))})"] if alike else []
        if not stretches and not places:
            return None
        columns = ", ".join(f'"{name}"' for name in contents)
        return (
            f"with own as (select {self.identifier} as place, file::varchar as file, timestamp_us as t, hash({columns}) as c, "  # noqa: S608
            f"hash(hash({columns}), timestamp_us) as h from {_WHOLE[self.family]} where source = {literal(self.source)}) "
            f"select *, false as taken from own where {' or '.join([*stretches, *places])}"
        )


def equal_rows(
    connection: duckdb.DuckDBPyConnection, rows: Rows, same: set[frozenset[str]], order: dict[str, int]
) -> Iterator[tuple[str, str, pa.Table]]:
    """Two files of one format with rows that repeat each other: pairs of ``leader`` and ``copy``."""
    contents = [name for name in FAMILIES[rows.family] if name not in WHERE]
    query = rows.query(same, contents)
    if query is None:
        return
    connection.execute(f"create or replace temp table hashed as {query}")
    count = connection.execute("select count(*) from hashed").fetchall()[0][0]
    step = max(1, count // SAMPLE)
    near = {frozenset(both) for both in connection.sql(_SHARED.format(step=step)).fetchall()} | same
    for one, other in combinations(sorted(rows.spans, key=lambda name: order.get(name, 0)), 2):
        both = frozenset((one, other))
        low, high = max(rows.spans[one][0], rows.spans[other][0]), min(rows.spans[one][1], rows.spans[other][1])
        if both not in near or (low > high and both not in same):
            continue
        asked = {"one": one, "other": other, "low": low, "high": high, "all": both in same}
        pairs = connection.sql(_EQUAL, params=asked).to_arrow_table()
        if not pairs.num_rows:
            continue
        few = pairs.num_rows < NEARLY * pairs["rows"][0].as_py() or pairs["kinds"][0].as_py() < FEWEST
        if both not in same and few:
            continue
        connection.register("pairs", pairs)
        connection.execute("update hashed set taken = true where place in (select copy from pairs)")
        yield one, other, pairs.select(["leader", "copy"])
    connection.execute("drop table hashed")


def log_spans(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int | None, int | None]]:
    """Source, file, first and last instant of the log's events, microseconds."""
    query = "select source::varchar, file::varchar, min(timestamp_us), max(timestamp_us) from log group by 1, 2 order by 1, 2"
    return connection.execute(query).fetchall()


def by_source(spans: Sequence[tuple[str, str, int | None, int | None]]) -> dict[str, dict[str, tuple[int, int]]]:
    """The spans of the files of each source; an empty one where none of its rows has a time."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for source, file, first, last in spans:
        found.setdefault(source, {})[file] = (1, 0) if first is None or last is None else (first, last)
    return found


def marked(log: pa.Table, copies: pa.ChunkedArray, leaders: pa.ChunkedArray) -> pa.Table:
    """The log with ``duplicate_of`` at the copies."""
    if not len(copies):
        return log
    at = log.column_names.index("duplicate_of")
    return log.set_column(at, log.schema.field(at), scatter(log.num_rows, copies, leaders))


def set_twice_logged(connection: duckdb.DuckDBPyConnection, requests: Requests) -> None:
    """Mark requests that another access log of the same host records too, in another format: the log that says more of them leads."""
    spans = {file: span for own in by_source(requests.spans()).values() for file, span in own.items()}
    if len(spans) < 2:  # noqa: PLR2004 (twice needs two)
        return
    told, hosts = contents_of(connection), hosts_by_file(connection)
    done: list[pa.Table] = []
    for one, other in combinations(sorted(spans, key=lambda name: (-len(told[name]), name)), 2):
        low, high = (edge // _SECOND for edge in (max(spans[one][0], spans[other][0]), min(spans[one][1], spans[other][1])))
        # files of one format say the same of each request: those are copies, or of different requests
        if low > high or told[one] == told[other] or not (hosts[one] & hosts[other] or None in hosts[one] | hosts[other]):
            continue
        mine, theirs = (rows_between(connection, file, low, high, done) for file in (one, other))
        found = partners(connection, mine, theirs, told[one] & told[other])
        if found.num_rows:
            done.append(found)
    if done:
        whole = pa.concat_tables(done)
        requests.put("duplicate_of", whole["line"], whole["target"])


def rows_between(connection: duckdb.DuckDBPyConnection, file: str, low: int, high: int, done: Sequence[pa.Table]) -> pa.Table:
    """The requests of a file from second ``low`` to ``high`` that repeat none, with what may tell them from others."""
    names = dict.fromkeys(["request_id", *_REQUEST, *_WHERE_BOTH])
    rows = connection.sql(
        f"select request_key as id, timestamp_us, {', '.join(names)} from requests "  # noqa: S608 (our own names)
        "where file = $file and timestamp_us // 1000000 between $low and $high and duplicate_of is null order by id",
        params={"file": file, "low": low, "high": high},
    ).to_arrow_table()
    for each in done:
        rows = without(rows, "id", each["line"])
    return rows


def contents_of(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    """The columns that each file has values in."""
    names = [name for name in FAMILIES["requests"] if name not in {*WHERE, *TIME, "host_name"}]
    counts = ", ".join(f"count({name})" for name in names)
    found: dict[str, frozenset[str]] = {}
    for file, *filled in connection.execute(f"select file::varchar, {counts} from requests group by 1").fetchall():  # noqa: S608
        found[file] = frozenset(name for name, count in zip(names, filled, strict=True) if count)
    return found


def hosts_by_file(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str | None]]:
    """The hosts of the rows of each file."""
    found: dict[str, set[str | None]] = {}
    for file, host in connection.execute("select distinct file::varchar, host_name from requests").fetchall():
        found.setdefault(file, set()).add(host)
    return found


def partners(connection: duckdb.DuckDBPyConnection, mine: pa.Table, theirs: pa.Table, both: frozenset[str]) -> pa.Table:
    """Rows of one file (``target``) and those of another (``line``) that are the same requests; nothing unless nearly all are.

    What the surest key leaves over is paired by the next ones: not every request has an identifier, nor could every one be read.
    """
    extra = tuple(name for name in _WHERE_BOTH if name in both)
    keys: list[tuple[str, ...]] = [("request_id",), (*_REQUEST, *extra), _REQUEST]
    found = pa.schema({"line": pa.int64(), "target": pa.int64()}).empty_table()
    for names in [each for each in keys if both.issuperset((*_REQUEST, *each))]:
        lines, targets = keyed(without(theirs, "id", found["line"]), names), keyed(without(mine, "id", found["target"]), names)
        if found.num_rows or are_same(connection, lines, targets, min(len(mine), len(theirs))):
            found = pa.concat_tables([found, pair(connection, lines, targets)])
    if not found.num_rows:
        return found
    lines, targets = (
        keyed(without(rows, "id", found[name]), _UNREADABLE) for rows, name in ((theirs, "line"), (mine, "target"))
    )
    return pa.concat_tables([found, pair(connection, lines, targets)])


def are_same(connection: duckdb.DuckDBPyConnection, lines: pa.Table, targets: pa.Table, fewer: int) -> bool:
    """Whether nearly all rows of the smaller of two files have a partner by a key that most of them have."""
    smaller, other = (lines, targets) if lines.num_rows <= targets.num_rows else (targets, lines)
    told = smaller.filter(pc.is_valid(smaller["k"]))
    if told.num_rows < max(FEWEST, TELLING * fewer) or not tells(told):
        return False
    sample = told.take(pa.array(np.arange(0, told.num_rows, max(1, told.num_rows // SAMPLE))))
    known = pc.sum(pc.is_in(sample["k"], value_set=pc.unique(other["k"]))).as_py()
    return known >= NEARLY * sample.num_rows and pair(connection, lines, targets).num_rows >= NEARLY * told.num_rows


def keyed(rows: pa.Table, names: tuple[str, ...]) -> pa.Table:
    """The rows as ``pair`` takes them."""
    return pa.table({"id": rows["id"], "k": key(rows, names), "t": rows["timestamp_us"]})


def tells(rows: pa.Table) -> bool:
    """Whether the keys tell most of the rows of one second apart, and are of several kinds."""
    kinds = pc.count_distinct(rows["k"]).as_py()
    seconds = pa.table({"k": rows["k"], "s": pc.divide(rows["t"], _SECOND)})
    return kinds >= FEWEST and seconds.group_by(["k", "s"]).aggregate([]).num_rows >= TELLING * rows.num_rows
