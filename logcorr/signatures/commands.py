"""Names of the evidence as parts of commands: log text is written by anybody, and a command is pasted by somebody in a hurry."""

from __future__ import annotations

import shlex


def for_shell(unit: str) -> tuple[str, tuple[str, ...]]:
    """A unit for a shell; where only its description is known, ``UNIT``, and the command that finds its name."""
    if " " not in unit:
        return shlex.quote(unit), ()
    return "UNIT", (f"systemctl list-units --all | grep -F {shlex.quote(unit)}  # its UNIT",)
