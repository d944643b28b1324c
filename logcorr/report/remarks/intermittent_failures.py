"""In words: ``intermittent_failures``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.visible import visible
from logcorr.report.words import amount, percent


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    missed, tries = number(facts, "ten_tries_miss"), count(facts, "tries_for_95")
    if missed is not None and tries:
        said.append(
            f"Ten tries on these routes see no failure in {percent(missed)} of cases; {tries} tries show one with 95 %."
        )
    turns, chance = number(facts, "turns"), number(facts, "turns_by_chance")
    if turns is not None and chance is not None:
        said.append(
            f"The outcome changed {amount(turns)} times; failures that fall independently would make it {amount(round(chance))}."
        )
    host, hosts = word(facts, "host"), count(facts, "hosts")
    there, all_there = count(facts, "host_failed"), count(facts, "host_requests")
    beside, all_beside = count(facts, "elsewhere_failed"), count(facts, "elsewhere_requests")
    if host and hosts and all_there and all_beside:
        others = "the other host" if hosts == 2 else f"the {hosts - 1} other hosts"  # noqa: PLR2004 (it and one more)
        said.append(
            f"It is {visible(host)}: {amount(there)} of {amount(all_there)} such requests failed there, "
            f"{amount(beside)} of {amount(all_beside)} on {others}."
        )
    elif hosts:
        said.append(f"It is none of the {hosts} hosts alone: none fails so much more often that it could not be chance.")
    return said
