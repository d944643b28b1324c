"""The steps in a service's life, put together: one reload or restart with what the manager and the service itself say of it.

The manager's word and the service's are two things. systemd writes "Reloaded" when its command returned 0, which for
``kill -USR2`` is before the service has read its configuration; only the service's own log, and whether its process lives on, tell
what came of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

SECOND: Final = 1_000_000
#: a service that fails at a reload does so within this time after the manager's word (it reads its configuration, binds, forks)
SETTLE_US: Final = 15 * SECOND

#: the service's own words that it could not take up the new configuration
REFUSALS: Final = ("listen.address_in_use", "config.rejected", "service.init_failed")
DEATHS: Final = ("unit.process.exited", "unit.failed", "unit.killed", "unit.oom_killed")
#: what shows a restart or reload in the words of a service that no manager tells of
OWN_STEPS: Final = ("service.terminating", "service.exited", "service.ready", "service.running", "service.reload.started")
READY: Final = ("service.ready", "service.running", "socket.inherited")
_ENDS: Final = {
    "unit.reload.finished": "finished",
    "unit.reload.failed": "failed",
    "unit.reload.timed_out": "failed",
    "unit.started": "finished",
    "unit.start.failed": "failed",
    "unit.start.limit_hit": "failed",
}

#: words of the descriptions of units in php-fpm's and nginx's own packages and in those of distributions
_DESCRIBED: Final = (("FastCGI Process Manager", "php-fpm"), ("high performance web server", "nginx"))

#: what shows that a unit was changed while the log lasted
_CHANGES: Final = ("unit.reload.started", "unit.stopping", "unit.stopped", *(name for name in _ENDS if name != "unit.started"))

Kind = Literal["reload", "restart"]


@dataclass(frozen=True)
class Episode:
    """One reload or restart of a unit.

    ``begin_us`` to ``end_us`` is what the manager took for it; ``end_us`` is None when no end was logged. ``outcome`` is the manager's
    word: finished, failed or empty. ``told`` are the manager's rows, ``own`` the service's in that time and shortly after. ``host`` is
    empty where the evidence does not name it. ``managed``: a service manager told of it, not the service alone.
    """

    unit: str
    kind: Kind
    begin_us: int
    end_us: int | None
    outcome: str
    told: pd.DataFrame
    own: pd.DataFrame
    host: str = ""
    managed: bool = True

    @property
    def died(self) -> bool:
        """Whether the service ended in it, which nobody had asked for where it was told to reload."""
        return bool(self.told["event_name"].isin(DEATHS if self.managed else ("service.exited",)).any())


def stem(name: str) -> str:
    """What program names and unit names have in common: ``php8.2-fpm.service``, ``php-fpm8.2`` and ``php-fpm`` -> ``php-fpm``.

    A unit of which only its description is known has the program that packages describe so.
    """
    described = next((program for words, program in _DESCRIBED if words in name), None)
    return described or re.sub(r"[0-9.]+", "", name.removesuffix(".service")).strip("-").lower()


def programs_of(rows: pd.DataFrame) -> pd.Series:
    """The program whose known message each row is: ``php-fpm.another_instance`` -> ``php-fpm``."""
    return rows["message_id"].astype(str).map(lambda name: name.partition(".")[0])


def episodes(lifecycle: pd.DataFrame) -> list[Episode]:
    """The reloads and restarts that a service manager tells of, in order of time."""
    rows = lifecycle.sort_values(["timestamp_us", "event_id"], ignore_index=True)
    programs = programs_of(rows)
    manager = rows[(programs == "systemd") & rows["unit"].notna()]
    services = rows[programs != "systemd"]
    stems = programs[programs != "systemd"].map(stem)
    # most units only start once, with the host: those tell of no reload and no restart under way
    changed = manager["unit"].isin(manager.loc[manager["event_name"].isin(_CHANGES), "unit"])
    manager = manager[changed]
    found = []
    # a unit of this name on another host is another unit; a service's own log may not name its host
    for (host, unit), told in manager.groupby([manager["host_name"].fillna(""), "unit"], sort=True):
        here = services["host_name"].fillna(host) == host if host else True
        own = services[here & ((services["unit"] == unit) | (stems == stem(str(unit))))]
        found += [replace(episode, host=str(host)) for episode in unit_episodes(str(unit), told, own)]
    own_words = unmanaged(services, {stem(str(unit)) for unit in rows.loc[programs == "systemd", "unit"].dropna()})
    found += [each for each in own_words if not any(is_part(each, other) for other in found)]
    return sorted(found, key=lambda episode: (episode.begin_us, episode.unit))


def is_part(own: Episode, managed: Episode) -> bool:
    """Whether what a service tells of itself can be what a manager tells of a unit of another name."""
    end = managed.begin_us if managed.end_us is None else managed.end_us
    here = not own.host or not managed.host or own.host == managed.host
    return here and managed.begin_us - SETTLE_US <= own.begin_us <= end + SETTLE_US


def unmanaged(services: pd.DataFrame, managed: set[str]) -> list[Episode]:
    """The restarts and reloads of services that no manager tells of, from their own words.

    The unit is the program's name; ``told`` and ``own`` are the same rows.
    """
    programs = programs_of(services)
    free = services[~programs.map(stem).isin(managed)]
    found = []
    for (host, _, program), rows in free.groupby([free["host_name"].fillna(""), "file", programs[free.index]], sort=True):
        names, stamps = rows["event_name"].astype(str).tolist(), rows["timestamp_us"].to_numpy()
        for kind, outcome, first, last in own_spans(names, stamps):
            part = rows.iloc[first : last + 1]
            end = int(stamps[last]) if outcome else None
            found.append(Episode(str(program), kind, int(stamps[first]), end, outcome, part, part, str(host), managed=False))
    return found


def own_spans(names: list[str], stamps: np.ndarray) -> list[tuple[Kind, str, int, int]]:
    """From an order to end, or to reload, to the next start, and from an order to reload to an end that nobody ordered, soon after it.

    The second value is the outcome: ``finished``, or nothing where the service ended.
    """
    found: list[tuple[Kind, str, int, int]] = []
    ordered: int | None = None
    reloading: int | None = None
    for at, name in enumerate(names):
        if name == "service.terminating":
            ordered, reloading = (at if ordered is None else ordered), None
        elif name == "service.reload.started":
            reloading = at
        elif name == "service.exited" and reloading is not None and stamps[at] - stamps[reloading] <= SETTLE_US:
            found.append(("reload", "", reloading, at))
            reloading = None
        elif name in {"service.ready", "service.running"}:
            if ordered is not None:
                found.append(("restart", "finished", ordered, at))
            elif reloading is not None:
                found.append(("reload", "finished", reloading, at))
            ordered = reloading = None
    return found


def unit_episodes(unit: str, told: pd.DataFrame, own: pd.DataFrame) -> list[Episode]:
    """The reloads and restarts of one unit."""
    names = told["event_name"].astype(str).tolist()
    stamps = told["timestamp_us"].to_numpy()
    spans: list[tuple[Kind, int, int | None]] = []  # kind, position of the beginning, position of the end
    opened: tuple[Kind, int] | None = None
    for at, name in enumerate(names):
        if name == "unit.reload.started":
            opened = ("reload", at)
        elif name in {"unit.stopping", "unit.starting"}:
            opened = opened if opened and opened[0] == "restart" else ("restart", at)
        elif name in _ENDS:
            kind: Kind = "reload" if ".reload." in name else "restart"
            if opened is None and spans and said_again(names, stamps, spans[-1][2], at):
                spans[-1] = (kind, spans[-1][1], at)
                continue
            spans.append((kind, opened[1] if opened and opened[0] == kind else at, at))
            opened = None
    if opened:
        spans.append((opened[0], opened[1], None))
    own_stamps = own["timestamp_us"].to_numpy()
    slack = int(own["timestamp_uncertainty_s"].max() * SECOND) if len(own) else 0
    result = []
    for number, (kind, first, last) in enumerate(spans):
        begin = int(stamps[first])
        end = int(stamps[last]) if last is not None else None
        until = (end if end is not None else begin) + SETTLE_US
        if number + 1 < len(spans):
            until = min(until, int(stamps[spans[number + 1][1]]) - 1)
        near = own.iloc[np.searchsorted(own_stamps, begin - slack) : np.searchsorted(own_stamps, until, "right")]
        part = told.iloc[np.searchsorted(stamps, begin) : np.searchsorted(stamps, until, "right")]
        result.append(Episode(unit, kind, begin, end, _ENDS[names[last]] if last is not None else "", part, near))
    return result


def said_again(names: list[str], stamps: np.ndarray, before: int | None, at: int) -> bool:
    """Whether an end is that of the one before it: a reload that timed out is then said to have failed."""
    if before is None or stamps[at] - stamps[before] > SETTLE_US:
        return False
    return names[before] == "unit.reload.timed_out" and names[at] in {"unit.reload.timed_out", "unit.reload.failed"}
