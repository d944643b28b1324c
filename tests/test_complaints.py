"""Complaints: times as people say them, the day and the zone that they leave out, and what fits by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import logcorr
from logcorr import statistics
from logcorr.formats import complaints
from logcorr.formats.human_time import leading, mentioned
from logcorr.signatures.complaint_fits import SECOND, Failures, Report, share_covered
from logcorr.signatures.complaint_words import paths_in, statuses_in
from logcorr.timeline.complaints import calendar_day

HOUR = 3600.0


@pytest.mark.parametrize(
    ("text", "day", "start", "end", "offset"),
    [
        ("22:14 login is broken", "", 22 + 14 / 60, 22 + 15 / 60, None),
        ("10:57 pm cannot log in", "", 22.95, 22.95 + 1 / 60, None),
        ("10:57pm: x", "", 22.95, 22.95 + 1 / 60, None),
        ("22h14 x", "", 22 + 14 / 60, 22 + 15 / 60, None),
        ("around 10pm: cannot open /dashboard", "", 21.5, 22.5, None),
        ("10pm x", "", 21.5, 22.5, None),
        ("~22:10 x", "", 22 + 10 / 60 - 0.25, 22 + 10 / 60 + 0.25, None),
        ("10pm-ish x", "", 21.5, 22.5, None),
        ("since this morning all is slow", "today", 5, 24, None),
        ("this morning x", "today", 5, 12, None),
        ("last night no login", "yesterday", 20, 30, None),
        ("yesterday 10pm x", "yesterday", 21.5, 22.5, None),
        ("since 22:14 no login", "", 22 + 14 / 60, 24, None),
        ("2026-11-23 10:57 x", "2026-11-23", 10.95, 10.95 + 1 / 60, None),
        ("2026-11-23T10:57:30Z x", "2026-11-23", 10.95 + 30 / 3600, 10.95 + 31 / 3600, 0),
        ("2026-11-23T10:57-03:00 x", "2026-11-23", 10.95, 10.95 + 1 / 60, -10_800),
        ("Nov 23, 2026 10:57 pm x", "2026-11-23", 22.95, 22.95 + 1 / 60, None),
        ("Mon 23 Nov 22:14 x", "--11-23", 22 + 14 / 60, 22 + 15 / 60, None),
        ("11/12/2026 22:14 x", "2026-11-12|2026-12-11", 22 + 14 / 60, 22 + 15 / 60, None),
        ("23.11.26 22:14 x", "2026-11-23", 22 + 14 / 60, 22 + 15 / 60, None),
        ("Monday around noon x", "monday", 11.5, 12.5, None),
        ("22:00-22:30 no search", "", 22, 22.5 + 1 / 60, None),
        ("between 10:00 and 10:30 pm x", "", 22, 22.5 + 1 / 60, None),
        ("23:50-00:10 x", "", 23 + 50 / 60, 24 + 11 / 60, None),
        ("22:14 UTC+2 x", "", 22 + 14 / 60, 22 + 15 / 60, 7200),
        ("10:57 AM EST x", "", 10.95, 10.95 + 1 / 60, -18_000),
        ("10:57 BST x", "", 10.95, 10.95 + 1 / 60, None),
        ("2026-11-23 slow", "2026-11-23", 0, 24, None),
    ],
)
def test_times_as_people_say_them(text, day, start, end, offset):
    time = leading(text)
    assert (time.day, time.offset_s) == (day, offset)
    assert (time.start_s, time.end_s) == pytest.approx((start * HOUR, end * HOUR))
    assert time.start_s <= time.at_s <= time.end_s


@pytest.mark.parametrize(
    "text",
    [
        *("25:00 x", "13:57 pm x", "31 Nov 2026 22:14 x", "10 users cannot log in", "502 Bad Gateway", "just now it broke"),
        *(
            "5 minutes ago",
            "may we have our login back",
            "night mode is broken",
            "9-17 x",
            "1.2.3 is broken",
            "login",
            "",
            "2026",
        ),
    ],
)
def test_what_is_no_time(text):
    assert leading(text) is None
    assert mentioned(text) is None


def test_a_time_inside_counts_where_it_is_the_only_one():
    assert mentioned("login is down since 22:14").day == ""
    assert mentioned("login is down since 22:14, still at 22:40") is None


def test_typed_complaints_become_a_table_that_is_read_again():
    table = complaints.as_table(
        ["22:14 login is broken", 'around 10pm: cannot open "/dashboard", says bob', "no login at 22:20"]
    )
    assert table.split("\n")[:3] == [
        "time,text",
        "22:14,login is broken",
        'around 10pm,"cannot open ""/dashboard"", says bob"',
    ]
    lines = table.split("\n")[:-1]
    assert complaints.recognise(lines)
    facts = [fact.columns for fact in complaints.read(lines)]
    assert [fact["clock_s"] / HOUR for fact in facts] == pytest.approx([22 + 14 / 60, 22, 22 + 20 / 60])
    assert [fact["body"] for fact in facts] == ["login is broken", 'cannot open "/dashboard", says bob', "no login at 22:20"]


def test_a_typed_complaint_needs_a_time():
    with pytest.raises(ValueError, match=r"no time in 'login is broken': write when"):
        complaints.as_table(["22:14 slow", "login is broken"])


@pytest.mark.parametrize(
    "text",
    [
        "22:14 restarted php-fpm\n22:20 rolled back",
        "Nov 23 22:15:01 shop-prod-2 systemd[1]: Reloading.",
        "complaints\n",
        "Complaints:\n22:14 cannot log in\nthat is all",
        "Complaints about the office\n22:14 too cold",
    ],
)
def test_notes_and_logs_are_no_complaints(text):
    assert not complaints.recognise(text.split("\n"))


ACCESS = '192.0.2.1 - - [{}] "GET / HTTP/1.1" 200 13 "-" "-"\n'


def read(tmp_path, stamps, rows, zone=()):
    (tmp_path / "access.log").write_text("".join(ACCESS.format(stamp) for stamp in stamps))
    (tmp_path / "complaints.csv").write_text("time,text\n" + "".join(f"{row}\n" for row in rows))
    found = logcorr.read(tmp_path, zone=zone).complaints
    spans = zip(found["reported_from_us"], found["reported_to_us"], strict=True)
    return [
        None if start != start else f"{pd.Timestamp(start, unit='us'):%d %H:%M} {(end - start) / 60 / SECOND:g} {basis}"  # noqa: PLR0124
        for (start, end), basis in zip(spans, found["timestamp_basis"], strict=True)
    ]


EVENING = ["22/Nov/2026:20:00:00 +0100", "22/Nov/2026:23:59:00 +0100"]


def test_the_day_that_is_not_said_is_that_of_the_evidence(tmp_path):
    rows = ["22:14,x", "yesterday 22:14,x", "today 22:14,x", "00:05,x", "sunday 22:14,x", "11/22/2026 22:14,x", "--,x"]
    told = read(tmp_path, EVENING, rows)
    assert sorted(told[:-1]) == sorted(
        ["22 21:14 1 day_inferred"] * 4 + ["22 21:14 1 zone_inferred", "22 23:05 1 day_inferred"]
    )
    assert told[-1] is None


def test_of_several_days_the_last_one_that_fits(tmp_path):
    stamps = ["20/Nov/2026:20:00:00 +0000", "22/Nov/2026:20:00:00 +0000"]
    told = read(tmp_path, stamps, ["22:14,x", "11/12/2026 10:00,x", "yesterday 10:00,x"])
    assert sorted(told) == sorted(["21 22:14 1 day_inferred", "11 10:00 1 day_inferred", "21 10:00 1 day_inferred"])


def test_a_zone_that_is_given_counts(tmp_path):
    assert read(tmp_path, EVENING, ["21:14,x"], ["complaint=UTC"]) == ["22 21:14 1 day_inferred"]
    assert read(tmp_path, EVENING, ["21:14,x"], ["complaint=Europe/Berlin"]) == ["22 20:14 1 day_inferred"]


def test_where_both_zones_fit_the_interval_takes_in_both(tmp_path):
    assert read(tmp_path, EVENING, ["2026-11-22 21:14,x"]) == ["22 20:14 61 zone_assumed"]
    assert read(tmp_path, EVENING, ["2026-11-22 23:14,x"]) == ["22 22:14 1 zone_inferred"]
    assert read(tmp_path, EVENING, ["2026-11-22 21:14 UTC,x"]) == ["22 21:14 1 in_line"]


def test_without_timed_evidence_there_is_no_day(tmp_path):
    assert read(tmp_path, [], ["22:14,x"]) == [None]


def test_a_day_of_no_calendar():
    assert calendar_day("2027-02-29") is None


def test_what_a_text_says():
    assert statuses_in("502 Bad Gateway, then error 500") == {502, 500}
    assert statuses_in("page not found") == {404}
    assert statuses_in("order 4040, port :502, 500 ms, 10.502.1 and /500") == set()
    assert paths_in("can't open /dashboard, nor https://shop.example/api/user/me?x=1 24/7 and/or /") == {
        "/dashboard",
        "/api/user/me",
    }


def failures(stamps, clients, users=None, window=(0, 1000 * SECOND)):
    failed = pd.DataFrame(
        {
            "timestamp_us": np.array(stamps) * SECOND,
            "request_key": range(len(stamps)),
            "url_path": "/",
            "http_response_status_code": 502,
            "user_id": None,
            "client_address": clients,
        }
    )
    return Failures(failed, None, users, 4, window)


def test_chance_is_the_share_of_reports_that_fit():
    users = pd.DataFrame(
        [("anna", "a", 3, 1, 3), ("bob", "b", 3, 1, 3), ("bob", "c", 3, 1, 3)],
        columns=["user_id", "client_address", "requests", "by_id", "users"],
    )
    known = failures([100, 130, 600, 640], ["a", "b", "a", "c"], users)
    report = Report(700 * SECOND, 760 * SECOND, "bob", None, frozenset(), frozenset(), frozenset(), timed=True)
    fit = known.fit(report, 120 * SECOND)
    assert fit.by == "user"
    assert list(known.rows["client_address"].iloc[fit.rows]) == ["c"]
    generator = np.random.default_rng(7)
    made, who = generator.uniform(0, 1000, 100_000), generator.integers(0, 3, 100_000)
    times = {0: [100, 600], 1: [130, 640], 2: []}  # the third user had no failed request
    hit = np.zeros(len(made), dtype=bool)
    for user, own in times.items():
        for moment in own:
            hit |= (who == user) & (made - 120 <= moment) & (moment <= made + 60 + 2)
    assert fit.chance == pytest.approx(hit.mean(), abs=0.005)


def test_of_people_whom_no_log_knows_only_the_time_counts():
    known = failures([100, 600], ["a", "b"])
    report = Report(610 * SECOND, 611 * SECOND, "carol", None, frozenset({502}), frozenset(), frozenset(), timed=True)
    fit = known.fit(report, 97 * SECOND)
    assert (fit.by, list(fit.rows), fit.chance) == ("time", [1], pytest.approx(0.2))


def test_stretches_that_overlap_count_once():
    assert share_covered(np.array([0, 0, 1]), np.array([10, 12, 95]), (5, 5), (0, 100)) == pytest.approx(0.12 + 0.1)
    assert share_covered(np.array([], int), np.array([], int), (5, 5), (0, 100)) == 0


def test_chance_of_at_least_is_the_binomial_where_all_are_equal():
    assert statistics.chance_of_at_least(3, [0.2] * 10) == pytest.approx(stats.binom.sf(2, 10, 0.2))
    assert statistics.chance_of_at_least(0, []) == 1
    assert statistics.chance_of_at_least(2, [0.5, 0.1]) == pytest.approx(0.05)


def test_longest_wait_is_that_of_an_exponential_with_the_greatest_likely_mean():
    waits = [30.0, 50, 10, 90, 20]
    mean = 2 * sum(waits) / stats.chi2(10).ppf(0.05)
    assert statistics.longest_wait(waits) == pytest.approx(stats.expon(scale=mean).ppf(0.95))
