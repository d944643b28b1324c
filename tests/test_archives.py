"""Archives are read as the folders that they hold; what they contain cannot do harm, and what is not read is named."""

from __future__ import annotations

import gc
import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import ROOT

import logcorr
from logcorr.evidence import gather
from logcorr.evidence.archives import Budget

STORY = ROOT / "sample_logs" / "story"
LINE = b'192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "okhttp/4"\n'


def tar(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def names(found) -> list[str]:
    return [each.name.rpartition("/")[2] if "!/" not in each.name else each.name.partition("!/")[2] for each in found]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_tells_what_its_folder_tells(mode, tmp_path):
    path = tmp_path / "evidence.tar"
    with tarfile.open(path, mode) as archive:
        for each in sorted(STORY.iterdir()):
            archive.add(each, f"./srv/{each.name}")
    report = logcorr.diagnose(path)
    assert report.verdict == "incident"
    assert report.incidents[0].causes[0].signature == "reload_failed"
    plain = report.to_dict()
    assert {each["file"] for each in plain["evidence"]} == {f"{path}!/srv/{each.name}" for each in STORY.iterdir()}
    cited = plain["incidents"][0]["causes"][0]["evidence"][0]
    file = cited["file"].partition("!/srv/")[2]
    assert (STORY / file).read_text("utf-8").splitlines()[cited["first_line"] - 1] == cited["text"]


def test_zip_is_read(tmp_path):
    path = zipped(tmp_path / "logs.zip", {"var/log/access.log": LINE * 3, "note.txt": b"nothing\n"})
    timeline = logcorr.read(path)
    assert len(timeline.requests) == 3
    assert set(timeline.requests["file"].astype(str)) == {f"{path}!/var/log/access.log"}


def test_archive_in_an_archive_is_read_and_no_deeper(tmp_path):
    inner = tar(tmp_path / "inner.tar", {"access.log": LINE}).read_bytes()
    middle = zipped(tmp_path / "middle.zip", {"inner.tar": inner, "b.log": LINE}).read_bytes()
    (deep, flat) = gather([tar(tmp_path / "outer.tar", {"middle.zip": middle})])
    assert deep.problem == "an archive in an archive in an archive: unpack it first"
    assert flat.name.endswith("outer.tar!/middle.zip!/b.log")
    assert not flat.problem


@pytest.mark.parametrize(
    "name", ["../../../outside.log", "/etc/cron.d/job", "..", "a/../../b.log", "line\nbreak.log", "\x1b[31m.log"]
)
def test_no_name_leads_out(name, tmp_path):
    folder = tmp_path / "evidence"
    folder.mkdir()
    tar(folder / "x.tar", {name: LINE})
    before = sorted(each for each in tmp_path.rglob("*"))
    (file,) = gather([folder])
    assert sorted(each for each in tmp_path.rglob("*")) == before
    assert tmp_path not in file.path.parents
    with file.open() as stream:
        assert stream.read() == LINE


def test_links_and_devices_are_named_as_not_read(tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for kind, name in ((tarfile.SYMTYPE, "link"), (tarfile.LNKTYPE, "hard"), (tarfile.CHRTYPE, "device")):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    found = gather([tmp_path / "x.tar"])
    assert names(found) == ["link", "hard", "device"]
    assert {each.problem for each in found} == {"no regular file (a link or a device): not read"}


def test_bomb_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(Budget, "__init__", lambda self, size: self.__dict__.update(left=1000, members=10, size=size))
    path = zipped(tmp_path / "x.zip", {"small.log": LINE, "large.log": b"0" * 5000, "after.log": LINE})
    small, large = gather([path])
    assert not small.problem
    assert large.problem.startswith("unpacks to far more than the archive's size")


def test_archive_of_too_many_files_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(Budget, "__init__", lambda self, size: self.__dict__.update(left=10**6, members=2, size=size))
    found = gather([tar(tmp_path / "x.tar", {f"{at}.log": LINE for at in range(5)})])
    assert [bool(each.problem) for each in found] == [False, False, True]


def test_cut_archive_gives_the_files_before_the_cut(tmp_path):
    path = tar(tmp_path / "x.tar", {"a.log": LINE, "b.log": LINE * 10_000})
    path.write_bytes(path.read_bytes()[:200_000])
    found = gather([path])
    assert names(found)[0] == "a.log"
    assert any("cannot be unpacked" in each.problem or "damaged" in each.problem for each in found)
    assert len(logcorr.read(path).requests) >= 1


def test_unpacked_files_go_with_the_timeline(tmp_path):
    timeline = logcorr.read(zipped(tmp_path / "x.zip", {"access.log": LINE}))
    folder = timeline.files[0].file.path.parent
    assert folder.exists()
    del timeline
    gc.collect()
    assert not folder.exists()


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_zstd_and_lz4_are_read(codec, tmp_path):
    path = tmp_path / f"access.log.{codec}"
    with pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), codec) as stream:
        stream.write(LINE * 1000)
    assert len(logcorr.read(path).requests) == 1000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read(encoding, write):
    mark = "" if encoding == "utf-16" else "\ufeff"
    timeline = logcorr.read(write({"access.log": (mark + LINE.decode() * 3).encode(encoding)}))
    assert timeline.files[0].lines == 3
    assert len(timeline.requests) == 3
    assert timeline.requests["user_agent_original"].astype(str).tolist() == ["okhttp/4"] * 3
