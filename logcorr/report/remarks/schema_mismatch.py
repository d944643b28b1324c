"""In words: ``schema_mismatch``."""

from __future__ import annotations

from logcorr.report.fields import Fields, number, word
from logcorr.report.remarks.application_errors import said

_WHO = {
    "new": "The new release complains: its migration did not run.",
    "old": "An old release complains: the database is ahead of the code that still serves.",
    "both": "The new release and an old one complain.",
}


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    who = _WHO.get(word(facts, "direction"))
    since = number(facts, "since_deploy_s")
    when = [f"The first came {since:.0f} s after the deploy began."] if since is not None else []
    return [*([who] if who else []), *when, *said(facts)]
