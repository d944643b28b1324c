"""In words: ``reload_failed``."""

from __future__ import annotations

import re

from logcorr.report.fields import Fields, word
from logcorr.report.visible import visible
from logcorr.report.words import brief, moment


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    said, own, deploy = word(facts, "manager_said"), word(facts, "own_words"), word(facts, "deploy_said")
    words = (
        f'the service\'s own words say otherwise: "{brief(own)}"'
        if own
        else "the service died of it"
        if facts.get("service_died")
        else ""
    )
    remarks_: list[str] = []
    if said == "reloaded" and words:
        remarks_.append(f'Contradiction: systemd called the reload done ("Reloaded"), but {words}.')
    codes = word(facts, "deploy_exit_code")
    green = bool(codes) and all(code == "0" for code in re.findall(r"(?:=|^)(-?\d+)", codes))
    if deploy == "completed" or (green and deploy != "failed"):
        called = f'called itself "{visible(deploy)}"' if deploy else "went on"
        returned = f" with exit code 0 ({visible(codes)})" if green else f" ({visible(codes)})" if codes else ""
        otherwise = "the reload did not take effect" if remarks_ or not words else words
        but = "systemd called the reload failed" if said == "failed" else otherwise
        remarks_.append(f"Contradiction: the deploy {called}{returned}, but {but}. Do not trust its green light.")
        if green and said == "failed":
            remarks_.append(
                "systemctl reload returns 1 for a reload that fails, if it waits: a 0 means --no-block, or a status that the script "
                "drops."
            )
    if described := word(facts, "described_as"):
        remarks_.append(f'systemd tells it by its description alone, "{brief(described)}"; the name is that of its own lines.')
    if own and not any(brief(own) in each for each in remarks_):
        remarks_.append(f'In the service\'s own words: "{brief(own)}".')
    if word(facts, "own_message") == "php-fpm.another_instance" and not facts.get("service_died"):
        remarks_.append(
            "With the stock unit (kill -USR2) php-fpm keeps its socket and does not say this: ExecReload starts a second php-fpm, or "
            "another one owns the socket (ss -lxp)."
        )
    if repaired := word(facts, "repaired_at"):
        remarks_.append(f"It was repaired at {moment(repaired)}.")
    return remarks_
