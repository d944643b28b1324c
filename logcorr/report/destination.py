"""Where a report goes: a terminal, a pipe, or a file; how wide, in colour or not."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

#: columns of a report that is not read on a terminal
WIDTH: Final = 120
LEAST_WIDTH: Final = 40


def is_coloured(output: Path | None, color: str) -> bool:
    """Whether to colour: ``always`` and ``never`` as they say, else as NO_COLOR and FORCE_COLOR do, else on a terminal."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR") or output is not None:
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def width(output: Path | None) -> int:
    """The columns of the terminal, or as COLUMNS says; a report for a file or a pipe has a fixed width."""
    if output is None and (sys.stdout.isatty() or os.environ.get("COLUMNS")):
        return max(shutil.get_terminal_size((WIDTH, 24)).columns, LEAST_WIDTH)
    return WIDTH


def write(content: Iterable[bytes], output: Path | None) -> None:
    """Pieces to a file, whole or not at all, or to standard output, where a reader who went away is no error."""
    if output is not None:
        write_file(content, output)
        return
    try:
        sys.stdout.flush()
        for piece in content:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        discard_output()


def discard_output() -> None:
    """Send what standard output still holds nowhere: nobody reads it, and the interpreter flushes it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_file(content: Iterable[bytes], output: Path) -> None:
    """Beside its place first, then moved there, with the mode of the file before; a device or a pipe is written to."""
    target = Path(os.path.realpath(output))
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            stream.writelines(content)
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as stream:
            if target.exists():
                beside.chmod(target.stat().st_mode & 0o777)
            stream.writelines(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def trouble_with(output: Path) -> str:
    """Why a report cannot be written there; empty when it can."""
    target = Path(os.path.realpath(output))
    if target.is_dir():
        return f"{output} is a folder"
    if not target.exists() and not target.parent.is_dir():
        return f"there is no folder {target.parent}"
    place = target if target.exists() and not target.is_file() else target.parent
    return "" if os.access(place, os.W_OK) else f"{output} cannot be written"
