"""Gaps in logs: told apart from quiet hours, bursts and outages."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

import logcorr

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def access(second: float, status: int = 200) -> str:
    return (
        f'192.0.2.7 - - [{NOON + timedelta(seconds=second):%d/%b/%Y:%H:%M:%S} +0000] "GET / HTTP/1.1" {status} 10 "-" "curl"\n'
    )


def application(second: float, level: str = "INFO") -> str:
    return f"{NOON + timedelta(seconds=second):%Y-%m-%d %H:%M:%S,000} {level} [82] shop.web: order placed\n"


def times(rate: float, start: float, end: float, seed: int = 7) -> list[float]:
    """The times of independent events, so many a second."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    found = []
    now = start
    while (now := now + chance.expovariate(rate)) < end:
        found.append(now)
    return found


def gaps(folder, **arguments):
    report = logcorr.diagnose(folder, **arguments).to_dict()
    return [
        (each["facts"]["kind"], each["facts"]["source"])
        for each in report["findings"]
        if each["signature"] == "log_gap" and each["facts"]
    ]


def written(write, requests: list[float], lines: list[float], failing: tuple[float, float] = (0, 0)):
    rows = "".join(access(at, 502 if failing[0] <= at < failing[1] else 200) for at in requests)
    return write({"access.log": rows, "app.log": "".join(application(at) for at in lines)})


def test_steady_logs_have_no_gap(write):
    assert gaps(written(write, times(5, 0, 1800), times(1, 0, 1800, 8)), zone="UTC") == []


def test_log_that_is_silent_while_the_other_goes_on(write):
    lines = [at for at in times(1, 0, 1800, 8) if not 600 < at < 900]
    folder = written(write, times(5, 0, 1800), lines)
    assert gaps(folder, zone="UTC") == [("silent", "app_text")]
    (found,) = (each for each in logcorr.diagnose(folder, zone="UTC").to_dict()["findings"] if each["signature"] == "log_gap")
    last = sum(at <= 600 for at in lines)
    assert [(span["first_line"], span["last_line"]) for span in found["evidence"]] == [(last, last), (last + 1, last + 1)]


@pytest.mark.parametrize(("kept", "kind"), [((900, 1800), "begins_late"), ((0, 900), "ends_early")])
def test_log_that_covers_less_than_the_other(kept, kind, write):
    lines = [at for at in times(1, 0, 1800, 8) if kept[0] < at < kept[1]]
    assert gaps(written(write, times(5, 0, 1800), lines), zone="UTC") == [(kind, "app_text")]


def test_quiet_time_of_all_logs_is_no_gap(write):
    requests = [at for at in times(5, 0, 1800) if not 600 < at < 900]
    lines = [at for at in times(1, 0, 1800, 8) if not 600 < at < 900]
    assert gaps(written(write, requests, lines), zone="UTC") == []


def test_slower_traffic_is_no_gap(write):
    requests = times(5, 0, 900) + times(0.05, 900, 3600)
    lines = times(1, 0, 900, 8) + times(0.01, 900, 3600, 8)
    assert gaps(written(write, requests, lines), zone="UTC") == []


def test_silence_of_an_outage_is_no_gap(write):
    lines = [at for at in times(1, 0, 1800, 8) if not 600 < at < 900]
    assert gaps(written(write, times(5, 0, 1800), lines, failing=(600, 900)), zone="UTC") == []


def test_log_of_bursts_has_no_rhythm(write):
    lines = [start + n * 0.2 for start in range(0, 1800, 150) for n in range(30)]
    assert gaps(written(write, times(5, 0, 1800), lines), zone="UTC") == []


def test_few_lines_have_no_rhythm(write):
    assert gaps(written(write, times(5, 0, 1800), [10, 400, 410, 1700]), zone="UTC") == []


def test_messages_that_the_journal_left_out(write):
    lines = "".join(
        f"{NOON + timedelta(seconds=at):%Y-%m-%dT%H:%M:%S+0000} shop {said}\n"
        for at, said in (
            (10, "systemd[1]: Started shop.service."),
            (70, "systemd-journald[17]: Suppressed 1286 messages from shop.service"),
        )
    )
    folder = write({"access.log": "".join(access(at) for at in times(5, 0, 600)), "journal.txt": lines})
    (found,) = (each for each in logcorr.diagnose(folder).to_dict()["findings"] if each["signature"] == "log_gap")
    assert (found["facts"]["kind"], found["facts"]["messages"]) == ("suppressed", 1286)
    assert [span["first_line"] for span in found["evidence"]] == [2]


def test_a_request_cannot_say_that_messages_were_left_out(write):
    words = "Suppressed 1286 messages from shop.service"
    line = application(10).replace("order placed", words)
    folder = write({"access.log": "".join(access(at) for at in times(5, 0, 600)), "app.log": line})
    assert gaps(folder, zone="UTC") == []


def test_rotated_pieces_are_one_log(write):
    lines = times(1, 0, 1800, 8)
    rows = "".join(access(at) for at in times(5, 0, 1800))
    pieces = {
        "app.log.1": "".join(application(at) for at in lines if at < 900),
        "app.log": "".join(application(at) for at in lines if at >= 900),
    }
    assert gaps(write({"access.log": rows, **pieces}), zone="UTC") == []
