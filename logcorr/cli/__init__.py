"""The command line: arguments, one call into the library, exit codes. One command one file; nothing heavy before a command runs."""

from __future__ import annotations

import gc
import sys
from typing import Annotated, Final

import typer

from logcorr.cli import cache, explain, formats, report, timeline
from logcorr.cli.running import INTERRUPTED

EXAMPLE: Final = """Find out from logs what broke, since when, for whom, and why.

Give it what you have: a folder with logs as they lie on a server, single files,
or globs; plain or compressed.

\b
Example:
  logcorr report evidence/
  logcorr report /var/log/nginx /var/log/syslog* --zone Europe/Berlin
  logcorr timeline evidence/ --around "2026-11-23 09:56" --within 30s
  logcorr formats evidence/
  logcorr explain reload_failed
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
app.command(name="report", epilog=report.EPILOG)(report.report)
app.command(name="timeline", epilog=timeline.EPILOG)(timeline.timeline)
app.command(name="formats", epilog=formats.EPILOG)(formats.formats)
app.command(name="explain", epilog=explain.EPILOG)(explain.explain)
app.command(name="cache", epilog=cache.EPILOG)(cache.cache)


def print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        import logcorr

        typer.echo(f"logcorr {logcorr.__version__}")
        raise typer.Exit


@app.callback(help=EXAMPLE)
def logcorr_(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Log forensics."""


def main() -> None:
    """Run the command line; leaves with the exit status."""
    gc.set_threshold(100_000, 50, 50)  # a report makes much and drops little: looking for cycles took a tenth of its time
    try:
        app(prog_name="logcorr")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # of the help
        from logcorr.report.destination import discard_output

        discard_output()
