"""In words: ``first_request_after_login_fails``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.visible import visible
from logcorr.report.words import plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    hit = plural(count(facts, "clients"), "client")
    route = visible(word(facts, "route"))
    return [
        f"Most of them asked for {route}; {hit} met it.",
        "Who is logged in already sees nothing of it: try it with a fresh session.",
    ]
