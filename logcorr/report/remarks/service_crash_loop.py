"""In words: ``service_crash_loop``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.remarks.struck import struck
from logcorr.report.words import moment


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    if facts.get("gave_up"):
        said.append(f"The service manager gave up at {moment(word(facts, 'gave_up_at'))}: nothing starts it again by itself.")
    if word(facts, "back_at"):
        said.append(f"It stayed up from {moment(word(facts, 'back_at'))} on.")
    else:
        said.append("No start after which it stayed up is in the evidence.")
    return said + (struck(facts) if count(facts, "requests") else ["No failed request fits it."])
