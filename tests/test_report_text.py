from __future__ import annotations

import copy
import io
import unicodedata
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from logcorr.report.page import shared_folder
from logcorr.report.proof import paths
from logcorr.report.remarks import remarks
from logcorr.report.text import render
from logcorr.report.visible import shorten, visible
from logcorr.report.words import claim, fact, grade, interval, lasting, percent, reproduction


def quoted(file: str, line: int, text: str) -> dict[str, Any]:
    return {"file": file, "first_line": line, "last_line": line, "text": text}


def answered(signature: str, state: str, *missing: str, **more: object) -> dict[str, Any]:
    return {
        "signature": signature,
        "state": state,
        "role": "cause",
        "facts": {},
        "evidence": [],
        "missing": list(missing),
        **more,
    }


REFUSED = (
    "2026/11/23 10:56:26 [error] 76#76: *4868 connect() to unix:/run/php/account.sock failed (111: Connection refused) while connecting to "
    'upstream, client: 198.51.100.167, server: shop, request: "GET /dashboard HTTP/1.1", upstream: "fastcgi://unix:/run/php/account.sock:"'
)
ANSWER = (
    '198.51.100.167 - - [23/Nov/2026:10:56:26 +0100] "GET /dashboard HTTP/1.1" 502 559 "https://shop/login" "Mozilla/5.0 (Windows NT 10.0; '
    'Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36" rt=0.000 urt="0.000" us="502"'
)
OWN_WORDS = "ERROR: Another FPM instance seems to already listen on /run/php/php8.2-fpm.sock"

INCIDENT: dict[str, Any] = {
    "verdict": "incident",
    "window": {"start": "2026-11-23T09:55:00Z", "end": "2026-11-23T09:59:30Z"},
    "checked": {"requests": 9294, "failed": 288},
    "evidence": [
        {"file": "evidence/access.log", "format": "nginx_access", "lines": 9294, "events": 9294, "zone_basis": "in_line"},
        {
            "file": "evidence/app.log",
            "format": "app_text",
            "lines": 200,
            "events": 190,
            "unparsed": 10,
            "fallback": 4,
            "zone": "+01:00",
            "zone_basis": "zone_inferred",
        },
        {
            "file": "evidence/error.log",
            "format": "nginx_error",
            "lines": 288,
            "events": 288,
            "problem": "ends in the middle of the compressed stream",
        },
        {
            "file": "evidence/syslog",
            "format": "syslog",
            "lines": 90,
            "events": 90,
            "year_basis": "file_time",
            "zone": "UTC",
            "zone_basis": "zone_assumed",
        },
        {"file": "evidence/backup.zip", "format": None, "lines": 0, "events": 0, "problem": "a zip archive: unpack it first"},
    ],
    "incidents": [
        {
            "title": "a reload that did not take effect: php8.2-fpm.service",
            "start": "2026-11-23T09:56:26.309Z",
            "end": "2026-11-23T09:58:55.158Z",
            "state": "ongoing",
            "subject": "php8.2-fpm.service",
            "causes": [
                {
                    "signature": "reload_failed",
                    "confidence": 0.95,
                    "grade": "proved",
                    "facts": {
                        "unit": "php8.2-fpm.service",
                        "reload_at": "2026-11-23T09:56:25.902Z",
                        "manager_said": "reloaded",
                        "own_words": OWN_WORDS,
                        "deploy_said": "completed",
                        "deploy_exit_code": "rc_app=0 rc_nginx=0",
                    },
                    "evidence": [quoted("evidence/journal.txt", 63, f"Nov 23 10:56:25 shop fpm[84]: {OWN_WORDS}")],
                    "remedy": ["php-fpm8.2 -t", "systemctl restart php8.2-fpm.service"],
                    "verify": ["systemctl status php8.2-fpm.service"],
                    "met": ["time", "place"],
                    "unmet": ["counter_test"],
                    "reasons": {"time": "no request failed before it"},
                }
            ],
            "mechanisms": [
                {
                    "signature": "upstream_unreachable",
                    "facts": {
                        "upstream": "unix:/run/php/account.sock",
                        "reason": "connection refused",
                        "requests": 287,
                        "status": "502",
                    },
                    "evidence": [quoted("evidence/error.log", 1, REFUSED), quoted("evidence/access.log", 2822, ANSWER)],
                }
            ],
            "symptoms": [
                {
                    "signature": "fast_5xx_without_app_error",
                    "facts": {
                        "requests": 287,
                        "failed": 288,
                        "duration_s": 0.0,
                        "working_duration_s": 0.012,
                        "failing_logged": 0,
                        "failing_requests": 287,
                        "working_logged": 740,
                        "working_requests": 1636,
                    },
                    "evidence": [],
                }
            ],
            "chain": [
                {"from": "reload_failed", "to": "upstream_unreachable", "met": [], "unmet": []},
                {"from": "upstream_unreachable", "to": "fast_5xx_without_app_error", "met": [], "unmet": []},
            ],
            "affected": {
                "requests": 5226,
                "failed": 288,
                "share": 0.0551,
                "share_low": 0.0492,
                "share_high": 0.0616,
                "clients": 172,
                "users": 170,
            },
            "made_by": {"upstream_unreachable": 287, "upstream_gave_no_answer": 1},
            "reproduction": {"p": 0.0551, "tries_for_95": 53},
        }
    ],
    "findings": [],
    "deploys": [
        {
            "start": "2026-11-23T09:56:25Z",
            "end": "2026-11-23T09:56:35Z",
            "release": "2026-11-23_1",
            "commit": "9f3c1ab",
            "file": "evidence/deploy.log",
            "line": 1,
        }
    ],
    "complaints": [
        {
            "time": "2026-11-23T09:57:00Z",
            "user": "rosa",
            "text": "Bad Gateway",
            "matches": [{"file": "evidence/access.log", "line": 2822}],
            "chance": 0.12,
        },
        {"time": "2026-11-23T09:58:00Z", "user": None, "text": "slow", "matches": [], "chance": None},
    ],
    "ruled_out": [{"signature": "app_exception_spike", "reason": "no error of the application belongs to a failed request"}],
    "cannot_tell": [{"question": "which release was served meanwhile", "fetch": "the response headers of a few requests"}],
}
HEALTHY: dict[str, Any] = {
    "verdict": "healthy",
    "window": {"start": "2026-11-23T10:09:48Z", "end": "2026-11-23T10:13:27Z"},
    "checked": {"requests": 17425, "failed": 0},
    "evidence": [{"file": "access.log", "format": "nginx_access", "lines": 17425, "events": 17425, "zone_basis": "in_line"}],
    "incidents": [],
    "findings": [answered("reload_failed", "clear"), answered("app_exception_spike", "not_evaluable", "the application's log")],
    "ruled_out": [{"signature": "reload_failed", "reason": "looked for, not found"}],
    "cannot_tell": [],
}
UNDETERMINED: dict[str, Any] = {
    "verdict": "undetermined",
    "window": {"start": "2026-11-23T10:09:48Z", "end": "2026-11-23T10:13:27Z"},
    "checked": {"requests": 5000, "failed": 37},
    "evidence": [{"file": "access.log", "format": "nginx_access", "lines": 5000, "events": 5000, "zone_basis": "in_line"}],
    "incidents": [
        {
            "start": "2026-11-23T10:10:00Z",
            "end": "2026-11-23T10:13:00Z",
            "state": "began_before",
            "causes": [],
            "affected": {
                "requests": 4800,
                "failed": 37,
                "share": 0.0077,
                "share_low": 0.0056,
                "share_high": 0.0106,
                "clients": 30,
                "users": None,
            },
            "made_by": {"unknown": 37},
            "reproduction": {"p": 0.0077, "tries_for_95": 388},
        }
    ],
    "findings": [
        answered("reload_failed", "not_evaluable", "the journal"),
        answered(
            "restart_blip",
            "fired",
            role="symptom",
            facts={"unit": "app", "kind": "restart", "begun_at": "2026-11-23T10:09:50Z", "requests": 2},
        ),
    ],
    "cannot_tell": [
        {"question": "what made 37 requests fail", "fetch": "nginx's error log"},
        {"question": "a reload that did not take effect: not looked for", "fetch": "the journal"},
    ],
}
NO_REQUESTS: dict[str, Any] = {
    "verdict": "undetermined",
    "evidence": [{"file": "error.log", "format": "nginx_error", "lines": 5, "events": 5}],
    "cannot_tell": [{"question": "whether requests failed", "fetch": "the access log of the web server"}],
}
CASES = {"incident": INCIDENT, "healthy": HEALTHY, "undetermined": UNDETERMINED, "no requests": NO_REQUESTS}


def text_of(report: dict[str, Any], width: int = 160, *, terminal: bool = False, **how: bool) -> str:
    page = io.StringIO()
    render(
        report, Console(file=page, width=width, force_terminal=terminal, color_system="standard" if terminal else None), **how
    )
    return page.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, é, 漢字", "plain text, é, 漢字"),
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("a\nb\rc\td\x00\x7f", r"a\nb\rc\td\x00\x7f"),
        ("\x9b31m\x85", r"\x9b31m\x85"),
        ("\u202eevil\u2066\u2069\u200e\u200f\u061c", r"\u202eevil\u2066\u2069\u200e\u200f\u061c"),
        ("\u2028\ufeff\u200b\U000e0041", r"\u2028\ufeff\u200b\U000e0041"),
        ("\udc80", r"\udc80"),
        ("[bold]no markup[/bold] {braces}", "[bold]no markup[/bold] {braces}"),
    ],
)
def test_visible(text: str, shown: str):
    assert visible(text) == shown


@pytest.mark.parametrize("width", [40, 60, 76, 120])
def test_a_long_line_keeps_its_beginning_its_end_and_what_matters(width: int):
    cut = shorten(REFUSED, width, ["connection refused"])
    assert cell_len(cut) <= width
    assert cut.startswith("2026/11/23 10:56:26")
    assert cut.endswith('sock:"')
    assert width < 60 or "Connection refused" in cut


@pytest.mark.parametrize("width", [76, 138])
def test_a_request_and_its_status_matter_in_an_access_line(width: int):
    line = f'{ANSWER} ua="unix:/run/php/account.sock" rid=8213aaad83656fa6a347f76a85b8b534'
    assert '"GET /dashboard HTTP/1.1" 502' in shorten(line, width, ["connection refused", "unix:/run/php/account.sock"])


def test_the_message_matters_in_a_json_line():
    line = (
        '{"time": "2026-11-23T10:11:01", ' + '"filler": "' + "x" * 200 + '", "status": "502", ' + '"more": "' + "y" * 200 + '"}'
    )
    assert '"status": "502' in shorten(line, 76)


def test_a_line_made_of_trouble_alone_is_cut_in_no_time():
    assert cell_len(shorten("error " * 100_000, 76, ["error"])) <= 76


def test_a_restart_that_failed_a_few_is_harmless_in_a_healthy_report():
    report = copy.deepcopy(HEALTHY)
    report["findings"].append(UNDETERMINED["findings"][1])
    report["cannot_tell"] = [{"question": "errors of the application: not looked for", "fetch": "the application's log"}]
    shown = text_of(report)
    assert "Harmless now: the restart of app" in shown
    assert "CANNOT TELL" not in shown  # it stands under NOT CHECKED


def test_a_line_that_fits_is_not_cut():
    assert shorten("short", 40, ["x"]) == "short"


def test_wide_characters_are_counted_as_two():
    assert cell_len(shorten("漢" * 200, 60)) <= 60


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (fact("at", "2026-11-23T09:56:26.309Z"), "2026-11-23 09:56:26Z"),
        (fact("duration_s", 0.0041), "0.004"),
        (fact("requests", 17425), "17,425"),
        (fact("requests", 1742), "1742"),
        (fact("any", None), "(not known)"),
        (interval("2026-11-23T09:56:26Z", "2026-11-23T09:58:55Z"), "2026-11-23 09:56:26Z to 09:58:55Z"),
        (interval("2026-11-23T23:56:26Z", "2026-11-24T00:01:00Z"), "2026-11-23 23:56:26Z to 2026-11-24 00:01:00Z"),
        (lasting("2026-11-23T09:56:26Z", "2026-11-23T09:58:55Z"), "2 min 29 s"),
        (lasting("2026-11-23T09:56:26Z", "2026-11-23T12:58:55Z"), "3 h 2 min"),
        (lasting("", "2026-11-23T12:58:55Z"), ""),
        (lasting("2026-99-99T99:99:99Z", "2026-11-23T12:58:55Z"), ""),
        (percent(0.0551), "5.5 %"),
        (percent(287 / 288), "99.7 %"),
        (percent(1.0), "100 %"),
    ],
)
def test_values_in_words(said: str, words: str):
    assert said == words


def test_a_claim_with_missing_facts_says_so_and_a_fact_is_never_a_template():
    assert "(not known)" in claim({"signature": "reload_failed", "facts": {}})
    hostile = {"signature": "reload_failed", "facts": {"unit": "{reload_at.__class__} \x1b[0m {0}"}}
    assert r"{reload_at.__class__} \x1b[0m {0}" in claim(hostile)
    assert claim({"signature": "of_a_plugin", "subject": "db"}) == "of_a_plugin: db"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"manager_said": "reloaded", "own_words": "cannot bind"},
            'systemd called the reload done ("Reloaded"), but the service\'s own words say otherwise',
        ),
        ({"manager_said": "reloaded", "service_died": True}, "but the service died of it"),
        (
            {"manager_said": "nothing", "own_words": "cannot bind", "deploy_exit_code": "rc=0"},
            "Contradiction: the deploy went on with exit code 0",
        ),
        (
            {"manager_said": "failed", "deploy_said": "completed", "deploy_exit_code": "rc_app=0"},
            "but systemd called the reload failed",
        ),
        ({"repaired_at": "2026-11-23T09:58:55Z"}, "repaired at 2026-11-23 09:58:55Z"),
    ],
)
def test_who_contradicts_whom_is_said_of_a_reload(facts: dict[str, object], words: str):
    assert words in " ".join(remarks({"signature": "reload_failed", "facts": facts}))


def test_a_deploy_that_failed_too_contradicts_nobody():
    assert "Contradiction" not in " ".join(
        remarks({"signature": "reload_failed", "facts": {"manager_said": "failed", "deploy_exit_code": "rc_app=1"}})
    )


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.0551, "miss it 6 times in ten"),
        (0.0001, "nearly always"),
        (0.5, "50 % of all requests fail. Ten tries miss it hardly ever"),
    ],
)
def test_why_it_works_for_whoever_tries(chance: float, words: str):
    assert words in " ".join(reproduction({"p": chance, "tries_for_95": 53}))


@pytest.mark.parametrize("chance", [None, 0, 0.97, 1, float("nan")])
def test_no_word_on_reproduction_where_every_try_shows_it_or_none(chance: float | None):
    assert reproduction({"p": chance}) == []


@pytest.mark.parametrize("name", ["proved", "supported", "consistent"])
def test_grades_are_words_with_their_certainty(name: str):
    assert "80 % sure" in grade({"grade": name, "confidence": 0.8})


@pytest.mark.parametrize(
    ("links", "ways"),
    [
        ([("a", "b"), ("b", "c")], [["a", "b", "c"]]),
        ([("a", "b"), ("b", "c"), ("a", "c")], [["a", "b", "c"]]),
        ([("a", "b"), ("a", "c")], [["a", "b"], ["a", "c"]]),
        ([("a", "b"), ("b", "a")], [["a", "b"], ["b", "a"]]),
    ],
)
def test_a_chain_in_one_line_a_way(links: list[tuple[str, str]], ways: list[list[str]]):
    assert paths(links) == ways


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        (["e/a.log", "e/b/c.log"], "e/"),
        (["/v/a.log", "/v/b.tar!/x/y"], "/v/"),
        (["a.log", "e/b.log"], ""),
        (["e/a.log"], ""),
        (["/a", "/b"], ""),
        (["/a/b", "c/d"], ""),
    ],
)
def test_the_folder_that_files_share(files: list[str], folder: str):
    assert shared_folder(files) == folder


@pytest.mark.parametrize("width", [80, 160])
def test_the_answer_stands_in_the_first_five_lines(width: int):
    answer = " ".join(text_of(INCIDENT, width).splitlines()[:5])
    for words in (
        "INCIDENT, going on since 2026-11-23 09:56:26Z, last failure at 09:58:55Z",
        "288 of 5226 requests failed: 5.5 % (4.9 to 6.2 %)",
        "172 clients, 170 users",
        "Cause: a reload that did not take effect: php8.2-fpm.service",
        "proved",
        "95 % sure",
        "Run now: php-fpm8.2 -t",
    ):
        assert words in answer


def test_of_what_is_over_the_remedy_is_for_when_it_returns():
    over = copy.deepcopy(INCIDENT)
    over["incidents"][0]["state"] = "ended"
    answer = text_of(over)
    assert "INCIDENT, over: failures from 2026-11-23 09:56:26Z to 09:58:55Z (2 min 29 s)" in answer
    assert "If it returns: php-fpm8.2 -t" in answer


@pytest.mark.parametrize(
    "words",
    [
        "php8.2-fpm.service was told to reload at 2026-11-23 09:56:25Z and did not take up its new configuration.",
        'systemd called the reload done ("Reloaded"), but the service\'s own words say otherwise',
        "Do not trust its green light",
        "files are in evidence/",
        "journal.txt:63",
        "no request failed before it",
        "not shown: a test that could have spoken against it",
        "error.log:1 ",
        "nginx could not connect to unix:/run/php/account.sock: connection refused, 287 requests answered 502.",
        "287 of 288 failed requests were answered in 0.000 s (working ones take 0.012 s)",
        "0 of 287 failing requests, 740 of 1636 working requests",
        "reload_failed -> upstream_unreachable -> fast_5xx_without_app_error",
        "287 (99.7 %): nginx could not connect to the service behind it",
        "Ten tries miss it 6 times in ten",
        "send 53 requests",
        "release 2026-11-23_1, commit 9f3c1ab, deploy.log:1",
        '"Bad Gateway"; fits 1 failed request (access.log:2822; by chance alone: 12 %)',
        'somebody: "slow"; fits no failed request',
        "errors of the application: no error of the application belongs to a failed request",
        "fetch: the response headers of a few requests",
        "app.log: 10 of 200 lines (5 %) not understood",
        "app.log: 4 of 200 lines (2 %) read only as text with a time",
        "error.log: only in part: ends in the middle",
        "backup.zip: not read: a zip archive: unpack it first",
        "read as +01:00 (worked out from the other evidence): app.log",
        "assumed, nothing confirms it: say it with --zone",
        "times without a year: taken from the time of the file, which copies reset: say it with --year",
    ],
)
def test_an_incident_tells(words: str):
    assert words in text_of(INCIDENT)


@pytest.mark.parametrize(
    "words",
    [
        "Nothing wrong found",
        "Looked at 17,425 requests, 0 of them failed, in 1 file, 2026-11-23 10:09:48Z to 10:13:27Z.",
        "1 kind of failure could not be looked for",
        "- a reload that did not take effect",
        "- errors of the application: missing is the application's log",
    ],
)
def test_a_healthy_report_tells(words: str):
    assert words in text_of(HEALTHY)


@pytest.mark.parametrize(
    "words",
    [
        "UNDETERMINED: requests failed, and no cause can be named",
        "Older than the logs: failures from 2026-11-23 10:10:00Z to 10:13:00Z",
        "37 of 4800 requests failed: 0.77 % (0.56 to 1.1 %); 30 clients",
        "Why no cause is named: of the causes that were looked for, none fits; 1 could not be looked for.",
        "Fetch next: nginx's error log; the journal",
        "the restart of app at 2026-11-23 10:09:50Z failed 2 requests",
        "Ten tries miss it 9 times in ten",
    ],
)
def test_an_undetermined_report_tells(words: str):
    assert words in text_of(UNDETERMINED)


def test_without_requests_it_is_told_that_nobody_can_know():
    answer = text_of(NO_REQUESTS)
    assert "does not tell whether requests failed" in answer
    assert "Fetch next: the access log of the web server" in answer


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_the_console(name: str, width: int):
    assert all(cell_len(line) <= width for line in text_of(CASES[name], width).splitlines())


@pytest.mark.parametrize("name", CASES)
def test_a_pipe_gets_plain_text_and_a_terminal_named_colours(name: str):
    assert "\x1b" not in text_of(CASES[name])
    assert "\x1b[1;3" in text_of(CASES[name], terminal=True)
    assert "\x1b[38" not in text_of(CASES[name], terminal=True)


@pytest.mark.parametrize("name", CASES)
def test_quiet_is_the_answer_alone_and_verbose_tells_more(name: str):
    report = CASES[name]
    assert text_of(report).startswith(text_of(report, quiet=True))
    assert len(text_of(report, quiet=True).splitlines()) <= 8
    assert len(text_of(report, verbose=True)) >= len(text_of(report))


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"verdict": "incident"},
        {"verdict": "incident", "incidents": [{}]},
        {"verdict": "incident", "incidents": [{"causes": [{}]}]},
    ],
)
def test_missing_keys_count_as_empty(report: dict[str, Any]):
    assert text_of(report)


@pytest.mark.parametrize("value", [None, "text", 3, [None, 1, "x"], {"a": 1}])
@pytest.mark.parametrize("key", [*INCIDENT, *INCIDENT["incidents"][0]])
def test_values_of_another_kind_count_as_empty(key: str, value: object):
    report = copy.deepcopy(INCIDENT)
    (report if key in report else report["incidents"][0])[key] = value
    assert text_of(report)


def test_a_span_of_several_lines_numbers_each_and_is_cut_short():
    report = copy.deepcopy(INCIDENT)
    report["incidents"][0]["causes"][0]["evidence"] = [
        {"file": "evidence/app.log", "first_line": 7, "last_line": 11, "text": "one\ntwo\nthree\nfour\nfive"}
    ]
    assert "app.log:8 " in text_of(report)
    assert "and on to line 11" in text_of(report)
    assert "five" in text_of(report, verbose=True)


HOSTILE = "\x1b[2J\x9b1m\u202e[red]x[/red]\n\r\u2028\ud800{facts}"


def poisoned(value: object) -> Any:
    if isinstance(value, dict):
        return {
            key: each if key in {"verdict", "state", "signature", "role", "grade"} else poisoned(each)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    return value + HOSTILE if isinstance(value, str) else value


@pytest.mark.parametrize("how", [{}, {"verbose": True}])
@pytest.mark.parametrize("name", CASES)
def test_nothing_hostile_reaches_the_terminal(name: str, how: dict[str, bool]):
    report = poisoned(CASES[name])
    report["findings"] = [
        *report.get("findings", []),
        answered(f"plugin{HOSTILE}", "fired", HOSTILE, facts={HOSTILE: HOSTILE}, subject=HOSTILE),
    ]
    shown = text_of(report, **how)
    assert {each for each in shown if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} == {"\n"}
    assert r"\x1b[2J\x9b1m\u202e" in shown.replace("\n", "")


def test_a_fact_without_end_does_not_fill_the_page():
    report = copy.deepcopy(INCIDENT)
    report["incidents"][0]["causes"][0]["facts"]["own_words"] = "x" * 100_000
    assert len(text_of(report)) < 20_000
