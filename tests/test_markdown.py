"""The report as Markdown says what the text says, and nothing of what the evidence says is obeyed."""

from __future__ import annotations

import io
import re

import pytest
from conftest import ROOT
from markdown_it import MarkdownIt
from rich.console import Console

import logcorr
from logcorr.formats.not_evidence import MARK
from logcorr.report.markdown import code, fenced, prose, render
from logcorr.report.text import render as as_text

STORY = ROOT / "sample_logs" / "story"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![a](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "http://evil.example/ www.evil.example mail@evil.example",
    "@all @channel @octocat #12 GH-12 octo/cat#3 !7 deadbeef 9f3c1ab",
    "``` ~~~ ```` `code` ``",
    "# heading",
    "- item",
    "> quote",
    "| a | b |\n|---|---|",
    "***bold*** __bold__ _it_ ~~gone~~ ==mark== ||spoiler|| $x^2$ :tada: &copy; &#64;all",
    "1. one",
    "---",
    "\x1b[2J\u202etext\u200b",
    'he said "@all" and "`x`" and "',
    "line one\n```\n@all\n```\n<b>",
]


def parsed(text):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def flat(tokens):
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def outside_code(text):
    """What a renderer takes for text of its own."""
    return " ".join(token.content for token in flat(parsed(text)) if token.type == "text")


def report_with(evil):
    span = {"file": f"{evil}.log", "first_line": 1, "last_line": 1, "text": evil}
    claim = {
        "signature": "reload_failed",
        "grade": "proved",
        "confidence": 0.95,
        "facts": {
            "unit": evil,
            "own_words": evil,
            "reload_at": "2026-11-23T09:56:25Z",
            "manager_said": "reloaded",
            "deploy_said": evil,
        },
        "evidence": [span],
        "remedy": [f"systemctl restart {evil}"],
        "verify": [evil],
        "met": ["time"],
        "unmet": [],
        "reasons": {"time": evil},
    }
    incident = {
        "title": evil,
        "start": "2026-11-23T09:56:26Z",
        "end": "2026-11-23T09:58:55Z",
        "state": "ended",
        "subject": evil,
        "causes": [claim],
        "mechanisms": [claim],
        "symptoms": [claim],
        "chain": [{"from": evil, "to": evil}],
        "affected": {"requests": 5226, "failed": 288, "share": 0.055, "share_low": 0.049, "share_high": 0.062, "clients": 158},
        "made_by": {evil: 3},
        "reproduction": {"p": 0.055, "tries_for_95": 53},
    }
    return {
        "verdict": "incident",
        "incidents": [incident],
        "findings": [{**claim, "state": "fired", "role": "cause", "counter_evidence": [span], "missing": [evil]}],
        "deploys": [{"start": evil, "end": "", "release": evil, "commit": evil, "file": evil, "line": 1}],
        "complaints": [
            {"time": "2026-11-23T09:57:00Z", "user": evil, "text": evil, "matches": [span | {"line": 3}], "chance": 0.1}
        ],
        "ruled_out": [{"signature": evil, "reason": evil}],
        "cannot_tell": [{"question": evil, "fetch": evil}],
        "evidence": [
            {"file": evil, "problem": evil, "lines": 3, "events": 1, "unparsed": 1, "zone": evil, "zone_basis": "zone_inferred"}
        ],
    }


@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_of_the_evidence_is_obeyed(evil):
    text = render(report_with(evil), verbose=True)
    kinds = {token.type for token in flat(parsed(text))}
    assert not kinds & {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "blockquote_open",
        "table_open",
        "hr",
        "em_open",
        "s_open",
    }
    assert not kinds & {"ordered_list_open", "lheading_open"}
    assert {token.tag for token in flat(parsed(text)) if token.type == "heading_open"} == {"h2"}
    told = outside_code(text)
    assert not re.search(r"[@#<>&|*_~$\\`]|\bGH-|www\.|https?:|:[a-z]\w*:|\b[0-9a-f]{7,}\b", told.replace("->", "")), told
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("evil", HOSTILE)
def test_fenced_lines_hold_what_they_are_given(evil):
    lines = evil.split("\n")
    (token,) = parsed(fenced(lines, "text"))
    assert token.type == "fence"
    assert token.content == "\n".join(lines) + "\n"


@pytest.mark.parametrize("text", ["a", "`", "``", " a ", "a`b``c", "`a`", "x" * 10 + "`" * 30])
def test_a_code_span_holds_what_it_is_given(text):
    (token,) = [each for each in flat(parsed(f"x {code(text)} y")) if each.type == "code_inline"]
    assert token.content == text


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("288 of 5226 requests failed: 5.5 % (4.9 to 6.2 %); 158 clients", None),
        ("over: failures from 2026-11-23 09:56:26Z to 09:58:55Z (2 min 29 s)", None),
        ("Ten tries miss it 6 times in ten: (1 - 0.0551)^10 = 0.57.", None),
        ("php8.2-fpm.service was told (reload_failed): why?", "`php8.2-fpm.service` was told (`reload_failed`): why?"),
        ('It says: "no @all here".', "It says: `no @all here`."),
        ("see #12, commit 9f3c1ab or deadbeef", "see `#12`, commit `9f3c1ab` or `deadbeef`"),
        ("- not an item", "\\- not an item"),
        ("1. no list", "1\\. no list"),
    ],
)
def test_plain_words_stay_as_they_are(sentence, expected):
    assert prose(sentence) == (expected or sentence)


def test_it_says_what_the_text_says_in_the_same_order():
    report = logcorr.diagnose(STORY)
    page = io.StringIO()
    as_text(report.to_dict(), Console(file=page, width=10_000))
    markdown = report.to_markdown()
    headings = re.findall(r"^[A-Z][A-Z, ]+$", page.getvalue(), re.MULTILINE)
    assert [line[3:].upper() for line in markdown.splitlines() if line.startswith("## ")] == headings
    assert markdown.startswith("**INCIDENT, over: failures from 2026-11-23 09:56:26Z")

    def words(text):
        return re.findall(r"\w+", text.lower())

    told = set(words(markdown))
    assert not set(words(page.getvalue())) - told


def test_lines_of_the_evidence_stand_in_fences_with_their_places():
    markdown = logcorr.diagnose(STORY).to_markdown()
    fences = [token for token in parsed(markdown) if token.type == "fence"]
    line = (STORY / "syslog").read_text().splitlines()[68]
    assert any(f"syslog:69     {line}\n" in token.content for token in fences)
    assert line not in outside_code(markdown)


def test_quiet_is_the_answer_alone():
    report = logcorr.diagnose(STORY)
    assert report.to_markdown().startswith(report.to_markdown(quiet=True).rstrip("\n"))
    assert "##" not in report.to_markdown(quiet=True)


@pytest.mark.parametrize("verdict", ["healthy", "undetermined", "incident", ""])
def test_a_report_without_anything_is_written(verdict):
    assert render({"verdict": verdict}).startswith("**")


def test_a_report_that_lies_beside_the_logs_is_not_read(write):
    from typer.testing import CliRunner

    from logcorr.cli import app

    folder = write({"access.log": '192.0.2.7 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 10 "-" "curl"\n'})
    result = CliRunner().invoke(app, ["report", str(folder), "--format", "markdown", "--output", str(folder / "report.md")])
    assert result.exit_code in {0, 3}
    assert (folder / "report.md").read_text().startswith(f"{MARK}\n\n**")
    files = {each.file.path.name: each for each in logcorr.read(folder).files}
    assert files["report.md"].formats == ("not_evidence",)
    assert MARK not in CliRunner().invoke(app, ["report", str(folder), "--format", "markdown"]).stdout
