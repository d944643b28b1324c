"""Severity and facility as syslog writes them: the number in ``<34>``, or ``auth.crit``.

Numbers and words: RFC 5424 section 6.2.1; the words are those of ``syslog.conf``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct

#: syslog's words and OpenTelemetry's numbers, by severity
WORDS: Final = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
NUMBERS: Final = (21, 19, 18, 17, 13, 10, 9, 5)
#: other spellings of the same
SPELLINGS: Final = {**{word: word for word in WORDS}, "panic": "emerg", "error": "err", "warn": "warning"}

FACILITIES: Final = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)

#: ``auth.crit``, as busybox's and BSD's syslogd write it
NAMED: Final = r"(?:" + "|".join((*FACILITIES, "security", "console")) + r")\.(?:" + "|".join(SPELLINGS) + ")"


def severity_word(priority: str) -> str | None:
    """The word of the severity in a priority: the number in ``<34>``, ``4.3`` or ``auth.crit``; None where it is none."""
    facility, dot, level = priority.rpartition(".")
    if dot and not level.isdigit():
        return SPELLINGS.get(level)
    number = int(level) if level.isdigit() and len(level) <= 3 else -1  # noqa: PLR2004 (digits of 191)
    if dot:
        return WORDS[number] if 0 <= number < len(WORDS) and facility else None
    return WORDS[number % 8] if 0 <= number < 8 * len(FACILITIES) else None


def facility_word(priority: str) -> str | None:
    """The word of the facility in a priority."""
    facility, dot, level = priority.rpartition(".")
    if dot and not facility.isdigit():
        return facility or None
    digits = facility if dot else level
    number = int(digits) if digits.isdigit() and len(digits) <= 3 else -1  # noqa: PLR2004 (digits of 191)
    number = number if dot else number // 8
    return FACILITIES[number] if 0 <= number < len(FACILITIES) else None


def severity(priorities: pa.Array | pa.ChunkedArray) -> dict[str, pa.Array]:
    """``severity_text`` and ``severity_number`` of priorities, null where there is none."""
    words = over_distinct(priorities, severity_word, pa.string())
    return {
        "severity_text": words,
        "severity_number": over_distinct(words, lambda word: NUMBERS[WORDS.index(word)], pa.int8()),
    }


def facility(priorities: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The facility's word of each priority."""
    return over_distinct(priorities, facility_word, pa.string())


def facility_attribute(priorities: pa.Array | pa.ChunkedArray) -> pa.Array:
    """``{"facility": "auth"}``, or null."""
    return pc.binary_join_element_wise('{"facility": "', facility(priorities), '"}', "")
