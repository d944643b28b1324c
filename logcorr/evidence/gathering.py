"""Which files the evidence holds: folders, globs, open files and archives, each file once."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, TypeAlias, cast

from logcorr.errors import EvidenceError
from logcorr.evidence.archives import files_in
from logcorr.evidence.files import EvidenceFile, in_memory, judged, look_at, look_at_remote, name_of
from logcorr.evidence.remote import is_uri

#: what a caller may hand over: a path, a glob, or a file that is open for reading
Given: TypeAlias = "str | os.PathLike[str] | IO[bytes] | IO[str]"


def gather(evidence: Given | Iterable[Given]) -> list[EvidenceFile]:
    """The files of paths, URIs, folders (whole trees), globs and archives in the order of their names, and open files; each once.

    An open file is read to its end, into memory.

    Raises:
        EvidenceError: a path does not exist or cannot be reached, or there is no file at all.
    """
    files: dict[str, EvidenceFile] = {}
    one = isinstance(evidence, (str, os.PathLike)) or hasattr(evidence, "read")
    for each in [cast("Given", evidence)] if one else cast("Iterable[Given]", evidence):
        for file in files_of(each):
            put(files, file)
    if not files:
        raise EvidenceError("no files to read", hint="the folder is empty: collect logs into it, or give other paths")
    return list(files.values())


def files_of(given: Given) -> Iterator[EvidenceFile]:
    """The files of one path, URI, folder or glob, or an open file."""
    if not isinstance(given, (str, os.PathLike)):
        yield handed_over(given)
        return
    text = os.fspath(given)
    path = Path(text)
    if is_uri(text):
        yield from look_at_remote(text)
    elif os.path.lexists(text) and path.is_fifo():  # the shell's <(command)
        with path.open("rb") as stream:
            yield replace(handed_over(stream), name=name_of(path))
    elif os.path.lexists(text):
        yield from walk(path)
    else:
        found = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 (a glob of several parts, relative or not)
        if not found:
            raise EvidenceError(f"no such file or folder: {text}", hint="give the folder that holds the logs, or the files")
        for match in found:
            yield from walk(Path(match))


def put(files: dict[str, EvidenceFile], file: EvidenceFile) -> None:
    """Add a file, once however its path is spelled, of an archive its members.

    Another one in memory under the same name gets a name of its own.
    """
    if file.archive:
        for member in files_in(file, judged):
            files.setdefault(place_of(member), member)
        return
    name, at = file.name, 1
    while file.content is not None and (other := files.get(place_of(file))) is not None and other.content != file.content:
        at += 1
        file = replace(file, name=f"{name} ({at})", path=Path(f"{name} ({at})"))
    files.setdefault(place_of(file), file)


def place_of(file: EvidenceFile) -> str:
    """The path by which a file is known; links stay as they are."""
    return os.path.abspath(file.path)  # noqa: PTH100 (a path may hold what pathlib refuses)


def handed_over(stream: IO[bytes] | IO[str]) -> EvidenceFile:
    """An open file, read to its end: named as its ``name`` says."""
    named = getattr(stream, "name", None)
    content = stream.read()
    return in_memory(named if isinstance(named, str) and named else "<stream>", content)


def walk(path: Path) -> Iterator[EvidenceFile]:
    """The files below a path; a folder's own in the order of names. Links to folders are not followed."""
    if not path.is_dir():
        yield look_at(path)
        return
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        yield EvidenceFile(name_of(path), path, problem=f"cannot be listed: {error.strerror}")
        return
    for entry in entries:
        if entry.is_dir() and entry.is_symlink():
            yield EvidenceFile(name_of(entry), entry, problem="a link to a folder: not followed")
        elif entry.is_dir():
            yield from walk(entry)
        else:
            yield look_at(entry)
