"""Arguments and options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


class Color(StrEnum):
    """When the output is coloured."""

    auto = "auto"
    always = "always"
    never = "never"


Evidence: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="EVIDENCE",
        help="Folders, files, archives, globs or URIs (hdfs://, s3://); - is standard input.",
        show_default=False,
    ),
]
Zones: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--zone",
        metavar="[SOURCE=]ZONE",
        help="Zone of times that state none, for all or one source: Europe/Berlin, app_text=UTC. Repeatable.",
    ),
]
Year: TypeAlias = Annotated[
    int | None, typer.Option("--year", min=1970, max=9999, help="Year of times that state none.", show_default=False)
]
Since: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help='Leave out what happened earlier: "2026-11-23 09:50", "21:47" on the day of the evidence; in UTC, or in --zone.',
        show_default=False,
    ),
]
Until: TypeAlias = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Leave out what happened later.", show_default=False)
]
Output: TypeAlias = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write there instead of to standard output.", show_default=False),
]
NoCache: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Read everything anew, and keep nothing of large logs for the next question (see logcorr cache)."
    ),
]
Messages: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--messages",
        metavar="FILE",
        help="Known messages of your own (TOML, see docs/messages.md). Repeatable.",
        show_default=False,
    ),
]
Timed: TypeAlias = Annotated[bool, typer.Option("--timings", help="Tell on standard error what each stage took.")]
Colors: TypeAlias = Annotated[
    Color, typer.Option("--color", help="When to use colours; auto honours NO_COLOR and FORCE_COLOR.")
]
