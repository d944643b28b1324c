"""Every time on one clock: how its zone and year are known, how exact it is, and which records belong together."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from conftest import ROOT

import logcorr
from logcorr.timeline.clocks import parse_zones

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def at(offset_s: int, moment: datetime, layout: str) -> str:
    """A moment as a clock shows it that far east of UTC."""
    return (moment + timedelta(seconds=offset_s)).strftime(layout)


def written(offset_s: int) -> str:
    return f"{'-' if offset_s < 0 else '+'}{abs(offset_s) // 3600:02}{abs(offset_s) % 3600 // 60:02}"


def access(moment: datetime, path: str = "/", status: int = 200, offset_s: int = 0, tail: str = "") -> str:
    """A line of an access log; `tail` stands behind the user agent."""
    stamp = at(offset_s, moment, "%d/%b/%Y:%H:%M:%S ") + written(offset_s)
    return f'192.0.2.7 - - [{stamp}] "GET {path} HTTP/1.1" {status} 10 "-" "curl"{tail}\n'


def error(moment: datetime, path: str = "/", offset_s: int = 0) -> str:
    """A line of nginx's error log."""
    stamp = at(offset_s, moment, "%Y/%m/%d %H:%M:%S")
    return (
        f"{stamp} [error] 76#76: *4868 connect() to unix:/run/app.sock failed (111: Connection refused) while connecting to "
        f'upstream, client: 192.0.2.7, server: shop, request: "GET {path} HTTP/1.1", upstream: "http://unix:/run/app.sock:{path}", '
        f'host: "shop"\n'
    )


def application(moment: datetime, words: str, offset_s: int = 0, level: str = "INFO") -> str:
    """A line of Python's logging."""
    return at(offset_s, moment, "%Y-%m-%d %H:%M:%S,000 ") + f"{level} [82] shop.web: {words}\n"


def laravel(moment: datetime, request_id: str, offset_s: int = 0) -> str:
    """A line of Monolog."""
    return at(offset_s, moment, "[%Y-%m-%d %H:%M:%S] ") + f'production.INFO: Seen {{"request_id":"{request_id}"}} \n'


def syslog(moment: datetime, words: str, offset_s: int = 0) -> str:
    """A line of `journalctl -o short`, which names no year."""
    local = moment + timedelta(seconds=offset_s)
    return f"{local:%b} {local.day:2} {local:%H:%M:%S} shop systemd[1]: {words}\n"


def syslog_iso(moment: datetime, words: str, offset_s: int = 0) -> str:
    return at(offset_s, moment, "%Y-%m-%dT%H:%M:%S") + f"{written(offset_s)} shop systemd[1]: {words}\n"


def many(make, *, step_s: int = 61, count: int = 12, **arguments) -> str:
    """Several lines, each with a path or an identifier of its own, at uneven distances."""
    return "".join(make(NOON + timedelta(seconds=step_s * n + n * n), n, **arguments) for n in range(count))


def of(timeline: logcorr.Timeline, source: str) -> pd.DataFrame:
    return timeline.events[timeline.events["source"] == source]


def zone_of(timeline: logcorr.Timeline, source: str):
    (zone,) = (zone for (_, name), zone in timeline.zones.items() if name == source)
    return zone


LOG_FORMAT = 'log_format own \'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
LOG_FORMAT = f'http {{ {LOG_FORMAT}"$http_user_agent" rid=$request_id\'; }}\n'


# --- zones ---


def test_zone_stated_in_the_line(write):
    timeline = logcorr.read(write({"a": access(NOON, offset_s=-12_600)}))
    (row,) = timeline.requests.to_dict("records")
    assert row["timestamp"] == pd.Timestamp(NOON)
    assert (row["timestamp_basis"], row["timestamp_uncertainty_s"]) == ("in_line", 1.0)


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("UTC", "12:00"),
        ("Z", "12:00"),
        ("+02:00", "10:00"),
        ("+0200", "10:00"),
        ("-03:30", "15:30"),
        ("Europe/Berlin", "11:00"),
        ("America/New_York", "17:00"),
        ("Asia/Kathmandu", "06:15"),
        ("Australia/Adelaide", "01:30"),
    ],
)
def test_zone_given_for_all(zone, hour, write):
    timeline = logcorr.read(write({"a": application(NOON, "hello")}), zone=zone)
    (row,) = timeline.events.to_dict("records")
    assert f"{row['timestamp']:%H:%M}" == hour
    assert row["timestamp_basis"] == "zone_given"


def test_zone_given_for_one_source(write):
    folder = write({"a": application(NOON, "hello"), "b": error(NOON)})
    timeline = logcorr.read(folder, zone=["nginx_error=+03:00", "app_text=-01:00"])
    assert [f"{stamp:%H}" for source in ("app_text", "nginx_error") for stamp in of(timeline, source)["timestamp"]] == [
        "13",
        "09",
    ]
    assert set(timeline.events["timestamp_basis"]) == {"zone_given"}


def test_zone_for_one_source_wins_over_the_one_for_all(write):
    folder = write({"a": application(NOON, "hello"), "b": error(NOON)})
    timeline = logcorr.read(folder, zone=["+05:00", "app_text=UTC"])
    assert [f"{stamp:%H}" for source in ("app_text", "nginx_error") for stamp in of(timeline, source)["timestamp"]] == [
        "12",
        "07",
    ]


def test_given_zone_does_not_touch_stamps_that_state_theirs(write):
    timeline = logcorr.read(write({"a": access(NOON, offset_s=3600)}), zone="America/New_York")
    assert timeline.requests["timestamp"].tolist() == [pd.Timestamp(NOON)]


@pytest.mark.parametrize(("month", "hour"), [(1, "11"), (7, "10")], ids=["winter", "summer"])
def test_named_zone_knows_summer_time(month, hour, write):
    timeline = logcorr.read(
        write({"a": application(datetime(2026, month, 5, 12, 0, tzinfo=UTC), "hello")}), zone="Europe/Berlin"
    )
    assert f"{timeline.events['timestamp'].iloc[0]:%H}" == hour


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "+2", "+25:00", "-15:00", "app_text=", "", "Europe", "../etc/passwd", "\0", "x" * 5000]
)
def test_zone_that_means_nothing(zone, write):
    with pytest.raises(logcorr.ZoneError) as caught:
        logcorr.read(write({"a": access(NOON)}), zone=zone)
    assert "Europe/Berlin" in caught.value.hint


@pytest.mark.parametrize("year", [0, -5, 26, 1969, 2201, 99_999])
def test_year_that_means_nothing(year):
    with pytest.raises(logcorr.ZoneError) as caught:
        parse_zones([], year)
    assert caught.value.hint


OFFSETS = [0, 3600, -18_000, 19_800, 20_700, -34_200, 45_900, 50_400, -43_200]


@pytest.mark.parametrize("offset_s", OFFSETS)
def test_zone_shown_by_request_ids(offset_s, write):
    rows = many(lambda moment, n: access(moment, f"/{n}", tail=f" rid={n:032x}"))
    lines = many(lambda moment, n: laravel(moment, f"{n:032x}", offset_s))
    timeline = logcorr.read(write({"a": LOG_FORMAT, "b": rows, "c": lines}))
    zone = zone_of(timeline, "app_text")
    assert (zone.basis, zone.offset_s, zone.matches, zone.runner_up) == ("zone_inferred", offset_s, 12, 0)
    assert of(timeline, "app_text")["timestamp"].tolist() == timeline.requests["timestamp"].tolist()


@pytest.mark.parametrize("offset_s", OFFSETS)
def test_zone_shown_by_messages_in_two_sources(offset_s, write):
    known = many(lambda moment, n: syslog_iso(moment, f"Started job-{n}.service.", 7200))
    lines = many(lambda moment, n: syslog(moment, f"Started job-{n}.service.", offset_s))
    timeline = logcorr.read(write({"a": known, "b": lines}))
    folder_zones = sorted(zone.basis for zone in timeline.zones.values())
    assert folder_zones == ["in_line", "zone_inferred"]
    (zone,) = (zone for zone in timeline.zones.values() if zone.basis == "zone_inferred")
    assert (zone.offset_s, zone.matches) == (offset_s, 12)
    stamps = timeline.events.groupby("body")["timestamp"].nunique()
    assert stamps.tolist() == [1] * 12


@pytest.mark.parametrize("offset_s", OFFSETS)
def test_zone_shown_by_error_and_access_lines(offset_s, write):
    rows = many(lambda moment, n: access(moment, f"/{n}", 502))
    lines = many(lambda moment, n: error(moment, f"/{n}", offset_s))
    timeline = logcorr.read(write({"a": rows, "b": lines}))
    zone = zone_of(timeline, "nginx_error")
    assert (zone.basis, zone.offset_s, zone.matches) == ("zone_inferred", offset_s, 12)


def test_few_matches_show_no_zone(write):
    rows = many(lambda moment, n: access(moment, f"/{n}", 502), count=4)
    lines = many(lambda moment, n: error(moment, f"/{n}", 19_800), count=4)
    timeline = logcorr.read(write({"a": rows, "b": lines}))
    assert zone_of(timeline, "nginx_error").matches == 0
    assert zone_of(timeline, "nginx_error").offset_s == 0  # what the server's access log shows


def test_disputed_matches_show_no_zone(write):
    rows = many(lambda moment, n: access(moment, f"/{n}", 502), count=14)
    lines = many(lambda moment, n: error(moment, f"/{n}", 7200 if n % 2 else 3600), count=14)
    timeline = logcorr.read(write({"a": rows, "b": lines}))
    assert zone_of(timeline, "nginx_error").matches == 0


def test_runner_up_is_told(write):
    rows = many(lambda moment, n: access(moment, f"/{n}", 502), count=14)
    lines = many(lambda moment, n: error(moment, f"/{n}", 7200 if n < 12 else 3600), count=14)
    zone = zone_of(logcorr.read(write({"a": rows, "b": lines})), "nginx_error")
    assert (zone.offset_s, zone.matches, zone.runner_up) == (7200, 12, 2)


@pytest.mark.parametrize(
    "known",
    [
        access(NOON, offset_s=20_700),
        "Mon Nov 23 17:45:00 +0545 2026\nMon Nov 23 12:00:00 UTC 2026\n",
    ],
    ids=["access", "date"],
)
def test_offset_of_the_server_is_that_of_its_programs(known, write):
    timeline = logcorr.read(write({"a": known, "b": error(NOON, "/other", 20_700)}))
    (row,) = of(timeline, "nginx_error").to_dict("records")
    assert row["timestamp"] == pd.Timestamp(NOON)
    assert row["timestamp_basis"] == "zone_inferred"


def test_application_in_utc_on_a_server_elsewhere(write):
    rows = many(lambda moment, n: access(moment, f"/{n}", offset_s=-18_000))
    lines = many(lambda moment, n: application(moment, f"job {n} done"))
    timeline = logcorr.read(write({"a": rows, "b": lines}))
    assert zone_of(timeline, "app_text").offset_s == 0
    assert of(timeline, "app_text")["timestamp"].iloc[0] == pd.Timestamp(NOON)


def test_application_on_the_clock_of_its_server(write):
    rows = many(lambda moment, n: access(moment, f"/{n}", offset_s=-18_000))
    lines = many(lambda moment, n: application(moment, f"job {n} done", -18_000))
    timeline = logcorr.read(write({"a": rows, "b": lines}))
    assert zone_of(timeline, "app_text").offset_s == -18_000


def test_without_any_other_evidence_the_zone_is_assumed(write):
    timeline = logcorr.read(write({"a": application(NOON, "hello")}))
    (row,) = timeline.events.to_dict("records")
    assert (row["timestamp"], row["timestamp_basis"]) == (pd.Timestamp(NOON), "zone_assumed")


# --- years ---


def test_year_comes_from_the_other_evidence(write):
    timeline = logcorr.read(write({"a": access(NOON), "b": syslog(NOON, "Started x.service.")}))
    (row,) = of(timeline, "journal").to_dict("records")
    assert (row["timestamp"], row["timestamp_basis"]) == (pd.Timestamp(NOON), "year_inferred")


@pytest.mark.parametrize(
    "anchor", [datetime(2026, 12, 31, 20, tzinfo=UTC), datetime(2027, 1, 1, 4, tzinfo=UTC)], ids=["old", "new"]
)
def test_new_year_in_one_file(anchor, write):
    moments = [datetime(2026, 12, 31, 23, 59, 50, tzinfo=UTC), datetime(2027, 1, 1, 0, 0, 10, tzinfo=UTC)]
    lines = "".join(syslog(moment, "Started x.service.") for moment in moments)
    timeline = logcorr.read(write({"a": access(anchor), "b": lines}))
    assert of(timeline, "journal")["timestamp"].tolist() == [pd.Timestamp(moment) for moment in moments]


def test_leap_day(write):
    moments = [
        datetime(2028, 2, 28, 23, tzinfo=UTC),
        datetime(2028, 2, 29, 12, tzinfo=UTC),
        datetime(2028, 3, 1, 1, tzinfo=UTC),
    ]
    lines = "".join(syslog(moment, "Started x.service.") for moment in moments)
    timeline = logcorr.read(write({"a": access(moments[1]), "b": lines}))
    assert of(timeline, "journal")["timestamp"].tolist() == [pd.Timestamp(moment) for moment in moments]


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_march_follows_february_in_every_year(year, write):
    lines = "Feb 28 23:59:59 shop systemd[1]: Started a.service.\nMar  1 00:00:00 shop systemd[1]: Started b.service.\n"
    first, second = logcorr.read(write({"a": lines}), year=year, zone="UTC").events["timestamp"]
    assert second - first == pd.Timedelta(days=1 if year == 2028 else 0, seconds=1)
    assert first.year == second.year == year


def test_year_given(write):
    timeline = logcorr.read(write({"a": syslog(NOON, "Started x.service.")}), year=2019, zone="UTC")
    (row,) = timeline.events.to_dict("records")
    assert row["timestamp"] == pd.Timestamp("2019-11-23 12:00", tz="UTC")


@pytest.mark.parametrize(
    ("saved", "year"),
    [("2024-11-23 13:00", 2024), ("2024-11-20 00:00", 2023), ("2025-01-05 00:00", 2024), ("2024-11-23 12:00", 2024)],
)
def test_year_of_a_file_alone_is_that_of_its_last_change(saved, year, write):
    folder = write({"a": syslog(NOON, "Started x.service.")})
    stamp = pd.Timestamp(saved, tz="UTC").timestamp()
    os.utime(folder / "a", (stamp, stamp))
    (row,) = logcorr.read(folder, zone="UTC").events.to_dict("records")
    assert row["timestamp"] == pd.Timestamp(NOON.replace(year=year))
    assert row["timestamp_basis"] == "file_time"


# --- exactness ---


@pytest.mark.parametrize(
    ("line", "width_s"),
    [
        (access(NOON), 1.0),
        (error(NOON), 1.0),
        (application(NOON, "x"), 0.001),
        ("2026-11-23T10:16:15.090279+01:00 shop systemd[1]: Started x.service.\n", 0.000001),
    ],
)
def test_uncertainty_is_the_resolution(line, width_s, write):
    (row,) = logcorr.read(write({"a": line})).events.to_dict("records")
    assert row["timestamp_uncertainty_s"] == pytest.approx(width_s)


def test_fraction_of_a_second_is_kept(write):
    (row,) = logcorr.read(
        write({"a": "2026-11-23T10:16:15.090279+01:00 shop systemd[1]: Started x.service.\n"})
    ).events.to_dict("records")
    assert row["timestamp"] == pd.Timestamp("2026-11-23 09:16:15.090279", tz="UTC")


def test_every_family_is_in_order_of_time(write):
    lines = "".join(access(NOON + timedelta(seconds=shift), f"/{shift}") for shift in (5, 1, 3, 3, 0))
    timeline = logcorr.read(write({"a": lines, "b": error(NOON + timedelta(seconds=2))}))
    assert timeline.requests["url_path"].tolist() == ["/0", "/1", "/3", "/3", "/5"]
    assert all(earlier <= later for earlier, later in pairwise(timeline.events["timestamp"]))


# --- one record in several renderings ---


def test_failed_reload_of_the_story_counts_once():
    timeline = logcorr.read(ROOT / "sample_logs" / "story")
    told = timeline.service_events[timeline.service_events["unit"] == "php8.2-fpm.service"]
    assert (told["event_name"].astype(str) == "unit.reload.failed").sum() == 1
    everywhere = timeline.sql("select file from log where event_name = 'unit.reload.failed' and unit = 'php8.2-fpm.service'")
    assert len(everywhere) == 4  # two renderings of the journal, syslog, and systemctl status


def test_record_in_two_files_counts_once(write):
    lines = many(lambda moment, n: syslog_iso(moment, f"Started job-{n}.service."))
    timeline = logcorr.read(write({"a": lines, "b": lines}))
    assert len(timeline.events) == 24
    assert len(timeline.service_events) == 12
    assert timeline.events["duplicate_of"].notna().sum() == 12


def test_same_words_twice_in_one_file_are_two_records(write):
    lines = syslog_iso(NOON, "Started a.service.") * 2
    timeline = logcorr.read(write({"a": lines}))
    assert len(timeline.service_events) == 2


def test_same_words_in_another_second_are_another_record(write):
    first, second = syslog_iso(NOON, "Started a.service."), syslog_iso(NOON + timedelta(seconds=1), "Started a.service.")
    assert len(logcorr.read(write({"a": first, "b": second})).service_events) == 2


# --- what belongs to one request ---


@pytest.mark.parametrize(
    ("late_s", "path", "status", "matched"),
    [
        (0, "/a", 502, True),
        (1, "/a", 502, True),
        (2, "/a", 502, False),
        (-1, "/a", 502, False),
        (0, "/b", 502, False),
        (0, "/a", 200, False),
    ],
)
def test_error_line_belongs_to_its_access_line(late_s, path, status, matched, write):
    timeline = logcorr.read(
        write({"a": access(NOON + timedelta(seconds=late_s), path, status), "b": error(NOON, "/a")}), zone="UTC"
    )
    (row,) = timeline.requests.to_dict("records")
    assert pd.notna(row["error_event_id"]) is matched


def test_each_error_line_belongs_to_one_access_line(write):
    timeline = logcorr.read(write({"a": access(NOON, "/a", 502) * 3, "b": error(NOON, "/a") * 2}), zone="UTC")
    owners = timeline.requests["error_event_id"].dropna()
    assert len(owners) == owners.nunique() == 2


def request_of_line(timeline: logcorr.Timeline) -> list[int | None]:
    """The place in the access log of the request that each line of the application is about."""
    rows = timeline.sql("select request_key from log where source = 'app_text' order by event_id")
    return [None if pd.isna(key) else int(key) for key in rows["request_key"]]


def test_application_line_belongs_to_the_request_of_its_identifier(write):
    rows = "".join(access(NOON, f"/{n}", tail=f" rid={n:032x}") for n in range(3))
    lines = laravel(NOON + timedelta(hours=1), f"{2:032x}") + laravel(NOON, "f" * 32)
    timeline = logcorr.read(write({"a": LOG_FORMAT, "b": rows, "c": lines}), zone="UTC")
    assert request_of_line(timeline) == [2, None]


@pytest.mark.parametrize(
    ("words", "late_s", "expected"),
    [
        ("GET /b -> 200 (58 ms) user=ann", 0, [1]),
        ("GET /b -> 200 (58 ms) user=ann", -1, [1]),
        ("GET /b -> 200 (58 ms) user=ann", 1, [None]),
        ("GET /b -> 500 (58 ms) user=ann", 0, [None]),
        ("POST /b -> 200 (58 ms) user=ann", 0, [None]),
        ("GET /c -> 200 (58 ms) user=ann", 0, [None]),
    ],
)
def test_application_line_belongs_to_the_request_of_its_second(words, late_s, expected, write):
    rows = access(NOON, "/a") + access(NOON, "/b")
    timeline = logcorr.read(write({"a": rows, "b": application(NOON + timedelta(seconds=late_s), words)}), zone="UTC")
    assert request_of_line(timeline) == expected


def test_application_error_without_status_belongs_to_a_failed_request(write):
    rows = access(NOON, "/a", 200) + access(NOON, "/a", 500)
    line = application(NOON, "Exception on /a [GET]", level="ERROR")
    assert request_of_line(logcorr.read(write({"a": rows, "b": line}), zone="UTC")) == [1]
