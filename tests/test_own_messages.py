"""Known messages of one's own: in the same pass as those of the package, explained like them, and refused with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import logcorr
from logcorr.cli import app
from logcorr.errors import MessageError
from logcorr.messages import known
from logcorr.storage.cache import Cache

PAGE = Path(__file__).parent.parent / "docs" / "messages.md"
OWN = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
JOURNAL = """\
Nov 23 10:56:20 shop-1 systemd[1]: Started parcel-relay.service - Parcels.
Nov 23 10:56:26 shop-1 parcel-relay[12]: ERROR lane stuck (pid 4711)
Nov 23 10:56:27 shop-1 parcel-relay[12]: ERROR lane stuck in traffic
Nov 23 10:56:28 shop-1 other[13]: ERROR lane stuck (pid 4712)
"""


@pytest.fixture(autouse=True)
def nothing_added(monkeypatch):
    monkeypatch.setattr(known, "_ADDED", [])


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "parcel.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "journal.txt"
    path.write_text(JOURNAL, encoding="utf-8")
    return path


def told(timeline):
    events = timeline.events
    return events.loc[events["event_name"] == "worker.timed_out", "line"].tolist()


def test_without_it_the_line_means_nothing(journal):
    assert told(logcorr.read(journal, year=2026)) == []


def test_it_is_understood_where_its_program_speaks(journal, own):
    assert told(logcorr.read(journal, year=2026, messages=own)) == [2]


def test_it_is_known_from_then_on_and_once(journal, own):
    logcorr.messages.add(own)
    assert known.add(own) == known.added()[0]
    assert len(known.added()) == 1
    assert told(logcorr.read(journal, year=2026)) == [2]


def test_the_command_line_takes_it(journal, own):
    done = CliRunner().invoke(app, ["timeline", str(journal), "--year", "2026", "--messages", str(own), "--format", "csv"])
    assert done.exit_code == 0, done.output
    assert "worker.timed_out" in done.stdout


def test_it_is_explained_like_ours(own):
    done = CliRunner().invoke(app, ["explain", "parcel-relay.worker_stuck", "--messages", str(own)])
    assert done.exit_code == 0, done.output
    assert "worker.timed_out" in done.stdout
    assert "lane stuck in traffic" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('sample = "lane stuck (pid 4711)"', 'sample = "lane free"', 12, "not in sample"),
        ("(?P<subject_pid>", "(?P<pid>", 10, "unknown capture 'pid'"),
        ('id = "parcel-relay.worker_stuck"', 'id = "gunicorn.ready"', None, "duplicate id, also in"),
        ("[[message]]", "[[message", 5, "not TOML"),
    ],
)
def test_what_does_not_hold_is_refused_with_its_line(own, old, new, line, words):
    own.write_text(OWN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(MessageError, match=re.escape(words)) as refused:
        logcorr.messages.add(own)
    assert known.added() == ()
    assert str(refused.value).startswith(f"{own}:{line}:" if line else str(own))


def test_rows_that_were_kept_without_it_are_not_used(journal, own):
    from logcorr.evidence import gather

    (file,) = gather(journal)
    before = Cache().key(file, ["journal"])
    logcorr.messages.add(own)
    assert Cache().key(file, ["journal"]) != before
