"""Recordings moved to the days on which clocks go wrong: New Year, both changes of summer time, a leap day. The findings stay the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache

import pandas as pd
import pytest
from conftest import ROOT
from shifting import shift

import logcorr

RECORDED = {
    "story": (datetime(2026, 11, 23, 9, 56, 26, tzinfo=UTC), "Europe/Berlin", ("laravel.log",)),
    "app_bug": (datetime(2026, 11, 23, 9, 56, 19, tzinfo=UTC), "America/New_York", ()),
    "healthy_reload": (datetime(2026, 11, 23, 10, 11, 9, tzinfo=UTC), "Europe/Berlin", ("laravel.log",)),
}
MOMENTS = {
    "Europe/Berlin": {
        "new year there": "2026-12-31T23:00:00Z",
        "new year in UTC": "2027-01-01T00:00:00Z",
        "leap day": "2028-02-29T23:00:00Z",
        "clocks go back": "2026-10-25T01:00:00Z",
        "in the second showing": "2026-10-25T01:30:00Z",
        "clocks go forward": "2027-03-28T01:00:00Z",
    },
    "America/New_York": {
        "new year there": "2027-01-01T05:00:00Z",
        "clocks go back": "2026-11-01T06:00:00Z",
        "clocks go forward": "2027-03-14T07:00:00Z",
    },
}
CASES = [(name, what) for name, (_, zone, _) in RECORDED.items() for what in MOMENTS[zone]]


@cache
def told(folder: str) -> dict:
    return json.loads(logcorr.diagnose(folder).to_json())


def claims(report: dict, by: timedelta) -> list[tuple]:
    """What was found and when, moved back."""
    return [
        (each["signature"], each["state"], each["start"] and str(pd.Timestamp(each["start"]) - by), len(each["evidence"]))
        for each in report["findings"]
    ]


@pytest.mark.parametrize(("name", "what"), CASES, ids=[f"{name}: {what}" for name, what in CASES])
def test_findings_do_not_depend_on_the_day(name, what, tmp_path):
    start, zone, utc = RECORDED[name]
    by = datetime.fromisoformat(MOMENTS[zone][what]) - start
    shift(ROOT / "sample_logs" / name, tmp_path, by, zone, utc)
    recorded, moved = told(str(ROOT / "sample_logs" / name)), told(str(tmp_path))
    assert moved["verdict"] == recorded["verdict"]
    assert claims(moved, by) == claims(recorded, timedelta())


def test_moved_back_a_recording_is_what_it_was(tmp_path):
    by = timedelta(days=38, hours=13, minutes=3)
    folder = ROOT / "sample_logs" / "story"
    shift(folder, tmp_path / "there", by, "Europe/Berlin", ("laravel.log",))
    shift(tmp_path / "there", tmp_path / "back", -by, "Europe/Berlin", ("laravel.log",))
    for name in (
        "error.log",
        "syslog",
        "deploy.log",
        "ps.txt",
        "ls-run-php.txt",
        "laravel.log",
        "date.txt",
        "systemctl-status-php-fpm.txt",
    ):
        assert (tmp_path / "back" / name).read_text() == (folder / name).read_text(), name
