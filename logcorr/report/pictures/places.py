"""Where requests failed: upstreams and routes, with how many of their requests did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr.report.pictures import canvas
from logcorr.report.words import amount, percent
from logcorr.timeline import counts
from logcorr.timeline.engine import Engine
from logcorr.timeline.failed_kinds import last_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from logcorr.timeline.timeline import Timeline

#: shown of upstreams and of routes
MOST: Final = 6
_NAMES: Final = 32
_WITHOUT: Final = "none: nginx answered alone"


@dataclass(frozen=True, slots=True)
class Place:
    """An upstream or a route; ``requests`` is None where the log does not tell how many worked there."""

    name: str
    failed: int = 0
    requests: int | None = None
    is_heading: bool = False


def places(timeline: Timeline, spans: Sequence[tuple[int, int]] = ()) -> list[Place]:
    """Count the failed requests of these times by upstream and by route, each with all requests there."""
    families = Engine(timeline).families
    routes = counts.by_route(families, spans)
    names = routes["http_request_method"].fillna("-") + " " + routes["http_route"].fillna("-")
    groups = (("upstream", upstreams(counts.by_upstream(families, spans))), ("route", routes.assign(name=names)))
    found: list[Place] = []
    for title, rows in groups:
        if rows["failed"].sum():
            found.append(Place(f"by {title}", is_heading=True))
            found += [Place(row.name, int(row.failed), whole(row.requests)) for row in rows.head(MOST).itertuples(index=False)]
            rest = rows.iloc[MOST:]
            if len(rest):
                found.append(
                    Place(f"{len(rest)} more {title}s", int(rest["failed"].sum()), whole(rest["requests"].sum(skipna=False)))
                )
    return found


def whole(value: float) -> int | None:
    """A count, None for a missing one."""
    return None if value != value else int(value)  # noqa: PLR0124 (NaN)


def upstreams(rows: pd.DataFrame) -> pd.DataFrame:
    """Requests by the upstream that was tried last: name, requests, failed; without what the log does not tell."""
    alone = rows["upstream_address"].isin(["-", ""]) & rows["error_upstream"].isna()
    named = rows.assign(name=tried_last(rows).where(~alone, _WITHOUT)).dropna(subset=["name"])
    grouped = named.groupby("name", as_index=False)[["requests", "failed"]].sum()
    grouped = grouped[(grouped["name"] != _WITHOUT) | (grouped["failed"] > 0)]
    if rows["upstream_address"].isna().all():  # the error log names the upstreams of failed requests alone
        grouped["requests"] = float("nan")
    return grouped.sort_values(["failed", "requests", "name"], ascending=[False, False, True])


def tried_last(rows: pd.DataFrame) -> pd.Series:
    """The upstream that was tried last: as the error line says, else as the access line does; missing where neither does."""
    return rows["error_upstream"].astype("string").fillna(last_of(rows["upstream_address"]))


def height(found: Sequence[Place]) -> float:
    """How much room it needs, in inches."""
    return 0.9 + 0.2 * len(found)


def draw(found: Sequence[Place], axes: Axes) -> Axes:
    """Draw a bar a place."""
    if not found:
        canvas.say_instead(axes, "No request failed.")
        return axes
    rows = range(len(found))
    axes.barh(rows, [each.failed for each in found], color=canvas.FAILED, height=0.7)
    axes.set_ylim(len(found) - 0.4, -0.6)
    names = [each.name if each.is_heading else canvas.plain(each.name, _NAMES) for each in found]
    axes.set_yticks(rows, names, fontsize="small", **canvas.LITERAL)
    for label, each in zip(axes.get_yticklabels(), found, strict=True):
        if each.is_heading:
            label.set_fontweight("bold")
    for at, each in enumerate(found):
        if not each.is_heading:
            of = f" of {amount(each.requests)} ({percent(each.failed / each.requests)})" if each.requests else ""
            axes.annotate(
                f"{amount(each.failed)}{of}",
                (each.failed, at),
                (4, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
                color=canvas.ink(axes),
            )
    axes.set_xlim(0, 1.9 * max(each.failed for each in found))
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    for side in ("right", "top", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_title("Where requests failed, of how many there", loc="left", fontsize="medium")
    return axes
