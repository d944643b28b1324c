"""In words: ``config_rejected``."""

from __future__ import annotations

from logcorr.report.fields import Fields, word
from logcorr.report.visible import visible
from logcorr.report.words import moment


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    unit = visible(word(facts, "unit") or word(facts, "program"))
    came = {
        "died": f"{unit} did not survive it.",
        "kept_old": f"{unit} goes on with its old configuration, and would not come back from a restart.",
        "test_only": "It was a test: nothing was told to take it up, and what serves was not touched.",
    }.get(word(facts, "consequence"))
    repaired = word(facts, "repaired_at")
    return [*([came] if came else []), *([f"It was repaired at {moment(repaired)}."] if repaired else [])]
