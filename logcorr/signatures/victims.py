"""Processes that ended for want of memory: who says so, and which service they were of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr.signatures.deaths import (
    ABORT,
    KILL,
    TOGETHER_US,
    Death,
    main_deaths,
    manager_rows,
    number_of,
    slack_of,
    unit_of_row,
)
from logcorr.signatures.finding import text
from logcorr.signatures.lifecycle import SECOND

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.signatures.serving import Surroundings

_HEAP: Final = re.compile(r"^FATAL ERROR: .* - JavaScript heap out of memory$", re.MULTILINE)


@dataclass(frozen=True)
class Victim:
    """One process that ended for want of memory.

    ``kind``: ``machine``, ``group`` (a limit of its unit or container), ``oomd``, ``heap`` (its own limit). ``rows`` are the lines that say
    it, the first of them first. ``death`` is the end of the unit's main process that it was, if it was one. ``back_us`` is when the
    program's log goes on, where no more is known.
    """

    kind: str
    unit: str
    program: str
    at_us: int
    slack_us: int
    rows: tuple[pd.Series, ...]
    death: Death | None = None
    pid: int | None = None
    back_us: int | None = None


def victims(ends: pd.DataFrame, heaps: pd.DataFrame | None, around: Surroundings) -> list[Victim]:
    """Each victim once, in order of time."""
    deaths = [] if around.lifecycle is None else [each for own in main_deaths(around.lifecycle).values() for each in own]
    deaths.sort(key=lambda each: (each.at_us, each.unit))
    found = [*of_kernel(ends, around, deaths), *of_oomd(ends, deaths), *of_heap(ends, heaps, around, deaths)]
    found += of_manager(around.lifecycle, found, deaths) if around.lifecycle is not None else []
    return sorted(found, key=lambda each: (each.at_us, each.unit))


def near(at: int, slack: int, deaths: list[Death], unit: str = "") -> list[Death]:
    """The ends of main processes at a time, of one unit or of any."""
    return [
        each
        for each in deaths
        if (not unit or each.unit == unit) and abs(each.at_us - at) <= TOGETHER_US + slack + each.slack_us
    ]


def of_kernel(ends: pd.DataFrame, around: Surroundings, deaths: list[Death]) -> Iterator[Victim]:
    """Those that the kernel names: by their control group's unit, else by who else tells of the same process, else by their name."""
    names = ends["event_name"].astype("string")
    chosen, workers = ends[names == "kernel.oom_victim"], ends[names == "worker.killed"]
    for _, row in ends[names == "kernel.oom_killed"].iterrows():
        at, slack = int(row["timestamp_us"]), slack_of(row)
        own = chosen[chosen["subject_pid"] == row["subject_pid"]]
        same = workers[workers["subject_pid"] == row["subject_pid"]]
        same = same[(same["timestamp_us"] - at).abs() <= TOGETHER_US + slack]
        unit = text(own["unit"].iloc[0]) if len(own) else None
        unit = unit or (unit_of_row(same.iloc[0], around) if len(same) else None) or unit_of_row(row, around)
        killed = [each for each in near(at, slack, deaths) if each.signal == KILL]
        if unit not in {each.unit for each in deaths} and len({each.unit for each in killed}) == 1:
            unit = killed[0].unit
        main = [each for each in killed if each.unit == unit]
        grouped = "in_group" in str(row["message_id"]) or bool(len(own) and str(own["result"].iloc[0]) == "CONSTRAINT_MEMCG")
        yield Victim(
            "group" if grouped else "machine",
            unit,
            text(row["detail"]) or "",
            at,
            slack,
            (row, *(each for _, each in own.head(1).iterrows()), *(each for _, each in same.head(1).iterrows())),
            main[0] if main and same.empty else None,
            number_of(row["subject_pid"]),
        )


def of_oomd(ends: pd.DataFrame, deaths: list[Death]) -> Iterator[Victim]:
    """Those that systemd-oomd ended: whole units."""
    for _, row in ends[ends["event_name"].astype("string") == "oomd.killed"].iterrows():
        unit, at, slack = text(row["unit"]), int(row["timestamp_us"]), slack_of(row)
        if unit:
            main = near(at, slack, deaths, unit)
            yield Victim("oomd", unit, "", at, slack, (row,), main[0] if main else None)


def of_manager(lifecycle: pd.DataFrame, known: list[Victim], deaths: list[Death]) -> list[Victim]:
    """Those that only the service manager tells of."""
    rows = manager_rows(lifecycle)
    told = rows[(rows["event_name"] == "unit.oom_killed") | (rows["result"].astype("string") == "oom-kill").fillna(value=False)]
    found: list[Victim] = []
    for _, row in told.iterrows():
        unit, at, slack = str(row["unit"]), int(row["timestamp_us"]), slack_of(row)
        if any(each.unit == unit and abs(each.at_us - at) <= TOGETHER_US + slack + each.slack_us for each in [*known, *found]):
            continue
        main = near(at, slack, deaths, unit)
        found.append(Victim("not told", unit, "", at, slack, (row,), main[0] if main else None))
    return found


def of_heap(ends: pd.DataFrame, heaps: pd.DataFrame | None, around: Surroundings, deaths: list[Death]) -> Iterator[Victim]:
    """Processes of Node.js that reached their own limit, with the end by SIGABRT that follows.

    In an application's log the words carry no time: they come after the event before them, and as many ends follow as there are of them.
    """
    aborted = [each for each in deaths if each.signal == ABORT]
    for _, row in ends[ends["event_name"].astype("string") == "process.heap_exhausted"].iterrows():
        at, slack, unit = int(row["timestamp_us"]), slack_of(row), unit_of_row(row, around)
        main = near(at, slack, aborted, unit) or near(at, slack, aborted)
        yield Victim("heap", main[0].unit if main else unit, "node", at, slack, (row,), main[0] if main else None)
    for _, row in heaps.sort_values(["timestamp_us", "event_id"]).iterrows() if heaps is not None else ():
        at, slack = int(row["timestamp_us"]), slack_of(row)
        times = len(_HEAP.findall(str(row["body"])))
        after = [each for each in aborted if each.at_us + each.slack_us + slack + SECOND >= at]
        after = [each for each in after if each.unit == after[0].unit][:times]
        if not after:
            back = row["back_us"]
            back_us = int(back) if back == back else None  # noqa: PLR0124 (NaN)
            yield Victim("heap", text(row["service_name"]) or "", "node", at, slack, (row,), back_us=back_us)
        for death in after:
            yield Victim("heap", death.unit, "node", death.at_us, death.slack_us, (row,), death)
