"""What ``timedatectl`` printed: the clock of a server and its zone.

Real lines::

                   Local time: Mon 2026-11-23 10:58:55 CET
               Universal time: Mon 2026-11-23 09:58:55 UTC
                     RTC time: Mon 2026-11-23 09:58:55
                    Time zone: Europe/Berlin (CET, +0100)

or, of ``timedatectl show``::

    Timezone=Europe/Berlin
    NTPSynchronized=yes
    TimeUSec=Mon 2026-11-23 10:58:55 CET

Clock: the instant shown, one second. The local time has the offset that the zone's line states, else the difference to the
universal time. The RTC is the hardware's clock and no fact about the logs.

Grammar: systemd ``src/timedate/timedatectl.c`` (``print_status_info``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.clock import parse_offset
from logcorr.formats.date import offset_between, systemd_clock
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

LABELLED: Final = re.compile(r"\s*(?P<label>Local time|Universal time|RTC time|Time ?zone)\s*: (?P<value>\S.*)", re.IGNORECASE)
ZONE: Final = re.compile(r"(?P<name>\S+) \((?P<abbreviation>[^,()]+), (?P<offset>[+-]\d{4})\)", re.ASCII)


SHOWN: Final = re.compile(r"(?P<key>Timezone|LocalRTC|CanNTP|NTP|NTPSynchronized|TimeUSec|RTCTimeUSec)=(?P<value>.*)", re.ASCII)


def shown(lines: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Number and value of each property of ``timedatectl show``; nothing where another line stands among them."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        match = SHOWN.fullmatch(text)
        if match:
            found.setdefault(match["key"], (number, match["value"]))
        elif text:
            return {}
    return found if "Timezone" in found and systemd_clock(found.get("TimeUSec", (0, ""))[1])[1] else {}


def labelled(lines: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Number and value of each line that matters, by its label in small letters."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines, 1):
        match = LABELLED.fullmatch(line.rstrip())
        if match:
            found.setdefault(match["label"].lower().replace("timezone", "time zone"), (number, match["value"]))
    return found


def recognise(lines: Sequence[str]) -> bool:
    """Whether it begins with a local time, and a universal time follows; or holds the properties of ``show``."""
    if shown(lines[:20]):
        return True
    filled = [line for line in lines[:10] if line.strip()]
    if not filled or not filled[0].strip().lower().startswith("local time"):
        return False
    found = labelled(lines[:20])
    return all(label in found and systemd_clock(found[label][1])[1] for label in ("local time", "universal time"))


def read(lines: Sequence[str]) -> list[Fact]:
    """Facts of the local time, the universal time and the zone."""
    if properties := shown(lines):
        (at, name), (number, text) = properties["Timezone"], properties["TimeUSec"]
        clock, abbreviation = systemd_clock(text)
        about: dict[str, object] = {"subject_kind": "clock", "status": abbreviation}
        told = [
            Fact("states", number, number, {**clock, **about, "subject": "local time", "body": text}),
            Fact("states", at, at, {"subject": "time zone", "subject_kind": "clock", "body": name}),
        ]
        return sorted(told, key=lambda fact: fact.line)
    found = labelled(lines)
    _, zone_text = found.get("time zone", (0, ""))
    zone = ZONE.search(zone_text)
    universal = systemd_clock(found["universal time"][1])[0] if "universal time" in found else {}
    facts = []
    for label in ("local time", "universal time"):
        if label not in found:
            continue
        number, text = found[label]
        clock, abbreviation = systemd_clock(text)
        if clock["offset_s"] is None and zone:
            clock["offset_s"] = parse_offset(zone["offset"])
        elif clock["offset_s"] is None:
            clock["offset_s"] = offset_between(clock["naive_us"], universal.get("naive_us"), universal.get("offset_s"))
        columns = {**clock, "subject": label, "subject_kind": "clock", "status": abbreviation, "body": text}
        facts.append(Fact("states", number, number, columns))
    if zone:
        number = found["time zone"][0]
        columns = {"subject": "time zone", "subject_kind": "clock", "status": zone["abbreviation"], "body": zone_text}
        facts.append(Fact("states", number, number, columns))
    return sorted(facts, key=lambda fact: fact.line)


FORMAT = DocumentFormat(
    name="timedatectl",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "               Local time: Mon 2026-11-23 10:58:55 CET\n"
            "           Universal time: Mon 2026-11-23 09:58:55 UTC\n"
            "                 RTC time: Mon 2026-11-23 09:58:55\n"
            "                Time zone: Europe/Berlin (CET, +0100)\n"
            "System clock synchronized: yes\n"
            "              NTP service: active\n"
            "          RTC in local TZ: no",
            {
                "naive_us": 1_795_431_535_000_000,
                "offset_s": 3600,
                "status": "CET",
                "subject": "local time",
                "subject_kind": "clock",
                "resolution_s": 1.0,
            },
        ),
        Sample(
            "      Local time: Mon 2026-11-23 15:43:55 +0545\n  Universal time: Mon 2026-11-23 09:58:55 UTC",
            {"naive_us": 1_795_448_635_000_000, "offset_s": 20_700},
        ),
        Sample(
            "      Local time: Mon 2026-11-23 04:58:55 EST\n  Universal time: Mon 2026-11-23 09:58:55 UTC",
            {"offset_s": -18_000},
        ),
        Sample(
            "TimeUSec=Mon 2026-11-23 09:58:55 UTC\nTimezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=yes",
            {"naive_us": 1_795_427_935_000_000, "offset_s": 0, "status": "UTC", "subject": "local time"},
        ),
        Sample("Timezone=Etc/UTC\nTimeUSec=now"),
        Sample("Local time: 10:58\nUniversal time: 09:58"),
        Sample(
            "       Server: 192.0.2.8 (time.example)\nPoll interval: 8min 32s (min: 32s; max 34min 8s)\n         Leap: normal"
        ),
    ),
)
