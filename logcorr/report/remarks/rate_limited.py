"""In words: ``rate_limited``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.visible import visible
from logcorr.report.words import amount


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    if word(facts, "client"):
        share = f"{amount(count(facts, 'of_client'))} of {amount(count(facts, 'requests'))}"
        said.append(f"{share} came from {visible(word(facts, 'client'))}.")
    if count(facts, "all_requests"):
        said.append(f"Meanwhile there were {amount(count(facts, 'all_requests'))} requests in all.")
    return said
