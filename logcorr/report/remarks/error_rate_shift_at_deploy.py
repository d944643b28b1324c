"""In words: ``error_rate_shift_at_deploy``."""

from __future__ import annotations

from logcorr.report.fields import Fields, number
from logcorr.report.words import percent


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    old_high, low = number(facts, "before_share_high"), number(facts, "after_share_low")
    near = number(facts, "coincidence")
    said = []
    if old_high is not None and low is not None:
        said.append(f"That is at least {percent(low)} since, and at most {percent(old_high)} before.")
    if near:
        said.append(f"A change at any other time would lie so near to a deploy by chance in {percent(near)} of cases.")
    return said
