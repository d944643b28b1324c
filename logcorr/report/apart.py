"""In words: what failed requests have in common that working ones have not."""

from __future__ import annotations

from typing import Final

from logcorr.report.fields import Fields, count, many, number, word
from logcorr.report.page import Page
from logcorr.report.visible import visible
from logcorr.report.words import amount, brief, percent

#: chances below this are no more than that
LEAST: Final = 1e-9
NAMES: Final = {
    "route": "",
    "http_request_method": "method",
    "http_route": "path",
    "upstream_address": "sent to",
    "server_address": "host asked for",
    "host_name": "logged by",
    "user_agent_original": "user agent",
    "client_address": "client",
    "user_id": "user",
    "process_pid": "process",
    "service_version": "release",
    "http_request_size": "requests of at least",
}


def apart(page: Page, incident: Fields, prefix: str) -> None:
    """The traits, the strongest first, with how many of each kind have them."""
    found = many(incident, "apart")
    if not found:
        return
    page.heading(f"{prefix}WHAT SETS THE FAILED REQUESTS APART")
    for trait in found:
        page.item(told(trait))
        for inner in many(trait, "within"):
            page.item(f"and among these: {told(inner)}", indent=4)
    first = found[0]
    chance = max(number(first, "chance") or 0.0, LEAST)
    under = "less than " if chance == LEAST else ""
    tried = amount(count(first, "tried"))
    page.say(f"{tried} traits were tried; chance alone would show one so clear with a probability of {under}{chance:.1g}.")


def told(trait: Fields) -> str:
    """One trait: how many of the failed and of the working requests have it."""
    column, value = word(trait, "column"), word(trait, "value")
    shown = f"{int(value) // 1024} KB" if column == "http_request_size" and value.isdigit() else brief(value)
    failed, working = share(trait, "failed"), share(trait, "working")
    return f"{visible(f'{NAMES.get(column, column)} {shown}'.strip())}: {failed} of the failed requests, {working} of the working ones"


def share(trait: Fields, kind: str) -> str:
    """Part and whole as a percentage."""
    whole = count(trait, f"of_{kind}")
    part = count(trait, kind)
    return "none" if not part else "all" if part == whole else percent(part / whole)
