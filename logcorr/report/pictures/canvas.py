"""What all pictures share: colours, figures, a time axis in a zone, bins, and texts of evidence that are shown as they are.

Pictures take the colours of text and background from the axes that they are drawn on, so that they fit a dark style as well as a
white page, and never touch matplotlib's settings. A figure of our own is made with ``pyplot``, as pandas does it: then a notebook
shows it without being asked to. Whoever gives axes gets no part of ``pyplot``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from logcorr.formats.clock import parse_offset
from logcorr.report.visible import shorten, visible
from logcorr.timeline.clocks import parse_zones

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

# Okabe and Ito's colours: eyes that confuse red and green tell them apart, and they show on white as well as on black
BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
WORKING: Final = SKY
FAILED: Final = VERMILLION

#: inches; at this width the figure's own letters are still read where it is printed 80 mm wide
WIDTH: Final = 5.6
SECOND_US: Final = 1_000_000
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
#: widths of bins that people count in, in seconds
BINS_S: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(each * _MINUTE_S for each in (1, 2, 5, 10, 15, 30)),
    *(each * _HOUR_S for each in (1, 2, 3, 6, 12)),
    *(each * _DAY_S for each in (1, 2, 7, 14, 28, 91, 365)),
)
#: so many bins are still told apart
MOST_BINS: Final = 100
#: texts of evidence stand as they are: no formulas, no TeX
LITERAL: Final[dict[str, Any]] = {"parse_math": False, "usetex": False}
_BASIC: Final = 0x250  # beyond Latin, the font may lack a letter


def new_figure(height: float) -> Figure:
    """A figure that a notebook shows by itself."""
    from matplotlib import pyplot as plt

    return plt.figure(figsize=(WIDTH, height), layout="constrained")


def ink(axes: Axes) -> Any:  # noqa: ANN401 (a colour, in any way that matplotlib writes one)
    """The colour of text on these axes."""
    return axes.xaxis.label.get_color()


def plain(text: str, width: int) -> str:
    """A text of the evidence for a label: visible, short, and of letters that the font has."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    safe = shorten(visible(text), width)
    if all(ord(each) < _BASIC for each in safe):
        return safe
    known = get_font(findfont(FontProperties())).get_charmap()
    return "".join(each if ord(each) in known else f"\\u{ord(each):04x}" for each in safe)


def literal(texts: Iterable[Text]) -> None:
    """Show these texts as they are, whatever signs they hold."""
    for each in texts:
        each.set(**LITERAL)


def say_instead(axes: Axes, text: str) -> None:
    """A sentence in place of a picture that there is nothing to draw of."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", wrap=True, transform=axes.transAxes, color=ink(axes))


def zone_of(zone: str) -> tzinfo:
    """A zone by name or offset.

    Raises:
        ZoneError: there is none of that name.
    """
    parse_zones([zone])
    offset = parse_offset(zone)
    if offset is None:
        return ZoneInfo(zone)
    return timezone(timedelta(seconds=offset)) if offset else UTC


def local(stamp_us: int, zone: tzinfo) -> datetime:
    """Microseconds since 1970 as a time in a zone."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=stamp_us)).astimezone(zone)


def clock(stamp_us: int, zone: tzinfo) -> str:
    """The time of day: ``09:56:26``."""
    return f"{local(stamp_us, zone):%H:%M:%S}"


def bin_width(start_us: int, end_us: int) -> int:
    """The width of a bin in microseconds: one that people count in, so that there are not too many."""
    needed = (end_us - start_us) / SECOND_US / MOST_BINS
    return next((each for each in BINS_S if each >= needed), BINS_S[-1]) * SECOND_US


def lasting(width_us: int) -> str:
    """The width of a bin for people: ``2 s``, ``5 min``."""
    seconds = width_us // SECOND_US
    for unit, length in (("d", _DAY_S), ("h", _HOUR_S), ("min", _MINUTE_S)):
        if seconds >= length and seconds % length == 0:
            return unit if seconds == length else f"{seconds // length} {unit}"
    return "s" if seconds == 1 else f"{seconds} s"


def dates(stamps_us: Sequence[int] | np.ndarray) -> Any:  # noqa: ANN401 (an array of floats)
    """Microseconds since 1970 as matplotlib counts time."""
    import numpy as np
    from matplotlib.dates import date2num

    return date2num(np.asarray(stamps_us, np.int64).astype("datetime64[us]"))  # type: ignore[no-untyped-call]


def time_axis(axes: Axes, start_us: int, end_us: int, zone: str) -> None:
    """Let the horizontal axis be time in a zone, and say which and of what day."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, DateFormatter

    there = zone_of(zone)
    first, last = local(start_us, there), local(end_us, there)
    locator = AutoDateLocator(tz=there, minticks=3, maxticks=5)  # type: ignore[no-untyped-call]
    axes.set_xlim(*dates([start_us, end_us]))
    axes.xaxis.set_major_locator(locator)
    one_day = first.date() == last.date()
    if one_day:
        seconds = end_us - start_us < 2 * _HOUR_S * SECOND_US
        shape: Any = DateFormatter("%H:%M:%S" if seconds else "%H:%M", tz=there)  # type: ignore[no-untyped-call]
    else:
        shape = ConciseDateFormatter(locator, tz=there, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(shape)
    days = f"{first:%Y-%m-%d}" if one_day else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    axes.set_xlabel(f"{days}, time in {zone}", **LITERAL)
