"""The commands beside ``report``: what they show, what they leave out, how they end."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from typer.testing import CliRunner

import logcorr
from logcorr.cli import app, completion
from logcorr.formats.table import DOCUMENT_FORMATS, LINE_FORMATS
from logcorr.messages.known import known_programs
from logcorr.report.explanation import limits_of
from logcorr.signatures.table import BY_NAME, SIGNATURES
from logcorr.timings import STAGES

RUN = CliRunner()
CASES = ROOT / "tests" / "cases"
ACCESS = """\
192.0.2.7 - - [23/Nov/2026:10:55:01 +0100] "GET /account/7?q=a HTTP/1.1" 200 10 "-" "curl"
192.0.2.8 - - [23/Nov/2026:10:55:03 +0100] "POST /pay HTTP/1.1" 502 10 "-" "=cmd|' /C calc'!A0"
192.0.2.9 - - [23/Nov/2026:10:55:09 +0100] "GET /account_7 HTTP/1.1" 404 10 "-" "a.b"
"""
ERRORS = (
    "2026/11/23 10:55:03 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.8, "
    'server: shop, request: "POST /pay HTTP/1.1", upstream: "http://127.0.0.1:8000/pay", host: "shop"\n'
)
SYSTEM = (
    "2026-11-23T10:55:02.902449+01:00 shop systemd[1]: Reloading php8.2-fpm.service - The PHP FastCGI Process Manager...\n"
    "2026-11-23T10:55:02.968309+01:00 shop cron[9]: \x1b[2Jjob\u202e done\n"
)
APP = (
    '{"level":"error","time":"2026-11-23T09:55:03.500Z","msg":"=1+1","exc_info":"Traceback\\n  File \\"a.py\\", line 7\\nKeyError: 1"}\n'
    '{"level":"info","time":"2026-11-23T09:55:04.000Z","msg":"-2+3"}\n'
)
EVIDENCE = {"access.log": ACCESS, "error.log": ERRORS, "syslog": SYSTEM, "app.log": APP}


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def timeline(folder, *arguments):
    return RUN.invoke(app, ["timeline", str(folder), *arguments])


def places(result):
    """File and line of each event that is shown."""
    shown = [line.split()[4] for line in result.stdout.splitlines()]
    assert result.exit_code == (0 if shown else 1), result.stderr
    return shown


EVERY = ["access.log:1", "syslog:1", "syslog:2", "access.log:2", "error.log:1", "app.log:1", "app.log:2", "access.log:3"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], EVERY),
        (["--around", "2026-11-23 09:55:02.95", "--within", "50ms"], ["syslog:1", "syslog:2", "access.log:2", "error.log:1"]),
        (["--around", "10:55:02", "--within", "1s", "--zone", "+01:00"], EVERY[:5]),
        (["--since", "09:55:03", "--until", "09:55:04"], EVERY[3:7]),
        (["--since", "09:55:03", "--around", "09:55:03", "--within", "0s"], ["access.log:2", "error.log:1"]),
        (["--source", "journal", "--source", "nginx_error"], ["syslog:1", "syslog:2", "error.log:1"]),
        (["--unit", "php8.2-fpm"], ["syslog:1"]),
        (["--unit", "php8.2-fpm.service"], ["syslog:1"]),
        (["--status", "5xx"], ["access.log:2"]),
        (["--status", "404", "--status", "500-599"], ["access.log:2", "access.log:3"]),
        (["--path", "/pay"], ["access.log:2", "error.log:1"]),
        (["--path", "/account_7"], ["access.log:3"]),
        (["--path", "/account*"], ["access.log:1", "access.log:3"]),
        (["--path", "/*/7"], ["access.log:1"]),
        (["--grep", "192.0.2.8"], ["access.log:2", "error.log:1"]),
        (["--grep", "a.b"], ["access.log:3"]),
        (["--grep", "KeyError"], ["app.log:1"]),
        (["--grep", "GET|POST", "--regex"], ["access.log:1", "access.log:2", "error.log:1", "access.log:3"]),
        (["--grep", "GET|POST"], []),
        (["--grep", "/account", "--status", "2xx"], ["access.log:1"]),
        (["--limit", "2"], EVERY[:2]),
        (["--status", "503"], []),
    ],
    ids=" ".join,
)
def test_filters(arguments, expected, write):
    assert places(timeline(write(EVIDENCE), *arguments)) == expected


def test_a_line_of_text(write):
    first, second, third, *_ = timeline(write(EVIDENCE), "--since", "09:55:02").stdout.splitlines()
    assert first.split() == ["2026-11-23", "09:55:02.902Z", "journal", "shop", "syslog:1", *first.split()[5:]]
    assert first.endswith("systemd[1]: Reloading php8.2-fpm.service - The PHP FastCGI Process Manager...")
    assert second.endswith("cron[9]: \\x1b[2Jjob\\u202e done")
    assert third.split()[:2] == ["2026-11-23", "09:55:03Z"]
    assert third.endswith("POST /pay 502 from 192.0.2.8")


def test_a_time_that_was_worked_out_is_marked(write):
    shown = timeline(write(EVIDENCE), "--source", "nginx_error").stdout
    assert shown.startswith("2026-11-23 09:55:03Z~ ")
    assert "~" not in timeline(write(EVIDENCE), "--source", "journal").stdout


def test_what_was_searched_is_shown_as_it_stands(write):
    (line,) = timeline(write(EVIDENCE), "--grep", "KeyError").stdout.splitlines()
    assert line.endswith(APP.splitlines()[0])


def test_the_lines_of_an_event_stand_below_it(write):
    folder = write(
        {
            "access.log": ACCESS,
            "app.log": "2026-11-23 09:55:03,500 ERROR [7] shop: no\nTraceback (most recent call last):\nKeyError: 1\n",
        }
    )
    shown = timeline(folder, "--source", "app_text", "--verbose").stdout.splitlines()
    assert [line.strip() for line in shown[1:]] == (folder / "app.log").read_text().splitlines()
    assert len(timeline(folder, "--grep", "KeyError").stdout.splitlines()) == 1


def test_one_record_in_several_files_is_shown_once(write):
    short = "Nov 23 10:55:02 shop systemd[1]: Reloading php8.2-fpm.service - The PHP FastCGI Process Manager...\n"
    folder = write({**EVIDENCE, "messages": short})
    assert places(timeline(folder, "--unit", "php8.2-fpm")) == ["syslog:1"]
    assert len(places(timeline(folder, "--unit", "php8.2-fpm", "--repeated"))) == 2
    assert places(timeline(folder, "--grep", "Reloading")) == ["syslog:1"]
    assert places(timeline(folder, "--grep", "Nov 23 10:55:02")) == ["messages:1"]


def test_colours_and_width_are_those_of_the_reader(write):
    folder = write(EVIDENCE)
    assert "\x1b[" not in timeline(folder).stdout
    assert "\x1b[31mPOST /pay 502" in RUN.invoke(app, ["timeline", str(folder), "--color", "always"], color=True).stdout


def test_csv_is_safe_in_a_spreadsheet(write):
    rows = list(csv.DictReader(io.StringIO(timeline(write(EVIDENCE), "--format", "csv").stdout)))
    assert [f"{row['file'].rpartition('/')[2]}:{row['line']}" for row in rows] == EVERY
    assert [row["body"] for row in rows if row["source"] == "app_json"] == ["'=1+1", "'-2+3"]
    assert rows[0]["timestamp"] == "2026-11-23T09:55:01.000000Z"
    assert not [value for row in rows for value in row.values() if value.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_csv_without_events_has_its_header(write):
    result = timeline(write(EVIDENCE), "--format", "csv", "--status", "503")
    assert result.exit_code == 1
    assert result.stdout.startswith('"timestamp","timestamp_basis"')
    assert result.stdout.count("\n") == 1


def test_json_lines_are_as_the_events_are(write):
    rows = [json.loads(line) for line in timeline(write(EVIDENCE), "--format", "jsonl").stdout.splitlines()]
    assert [f"{row['file'].rpartition('/')[2]}:{row['line']}" for row in rows] == EVERY
    assert rows[2]["body"] == "\x1b[2Jjob\u202e done"
    assert rows[5]["body"] == "=1+1"
    assert "unit" not in rows[0]


def test_parquet_is_a_table(write, tmp_path):
    target = tmp_path / "events.parquet"
    assert timeline(write(EVIDENCE), "--format", "parquet", "--output", str(target)).stdout == ""
    frame = pq.read_table(target).to_pandas()
    assert len(frame) == len(EVERY)
    assert str(frame["timestamp"].dt.tz) == "UTC"
    assert frame["http_response_status_code"].dropna().tolist() == [200, 502, 404]


def test_the_files_of_the_evidence_agree_with_the_library(write):
    folder = write(EVIDENCE)
    events = logcorr.read(folder).events
    shown = timeline(folder, "--format", "jsonl", "--repeated").stdout.splitlines()
    assert len(shown) == len(events)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--status", "5xz"],
        ["--status", "50"],
        ["--around", "soon"],
        ["--around", "09:55", "--within", "a while"],
        ["--since", "10:00", "--until", "09:00"],
        ["--grep", "(?=look)", "--regex"],
        ["--grep", "(", "--regex"],
        ["--regex"],
        ["--limit", "0"],
        ["--format", "xml"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(arguments, write):
    result = timeline(write(EVIDENCE), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_an_unknown_source_is_told(write):
    result = timeline(write(EVIDENCE), "--source", "nginx")
    assert result.exit_code == 1
    assert "nginx_access" in result.stderr


def test_a_limit_that_cuts_is_told(write):
    assert "there are more events" in timeline(write(EVIDENCE), "--limit", "2").stderr
    assert timeline(write(EVIDENCE), "--limit", str(len(EVERY))).stderr == ""


def test_a_reader_who_goes_away_is_no_error(write):
    folder = write({"access.log": ACCESS.splitlines(keepends=True)[0] * 50_000})
    command = [sys.executable, "-m", "logcorr", "timeline", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


# --- formats ---


def test_every_format_is_listed():
    listed = RUN.invoke(app, ["formats"], env={"COLUMNS": "200"}).stdout
    assert not [each.name for each in (*LINE_FORMATS, *DOCUMENT_FORMATS) if f"{each.name.partition(':')[0]} " not in listed]
    assert "php8.2-fpm" not in listed
    assert "php8.2-fpm" in RUN.invoke(app, ["formats", "--verbose"], env={"COLUMNS": "200"}).stdout


def looked_at(folder, *arguments):
    result = RUN.invoke(app, ["formats", str(folder), *arguments], env={"COLUMNS": "200"})
    blocks = {block.splitlines()[0].rpartition("/")[2]: block for block in result.stdout.strip().split("\n\n")}
    return result.exit_code, blocks


def test_each_file_is_told_with_its_reason(write):
    status, told = looked_at(write({**EVIDENCE, "date.txt": "Mon Nov 23 10:58:55 CET 2026\nMon Nov 23 09:58:55 UTC 2026\n"}))
    assert status == 0
    assert "of 3 lines looked at, 3 begin an event of nginx_access:combined; " in told["access.log: nginx_access:combined"]
    assert "all its lines together are such a document" in told["date.txt: clock"]
    assert "3 lines: 3 events" in told["access.log: nginx_access:combined"]
    assert "the zone stands in the lines" in told["access.log: nginx_access:combined"]
    assert "no zone stands there, read as +01:00 (worked out" in told["error.log: nginx_error"]


def test_what_is_not_understood_is_told_with_its_lines(write):
    folder = write(
        {"a.bin": bytes(range(8)) * 2000, "b.txt": "hello \x1b[2J\nworld\n" * 4, "c.log": f"{ACCESS}nonsense\n{ACCESS}"}
    )
    status, told = looked_at(folder)
    assert status == 1
    assert "binary: not read" in told["a.bin: not recognised"]
    assert "8 unparsed" in told["b.txt: not recognised"]
    assert "line 1: hello \\x1b[2J" in told["b.txt: not recognised"]
    assert "and 5 more (--verbose shows all)" in told["b.txt: not recognised"]
    assert "line 4: nonsense" in told["c.log: nginx_access:combined"]
    assert looked_at(folder, "--verbose")[1]["b.txt: not recognised"].count("world") == 4


def test_an_empty_file_is_nothing_unknown(write):
    status, told = looked_at(write({**EVIDENCE, "empty.log": ""}))
    assert (status, told["empty.log: empty"].count("\n")) == (0, 0)


def test_a_configuration_tells_how_the_log_is_written(write):
    config = "http { log_format own '$status $request_time $remote_addr [$time_local] \"$request\"'; }\n"
    folder = write({"nginx.conf": config, "a.log": '200 0.1 192.0.2.7 [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1"\n'})
    assert "a.log: nginx_access:own" in looked_at(folder)[1]


@pytest.mark.parametrize("arguments", [["formats", "none"], ["explain", "reload_failed", "none"], ["timeline", "none"]])
def test_no_evidence_is_2(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = RUN.invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "hint:" in result.stderr


# --- explain ---


def test_every_signature_is_listed():
    listed = RUN.invoke(app, ["explain"]).stdout
    assert not [each.name for each in SIGNATURES if f"{each.name} " not in listed]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_signature_is_explained(name):
    result = RUN.invoke(app, ["explain", name], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    for heading in ("Looks for", "Matters because", "Can mislead when", "Evidence given", "Needs"):
        assert f"\n{heading}\n" in result.stdout
    assert "``" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_a_limit_has_its_reason():
    limits = {name: (value, reason) for name, value, reason in limits_of(BY_NAME["reload_failed"])}
    assert limits["deploy_window_s"] == (
        "600.0",
        "a deploy reloads services while it runs or soon after; ten minutes covers slow hand-overs",
    )
    shown = RUN.invoke(app, ["explain", "reload_failed"], env={"COLUMNS": "200"}).stdout
    assert "- deploy_window_s = 600.0: a deploy reloads services" in shown


@pytest.mark.parametrize(
    ("typed", "meant"), [("reload_fail", "reload_failed"), ("php-fpm.other_instance", "php-fpm.another_instance")]
)
def test_a_name_that_is_nearly_right_is_told(typed, meant):
    result = RUN.invoke(app, ["explain", typed])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"did you mean {meant}" in result.stderr


def test_a_name_that_is_not_known_is_told():
    result = RUN.invoke(app, ["explain", "zzz\x1b[2J"])
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
    assert "logcorr explain" in result.stderr


def test_what_came_of_it():
    story = ROOT / "sample_logs" / "story"
    fired = RUN.invoke(app, ["explain", "reload_failed", str(story)]).stdout
    assert "fired (reload_failed): php8.2-fpm.service was told to reload" in fired
    assert "syslog:69" in fired
    assert "In incident 1: cause; proved" in fired
    clear = RUN.invoke(app, ["explain", "reload_failed", str(ROOT / "sample_logs" / "app_bug")]).stdout
    assert "clear: looked for, not found" in clear
    assert "rows of lifecycle" in clear
    unable = RUN.invoke(app, ["explain", "fast_5xx_without_app_error", str(story / "syslog")]).stdout
    assert "not evaluable" in unable
    assert "missing is the access log of the web server" in unable


@pytest.mark.parametrize("program", known_programs(), ids=lambda each: each.name)
def test_a_known_message_is_explained(program):
    for message in program.messages[:3]:
        result = RUN.invoke(app, ["explain", message.id], env={"COLUMNS": "4000"})
        assert result.exit_code == 0
        assert message.event_name in result.stdout
        assert all(f"is not it: {near_miss}" in result.stdout for near_miss in message.near_misses if near_miss.isprintable())


# --- completion ---


def test_names_are_completed():
    assert completion.signatures("") == sorted(BY_NAME)
    assert completion.signatures("reload_f") == ["reload_failed"]
    assert "php-fpm.another_instance" in completion.signatures("php-fpm.")
    assert len(completion.signatures(".")) == 0
    known = {each.source for each in LINE_FORMATS} | {each.name for each in DOCUMENT_FORMATS}
    assert known <= set(completion.sources(""))


def test_completion_loads_nothing_heavy():
    script = "import sys\nfrom logcorr.cli import completion\ncompletion.signatures('php.'); completion.sources('')\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    assert not {"pandas", "pyarrow", "duckdb", "scipy", "numpy", "narwhals", "rich", "dateutil"} & set(loaded)


def test_the_shell_gets_its_names():
    asked = {**os.environ, "_LOGCORR_COMPLETE": "complete_bash", "COMP_WORDS": "logcorr explain reload_f", "COMP_CWORD": "2"}
    command = [sys.executable, "-c", "from logcorr.cli import main; main()"]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=asked, cwd=ROOT)
    assert told.stdout.split() == ["reload_failed"]
    shown = RUN.invoke(app, ["--help"]).stdout
    assert "--install-completion" in shown
    assert "--show-completion" in shown


def test_what_is_kept_is_shown_and_purged(write, monkeypatch):
    monkeypatch.setattr("logcorr.reading.files.KEPT", 0)
    folder = write({"access\x1b[2J.log": ACCESS})
    shown = RUN.invoke(app, ["cache"])
    assert (shown.exit_code, shown.stdout.splitlines()[-1].split()[:2]) == (0, ["0.0", "MB"])
    RUN.invoke(app, ["report", str(folder), "--no-cache"])
    assert len(RUN.invoke(app, ["cache"]).stdout.splitlines()) == 1
    RUN.invoke(app, ["report", str(folder)])
    listed = RUN.invoke(app, ["cache"]).stdout
    assert "access\\x1b[2J.log" in listed
    assert "freed" in RUN.invoke(app, ["cache", "purge"]).stdout
    assert len(RUN.invoke(app, ["cache"]).stdout.splitlines()) == 1
    assert RUN.invoke(app, ["cache", "destroy"]).exit_code == 2


def test_what_each_stage_took_adds_up(write):
    result = RUN.invoke(app, ["report", str(write(EVIDENCE)), "--timings", "--format", "json"])
    json.loads(result.stdout)
    heading, *rows = result.stderr.splitlines()
    assert heading.split() == ["stage", "seconds", "share"]
    spent = {name: float(seconds) for name, seconds, _ in map(str.split, rows)}
    assert list(spent) == [*STAGES, "whole"]
    assert sum(spent[name] for name in STAGES) == pytest.approx(spent["whole"], abs=0.02)
    assert all(spent[name] > 0 for name in ("recognise", "tokenise", "type", "match", "query", "judge", "render"))
    assert spent["other"] < spent["whole"] / 4
