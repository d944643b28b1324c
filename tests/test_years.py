"""The year of stamps that name none: by the order of lines, by other dates, by the caller, by the file's time."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

import logcorr

HOUR = timedelta(hours=1)


def line(moment: datetime, words: str = "Started x.service.") -> str:
    return f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} shop systemd[1]: {words}\n"


def lines(*moments: datetime) -> str:
    return "".join(line(moment) for moment in moments)


def access(moment: datetime) -> str:
    return f'192.0.2.7 - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET / HTTP/1.1" 200 10 "-" "curl"\n'


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamps(timeline: logcorr.Timeline, file: str = "syslog") -> list[pd.Timestamp]:
    events = timeline.events
    return events[events["file"].str.endswith(file)].sort_values("line")["timestamp"].tolist()


def dates(*moments: datetime) -> list[pd.Timestamp]:
    return [pd.Timestamp(moment) for moment in moments]


def test_new_year_twice_in_one_file(write):
    moments = [day("2024-11-30"), day("2024-12-31"), day("2025-01-01"), day("2025-06-01"), day("2025-12-31"), day("2026-01-02")]
    timeline = logcorr.read(write({"a": access(moments[-1]), "syslog": lines(*moments)}))
    assert stamps(timeline) == dates(*moments)


def test_late_line_after_new_year_stays_in_the_old_year(write):
    moments = [day("2026-12-31 23:59:58"), day("2027-01-01 00:00:01"), day("2026-12-31 23:59:59"), day("2027-01-01 00:00:02")]
    timeline = logcorr.read(write({"a": access(moments[1]), "syslog": lines(*moments)}))
    assert stamps(timeline) == dates(*moments)


@pytest.mark.parametrize("year", [2020, 2024])
def test_leap_day_is_in_a_leap_year(year, write):
    # the nearest year to the other evidence, 2022, has no 29 February
    moments = [day(f"{year}-02-28"), day(f"{year}-02-29"), day(f"{year}-03-01")]
    timeline = logcorr.read(
        write({"a": access(day("2021-06-01" if year == 2020 else "2023-06-01")), "syslog": lines(*moments)})
    )
    assert stamps(timeline) == dates(*moments)


def test_leap_day_tells_the_year_of_a_file_alone(write):
    folder = write({"syslog": lines(day("2024-02-29"), day("2024-03-01"))})
    copied = day("2026-11-25").timestamp()
    os.utime(folder / "syslog", (copied, copied))
    assert stamps(logcorr.read(folder, zone="UTC")) == dates(day("2024-02-29"), day("2024-03-01"))


def test_rotated_files_are_one_log(write):
    old = [day("2025-10-05"), day("2025-12-30")]
    new = [day("2026-01-02"), day("2026-03-01")]
    timeline = logcorr.read(write({"syslog.1": lines(*old), "syslog": lines(*new), "a": access(day("2026-03-01 12:00"))}))
    assert stamps(timeline, "syslog.1") == dates(*old)
    assert stamps(timeline) == dates(*new)


def test_year_given_is_that_of_the_end(write):
    moments = [day("2026-12-31 23:59:58"), day("2027-01-01 00:00:01")]
    timeline = logcorr.read(write({"syslog": lines(*moments)}), year=2027, zone="UTC")
    assert stamps(timeline) == dates(*moments)


def test_year_given_outweighs_all_else(write):
    moments = [day("2024-11-23")]
    timeline = logcorr.read(write({"a": access(day("2026-11-23")), "syslog": lines(*moments)}), year=2024)
    assert stamps(timeline) == dates(*moments)


def test_dates_in_its_own_lines_tell_the_year(write):
    moments = [day("2024-11-23 10:00") + n * HOUR for n in range(4)]
    told = "".join(line(moment, f"{moment:[%d-%b-%Y %H:%M:%S]} NOTICE: ready") for moment in moments)
    timeline = logcorr.read(write({"a": access(day("2026-11-23")), "syslog": told}))
    assert stamps(timeline) == dates(*moments)
    assert set(timeline.events.query("file.str.endswith('syslog')")["timestamp_basis"]) == {"year_inferred"}


def test_dates_of_other_days_in_its_lines_tell_nothing(write):
    moments = [day("2026-11-23 10:00") + n * HOUR for n in range(4)]
    told = "".join(line(moment, "certificate expires 2019-05-17") for moment in moments)
    timeline = logcorr.read(write({"a": access(day("2026-11-23")), "syslog": told}))
    assert stamps(timeline) == dates(*moments)


def test_file_alone_cannot_be_from_after_its_last_change(write):
    folder = write({"syslog": lines(day("2025-12-24"), day("2026-01-02"))})
    saved = day("2026-11-25").timestamp()
    os.utime(folder / "syslog", (saved, saved))
    timeline = logcorr.read(folder, zone="UTC")
    assert stamps(timeline) == dates(day("2025-12-24"), day("2026-01-02"))
    assert set(timeline.events["timestamp_basis"]) == {"file_time"}


def test_what_lies_in_no_file_gets_the_year_of_today_and_says_so():
    today = datetime.now(UTC)
    earlier = (today - timedelta(days=2)).replace(microsecond=0)
    timeline = logcorr.read(io.BytesIO(line(earlier).encode()), zone="UTC")
    assert timeline.events["timestamp"].tolist() == dates(earlier)
    assert timeline.events["timestamp_basis"].tolist() == ["year_assumed"]


@pytest.mark.parametrize(
    ("shown", "seen", "year"),
    [
        ("Nov 23 10:55", "2026-11-23", 2026),
        ("Dec 30 10:55", "2027-01-02", 2026),
        ("Jun 10 10:55", "2026-11-23", 2026),
        ("Jan  2 10:55", "2027-01-02", 2027),
        ("Nov 24 10:55", "2026-11-23", 2026),
        ("Aug  1 10:55", "2027-01-02", 2026),
    ],
)
def test_list_of_files_shows_no_year_for_the_half_year_before_it(shown, seen, year, write):
    listing = f"total 0\nsrw-rw---- 1 www-data www-data 0 {shown} shop.sock\n"
    timeline = logcorr.read(write({"a": access(day(seen)), "ls.txt": listing}))
    assert timeline.states["timestamp"].dt.year.tolist() == [year]
