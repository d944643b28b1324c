"""A real binary journal, made from export files by systemd's own program, and read through journalctl."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

import logcorr
from real.conftest import program

pytestmark = pytest.mark.real

FIRST_US = 1_795_427_700_173_717
#: where the two ways must differ: which file and which line of it
PLACES = ["file", "line", "line_last"]
MESSAGES = (
    b"Reloading php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...",
    b'Traceback (most recent call last):\n  File "/srv/app.py", line 1\nValueError: no',
    'naïve — ünïcode ✓ "quoted" back\\slash'.encode(),
    b"an escape \x1b[31mred\x1b[0m and a tab\t.",
    b"no UTF-8: \xff\xfe",
    b"\n\nlines around\n",
    b"",
)


def export_of(messages: tuple[bytes, ...]) -> bytes:
    """The export format, with every message in its binary form."""
    entries = []
    for at, message in enumerate(messages):
        fields = (
            f"__CURSOR=s=7a1c;i={at};b=4fd7ee8dbf7b4a5c9d1e2f3a4b5c6d7e;m={at};t={FIRST_US + at};x={at}",
            f"__REALTIME_TIMESTAMP={FIRST_US + at * 1_000_000}",
            f"__MONOTONIC_TIMESTAMP={9_000_000 + at * 1_000_000}",
            "_BOOT_ID=4fd7ee8dbf7b4a5c9d1e2f3a4b5c6d7e",
            "_MACHINE_ID=0123456789abcdef0123456789abcdef",
            "_HOSTNAME=shop-prod-2",
            "PRIORITY=6",
            "SYSLOG_IDENTIFIER=shop",
            f"_PID={900 + at}",
            f"SEQUENCE={at}",
        )
        text = "".join(f"{field}\n" for field in fields).encode()
        entries.append(text + b"MESSAGE\n" + len(message).to_bytes(8, "little") + message + b"\n\n")
    return b"".join(entries)


def journal_of(export: Path, journal: Path) -> Path:
    """The binary journal of an export file."""
    remote = program("systemd-journal-remote", "systemd-journal-remote")
    command = [remote, "--output", str(journal), "--split-mode=none", str(export)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return journal


def comparable(timeline: logcorr.Timeline) -> pd.DataFrame:
    """All events but for their places."""
    return timeline.events.drop(columns=PLACES).astype(object)


@pytest.fixture(autouse=True)
def journalctl() -> str:
    return program("systemd", "journalctl")


@pytest.fixture
def exported(folder: Path) -> Path:
    path = folder / "export.txt"
    path.write_bytes(export_of(MESSAGES))
    return path


def test_a_binary_journal_says_what_its_export_says(folder: Path):
    export = ROOT / "sample_logs/story/journal-export.txt"
    journal = journal_of(export, folder / "system.journal")
    assert journal.read_bytes()[:8] == b"LPKSHHRH"
    pd.testing.assert_frame_equal(comparable(logcorr.read(journal)), comparable(logcorr.read(export)))


def test_the_lines_of_a_binary_journal_add_up(folder: Path):
    (facts,) = logcorr.read(journal_of(ROOT / "sample_logs/story/journal-export.txt", folder / "system.journal")).files
    assert facts.format == "journal_json"
    assert facts.problem == ""
    assert (facts.events, facts.refused, facts.fallback) == (facts.lines, 0, 0)


def test_messages_that_need_the_binary_form_are_read_alike(folder: Path, exported: Path):
    from_journal = logcorr.read(journal_of(exported, folder / "system.journal"))
    from_export = logcorr.read(exported)
    assert len(from_journal.events) == len(MESSAGES)
    pd.testing.assert_frame_equal(comparable(from_journal), comparable(from_export))


def test_a_compressed_binary_journal_is_read_too(folder: Path, exported: Path):
    journal = journal_of(exported, folder / "system.journal")
    packed = folder / "system.journal.gz"
    with journal.open("rb") as plain, gzip.open(packed, "wb", compresslevel=1) as stream:
        shutil.copyfileobj(plain, stream)
    pd.testing.assert_frame_equal(comparable(logcorr.read(packed)), comparable(logcorr.read(journal)))


def test_a_damaged_journal_is_named_and_the_rest_is_read(folder: Path, exported: Path, evidence: Path):
    journal = journal_of(exported, folder / "system.journal")
    (evidence / "system.journal").write_bytes(journal.read_bytes()[:4096])
    shutil.copy(exported, evidence)
    timeline = logcorr.read(evidence)
    problems = {Path(each.file.name).name: each.problem for each in timeline.files}
    assert problems["export.txt"] == ""
    assert problems["system.journal"]
    assert len(timeline.events) == len(MESSAGES)
