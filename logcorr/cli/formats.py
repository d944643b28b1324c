"""``logcorr formats``: which formats are known, and what files are taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from logcorr.cli.options import Color, Colors, Year, Zones
from logcorr.cli.running import handed, leave

if TYPE_CHECKING:
    from logcorr.report.page import Page

KNOWN, UNKNOWN = 0, 1
EPILOG: Final = (
    "Exit status: 0 every file is taken for something, 1 some are not, 2 wrong usage or no such file, "
    "4 a fault of logcorr's own."
)


def formats(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Files, folders or globs; none lists the formats.", show_default=False),
    ] = None,
    *,
    zone: Zones = None,
    year: Year = None,
    color: Colors = Color.auto,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show samples of each format; of files, all lines that are not understood.")
    ] = False,
) -> None:
    """List the formats that are known; of files, tell what each is taken for, why, and which lines are not understood.

    Give all files at once: they tell each other's zones, and nginx's configuration tells how its access log is written.

    \b
    Example:
      logcorr formats
      logcorr formats evidence/
      logcorr formats /etc/nginx/nginx.conf access.log
    """  # noqa: D301 (a backspace it shall be: click then keeps the lines of the paragraph apart)
    leave(lambda: run(files or [], zone or [], year, color, verbose=verbose), verbose=verbose)


def run(files: list[str], zone: list[str], year: int | None, color: Color, *, verbose: bool) -> int:
    """List, or look at the files; the exit status."""
    from logcorr.cli.pages import printed
    from logcorr.evidence import gather
    from logcorr.reading import read_files
    from logcorr.reading.study import known_formats, study
    from logcorr.report.recognition import known, taken_for
    from logcorr.timeline.build import build
    from logcorr.timeline.clocks import parse_zones

    listed = known_formats()
    if not files:
        printed(lambda page: known(page, listed, samples=verbose), color, verbose=verbose)
        return KNOWN
    facts = read_files(gather(handed(files)))
    timeline = build(facts, parse_zones(zone, year))
    studies = study(facts)
    about = {each.name: each.about for each in listed}
    understood = []

    def tell(page: Page) -> None:
        understood.append(taken_for(page, timeline, studies, about))

    printed(tell, color, verbose=verbose)
    return KNOWN if all(understood) else UNKNOWN
