"""What ``journalctl`` prints beside the entries: headings, the explanations of ``-x``, hints.

Real lines::

    -- Boot 4fd7ee8dbf7b4a5c9d1e2f3a4b5c6d7e --
    -- Journal begins at Mon 2026-11-23 09:44:56 CET, ends at Mon 2026-11-23 10:16:15 CET. --
    -- No entries --
    ░░ Subject: A start job for unit feed.service has finished successfully
    -- Subject: Unit feed.service has finished start-up

Older releases write ``-- Logs begin at``, ``-- Reboot --`` (which names no boot), and ``--`` for ``░░`` where the terminal has no UTF-8.
None of these lines is an event: they count as continuation, and the heading of a boot gives its identifier to the events below.

Output that consists of such lines alone is a document: it says that there was nothing to show.

Grammar: systemd ``src/journal/journalctl.c``, ``src/shared/logs-show.c`` (``print_catalog``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

ASIDES: Final = (
    r"^(?:-- (?P<boot>Boot (?P<boot_id>[0-9a-f]{32})|Reboot) --|--(?: .*)?|░░.*|Hint: You are currently not seeing messages .*"
    r"| {6}(?:Users in (?:the )?'?[a-z]+|Pass -q to turn off).*|No journal files were (?:found|opened)\b.*"
    r"|(?:Notice|Warning): (?:journal has been rotated|some journal files were not opened)\b.*)$"
)

_HEADING: Final = re.compile(
    r"-- (?:No entries|(?:Logs begin|Journal begins|Journal starts) at .*|Boot [0-9a-f]{32}|Reboot) --"
    r"|No journal files were (?:found|opened)\b.*"
)
_ASIDE: Final = re.compile(ASIDES)


def recognise(lines: Sequence[str]) -> bool:
    """Whether the lines are all journalctl's own, and one of them is a heading."""
    filled = [line.rstrip() for line in lines if line.strip()]
    return bool(filled) and all(_ASIDE.match(line) for line in filled) and any(_HEADING.fullmatch(line) for line in filled)


def read(lines: Sequence[str]) -> list[Fact]:
    """What each heading says."""
    facts = []
    for number, line in enumerate(lines, 1):
        if _HEADING.fullmatch(text := line.rstrip()):
            columns = {"subject": "journal", "status": text.strip("- ").rstrip(".").strip(), "body": text}
            facts.append(Fact("states", number, number, columns))
    return facts


FORMAT = DocumentFormat(
    name="journal_empty",
    recognise=recognise,
    read=read,
    samples=(
        Sample("-- No entries --", {"family": "states", "subject": "journal", "status": "No entries"}),
        Sample(
            "-- Journal begins at Mon 2026-11-23 09:44:56 CET, ends at Mon 2026-11-23 10:16:15 CET. --\n-- No entries --",
            {"status": "Journal begins at Mon 2026-11-23 09:44:56 CET, ends at Mon 2026-11-23 10:16:15 CET"},
        ),
        Sample(
            "Hint: You are currently not seeing messages from other users and the system.\n"
            "      Users in groups 'adm', 'systemd-journal' can see all messages.\n      Pass -q to turn off this notice.\n"
            "No journal files were opened due to insufficient permissions.",
            {"status": "No journal files were opened due to insufficient permissions", "line": 4},
        ),
        Sample("-- No entries --\nNov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started"),
        Sample("-- a comment"),
        Sample("select 1; -- No entries --"),
    ),
)
