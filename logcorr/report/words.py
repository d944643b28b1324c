"""Wording: times, numbers, grades and claims in plain words.

Every text that comes from evidence leaves here through ``visible``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.visible import shorten, visible
from logcorr.signatures.table import BY_NAME

NOT_KNOWN: Final = "(not known)"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_FIELD: Final = re.compile(r"\{(\w+)[^{}]*\}")
_HOURS: Final = 3600
_THOUSANDS: Final = 10_000
#: of a text inside a sentence; the whole of it stands in the evidence
LONGEST: Final = 240
#: from this share of failing requests on, "one in two" says less than the share
RARE: Final = 0.4
#: and from this one on every try or two shows the failure
OFTEN: Final = 0.8

GRADES: Final = {
    "proved": "proved: every check is met, and it was seen directly",
    "supported": "well supported: time, place and number of failures fit, and nothing speaks against it",
    "consistent": "possible: nothing speaks against it, but not everything could be checked",
    "contradicted": "ruled out",
}
LEADS: Final = {"proved": "Cause", "supported": "Likely cause", "consistent": "Possible cause"}
OBLIGATIONS: Final = {
    "time": "it began before the failures",
    "place": "it happened where the failures did",
    "share": "it explains the failures",
    "counter_test": "a test that could have spoken against it",
}
MADE_BY: Final = {
    "upstream_unreachable": "nginx could not connect to the service behind it; the application never saw them",
    "upstream_queue_full": "the service behind nginx listens, but its queue was full; the application never saw them",
    "upstream_gave_no_answer": "the service behind nginx took them and gave no usable answer",
    "app_with_logged_error": "the application answered with an error, and logged one",
    "app_without_logged_error": "the application answered with an error, and logged none",
    "proxy_alone": "nginx answered by itself, without asking the application",
    "unknown": "the logs do not tell",
}
ZONES: Final = {
    "zone_given": "as you said",
    "zone_inferred": "worked out from the other evidence",
    "zone_assumed": "assumed, nothing confirms it: say it with --zone",
}


def moment(stamp: str, *, day: bool = True) -> str:
    """A time for people, in UTC: ``2026-11-23 09:56:26Z``; what is no time stays as it is."""
    if not _TIME.fullmatch(stamp):
        return visible(stamp) or NOT_KNOWN
    return f"{stamp[:10]} {stamp[11:19]}Z" if day else f"{stamp[11:19]}Z"


def interval(start: str, end: str) -> str:
    """Two times, the day once where it is the same."""
    return f"{moment(start)} to {moment(end, day=start[:10] != end[:10])}"


def lasting(start: str, end: str) -> str:
    """How long: ``2 min 29 s``; empty when a time is missing."""
    if not (_TIME.fullmatch(start) and _TIME.fullmatch(end)):
        return ""
    try:
        seconds = round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    except ValueError:  # no day of the calendar
        return ""
    if seconds < 60:  # noqa: PLR2004
        return f"{max(seconds, 1)} s"
    if seconds < _HOURS:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // _HOURS} h {seconds % _HOURS // 60} min"


def amount(value: float) -> str:
    """A number: whole ones with separators from ten thousand on, others to three digits."""
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}" if abs(value) >= _THOUSANDS else str(int(value))
    return f"{value:.3g}"


def plural(value: int, noun: str) -> str:
    """``1 client``, ``2 clients``."""
    return f"{amount(value)} {noun}" + ("" if value == 1 else "s")


def percent(share: float | None) -> str:
    """``5.5 %``."""
    if share is None:
        return "a share not known"
    if 0.995 <= share < 1:  # noqa: PLR2004 (what is not all is not called all)
        return f"{min(100 * share, 99.9):.1f} %"
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"  # noqa: PLR2004


def share(affected: Fields) -> str:
    """How much failed, with its interval: ``5.5 % (4.9 to 6.2 %)``."""
    low, high = number(affected, "share_low"), number(affected, "share_high")
    around = f" ({percent(low).removesuffix(' %')} to {percent(high)})" if low is not None and high is not None else ""
    return percent(number(affected, "share")) + around


def grade(cause: Fields) -> str:
    """How sure it is, in words."""
    sure = number(cause, "confidence")
    said = GRADES.get(word(cause, "grade"), visible(word(cause, "grade")))
    return said + (f" ({100 * sure:.0f} % sure)" if sure is not None else "")


def lead(cause: Fields) -> str:
    """How the cause is called, by its grade."""
    return LEADS.get(word(cause, "grade"), "Possible cause")


def title(name: str) -> str:
    """What a signature stands for, as a noun phrase; its name when it is not known here."""
    signature = BY_NAME.get(name)
    return visible(signature.title if signature else name)


def claim(finding: Fields) -> str:
    """What a finding says of the case; its title where no sentence is known."""
    signature = BY_NAME.get(word(finding, "signature"))
    given = finding.get("facts")
    facts = given if isinstance(given, Mapping) else {}
    if signature is None:
        return ": ".join(filter(None, (title(word(finding, "signature")), visible(word(finding, "subject")))))
    return sentence(_FIELD.sub(lambda field: fact(field[1], facts.get(field[1])), signature.claim))


def fact(name: str, value: object) -> str:
    """A fact for people: times without ``T``, seconds to the millisecond, what is missing as such."""
    if value is None or value == "":
        return NOT_KNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:.3f}" if name.endswith("_s") and abs(value) < 1 else amount(value)
    return moment(value) if isinstance(value, str) and _TIME.fullmatch(value) else brief(str(value))


def brief(text: str) -> str:
    """A text of the evidence, not longer than a few lines."""
    return shorten(visible(text), LONGEST)


def sentence(text: str) -> str:
    """With a full stop; the first letter stays, for it may be a unit's name."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def reproduction(case: Fields) -> list[str]:
    """Why it works for whoever tries it, and how often to try."""
    chance, tries = number(case, "p"), count(case, "tries_for_95")
    if not chance or not 0 < chance < OFTEN:
        return []
    missed = (1 - chance) ** 10
    tenths = round(10 * missed)
    often = "nearly always" if tenths == 10 else f"{tenths} times in ten" if tenths else "hardly ever"  # noqa: PLR2004
    rate = f"one request in {amount(round(1 / chance))} fails" if chance < RARE else f"{percent(chance)} of all requests fail"
    said = [f"About {rate}. Ten tries miss it {often}: (1 - {chance:.3g})^10 = {missed:.2g}."]
    return said + ([f"To see it with 95 % certainty, send {plural(tries, 'request')}."] if tries else [])
