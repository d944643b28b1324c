"""Stamps that cannot be, and lines out of order: kept, flagged, and trusted no more than they deserve."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import logcorr

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def access(seconds: float, path: str = "/", status: int = 200, day: datetime = NOON) -> str:
    return f'192.0.2.7 - - [{day + timedelta(seconds=seconds):%d/%b/%Y:%H:%M:%S} +0000] "GET {path} HTTP/1.1" {status} 10 "-" "curl"\n'


def flags(timeline: logcorr.Timeline) -> list[str | None]:
    rows = timeline.sql("select timestamp_flag::varchar as flag from requests order by line")
    return [None if flag != flag else flag for flag in rows["flag"]]  # noqa: PLR0124 (NaN)


def test_log_in_order_has_no_flags(write):
    assert flags(logcorr.read(write({"a": "".join(access(n) for n in (0, 1, 1, 2, 1, 3))}))) == [None] * 6


def test_single_late_line_is_out_of_order(write):
    timeline = logcorr.read(write({"a": "".join(access(n) for n in (0, 30, 60, 31, 61))}))
    assert flags(timeline) == [None, None, None, "out_of_order", None]
    assert len(timeline.requests) == 5


def test_clock_that_was_set_back(write):
    seconds = [*range(0, 100, 2), *range(40, 140, 2)]
    timeline = logcorr.read(write({"a": "".join(access(n) for n in seconds)}))
    assert flags(timeline)[:50] == [None] * 50
    assert set(flags(timeline)[50:78]) == {"falls_back"}
    assert flags(timeline)[-10:] == [None] * 10
    unsure = timeline.requests.sort_values("line")["timestamp_uncertainty_s"].tolist()
    assert unsure[0] == 1
    assert unsure[50] > 50


def test_buffers_that_are_written_in_turn_are_no_clock(write):
    seconds = [second + shift for second in range(0, 200, 10) for shift in (*range(0, 10, 2), *range(-4, 6, 2))]
    assert "falls_back" not in flags(logcorr.read(write({"a": "".join(access(n) for n in seconds)})))


def test_stamps_that_cannot_be_are_kept_and_not_counted(write):
    start = datetime(1970, 1, 1, tzinfo=UTC)
    odd = access(5, "/old", 500, start) + access(0, "/new", 500, NOON.replace(year=2036))
    timeline = logcorr.read(write({"a": access(0, "/a") + odd + "".join(access(n, "/b") for n in range(1, 2000))}))
    assert flags(timeline)[:4] == [None, "before_1970", "far_ahead", None]
    assert {"/old", "/new"} <= set(timeline.requests["url_path"])
    report = logcorr.diagnose(timeline)
    assert report.verdict == "healthy"


def test_one_stamp_far_ahead_does_not_make_all_others_late(write):
    ahead = access(0, "/new", 200, NOON.replace(year=2036))
    timeline = logcorr.read(write({"a": ahead + "".join(access(n) for n in range(2000))}))
    assert flags(timeline) == ["far_ahead"] + [None] * 2000
