"""In words: what is beside a limit of the proxy, whichever it is."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.words import amount


def unseen(facts: Fields) -> list[str]:
    """Those that no access line tells of, and how the requests are known to belong to it."""
    said = []
    if count(facts, "refused_unseen"):
        lines = amount(count(facts, "refused_unseen"))
        said.append(f"{lines} of its lines are about no request: clients that got no answer and stand in no access log.")
    if word(facts, "matched_by") == "time":
        said.append(
            "The error lines name none of the requests: they belong to it by their time and by what their own lines lack."
        )
    return said
