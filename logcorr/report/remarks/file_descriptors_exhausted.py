"""In words: ``file_descriptors_exhausted``."""

from __future__ import annotations

from logcorr.report.fields import Fields, word
from logcorr.report.remarks.proxy_limit import unseen
from logcorr.report.visible import visible


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = [f"What failed: {visible(word(facts, 'calls'))}."] if word(facts, "calls") else []
    if facts.get("of_the_machine") is True:
        said.append("It is the limit of the whole machine (fs.file-max), not of one process.")
    return said + unseen(facts)
