"""Evidence as it comes: cut, locked, foreign, gone. What can be read is read, what cannot is told, and nothing breaks."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

import logcorr
from logcorr.evidence import gather
from logcorr.reading import read_files

LINE = '192.0.2.7 - - [23/Nov/2026:10:55:01 +0100] "GET /{} HTTP/1.1" 200 10 "-" "curl"\n'
LOG = "".join(LINE.format(n) for n in range(2000)).encode()
HEALTHY, INCIDENT, USAGE, UNDETERMINED = 0, 1, 2, 3


def archive(opener, **arguments) -> bytes:
    buffer = io.BytesIO()
    with opener(buffer, **arguments) as packed:
        if isinstance(packed, zipfile.ZipFile):
            packed.writestr("access.log", LOG)
        else:
            member = tarfile.TarInfo("access.log")
            member.size = len(LOG)
            packed.addfile(member, io.BytesIO(LOG))
    return buffer.getvalue()


def tar(buffer):
    return tarfile.open(fileobj=buffer, mode="w")


def problems(timeline: logcorr.Timeline) -> dict[str, str]:
    return {Path(each.file.name).name: each.problem for each in timeline.files}


def report(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "logcorr", "report", "--format", "json", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=cwd, timeout=120)


# --- no evidence: the caller is told what would work ---


@pytest.mark.parametrize("evidence", ["missing", "missing/*.log", "missing/folder/", "x" * 5000, "a\x00b", ""])
def test_missing_path_is_told(evidence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(logcorr.EvidenceError) as caught:
        logcorr.read(evidence)
    assert caught.value.hint


def test_missing_path_among_others_is_told(write):
    folder = write({"a": LOG})
    with pytest.raises(logcorr.EvidenceError, match="gone"):
        logcorr.read([folder / "a", folder / "gone"])


@pytest.mark.parametrize("files", [{}, {"a": b""}, {"a": b"", "b": b""}], ids=["folder", "file", "files"])
def test_empty_evidence_is_told(files, write):
    with pytest.raises(logcorr.EvidenceError):
        logcorr.read(write(files))


def test_no_path_at_all_is_told():
    with pytest.raises(logcorr.EvidenceError):
        logcorr.read([])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x01\x02" * 4000, "binary"),
        (b"\x7fELF" + b"\x00" * 5000, "binary"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        (archive(tar)[:300], "damaged"),
        (b"\x28\xb5\x2f\xfd" + b"x" * 100, "damaged zstd"),
    ],
    ids=["binary", "program", "zip", "tar", "zstd"],
)
def test_foreign_file_is_told_and_the_others_are_read(content, words, write):
    folder = write({"foreign": content, "log": LOG})
    timeline = logcorr.read(folder)
    assert words in problems(timeline)["foreign"]
    assert len(timeline.requests) == 2000
    with pytest.raises(logcorr.EvidenceError, match=words):
        logcorr.read(folder / "foreign")


# --- damaged evidence: what lies before the damage is read ---


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_cut_file_is_read_up_to_the_cut(pack, share, write):
    log = "".join(LINE.format(os.urandom(30).hex()) for _ in range(40_000)).encode()
    packed = pack(log)
    folder = write({"a.log": packed[: int(len(packed) * share)], "b.log": LOG})
    timeline = logcorr.read(folder)
    assert "cut short" in problems(timeline)["a.log"]
    read, _ = timeline.files
    assert read.lines == read.events + read.refused
    assert 0 < read.events < 40_000
    assert read.refused <= 1  # the line that was cut


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("left", [3, 7, 12])
def test_stub_of_a_packed_file_is_told(pack, left, write):
    timeline = logcorr.read(write({"a.log": pack(LOG)[:left], "b.log": LOG}))
    assert len(timeline.requests) == 2000
    stub, _ = timeline.files
    assert stub.problem or stub.refused == stub.lines > 0


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_damaged_file_is_told(pack, write):
    packed = bytearray(pack(LOG))
    packed[len(packed) // 2] ^= 0xFF
    packed[-6] ^= 0xFF
    timeline = logcorr.read(write({"a.log": bytes(packed), "b.log": LOG}))
    assert problems(timeline)["a.log"]
    assert not problems(timeline)["b.log"]


def test_packed_files_one_behind_the_other_are_read(write):
    timeline = logcorr.read(write({"a.log": gzip.compress(LOG) + gzip.compress(LOG)}))
    assert len(timeline.requests) == 4000


# --- files that cannot be opened ---


def test_pipe_and_dangling_link_are_told(write):
    folder = write({"log": LOG})
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(folder / "nowhere")
    (folder / "circle").symlink_to(folder / "circle")
    (folder / "back").symlink_to(folder)
    told = problems(logcorr.read(folder))
    assert all(told[name] for name in ("pipe", "link", "circle", "back"))
    assert told["log"] == ""


def test_locked_file_is_told(write, monkeypatch):
    folder = write({"locked": LOG, "log": LOG})
    opened = Path.open

    def locked(self: Path, *arguments: object, **named: object):
        if self.name == "locked":
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", locked)
    timeline = logcorr.read(folder)
    assert problems(timeline)["locked"] == "cannot be read: Permission denied"
    assert len(timeline.requests) == 2000


def test_locked_folder_is_told(write, monkeypatch):
    folder = write({"sub/x": LOG, "log": LOG})
    listed = Path.iterdir

    def locked(self: Path):
        if self.name == "sub":
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", locked)
    assert problems(logcorr.read(folder)) == {"sub": "cannot be listed: Permission denied", "log": ""}


def test_file_that_vanishes_is_told(write):
    folder = write({"gone": LOG, "log": LOG})
    files = gather([folder])
    (folder / "gone").unlink()
    gone, log = read_files(files)
    assert (gone.lines, gone.sha256) == (0, "")
    assert "No such file" in gone.problem
    assert log.lines == 2000


def test_same_file_given_twice_is_read_once(write):
    folder = write({"log": LOG})
    assert len(logcorr.read([folder, folder / "log", f"{folder}/*"]).files) == 1


@pytest.mark.parametrize("name", ["a b", "ä\u2028ö", "-x", "[1].log", "*", "new\nline", os.fsdecode(b"\xff\xfe")])
def test_any_name_is_read(name, write):
    folder = write({"x": LOG})
    (folder / "x").rename(folder / name)
    for evidence in (folder, folder / name):
        (facts,) = logcorr.read(evidence).files
        assert (facts.file.path.name, facts.lines) == (name, 2000)
        assert facts.file.name.encode()  # can be written down


# --- one source alone, and hostile ones ---


@pytest.mark.parametrize("path", sorted((ROOT / "sample_logs" / "story").iterdir()), ids=lambda path: path.name)
def test_one_source_alone_gives_an_answer(path):
    found = logcorr.diagnose(path)
    assert found.failures == []
    assert found.verdict in {"incident", "healthy", "undetermined"}
    assert found.to_json()


@pytest.mark.parametrize(
    "content",
    [
        b"\n" * 10_000,
        b"\r" * 10_000,
        b"x" * 3_000_000,
        b'"' * 100_000 + b"\n" + LOG,
        LOG.replace(b"GET", b"\xff\xfe"),
        LOG.replace(b"\n", b"\r"),
        LOG.decode().encode("utf-16"),
        b'{"a":' * 100_000,
        LOG + b"\x00" * 10 + LOG,
        b"time,user,text\n" + b'"' * 1000,
        b"2026-11-23 04:56:22,326 ERROR [82] x: y\n" + b"Traceback (most recent call last):\n" * 20_000,
    ],
    ids=["blank", "returns", "line", "quotes", "bytes", "mac", "utf-16", "nested", "nul", "complaints", "traceback"],
)
def test_hostile_content_breaks_nothing(content, write):
    try:
        timeline = logcorr.read(write({"a": content}))
    except logcorr.LogcorrError:
        return
    (facts,) = timeline.files
    assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused
    assert logcorr.diagnose(timeline).failures == []


# --- the command line ---


@pytest.mark.parametrize(
    ("files", "arguments", "status"),
    [
        ({}, (), USAGE),
        ({"a": b""}, (), USAGE),
        ({"a": b"\x00" * 5000}, (), USAGE),
        ({"a": archive(zipfile.ZipFile, mode="w")}, (), HEALTHY),
        ({"a": b"PK\x03\x04" + b"x" * 100}, (), USAGE),
        ({"a": LOG}, ("--zone", "Mars/Olympus"), USAGE),
        ({"a": LOG}, ("--year", "26"), USAGE),
        ({"a": LOG}, ("missing",), USAGE),
        ({"a": b"no log\n"}, (), UNDETERMINED),
        ({"a": LOG}, (), HEALTHY),
        ({"a": gzip.compress(LOG)[:-20]}, (), UNDETERMINED),
    ],
    ids=["empty folder", "empty file", "binary", "zip", "broken zip", "zone", "year", "missing", "no log", "whole", "cut"],
)
def test_exit_status(files, arguments, status, write):
    done = report(write(files), *arguments)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    if status == USAGE:
        assert done.stdout == ""
        assert done.stderr
