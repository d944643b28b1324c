"""In words: ``client_aborts``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.visible import visible
from logcorr.report.words import amount


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    waits, waited, working = word(facts, "waits"), number(facts, "waited_s"), number(facts, "working_s")
    if waits and waited is not None and working is not None:
        longer = f"{amount(count(facts, 'longer_than_usual'))} of {amount(count(facts, 'timed'))}"
        beside = f"{waited:.3g} s on {visible(word(facts, 'route'))}, where working requests take {working:.3g} s"
        said.append(
            f"{longer} had waited longer than nearly all working requests of their route ({beside})"
            + (": the server was slow for them." if waits == "long" else ": they did not leave because it was slow.")
        )
    if facts.get("rose_while_failing") is True:
        said.append("They were more frequent while requests failed.")
    return said
