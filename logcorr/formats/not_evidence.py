"""A text that says of itself that it is no evidence: a report, a note.

The whole first line::

    <!-- logcorr: not evidence -->

Such a file is recognised and gives no facts, so that a report that lies beside the logs is not read as one of them.
Only the first line counts, and only when nothing else stands on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

MARK: Final = "<!-- logcorr: not evidence -->"


def recognise(lines: Sequence[str]) -> bool:
    """Whether the first line is the mark."""
    return bool(lines) and lines[0].removesuffix("\r") == MARK


def read(_lines: Sequence[str]) -> list[Fact]:
    """Give no facts."""
    return []


FORMAT = DocumentFormat(
    name="not_evidence",
    recognise=recognise,
    read=read,
    samples=(
        Sample("\n" + MARK),
        Sample(f"{MARK} 2026/11/23 10:56:26 [error] 76#76: *4868 no live upstreams"),
        Sample("<!-- logcorr: evidence -->\nNov 23 10:55:00 shop-prod-2 systemd[1]: Started php8.2-fpm.service."),
    ),
)
