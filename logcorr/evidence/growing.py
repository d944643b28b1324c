"""Files that others write while they are read: read to the size that they had when they were found, and what became of them since.

What is appended leaves the bytes before it as they are, so that the digest, the sums and the lines are of the same bytes. A file that was
cut, replaced, changed or removed meanwhile is named as such.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logcorr.evidence.files import EvidenceFile


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file was like when it was found: which one it was, its size, and when it was last written (nanoseconds)."""

    device: int
    inode: int
    size: int
    written_ns: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Seen:
        """What ``stat`` says."""
        return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


class Bounded(io.RawIOBase):
    """The first ``length`` bytes of an open file without a buffer, which is closed with it; fewer where there are fewer."""

    def __init__(self, file: Any, length: int) -> None:  # noqa: ANN401 (of the disk, or of Arrow's file systems)
        super().__init__()
        self._file = file
        self._length = length

    def readinto(self, buffer: Any, /) -> int | None:  # noqa: ANN401, D102 (any buffer that can be written)
        view = memoryview(buffer).cast("B")
        return self._file.readinto(view[: max(0, self._length - self._file.tell())])

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:  # noqa: D102
        return self._file.seek(self._length + offset) if whence == os.SEEK_END else self._file.seek(offset, whence)

    def tell(self) -> int:  # noqa: D102
        return self._file.tell()

    def readable(self) -> bool:  # noqa: D102
        return True

    def seekable(self) -> bool:  # noqa: D102
        return True

    def fileno(self) -> int:  # noqa: D102
        return self._file.fileno()

    def close(self) -> None:  # noqa: D102
        self._file.close()
        super().close()


def what_became(file: EvidenceFile, digest: str, problem: str) -> str:
    """What to say of a file that has been read, where its bytes are no longer those that it was found with; else ``problem``.

    ``digest`` is the one taken while it was read, ``problem`` what kept it from being read.
    """
    if file.seen is None:
        return problem
    try:
        now = file.now()
        if now == file.seen:
            return problem
        if (now.device, now.inode) != (file.seen.device, file.seen.inode):
            return "replaced by another file while it was read (a rotation?): what could be read of it is kept"
        if now.size < file.seen.size:
            return f"cut from {file.seen.size} to {now.size} bytes while it was read: what could be read before that is kept"
        return problem if file.sha256() == digest else "changed while it was read: lines may be missing, or of another time"
    except OSError:
        # what was open when it was removed is read to its end
        return problem if digest or problem else "removed while it was read: what could be read before that is kept"
