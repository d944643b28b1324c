"""Where a log tells nothing while others go on: holes in the evidence, told apart from quiet hours by the log's own rhythm.

A log's pauses are measured twice: in seconds, and in the seconds in which other logs wrote meanwhile (requests that went well, events that
are no warnings), which bursts do not blow up. A log with a rhythm has pauses like those between independent events, whose length is
geometric: of ``n`` pauses with the mean ``m`` none is longer than ``(ln n - ln CHANCE) / ln(1 + 1/m)``, but for that chance. A pause that
is longer in both measures, and no shorter than ``LEAST_S``, is a gap. Logs that write in bursts have many such pauses, and logs that mostly
write of trouble are silent while there is none: they have no rhythm by which a silence could be told, and nothing is said of them.

A log that begins later, or ends earlier, than the others by such a pause has a gap there too: rotated away, or collected for less time.
Pauses in which more requests failed than went well are the outage's, not the log's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.timeline.order import IMPOSSIBLE
from logcorr.timeline.requests import Requests

SECOND: Final = 1_000_000
#: the chance that a log without a gap is said to have one
CHANCE: Final = 1e-6
#: shorter silences are buffers and flushes
LEAST_S: Final = 60
#: fewer pauses show no rhythm
FEWEST: Final = 20
#: a log with more gaps than this has no rhythm
MOST: Final = 3

GAPS: Final = pa.schema(
    {
        "log": pa.string(),
        "source": pa.string(),
        "host_name": pa.string(),
        "kind": pa.string(),  # silent, begins_late, ends_early, suppressed
        "start_us": pa.int64(),
        "end_us": pa.int64(),
        "others": pa.int64(),  # events of other logs meanwhile
        "longest_s": pa.float64(),  # the longest other pause
        "suppressed": pa.int64(),  # messages that were not written, where their writer counts them
        "before_file": pa.string(),
        "before_line": pa.int64(),
        "after_file": pa.string(),
        "after_line": pa.int64(),
    }
)

#: programs' logs of their troubles and processes, not of what they serve: they are silent while nothing happens
TROUBLES: Final = (
    "nginx_error",
    "apache_error",
    "lighttpd_error",
    "php_fpm",
    "php_error",
    "gunicorn",
    "uwsgi",
    "erlang_report",
)
#: each log's seconds, with its first and its last line in each
_SECONDS: Final = """
    select l.log, e.source, e.host_name, e.timestamp_us // 1000000 as second, sum(e.rows)::bigint as events,
        sum(e.good)::bigint as good, sum(e.failed)::bigint as failed, arg_min(e.file, e.first) as file, min(e.first) as first,
        arg_max(e.file, e.last) as last_file, max(e.last) as last
    from (
        select source, host_name, timestamp_us, file, rows, first, last, flag, good, failed from request_seconds
        union all
        select source::varchar, host_name, timestamp_us, file::varchar, 1, line, line, timestamp_flag::varchar,
            (coalesce(severity_number, 9) < 13 and source::varchar <> 'nginx_error')::int, 0 from log
    ) e join logs l on e.file = l.file
    where timestamp_us is not null and (flag is null or not list_contains($impossible, flag))
    group by all order by log, source, host_name, second
"""

_SUPPRESSED: Final = """
    select l.log, e.source::varchar as source, e.host_name, min(timestamp_us) as start_us, max(timestamp_us) as end_us,
        sum(coalesce(try_cast(detail as bigint), 0))::bigint as suppressed, arg_min(e.file::varchar, timestamp_us) as file,
        arg_min(line, timestamp_us) as line
    from log e join logs l on e.file = l.file
    where event_name = 'log.suppressed' and timestamp_us is not null and duplicate_of is null
    group by all order by start_us, log
"""


def gaps(connection: duckdb.DuckDBPyConnection, requests: Requests, logs: Mapping[str, str]) -> pa.Table:
    """The gaps of all logs that the engine knows; ``logs`` names the log that each file belongs to."""
    requests.show_seconds()
    connection.register("logs", pa.table({"file": list(logs), "log": list(logs.values())}, schema=_LOGS))
    rows = connection.sql(_SECONDS, params={"impossible": list(IMPOSSIBLE)}).to_arrow_table()
    found = silences(rows) if rows.num_rows else []
    for log, source, host, start, end, count, file, line in connection.execute(_SUPPRESSED).fetchall():
        found.append((log, source, host, "suppressed", start, end, None, None, count, file, line, None, None))
    return pa.table({name: [row[at] for row in found] for at, name in enumerate(GAPS.names)}, schema=GAPS)


_LOGS: Final = pa.schema({"file": pa.string(), "log": pa.string()})


def silences(rows: pa.Table) -> list[tuple[object, ...]]:
    """The gaps of the logs that have a rhythm; ``rows`` are their seconds."""
    second = rows["second"].to_numpy()
    edges, place = np.unique(second, return_inverse=True)
    good, failed = (np.bincount(place, rows[name].to_numpy(), len(edges)) for name in ("good", "failed"))
    logs = np.bincount(place, rows["good"].to_numpy() > 0, len(edges))
    names = [rows[name].to_pylist() for name in ("log", "source", "host_name")]
    keys = list(zip(*names, strict=True))
    starts = [0, *(at for at in range(1, len(keys)) if keys[at] != keys[at - 1]), len(keys)]
    found: list[tuple[object, ...]] = []
    for start, stop in pairwise(starts):
        own = rows.slice(start, stop - start)
        if keys[start][1] in TROUBLES or len(own) <= FEWEST or pc.sum(own["good"]).as_py() * 2 < pc.sum(own["events"]).as_py():
            continue
        others, active = good.copy(), logs.copy()
        np.subtract.at(others, place[start:stop], own["good"].to_numpy())
        np.subtract.at(active, place[start:stop], own["good"].to_numpy() > 0)
        course = Course(edges, place[start:stop], active, others, failed)
        found += [(*keys[start], *gap) for gap in gaps_of(own, course)]
    return found


@dataclass(frozen=True, slots=True)
class Course:
    """What happened in each of the ``seconds`` in which anything did: those of the log itself are at ``place``.

    ``active`` counts the other logs that wrote something good, ``others`` what they wrote, ``failed`` the requests that failed.
    """

    seconds: np.ndarray
    place: np.ndarray
    active: np.ndarray
    others: np.ndarray
    failed: np.ndarray


def gaps_of(own: pa.Table, course: Course) -> list[tuple[object, ...]]:
    """The gaps of one log, whose own seconds ``own`` are."""
    seconds, place = course.seconds, course.place
    busy = np.flatnonzero(course.active > 0)
    if not len(busy):
        return []
    first, last = min(busy[0], place[0]), max(busy[-1], place[-1])
    # from the first second of the others to the log's own first, between its own, and from its last to that of the others
    begin, end = np.concatenate([[first], place]), np.concatenate([place, [last + 1]])
    ends, later = seconds[np.concatenate([[first], place])], seconds[np.concatenate([place, [last]])]
    waits = (later - ends).astype(np.float64)
    active, meanwhile, lost = (sums(each, begin, end) for each in (course.active, course.others, course.failed))
    inner = slice(1, len(waits) - 1)
    long = exceptional(waits, inner) & exceptional(active, inner) & (waits >= LEAST_S) & (meanwhile > lost)
    if not 0 < long.sum() <= MOST:
        return []
    longest = float(waits[1:-1][~long[1:-1]].max(initial=0))
    result: list[tuple[object, ...]] = []
    for at in np.flatnonzero(long):
        kind = "begins_late" if at == 0 else "ends_early" if at == len(waits) - 1 else "silent"
        before = (own["last_file"][at - 1].as_py(), own["last"][at - 1].as_py()) if at else (None, None)
        after = (own["file"][at].as_py(), own["first"][at].as_py()) if at < len(waits) - 1 else (None, None)
        span = (int(ends[at]) * SECOND, int(later[at]) * SECOND)
        result.append((kind, *span, int(meanwhile[at]), longest, None, *before, *after))
    return result


def sums(values: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The sums of values from each beginning to before each end."""
    whole = np.concatenate([[0], np.cumsum(values)])
    return whole[end] - whole[begin]


def exceptional(pauses: np.ndarray, inner: slice) -> np.ndarray:
    """Which pauses are too long for the rhythm of the inner ones; of those that are, the rhythm takes no account."""
    kept = pauses[inner]
    while len(kept):
        limit = (np.log(len(kept)) - np.log(CHANCE)) / np.log1p(1 / max(float(kept.mean()), 1e-9))
        if (kept <= limit).all():
            return pauses > limit
        kept = kept[kept <= limit]
    return np.zeros(len(pauses), dtype=bool)
