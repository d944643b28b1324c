"""What happened over a stretch of time, counted in bins: what the picture of time draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from logcorr.report.pictures import canvas
from logcorr.report.pictures.service_steps import STEP_OF, lanes
from logcorr.timeline import counts
from logcorr.timeline.engine import Engine
from logcorr.timeline.timeline import instant

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.timeline.timeline import Moment, Timeline

#: heights of the parts: requests, failed ones, one that says that there is none, each lane, and what lies between
REQUESTS: Final = 3.0
FAILED: Final = 2.0
NONE: Final = 0.9
LANE: Final = 0.75
GAP: Final = 0.35
#: so few bins would make bars of a breadth that says nothing
FEWEST_BINS: Final = 10


@dataclass
class Course:
    """Counts by bin; ``deploys`` are beginning, end and release of each; ``lanes`` are the names of what lies below the counts."""

    start_us: int
    end_us: int
    width_us: int
    requests: pd.DataFrame
    services: list[tuple[str, dict[str, list[int]]]]
    deploys: list[tuple[int, int | None, str]]
    complaints: pd.DataFrame
    all_complaints: int
    lanes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lanes = ["deploys"] if self.deploys else []
        self.lanes += [name for name, _ in self.services]
        self.lanes += ["complaints"] if len(self.complaints) else []

    @property
    def failed(self) -> int:
        """How many requests failed."""
        return int(self.requests["failed"].sum())

    @property
    def counted(self) -> int:
        """How many requests there were."""
        return int(self.requests["requests"].sum())

    @property
    def bars(self) -> list[tuple[str, float]]:
        """The parts that count requests, and their heights."""
        if not self.counted:
            return [("requests", NONE)]
        return [("requests", REQUESTS), ("failed", FAILED if self.failed else NONE)]

    @property
    def height(self) -> float:
        """How much room its parts need, in units of about a third of an inch."""
        return sum(height for _, height in self.bars) + GAP + LANE * len(self.lanes)


def course(timeline: Timeline, start: Moment | None = None, end: Moment | None = None) -> Course | None:
    """Count what happened from ``start`` to ``end``, or in all the time that requests are logged; None where nothing has a time."""
    families = Engine(timeline).families
    known = extent(timeline)
    if known is None:
        return None
    start_us = known[0] if start is None else instant(start).value // 1000
    end_us = known[1] if end is None else instant(end).value // 1000
    width = canvas.bin_width(start_us, end_us)
    start_us = start_us // width * width
    end_us = max((end_us // width + 1) * width, start_us + FEWEST_BINS * width)
    spans = [(start_us, end_us - 1)]
    return Course(
        start_us,
        end_us,
        width,
        counts.by_time(families, width, spans),
        lanes(counts.service_steps(families, STEP_OF, width, spans)),
        [each for each in deploys(timeline) if each[0] < end_us and (each[1] or each[0]) >= start_us],
        counts.complaints(families, width, spans),
        timeline.counts["complaints"],
    )


def extent(timeline: Timeline) -> tuple[int, int] | None:
    """The time that requests are logged, with deploys and complaints near it; without requests, the time of all logs."""
    families = Engine(timeline).families
    known = counts.extent(families["requests"])
    if known is None:
        edges = [edge for name in ("log", "deploys", "complaints") if (edge := counts.extent(families[name]))]
        return (min(start for start, _ in edges), max(end for _, end in edges)) if edges else None
    start, end = known
    near = [edge for name in ("deploys", "complaints") if (edge := counts.extent(families[name]))]
    slack = max((end - start) // 4, 60 * canvas.SECOND_US)
    starts = [each for each, _ in near if start - slack <= each]
    ends = [each for _, each in near if each <= end + slack]
    return min([start, *starts]), max([end, *ends])


def deploys(timeline: Timeline) -> list[tuple[int, int | None, str]]:
    """Beginning, end and release of each deploy; an end that follows a beginning of the same release belongs to it."""
    found: list[tuple[int, int | None, str]] = []
    rows = timeline.deploys
    for row in rows[rows["timestamp"].notna()].itertuples():
        release = row.service_version if isinstance(row.service_version, str) else ""
        end = None if row.deployment_status == "started" else row.timestamp.value // 1000
        if end is not None and found and found[-1][1] is None and found[-1][2] == release:
            found[-1] = (found[-1][0], end, release)
        else:
            found.append((int(row.started_us), end, release))
    return found
