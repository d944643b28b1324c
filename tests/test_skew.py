"""Clocks that differ: found by the records that two logs share, bounded, taken off, and told from habits and zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

import logcorr

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CONF = "http { log_format own '$remote_addr [$time_local] \"$request\" $status $request_time $request_id'; }\n"


def access(n: int, moment: datetime, lasted_s: float = 0.25) -> str:
    return f'192.0.2.7 [{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET /{n} HTTP/1.1" 200 {lasted_s:.3f} {n:032x}\n'


def told(n: int, moment: datetime, offset: str = "Z", words: str = "seen", **more: str) -> str:
    fields = "".join(f', "{name}": "{value}"' for name, value in more.items())
    return f'{{"time": "{moment:%Y-%m-%dT%H:%M:%S.%f}{offset}", "level": "info", "msg": "{words}", "request_id": "{n:032x}"{fields}}}\n'


def moments(count: int = 60, step_s: float = 11.3) -> list[datetime]:
    return [NOON + timedelta(seconds=step_s * n) for n in range(count)]


def compared(write, ahead, count: int = 60, **arguments):
    """A timeline of an access log and an application's, whose clock is ahead by as much as a function of the moment says."""
    ends = moments(count)
    application = "".join(told(n, end - timedelta(seconds=0.1) + ahead(n, end), **arguments) for n, end in enumerate(ends))
    rows = "".join(access(n, end) for n, end in enumerate(ends))
    return logcorr.read(write({"conf": CONF, "access.log": rows, "app.log": application}))


def findings(timeline: logcorr.Timeline, signature: str) -> list[dict]:
    return [each for each in logcorr.diagnose(timeline).to_dict()["findings"] if each["signature"] == signature]


def lines(timeline: logcorr.Timeline) -> pd.DataFrame:
    events = timeline.events
    return events[events["source"] == "app_json"].sort_values("line")


def steady(seconds: float):
    return lambda _n, _end: timedelta(seconds=seconds)


@pytest.mark.parametrize("ahead_s", [-3.7, -1400.0, 2.5, 42.0, 400.0])
def test_clock_that_is_ahead_or_behind(ahead_s, write):
    timeline = compared(write, steady(ahead_s))
    (found,) = findings(timeline, "clock_skew")
    facts = found["facts"]
    assert facts["low_s"] <= ahead_s <= facts["high_s"]
    assert facts["high_s"] - facts["low_s"] < 3
    assert (facts["matches"], facts["records"]) == (60, 60)
    own = lines(timeline)
    right = pd.Series([pd.Timestamp(end - timedelta(seconds=0.1)) for end in moments()])
    apart = (own["timestamp"].reset_index(drop=True) - right).abs().dt.total_seconds()
    assert apart.max() <= own["timestamp_uncertainty_s"].max() < 3
    assert own["timestamp_skew_s"].sub(ahead_s).abs().max() < 1


def test_evidence_is_lines_of_the_same_requests(write):
    timeline = compared(write, steady(42))
    (found,) = findings(timeline, "clock_skew")
    spans = found["evidence"]
    for mine, other in zip(spans[::2], spans[1::2], strict=True):
        assert (mine["file"].endswith("app.log"), other["file"].endswith("access.log")) == (True, True)
        assert mine["first_line"] == other["first_line"]


@pytest.mark.parametrize("within_s", [0.0, 0.05, -0.1])
def test_clocks_that_agree(within_s, write):
    timeline = compared(write, steady(within_s))
    (found,) = findings(timeline, "clock_skew")
    assert found["state"] == "clear"
    assert lines(timeline)["timestamp_skew_s"].isna().all()


def test_jobs_that_are_done_later_are_no_clock(write):
    timeline = compared(write, lambda n, _end: timedelta(seconds=(n * 37) % 23 if n % 3 else 0))
    assert [each["state"] for each in findings(timeline, "clock_skew")] != ["fired"]
    assert lines(timeline)["timestamp_skew_s"].isna().all()


def test_clock_that_drifts(write):
    timeline = compared(write, lambda n, _end: timedelta(seconds=5 + n * 0.05), count=400)
    (found,) = findings(timeline, "clock_skew")
    assert found["facts"]["first_ahead_s"] == pytest.approx(5, abs=2)
    assert found["facts"]["last_ahead_s"] == pytest.approx(25, abs=2)
    right = pd.Series([pd.Timestamp(end - timedelta(seconds=0.1)) for end in moments(400)])
    assert (lines(timeline)["timestamp"].reset_index(drop=True) - right).abs().dt.total_seconds().max() < 3


def test_clock_that_was_set_while_the_log_was_written(write):
    timeline = compared(write, lambda n, _end: timedelta(seconds=30 if n < 200 else 0), count=400)
    (found,) = findings(timeline, "clock_skew")
    assert (found["facts"]["first_ahead_s"], found["facts"]["last_ahead_s"]) == pytest.approx((30, 0), abs=2)


@pytest.mark.parametrize(("ahead_s", "zone_s", "left_s"), [(3600, 3600, 0), (-20_700, -20_700, 0), (7203, 7200, 3)])
def test_zone_that_the_lines_state_wrongly(ahead_s, zone_s, left_s, write):
    timeline = compared(write, steady(ahead_s))
    (found,) = findings(timeline, "zone_mismatch")
    assert (found["facts"]["zone_s"], found["facts"]["left_s"]) == (zone_s, pytest.approx(left_s, abs=1))
    assert findings(timeline, "clock_skew")[0]["state"] == "clear"
    assert lines(timeline)["timestamp_skew_s"].sub(ahead_s).abs().max() < 1


def test_zone_that_the_caller_gives_wrongly(write):
    rows = "".join(access(n, end) for n, end in enumerate(moments()))
    own = "".join(
        f'[{end:%Y-%m-%d %H:%M:%S}] production.INFO: Seen {{"request_id":"{n:032x}"}} \n' for n, end in enumerate(moments())
    )
    timeline = logcorr.read(write({"conf": CONF, "access.log": rows, "laravel.log": own}), zone="app_text=Europe/Berlin")
    (found,) = findings(timeline, "zone_mismatch")
    assert (found["facts"]["zone_s"], found["facts"]["said_by"]) == (-3600, "you")


def test_zone_and_skew_of_lines_that_state_no_zone(write):
    rows = "".join(access(n, end) for n, end in enumerate(moments()))
    ahead = timedelta(hours=5, minutes=45, seconds=100)
    own = "".join(
        f'[{end + ahead:%Y-%m-%d %H:%M:%S}] production.INFO: Seen {{"request_id":"{n:032x}"}} \n'
        for n, end in enumerate(moments())
    )
    timeline = logcorr.read(write({"conf": CONF, "access.log": rows, "laravel.log": own}))
    (zone,) = (zone for (_, source), zone in timeline.zones.items() if source == "app_text")
    assert (zone.basis, zone.offset_s, zone.matches) == ("zone_inferred", 20_700, 60)
    (found,) = findings(timeline, "clock_skew")
    assert found["facts"]["ahead_s"] == pytest.approx(100, abs=1)
    assert findings(timeline, "zone_mismatch")[0]["state"] == "clear"


def test_requests_without_identifiers_are_told_by_path_and_status(write):
    rows = "".join(access(n, end).replace(f"/{n} ", f"/order/{n % 40} ") for n, end in enumerate(moments()))
    ahead = timedelta(seconds=42)
    own = "".join(
        f'{{"time": "{end + ahead:%Y-%m-%dT%H:%M:%S.%f}Z", "level": "info", "msg": "done", "method": "GET", "path": "/order/{n % 40}", '
        f'"status": 200}}\n'
        for n, end in enumerate(moments())
    )
    timeline = logcorr.read(write({"conf": CONF, "access.log": rows, "app.log": own}))
    (found,) = findings(timeline, "clock_skew")
    assert found["facts"]["low_s"] <= 42 <= found["facts"]["high_s"]


def test_few_shared_requests_tell_nothing(write):
    timeline = compared(write, steady(42), count=4)
    assert [each["state"] for each in findings(timeline, "clock_skew")] == ["not_evaluable"]


def test_other_logs_of_the_host_are_on_the_same_clock(write):
    rows = "".join(access(n, end) for n, end in enumerate(moments()))
    ahead = timedelta(seconds=42)
    own = "".join(told(n, end + ahead, hostname="app1") for n, end in enumerate(moments()))
    journal = "".join(
        f"{end + ahead:%Y-%m-%dT%H:%M:%S+0000} app1 systemd[1]: Started job-{n}.service.\n" for n, end in enumerate(moments(9))
    )
    proxy = "".join(f"{end:%Y-%m-%dT%H:%M:%S+0000} lb systemd[1]: Started x-{n}.service.\n" for n, end in enumerate(moments(9)))
    timeline = logcorr.read(write({"conf": CONF, "access.log": rows, "app.log": own, "j.txt": journal, "k.txt": proxy}))
    events = timeline.events
    taken = events[events["source"] == "journal"].groupby("host_name")["timestamp_skew_s"].first()
    assert taken["app1"] == pytest.approx(42, abs=1)
    assert pd.isna(taken["lb"])
