"""In words: ``fast_5xx_without_app_error``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, word
from logcorr.report.words import amount, plural


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    if "working_requests" not in facts or "failing_requests" not in facts:
        return []
    failing, working = (
        f"{amount(count(facts, f'{kind}_logged'))} of {plural(count(facts, f'{kind}_requests'), f'{kind} request')}"
        for kind in ("failing", "working")
    )
    said = [f"Named in the application's log: {failing}, {working} of the same routes."]
    if word(facts, "status") == "500" and facts.get("upstream_told") is False:
        said.append(
            "Who made them is not logged. nginx answers 502, not 500, when it cannot connect to a service; a 500 this fast is the "
            "application's, before it logs, or nginx's own: add $upstream_status and $upstream_header_time to the log_format."
        )
    return said
