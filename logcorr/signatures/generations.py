"""Generations of a service: what a deploy meant to replace, and which processes are still those from before it.

Only processes that answer requests count: php-fpm's and nginx's masters keep their number and their start over a good reload, and so
does gunicorn's. A list of processes tells of the time before it was taken, no more: that time is the start of the youngest process in
it, which is mostly ``ps`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from logcorr.signatures.finding import text
from logcorr.signatures.lifecycle import SECOND, Episode, episodes, programs_of, stem

if TYPE_CHECKING:
    from collections.abc import Hashable

#: servers whose workers finish what they have in hand do so within gunicorn's ``graceful_timeout``; php-fpm's and nginx's default is less
SETTLE_US: Final = 30 * SECOND
#: a deploy reloads services while it runs or soon after; ten minutes covers slow hand-overs
DEPLOY_WINDOW_US: Final = 600 * SECOND
#: a service's own line about a reload and the manager's are this close
BESIDE_US: Final = 5 * SECOND

#: titles that servers give their processes: program, whether it answers requests
_TITLES: Final = (
    (r"php-fpm: pool \S", "php-fpm", True),
    (r"php-fpm: ", "php-fpm", False),
    (r"nginx: worker process\s*$", "nginx", True),
    (r"nginx: ", "nginx", False),  # the master; also a worker that is shutting down, which ends its long connections
    (r"gunicorn: worker", "gunicorn", True),
    (r"gunicorn: ", "gunicorn", False),
    (r"puma: cluster worker", "puma", True),
    (r"unicorn(?:_rails)? worker\[", "unicorn", True),
    (r"unicorn(?:_rails)? master", "unicorn", False),
)
_SERVERS: Final = re.compile(
    r"(?:^|[/\s])(?P<program>gunicorn|uwsgi|uvicorn|hypercorn|daphne|puma|thin|node|java|dotnet|beam\.smp)(?:[\s:]|$)"
)
_LOOKING: Final = re.compile(r"\S*?(?:grep|ps|vi|vim|less|tail|watch|awk|sudo|bash|sh)(?:\s|$)")
#: programs that read the application's files anew while they run, unless told otherwise
_RELOADS_FILES: Final = ("php-fpm", "nginx")


@dataclass(frozen=True)
class Rollout:
    """One deploy; ``row`` is its last line, stamped ``said_us``."""

    begin_us: int
    end_us: int
    said_us: int
    release: str | None
    commit: str | None
    app: str | None
    host: str
    went_well: bool
    row: pd.Series


@dataclass(frozen=True)
class Change:
    """A moment from which a service was meant to be another one: a reload or restart, or a deploy of which none is known.

    ``unit`` is empty for a deploy, which names an application at most.
    """

    unit: str
    host: str
    kind: Literal["reload", "restart", "deploy"]
    begin_us: int
    end_us: int
    rollout: Rollout | None = None
    episode: Episode | None = None


@dataclass(frozen=True)
class Leftover:
    """Processes ``old`` among ``serving`` that answer for ``unit`` and began before ``change``, the first that they outlived."""

    unit: str
    change: Change
    old: pd.DataFrame
    serving: pd.DataFrame


def rollouts(deploys: pd.DataFrame | None) -> list[Rollout]:
    """The deploys, each once, in order of time: its beginning and its end are two lines."""
    if deploys is None:
        return []
    found: list[Rollout] = []
    rows = deploys[deploys["timestamp_us"].notna()].sort_values(["timestamp_us", "file", "line"])
    for _, row in rows.iterrows():
        said = int(row["timestamp_us"])
        opens = row["deployment_status"] == "started"
        # an end alone does not tell when it began, a beginning alone not when it ended: both lie within the window
        begin = said - (0 if opens else DEPLOY_WINDOW_US) if pd.isna(row["duration_s"]) else int(row["started_us"])
        new = Rollout(
            begin_us=begin,
            end_us=said + (DEPLOY_WINDOW_US if opens else 0),
            said_us=said,
            release=text(row["service_version"]),
            commit=text(row["vcs_ref_head_revision"]),
            app=text(row["service_name"]),
            host=text(row["host_name"]) or "",
            went_well=row["deployment_status"] != "failed",
            row=row,
        )
        opened = found[-1] if found and found[-1].row["deployment_status"] == "started" else None
        if opened and not opens and (opened.release, opened.app) == (new.release, new.app):
            found[-1] = replace(new, begin_us=opened.begin_us)
        else:
            found.append(new)
    return found


def changes(lifecycle: pd.DataFrame | None, deployed: Sequence[Rollout]) -> list[Change]:
    """What was meant to change services, in order of time."""
    found = []
    for episode in episodes(lifecycle) if lifecycle is not None else ():
        end = episode.end_us if episode.end_us is not None else episode.begin_us
        found.append(
            Change(
                episode.unit, episode.host, episode.kind, episode.begin_us, end, deploy_of(deployed, episode.begin_us), episode
            )
        )
    if lifecycle is not None:
        told = lifecycle[(lifecycle["event_name"] == "service.reload.started") & (programs_of(lifecycle) != "systemd")]
        for (program, at), _ in told.groupby([programs_of(told), "timestamp_us"], sort=True):
            if not any(abs(int(at) - each.begin_us) <= BESIDE_US for each in found):
                found.append(Change(str(program), "", "reload", int(at), int(at), deploy_of(deployed, int(at))))
    found += [Change("", each.host, "deploy", each.begin_us, each.end_us, each) for each in deployed if each.went_well]
    return sorted(found, key=lambda each: (each.begin_us, each.unit))


def deploy_of(deployed: Sequence[Rollout], at_us: int) -> Rollout | None:
    """The deploy that a reload or restart belongs to: the last that ran then or had just ended."""
    near = [each for each in deployed if each.begin_us - SECOND <= at_us <= each.end_us + DEPLOY_WINDOW_US]
    return near[-1] if near else None


def captured_at(states: pd.DataFrame | None) -> int | None:
    """When the state of the host was surely looked at, at the earliest: what was alive, or what time it was."""
    if states is None:
        return None
    rows = states[states["subject_kind"].astype("string").isin(["process", "clock"]) & states["timestamp_us"].notna()]
    rows = rows[rows["timestamp_uncertainty_s"].fillna(0) <= BESIDE_US / SECOND]
    return int((rows["timestamp_us"] - rows["timestamp_uncertainty_s"].fillna(0) * SECOND).max()) if len(rows) else None


def serving(states: pd.DataFrame | None) -> pd.DataFrame:
    """Processes that answer requests, as they were seen, and where that stands.

    ``began_us`` is known to ``slack_us``; at ``seen_us`` each was alive. ``unit`` and ``program`` may be missing.
    """
    columns = ["file", "line", "host_name", "pid", "began_us", "slack_us", "program", "unit", "command", "seen_us"]
    if states is None:
        return pd.DataFrame(columns=columns)
    rows = states[(states["subject_kind"].astype("string") == "process") & states["process_command_line"].notna()]
    rows = rows.assign(pid=rows["process_pid"].astype("Int64"), command=rows["process_command_line"].astype(str))
    told = rows[rows["unit"].notna()]
    units = dict(zip(told["pid"], told["unit"], strict=True))
    mains = states[(states["subject_kind"].astype("string") == "unit") & states["active_state"].notna()]
    rows = rows[rows["timestamp_us"].notna()]
    rows = rows.assign(
        began_us=rows["timestamp_us"].astype("int64"),
        slack_us=(rows["timestamp_uncertainty_s"].fillna(0) * SECOND).astype("int64"),
        unit=pd.Series([units.get(pid) for pid in rows["pid"]], rows.index, dtype=object),
        seen_us=(rows["timestamp_us"] - rows["timestamp_uncertainty_s"].fillna(0) * SECOND)
        .groupby(rows["file"].astype(str))
        .transform("max"),
    )
    parts = [role_of(command, text(unit)) for command, unit in zip(rows["command"], rows["unit"], strict=True)]
    rows = rows.assign(program=[program for program, _ in parts], answers=[answers for _, answers in parts])
    rows = rows[rows["program"].notna() & (rows["answers"] != False)]  # noqa: E712 (None: not known yet)
    rows = rows[~rows.index.isin(masters(rows, set(mains["process_pid"].dropna().astype("int64"))))]
    return rows[columns].sort_values(["file", "line"], ignore_index=True)


def role_of(command: str, unit: str | None) -> tuple[str | None, bool | None]:
    """The program of a process, and whether it answers requests (None: its command line does not say)."""
    for pattern, program, answers in _TITLES:
        if re.match(pattern, command):
            return program, answers
    if _LOOKING.match(command):
        return None, False
    server = _SERVERS.search(command)
    return (server["program"] if server else stem(unit) if unit else None), None


def masters(rows: pd.DataFrame, mains: set[int]) -> list[Hashable]:
    """Rows that only lead others: of processes alike the unit's main one, else the first; of those that have workers by name all."""
    found: list[Hashable] = []
    titled = rows[rows["answers"].eq(other=True)]
    alike = rows[rows["answers"].isna()].sort_values(["began_us", "pid"])
    for _, group in alike.groupby([alike["file"].astype(str), alike["unit"].fillna(alike["command"])]):
        program = group["program"].iloc[0]
        led = titled[(titled["file"] == group["file"].iloc[0]) & (titled["program"] == program)]
        if len(led):
            found += list(group.index)
        elif len(group) > 1:
            main = group[group["pid"].isin(mains)]
            found.append((main if len(main) else group).index[0])
    return found


def leftovers(meant: Sequence[Change], seen: pd.DataFrame, *, files_are_kept: bool = False) -> list[Leftover]:
    """For each service the processes that outlived a change that was meant to replace them.

    ``files_are_kept``: php-fpm is told not to look whether files changed (``opcache.validate_timestamps=0``).
    """
    named = {change.unit for change in meant if change.unit}
    found: dict[str, Leftover] = {}
    linked: dict[tuple[str, str, str | None], pd.DataFrame] = {}
    for change in meant:
        about = (change.unit, change.host, change.rollout.app if change.rollout and not change.unit else None)
        if about not in linked:
            linked[about] = seen[np.array([of(each, change, named) for _, each in seen.iterrows()], dtype=bool)]
        candidates = linked[about]
        candidates = candidates[candidates["seen_us"] >= change.end_us + SETTLE_US]
        if change.kind == "deploy":
            kept = candidates["unit"].isin(found) | (candidates["program"].isin(_RELOADS_FILES) & (not files_are_kept))
            candidates = candidates[~kept.astype(bool)]
        # several lists may have been taken: each tells of its own time
        for _, listed in candidates.groupby(candidates["file"].astype(str)):
            old = listed[listed["began_us"] + listed["slack_us"] < change.begin_us]
            unit = change.unit or str(listed["unit"].fillna(listed["program"]).iloc[0])
            if len(old) and unit not in found:
                found[unit] = Leftover(unit, change, old, listed)
    return list(found.values())


def of(process: pd.Series, change: Change, named: set[str]) -> bool:
    """Whether a process belongs to what a change was meant to change."""
    unit, command, program = text(process["unit"]), str(process["command"] or ""), str(process["program"])
    host = text(process["host_name"])
    if change.host and host and host != change.host:
        return False
    if not change.unit:
        app = change.rollout.app if change.rollout else None
        return bool(app) and ((unit is not None and stem(unit) == str(app).lower()) or mentions(command, str(app)))
    if unit is not None:
        return unit == change.unit or stem(unit) == change.unit
    alike = [each for each in named if stem(each) == program]
    return (stem(change.unit) == program and len(alike) == 1) or mentions(command, stem(change.unit))


def mentions(command: str, name: str) -> bool:
    """Whether a command line has a name as a whole part of a path or word."""
    return bool(name) and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", command, re.IGNORECASE) is not None
