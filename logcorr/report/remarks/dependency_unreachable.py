"""In words: ``dependency_unreachable``."""

from __future__ import annotations

from logcorr.report.fields import Fields, word
from logcorr.report.remarks.application_errors import said
from logcorr.report.visible import visible

_HOW = {
    "too_many_connections": "It takes no more connections.",
    "pool_exhausted": "The application's own pool of connections is used up: the service is slow, or connections are not given back.",
    "read_only": "It answers, but takes no writing.",
    "not_ready": "It runs, but is not ready yet.",
    "memory_full": "It has no memory left for more data.",
    "access_denied": "It answers, but does not let the application in.",
    "name_not_resolved": "Its name has no address: ask the name server first.",
    "failing_answers": "It answers with errors of its own.",
}


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    how = _HOW.get(word(facts, "refusal"))
    kind = word(facts, "system")
    known = [f"It is {visible(kind)}."] if kind and kind != "http" and kind != word(facts, "dependency") else []
    return [*known, *([how] if how else []), *said(facts)]
