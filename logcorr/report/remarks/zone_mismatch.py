"""In words: ``zone_mismatch``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.visible import visible
from logcorr.report.words import amount


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = [
        (
            f"{amount(count(facts, 'matches'))} of {amount(count(facts, 'records'))} requests that stand in both agree; the zone that "
            f"{visible(word(facts, 'said_by'))} say is not the one of the clock."
        )
    ]
    left = number(facts, "left_s") or 0.0
    if abs(left) >= 1:
        said.append(f"Beside the zone the clock is {abs(left):.3g} s {'ahead' if left > 0 else 'behind'}.")
    return said
