"""Processes that ended without being asked to: main processes of units, workers, victims of the kernel."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr.signatures.finding import text
from logcorr.signatures.lifecycle import REFUSALS, SECOND, SETTLE_US, programs_of, stem
from logcorr.signatures.serving import Surroundings, units_described

if TYPE_CHECKING:
    import pandas as pd

#: signals by which a process ends through a fault of its own (Linux numbers)
FAULTS: Final = (4, 5, 6, 7, 8, 11, 31)
#: what nobody can refuse: the kernel for want of memory, a limit, a person
KILL: Final = 9
ABORT: Final = 6
#: a shell's way to say that a process ended by a signal
_BY_SIGNAL: Final = 128
#: lines about one death are written within this time by different programs
TOGETHER_US: Final = 2 * SECOND


@dataclass(frozen=True)
class Death:
    """One end that nobody asked for. ``back_us`` is when the unit's next start followed (None: no start did, or a worker ended)."""

    at_us: int
    slack_us: int
    unit: str
    row: pd.Series
    signal: int | None = None
    exit_code: int | None = None
    pid: int | None = None
    is_main: bool = False
    back_us: int | None = None


def number_of(value: object) -> int | None:
    """A signal's or a status's number: ``11``, ``SIGSEGV``, ``SEGV``; None for anything else."""
    word = str(value or "").strip()
    if word.isdigit():
        return int(word)
    try:
        return int(signal.Signals[word if word.startswith("SIG") else f"SIG{word}"])
    except KeyError:
        return None


def signal_name(number: int | None) -> str | None:
    """``SIGSEGV`` for 11."""
    try:
        return signal.Signals(number).name if number is not None else None
    except ValueError:
        return str(number)


def slack_of(row: pd.Series) -> int:
    """How far off a line's time may be, in microseconds."""
    uncertain = row["timestamp_uncertainty_s"]
    return int(float(uncertain) * SECOND) if uncertain == uncertain else 0  # noqa: PLR0124 (NaN)


def manager_rows(lifecycle: pd.DataFrame) -> pd.DataFrame:
    """What a service manager says of units, in order of time."""
    rows = lifecycle.sort_values(["timestamp_us", "event_id"], ignore_index=True)
    return rows[(programs_of(rows) == "systemd") & rows["unit"].notna()]


def main_deaths(lifecycle: pd.DataFrame) -> dict[str, list[Death]]:
    """The unasked ends of each unit's main process, in order of time."""
    found = {}
    manager = manager_rows(lifecycle)
    ended = manager["event_name"].isin(["unit.process.exited", "unit.restart.scheduled"])
    for unit, told in manager[manager["unit"].isin(manager.loc[ended, "unit"])].groupby("unit", sort=True):
        if deaths := deaths_of_unit(str(unit), told):
            found[str(unit)] = deaths
    return found


def deaths_of_unit(unit: str, told: pd.DataFrame) -> list[Death]:
    """The unasked ends in what the manager says of one unit.

    An end after "Stopping" was asked for. A restart that the manager schedules follows an end that nobody asked for, even where that
    had no line of its own.
    """
    asked = dead = started = False
    found: list[Death] = []
    for _, row in told.iterrows():
        name, at = str(row["event_name"]), int(row["timestamp_us"])
        if name == "unit.stopping":
            asked = True
        elif name == "unit.started":
            asked = dead = False
            if found and (found[-1].back_us is None or not started):
                found[-1] = returned(found[-1], at)
            started = True
        elif dead and name == "unit.restart.scheduled":
            dead, found[-1] = False, returned(found[-1], at)  # its start may be known by a description only
        elif not asked and not dead and name in {"unit.process.exited", "unit.restart.scheduled"}:
            dead = name == "unit.process.exited"
            started = False
            code = number_of(row["exit_code"])
            sign = number_of(row["signal"])
            by_shell = code is not None and _BY_SIGNAL < code < _BY_SIGNAL + 32
            found.append(
                Death(
                    at,
                    slack_of(row),
                    unit,
                    row,
                    signal=code - _BY_SIGNAL if by_shell and code and sign is None else sign,
                    exit_code=code if name == "unit.process.exited" else None,
                    is_main=True,
                )
            )
    return found


def returned(death: Death, at: int) -> Death:
    """The same death, with the start that followed."""
    return Death(
        death.at_us, death.slack_us, death.unit, death.row, death.signal, death.exit_code, death.pid, death.is_main, back_us=at
    )


def is_refusal(death: Death, lifecycle: pd.DataFrame) -> bool:
    """Whether the service said why it could not go on: its configuration, its address."""
    rows = lifecycle[lifecycle["event_name"].isin(REFUSALS)]
    near = rows[(rows["timestamp_us"] >= death.at_us - SETTLE_US) & (rows["timestamp_us"] <= death.at_us + TOGETHER_US)]
    own = (near["unit"] == death.unit) | (programs_of(near).map(stem) == stem(death.unit))
    return bool(own.any())


def unit_of_row(row: pd.Series, around: Surroundings) -> str:
    """The unit that a line is about: as it says, else the only one that runs its program, else the program."""
    if unit := text(row["unit"]):
        return unit
    program = str(row["message_id"]).partition(".")[0]
    if program in {"kernel", "node"}:
        program = text(row["detail"] if program == "kernel" else row["service_name"]) or ""
    return unit_of_program(program, around)


def unit_of_program(program: str, around: Surroundings) -> str:
    """The only unit of a program's name, else the only one whose command runs it, else the program."""
    units = [] if around.lifecycle is None else sorted(around.lifecycle["unit"].dropna().unique())
    fitting = [each for each in units if stem(each) == stem(program)]
    if not fitting and around.settings is not None and program:
        commands = around.settings[around.settings["key"] == "ExecStart"]
        runs = commands["value"].astype("string").str.contains(rf"(?:^|[/\s]){re.escape(program)}(?:\s|$)", regex=True)
        files = commands.loc[runs.fillna(value=False).astype(bool), "file"]
        fitting = sorted({unit for file in files.unique() for unit in units_described(str(file), around)})
    return fitting[0] if len(fitting) == 1 else program
