"""Journals in every mode of journalctl, and syslog in its forms: headings, several lines, clocks that are none, forged words."""

from __future__ import annotations

import json

import pytest

import logcorr
from logcorr.evidence.blocks import blocks_of

BOOT = "145468c7c1284b1cba3344ceb9d21910"
LATER = "0ffe5f74a4bd49ca8597eb05fe1a512a"
CURSOR = "s=6902c9c5;i=26;b=e47db57eced3495c80eefa0343a3de50;m=b4235778;t=660eecf253324;x=e5833396e8ad63cb"


def read(write, text, **given):
    """The file's sums and its events in the order of lines; the sums must come out."""
    timeline = logcorr.read(write({"evidence": text}) / "evidence", **given)
    (facts,) = timeline.files
    assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused
    return facts, timeline.tables["log"].sort_by("line").to_pylist()


def column(rows, *names):
    return [row[names[0]] if len(names) == 1 else tuple(row[name] for name in names) for row in rows]


def test_headings_belong_to_no_event_and_name_the_boot(write):
    facts, rows = read(
        write,
        "-- Journal begins at Mon 2026-11-23 09:44:56 CET, ends at Mon 2026-11-23 10:16:15 CET. --\n"
        "Nov 23 09:44:56 web-1 kernel: Linux version 6.1\n"
        f"-- Boot {BOOT} --\n"
        "Nov 23 09:45:56 web-1 systemd[1]: Reloading.\n"
        "░░ Subject: A reload job for unit feed.service has begun execution\n"
        "░░ \n"
        "-- Defined-By: systemd\n"
        "-- Reboot --\n"
        "Nov 23 09:46:56 web-1 kernel: Linux version 6.1\n",
    )
    assert (facts.events, facts.continuation, facts.refused) == (3, 6, 0)
    assert column(rows, "boot_id") == [None, BOOT, None]
    assert column(rows, "body") == ["Linux version 6.1", "Reloading.", "Linux version 6.1"]
    assert column(rows, "line_last") == [2, 4, 9]


def test_a_boot_lasts_from_block_to_block(write, monkeypatch):
    monkeypatch.setattr(
        "logcorr.reading.files.blocks_of", lambda stream, separator, start: blocks_of(stream, separator, 100, start)
    )
    lines = "".join(f"Nov 23 09:45:{at:02d} web-1 systemd[1]: Started feed.service - no {at}.\n" for at in range(20))
    _, rows = read(write, f"{lines}-- Boot {BOOT} --\n{lines}-- Boot {LATER} --\n{lines}")
    assert column(rows, "boot_id") == [None] * 20 + [BOOT] * 20 + [LATER] * 20


def test_an_answer_without_entries_is_understood(write):
    facts, rows = read(
        write, "-- Logs begin at Mon 2026-11-23 09:44:56 CET, end at Mon 2026-11-23 10:16:15 CET. --\n-- No entries --\n"
    )
    assert (facts.format, facts.refused, rows) == ("journal_empty", 0, [])


@pytest.mark.parametrize(
    "head",
    [
        "Nov 23 09:44:56 web-1 app[7]: ",
        "Nov 23 09:44:56 app[7]: ",
        "2026-11-23T09:44:56+0100 web-1 app[7]: ",
        "Mon 2026-11-23 09:44:56 CET web-1 app[7]: ",
        "1795427096.589598 web-1 app[7]: ",
        "[ 1464.736799] web-1 app[7]: ",
        "[ 1464.736799 <    0.000154 >] web-1 app[7]: ",
    ],
)
def test_further_lines_stand_as_they_were_sent(write, head):
    message = 'Traceback (most recent call last):\n  File "/srv/app.py", line 1\n\n    deeper\nValueError: no'
    text = head + message.replace("\n", "\n" + " " * len(head)) + "\n"
    facts, rows = read(write, text + text)
    assert facts.events == 2
    assert column(rows, "body") == [message] * 2
    assert column(rows, "exception_type") == ["ValueError"] * 2


def test_verbose_fields_are_read_and_cannot_be_forged(write):
    entry = (
        f"Mon 2026-11-23 10:55:00.068516 CET [{CURSOR}]\n    PRIORITY=3\n    _UID=33\n    _PID=1946\n    SYSLOG_IDENTIFIER=shop\n"
        "    MESSAGE=Traceback (most recent call last):\n            UNIT=nginx.service\n            ValueError: no\n"
        "    DATA=[12B blob data]\n    _SOURCE_REALTIME_TIMESTAMP=1795428654068506\n    _HOSTNAME=web-1\n"
    )
    facts, rows = read(write, f"{entry}-- Boot {BOOT} --\n{entry}")
    assert (facts.events, facts.refused) == (2, 0)
    assert column(rows, "unit") == [None, None]
    assert column(rows, "body") == ["Traceback (most recent call last):\nUNIT=nginx.service\nValueError: no"] * 2
    assert (
        column(rows, "timestamp_us", "severity_number", "service_name", "process_pid", "host_name")
        == [(1_795_428_654_068_506, 17, "shop", 1946, "web-1")] * 2
    )
    assert column(rows, "boot_id") == ["e47db57eced3495c80eefa0343a3de50"] * 2


@pytest.mark.parametrize(
    ("form", "indent"),
    [("{}\n", None), ("data: {}\n\n", None), ("\x1e{}\n", None), ("{}\n", "\t")],
    ids=["json", "json-sse", "json-seq", "json-pretty"],
)
def test_json_in_its_framings(write, form, indent):
    values = {
        "__REALTIME_TIMESTAMP": "1795428654068516",
        "MESSAGE": [104, 195, 40],
        "PRIORITY": "4",
        "_PID": "7",
        "NOTHING": None,
    }
    entry = json.dumps(values, indent=indent)
    facts, rows = read(write, form.format(entry) * 3)
    assert (facts.events, facts.refused) == (3, 0)
    assert column(rows, "body", "severity_number", "process_pid") == [("h\ufffd(", 13, 7)] * 3


def test_messages_alone_have_no_time_and_are_nobodys_word(write):
    facts, rows = read(
        write,
        "Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...\n"
        "Reload failed for php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.\n"
        "Traceback:\n  File x\n    greta : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/true\n",
    )
    assert (facts.format, facts.events, facts.continuation) == ("journal_cat", 4, 1)
    assert {row["timestamp_us"] for row in rows} == {None}
    assert {row["event_name"] for row in rows} == {None}


MANAGER = "Reload failed for nginx.service - A web server."


@pytest.mark.parametrize(
    ("line", "source"),
    [
        (f"Nov 23 10:16:15 web-1 systemd[1]: {MANAGER}", "journal"),
        (f"2026-11-23T10:16:15.090279+01:00 web-1 systemd[1]: {MANAGER}", "journal"),
        (f"Mon 2026-11-23 10:16:15 CET web-1 init.scope[1]: {MANAGER}", "journal"),
        (f"<27>Nov 23 10:16:15 web-1 systemd[1]: {MANAGER}", "syslog"),
        (f"<27>1 2026-11-23T10:16:15.090279+01:00 web-1 systemd 1 - - {MANAGER}", "syslog"),
        (f"Nov 23 2026 10:16:15 web-1 systemd[1]: {MANAGER}", "syslog"),
        (f"[ 1464.736799] web-1 systemd[1]: {MANAGER}", "journal"),
    ],
)
def test_the_manager_is_heard_in_every_form(write, line, source):
    _, (row,) = read(write, f"{line}\n")
    assert (row["source"], row["event_name"], row["unit"]) == (source, "unit.reload.failed", "nginx.service")


@pytest.mark.parametrize(
    "line",
    [
        f"<27>1 2026-11-23T10:16:15.090279+01:00 web-1 systemd 4711 - - {MANAGER}",
        f"<27>1 2026-11-23T10:16:15.090279+01:00 web-1 shop 1 - - {MANAGER}",
        f"Mon 2026-11-23 10:16:15 CET web-1 init.scope[4711]: {MANAGER}",
        f"Nov 23 10:16:15 web-1 shop[7]: systemd[1]: {MANAGER}",
        f"<27>{MANAGER}",
    ],
)
def test_nobody_else_is_taken_for_the_manager(write, line):
    _, (row,) = read(write, f"{line}\n")
    assert row["event_name"] is None


@pytest.mark.parametrize(
    ("line", "event_name", "detail"),
    [
        ("Nov 23 10:16:15 web-1 last message repeated 3 times", "log.repeated", "3"),
        ("Nov 23 10:16:15 web-1: last message repeated 11 times", "log.repeated", "11"),
        ("Nov 23 10:16:15 --- last message repeated 2 times ---", "log.repeated", "2"),
        ("Nov 23 10:16:15 web-1 sshd[811]: message repeated 5 times: [ Failed password for root]", "log.repeated", "5"),
        ("Nov 23 10:16:15 web-1 systemd-journald[17]: Suppressed 1203 messages from nginx.service", "log.suppressed", "1203"),
        (
            "Nov 23 10:16:15 web-1 rsyslogd: imjournal: 29472 messages lost due to rate-limiting (20000 allowed)",
            "log.suppressed",
            "29472",
        ),
        ("Nov 23 10:16:15 web-1 shop[7]: Suppressed 1203 messages from nginx.service", None, None),
    ],
)
def test_lines_that_stand_for_others_are_known(write, line, event_name, detail):
    _, (row,) = read(write, f"{line}\n")
    assert (row["event_name"], row["detail"]) == (event_name, detail)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Nov 23 10:16:15 2001:db8::17 kernel: oom", ("2001:db8::17", "kernel", None, None, "oom")),
        ("Nov 23 10:16:15 web-1 auth.info sshd[811]: in", ("web-1", "sshd", 811, 9, "in")),
        ("Nov 23 10:16:15 <4.3> web-1 sshd[811]: in", ("web-1", "sshd", 811, 17, "in")),
        ("Nov 23 10:16:15 <auth.crit> web-1 sshd[811]: in", ("web-1", "sshd", 811, 18, "in")),
        ("Nov 23 10:16:15 web-1 proftpd[12] peer (192.0.2.7): in", ("web-1", "proftpd", 12, None, "peer (192.0.2.7): in")),
        ("Nov 23 10:16:15 mac-7 Setup Assistant[1173]: in", ("mac-7", "Setup Assistant", 1173, None, "in")),
        ("Nov 23 10:16:15 web-1 kernel: [ 8211.220113] oom", ("web-1", "kernel", None, None, "oom")),
        ("Nov 23 10:16:15 web-1 app[7]: a#011b#012c", ("web-1", "app", 7, None, "a#011b#012c")),
        ("<999>Nov 23 10:16:15 web-1 app[7]: in", ("web-1", "app", 7, None, "in")),
        ("<165>1 2026-11-23T10:16:15Z fe80::1 app 7 ID1 - in", ("fe80::1", "app", 7, 10, "in")),
        ("kern  :err   : [ 8211.220113] EXT4-fs error", (None, "kernel", None, 17, "EXT4-fs error")),
    ],
)
def test_who_said_what(write, line, expected):
    facts, rows = read(write, f"{line}\n")
    assert facts.fallback == 0
    assert column(rows, "host_name", "service_name", "process_pid", "severity_number", "body") == [expected]


def test_lines_without_a_tag_are_events_of_a_syslog_and_said_not_to_be_understood(write):
    facts, rows = read(
        write,
        "Nov 23 10:16:15 web-1 app[7]: first\nNov 23 10:16:16 web-1 lookup for opt failed\nNov 23 10:16:17 web-1 app[7]: last\n",
    )
    assert (facts.events, facts.fallback, facts.refused) == (3, 1, 0)
    assert column(rows, "host_name", "body")[1] == ("web-1", "lookup for opt failed")


def test_an_applications_lines_with_such_a_stamp_stay_the_applications(write):
    _, rows = read(write, "Nov 23 10:16:15 ERROR no rate for EUR\nNov 23 10:16:16 Starting the next round\n" * 5)
    assert {row["source"] for row in rows} == {"app_text"}


def test_months_in_the_language_of_whoever_ran_journalctl(write):
    _, rows = read(write, "Okt 23 10:16:15 web-1 app[7]: a\nDez 24 10:16:15 web-1 app[7]: b\n", zone="UTC", year=2026)
    assert [str(row["timestamp"])[:10] for row in rows] == ["2026-10-23", "2026-12-24"]
