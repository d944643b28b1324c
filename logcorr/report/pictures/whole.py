"""The pictures of a report: what happened when, how quickly requests failed, and where."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from logcorr.report.pictures import canvas, course, over_time, places, speed
from logcorr.report.words import LEADS, amount, percent, plural, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from logcorr.diagnosis.incidents import Incident
    from logcorr.report.result import Report

#: inches
_SPEED: Final = 2.1


def draw(report: Report, axes: Any = None, zone: str = "UTC") -> Any:  # noqa: ANN401 (arrays of axes have no type)
    """Draw on these axes, or on a figure of our own; returns an array of axes.

    Three pictures: the time around the incidents; how long failed and working requests took; where they failed. Those without
    anything to show are left out, but on given axes; fewer axes show as many pictures.
    """
    import numpy as np

    canvas.zone_of(zone)
    shown = report.incidents
    spans = [(each.start_us, each.end_us) for each in shown]
    found = course.course(report.timeline, *around(report))
    how, where = speed.speed(report.timeline), places.places(report.timeline, spans)
    pictures: list[Callable[[Axes], object]] = [partial(speed.draw, how), partial(places.draw, where)]
    if axes is None:
        pictures = [each for each, shows in zip(pictures, (speed.tells(how), where), strict=True) if shows]
        heights = [over_time.inches(found)]
        heights += [_SPEED] if speed.tells(how) else []
        heights += [places.height(where)] if where else []
        parts = canvas.new_figure(sum(heights)).subplots(len(heights), 1, height_ratios=heights)
    else:
        parts = axes
    given = np.atleast_1d(np.asarray(parts, dtype=object)).ravel()
    over_time.draw(found, given[0], zone, spans, cause_of(shown[0], zone) if shown else None)
    if axes is None:
        given[0].set_title("", loc="left")
        given[0].figure.suptitle(headline(report, zone), x=0.01, ha="left", fontsize="medium", **canvas.LITERAL)
    else:
        given[0].set_title(headline(report, zone), loc="left", fontsize="medium", pad=over_time.PAD, **canvas.LITERAL)
    for picture, each in zip(pictures, given[1:], strict=False):
        picture(each)
    return given


def around(report: Report) -> tuple[Any, Any]:
    """From when to when is shown: the incidents and half as long before and after, within what is logged; all without one."""
    import pandas as pd

    known = course.extent(report.timeline)
    if not report.incidents or known is None:
        return None, None
    causes = [each.finding.start_us for incident in report.incidents for each in incident.causes[:1] if each.finding.start_us]
    start = min([*(each.start_us for each in report.incidents), *causes])
    end = max(each.end_us for each in report.incidents)
    beside = max((end - start) // 2, 60 * canvas.SECOND_US)
    edges = max(start - beside, min(known[0], start)), min(end + beside, max(known[1], end))
    first, last = (pd.Timestamp(each, unit="us", tz="UTC") for each in edges)
    return first, last


def cause_of(incident: Incident, zone: str) -> tuple[int, str] | None:
    """When the likeliest cause began, and what to call it."""
    for each in incident.causes:
        if each.finding.start_us is not None:
            when = canvas.clock(each.finding.start_us, canvas.zone_of(zone))
            return each.finding.start_us, f"{LEADS[each.grade].lower()}, {when}"
    return None


def headline(report: Report, zone: str) -> str:
    """What the first picture shows: the gravest incident, or that there is none."""
    checked = report.diagnosis
    if not report.incidents:
        return f"{report.verdict}: {plural(checked.requests, 'request')}, {amount(checked.failed)} of them failed (5xx)"
    incident, there = report.incidents[0], canvas.zone_of(zone)
    hit = incident.affected
    what = (
        f"{title(incident.causes[0].signature)}: {incident.subject}"
        if incident.causes
        else "requests failed, no cause can be named"
    )
    when = f"{canvas.clock(incident.start_us, there)} to {canvas.clock(incident.end_us, there)}"
    counted = f"{amount(hit.failed)} of {plural(hit.requests, 'request')} failed ({percent(hit.share)}), {when}"
    more = f"; {plural(len(report.incidents) - 1, 'more incident')}" if len(report.incidents) > 1 else ""
    return f"{canvas.plain(what, 75)}\n{counted}{more}"
