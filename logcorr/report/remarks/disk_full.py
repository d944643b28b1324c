"""In words: ``disk_full``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.remarks.application_errors import said
from logcorr.report.visible import visible


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    mount = word(facts, "mount")
    full = [f"df shows {visible(mount)} at {word(facts, 'full')}."] if mount else []
    path = [f"It could not write {visible(word(facts, 'path'))}."] if word(facts, "path") else []
    none = [] if count(facts, "requests") else ["No failed request is known to be of it."]
    return [*path, *full, *none, *said(facts)]
