"""Names of the evidence as parts of commands: log text is written by anybody, and a command is pasted by somebody in a hurry."""

from __future__ import annotations

import shlex


def for_shell(unit: str) -> tuple[str, tuple[str, ...]]:
    """A unit for a shell; where only its description or its program is known, ``UNIT``, and the command that finds its name."""
    if " " not in unit and "." in unit:
        return shlex.quote(unit), ()
    # the unit of php-fpm bears the version between the words: php8.2-fpm.service
    sought = unit if " " in unit else unit.rpartition("-")[2]
    return "UNIT", (f"systemctl list-units --all | grep -iF {shlex.quote(sought)}  # its UNIT",)
