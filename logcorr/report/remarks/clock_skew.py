"""In words: ``clock_skew``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number
from logcorr.report.words import amount


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = [
        (
            f"{amount(count(facts, 'matches'))} of {amount(count(facts, 'records'))} requests that stand in both agree: "
            f"{number(facts, 'low_s') or 0:.3g} to {number(facts, 'high_s') or 0:.3g} s ahead."
        )
    ]
    first, last = number(facts, "first_ahead_s"), number(facts, "last_ahead_s")
    if first is not None and last is not None:
        said.append(
            f"The difference changes: {first:.3g} s ahead at first, {last:.3g} s at the end; each time is put right by its own."
        )
    return said
