"""Files that lie in another file system, named by a URI: ``hdfs://``, ``s3://`` (also ``s3a://``), ``gs://``, ``file://``.

Arrow's file systems list and read them; where credentials and servers come from is theirs to know (the environment, ``core-site.xml``).
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from logcorr.errors import EvidenceError
from logcorr.evidence.growing import Seen

_SCHEMES: Final = frozenset({"file", "hdfs", "viewfs", "s3", "s3a", "gs"})


def is_uri(given: str) -> bool:
    """Whether this names a file or folder of another file system."""
    scheme, mark, _ = given.partition("://")
    return bool(mark) and scheme in _SCHEMES


def listed(uri: str) -> list[tuple[str, Seen]]:
    """The file of a URI, or the files below it in the order of their names: the URI of each, and what it was like.

    Raises:
        EvidenceError: there is nothing at that place, or it cannot be reached.
    """
    from pyarrow import fs

    try:
        system, path = system_of(uri)
        found = system.get_file_info(path)
        if found.type == fs.FileType.NotFound:
            raise EvidenceError(f"no such file or folder: {uri}")
        if found.type == fs.FileType.File:
            return [(uri, as_seen(found))]
        below = system.get_file_info(fs.FileSelector(path, recursive=True))
    except OSError as error:
        raise unreachable(uri, error) from error
    files = sorted((each for each in below if each.type == fs.FileType.File), key=lambda each: each.path.split("/"))
    start = len(path.rstrip("/"))
    return [(uri.rstrip("/") + quote(each.path[start:]), as_seen(each)) for each in files]


def opened(uri: str) -> Any:  # noqa: ANN401 (a file of Arrow's)
    """The bytes of a file, without a buffer."""
    system, path = system_of(uri)
    return system.open_input_file(path)


def seen(uri: str) -> Seen:
    """What the file is like now.

    Raises:
        FileNotFoundError: it is gone.
    """
    from pyarrow import fs

    system, path = system_of(uri)
    found = system.get_file_info(path)
    if found.type == fs.FileType.NotFound:
        raise FileNotFoundError(uri)
    return as_seen(found)


def system_of(uri: str) -> tuple[Any, str]:
    """The file system of a URI, and the path in it.

    Raises:
        OSError: there is no such file system.
    """
    from pyarrow import fs

    try:
        return fs.FileSystem.from_uri("s3" + uri[3:] if uri.startswith("s3a:") else uri)
    except ValueError as error:
        raise OSError(str(error)) from error


def unreachable(uri: str, error: Exception) -> EvidenceError:
    """What to say of a file system that does not answer; Arrow's reasons go on for pages."""
    hint = (
        "hdfs:// needs Hadoop's client on each machine (JAVA_HOME, HADOOP_HOME, CLASSPATH)" if uri.startswith("hdfs:") else ""
    )
    return EvidenceError(f"cannot be reached: {uri}: {str(error).partition(chr(10))[0]}", hint=hint)


def as_seen(found: Any) -> Seen:  # noqa: ANN401 (Arrow's FileInfo)
    """Size and time; such a file system tells no number of the file itself."""
    return Seen(0, 0, found.size or 0, found.mtime_ns or 0)
