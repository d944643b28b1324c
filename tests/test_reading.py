"""What a file is, its content tells; every line of it is accounted for, wherever blocks end."""

from __future__ import annotations

import pytest
from conftest import ROOT

import logcorr
from logcorr.evidence import blocks_of, gather
from logcorr.formats.table import DOCUMENT_FORMATS, LINE_FORMATS
from logcorr.reading import FileFacts, files, read_files
from logcorr.signatures.finding import Citation
from logcorr.timeline.quoting import quote

STORY = ROOT / "sample_logs" / "story"
APP_BUG = ROOT / "sample_logs" / "app_bug"
HEALTHY = ROOT / "sample_logs" / "healthy_reload"

PYTHON = "2026-11-23 04:56:22,326 ERROR [82] invoices: Exception on /api/v1/invoices [POST]"
QUIET = "2026-11-23 04:56:23,000 INFO [82] invoices: saved"
GUNICORN = "[2026-11-23 04:55:04 -0500] [32] [INFO] Starting gunicorn 20.1.0"
TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/srv/app.py", line 7, in save',
    "    rates[code]",
    "KeyError: 'rate'",
]
NGINX = "2026/11/23 10:56:26 [error] 76#76: *4868 connect() to unix:/x failed (111: Connection refused), client: 192.0.2.1"


def text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def facts_of(folder) -> FileFacts:
    (facts,) = read_files(gather([folder]))
    assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused
    return facts


def sums(facts: FileFacts) -> tuple[int, int, int, int, int]:
    return facts.lines, facts.events, facts.continuation, facts.blank, facts.refused


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch):
    """Reads in blocks of so many bytes."""

    def of(size: int) -> None:
        monkeypatch.setattr(
            files, "blocks_of", lambda stream, separator=b"\n", start=0: blocks_of(stream, separator, size, start)
        )

    return of


@pytest.mark.parametrize(
    ("path", "format_"),
    [
        (STORY / "error.log", "nginx_error"),
        (STORY / "journal-export.txt", "journal_export"),
        (STORY / "journal-short.txt", "journal"),
        (STORY / "syslog", "journal_iso"),
        (STORY / "laravel.log", "app_text_monolog"),
        (STORY / "php8.2-fpm.log", "php_fpm"),
        (STORY / "deploy.log", "deploy"),
        (STORY / "complaints.csv", "complaint"),
        (STORY / "date.txt", "clock"),
        (STORY / "ls-run-php.txt", "file_list"),
        (STORY / "nginx-t.txt", "config_test"),
        (STORY / "nginx.conf", "nginx_config"),
        (STORY / "php8.2-fpm-override.conf", "unit_file"),
        (STORY / "pool-www.conf", "fpm_pool"),
        (STORY / "ps.txt", "process_list"),
        (STORY / "ss-lx.txt", "socket_list"),
        (STORY / "stat-sockets.txt", "file_stat"),
        (STORY / "systemctl-status-php-fpm.txt", "unit_status"),
        (STORY / "README.md", "not_evidence"),
        (HEALTHY / "journal.json", "journal_json"),
        (APP_BUG / "app.log", "app_text_python"),
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_content_tells_the_format(path, format_, write):
    facts = facts_of(write({"x.bin": path.read_bytes()}))
    assert facts.format == format_
    assert facts.refused == 0


def test_table_above_names_formats_that_exist():
    names = {each.name for each in (*LINE_FORMATS, *DOCUMENT_FORMATS)}
    (mark,) = [mark for mark in test_content_tells_the_format.pytestmark if mark.name == "parametrize"]
    assert {format_ for _, format_ in mark.args[1]} <= names


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", (0, 0, 0, 0, 0)),
        ("\n", (1, 0, 0, 1, 0)),
        (" \n\t\n\n", (3, 0, 0, 3, 0)),
        ("\r\n\r\n", (2, 0, 0, 2, 0)),
        (text(NGINX), (1, 1, 0, 0, 0)),
        (NGINX, (1, 1, 0, 0, 0)),
        (f"{NGINX}\r\n{NGINX}\r\n", (2, 2, 0, 0, 0)),
        (text(NGINX, "", NGINX), (3, 2, 0, 1, 0)),
        (text("from before", NGINX), (2, 1, 0, 0, 1)),
        (text("from before", PYTHON, *TRACEBACK), (6, 1, 4, 0, 1)),
        (text(PYTHON, *TRACEBACK, "", QUIET), (7, 2, 4, 1, 0)),
        (text("no", "log", "at all"), (3, 0, 0, 0, 3)),
        (b"\xef\xbb\xbf" + text(NGINX, NGINX).encode(), (2, 2, 0, 0, 0)),
        (text(NGINX).encode() + b"2026/11/23 10:56:27 [error] 7#7: *1 \xff\xfe broken\n", (2, 2, 0, 0, 0)),
    ],
)
def test_sums(content, expected, write):
    facts = facts_of(write({"x": content}))
    assert sums(facts) == expected


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_last_line_alone_is_of_a_format(end, write):
    facts = facts_of(write({"x": f"something\n{NGINX}{end}"}))
    assert sums(facts) == (2, 1, 0, 0, 1)


def test_line_ends_are_no_part_of_a_value(write):
    folder = write({"x": f"\ufeff{QUIET}\r\n{QUIET}\r\n"})
    assert logcorr.read(folder).events["body"].tolist() == ["saved", "saved"]


def test_invalid_bytes_become_replacement_characters(write):
    folder = write({"x": QUIET.encode() + b" \xff\n"})
    assert logcorr.read(folder).events["body"].tolist() == ["saved \ufffd"]


def test_one_log_holds_several_formats_of_its_writer(write):
    facts = facts_of(write({"x": text(GUNICORN, PYTHON, *TRACEBACK, GUNICORN, QUIET)}))
    assert dict(facts.counts) == {"app_text_python": 2, "gunicorn": 2}
    assert sums(facts) == (8, 4, 4, 0, 0)


def test_one_log_does_not_hold_formats_of_another_writer(write):
    """An application's log that quotes the service manager is not the service manager."""
    forged = "Nov 23 10:56:26 shop systemd[1]: Reload failed for php8.2-fpm.service."
    timeline = logcorr.read(write({"x": text(QUIET, QUIET, QUIET, forged)}))
    assert timeline.service_events.empty
    assert set(timeline.events["source"]) == {"app_text"}


def test_traceback_is_one_event(write):
    (event,) = logcorr.read(write({"x": text(PYTHON, *TRACEBACK)})).events.to_dict("records")
    assert (event["line"], event["line_last"]) == (1, 5)
    assert (event["exception_type"], event["exception_message"]) == ("KeyError", "'rate'")
    assert event["exception_stacktrace"] == "\n".join(TRACEBACK)
    assert event["body"] == "\n".join(["Exception on /api/v1/invoices [POST]", *TRACEBACK])


def test_cited_lines_are_those_of_the_file(write):
    folder = write({"x": text(QUIET, "", PYTHON, *TRACEBACK)})
    timeline = logcorr.read(folder)
    event = timeline.errors.iloc[0]
    assert timeline.lines(str(folder / "x"), int(event["line"]), int(event["line_last"])) == [PYTHON, *TRACEBACK]


def test_traceback_is_cited_by_its_head_and_its_exception(write):
    folder = write({"x": text(QUIET, PYTHON, *TRACEBACK)})
    timeline = logcorr.read(folder)
    citation = Citation(str(folder / "x"), 2, 6, ("Exception on", "KeyError"))
    spans = quote(timeline, [citation])[citation]
    assert [(span.first_line, span.last_line, span.text) for span in spans] == [(2, 2, PYTHON), (6, 6, TRACEBACK[-1])]


@pytest.mark.parametrize("size", [1, 40, 80, 100, 150, 200, 260, 1000])
def test_block_border_changes_nothing(size, small_blocks, write):
    folder = write({"x": text("from before", QUIET, PYTHON, *TRACEBACK, "", QUIET, *TRACEBACK, PYTHON, GUNICORN)})
    whole = logcorr.read(folder)
    small_blocks(size)
    cut = logcorr.read(folder)
    assert cut.tables["log"].to_pylist() == whole.tables["log"].to_pylist()
    assert cut.unparsed.to_dict("records") == whole.unparsed.to_dict("records")
    assert sums(cut.files[0]) == sums(whole.files[0]) == (15, 5, 8, 1, 1)


@pytest.mark.parametrize("size", [1, 300, 1000, 5000])
@pytest.mark.parametrize(
    "path", [STORY / "journal-export.txt", STORY / "error.log", HEALTHY / "journal.json"], ids=lambda path: path.name
)
def test_block_border_changes_nothing_of_recorded_logs(path, size, small_blocks):
    whole = logcorr.read(path)
    small_blocks(size)
    cut = logcorr.read(path)
    assert cut.tables["log"].equals(whole.tables["log"]) or cut.tables["log"].to_pylist() == whole.tables["log"].to_pylist()
    assert sums(cut.files[0]) == sums(whole.files[0])


def test_cited_lines_are_found_in_later_blocks(small_blocks):
    small_blocks(2000)
    path = STORY / "error.log"
    lines = path.read_text().splitlines()
    timeline = logcorr.read(path)
    assert [timeline.lines(str(path), at, at) for at in (1, 150, len(lines))] == [[lines[0]], [lines[149]], [lines[-1]]]


def test_unknown_log_is_told_line_by_line(write):
    folder = write({"x": text("what", "is", "", "this"), "y": text(NGINX)})
    unparsed = logcorr.read(folder).unparsed
    assert list(unparsed.columns) == ["file", "line", "text", "reason"]
    assert unparsed[["file", "line", "text"]].values.tolist() == [
        [str(folder / "x"), line, what] for line, what in ((1, "what"), (2, "is"), (4, "this"))
    ]
    assert unparsed["reason"].str.len().min() > 0


def test_unparsed_has_its_columns_when_it_is_empty(write):
    unparsed = logcorr.read(write({"y": text(NGINX)})).unparsed
    assert unparsed.empty
    assert list(unparsed.columns) == ["file", "line", "text", "reason"]


def test_long_refused_line_is_cut(write):
    unparsed = logcorr.read(write({"x": "z" * 5000 + "\n", "y": text(NGINX)})).unparsed
    assert unparsed["text"].str.len().tolist() == [2000]


def test_page_that_says_so_is_no_evidence(write):
    folder = write({"notes": f"<!-- logcorr: not evidence -->\n{NGINX}\n", "y": text(NGINX)})
    timeline = logcorr.read(folder)
    notes, _ = timeline.files
    assert (notes.format, notes.events, notes.refused) == ("not_evidence", 0, 0)
    assert set(timeline.events["file"]) == {str(folder / "y")}


def test_log_format_comes_from_the_configuration(write):
    conf = "http {\n  log_format own '$msec|$status|$request_method|$uri|'\n    '$request_time';\n}\n"
    line = "1795427779.280|502|GET|/api/user/me|0.004\n"
    timeline = logcorr.read(write({"a": conf, "b": line * 3}))
    assert timeline.files[1].format == "nginx_access:own"
    (row,) = timeline.requests.drop_duplicates(subset=["timestamp", "url_path"]).to_dict("records")
    assert (row["http_response_status_code"], row["url_path"], row["duration_s"]) == (502, "/api/user/me", 0.004)
    alone = read_files(gather([timeline.files[1].file.path]))[0]
    assert alone.format != "nginx_access:own"


def test_fallback_is_counted_apart(write):
    facts = facts_of(write({"x": text("2026-11-23T10:16:15Z worker 3 gave up")}))
    assert (facts.format, facts.events, facts.fallback) == ("timestamped", 1, 1)


def test_files_keep_the_name_by_which_they_were_given(write, monkeypatch):
    folder = write({"sub/x": text(NGINX)})
    monkeypatch.chdir(folder)
    assert [each.file.name for each in logcorr.read("sub").files] == ["sub/x"]
    assert [each.file.name for each in logcorr.read("s*/*").files] == ["sub/x"]


def test_progress_is_told_every_byte(write):
    folder = write({"x": text(NGINX, NGINX)})
    told: list[tuple[str, int, int]] = []
    logcorr.read(folder, progress=lambda name, count, total: told.append((name, count, total)))
    assert sum(count for _, count, _ in told) == (folder / "x").stat().st_size
    assert {total for *_, total in told} == {(folder / "x").stat().st_size}
