"""In words: ``upstream_closed_early``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.remarks.own_page import own_page
from logcorr.report.words import amount


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    if word(facts, "how"):
        ways = [f"{amount(count(facts, way))} were {way}" for way in ("closed", "reset") if count(facts, way)]
        said.append(f"{', '.join(ways)}.")
    else:
        said.append("No error line says so: a connection was made, no header came, and 502 is nginx's own word.")
    low, high = number(facts, "after_low_s"), number(facts, "after_high_s")
    if low is not None and high is not None:
        said.append(f"It happened {low:.3g} to {high:.3g} s after they began.")
    return said + own_page(facts)
