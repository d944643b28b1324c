"""How long failed and working requests of the same routes took: a failure without work is quick, a waiting one slow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from logcorr.report.pictures import canvas
from logcorr.report.words import plural
from logcorr.timeline import counts
from logcorr.timeline.engine import Engine

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from logcorr.timeline.timeline import Timeline

_MILLISECOND_S: Final = 0.001
_TICKS_S: Final = (0.001, 0.01, 0.1, 1, 10, 100, 1000, 10_000)
#: for the legend
_HEADROOM: Final = 1.4
#: failed and working; filled and hatched, so that they differ without colour too
_LOOKS: Final = (
    (0, "worked", canvas.WORKING, {"alpha": 0.75}),
    (1, "failed", canvas.FAILED, {"fill": False, "hatch": "////", "lw": 1.5}),
)


@dataclass(frozen=True)
class Speed:
    """Counts by step of duration, and the median of each outcome in seconds (1 failed, 0 worked)."""

    steps: pd.DataFrame
    middles: Mapping[int, float]


def speed(timeline: Timeline) -> Speed:
    """Count the durations of the routes that failed."""
    families = Engine(timeline).families
    return Speed(counts.durations(families), counts.middle_durations(families))


def draw(found: Speed, axes: Axes) -> Axes:
    """Draw the share of each outcome's requests by duration."""
    if not tells(found):
        canvas.say_instead(axes, "No failed request is logged with its duration.")
        return axes
    low, high = min(int(found.steps["step"].min()), -3 * counts.STEPS), max(int(found.steps["step"].max()), 0)
    signs = [_outcome(axes, found, low, high, *look) for look in _LOOKS if (found.steps["failed"] == look[0]).any()]
    axes.set_xscale("log")
    axes.set_xlim(edge(low), edge(high + 1))
    ticks = [each for each in _TICKS_S if edge(low) < each < edge(high + 1)]
    axes.set_xticks(ticks, [seconds(each) for each in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("duration" + (" (leftmost: below 1 ms)" if edge(low) < _MILLISECOND_S else ""))
    axes.set_ylabel("% of its kind", fontsize="small")
    axes.tick_params(axis="y", labelsize="small")
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    axes.legend(handles=signs, frameon=False, fontsize="small", loc="upper right", borderaxespad=0)
    top = axes.get_ylim()[1]
    axes.set_yticks([each for each in axes.get_yticks() if each <= min(top, 100)])
    axes.set_ylim(0, _HEADROOM * top)
    axes.set_title("How long requests of the failing routes took", loc="left", fontsize="medium")
    return axes


def tells(found: Speed) -> bool:
    """Whether any failed request is logged with its duration."""
    return bool((found.steps["failed"] == 1).any())


def _outcome(axes: Axes, found: Speed, low: int, high: int, failed: int, name: str, colour: str, look: dict[str, Any]) -> Any:  # noqa: ANN401, PLR0913, PLR0917 (an artist; one row of a table)
    own = found.steps[found.steps["failed"] == failed].set_index("step")["requests"].reindex(range(low, high + 1), fill_value=0)
    label = f"{name}: {plural(int(own.sum()), 'request')}, median {seconds(found.middles[failed])}"
    shares = 100 * own.where(own > 0).to_numpy() / own.sum()
    return axes.stairs(
        shares, [edge(each) for each in range(low, high + 2)], label=label, **{"fill": True, "color": colour, **look}
    )


def edge(step: int) -> float:
    """Where a step of duration begins, in seconds."""
    return float(10.0 ** (step / counts.STEPS))


def seconds(value: float) -> str:
    """A duration for people: ``12 ms``, ``1.3 s``."""
    if value < _MILLISECOND_S:
        return "below 1 ms"
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.3g} s"
