"""In words: ``missing_assets_after_deploy``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.visible import visible
from logcorr.report.words import plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    there = count(facts, "files_there_before")
    before = (
        [f"{plural(there, 'file')} of them {'was' if there == 1 else 'were'} answered well before the deploy."] if there else []
    )
    return [f"Most often missing: {visible(word(facts, 'file'))}.", *before]
