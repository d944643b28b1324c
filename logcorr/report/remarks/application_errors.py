"""In words: what all signatures about an application's errors say beside their claims."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.visible import visible
from logcorr.report.words import brief, plural


def said(facts: Fields) -> list[str]:
    """What the error says, how often it came before the deploy and after it, and by what it was joined to the requests."""
    told = [f'It says: "{brief(word(facts, "message"))}".'] if word(facts, "message") else []
    if word(facts, "matched_by") == "time":
        told.append("The errors name no request: they stand in the seconds in which requests failed.")
    if number(facts, "before_requests") is None or number(facts, "after_requests") is None:
        return told
    before, after = (
        f"{plural(count(facts, f'{when}_errors'), 'error')} in {plural(count(facts, f'{when}_requests'), 'request')}"
        for when in ("before", "after")
    )
    release = f" of release {visible(word(facts, 'release'))}" if word(facts, "release") else ""
    return [*told, f"Before the deploy{release}: {before}; since: {after}."]
