"""Files that others write while they are read: what was there is read whole, and what happened to it is said."""

from __future__ import annotations

import gzip
import hashlib
import threading

import pytest

import logcorr
from logcorr.evidence import gather
from logcorr.reading import read_files

LINE = '192.0.2.7 - - [23/Nov/2026:10:00:00 +0000] "GET /p HTTP/1.1" 200 612 "-" "okhttp/4.12.0"\n'


def rows(facts) -> int:
    return sum(table.num_rows for table in facts.tables.get("requests", ()))


def sums(facts) -> bool:
    return facts.lines == facts.events + facts.continuation + facts.blank + facts.refused


def test_what_is_appended_meanwhile_is_not_read(tmp_path):
    path = tmp_path / "access.log"
    path.write_text(LINE * 1000, encoding="utf-8")
    (file,) = gather([path])
    with path.open("a", encoding="utf-8") as stream:
        stream.write(LINE * 500)
    (facts,) = read_files([file])
    assert rows(facts) == facts.lines == 1000
    assert facts.sha256 == hashlib.sha256((LINE * 1000).encode()).hexdigest()
    assert not facts.problem


def test_a_thread_that_appends(tmp_path):
    path = tmp_path / "access.log"
    path.write_text(LINE * 200_000, encoding="utf-8")
    done = threading.Event()

    def append() -> None:
        with path.open("a", encoding="utf-8", buffering=1) as stream:
            while not done.wait(0.001):
                stream.write(LINE * 7)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        (file,) = gather([path])
        (facts,) = read_files([file])
    finally:
        done.set()
        writer.join()
    with path.open("rb") as stream:
        assert facts.sha256 == hashlib.sha256(stream.read(file.size)).hexdigest()
    assert file.size < path.stat().st_size
    assert facts.lines == -(-file.size // len(LINE))
    assert sums(facts)
    assert not facts.problem


def test_a_line_that_is_half_written_is_kept(tmp_path):
    path = tmp_path / "access.log"
    path.write_text(LINE * 3 + LINE[:40], encoding="utf-8")
    (file,) = gather([path])
    with path.open("a", encoding="utf-8") as stream:
        stream.write(LINE[40:])
    (facts,) = read_files([file])
    assert facts.lines == 4
    assert rows(facts) == 3
    assert facts.unparsed[0]["text"].to_pylist() == [LINE[:40]]
    assert sums(facts)


@pytest.mark.parametrize("kept", [0, 300])
def test_one_that_is_cut_before_it_is_read(kept, tmp_path):
    path = tmp_path / "access.log"
    path.write_text(LINE * 1000, encoding="utf-8")
    (file,) = gather([path])
    path.write_text(LINE * kept, encoding="utf-8")
    (facts,) = read_files([file])
    assert facts.problem.startswith(f"cut from {1000 * len(LINE)} to {kept * len(LINE)} bytes while it was read")
    assert rows(facts) == facts.lines == kept
    assert sums(facts)


def test_one_that_is_cut_while_it_is_read(tmp_path):
    path = tmp_path / "access.log"
    path.write_text(LINE * 300_000, encoding="utf-8")  # several blocks
    (file,) = gather([path])
    (facts,) = read_files([file], progress=lambda *_: path.write_bytes(b""))
    assert "while it was read" in facts.problem
    assert 0 < rows(facts) <= facts.lines <= rows(facts) + 1  # the last line may be a piece of one
    assert sums(facts)


def test_one_that_is_written_anew(tmp_path):
    path = tmp_path / "access.log"
    path.write_text(LINE * 1000, encoding="utf-8")
    (file,) = gather([path])
    (facts,) = read_files([file], progress=lambda *_: path.write_text(LINE.replace("/p", "/q") * 2000, encoding="utf-8"))
    assert facts.problem.startswith("changed while it was read")
    assert rows(facts) == 1000


def test_one_that_is_rotated(tmp_path):
    path = tmp_path / "access.log"
    path.write_text(LINE * 1000, encoding="utf-8")
    (file,) = gather([path])
    path.rename(tmp_path / "access.log.1")
    path.write_text(LINE * 2, encoding="utf-8")
    (facts,) = read_files([file])
    assert facts.problem.startswith("replaced by another file while it was read")
    assert rows(facts) == facts.lines == 2


def test_one_that_is_removed_before_it_is_read(tmp_path):
    path, other = tmp_path / "access.log", tmp_path / "other.log"
    for each in (path, other):
        each.write_text(LINE * 10, encoding="utf-8")
    files = gather([path, other])
    path.unlink()
    gone, there = read_files(files)
    assert gone.problem == "cannot be read: No such file or directory"
    assert not gone.lines
    assert not there.problem
    assert rows(there) == 10


def test_one_that_is_removed_while_it_is_read(tmp_path):
    path = tmp_path / "access.log"
    path.write_text(LINE * 300_000, encoding="utf-8")
    (file,) = gather([path])
    (facts,) = read_files([file], progress=lambda *_: path.unlink(missing_ok=True))
    assert rows(facts) == facts.lines == 300_000


def test_a_report_of_one_that_is_gone(tmp_path):
    path = tmp_path / "access.log"
    path.write_text((LINE * 30 + LINE.replace(" 200 ", " 502 ")) * 10, encoding="utf-8")
    timeline = logcorr.read(path)
    path.unlink()
    report = logcorr.diagnose(timeline)
    assert report.to_dict()["incidents"][0]["affected"]["failed"] == 10


def test_one_that_is_still_being_packed(tmp_path):
    path = tmp_path / "access.log.1.gz"
    packed = gzip.compress("".join(LINE.replace("/p", f"/{at}") for at in range(50_000)).encode())
    path.write_bytes(packed[: len(packed) // 2])
    (file,) = gather([path])
    path.write_bytes(packed)
    (facts,) = read_files([file])
    assert "cut short" in facts.problem
    assert rows(facts) > 0
    assert sums(facts)


def test_an_empty_one_that_grows(tmp_path):
    path = tmp_path / "access.log"
    path.touch()
    (file,) = gather([path])
    path.write_text(LINE * 3, encoding="utf-8")
    (facts,) = read_files([file])
    assert facts.lines in {0, 3}
    assert sums(facts)
