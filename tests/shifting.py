"""Moves a recording to another time and zone: every stamp in it, in whatever layout, as the same programs would have written it there.

Run it as ``python tests/shifting.py SOURCE TARGET --to 2026-12-31T22:58:00Z [--from 2026-11-23T09:55:00Z] [--zone Europe/Berlin]``; the
tests call ``shift``. Stamps that state their offset keep it where it is UTC's, and get that of the zone at the new time otherwise; stamps
that state none are taken to be the zone's, but in the files named to be UTC's.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMES = "|".join(MONTHS)
CLOCK = r"(?P<time>\d\d:\d\d(?::\d\d)?)(?P<fraction>[.,]\d+)?"
OFFSET = r"(?P<offset>Z| ?[+-]\d\d:?\d\d)?"

#: every layout, with how its date is written
LAYOUTS: tuple[tuple[str, str], ...] = (
    (rf"(?P<date>\d\d/(?:{NAMES})/\d{{4}}):{CLOCK}{OFFSET}", "%d/%b/%Y:"),
    (rf"(?P<weekday>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(?P<date>\d{{4}}-\d\d-\d\d)(?P<gap>[T ]){CLOCK}{OFFSET}(?P<zone> CET| CEST| EST| EDT| UTC)?", "%Y-%m-%d"),
    (rf"(?P<date>\d{{4}}/\d\d/\d\d) {CLOCK}", "%Y/%m/%d "),
    (rf"(?P<date>\d\d-(?:{NAMES})-\d{{4}}) {CLOCK}", "%d-%b-%Y "),
    (rf"(?P<weekday>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )(?P<date>(?:{NAMES}) [ \d]\d) {CLOCK}(?P<zone> CET| CEST| EST| EDT| UTC)?(?P<year> \d{{4}})", "%b _d "),
    (rf"(?m)(?P<yearless>^)(?P<date>(?:{NAMES}) [ \d]\d) {CLOCK}", "%b _d "),
)  # fmt: skip
EPOCHS = r"(?<![\d\w.-])(?P<epoch>1[6-9]\d{8})(?P<rest>\d{6}|\d{3})?(?P<fraction>\.\d+)?(?![\d\w-])"
#: of a stamp that names no year
YEAR = 2026


def shift(source: Path, target: Path, by: timedelta, zone: str, utc: Collection[str] = ()) -> None:
    """Write the files of a folder, moved, into another folder; ``utc`` names files whose stamps without an offset are UTC's."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        packed = path.suffix == ".gz"
        text = gzip.decompress(path.read_bytes()).decode() if packed else path.read_text(encoding="utf-8")
        moved = shift_text(text, by, ZoneInfo(zone), UTC if path.name in utc else ZoneInfo(zone))
        (target / path.name.removesuffix(".gz")).write_text(moved, encoding="utf-8")


def shift_text(text: str, by: timedelta, zone: tzinfo, naive: tzinfo) -> str:
    """The text with every stamp moved."""
    pieces: list[str] = []

    def keep(written: str) -> str:
        pieces.append(written)
        return f"\0{len(pieces) - 1}\0"

    for pattern, layout in LAYOUTS:
        text = re.sub(pattern, replacement(layout, by, zone, naive, keep), text)
    text = re.sub(EPOCHS, lambda found: str(int(found["epoch"]) + round(by.total_seconds())) + (found["rest"] or "") + (found["fraction"] or ""), text)  # fmt: skip
    return re.sub(r"\0(\d+)\0", lambda found: pieces[int(found[1])], text)


def replacement(
    layout: str, by: timedelta, zone: tzinfo, naive: tzinfo, keep: Callable[[str], str]
) -> Callable[[re.Match[str]], str]:
    """What a stamp of one layout becomes."""
    pattern = layout.replace("_d", "%d")

    def moved(found: re.Match[str]) -> str:
        part = {"gap": "", "offset": None, "zone": None, "weekday": None, "year": None, **found.groupdict()}
        year = part["year"] or ("" if "%Y" in pattern else f" {YEAR}")
        full = len(part["time"]) > len("10:55")
        clock = datetime.strptime(  # noqa: DTZ007 (a clock as shown)
            f"{part['date']} {part['time']}{year}",
            f"{pattern.rstrip(': ')} %H:%M{':%S' if full else ''}{' %Y' if year else ''}",
        )
        offset = (part["offset"] or "").strip()
        stated = offset in {"Z", "+0000", "+00:00"} or part["zone"] == " UTC"
        moment = clock.replace(tzinfo=UTC if stated else zone if offset else naive) + by
        if not stated:  # what a clock shows after a while is not what it shows now, plus the while
            own = zone if offset else naive
            moment = ((clock.replace(tzinfo=own)).astimezone(UTC) + by).astimezone(own)
        shown = moment.strftime(layout.replace("_d", f"{moment.day:2}")) + part["gap"]
        shown += moment.strftime("%H:%M:%S" if full else "%H:%M") + (part.get("fraction") or "")
        if offset and not stated:
            east = moment.strftime("%z")
            shown += (" " if part["offset"].startswith(" ") else "") + (f"{east[:3]}:{east[3:]}" if ":" in offset else east)
        else:
            shown += part["offset"] or ""
        weekday = f"{moment:%a} " if part["weekday"] else ""
        return keep(weekday + shown + (f" {moment:%Z}" if part["zone"] else "") + (f" {moment.year}" if part["year"] else ""))

    return moved


def main() -> None:
    """Read the arguments and move a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--to", required=True, help="where the time given by --from is moved to")
    parser.add_argument("--from", dest="start", default="2026-11-23T09:55:00Z")
    parser.add_argument("--zone", default="Europe/Berlin")
    parser.add_argument("--utc", nargs="*", default=["laravel.log"])
    given = parser.parse_args()
    shift(
        given.source,
        given.target,
        datetime.fromisoformat(given.to) - datetime.fromisoformat(given.start),
        given.zone,
        given.utc,
    )


if __name__ == "__main__":
    main()
