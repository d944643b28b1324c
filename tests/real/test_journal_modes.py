"""One journal, written in every mode of the real journalctl, reads back as the same events as far as the mode carries them."""

from __future__ import annotations

import json
import os
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import logcorr
from real.conftest import program
from real.test_journal import journal_of

pytestmark = pytest.mark.real

FIRST_US = 1_795_427_700_173_717
BOOTS = ("4fd7ee8dbf7b4a5c9d1e2f3a4b5c6d7e", "0ffe5f74a4bd49ca8597eb05fe1a512a")
SEVERITIES = (21, 19, 18, 17, 13, 10, 9, 5)

#: mode -> what of an entry it shows, beside its message: microseconds or seconds of the clock, host, program, severity, boot
MODES = {
    "short": "second host program",
    "short-precise": "micro host program",
    "short-iso": "second host program",
    "short-iso-precise": "micro host program",
    "short-full": "second host program",
    "short-unix": "micro host program",
    "short-monotonic": "monotonic host program",
    "short-delta": "monotonic host program",
    "with-unit": "second host",
    "verbose": "micro host program severity boot",
    "export": "micro host program severity boot",
    "json": "micro host program severity boot",
    "json-pretty": "micro host program severity boot",
    "json-sse": "micro host program severity boot",
    "json-seq": "micro host program severity boot",
    "cat": "",
}


@dataclass(frozen=True)
class Entry:
    """One entry of the journal."""

    at: int
    boot: str
    program: str
    pid: int
    priority: int
    message: str

    @property
    def micros(self) -> int:
        return FIRST_US + self.at * 1_731_203

    @property
    def monotonic_us(self) -> int:
        return 9_000_000 + self.at * 1_731_203

    def exported(self) -> bytes:
        message = self.message.encode()
        fields = (
            f"__CURSOR=s=7a1c;i={self.at:x};b={self.boot};m={self.monotonic_us:x};t={self.micros:x};x={self.at:x}",
            f"__REALTIME_TIMESTAMP={self.micros}",
            f"__MONOTONIC_TIMESTAMP={self.monotonic_us}",
            f"_BOOT_ID={self.boot}",
            "_MACHINE_ID=0123456789abcdef0123456789abcdef",
            "_HOSTNAME=shop-prod-2",
            f"PRIORITY={self.priority}",
            f"SYSLOG_IDENTIFIER={self.program}",
            f"_SYSTEMD_UNIT={self.program}.service",
            f"_PID={self.pid}",
        )
        text = "".join(f"{field}\n" for field in fields).encode()
        return text + b"MESSAGE\n" + len(message).to_bytes(8, "little") + message + b"\n\n"


Made = tuple[Path, list[Entry]]

LINES = (
    "Reloading php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...",
    "naïve — ünïcode ✓ and a long line " + "x" * 400,
    'quotes "a" and \\ backslashes: {"level":"error","message":"no"}',
    "Nov 23 10:55:00 shop-prod-2 systemd[1]: Reload failed for nginx.service.",
    "-- Boot 145468c7c1284b1cba3344ceb9d21910 --",
    "    _PID=1",
    "a=b MESSAGE=c",
    "[2026-11-23 10:16:15] production.ERROR: no rate for EUR",
    "1795427096.589598 shop-prod-2 systemd[1]: x",
)
SEVERAL = 0.3
TRACE = 'Traceback (most recent call last):\n  File "/srv/app.py", line 1\nValueError: no'


def entries_of(seed: int) -> list[Entry]:
    """Entries of two boots, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 (the same entries every time)
    entries = []
    for at in range(40):
        message = rng.choice(LINES)
        if rng.random() < SEVERAL:
            message = rng.choice([TRACE, f"{message}\n{rng.choice(LINES)}", f"{message}\n\n  deeper\n    still deeper"])
        name = rng.choice(["shop", "php-fpm8.2", "my-worker", "nginx"])
        entries.append(Entry(at, BOOTS[at // 20], name, rng.randrange(2, 99999), rng.randrange(8), message))
    return entries


def printed(journal: Path, mode: str, path: Path, *more: str) -> Path:
    """What journalctl prints of a journal in a mode."""
    command = [program("systemd", "journalctl"), "--file", str(journal), "--output", mode, "--no-pager", *more]
    environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"}
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    path.write_bytes(done.stdout)
    return path


def read_back(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    """The sums of a file, and its events in the order of lines."""
    timeline = logcorr.read(path, zone="UTC", year=2026)
    (facts,) = timeline.files
    assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused
    assert facts.refused == 0
    return facts, timeline.tables["log"].sort_by("line").to_pylist()


def expect(row: dict[str, Any], entry: Entry, shown: str) -> None:
    """What a mode shows of an entry."""
    assert row["body"] == entry.message
    if "host" in shown:
        assert (row["host_name"], row["process_pid"]) == ("shop-prod-2", entry.pid)
    if "program" in shown:
        assert row["service_name"] == entry.program
    if "severity" in shown:
        assert row["severity_number"] == SEVERITIES[entry.priority]
    if "boot" in shown:
        assert row["boot_id"] == entry.boot
    if "micro" in shown:
        assert row["timestamp_us"] == entry.micros
    elif "second" in shown:
        assert row["timestamp_us"] == entry.micros // 1_000_000 * 1_000_000
    else:
        assert row["timestamp_us"] is None
    if "monotonic" in shown:
        assert json.loads(row["attributes"]) == {"monotonic_s": entry.monotonic_us / 1e6}


@pytest.fixture(scope="module")
def folder_of_journals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("modes")


def journal_of_seed(seed: int, folder: Path) -> Made:
    """A binary journal of entries, some of several lines, and what is in it; made once."""
    entries = entries_of(seed)
    path = folder / f"{seed}.journal"
    if not path.exists():
        export = path.with_suffix(".export")
        export.write_bytes(b"".join(entry.exported() for entry in entries))
        journal_of(export, path)
    return path, entries


@pytest.fixture(params=[1, 2])
def journal(request: pytest.FixtureRequest, folder_of_journals: Path) -> Made:
    return journal_of_seed(request.param, folder_of_journals)


@pytest.fixture
def one_journal(folder_of_journals: Path) -> Made:
    return journal_of_seed(3, folder_of_journals)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "cat"])
def test_every_mode_reads_back_as_the_same_events(journal: Made, mode: str, folder: Path):
    path, entries = journal
    facts, rows = read_back(printed(path, mode, folder / "journal.txt"))
    assert facts.fallback == 0
    assert len(rows) == len(entries)
    for row, entry in zip(rows, entries, strict=True):
        expect(row, entry, MODES[mode])
    if mode.startswith("short") or mode == "with-unit":  # the heading between the boots names the second
        assert [row["boot_id"] for row in rows] == [None] * 20 + [BOOTS[1]] * 20


def test_the_binary_journal_itself_reads_as_the_same_events(journal: Made):
    path, entries = journal
    _, rows = read_back(path)
    assert len(rows) == len(entries)
    for row, entry in zip(rows, entries, strict=True):
        expect(row, entry, MODES["json"])


@pytest.mark.parametrize("more", [["--no-hostname"], ["--reverse"], ["--all"], ["--utc"], ["-x"]])
@pytest.mark.parametrize("mode", ["short", "short-iso", "short-monotonic", "short-full"])
def test_options_leave_the_events_as_they_are(one_journal: Made, mode: str, more: list[str], folder: Path):
    path, entries = one_journal
    _, rows = read_back(printed(path, mode, folder / "journal.txt", *more))
    assert [row["body"] for row in rows] == [entry.message for entry in (reversed(entries) if "--reverse" in more else entries)]
    hosts = {row["host_name"] for row in rows}
    assert hosts == ({None} if "--no-hostname" in more else {"shop-prod-2"})


def test_an_empty_answer_is_understood(one_journal: Made, folder: Path):
    path, _ = one_journal
    facts, rows = read_back(printed(path, "short", folder / "journal.txt", "--since", "2040-01-01"))
    assert rows == []
    assert facts.format == "journal_empty"
