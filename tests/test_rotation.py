"""Which names are one log, and in which order its pieces were written."""

from __future__ import annotations

import itertools

import pytest

from logcorr.evidence.rotation import series

#: the pieces of one log each, the oldest first
LOGS = {
    "logrotate": ["access.log.10.gz", "access.log.9.gz", "access.log.2.gz", "access.log.1", "access.log"],
    "compressed in many ways": ["a.log.5.bz2", "a.log.4.xz", "a.log.3.zst", "a.log.2.lz4", "a.log.1.Z", "a.log"],
    "dateext": ["access.log-20261121.gz", "access.log-20261122.gz", "access.log-20261123", "access.log"],
    "dateext by the hour": ["access.log-20261122-23.gz", "access.log-20261123-00.gz", "access.log-20261123-01", "access.log"],
    "dateext hour without a dash": ["access.log-2026112223", "access.log-2026112300", "access.log"],
    "dateext by seconds": ["access.log-1795305600", "access.log-1795392000.gz", "access.log"],
    "dateext, extension": ["access-20261122.log.gz", "access-20261123.log", "access.log"],
    "dashes, extension": ["access-2026-11-22.log.gz", "access-2026-11-23.log.gz", "access.log"],
    "extension, numbers": ["access.2.log.gz", "access.1.log", "access.log"],
    "a date and an hour": ["app-2026-11-23_09.log", "app-2026-11-23_10.log", "app-2026-11-24_00.log"],
    "monolog": ["laravel-2026-10-31.log", "laravel-2026-11-01.log", "laravel-2026-11-23.log"],
    "logback": ["app.2026-11-22.0.log.gz", "app.2026-11-22.1.log.gz", "app.2026-11-22.10.log.gz", "app.2026-11-23.0.log"],
    "logback by the month": ["app.2026-10.log", "app.2026-11.log", "app.log"],
    "python": ["app.log.2026-11-22", "app.log.2026-11-23", "app.log"],
    "python by the minute": ["app.log.2026-11-22_21-47", "app.log.2026-11-22_21-48", "app.log"],
    "ruby": ["production.log.20261122", "production.log.20261122.1", "production.log.20261123", "production.log"],
    "rotatelogs": ["access_log.1795305600", "access_log.1795392000"],
    "tomcat": ["localhost_access_log.2026-11-22.txt", "localhost_access_log.2026-11-23.txt"],
    "savelog": ["daemon.log.2.gz", "daemon.log.1.gz", "daemon.log.0", "daemon.log"],
    "old": ["messages.old", "messages"],
    "daily files rotated": ["app-2026-11-22.log.2.gz", "app-2026-11-22.log.1", "app-2026-11-22.log", "app-2026-11-23.log"],
    "numbers and dates": ["access.log.2.gz", "access.log.1.gz", "access.log-20261123", "access.log"],
    "copied before and after packing": ["access.log.1.gz", "access.log.1", "access.log"],
    "an archive": ["x.tar.gz!/var/log/syslog.2.gz", "x.tar.gz!/var/log/syslog.1", "x.tar.gz!/var/log/syslog"],
    "journald": [
        "journal/system@0123456789abcdef0123456789abcdef-0000000000000001-0006449a1b2c3d4e.journal",
        "journal/system@0123456789abcdef0123456789abcdef-00000000000a1b2c-0006449b1b2c3d4e.journal",
        "journal/system.journal",
    ],
    "thousands": ["a.log.1000", "a.log.999", "a.log"],
}

#: names that are logs of their own
APART = (
    ["a/access.log.1", "b/access.log"],
    ["x.tar!/access.log.1", "y.tar!/access.log"],
    ["access.log.1", "x.tar!/access.log"],
    ["access.log", "error.log.1", "other-access.log.1"],
    ["shop1.log", "shop2.log", "php8.2-fpm.log", "php8.3-fpm.log"],
    ["10.0.0.1", "10.0.0.2", "10.0.0.2.log", "php8.2", "php8.3"],
    ["access.log", "access.log.bak"],
    ["syslog", "syslog-relay.log"],
)


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_pieces_of_one_log_are_in_order(log):
    assert series(log) == [log]
    assert series(log[::-1]) == [log]
    assert series([*log[1::2], *log[::2]]) == [log]


@pytest.mark.parametrize("names", APART, ids=" ".join)
def test_others_stay_apart(names):
    assert series(names) == [[name] for name in names]


def test_all_at_once_are_told_apart_and_each_is_named_once():
    logs = [[f"{at}/{name}" for name in log] for at, log in enumerate(LOGS.values())]
    mixed = [name for row in itertools.zip_longest(*logs) for name in row if name]
    assert series([*mixed, *mixed]) == logs
    assert series([]) == []


@pytest.mark.parametrize(
    "name", ["", "/", ".gz", ".1", "-20261123", "2026-11-23", "!/", "a\nb.1", "x" * 5000 + ".1", "٣.٣", "a.log.٣"]
)
def test_any_name_has_its_place(name):
    assert series([name]) == [[name]]
