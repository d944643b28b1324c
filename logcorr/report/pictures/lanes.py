"""Deploys, services and complaints, each on a lane below the counts of requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from logcorr.report.pictures import canvas
from logcorr.report.pictures.course import Course
from logcorr.report.pictures.service_steps import STEPS, Step
from logcorr.report.words import amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMES: Final = 24
#: names of releases that have room
_RELEASES: Final = 3
#: signs of complaints that have room beside each other
_SIGNS: Final = 25
#: points between signs of one bin
_BESIDE: Final = 8


def draw(found: Course, part: Axes) -> list[Any]:
    """Draw them; returns the signs to explain."""
    from matplotlib.lines import Line2D

    part.spines["left"].set_visible(False)
    part.set_ylim(len(found.lanes) - 0.5, -0.5)
    names = [canvas.plain(_counted(name, found), _NAMES) for name in found.lanes]
    part.set_yticks(range(len(names)), names, fontsize="small", **canvas.LITERAL)
    part.tick_params(axis="y", length=0)
    for at in range(len(names)):
        part.axhline(at, color=canvas.ink(part), lw=0.5, alpha=0.25)
    used = set()
    if found.deploys:
        _deploys(part, found)
    for at, (_, steps) in enumerate(found.services, start=1 if found.deploys else 0):
        used |= set(steps)
        _steps(part, found, at, steps)
    if len(found.complaints):
        _complaints(part, found, len(found.lanes) - 1)
    signs = [Line2D([], [], color=canvas.BLUE, lw=1.2, ls="--", label="deploy")] if found.deploys else []
    signs += [Line2D([], [], ls="", label=step.says, **_look(step)) for step in STEPS if step.says in used]
    return signs


def _steps(part: Axes, found: Course, lane: int, steps: Mapping[str, list[int]]) -> None:
    """The signs of one service; several in one bin stand side by side."""
    from matplotlib.transforms import offset_copy

    before: Counter[int] = Counter()
    for step in STEPS:
        for each in steps.get(step.says, ()):
            (x,) = canvas.dates([each * found.width_us + found.width_us // 2])
            beside = offset_copy(part.transData, part.get_figure(root=True), x=_BESIDE * before[each], units="points")
            part.plot([x], [lane], ls="", transform=beside, **_look(step))
            before[each] += 1


def _look(step: Step) -> dict[str, Any]:
    return {"marker": step.marker, "ms": 7, "mfc": step.colour, "mec": "none"}


def _counted(name: str, found: Course) -> str:
    shown = int(found.complaints["complaints"].sum()) if len(found.complaints) else 0
    return f"complaints ({shown} of {found.all_complaints})" if name == "complaints" and shown < found.all_complaints else name


def _deploys(part: Axes, found: Course) -> None:
    for start, end, release in found.deploys:
        left, right = canvas.dates([start, max(end or start, start + found.width_us // 2)])
        part.plot([left, right], [0, 0], color=canvas.BLUE, lw=6, solid_capstyle="butt")
        if release and len(found.deploys) <= _RELEASES:
            late = start > (found.start_us + found.end_us) // 2
            part.annotate(
                canvas.plain(release, _NAMES),
                (left if late else right, 0),
                (-5 if late else 5, 0),
                textcoords="offset points",
                ha="right" if late else "left",
                va="center",
                fontsize="small",
                color=canvas.ink(part),
                **canvas.LITERAL,
            )


def _complaints(part: Axes, found: Course, lane: int) -> None:
    """How many complaints there were, those that lie close together as one sign."""
    apart = -(-(found.end_us - found.start_us) // found.width_us // _SIGNS)
    near: list[list[tuple[int, int]]] = []
    for row in found.complaints.itertuples():
        if not near or row.bin - near[-1][0][0] >= apart:
            near.append([])
        near[-1].append((int(row.bin), int(row.complaints)))
    for each in near:
        number = sum(count for _, count in each)
        middle = sum((at + 0.5) * count for at, count in each) / number
        (x,) = canvas.dates([int(middle * found.width_us)])
        part.plot([x], [lane], ls="", marker="o", ms=12, mfc=canvas.ORANGE, mec="none", clip_on=False)
        part.annotate(amount(number), (x, lane), ha="center", va="center_baseline", fontsize="x-small", color="black")
