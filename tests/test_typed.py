"""What the caller knows beside the files: times as typed, deploys, complaints, bounds, open files."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime

import pandas as pd
import pytest

import logcorr
from logcorr.timeline.typed_times import instant_of, parse

LINE = '192.0.2.7 - - [23/Nov/2026:{} +0100] "GET /account?n={} HTTP/1.1" {} 10 "-" "curl"\n'
ACCESS = "".join(LINE.format(f"10:{minute:02d}:01", minute, 502 if minute > 56 else 200) for minute in range(50, 60))
SYSTEM = "2026-11-23T10:{:02d}:05.902449+01:00 shop-prod-2 systemd[1]: Reloading php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...\n"
EVIDENCE = {
    "access.log": ACCESS,
    "syslog": SYSTEM.format(51) + SYSTEM.format(58),
    "ls.txt": "total 0\nsrw-rw---- 1 www-data www-data  0 2026-11-22 10:56:25.963863396 +0100 shop.sock\n",
    "deploy.log": '{"event":"deployment.completed","release":"v1","timestamp":"2026-11-22T08:00:00Z"}\n',
    "nginx.conf": "events {}\nhttp { upstream app { server unix:/run/php/shop.sock; } }\n",
}


def us(*clock: int) -> int:
    return int(datetime(*clock, tzinfo=UTC).timestamp()) * 1_000_000


def stamp(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-23 10:56", "", us(2026, 11, 23, 10, 56)),
        ("2026-11-23 10:56", "Europe/Berlin", us(2026, 11, 23, 9, 56)),
        ("2026-07-23 10:56", "Europe/Berlin", us(2026, 7, 23, 8, 56)),
        ("2026-11-23 10:56", "-03:00", us(2026, 11, 23, 13, 56)),
        ("2026-11-23T10:56:26+01:00", "-03:00", us(2026, 11, 23, 9, 56, 26)),
        ("2026-11-23 10:56:26 +0100", "", us(2026, 11, 23, 9, 56, 26)),
        ("2026-11-23 10:56 UTC", "+01:00", us(2026, 11, 23, 10, 56)),
        ("2026-11-23T09:56:26.500Z", "", us(2026, 11, 23, 9, 56, 26) + 500_000),
        ("2026-03-04 10:56 UTC", "", us(2026, 3, 4, 10, 56)),
        ("23/Nov/2026:10:56:26 +0100", "", us(2026, 11, 23, 9, 56, 26)),
        ("2026/11/23 10:56:26", "", us(2026, 11, 23, 10, 56, 26)),
        ("Mon Nov 23 10:56:26 2026", "", us(2026, 11, 23, 10, 56, 26)),
        ("Nov 23 10:56:26", "", us(2026, 11, 23, 10, 56, 26)),
        ("23 Nov 2026 10:56", "", us(2026, 11, 23, 10, 56)),
        ("23.11.2026 10:56", "", us(2026, 11, 23, 10, 56)),
        ("2026-11-23", "", us(2026, 11, 23)),
        ("21:47", "", us(2026, 11, 22, 21, 47)),
        ("9:47 pm", "", us(2026, 11, 22, 21, 47)),
        ("02:10", "", us(2026, 11, 23, 2, 10)),
        ("02:10+05:00", "", us(2026, 11, 22, 21, 10)),
        ("Jan 2 10:00", "", us(2027, 1, 2, 10)),
    ],
)
def test_a_time_is_read_as_typed(text, zone, expected):
    window = (us(2026, 11, 22, 20), us(2026, 11, 23, 4))
    assert instant_of(parse(text), lambda: window, zone) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "2026",
        "soon",
        "25:99",
        "2026-02-30 10:00",
        "03/04/2026 10:00",
        "yesterday 10pm",
        "Monday 10:00",
        "Nov 10:56",
        "12:00",
        "21:47 BST",
    ],
)
def test_a_time_that_is_none_or_not_certain_is_told(text):
    with pytest.raises(logcorr.TimeError) as caught:
        instant_of(parse(text), lambda: (us(2026, 11, 22, 20), us(2026, 11, 23, 4)))
    assert caught.value.hint


def test_a_clock_on_two_days_of_the_evidence_is_not_certain():
    with pytest.raises(logcorr.TimeError, match="2 days"):
        instant_of(parse("21:47"), lambda: (us(2026, 11, 21, 20), us(2026, 11, 23, 4)))


def test_a_clock_without_a_date_is_of_the_day_of_the_evidence():
    day = (us(2026, 11, 23, 9), us(2026, 11, 23, 10))
    assert instant_of(parse("03:00"), lambda: day) == us(2026, 11, 23, 3)
    assert instant_of(parse("21:47"), lambda: day, "+13:00") == us(2026, 11, 23, 8, 47)
    with pytest.raises(logcorr.TimeError, match="no day"):
        instant_of(parse("03:00"), lambda: day, "-09:30")


@pytest.mark.parametrize(
    ("text", "moment", "basis"),
    [
        ("2026-11-23T09:54:00Z", "2026-11-23 09:54", "in_line"),
        ("2026-11-23 10:54", "2026-11-23 09:54", "zone_inferred"),
        ("2026-11-21 17:00", "2026-11-21 16:00", "zone_inferred"),
        ("10:54", "2026-11-23 09:54", "year_inferred"),
        ("10:54+01:00", "2026-11-23 09:54", "year_inferred"),
        ("21:47", "2026-11-22 20:47", "year_inferred"),
        ("Nov 23 10:54", "2026-11-23 09:54", "year_inferred"),
    ],
)
def test_a_typed_deploy_is_evidence_with_a_line(text, moment, basis, write):
    timeline = logcorr.read(write(EVIDENCE), deploys=text)
    (deploy,) = timeline.deploys[timeline.deploys["file"] == "--deploy"].to_dict("records")
    assert (deploy["timestamp"], deploy["timestamp_basis"], deploy["line"]) == (stamp(moment), basis, 1)
    assert f'"said": "{text}"' in timeline.lines("--deploy", 1, 1)[0]
    assert timeline.files[-1].lines == timeline.files[-1].events == 1


def test_typed_deploys_are_read_in_the_given_zone(write):
    timeline = logcorr.read(write(EVIDENCE), deploys=["10:54", "2026-11-20 10:00"], zone="deploy=-03:00")
    typed = timeline.deploys[timeline.deploys["file"] == "--deploy"]
    assert list(typed["timestamp"]) == [stamp("2026-11-20 13:00"), stamp("2026-11-22 13:54")]


def test_a_typed_deploy_is_uncertain_by_what_was_typed(write):
    timeline = logcorr.read(write(EVIDENCE), deploys=["2026-11-23 10:54", "2026-11-23 10:54:10"])
    typed = timeline.deploys[timeline.deploys["file"] == "--deploy"]
    assert list(typed["timestamp_uncertainty_s"]) == [60.0, 1.0]


@pytest.mark.parametrize("text", ["2026-11-23", "at noon, I think", "3/4/2026 10:00", ""])
def test_a_deploy_without_a_certain_time_is_told(text, write):
    with pytest.raises(logcorr.TimeError) as caught:
        logcorr.read(write(EVIDENCE), deploys=text)
    assert caught.value.hint


def test_a_typed_deploy_proves_as_a_written_one_does(write):
    report = logcorr.diagnose(write(EVIDENCE), deploys=["2026-11-23T09:54:00Z"]).to_dict()
    assert {"start": "2026-11-23T09:54:00Z", "file": "--deploy", "line": 1}.items() <= report["deploys"][-1].items()
    (file,) = [each for each in report["evidence"] if each["file"] == "--deploy"]
    assert (file["format"], file["lines"], len(file["sha256"])) == ("deploy", 1, 64)


def test_typed_complaints_are_evidence(write):
    report = logcorr.diagnose(write(EVIDENCE), complaints=["2026-11-23 10:58 cannot log in", "10:59 me neither"]).to_dict()
    told = [(each["text"], each["time"], each["file"]) for each in report["complaints"]]
    assert told == [
        ("cannot log in", "2026-11-23T09:58:00Z", "--complaint"),
        ("me neither", "2026-11-23T09:59:00Z", "--complaint"),
    ]


def test_a_complaint_without_a_time_is_told(write):
    with pytest.raises(logcorr.TimeError, match="login broken") as caught:
        logcorr.read(write(EVIDENCE), complaints="login broken")
    assert caught.value.hint


def test_bounds_drop_what_happened_outside_and_keep_what_describes(write):
    folder = write(EVIDENCE)
    whole, part = logcorr.read(folder), logcorr.read(folder, since="2026-11-23 09:55", until="2026-11-23T10:57:30+01:00")
    assert (len(whole.requests), len(part.requests)) == (10, 3)
    assert list(part.requests["url_query"]) == ["n=55", "n=56", "n=57"]
    assert (len(whole.tables["log"]), len(part.tables["log"])) == (2, 0)
    assert len(part.states) == len(whole.states) > 0
    assert len(part.configuration) == len(whole.configuration) > 0
    assert list(part.deploys["service_version"]) == ["v1"]
    assert [each.lines for each in part.files] == [each.lines for each in whole.files]
    window = {"start": "2026-11-23T09:55:00Z", "since": "2026-11-23T09:55:00Z", "until": "2026-11-23T09:57:30Z"}
    assert window.items() <= logcorr.diagnose(part).to_dict()["window"].items()
    assert set(logcorr.diagnose(whole).to_dict()["window"]) == {"start", "end"}


def test_bounds_are_read_in_the_given_zone_and_a_day_is_whole(write):
    folder = write(EVIDENCE)
    assert len(logcorr.read(folder, since="10:55", zone="Europe/Berlin").requests) == 5
    assert len(logcorr.read(folder, since="2026-11-23", until="2026-11-23").requests) == 10
    assert len(logcorr.read(folder, until="2026-11-23 09:51:01").requests) == 2
    assert len(logcorr.read(folder, since="2026-11-23 09:59:01").requests) == 1


def test_the_report_says_what_was_left_out(write):
    told = logcorr.diagnose(write(EVIDENCE), since="09:55", until="09:57").to_markdown()
    assert "left out, as asked for: what happened before 2026-11-23 09:55:00Z and after 2026-11-23 09:57:00Z" in told


def test_deploys_after_the_bounds_are_not_looked_at(write):
    timeline = logcorr.read(write(EVIDENCE), until="09:55", deploys=["2026-11-23T09:56:00Z", "2026-11-23T09:54:00Z"])
    assert list(timeline.deploys["timestamp"]) == [stamp("2026-11-22 08:00"), stamp("2026-11-23 09:54")]


@pytest.mark.parametrize(
    ("bounds", "error"),
    [
        ({"since": "2026-11-24"}, logcorr.EvidenceError),
        ({"until": "2026-11-22"}, logcorr.EvidenceError),
        ({"since": "2026-11-23 10:00", "until": "2026-11-23 09:00"}, logcorr.TimeError),
        ({"until": "03:00"}, logcorr.EvidenceError),
    ],
)
def test_bounds_without_anything_inside_are_told(bounds, error, write):
    with pytest.raises(error):
        logcorr.read(write(EVIDENCE), **bounds)


@pytest.mark.parametrize(
    "kind",
    [lambda: io.BytesIO(ACCESS.encode()), lambda: io.StringIO(ACCESS), lambda: io.BytesIO(gzip.compress(ACCESS.encode()))],
)
def test_an_open_file_is_read(kind):
    timeline = logcorr.read(kind())
    (facts,) = timeline.files
    assert (facts.file.name, facts.lines, len(timeline.requests)) == ("<stream>", 10, 10)
    assert timeline.lines("<stream>", 3, 3) == ACCESS.splitlines()[2:3]
    assert len(facts.sha256) == 64


def test_open_files_keep_their_names_and_stand_beside_others(write):
    folder = write(EVIDENCE)
    with (folder / "access.log").open("rb") as binary, (folder / "syslog").open() as text:
        timeline = logcorr.read([binary, text, io.BytesIO(b"a\n"), io.BytesIO(b"b\n"), folder / "ls.txt"])
    names = [each.file.name for each in timeline.files]
    assert names == [str(folder / "access.log"), str(folder / "syslog"), "<stream>", "<stream> (2)", str(folder / "ls.txt")]
    assert len(timeline.requests) == 10
    assert timeline.lines("<stream> (2)", 1, 1) == ["b"]


def test_an_open_file_larger_than_its_sample_is_read():
    many = "".join(LINE.format("10:55:01", n, 200) for n in range(6000))
    assert len(many) > 256 << 10
    assert len(logcorr.read(io.StringIO(many)).requests) == 6000


def test_a_file_counts_once_however_its_path_is_spelled(write, monkeypatch):
    folder = write(EVIDENCE)
    monkeypatch.chdir(folder)
    assert len(logcorr.read(["access.log", "./access.log", folder / "access.log", "*.log"]).requests) == 10
