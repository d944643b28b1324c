"""In words: ``upstream_timeout``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number
from logcorr.report.remarks.own_page import own_page
from logcorr.report.words import amount


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    waited, low, high = (number(facts, name) for name in ("waited_s", "waited_low_s", "waited_high_s"))
    if waited is not None and low is not None and high is not None:
        alike = high - low < waited / 10
        spread = "all about as long: the limit" if alike else f"from {low:.3g} to {high:.3g} s"
        said.append(f"They waited {waited:.3g} s ({spread}).")
    connecting, requests = count(facts, "connecting"), count(facts, "requests")
    if connecting:
        of = "None" if connecting == requests else f"{amount(connecting)} of {amount(requests)} not"
        said.append(f"{of} got as far as a connection: the network, or a queue that is full.")
    working, usual = number(facts, "working_s"), number(facts, "usual_s")
    if working is not None and usual is not None and count(facts, "working_meanwhile"):
        slower = f"{amount(count(facts, 'slower'))} of {amount(count(facts, 'working_meanwhile'))}"
        said.append(
            f"Of the requests to the same routes that worked meanwhile {slower} took longer than nearly all others"
            f" ({working:.3g} s, else {usual:.3g} s)."
        )
    return said + own_page(facts)
