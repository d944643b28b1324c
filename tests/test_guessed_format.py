"""A `log_format` that no configuration tells is guessed from the lines, and means no more than they prove."""

from __future__ import annotations

import pyarrow as pa
import pytest

import logcorr
from logcorr.formats.guessed_format import guess
from logcorr.formats.log_format import COMBINED, LogFormat

FRONT = '192.0.2.{i} - - [23/Nov/2026:10:55:0{i} +0100] "GET /a{i} HTTP/1.1" 20{i} 1{i} "-" "curl/8"'


def lines_of(template: str) -> list[str]:
    return [template.format(i=i) for i in range(1, 7)]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (FRONT, COMBINED),
        (
            f'{FRONT} rt=0.02{{i}} uct="0.000" uht="-" urt="0.02{{i}}" us="20{{i}}" ua="unix:/x" pid=7',
            (
                f'{COMBINED} rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" '
                'us="$upstream_status" ua="$upstream_addr" pid=$unnamed_1'
            ),
        ),
        (f'{FRONT} us="502" ua="shop_backend"', f'{COMBINED} us="$upstream_status" ua="$upstream_addr"'),
        (f"{FRONT} rt:0.00{{i}} host:shop", f"{COMBINED} rt:$request_time host:$host"),
        (f'{FRONT} "203.0.113.{{i}}, 10.0.0.1" 0.00{{i}} .', f'{COMBINED} "$http_x_forwarded_for" $request_time $pipe'),
        (f"{FRONT} 15{{i}}00", f"{COMBINED} $unnamed_1"),
        (f"{FRONT} 9{{i}} 0.05{{i}} 0.04{{i}}", f"{COMBINED} $unnamed_1 $request_time $upstream_response_time"),
        (f"{FRONT} 9{{i}} 0.04{{i}} 0.05{{i}}", f"{COMBINED} $unnamed_1 $upstream_response_time $request_time"),
        (f"{FRONT} 0.001 0.002", f"{COMBINED} $unnamed_1 $unnamed_2"),
        (f"{FRONT} 0.05{{i}} 0.04{{i}} 0.001", f"{COMBINED} $unnamed_1 $unnamed_2 $unnamed_3"),
        (
            f"{FRONT} 139 0.02{{i}} [shop-web-80] [] 10.0.0.1:80 1390 0.02{{i}} 20{{i}} 38e09a415c48a5ffb8c6c33d32d99a0{{i}}",
            (
                f"{COMBINED} $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr "
                "$upstream_response_length $upstream_response_time $upstream_status $request_id"
            ),
        ),
        (f"shop.example.com:443 {FRONT} 1{{i}}", f"$server_name:$server_port {COMBINED} $unnamed_1"),
        (
            "[2026-11-23T10:55:0{i}+01:00] 192.0.2.{i} GET /a{i}?b HTTP/2.0 200 1{i} https",
            "[$time_iso8601] $remote_addr $request_method $request_uri $server_protocol $status $body_bytes_sent $scheme",
        ),
        (
            "1795427779.28{i}|192.0.2.{i}|GET|/a|b={i}|200|12{i}|0.00{i}|x y",
            "$msec|$remote_addr|$request_method|$request_uri|$args|$status|$body_bytes_sent|$request_time|$unnamed_1",
        ),
        (
            "192.0.2.{i};2026-11-23T10:55:0{i}+01:00;GET;/a{i};200;12{i};0.00{i}",
            "$remote_addr;$time_iso8601;$request_method;$request_uri;$status;$body_bytes_sent;$request_time",
        ),
    ],
)
def test_lines_tell_their_format(template, text):
    lines = lines_of(template)
    assert guess(lines) == text
    assert LogFormat(text).read(pa.array(lines)).num_rows == len(lines)


@pytest.mark.parametrize(
    "template",
    [
        "192.0.2.{i} - - [23/Nov/2026:10:55:0{i} +0100] started worker {i} of shop",
        '192.0.2.{i} "GET /a{i} HTTP/1.1" 200 1{i}',
        "2026-11-23T10:55:0{i}+01:00 worker {i} gave up after 0.00{i} s",
        "{i}",
        '"' * 50,
        "[ " * 4000,
        "a=" * 4000,
    ],
)
def test_what_is_no_access_log_gives_none(template):
    assert guess(lines_of(template)) is None


def test_a_guess_reads_the_file_and_is_told(write):
    lines = [f'{line} rt=0.02{at} us="502" ua="unix:/run/x.sock"' for at, line in enumerate(lines_of(FRONT))]
    timeline = logcorr.read(write({"x": "\n".join([*lines, "cut of"]) + "\n"}))
    assert timeline.files[0].format == "nginx_access:guessed"
    assert (timeline.files[0].events, timeline.files[0].refused) == (6, 1)
    assert set(timeline.requests["upstream_address"]) == {"unix:/run/x.sock"}
    assert timeline.requests["duration_s"].tolist() == [0.02, 0.021, 0.022, 0.023, 0.024, 0.025]


def test_a_configuration_is_believed_rather_than_a_guess(write):
    line = "\n".join(f"{line} 0.02{at} 0.01{at}" for at, line in enumerate(lines_of(FRONT)))
    conf = f"log_format own '{COMBINED} $upstream_header_time $request_time';\n"
    timeline = logcorr.read(write({"access": line + "\n", "conf": conf}))
    assert timeline.files[0].format == "nginx_access:own"
    assert timeline.requests["duration_s"].tolist()[0] == 0.01


def test_equal_names_of_formats_are_both_kept(write):
    confs = {
        "a.conf": "log_format own '$msec $status $request_time $request';\n",
        "b.conf": "log_format own '$time_iso8601 $status $request_time $request';\n",
        "a": "1795427779.280 200 0.001 GET / HTTP/1.1\n" * 2,
        "b": "2026-11-23T10:55:01+01:00 200 0.001 GET / HTTP/1.1\n" * 2,
    }
    found = {each.file.path.name: each.format for each in logcorr.read(write(confs)).files}
    assert (found["a"], found["b"]) == ("nginx_access:own", "nginx_access:own-2")


def test_a_container_writes_both_logs_to_one_stream(write):
    error = (
        '2026/11/23 10:55:01 [error] 7#7: *1 open() "/x" failed (2: No such file or directory), client: 192.0.2.1, server: x'
    )
    facts = logcorr.read(write({"x": "\n".join([*lines_of(FRONT), error, *lines_of(FRONT)]) + "\n"})).files[0]
    assert dict(facts.counts) == {"nginx_access:combined": 12, "nginx_error": 1}
