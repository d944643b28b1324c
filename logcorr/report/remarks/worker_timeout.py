"""In words: ``worker_timeout``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.remarks.struck import struck
from logcorr.report.visible import visible
from logcorr.report.words import amount


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    if not count(facts, "requests"):
        return ["No failed request fits it: none was cut off then that had run for so long."]
    said = struck(facts)
    limit, after = number(facts, "limit_s"), number(facts, "after_s")
    if limit is not None:
        said.append(f"The limit is {limit:.3g} s; {amount(count(facts, 'as_long'))} of them ran about as long or longer.")
    elif after is not None:
        said.append(f"Half of them had run for {after:.3g} s or longer.")
    if word(facts, "route"):
        said.append(f"Most of them: {visible(word(facts, 'route'))}. The limit is not the fault: what they wait for is.")
    return said
