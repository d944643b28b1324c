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


def remarks(finding: Fields) -> list[str]:
    """What a person must know beside the claim: above all where somebody said that all was well."""
    facts = finding.get("facts")
    known = facts if isinstance(facts, Mapping) else {}
    told = _REMARKS.get(word(finding, "signature"))
    return told(known) if told else []


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


def _reload_failed(facts: Fields) -> list[str]:
    said, own, deploy = word(facts, "manager_said"), word(facts, "own_words"), word(facts, "deploy_said")
    words = (
        f'the service\'s own words say otherwise: "{brief(own)}"'
        if own
        else "the service died of it"
        if facts.get("service_died")
        else ""
    )
    remarks_: list[str] = []
    if said == "reloaded" and words:
        remarks_.append(f'Contradiction: systemd called the reload done ("Reloaded"), but {words}.')
    codes = word(facts, "deploy_exit_code")
    green = bool(codes) and all(code == "0" for code in re.findall(r"(?:=|^)(-?\d+)", codes))
    if deploy == "completed" or (green and deploy != "failed"):
        called = f'called itself "{visible(deploy)}"' if deploy else "went on"
        returned = f" with exit code 0 ({visible(codes)})" if green else f" ({visible(codes)})" if codes else ""
        otherwise = "the reload did not take effect" if remarks_ or not words else words
        but = "systemd called the reload failed" if said == "failed" else otherwise
        remarks_.append(f"Contradiction: the deploy {called}{returned}, but {but}. Do not trust its green light.")
        if green and said == "failed":
            remarks_.append(
                "systemctl reload returns 1 for a reload that fails, if it waits: a 0 means --no-block, or a status that the script "
                "drops."
            )
    if described := word(facts, "described_as"):
        remarks_.append(f'systemd tells it by its description alone, "{brief(described)}"; the name is that of its own lines.')
    if own and not any(brief(own) in each for each in remarks_):
        remarks_.append(f'In the service\'s own words: "{brief(own)}".')
    if word(facts, "own_message") == "php-fpm.another_instance" and not facts.get("service_died"):
        remarks_.append(
            "With the stock unit (kill -USR2) php-fpm keeps its socket and does not say this: ExecReload starts a second php-fpm, or "
            "another one owns the socket (ss -lxp)."
        )
    if repaired := word(facts, "repaired_at"):
        remarks_.append(f"It was repaired at {moment(repaired)}.")
    return remarks_


def _upstream_unreachable(facts: Fields) -> list[str]:
    listening, reason = facts.get("listening"), word(facts, "reason")
    if listening is False:
        return ["When the list of sockets was taken, nothing listened there."]
    if listening is True:
        return [f"When the list of sockets was taken, something listened there{': it came back' if reason else ''}."]
    return []


def _fast_5xx(facts: Fields) -> list[str]:
    if "working_requests" not in facts or "failing_requests" not in facts:
        return []
    failing, working = (
        f"{amount(count(facts, f'{kind}_logged'))} of {plural(count(facts, f'{kind}_requests'), f'{kind} request')}"
        for kind in ("failing", "working")
    )
    said = [f"Named in the application's log: {failing}, {working} of the same routes."]
    if word(facts, "status") == "500" and facts.get("upstream_told") is False:
        said.append(
            "Who made them is not logged. nginx answers 502, not 500, when it cannot connect to a service; a 500 this fast is the "
            "application's, before it logs, or nginx's own: add $upstream_status and $upstream_header_time to the log_format."
        )
    return said


def _app_exception_spike(facts: Fields) -> list[str]:
    said = [f'It says: "{brief(word(facts, "message"))}".'] if word(facts, "message") else []
    if number(facts, "before_requests") is None or number(facts, "after_requests") is None:
        return said
    before, after = (
        f"{plural(count(facts, f'{when}_errors'), 'error')} in {plural(count(facts, f'{when}_requests'), 'request')}"
        for when in ("before", "after")
    )
    release = f" of release {visible(word(facts, 'release'))}" if word(facts, "release") else ""
    return [*said, f"Before the deploy{release}: {before}; since: {after}."]


_REMARKS: Final = {
    "reload_failed": _reload_failed,
    "upstream_unreachable": _upstream_unreachable,
    "fast_5xx_without_app_error": _fast_5xx,
    "app_exception_spike": _app_exception_spike,
}
