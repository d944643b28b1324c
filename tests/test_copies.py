"""Lines that lie there twice count once, and only those."""

from __future__ import annotations

import gzip

import logcorr
from logcorr.timeline.engine import Engine
from logcorr.timeline.needs import FAILED_REQUESTS, TRAFFIC

CONF = (
    "http {\n"
    "  log_format timed '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent '\n"
    "                   '$request_time $upstream_addr $upstream_response_time';\n"
    "  access_log /var/log/nginx/timed.log timed;\n"
    "}\n"
)
ERROR = (
    "2026/11/23 10:00:{second:02d} [error] 31#31: *9 connect() to unix:/run/app.sock failed (111: Connection refused) while connecting to "
    'upstream, client: 192.0.2.7, server: _, request: "GET /p/{second} HTTP/1.1", upstream: "http://unix:/run/app.sock:/", '
    'host: "shop.example.org"\n'
)


def request(second: int, client: int = 7, path: str | None = None, status: int = 200) -> str:
    path = f"/p/{second}" if path is None else path
    return (
        f'192.0.2.{client} - - [23/Nov/2026:10:{second // 60:02d}:{second % 60:02d} +0000] "GET {path} HTTP/1.1" {status} 612'
    )


def combined(seconds, **given) -> str:
    return "".join(f'{request(second, **given)} "-" "okhttp/4.12.0"\n' for second in seconds)


def timed(seconds, **given) -> str:
    return "".join(f"{request(second, **given)} 0.004 unix:/run/app.sock 0.003\n" for second in seconds)


def counted(evidence) -> int:
    """How many requests there are, each once."""
    timeline = logcorr.read(evidence)
    assert len(timeline.requests) == timeline.sql("select count(*) as n from requests")["n"].iloc[0]
    leaders = timeline.sql(
        "select count(*) as n from requests a join requests b on a.duplicate_of = b.request_key where b.duplicate_of is null"
    )
    repeated = timeline.sql("select count(*) as n from requests where duplicate_of is not null")
    assert leaders["n"].iloc[0] == repeated["n"].iloc[0]
    return int(Engine(timeline).get(TRAFFIC)["requests"].sum())


def test_a_file_and_its_copies_count_once(write):
    text = combined(range(20))
    files = {
        "access.log.1": text,
        "copy/access.log.1": text,
        "access.log.1.gz": gzip.compress(text.encode()),
        "access.log": combined(range(20, 25)),
    }
    assert counted(write(files)) == 25


def test_a_short_copy_counts_once(write):
    assert counted(write({"a.log": combined([3]), "b.log": combined([3])})) == 1


def test_rotated_between_two_copies(write):
    files = {
        "first/access.log": combined(range(12)),
        "second/access.log.1": combined(range(15)),
        "second/access.log": combined(range(15, 20)),
    }
    assert counted(write(files)) == 20


def test_the_tail_of_one_is_the_head_of_another(write):
    assert counted(write({"a.log": combined(range(12)), "b.log": combined(range(8, 20))})) == 20


def test_equal_lines_within_a_copy_are_as_many_as_they_are(write):
    text = combined([1, 1, 1, 2, 3, 4])
    assert counted(write({"a.log": text, "b.log": text + combined([5])})) == 7


def test_pieces_of_one_log_that_meet_in_a_second_are_no_copies(write):
    files = {"access.log.1": combined([1, 2, 3, 4], path="/"), "access.log": combined([4, 5, 6], path="/")}
    assert counted(write(files)) == 7


def test_logs_of_different_requests_are_no_copies(write):
    assert counted(write({"shop.log": combined(range(20)), "blog.log": combined(range(20), client=8)})) == 40


def test_a_monitor_that_asks_two_servers_is_no_copy(write):
    assert counted(write({"one.log": combined(range(20), path="/up"), "two.log": combined(range(19), path="/up")})) == 39


def test_application_lines_are_copied_too(write):
    lines = [f"2026-11-23 10:00:{second:02d},120 ERROR shop.orders order {second} failed\n" for second in range(12)]
    timeline = logcorr.read(write({"first/app.log": "".join(lines[:9]), "second/app.log": "".join(lines)}))
    assert len(timeline.errors) == 12


def test_two_formats_of_the_same_requests_count_once(write):
    files = {"nginx.conf": CONF, "access.log": combined(range(30)), "timed.log": timed(range(30))}
    timeline = logcorr.read(write(files))
    requests = timeline.requests
    kept = requests[requests["duplicate_of"].isna()]
    assert len(requests) == 60
    assert {str(file).rpartition("/")[2] for file in kept["file"]} == {"timed.log"}
    assert len(kept) == 30


def test_two_formats_of_different_times_and_requests_count_all(write):
    files = {"nginx.conf": CONF, "access.log": combined(range(30)), "timed.log": timed(range(30, 50))}
    assert counted(write(files)) == 50
    files = {"nginx.conf": CONF, "access.log": combined(range(30)), "timed.log": timed(range(30), client=9)}
    assert counted(write(files)) == 60


def test_a_log_of_errors_beside_a_log_of_all(write):
    files = {"nginx.conf": CONF, "access.log": combined(range(30)), "failed.log": timed([3, 9, 14, 21])}
    assert counted(write(files)) == 30


def test_two_hosts_are_not_one(write):
    files = {"nginx.conf": CONF, "web1/access.log": combined(range(30)), "web2/access.log": timed(range(30))}
    line = "2026-11-23T10:00:00.120000+00:00 {0} cron[71]: pam_unix(cron:session): session opened for user {0}\n"
    files |= {f"{host}/syslog": line.format(host) for host in ("web1", "web2")}
    assert counted(write(files)) == 60


def test_an_error_is_that_of_the_request_that_counts(write):
    access = {"access.log": combined(range(30), status=502), "timed.log": timed(range(30), status=502)}
    timeline = logcorr.read(write({"nginx.conf": CONF, "error.log": ERROR.format(second=5), **access}), zone="UTC")
    failed = Engine(timeline).get(FAILED_REQUESTS)
    assert len(failed) == 30
    assert failed["error_event_id"].notna().sum() == 1
