"""Files in pieces: each line is in exactly one, and what cannot be cut is one piece."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from logcorr.errors import EvidenceError, LogcorrError
from logcorr.evidence import gather
from logcorr.evidence.files import EvidenceFile
from logcorr.evidence.splits import Split, blocks_in, splits_of

EVENTS = b"A=1\nB=2\n\n" * 20 + b"A=3\n" * 30 + b"\n\n" + b"A=a long line that goes over several pieces\n\nA=4"


def pieces(file: EvidenceFile, size: int, separator: bytes) -> list[bytes]:
    """What each split holds, the empty ones left out; every block must say where it begins."""
    found, reached = [], 0
    for split in splits_of(file, size):
        blocks = list(blocks_in(file, split, separator))
        for block in blocks:
            assert block.offset == reached
            reached += len(block.raw)
        found.append(b"".join(block.raw for block in blocks))
    return [raw for raw in found if raw]


@pytest.mark.parametrize("separator", [b"\n", b"\n\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 40, 10_000])
def test_splits_hold_each_event_once(tmp_path: Path, size: int, separator: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(EVENTS)
    (file,) = gather(path)
    found = pieces(file, size, separator)
    assert b"".join(found) == EVENTS
    assert all(b"".join(found[:count]).endswith(separator) for count in range(1, len(found)))
    assert len(found) > 1 or size > len(EVENTS)


def test_what_is_compressed_is_one_split(tmp_path: Path) -> None:
    (tmp_path / "log.gz").write_bytes(gzip.compress(EVENTS))
    (file,) = gather(tmp_path)
    assert splits_of(file, 1) == [Split()]
    assert pieces(file, 1, b"\n") == [EVENTS]


def test_what_grows_is_cut_where_it_ended_when_it_was_found(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(EVENTS)
    (file,) = gather(path)
    path.write_bytes(EVENTS + b"\nlater\n")
    assert b"".join(pieces(file, 50, b"\n")) == EVENTS


def test_a_uri_is_a_folder_in_another_file_system(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "log.gz").write_bytes(gzip.compress(EVENTS))
    (tmp_path / "a").write_bytes(EVENTS)
    files = gather(tmp_path.as_uri())
    assert [each.name for each in files] == [f"{tmp_path.as_uri()}/a", f"{tmp_path.as_uri()}/a%20b/log.gz"]
    assert [each.written_us for each in files] == [each.written_us for each in gather(tmp_path)]
    for each in files:
        with each.open() as stream:
            assert stream.read() == EVENTS


def test_a_uri_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no such file or folder: file:"):
        gather(f"{tmp_path.as_uri()}/none")


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from logcorr.spark.session import session_of

    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(LogcorrError, match="PySpark") as caught:
        session_of()
    assert caught.value.hint == "pip install 'logcorr[spark]'"
