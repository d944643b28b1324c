"""In words: ``old_workers_serving``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.visible import visible
from logcorr.report.words import amount, moment, percent, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    if count(facts, "processes"):
        seen = f"at {moment(word(facts, 'seen_at'))}" if word(facts, "seen_at") else "in the list of processes"
        workers = plural(count(facts, "processes"), "worker")
        said.append(f"Seen {seen}: {amount(count(facts, 'old_processes'))} of {workers} began before it.")
    if word(facts, "old_release"):
        said.append(f"Release {visible(word(facts, 'old_release'))} is still named after it.")
    if number(facts, "old_share") is not None:
        low, high = percent(number(facts, "old_share_low")).removesuffix(" %"), percent(number(facts, "old_share_high"))
        answered = f"{amount(count(facts, 'old_requests'))} of {plural(count(facts, 'told_requests'), 'request')}"
        said.append(f"The old generation answered {answered}: {percent(number(facts, 'old_share'))} ({low} to {high}).")
    else:
        said.append("What share of the requests the old workers answered cannot be told.")
    return said
