"""Known messages of programs: what a line means, as data, one TOML file a program.

>>> from logcorr.messages import PROGRAMS, annotate
>>> [program.name for program in PROGRAMS][:2]
['systemd', 'systemd-journald']

``PROGRAMS`` is read on first use; ``add`` makes messages of one's own known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logcorr.messages.known import add, known_programs
from logcorr.messages.matching import annotate
from logcorr.messages.program import Message, Program, load

if TYPE_CHECKING:
    PROGRAMS: tuple[Program, ...]

__all__ = ["PROGRAMS", "Message", "Program", "add", "annotate", "load"]


def __getattr__(name: str) -> tuple[Program, ...]:
    if name == "PROGRAMS":
        return known_programs()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
