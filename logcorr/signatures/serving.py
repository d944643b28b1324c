"""Whether a service and an address belong together: does this unit listen there?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from logcorr.signatures.lifecycle import programs_of, stem

if TYPE_CHECKING:
    import pandas as pd

Answer = Literal["met", "unmet", "unknown"]
SECOND: Final = 1_000_000
#: settings by which programs are told where to listen
_LISTEN: Final = ("listen", "ListenStream", "ExecStart", "Environment")
#: settings by which nginx is told where to send requests
_SENDS: Final = ("fastcgi_pass", "proxy_pass", "uwsgi_pass", "server")
#: how a port stands in a command line or an environment: ``PORT=3000``, ``-p 3000``, ``--port=3000``, ``-b 0.0.0.0:3000``
_PORT: Final = r"(?:^|[\s=:]|\bPORT=|-p|--port[= ]){}(?:[\s;\"']|$)"
_LOCAL: Final = ("127.", "localhost:", "[::1]:", "0.0.0.0:")


@dataclass(frozen=True)
class Surroundings:
    """What the evidence says of configuration, files and processes; None where it has none of the kind."""

    settings: pd.DataFrame | None
    states: pd.DataFrame | None
    lifecycle: pd.DataFrame | None


def belongs(unit: str, address: str, around: Surroundings, during: tuple[int, int] | None = None) -> tuple[Answer, str]:
    """Whether ``unit`` serves ``address`` (``unix:/run/x.sock``, ``127.0.0.1:3000``), and how that is known.

    ``during``: a socket that was made in this time (microseconds) was made by what the unit did then.
    """
    where = address.removeprefix("unix:")
    owners = configured(where, around) | running(where, around) | saying(where, around) if where else set()
    # a description, or the program that several units may run, does not say that it is another unit's
    others = {owner for owner in owners if owner.endswith(".service") or owner == "php-fpm"} if "." in unit else set()
    made = created(where, around) if during else None
    answers: tuple[tuple[bool, Answer, str], ...] = (
        (not where, "unknown", "the logs do not name the upstream"),
        (stem(unit) == "nginx", "unmet", f"{unit} connects to {where}, it does not listen there"),
        (
            any(is_same(owner, unit) for owner in owners),
            "met",
            f"{where} belongs to {unit}: its configuration, its processes or its own words",
        ),
        (is_named_after(where, unit), "met", f"{where} is named after {unit}"),
        (
            made is not None and during is not None and during[0] - SECOND <= made <= during[1] + SECOND,
            "met",
            f"{where} was made while {unit} was being reloaded",
        ),
        (bool(others), "unmet", f"{where} belongs to {', '.join(sorted(others))}"),
        (is_upstream_named_after(where, unit, around), "met", f"nginx's upstream of {where} is named after {unit}"),
        (True, "unknown", f"nothing in the evidence says who listens on {where}"),
    )
    return next((answer, reason) for holds, answer, reason in answers if holds)


def is_same(owner: str, unit: str) -> bool:
    """Whether two names are of one service: versions count where both have one."""
    own, other = (re.findall(r"\d+(?:\.\d+)+", each) for each in (owner, unit))
    return owner == unit or (stem(owner) == stem(unit) and (not own or not other or own == other))


def is_named_after(where: str, unit: str) -> bool:
    """Whether a folder or the socket of a path bears the unit's name: ``/run/php/php8.2-fpm.sock``, ``/run/invoices/x.sock``.

    Versions count where both have one.
    """
    name = unit.removesuffix(".service")
    for part in where.removesuffix(".sock").removesuffix(".socket").split("/"):
        if part == name or (part and stem(part) == stem(unit) and (stem(part) == part or stem(name) == name)):
            return True
    return False


def is_upstream_named_after(where: str, unit: str, around: Surroundings) -> bool:
    """Whether nginx knows the address as the server of an ``upstream`` of the unit's name, and of no other."""
    if around.settings is None:
        return False
    rows = around.settings[(around.settings["program"].astype("string") == "nginx") & (around.settings["key"] == "server")]
    rows = rows[rows["value"].map(lambda value: str(value).split()[:1] in ([where], [f"unix:{where}"])).astype(bool)]
    names = {str(each).removeprefix("upstream ") for each in rows["subject"].dropna()}
    return any(stem(name) == stem(unit) or name == unit.removesuffix(".service") for name in names)


def configured(where: str, around: Surroundings) -> set[str]:
    """Programs and units that are configured to listen there."""
    if around.settings is None:
        return set()
    told = around.settings[around.settings["key"].isin(_LISTEN)]
    rows = told[told["value"].map(lambda value: mentions(str(value), where)).astype(bool)] if len(told) else told
    found = set()
    for _, row in rows.iterrows():
        if row["program"] == "php-fpm":
            found.add("php-fpm")
        elif row["program"] == "systemd":
            found |= units_described(str(row["file"]), around)
    return found


def proxied(around: Surroundings) -> list[str]:
    """The addresses to which the web server is configured to send requests, sockets as ``unix:/path``."""
    if around.settings is None:
        return []
    rows = around.settings[(around.settings["program"] == "nginx") & around.settings["key"].isin(_SENDS)]
    values = [
        str(value).split()[0].removeprefix("http://").partition(":/")[::2] for value in rows["value"] if str(value).strip()
    ]
    return sorted({f"unix:/{path}" for kind, path in values if kind == "unix"})


def units_described(file: str, around: Surroundings) -> set[str]:
    """The unit that a unit file is about: the one whose description it gives."""
    if around.settings is None or around.lifecycle is None:
        return set()
    own = around.settings[(around.settings["file"] == file) & (around.settings["key"] == "Description")]
    bodies = around.lifecycle["body"].astype("string")
    found = set()
    for text in own["value"]:
        rows = around.lifecycle[bodies.str.contains(f" - {text}", regex=False).fillna(value=False)]
        found |= set(rows["unit"].dropna())
        found |= set(
            around.lifecycle.loc[around.lifecycle["unit"] == text, "unit"]
        )  # where nothing but its description is logged
    return found


def running(where: str, around: Surroundings) -> set[str]:
    """Units with a process that has the address on its command line."""
    if around.states is None:
        return set()
    rows = around.states[around.states["unit"].notna() & around.states["process_command_line"].notna()]
    hit = rows[rows["process_command_line"].map(lambda line: mentions(str(line), where)).astype(bool)] if len(rows) else rows
    return set(hit["unit"])


def saying(where: str, around: Surroundings) -> set[str]:
    """Units, else programs, that say of themselves that they listen there."""
    if around.lifecycle is None:
        return set()
    rows = around.lifecycle[
        around.lifecycle["event_name"].isin(["service.ready", "socket.inherited"]) & around.lifecycle["address"].notna()
    ]
    plain = rows["address"].astype("string").str.removeprefix("unix:").str.removeprefix("http://").str.removeprefix("unix://")
    rows = rows[plain == where]
    return set(rows["unit"].fillna(programs_of(rows)).dropna()) if len(rows) else set()


def mentions(text: str, where: str) -> bool:
    """Whether a setting or command line names the address, or the port of a local one, as a word of its own."""
    words = text.replace("=", " ").replace(",", " ").split()
    if any(word.removeprefix("unix:").rstrip(";") == where for word in words):
        return True
    port = where.rpartition(":")[2]
    return where.startswith(_LOCAL) and port.isdigit() and re.search(_PORT.format(port), text) is not None


def created(where: str, around: Surroundings) -> int | None:
    """When the socket's file was made, in microseconds; None when that is not known to the second."""
    if around.states is None:
        return None
    rows = around.states[(around.states["subject"] == where) & around.states["timestamp_us"].notna()]
    exact = rows[rows["timestamp_uncertainty_s"] <= 1]
    if exact.empty:  # ls prints the name alone when it was asked for the folder
        name = where.rpartition("/")[2]
        rows = around.states[(around.states["subject"] == name) & around.states["timestamp_us"].notna()]
        exact = rows[rows["timestamp_uncertainty_s"] <= 1]
    return int(exact["timestamp_us"].iloc[0]) if len(exact) else None
