"""In words: ``proxy_internal_error``."""

from __future__ import annotations

from logcorr.report.fields import Fields, count, number, word
from logcorr.report.remarks.own_page import own_page
from logcorr.report.visible import visible
from logcorr.report.words import amount

_MEANINGS = {
    "redirect_cycle": "A rewrite, try_files or error_page of its configuration leads back to itself.",
    "body_not_written": "It could not write the bodies of requests to its folder: only those too large for memory fail.",
    "auth_request": "It asks another service whether a request is allowed, and got no usable answer from it.",
    "file_not_opened": "A file could not be opened, though it is there.",
    "name_not_resolved": "The name of the service behind it has no address: the name server did not answer, or knows none.",
    "address_invalid": "A variable of its configuration gave an address that is none.",
    "request_invalid": "The request could not be passed on.",
    "starved": "It had no connection or no file left to ask with; which of both, its error log would say.",
}


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said = [_MEANINGS.get(word(facts, "reason"), "No error line says why: a return in the configuration, perhaps.")]
    if word(facts, "asked"):
        said.append(f"The service that it asks: {visible(word(facts, 'asked'))}.")
    if word(facts, "reason") == "body_not_written" and number(facts, "uploads"):
        said.append(f"{amount(count(facts, 'uploads'))} of {amount(count(facts, 'requests'))} bring a body (POST, PUT).")
    return said + own_page(facts)
