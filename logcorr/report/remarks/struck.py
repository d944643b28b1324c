"""In words: what an end of a process did to requests, and how they are joined to it."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.words import amount


def struck(facts: Fields) -> list[str]:
    """How the requests failed, and by what they belong to it."""
    kinds = (("cut", "were cut off"), ("refused", "found nobody there"), ("waited", "waited in vain"))
    said = [", ".join(f"{amount(count(facts, name))} {what}" for name, what in kinds if count(facts, name)) + "."]
    chance = number(facts, "chance")
    if word(facts, "matched_by") == "time" and chance is not None:
        least = "less than 1e-9" if chance < 1e-9 else f"{chance:.2g}"  # noqa: PLR2004
        said.append(
            f"Nothing but the time says that they were meant for it; so many would lie there by chance with a probability of {least}."
        )
    return said
