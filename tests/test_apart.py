"""What sets failed requests apart comes out without being asked, and nothing comes out where nothing does."""

from __future__ import annotations

import numpy as np
import pytest

import logcorr

FORMAT = (
    'log_format long \'$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "-" "$http_user_agent" '
    "$request_length $upstream_addr $request_time';\n"
)
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0", "Mozilla/5.0 (Macintosh) Safari/605.1.15", "curl/8.5.0")


def report_of(folder, fails, requests=3000):
    """A report on requests of all kinds, of which those fail that ``fails`` says of, by their values."""
    chance = np.random.default_rng(7)
    lines = []
    for number in range(requests):
        request = {
            "method": chance.choice(["GET", "GET", "POST"]),
            "path": chance.choice(["/upload", "/cart", "/search"]),
            "size": chance.integers(300, 60_000),
            "agent": chance.choice(AGENTS),
            "upstream": chance.choice(["10.0.0.1:80", "10.0.0.2:80"]),
            "client": f"192.0.2.{chance.integers(1, 250)}",
        }
        status = 500 if fails(request, chance) else 200
        lines.append(
            f"{request['client']} - - [23/Nov/2026:10:{number // 60:02d}:{number % 60:02d} +0000] "
            f'"{request["method"]} {request["path"]} HTTP/1.1" {status} 170 "-" "{request["agent"]}" {request["size"]} '
            f"{request['upstream']} 0.012"
        )
    (folder / "access.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "nginx.conf").write_text(FORMAT, encoding="utf-8")
    return logcorr.diagnose(folder)


def told(report):
    """The traits as (column, value), each followed by what is within it."""
    found = [each for incident in report.to_dict()["incidents"][:1] for each in incident["apart"]]
    return [(each["column"], each["value"]) for trait in found for each in (trait, *trait["within"])]


@pytest.mark.parametrize(
    ("fails", "expected"),
    [
        (
            lambda request, _: request["method"] == "POST" and request["path"] == "/upload" and request["size"] > 16_384,
            [("route", "POST /upload"), ("http_request_size", "16384")],
        ),
        (
            lambda request, chance: request["upstream"] == "10.0.0.2:80" and chance.random() < 0.2,
            [("upstream_address", "10.0.0.2:80")],
        ),
        (lambda request, _: request["client"] == "192.0.2.17", [("client_address", "192.0.2.17")]),
        (lambda request, chance: request["agent"] == AGENTS[1] and chance.random() < 0.3, [("user_agent_original", AGENTS[1])]),
    ],
    ids=["large uploads", "one of two upstreams", "one client", "one browser"],
)
def test_what_failed_requests_share_comes_out(tmp_path, fails, expected):
    assert told(report_of(tmp_path, fails)) == expected


def test_failures_at_random_have_nothing_in_common(tmp_path):
    assert told(report_of(tmp_path, lambda _, chance: chance.random() < 0.05)) == []


def test_the_chance_is_paid_for_by_the_number_of_tries(tmp_path):
    report = report_of(tmp_path, lambda request, _: request["client"] == "192.0.2.17")
    (trait,) = report.to_dict()["incidents"][0]["apart"]
    assert trait["failed"] == trait["of_failed"] > 5
    assert trait["working"] == 0
    assert trait["tried"] > 10
    assert 0 <= trait["chance"] < 1e-6


def test_the_report_says_it_in_words(tmp_path):
    report = report_of(tmp_path, lambda request, _: request["upstream"] == "10.0.0.2:80" and request["method"] == "POST")
    text = report.to_markdown()
    assert "WHAT SETS THE FAILED REQUESTS APART" in text.upper()
    assert "sent to 10.0.0.2:80" in text
    assert "traits were tried" in text
