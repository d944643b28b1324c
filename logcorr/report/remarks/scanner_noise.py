"""In words: ``scanner_noise``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count
from logcorr.report.words import amount, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    told = plural(count(facts, "clients"), "client")
    said = [f"{told} told by what they do, the others by what they ask for."] if count(facts, "clients") else []
    if facts.get("only_they_failed") is True and count(facts, "all_failed"):
        return [*said, f"All {plural(count(facts, 'all_failed'), 'failed request')} are theirs: no failure hit anybody else."]
    if failed := count(facts, "failed"):
        return [*said, f"Of the failed requests {amount(failed)} of {amount(count(facts, 'all_failed'))} are theirs."]
    return said
