"""In words: ``intermittent_failures``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number
from logcorr.report.words import amount, percent


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    missed, tries = number(facts, "ten_tries_miss"), count(facts, "tries_for_95")
    if missed is not None and tries:
        said.append(
            f"Ten tries on these routes see no failure in {percent(missed)} of cases; {tries} tries show one with 95 %."
        )
    turns, chance = number(facts, "turns"), number(facts, "turns_by_chance")
    if turns is not None and chance is not None:
        said.append(
            f"The outcome changed {amount(turns)} times; failures that fall independently would make it {amount(round(chance))}."
        )
    return said
