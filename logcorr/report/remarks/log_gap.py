"""In words: ``log_gap``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.words import amount, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    if word(facts, "kind") == "suppressed":
        said.append(f"Its writer says that it left out {plural(count(facts, 'messages'), 'message')}.")
    else:
        longest = number(facts, "longest_other_s") or 0.0
        said.append(
            f"Other logs wrote {plural(count(facts, 'others'), 'event')} meanwhile; the longest other pause of this one is {longest:.3g} s."
        )
    failed = count(facts, "failed_requests")
    if failed:
        said.append(f"{amount(failed)} requests failed in that time: that this log says nothing of them proves nothing.")
    return said
