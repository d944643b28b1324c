"""In words: ``restart_outage``."""

from __future__ import annotations

from logcorr.report.fields import Fields, number, word
from logcorr.report.remarks.struck import struck
from logcorr.report.visible import visible


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    trigger, name = word(facts, "trigger"), word(facts, "trigger_name")
    said = [
        f"It came with the {trigger}{f' ({visible(name)})' if name else ''}." if trigger else "Nothing says who asked for it."
    ]
    if facts.get("stop_timed_out"):
        said.append("The old process did not stop when it was told to, and was killed.")
    took = number(facts, "manager_s")
    if took is not None:
        said.append(f"The service manager called it done after {took:.3g} s, which need not mean that it served.")
    return said + struck(facts)
