"""Clocks that are put forward and back: what order tells, and what stays open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import logcorr
from logcorr.timeline.clocks.summer_time import Offsets, offsets_of

AUTUMN = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)  # 03:00 +02:00 becomes 02:00 +01:00
SPRING = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 02:00 +01:00 becomes 03:00 +02:00
MINUTE = timedelta(minutes=1)


def local(moment: datetime, zone: str = "Europe/Berlin") -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def application(moments: list[datetime], zone: str = "Europe/Berlin") -> str:
    return "".join(
        f"{local(each, zone):%Y-%m-%d %H:%M:%S},000 INFO [82] shop.web: step {at}\n" for at, each in enumerate(moments)
    )


def errors(moments: list[datetime], zone: str = "Europe/Berlin") -> str:
    return "".join(
        f"{local(each, zone):%Y/%m/%d %H:%M:%S} [error] 7#7: *{at} no such file\n" for at, each in enumerate(moments)
    )


def access(moments: list[datetime], zone: str = "Europe/Berlin") -> str:
    return "".join(
        f'192.0.2.7 - - [{local(each, zone):%d/%b/%Y:%H:%M:%S %z}] "GET /{at} HTTP/1.1" 200 10 "-" "curl"\n'
        for at, each in enumerate(moments)
    )


def every(start: datetime, end: datetime, step: timedelta = MINUTE) -> list[datetime]:
    return [start + n * step for n in range((end - start) // step)]


def rows(timeline: logcorr.Timeline, source: str = "app_text") -> pd.DataFrame:
    events = timeline.events
    return events[events["source"] == source].sort_values("line")


def stamps(moments: list[datetime]) -> list[pd.Timestamp]:
    return [pd.Timestamp(each) for each in moments]


@pytest.mark.parametrize("change", [AUTUMN, SPRING], ids=["autumn", "spring"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/London", "Europe/Helsinki"])
def test_order_resolves_the_hour_that_is_shown_twice(change, zone, write):
    moments = every(change - 120 * MINUTE, change + 120 * MINUTE)
    own = rows(logcorr.read(write({"a": application(moments, zone)}), zone=zone))
    assert own["timestamp"].tolist() == stamps(moments)
    assert own["timestamp_uncertainty_s"].max() < 1


def test_half_an_hour_of_summer_time(write):
    change = datetime(2026, 4, 4, 15, 0, tzinfo=UTC)  # Lord Howe Island: 02:00 +11:00 becomes 01:30 +10:30
    moments = every(change - 60 * MINUTE, change + 60 * MINUTE)
    own = rows(logcorr.read(write({"a": application(moments, "Australia/Lord_Howe")}), zone="Australia/Lord_Howe"))
    assert own["timestamp"].tolist() == stamps(moments)


def test_lonely_line_in_the_hour_that_is_shown_twice_may_be_in_either(write):
    (row,) = rows(logcorr.read(write({"a": application([AUTUMN - 30 * MINUTE])}), zone="Europe/Berlin")).to_dict("records")
    told, width = row["timestamp"], timedelta(seconds=row["timestamp_uncertainty_s"])
    assert told - width <= pd.Timestamp(AUTUMN - 30 * MINUTE) <= told + width
    assert told - width <= pd.Timestamp(AUTUMN + 30 * MINUTE) <= told + width


def test_line_in_the_hour_that_is_not_shown_says_how_unsure_it_is(write):
    (row,) = rows(
        logcorr.read(write({"a": "2026-03-29 02:30:00,000 INFO [82] shop.web: step\n"}), zone="Europe/Berlin")
    ).to_dict("records")
    assert row["timestamp_uncertainty_s"] >= 3600


@pytest.mark.parametrize("side", ["first", "second"])
def test_rhythm_tells_on_which_side_a_log_begins_or_ends(side, write):
    moments = (
        every(AUTUMN - 120 * MINUTE, AUTUMN - 10 * MINUTE)
        if side == "first"
        else every(AUTUMN + 10 * MINUTE, AUTUMN + 120 * MINUTE)
    )
    own = rows(logcorr.read(write({"a": application(moments)}), zone="Europe/Berlin"))
    assert own["timestamp"].tolist() == stamps(moments)
    assert own["timestamp_uncertainty_s"].max() < 1


@pytest.mark.parametrize("change", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_error_log_follows_the_change_that_the_access_log_states(change, write):
    moments = every(change - 120 * MINUTE, change + 120 * MINUTE)
    timeline = logcorr.read(write({"a": access(moments), "b": errors(moments)}))
    assert rows(timeline, "nginx_error")["timestamp"].tolist() == stamps(moments)


def test_error_log_follows_the_zone_that_the_server_names(write):
    moments = every(AUTUMN - 120 * MINUTE, AUTUMN + 120 * MINUTE)
    clock = "               Local time: Sun 2026-10-25 03:30:00 CET\n           Universal time: Sun 2026-10-25 02:30:00 UTC\n"
    clock += "                Time zone: Europe/Berlin (CET, +0100)\n"
    timeline = logcorr.read(write({"a": clock, "b": errors(moments)}))
    assert rows(timeline, "nginx_error")["timestamp"].tolist() == stamps(moments)


def test_request_ids_show_the_change(write):
    moments = every(AUTUMN - 120 * MINUTE, AUTUMN + 120 * MINUTE, 7 * MINUTE)
    conf = "http { log_format own '$remote_addr [$time_local] \"$request\" $status $request_id'; }\n"
    known = "".join(
        f'192.0.2.7 [{local(each, "UTC"):%d/%b/%Y:%H:%M:%S %z}] "GET /{at} HTTP/1.1" 200 {at:032x}\n'
        for at, each in enumerate(moments)
    )
    told = "".join(
        f'[{local(each):%Y-%m-%d %H:%M:%S}] production.INFO: Seen {{"request_id":"{at:032x}"}} \n'
        for at, each in enumerate(moments)
    )
    timeline = logcorr.read(write({"conf": conf, "a": known, "b": told}))
    assert rows(timeline)["timestamp"].tolist() == stamps(moments)


def test_changes_of_a_zone_are_found_to_the_second():
    year = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1e6), int(datetime(2026, 12, 31, tzinfo=UTC).timestamp() * 1e6)
    assert offsets_of("Europe/Berlin", *year) == Offsets(
        3600, ((int(SPRING.timestamp() * 1e6), 7200), (int(AUTUMN.timestamp() * 1e6), 3600))
    )
    assert offsets_of("Asia/Kathmandu", *year) == Offsets(20_700)
