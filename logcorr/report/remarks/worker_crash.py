"""In words: ``worker_crash``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count
from logcorr.report.remarks.struck import struck
from logcorr.report.words import plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    if count(facts, "kernel_lines"):
        said.append(f"The kernel says so too ({plural(count(facts, 'kernel_lines'), 'line')}).")
    if count(facts, "killed"):
        said.append("SIGKILL comes from outside: the kernel for want of memory, a limit, or a person.")
    return said + (struck(facts) if count(facts, "requests") else ["No failed request fits it."])
