"""In words: ``certificate_problem``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.remarks.application_errors import said
from logcorr.report.words import plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    clock = (
        ["A certificate that is not valid yet is often a clock that is wrong."]
        if word(facts, "problem") == "not_yet_valid"
        else []
    )
    if word(facts, "side") != "client":
        return [*clock, *said(facts)]
    alerts = plural(count(facts, "alerts"), "client connection")
    rates = (
        f"{plural(count(facts, f'requests_{when}'), 'request')} in {count(facts, f'{when}_s')} s"
        for when in ("before", "during")
    )
    return [*clock, f"{alerts} ended at the certificate, without a line in the access log: {'; then '.join(rates)}."]
