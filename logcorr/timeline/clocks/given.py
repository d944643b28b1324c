"""What the caller says of clocks: zones and a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from logcorr.errors import ZoneError
from logcorr.formats.clock import parse_offset
from logcorr.timeline.clocks.part import Part, Zone

#: real offsets run from -12:00 to +14:00
FURTHEST_S: Final = 14 * 3600
WESTERNMOST_S: Final = -12 * 3600


@dataclass(frozen=True, slots=True)
class Given:
    """Zones by source ("" is for all sources that state none), and the year in which stamps without one end."""

    zones: Mapping[str, str]
    year: int | None = None


def parse_zones(zones: Iterable[str], year: int | None = None) -> Given:
    """``["Europe/Berlin", "app_text=UTC", "nginx_error=+02:00"]`` as the caller gives them.

    Raises:
        ZoneError: a zone that is neither a name of the tz database nor an offset, or a year that cannot be one.
    """
    found: dict[str, str] = {}
    for given in zones:
        source, _, zone = given.rpartition("=")
        if not is_zone(zone):
            raise ZoneError(
                f"unknown zone {zone!r}",
                hint="a name such as Europe/Berlin, or an offset such as +02:00; SOURCE=ZONE for one source",
            )
        found[source] = zone
    if year is not None and not 1970 <= year <= 2200:  # noqa: PLR2004
        raise ZoneError(f"no year: {year}", hint="four digits, as in --year 2026")
    return Given(found, year)


def is_zone(text: str) -> bool:
    """Whether it is an offset that exists on Earth, or a name of the tz database."""
    offset = parse_offset(text)
    if offset is not None:
        return WESTERNMOST_S <= offset <= FURTHEST_S
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def given_zone(part: Part, given: Given) -> Zone | None:
    """The zone that the caller gives for this source, if any."""
    text = given.zones.get(part.source, given.zones.get(""))
    if text is None:
        return None
    return Zone("zone_given", parse_offset(text), text)
