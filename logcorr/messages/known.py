"""The known messages: those that come with the package, and those of one's own that were added."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Final

from logcorr.errors import MessageError
from logcorr.messages.program import Program, load

FILES: Final = (
    "systemd.toml",
    "systemd-journald.toml",
    "systemd-timesyncd.toml",
    "systemd-resolved.toml",
    "chronyd.toml",
    "php-fpm.toml",
    "nginx.toml",
    "gunicorn.toml",
    "uwsgi.toml",
    "kernel.toml",
    "systemd-oomd.toml",
    "node.toml",
    "puma.toml",
    "unicorn.toml",
    "uvicorn.toml",
    "passenger.toml",
    "pm2.toml",
    "syslogd.toml",
)

_ADDED: Final[list[Program]] = []


def known_programs() -> tuple[Program, ...]:
    """All of them; one's own come first, so that what they take is theirs."""
    return (*_ADDED, *shipped())


def added() -> tuple[Program, ...]:
    """Those of one's own."""
    return tuple(_ADDED)


def know(programs: tuple[Program, ...]) -> None:
    """Know what another process was told, so that it reads as that one does."""
    _ADDED[:] = programs


@cache
def shipped() -> tuple[Program, ...]:
    """The programs that come with the package, read once; the tests have proved them."""
    here = resources.files("logcorr.messages")
    programs = tuple(load(here / name, prove=False) for name in FILES)
    for at, program in enumerate(programs):
        demand_new(program, programs[:at])
    return programs


def add(source: Path | str) -> Program:
    """Know the messages of a file of one's own from now on, in this process; what is read later is read with them.

    The file is like those of the package (``logcorr/messages/program.py`` tells its form); its samples and near misses are tried. To add
    the same file again changes nothing.

    Raises:
        MessageError: with file and line, where anything in it does not hold, or an ``id`` is taken.
    """
    program = load(source)
    if program not in _ADDED:
        demand_new(program, known_programs())
        _ADDED.append(program)
    return program


def add_all(sources: str | PathLike[str] | Iterable[str | PathLike[str]]) -> None:
    """The same for one file or several, by their paths."""
    for each in [sources] if isinstance(sources, (str, PathLike)) else sources:
        add(Path(each))


def demand_new(program: Program, others: tuple[Program, ...]) -> None:
    """Refuse a message whose id another one has."""
    owners = {message.id: each.file for each in others for message in each.messages}
    for message in program.messages:
        if owner := owners.get(message.id):
            raise MessageError(f"{program.file}: {message.id}: duplicate id, also in {owner}")
