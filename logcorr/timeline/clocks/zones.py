"""The zone of stamps that state none.

It comes, in this order, from

1. the caller (``--zone``);
2. the name of the zone, or its abbreviation where that means one offset only;
3. records that stand in a source of known zone too: the same request id, the same message, an error line and the access line
   of one request. The offset is the difference that most of them show, in quarters of an hour, and counts only with ``MATCHES_NEEDED``
   records and ``TIMES_RUNNER_UP`` times as many as the next best;
4. for what a server's own programs write (journal, error logs, ``ls``, ``ps``): the offset of the server's clock, as the other
   files show it (access lines, ``date``, ``ls --time-style=full-iso``), with its changes;
5. for an application or a person: of the server's offset and UTC, the one that lets the times overlap with the other evidence;
6. UTC, said to be assumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.timeline.clocks.anchor import CLOCK_SOURCES, QUARTER_US, Anchor
from logcorr.timeline.clocks.given import FURTHEST_S, WESTERNMOST_S, is_zone
from logcorr.timeline.clocks.part import SECOND, Part, Zone, column, own_instants
from logcorr.timeline.clocks.shared_records import SHARED_KEYS, Agreement, Pairs, agreement, shared
from logcorr.timeline.clocks.summer_time import Offsets, offsets_of

MATCHES_NEEDED: Final = 5
TIMES_RUNNER_UP: Final = 3
#: clocks of two machines that differ by more are not told from a zone
FARTHEST_SKEW_US: Final = QUARTER_US // 2 - SECOND
#: a server's offset changes twice a year; one that changes more often is that of several servers
MOST_CHANGES: Final = 8
#: sources stamped with the clock of the server that they lie on
SERVER_SOURCES: Final = frozenset(
    {
        "journal",
        "syslog",
        "nginx_error",
        "apache_error",
        "lighttpd_error",
        "php_fpm",
        "named",
        "exim",
        "erlang_report",
        "file_list",
        "file_stat",
        "process_list",
        "unit_status",
        "unit_show",
        "unit_list",
        "file_times",
        "uptime",
        "dpkg",
        "apt_history",
        "apt_terminal",
        "unattended_upgrades",
        "yum",
        "logrotate",
        *CLOCK_SOURCES,
    }
)
#: access logs that state UTC wherever they are written, and so tell nothing of the server's zone (IIS, CloudFront, AWS, Envoy, squid)
ALWAYS_UTC: Final = frozenset({"w3c_extended", "aws_access", "envoy_access", "squid_access"})
#: abbreviations that stand for one offset wherever they are used (tz database 2025b, all zones since 1990; without those that are also
#: in use elsewhere: EST, CST, IST, BST ...)
ABBREVIATIONS: Final = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 3600,
    "CET": 3600,
    "CEST": 7200,
    "EET": 7200,
    "EEST": 10_800,
    "EDT": -14_400,
    "MDT": -21_600,
    "AKST": -32_400,
    "AKDT": -28_800,
    "NST": -12_600,
    "NDT": -9000,
    "ADT": -10_800,
    "JST": 32_400,
    "ACST": 34_200,
    "ACDT": 37_800,
    "AEST": 36_000,
    "AEDT": 39_600,
    "AWST": 28_800,
    "NZST": 43_200,
    "NZDT": 46_800,
    "WIB": 25_200,
    "WITA": 28_800,
    "WIT": 32_400,
    "HKT": 28_800,
    "PKT": 18_000,
    "SAST": 7200,
    "EAT": 10_800,
    "CAT": 7200,
    "WAT": 3600,
}


def named_offsets(part: Part) -> pa.Array:
    """The offsets that the zone's name states, where lines name one that means one offset; else null."""
    names = column(part.table, "zone_name", pa.string())
    return (
        over_distinct(names, ABBREVIATIONS.get, pa.int32())
        if names.null_count < len(names)
        else pa.nulls(len(names), pa.int32())
    )


def server_offset(parts: Sequence[Part]) -> int | None:
    """The offset of the server's clock: the one that most stamps of its own programs state."""
    votes: Counter[int] = Counter()
    for part in parts:
        if is_of_server(part):
            stated = pa.table({"offset": part.offset, "rows": part.weights}).filter(pc.is_valid(part.offset))
            counts = stated.group_by("offset", use_threads=False).aggregate([("rows", "sum")])
            votes.update(dict(zip(counts["offset"].to_pylist(), counts["rows_sum"].to_pylist(), strict=True)))
        elif part.source in CLOCK_SOURCES:
            votes.update(local_clock(part))
    return votes.most_common(1)[0][0] if votes else None


def is_of_server(part: Part) -> bool:
    """Whether the server's own programs stamp it, with the server's clock."""
    return (
        (part.family == "requests" and part.source not in ALWAYS_UTC)
        or part.source in SERVER_SOURCES - CLOCK_SOURCES
        or part.source == "gunicorn"
    )


def local_clock(part: Part) -> Counter[int]:
    """What ``date`` says of the local offset: a line that is not in UTC says more than one that is."""
    zones = column(part.table, "status", pa.string()).to_pylist()
    votes: Counter[int] = Counter()
    for offset, zone in zip(part.offset.to_pylist(), zones, strict=True):
        if offset is not None:
            votes[offset] += 1 if zone in {"UTC", "Z", "GMT"} and offset == 0 else 100
    return votes


def server_offsets(parts: Sequence[Part]) -> Offsets | None:
    """The offset of the server's clock over time: of the zone that it names, else as its stamps state it."""
    offset = server_offset(parts)
    if offset is None:
        return None
    told = [stated_offsets(part) for part in parts if is_of_server(part) and part.family == "requests"]
    if not any(len(when) for when, _ in told):
        told = [each for part in parts if is_of_server(part) and (each := stated_offsets(part))[1].any()]
    when, offsets = (np.concatenate([np.array([], np.int64), *(each[at] for each in told)]) for at in (0, 1))
    zone = server_zone(parts)
    if zone is not None:
        span = [value for part in parts if part.has_years for value in edges(own_instants(part))]
        known = offsets_of(zone, min(span), max(span))
        if offset in known.values:
            return known
    if len(np.unique(offsets)) < 2:  # noqa: PLR2004 (a change needs two)
        return Offsets(offset)
    order = np.argsort(when, kind="stable")
    when, offsets = when[order], offsets[order]
    changes: np.ndarray = np.flatnonzero(np.diff(offsets)) + 1
    if len(changes) > MOST_CHANGES:
        return Offsets(offset)
    return Offsets(int(offsets[0]), tuple((change_between(when[at - 1], when[at]), int(offsets[at])) for at in changes))


def stated_offsets(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """The instants of a part whose lines state an offset, and the offsets in seconds; journals that count since 1970 state UTC's."""
    rows = pc.and_(pc.is_valid(part.offset), pc.is_valid(part.naive))
    own = pc.cast(part.offset.filter(rows), pa.int64()).to_numpy()
    return part.naive.filter(rows).to_numpy() - own * SECOND, own


def edges(instants: np.ndarray) -> list[int]:
    """The first and the last, of any."""
    return [int(instants.min()), int(instants.max())] if len(instants) else []


def change_between(last: np.int64, first: np.int64) -> int:
    """The full hour in which an offset changed, after the last stamp with the old one and before the first with the new one."""
    hour = -(-int(last) // (3600 * SECOND)) * 3600 * SECOND
    return min(hour, int(first))


def server_zone(parts: Sequence[Part]) -> str | None:
    """The zone's name that ``timedatectl`` shows."""
    names: set[str] = set()
    for part in parts:
        if part.source in CLOCK_SOURCES:
            told = column(part.table, "body", pa.string()).filter(
                pc.fill_null(pc.equal(column(part.table, "subject", pa.string()), "time zone"), fill_value=False)
            )
            names |= {text.split()[0] for text in told.to_pylist() if text and text.split()}
    name = names.pop() if len(names) == 1 else ""
    return name if "/" in name and is_zone(name) else None


def matched_zone(
    part: Part, known: Sequence[Part], server: Offsets | None, connection: duckdb.DuckDBPyConnection
) -> Zone | None:
    """The offset that records shared with sources of known zone show."""
    found: dict[tuple[str, ...], list[Pairs]] = {}
    for keys in SHARED_KEYS:
        for _, pairs in shared(part, part.naive, known, [keys], connection):
            found.setdefault(keys, []).append(pairs)
        if zone := elected(together(found.get(keys, [])), server):
            return zone
    return None


def together(several: Sequence[Pairs]) -> Pairs | None:
    """Pairs with several other parts as one; records stay apart."""
    if len(several) < 2:  # noqa: PLR2004 (nothing to join)
        return several[0] if several else None
    joined = {name: np.concatenate([getattr(each, name) for each in several]) for name in Pairs.__slots__}
    step = max(int(each.record.max()) for each in several) + 1
    joined["record"] = np.concatenate([each.record + at * step for at, each in enumerate(several)])
    return Pairs(**joined)


def elected(pairs: Pairs | None, server: Offsets | None) -> Zone | None:
    """The offset that enough records show, and far more than any other."""
    if pairs is None:
        return None
    best = agreement(pairs)
    if best is None or best.matches < MATCHES_NEEDED:
        return None
    offset = quarter_of(best.low, best.high)
    if offset is None:
        return None
    if best.matches >= TIMES_RUNNER_UP * best.runner_up:
        changing = repeated(server, pairs) if server and len(server.values) > 1 and offset in server.values else None
        return Zone("zone_inferred", offset, "", best.matches, best.runner_up, changing)
    return changed(pairs, best, offset)


def repeated(offsets: Offsets, pairs: Pairs) -> Offsets:
    """The offsets, with what the records within a repeated hour show of it."""
    naive = pairs.at + pairs.low
    known = []
    before = offsets.first_s
    for change, after in offsets.changes:
        within = pairs.only((naive >= change + after * SECOND) & (naive < change + before * SECOND))
        best = agreement(within)
        shown = quarter_of(best.low, best.high) if best else None
        if best and best.matches >= max(MATCHES_NEEDED, TIMES_RUNNER_UP * best.runner_up) and shown in {before, after}:
            known.append((change, int(shown or 0)))
        before = after
    return replace(offsets, repeated=tuple(known))


def quarter_of(low: int, high: int) -> int | None:
    """The quarter of an hour, in seconds, in a stretch of differences or close to it; None where none is, or no zone has it."""
    quarters = round((low + high) / 2 / QUARTER_US)
    beside = max(low - quarters * QUARTER_US, quarters * QUARTER_US - high, 0)
    offset = quarters * 900
    return offset if beside <= FARTHEST_SKEW_US and WESTERNMOST_S <= offset <= FURTHEST_S else None


def changed(pairs: Pairs, best: Agreement, offset: int) -> Zone | None:
    """Two offsets an hour apart or less, one before and one after a moment: the change of summer time."""
    rest = pairs.only(~np.isin(pairs.record, np.unique(pairs.record[best.agreeing])))
    second = agreement(rest)
    other = quarter_of(second.low, second.high) if second else None
    if second is None or other is None or second.matches < MATCHES_NEEDED or not 0 < abs(offset - other) <= 3600:  # noqa: PLR2004 (seconds)
        return None
    mine, theirs = pairs.at[best.agreeing], rest.at[second.agreeing]
    (first, early), (last, late) = sorted([(offset, mine), (other, theirs)], key=lambda each: float(np.median(each[1])))
    if early.max() >= late.min():
        return None
    change = change_between(early.max(), late.min())
    matches = best.matches + second.matches
    return Zone("zone_inferred", offset, "", matches, second.runner_up, Offsets(first, ((change, last),)))


def likely_zone(part: Part, server: Offsets | None, offset: int | None, anchor: Anchor | None) -> Zone:
    """Without shared records: the server's clock for what the server writes, else what overlaps, else UTC."""
    changing = server if server and len(server.values) > 1 else None
    if offset is not None and part.source in SERVER_SOURCES:
        return Zone("zone_inferred", offset, offsets=changing)
    stamps = pc.drop_null(part.naive)
    if offset is None or anchor is None or not anchor.exact or not len(stamps):
        return Zone("zone_assumed", offset or 0, offsets=changing if offset else None)
    if part.family == "deploys":  # single moments, among them some of long ago: the ends tell nothing
        chosen = max((offset, 0), key=lambda each: anchor.held(stamps, each))
    else:
        low, high = pc.min(stamps).as_py(), pc.max(stamps).as_py()
        apart = {each: anchor.distance(low - each * SECOND, high - each * SECOND) for each in (offset, 0)}
        chosen = min(apart, key=lambda each: apart[each])
    return Zone("zone_inferred", chosen, offsets=changing if chosen == offset and chosen else None)
