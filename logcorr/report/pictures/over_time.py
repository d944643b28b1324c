"""One axis of time: how many requests there were, how many failed, what was deployed, what services did, who complained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from logcorr.report.pictures import canvas, course, lanes
from logcorr.report.pictures.course import Course
from logcorr.report.words import amount, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: points between the title and the sign of the cause
PAD: Final = 10


def inches(found: Course | None) -> float:
    """How high a figure of this picture alone, or its share of a figure, is to be."""
    return 1.35 + 0.33 * (found.height if found else 1.0)


def draw(
    found: Course | None, axes: Axes, zone: str, spans: Sequence[tuple[int, int]] = (), cause: tuple[int, str] | None = None
) -> Axes:
    """Draw it. The parts are axes of their own inside of ``axes``, with one axis of time (``axes.child_axes``).

    Args:
        found: what happened.
        axes: where to.
        zone: of the times.
        spans: incidents, shaded.
        cause: when it began, and what it is called.
    """
    if found is None:
        canvas.say_instead(axes, "Nothing in the evidence has a time.")
        return axes
    canvas.time_axis(axes, found.start_us, found.end_us, zone)
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    signs: list[Any] = []
    for start, end in spans:
        left, right = canvas.dates([start, max(end, start + found.width_us)])
        shade = axes.axvspan(left, right, color=canvas.VERMILLION, alpha=0.2, lw=0, label="incident")
        signs = [shade]
    for start, _, _ in found.deploys:
        axes.axvline(canvas.dates([start])[0], color=canvas.BLUE, lw=1.2, ls="--")
    top = 1.0
    total = found.height
    for name, height in found.bars:
        part = _part(axes, top - height / total, height / total)
        _bars(part, found, name)
        top -= height / total
    if found.lanes:
        height = course.LANE * len(found.lanes) / total
        signs += lanes.draw(found, _part(axes, 0.0, height))
    if cause:
        signs.append(_cause(axes, *cause))
    if signs:
        from matplotlib.transforms import offset_copy

        below = offset_copy(axes.transAxes, axes.get_figure(root=True), y=-38, units="points")
        legend = axes.legend(
            handles=signs,
            loc="upper left",
            bbox_to_anchor=(0, 0),
            bbox_transform=below,
            ncols=2,
            frameon=False,
            fontsize="small",
            borderaxespad=0,
            handletextpad=0.4,
            columnspacing=1.2,
        )
        canvas.literal(legend.get_texts())
    said = f"{plural(found.counted, 'request')}, {amount(found.failed)} of them failed (5xx)" if found.counted else ""
    axes.set_title(said, loc="left", fontsize="medium", pad=PAD)
    return axes


def _part(axes: Axes, bottom: float, height: float) -> Axes:
    part = axes.inset_axes((0.0, bottom, 1.0, height), sharex=axes)
    part.patch.set_visible(False)
    part.tick_params(axis="x", which="both", bottom=False, labelbottom=False)
    for side in ("right", "top", "bottom"):
        part.spines[side].set_visible(False)
    return part


def _bars(part: Axes, found: Course, name: str) -> None:
    """Counts by bin: requests upwards, and failed ones downwards from the same line, on a scale of their own."""
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    bins = np.arange(found.start_us // found.width_us, found.end_us // found.width_us)
    rows = found.requests.set_index("bin")[name].reindex(bins, fill_value=0).to_numpy()
    edges = canvas.dates(np.append(bins, bins[-1] + 1) * found.width_us)
    failed = name == "failed"
    colour = canvas.FAILED if failed else canvas.WORKING
    part.stairs(rows, edges, fill=True, color=colour, alpha=1.0 if failed else 0.75)
    most = max(int(rows.max()), 1)
    part.set_ylim((most * 1.1, 0) if failed else (0, most * 1.08))
    part.axhline(0, color=canvas.ink(part), lw=0.8)
    ticks = MaxNLocator(nbins=3, integer=True, min_n_ticks=1).tick_values(0, most)
    kept = [int(each) for each in ticks if int(failed) <= each <= most]
    part.set_yticks(kept, [amount(each) for each in kept])
    part.tick_params(axis="y", labelsize="small")
    if not (found.failed if failed else found.counted):
        part.set_yticks([])
        part.spines["left"].set_visible(False)
        part.text(
            0.01,
            0.5,
            "no request failed" if failed else "no requests are logged",
            transform=part.transAxes,
            va="center",
            fontsize="small",
            color=canvas.ink(part),
        )
        return
    said = "failed" if failed else "requests"
    part.set_ylabel(f"{said}\nper {canvas.lasting(found.width_us)}", fontsize="small")


def _cause(axes: Axes, start_us: int, name: str) -> Any:  # noqa: ANN401 (an artist)
    (x,) = canvas.dates([start_us])
    axes.axvline(x, color=canvas.ink(axes), lw=1.2)
    (sign,) = axes.plot(
        [x],
        [1.0],
        ls="",
        marker="v",
        ms=9,
        color=canvas.ink(axes),
        transform=axes.get_xaxis_transform(),
        clip_on=False,
        label=name,
        zorder=10,
    )
    return sign
