"""Which names are one log, cut into files by rotation, and in which order.

Names as these programs make them: logrotate (``access.log.1``, ``access.log.2.gz``, with ``dateext`` ``access.log-20261123``, with
``extension`` ``access-20261123.log.gz``), Python's ``TimedRotatingFileHandler`` (``app.log.2026-11-23_21-00``), Monolog and logback
(``app-2026-11-23.log``, ``app.2026-11-23.1.log.gz``), Ruby's ``Logger`` (``production.log.20261123``), Apache's rotatelogs
(``access.log.1795392000``), Tomcat (``catalina.2026-11-23.log``), savelog (``daemon.log.0``) and journald
(``system@0123...-....journal``). A name says nothing of what is in the file, and breaks ties at most.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

#: what compressing and interrupted writing append
_PACKED: Final = re.compile(r"(?i)\.(?:gz|bz2|xz|zst|zstd|lz4|lzma|z)$")
#: what tells pieces apart, in their order; the newest has nothing of it
_NUMBERED, _DATED, _NEWEST = range(3)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_DAY: Final = r"(?P<year>(?:19|20)\d\d)(?P<gap>[-_.]?)(?P<month>0[1-9]|1[0-2])(?:(?P=gap)(?P<day>0[1-9]|[12]\d|3[01]))?"
_TIME: Final = r"(?:[-_.T]?(?P<hour>[01]\d|2[0-3])(?:[-_.h:]?(?P<minute>[0-5]\d)(?:[-_.:]?(?P<second>[0-5]\d))?)?)?"
_STAMP: Final = re.compile(rf"(?a)(?:^|[-_.@])(?:{_DAY}{_TIME}|(?P<epoch>1\d{{9}}))(?:[-_](?P<since>1\d{{9}}))?(?=$|[-_.])")
#: after a date a number counts up with time; after the whole name the newest has the least
_COUNT: Final = re.compile(r"(?a)[-_.](?P<count>\d{1,4})(?=$|\.\D)")
_AT_END: Final = re.compile(r"(?a)\.(?:(?P<number>\d{1,3}|1[0-8]\d\d|2[1-9]\d\d|[3-9]\d{3})|(?P<old>old))$")  # no year
_BEFORE_END: Final = re.compile(r"(?a)(?<=\D)\.(?P<number>\d{1,3})(?=\.[A-Za-z]+$)")
_JOURNAL: Final = re.compile(r"@(?:[0-9a-f]{32}-)?(?P<first>[0-9a-f]{16})-(?P<then>[0-9a-f]{16})(?=\.journal~?$)")


class Place(NamedTuple):
    """A file's place: the log that it is a piece of, and what sorts it among its pieces, the oldest first."""

    log: tuple[str, str]
    order: tuple[int, ...]


def series(names: Sequence[str]) -> list[list[str]]:
    """The names of each log, those of its oldest piece first; logs in the order in which they are first named, each name once.

    Pieces lie in one folder (of an archive, too). A file that was never rotated is a log of one piece. Numbers count back from the newest
    piece, dates go on; where a log has both, the numbered pieces come first, and the piece without either comes last.
    """
    logs: dict[tuple[str, str], list[tuple[tuple[int, ...], int, str]]] = {}
    for name in dict.fromkeys(names):
        place = place_of(name)
        # of a piece that lies there twice the packed one was finished earlier
        packed = 0 if _PACKED.search(name) else 1
        logs.setdefault(place.log, []).append((place.order, packed, name))
    return [[name for _, _, name in sorted(pieces)] for pieces in logs.values()]


def place_of(name: str) -> Place:
    """What a name alone says."""
    folder, slash, base = name.rpartition("/")
    base = _PACKED.sub("", base)
    log = folder + slash
    if journal := _JOURNAL.search(base):
        return Place((log, without(base, journal).rstrip("~")), (_DATED, int(journal["first"], 16), int(journal["then"], 16)))
    number = 0
    if end := _AT_END.search(base):
        rest = base[: end.start()]
        dated = _STAMP.search(rest)
        if dated and dated.end() == len(rest):  # the number goes on from the date: production.log.20261123.1
            return Place((log, without(rest, dated)), (_DATED, *moment(dated), int(end["number"] or 0), 0))
        if not rest[-1:].isdigit():  # php8.2 and 10.0.0.1 are no second and no first piece
            base, number = rest, int(end["number"] or 0) + 1
    if dates := list(_STAMP.finditer(base)):
        date = dates[-1]
        count = _COUNT.match(base, date.end())
        rest = base[: date.start()] + base[count.end() if count else date.end() :]
        return Place((log, rest), (_DATED, *moment(date), int(count["count"]) if count else 0, -number))
    if number:
        return Place((log, base), (_NUMBERED, -number))
    if middle := _BEFORE_END.search(base):
        return Place((log, without(base, middle)), (_NUMBERED, -int(middle["number"]) - 1))
    return Place((log, base), (_NEWEST,))


def without(text: str, found: re.Match[str]) -> str:
    """A name without the part that tells its pieces apart."""
    return text[: found.start()] + text[found.end() :]


def moment(found: re.Match[str]) -> tuple[int, ...]:
    """Year to second of a name; what it does not say comes before all that it could be."""
    if epoch := found["epoch"]:
        at = _EPOCH + timedelta(seconds=int(epoch))
        return (at.year, at.month, at.day, at.hour, at.minute, at.second, 0)
    parts = (int(found[name]) if found[name] else -1 for name in ("year", "month", "day", "hour", "minute", "second"))
    return (*parts, int(found["since"] or 0))
