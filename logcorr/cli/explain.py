"""``logcorr explain``: what a signature looks for, and why it did or did not fire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from logcorr.cli.completion import signatures
from logcorr.cli.options import Color, Colors, Messages, NoCache, Year, Zones
from logcorr.cli.running import handed, leave, progress_shown

if TYPE_CHECKING:
    from logcorr.report.page import Page

EXPLAINED, FAULT = 0, 4
EPILOG: Final = (
    "Exit status: 0 explained, whatever came of it, 2 no such name, wrong usage or no readable evidence, "
    "4 a fault of logcorr's own."
)


def explain(  # noqa: PLR0913 (each is an option of the command line)
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="SIGNATURE",
            help="A signature, or a known message such as php-fpm.another_instance; none lists the signatures.",
            show_default=False,
            autocompletion=signatures,
        ),
    ] = None,
    evidence: Annotated[
        list[str] | None, typer.Argument(metavar="EVIDENCE", help="Folders, files or globs to try it on.", show_default=False)
    ] = None,
    *,
    zone: Zones = None,
    year: Year = None,
    color: Colors = Color.auto,
    messages: Messages = None,
    no_cache: NoCache = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show all lines of the evidence.")] = False,
) -> None:
    """Explain a signature: what it looks for, why it matters, when it misleads; with evidence, why it did or did not fire.

    \b
    Example:
      logcorr explain
      logcorr explain reload_failed
      logcorr explain reload_failed evidence/
      logcorr explain php-fpm.another_instance
    """  # noqa: D301 (a backspace it shall be: click then keeps the lines of the paragraph apart)
    how = {"zone": zone or [], "year": year, "cache": not no_cache, "messages": messages or []}
    leave(lambda: run(name, evidence or [], how, color, verbose=verbose), verbose=verbose)


def run(name: str | None, evidence: list[str], how: dict[str, Any], color: Color, *, verbose: bool) -> int:
    """Explain; the exit status."""
    import logcorr
    from logcorr.cli.pages import printed
    from logcorr.messages.known import add_all
    from logcorr.messages.program import Message
    from logcorr.report import explanation

    add_all(how["messages"])
    if name is None:
        printed(explanation.table, color, verbose=verbose)
        return EXPLAINED
    found = explanation.named(name)
    if isinstance(found, Message):
        if evidence:
            raise explanation.UnknownNameError(
                f"{name} is a message, no signature", hint="logcorr timeline EVIDENCE --grep finds lines of it"
            )
        printed(lambda page: explanation.explain_message(page, found), color, verbose=verbose)
        return EXPLAINED
    if not evidence:
        printed(lambda page: explanation.explain(page, found), color, verbose=verbose)
        return EXPLAINED
    with progress_shown(wanted=True) as progress:
        report = logcorr.diagnose(logcorr.read(handed(evidence), **how, progress=progress))

    def tell(page: Page) -> None:
        page.state(f"{found.name}:", found.title)
        explanation.outcome(page, found, report)

    printed(tell, color, verbose=verbose, files=[each.file.name for each in report.timeline.files])
    return FAULT if any(each.signature == found.name for each in report.failures) else EXPLAINED
