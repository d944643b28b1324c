"""systemd's unit files and drop-ins, also as ``systemctl cat`` prints them.

Real lines::

    [Service]
    ExecReload=
    ExecReload=/usr/local/sbin/fpm-graceful-reload

``subject`` is the section. An empty value takes back what stood there before. A backslash at the end joins the next line with a
blank; comments between them do not count.

Grammar: systemd ``src/shared/conf-parser.c``, systemd.syntax(7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

SECTION: Final = re.compile(r"\[(?P<name>[A-Za-z][\w-]{0,63})\]", re.ASCII)
SECTIONS: Final = frozenset(
    {"Unit", "Install", "Service", "Socket", "Timer", "Mount", "Automount", "Swap", "Path", "Slice", "Scope", "Target"}
)
SETTING: Final = re.compile(r"(?P<key>[A-Z][A-Za-z0-9]*)\s*=\s*(?P<value>.*)", re.ASCII)


def statements(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First and last line of each statement, and its text with continuations joined."""
    parts: list[str] = []
    first = last = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith(("#", ";")) or (not text and not parts):
            continue
        first = first if parts else number
        last = number
        parts.append(text.removesuffix("\\").strip())
        if not text.endswith("\\"):
            yield first, last, " ".join(parts)
            parts = []
    if parts:
        yield first, last, " ".join(parts)


def settings(lines: Sequence[str]) -> list[tuple[int, int, str, str, str]] | None:
    """Lines, section, key and value of each setting; None when it is no unit file."""
    section = ""
    found = []
    for first, last, text in statements(lines):
        if head := SECTION.fullmatch(text):
            section = head["name"]
            if section not in SECTIONS and not section.startswith("X-"):
                return None
            continue
        setting = SETTING.fullmatch(text)
        if not section or not setting:
            return None
        found.append((first, last, section, setting["key"], setting["value"]))
    return found if section else None


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is sections of unit files with settings in them, and nothing else."""
    return bool(settings(lines))


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a setting."""
    return [
        Fact(
            "configuration",
            first,
            last,
            {"naive_us": None, "program": "systemd", "subject": section, "key": key, "value": value},
        )
        for first, last, section, key, value in settings(lines) or ()
    ]


FORMAT = DocumentFormat(
    name="unit_file",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "[Service]\nExecReload=\nExecReload=/usr/local/sbin/fpm-graceful-reload",
            {"program": "systemd", "subject": "Service", "key": "ExecReload", "value": "", "line": 2},
        ),
        Sample(
            "# /etc/systemd/system/feed.service\n[Unit]\n\nDescription = Feed \\\n# why\n  API\nAfter=network.target",
            {"subject": "Unit", "key": "Description", "value": "Feed API"},
        ),
        Sample("[www]\nuser = www-data\nlisten = /run/php/php8.2-fpm.sock\npm = static"),
        Sample("[Service]\nnginx was slow"),
        Sample("[Service]"),
        Sample("MainPID=33\nActiveState=active"),
        Sample("[PHP]\nengine = On"),
    ),
)
