"""In words: ``green_deploy_while_failing``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.words import amount, brief, moment, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = []
    if contradicted := word(facts, "contradicted_by"):
        said.append(f'Against it stands: "{brief(contradicted)}".')
    if number(facts, "failed") is not None:
        before = f"{amount(count(facts, 'before_failed'))} of {plural(count(facts, 'before_requests'), 'request')} before it"
        since = f"{amount(count(facts, 'failed'))} of {amount(count(facts, 'requests'))}"
        said.append(f"Requests failed from {moment(word(facts, 'first_failed_at'))} on: {since}; {before}.")
    return said
