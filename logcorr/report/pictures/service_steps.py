"""The steps in services' lives, in lanes for a picture: which service did what, in which bin of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from logcorr.report.pictures.canvas import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from logcorr.signatures.lifecycle import stem

if TYPE_CHECKING:
    import pandas as pd

#: lanes of single services; what more there is shares one
MOST: Final = 4
STOPPED, STARTED, RESTARTED = "stopped", "started", "restarted"
OTHERS: Final = "other services"


@dataclass(frozen=True, slots=True)
class Step:
    """What is marked with one sign; ``weight`` is how much it says of a service that something happened to it."""

    says: str
    marker: str
    colour: str
    weight: int
    events: tuple[str, ...]


STEPS: Final = (
    Step("reloaded", "o", BLUE, 1, ("unit.reload.finished",)),
    Step(STARTED, "^", GREEN, 0, ("unit.started", "service.running")),
    Step(STOPPED, "v", ORANGE, 1, ("unit.stopping", "unit.stopped", "service.terminating")),
    Step(
        "reload or start refused",
        "X",
        VERMILLION,
        3,
        (
            *("unit.reload.failed", "unit.reload.timed_out", "unit.reload.refused", "service.reload.failed", "config.rejected"),
            *("listen.address_in_use", "listen.failed", "service.init_failed", "unit.start.failed", "unit.start.limit_hit"),
        ),
    ),
    Step(
        "died",
        "D",
        PURPLE,
        3,
        ("unit.process.exited", "unit.failed", "unit.killed", "unit.oom_killed", "unit.timed_out", "unit.watchdog.timed_out"),
    ),
    Step(RESTARTED, "P", GREEN, 1, ()),  # stopped and started in one bin
    Step("workers lost or all busy", "s", ORANGE, 2, ("worker.killed", "worker.timed_out", "worker.pool_exhausted")),
)
STEP_OF: Final[Mapping[str, Step]] = {event: step for step in STEPS for event in step.events}


def lanes(events: pd.DataFrame) -> list[tuple[str, dict[str, list[int]]]]:
    """Services and, of each, the bins of its steps by ``Step.says``; the gravest services first.

    Services that only start, as all do with their host, are left out.
    """
    units = sorted(set(events["unit"].dropna()))
    managed = set(events.loc[events["event_name"].str.startswith("unit."), "unit"].dropna())
    found: dict[str, dict[str, set[int]]] = {}
    for row in events.itertuples():
        name = lane_of(row.unit, row.service_name, row.message_id, units)
        step = STEP_OF[row.event_name]
        if name and not says_little(row, name in managed):
            found.setdefault(name, {}).setdefault(step.says, set()).add(int(row.bin))
    for steps in found.values():
        both = steps.get(STOPPED, set()) & steps.get(STARTED, set())
        if both:
            steps[RESTARTED] = both
            steps[STOPPED], steps[STARTED] = steps[STOPPED] - both, steps[STARTED] - both
    weights = {step.says: step.weight for step in STEPS}
    gravity = {name: max(weights[says] for says, bins in steps.items() if bins) for name, steps in found.items()}
    named = sorted((name for name in found if gravity[name]), key=lambda name: (-gravity[name], name))
    kept = named if len(named) <= MOST else named[: MOST - 1]
    rows = [(name, {says: sorted(bins) for says, bins in found[name].items() if bins}) for name in kept]
    if len(named) > len(kept):
        rest: dict[str, set[int]] = {}
        for name in named[len(kept) :]:
            for says, bins in found[name].items():
                rest.setdefault(says, set()).update(bins)
        rows.append((f"{len(named) - len(kept)} {OTHERS}", {says: sorted(bins) for says, bins in rest.items()}))
    return rows


def says_little(event: Any, managed: bool) -> bool:  # noqa: ANN401 (a named tuple of pandas)
    """Whether an event is no step: a process that ended well; a service that runs, of which its manager tells whether it started."""
    if event.event_name == "unit.process.exited":
        return bool(event.exit_code == "0")
    return managed and event.event_name == "service.running"


def lane_of(unit: object, service: object, message: object, units: list[str]) -> str:
    """The service that an event is of: its unit, the unit of the same program, or the program."""
    if isinstance(unit, str):
        return unit
    program = str(message).partition(".")[0] if isinstance(message, str) else ""
    if not program or program == "systemd":
        return service if isinstance(service, str) and service != "systemd" else ""
    return next((each for each in units if stem(each) == stem(program)), program)
