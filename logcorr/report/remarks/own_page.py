"""In words: who the size of the answers points to, for several signatures."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number
from logcorr.report.words import amount


def own_page(facts: Fields) -> list[str]:
    """What the size of the answers says, where no error line says more; it is a sign and no proof."""
    pages, requests = count(facts, "own_page"), count(facts, "requests")
    if not pages or number(facts, "told"):
        return []
    return [
        f"{amount(pages)} of {amount(requests)} answers are as long as nginx's own page: a sign, no proof, that it made them."
    ]
