"""In words: ``app_exception_spike``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.visible import visible
from logcorr.report.words import brief, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = [f'It says: "{brief(word(facts, "message"))}".'] if word(facts, "message") else []
    if number(facts, "before_requests") is None or number(facts, "after_requests") is None:
        return said
    before, after = (
        f"{plural(count(facts, f'{when}_errors'), 'error')} in {plural(count(facts, f'{when}_requests'), 'request')}"
        for when in ("before", "after")
    )
    release = f" of release {visible(word(facts, 'release'))}" if word(facts, "release") else ""
    return [*said, f"Before the deploy{release}: {before}; since: {after}."]
