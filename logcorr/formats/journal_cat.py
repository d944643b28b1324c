"""The journal's messages alone: ``journalctl -o cat``.

Real lines::

    Starting php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...
    FPM initialization failed
    php8.2-fpm.service: Main process exited, code=exited, status=78/CONFIG
    php8.2-fpm.service: Failed with result 'exit-code'.

Nothing else is known of them: no time, no host, no program; so nothing of it is the service manager's word. Such a text is told by the
manager's sentences, which name units, in at least one line of ten, and by lacking the clocks of a log and the prompts of a session.

Clock: none. Continuation: indented lines belong to the message above; where messages begin is otherwise not shown.

Grammar: systemd ``src/shared/logs-show.c`` (``output_cat``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

_UNIT: Final = r"[\w@:\\.-]+\.(?:service|socket|target|slice|scope|timer|mount|automount|path|swap|device)"
_SENTENCE: Final = re.compile(
    r"(?:(?:Started|Starting|Stopped|Stopping|Finished|Reloaded|Reloading|Mounted|Mounting|Unmounted|Unmounting|Listening on|Closed"
    r"|Created slice|Removed slice|Reached target|Stopped target|Failed to start|Reload failed for) " + _UNIT + r"\b.*\.$"
    r"|" + _UNIT + r": (?:Main process exited|Control process exited|Failed with result|Succeeded\.|Deactivated successfully\."
    r"|Scheduled restart job|Consumed |Start request repeated|Killing process|Service \S+ expired|Job .* failed with result)"
    r"|(?:Reached target|Created slice|Listening on) [A-Z][^.]*\.$)"
)
_OTHER: Final = re.compile(
    r"[{\"]|[\[(<]?(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/]\w{2,3}[-/]\d{2,4}|\d\d:\d\d:\d\d\b|\d{10}\.\d)|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? |\S*[$#%>] |\[\S+ \S+\][$#] |\+ |[●*] |-- |<\d{1,3}>|\[ *\d+\.\d{6}\]"
)
#: a message that is indented by itself: sudo aligns its users
_SUDO: Final = re.compile(r" *\S+ : (?:TTY=|.* ; TTY=|.*COMMAND=)")
FEWEST: Final = 2
SHARE: Final = 0.1


def recognise(lines: Sequence[str]) -> bool:
    """Whether the lines are the messages of a journal."""
    filled = [line for line in lines if line.strip()]
    told = sum(1 for line in filled if _SENTENCE.match(line))
    if told < max(FEWEST, SHARE * len(filled)):
        return False
    return not any(_OTHER.match(line) for line in filled)


def read(lines: Sequence[str]) -> list[Fact]:
    """Each line, with the indented ones below it."""
    facts: list[Fact] = []
    first, body = 0, list[str]()
    for number, line in enumerate([*lines, ""], 1):
        if body and line.strip() and line[:1].isspace() and not _SUDO.match(line):
            body.append(line.rstrip("\r"))
            continue
        if body:
            facts.append(Fact("log", first, first + len(body) - 1, {"service_name": None, "body": "\n".join(body)}))
        first, body = number, [line.rstrip("\r")] if line.strip() else []
    return facts


FORMAT = DocumentFormat(
    name="journal_cat",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "Starting php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...\nFPM initialization failed\n"
            "php8.2-fpm.service: Main process exited, code=exited, status=78/CONFIG\nTraceback:\n  File x",
            {"family": "log", "body": "Starting php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager..."},
        ),
        Sample("Started php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager."),
        Sample("$ systemctl restart nginx\nStopped nginx.service - nginx.\nStarted nginx.service - nginx."),
        Sample("Started nginx.service - nginx.\nStopped nginx.service - nginx.\n2026-11-23 10:55:01 done"),
        Sample(
            '{"UNIT":"a.service","MESSAGE":"a.service: Failed with result"}\n'
            '{"_PID":"1","MESSAGE":"a.service: Main process exited, code=exited"}'
        ),
        Sample("Starting the engine\nStarted all workers\nStopped by signal"),
    ),
)
