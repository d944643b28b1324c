"""In words: ``upstream_unreachable``."""

from __future__ import annotations

from logcorr.report.fields import Fields, word


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    listening, reason = facts.get("listening"), word(facts, "reason")
    if listening is False:
        return ["When the list of sockets was taken, nothing listened there."]
    if listening is True:
        return [f"When the list of sockets was taken, something listened there{': it came back' if reason else ''}."]
    return []
