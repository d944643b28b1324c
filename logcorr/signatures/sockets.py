"""Unix sockets: their files, who should listen on them, and whether the listener is the file's.

A path has two inodes: the file's, which ``stat`` gives and ``ss -e`` repeats as it was when the socket was bound, and that of the
socket itself. Only the file's tells whether who connects to the path reaches the listener.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr.signatures.finding import Fact, text
from logcorr.signatures.lifecycle import READY, SECOND, programs_of, stem

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.signatures.generations import Change

_FILE: Final = re.compile(r"\bino:(\d{1,18})\b", re.ASCII)
_PIDS: Final = re.compile(r"pid=(\d{1,10})", re.ASCII)
_SAYING: Final = ("listen.address_in_use", *READY)


@dataclass(frozen=True)
class Socket:
    """A socket's file: ``path`` without aliases, ``said`` as the evidence writes it; ``modified_us`` is None where it is missing."""

    path: str
    said: str
    name: str
    modified_us: int | None
    slack_us: int
    inode: int | None
    row: pd.Series

    @property
    def latest_us(self) -> int:
        """The latest time at which it can have been made."""
        return (self.modified_us or 0) + self.slack_us if self.modified_us is not None else 1 << 62

    def is_at(self, address: object) -> bool:
        """Whether an address is this socket's."""
        return isinstance(address, str) and canonical(address) == self.path

    def among(self, addresses: pd.Series) -> pd.Series:
        """Which of many addresses are."""
        return addresses.map(self.is_at).astype(bool)


@dataclass(frozen=True)
class Contradiction:
    """Listeners ``rows`` that are not the file's."""

    kind: str
    confidence: float
    rows: pd.DataFrame
    facts: dict[str, Fact] = field(default_factory=dict)


def canonical(address: str) -> str:
    """A path without its scheme, its final colon and the alias of /run."""
    path = address.removeprefix("fastcgi://").removeprefix("unix:").removesuffix(":")
    return path.removeprefix("/var") if path.startswith("/var/run/") else path


def sockets_of(
    files: pd.DataFrame, states: pd.DataFrame, lifecycle: pd.DataFrame | None, settings: pd.DataFrame | None
) -> list[Socket]:
    """Each socket once, as the newest and most exact of its rows tells; names without a folder are completed by what else is known."""
    known = {canonical(str(each)) for each in states["subject"].dropna() if str(each).startswith("/")}
    for frame, column in ((lifecycle, "address"), (settings, "value")):
        if frame is not None:
            words = (word for each in frame[column].dropna() for word in str(each).replace("=", " ").split())
            known |= {path for word in words if (path := canonical(word.rstrip(";"))).startswith("/")}
    listened = {canonical(str(each)) for each in states.loc[listening(states), "subject"]}
    there = files["file_type"].notna() | files["subject"].map(lambda each: canonical(str(each)) in listened).astype(bool)
    rows = [row for _, row in files[there].iterrows()]
    best: dict[str, Socket] = {}
    for row in sorted(rows, key=lambda each: (str(each["file"]), int(each["line"]))):
        said = str(row["subject"])
        name = said.rpartition("/")[2]
        path = canonical(said)
        if not path.startswith("/"):
            fitting = [each for each in known if each.rpartition("/")[2] == name]
            path = fitting[0] if len(fitting) == 1 else path
        stamp = None if np.isnan(row["timestamp_us"]) or text(row["file_type"]) is None else int(row["timestamp_us"])
        slack = row["timestamp_uncertainty_s"]
        inode = None if np.isnan(row["inode"]) else int(row["inode"])
        new = Socket(path, said, name, stamp, 0 if np.isnan(slack) else int(slack * SECOND), inode, row)
        old = best.get(path)
        if old is None or newer(new, old):
            best[path] = new
    return [best[path] for path in sorted(best)]


def newer(new: Socket, old: Socket) -> bool:
    """Whether a row tells of a later file, or more exactly of the same."""
    if new.modified_us is None or old.modified_us is None:
        return old.modified_us is None and new.modified_us is not None
    apart = abs(new.modified_us - old.modified_us) > new.slack_us + old.slack_us + SECOND
    return new.modified_us > old.modified_us if apart else (new.slack_us, new.inode is None) < (old.slack_us, old.inode is None)


def listening(states: pd.DataFrame) -> pd.Series:
    """Which rows are listeners."""
    return states["listening"].astype("boolean").fillna(value=False).astype(bool) & states["subject"].notna()


def listeners_of(socket: Socket, states: pd.DataFrame) -> pd.DataFrame:
    """Who listens on a path, by any file."""
    rows = states[listening(states)]
    return rows[socket.among(rows["subject"])].sort_values(["file", "line"])


def is_owner(
    unit: str,
    socket: Socket,
    states: pd.DataFrame | None,
    lifecycle: pd.DataFrame | None,
    settings: pd.DataFrame | None,
) -> bool:
    """Whether a unit should listen there: by its own words, its command line, its configuration, or its name."""
    if lifecycle is not None:
        rows = lifecycle[lifecycle["event_name"].isin(_SAYING) & lifecycle["address"].notna()]
        rows = rows[socket.among(rows["address"])]
        if ((rows["unit"] == unit) | (programs_of(rows) == stem(unit))).any():
            return named_apart(unit, socket)
    if states is not None:
        rows = states[(states["unit"] == unit) & states["process_command_line"].notna()]
        if any(socket.is_at(word) for line in rows["process_command_line"] for word in str(line).replace("=", " ").split()):
            return True
    if settings is not None and stem(unit) == "php-fpm":
        pools = settings[(settings["program"].astype("string") == "php-fpm") & (settings["key"] == "listen")]
        if any(socket.is_at(each) for each in pools["value"]):
            return named_apart(unit, socket)
    name = unit.removesuffix(".service")
    parts = socket.path.removesuffix(".sock").removesuffix(".socket").split("/")
    return any(
        part == name or (part and stem(part) == stem(unit) and (stem(part) == part or stem(name) == name)) for part in parts
    )


def named_apart(unit: str, socket: Socket) -> bool:
    """Whether the versions in a unit's name and a socket's do not speak against each other (``php8.2-fpm``, ``php8.3-fpm.sock``)."""
    own, other = (re.findall(r"\d+(?:\.\d+)+", each) for each in (unit, socket.name))
    return not own or not other or own == other


def is_activated(socket: Socket, listeners: pd.DataFrame, lifecycle: pd.DataFrame) -> bool:
    """Whether systemd itself holds the socket, so that a restart keeps it."""
    pids = {int(pid) for each in listeners["body"].dropna() for pid in _PIDS.findall(str(each))}
    units = lifecycle.loc[lifecycle["unit"].astype("string").str.endswith(".socket").fillna(value=False), "unit"]
    return 1 in pids or any(str(each).removesuffix(".socket") in socket.path for each in units)


def contradictions(
    socket: Socket, states: pd.DataFrame, lifecycle: pd.DataFrame | None, owned: Sequence[Change], captured: int | None
) -> Iterator[Contradiction]:
    """What speaks against the file being the one that is listened on.

    Nothing where the service was started anew after the file was made, and perhaps between two commands that looked.
    """
    rows = listeners_of(socket, states)
    starts = [
        each.end_us for each in owned if each.kind == "restart" and each.end_us > (socket.latest_us if socket.inode else 0)
    ]
    if rows.empty or any(captured is None or each >= captured - 2 * SECOND for each in starts):
        return
    for _, listed in rows.groupby(rows["file"].astype(str)):
        held = {int(found[1]) for each in listed["body"].dropna() if (found := _FILE.search(str(each)))}
        if len(listed.drop_duplicates("inode")) > 1:
            yield Contradiction("two_listeners", 0.95, listed, {"listeners": len(listed), **inodes(held, socket)})
        elif socket.modified_us is None:
            yield Contradiction("unlinked", 0.95, listed, inodes(held, socket))
        elif held and socket.inode is not None and socket.inode not in held:
            yield Contradiction("replaced", 0.95, listed, inodes(held, socket))
        elif (outside := outsiders(socket, listed, states, lifecycle)) is not None:
            yield outside


def inodes(held: set[int], socket: Socket) -> dict[str, Fact]:
    """The file's inode as it lies there, and as the listener knows it."""
    return {"file_inode": socket.inode, "listener_file_inode": ", ".join(map(str, sorted(held))) or None}


def outsiders(
    socket: Socket, listed: pd.DataFrame, states: pd.DataFrame, lifecycle: pd.DataFrame | None
) -> Contradiction | None:
    """A listener of which no process is one of the unit that should listen there."""
    pids = {int(pid) for each in listed["body"].dropna() for pid in _PIDS.findall(str(each))}
    kinds = states["subject_kind"].astype("string")
    shown = states[(kinds == "process") & states["unit"].notna()]
    mains = states[(kinds == "unit") & states["active_state"].notna() & states["process_pid"].notna()]
    for unit in sorted(set(shown["unit"]) & set(mains["unit"])):
        own = set(shown.loc[shown["unit"] == unit, "process_pid"].dropna().astype(int))
        if is_owner(unit, socket, states, lifecycle, None) and pids and 1 not in pids and not pids & own:
            facts: dict[str, Fact] = {"owner_pid": min(pids), "owner_unit": unit}
            return Contradiction("outside_unit", 0.9, listed, facts)
    return None
