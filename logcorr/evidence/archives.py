"""The files inside an archive: tar (also compressed) and zip, and one archive inside another.

Members are unpacked into a folder of our own under numbers, never under their own names, so that no name can lead out of it; what
is no regular file (a link, a device) is named as not read. The folder lasts as long as its files are known to anybody.
"""

from __future__ import annotations

import shutil
import stat
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, cast

from logcorr.evidence.blocks import BROKEN
from logcorr.evidence.files import EvidenceFile

#: archives inside archives are opened so deep
DEEPEST: Final = 2
_CHUNK: Final = 1 << 20
#: ``zipfile`` raises RuntimeError for a member with a password, NotImplementedError for one packed in a way it does not know
_DAMAGED: Final = (*BROKEN, tarfile.TarError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


@dataclass
class Budget:
    """How much may still be unpacked of one archive that was handed over.

    A bomb is told by what it would need: more than ``ratio`` times its own size, where that is more than ``least_bytes`` (logs seldom
    shrink to less than a fiftieth), or more than ``members`` files.
    """

    size: int
    ratio: int = 200
    least_bytes: int = 256 << 20
    members: int = 100_000

    def __post_init__(self) -> None:
        self.left = max(self.size * self.ratio, self.least_bytes)

    def spend(self, count: int) -> None:
        """Take so many bytes.

        Raises:
            OverflowError: there are not so many left.
        """
        self.left -= count
        if self.left < 0:
            raise OverflowError


@dataclass(frozen=True)
class Member:
    """One entry: its name as the archive has it, why it is not read (empty when it is), and its bytes."""

    name: str
    problem: str
    written_us: int
    open: Callable[[], BinaryIO]


class Folder:
    """Where members are unpacked; removed when nobody refers to it any more."""

    def __init__(self) -> None:
        self._path = Path(tempfile.mkdtemp(prefix="logcorr-"))  # of mode 0700
        self._count = 0
        weakref.finalize(self, shutil.rmtree, self._path, ignore_errors=True)

    def next(self) -> Path:
        """A path that is not taken yet."""
        self._count += 1
        return self._path / str(self._count)


def files_in(archive: EvidenceFile, look: Callable[[EvidenceFile], EvidenceFile]) -> Iterator[EvidenceFile]:
    """The files in an archive (tar or zip), named ``evidence.tar.gz!/var/log/syslog``; ``look`` tells what each is."""
    yield from _unpacked(archive, look, Folder(), Budget(archive.size), 1)


def _unpacked(
    archive: EvidenceFile, look: Callable[[EvidenceFile], EvidenceFile], folder: Folder, budget: Budget, depth: int
) -> Iterator[EvidenceFile]:
    count = 0
    try:
        for member in _MEMBERS[archive.archive](archive):
            name = f"{archive.name}!/{member.name.removeprefix('./').lstrip('/')}"
            name = name.encode(errors="backslashreplace").decode()
            path = Path(name)
            count += 1
            if count > budget.members:
                yield EvidenceFile(
                    name, path, problem=f"the archive has more than {budget.members} files: the rest is not read"
                )
                return
            if member.problem:
                yield EvidenceFile(name, path, problem=member.problem)
                continue
            place = folder.next()
            try:
                with member.open() as source, place.open("wb") as target:
                    while piece := source.read(_CHUNK):
                        budget.spend(len(piece))
                        target.write(piece)
            except OverflowError:
                yield EvidenceFile(
                    name, path, problem="unpacks to far more than the archive's size: not read, nor what follows it"
                )
                return
            except _DAMAGED as error:
                yield EvidenceFile(name, path, problem=f"cannot be unpacked: {error or type(error).__name__}")
                continue
            file = look(EvidenceFile(name, place, changed_us=member.written_us, keeps=folder))
            if not file.archive:
                yield file
            elif depth < DEEPEST:
                yield from _unpacked(file, look, folder, budget, depth + 1)
            else:
                yield replace(file, problem="an archive in an archive in an archive: unpack it first")
    except _DAMAGED as error:
        yield replace(archive, problem=f"damaged: {error or type(error).__name__}; the files before that are read")


def _tar_members(archive: EvidenceFile) -> Iterator[Member]:
    with archive.open() as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        for entry in tar:
            if entry.isdir():
                continue
            problem = "" if entry.isreg() else "no regular file (a link or a device): not read"
            opened = cast("Callable[[], BinaryIO]", partial(tar.extractfile, entry))
            yield Member(entry.name, problem, int(entry.mtime) * 1_000_000, opened)


def _zip_members(archive: EvidenceFile) -> Iterator[Member]:
    with archive.open() as stream, tempfile.TemporaryFile() as seekable:
        shutil.copyfileobj(stream, seekable, _CHUNK)
        with zipfile.ZipFile(seekable) as packed:
            for entry in packed.infolist():
                if entry.is_dir():
                    continue
                mode = entry.external_attr >> 16
                encrypted = entry.flag_bits & 1
                problem = "encrypted: not read" if encrypted else "a link: not read" if stat.S_ISLNK(mode) else ""
                # a zip states local time without a zone: that is no time to rely on
                yield Member(entry.filename, problem, 0, cast("Callable[[], BinaryIO]", partial(packed.open, entry)))


_MEMBERS: Final[dict[str, Callable[[EvidenceFile], Iterator[Member]]]] = {"tar": _tar_members, "zip": _zip_members}
