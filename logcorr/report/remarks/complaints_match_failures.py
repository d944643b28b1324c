"""In words: ``complaints_match_failures``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number
from logcorr.report.words import amount, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    if unmatched := count(facts, "unmatched"):
        said.append(f"{plural(unmatched, 'complaint')} {'fits' if unmatched == 1 else 'fit'} none.")
    if others := count(facts, "about_refusals"):
        there = count(facts, "fitting_refusals")
        speak = "speaks" if others == 1 else "speak"
        said.append(f"{plural(others, 'complaint')} {speak} of a refusal (4xx), which is no failure; {amount(there)} fit one.")
    chance = number(facts, "chance")
    if chance is not None and count(facts, "matching"):
        said.append(f"So many, or more, would fit by chance alone with a probability of {chance:.2g}.")
    return said
