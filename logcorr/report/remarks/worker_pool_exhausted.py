"""In words: ``worker_pool_exhausted``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.visible import visible
from logcorr.report.words import amount, brief, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    if not count(facts, "requests"):
        return ["No failed request fits it: everybody waited, or it was another service's workers."]
    kinds = (("queue_full", "met a full queue"), ("timed_out", "waited in vain"), ("closed_early", "were closed"))
    said = [", ".join(f"{amount(count(facts, name))} {what}" for name, what in kinds if count(facts, name)) + "."]
    if number(facts, "most") is not None and word(facts, "pool"):
        said.append(f"The pool {visible(word(facts, 'pool'))} may have {plural(count(facts, 'most'), 'worker')}.")
    if word(facts, "warning"):
        now, before = count(facts, "warnings"), count(facts, "warnings_before")
        said.append(
            f'The application warned "{brief(word(facts, "warning"))}" {plural(now, "time")} meanwhile, {plural(before, "time")} before:'
            " that is likely what made them slow."
        )
    elif word(facts, "slow_route"):
        said.append(f"Most that waited in vain: {visible(word(facts, 'slow_route'))}.")
    if number(facts, "chance") is not None:
        said.append("Nothing but the time says that its lines are of this service.")
    return said
