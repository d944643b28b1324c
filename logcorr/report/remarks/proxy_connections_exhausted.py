"""In words: ``proxy_connections_exhausted``."""

from __future__ import annotations

from logcorr.report.fields import Fields
from logcorr.report.remarks.proxy_limit import unseen


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    return unseen(facts)
