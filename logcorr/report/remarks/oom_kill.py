"""In words: ``oom_kill``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.remarks.struck import struck
from logcorr.report.visible import visible

_WHOSE = {
    "machine": "The machine had no memory left.",
    "group": "Its control group (a unit, a container) had no memory left; the machine may have had.",
    "oomd": "systemd-oomd ended it before the kernel had to.",
    "heap": "It reached its own limit (--max-old-space-size); the machine may have had memory to spare.",
}


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = [_WHOSE[word(facts, "kind")]] if word(facts, "kind") in _WHOSE else []
    if word(facts, "program"):
        said.append(f"The process is {visible(word(facts, 'program'))}.")
    if not count(facts, "requests"):
        return [*said, "No failed request fits it: it was another service's, or nobody was served by it."]
    return said + struck(facts)
