"""What a notebook shows of timelines, reports and their parts: all of it escaped, each claim with the rows that it rests on."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pandas as pd
import pytest
from conftest import ROOT

import logcorr
from logcorr.report import progress
from logcorr.report.display import HtmlPage, Shown
from logcorr.report.result import Report
from logcorr.timeline.timeline import COMMON, Timeline

SAMPLES = ROOT / "sample_logs"
TAGS = {"style", "div", "p", "b", "br", "pre", "code", "table", "tr", "td", "th", "details", "summary"}
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>&amp;\x1b[31m\u202e'


class Reader(HTMLParser):
    """Collects tags, attributes and text, and that what is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@pytest.fixture(scope="module")
def story() -> Report:
    return logcorr.diagnose(SAMPLES / "story")


def read(text: str | None) -> Reader:
    assert text is not None
    page = Reader(text)
    assert page.open == []
    assert page.tags <= TAGS
    assert page.attributes <= {"class", "style", "open"}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    return page


def test_report_tells_the_answer_first_and_then_its_proof(story):
    page = read(story._repr_html_())
    text = " ".join(page.text.split())
    assert text.startswith("INCIDENT, over: failures from 2026-11-23 09:56:26Z to 09:58:55Z (2 min 29 s)")
    assert text.index("a reload that did not take effect") < text.index("Proof") < text.index("Ruled out")
    assert "syslog:69" in text
    assert "Another FPM instance seems to already listen on /run/php/php8.2-fpm.sock" in text
    assert str(ROOT) not in text.replace(f"files are in {SAMPLES}/story/", "")


def test_only_the_proof_is_open_and_the_rest_is_folded(story):
    text = story._repr_html_()
    assert text.count("<details open>") == 1
    assert text.count("<details>") >= 4


def test_timeline_tells_its_files(story):
    page = read(story.timeline._repr_html_())
    assert "9294 requests" in page.text
    for name in ("access.log.gz", "journal-export.txt", "complaints.csv"):
        assert name in page.text
    assert "2026-11-23 09:55:01Z" in page.text
    assert str(ROOT) not in page.text


def test_timeline_of_nothing_shows_itself(write):
    timeline = logcorr.read(write({"x": "what\n"}))
    assert "not recognised" in read(timeline._repr_html_()).text
    read(logcorr.diagnose(timeline)._repr_html_())


def test_many_files_are_not_all_listed(write):
    timeline = logcorr.read(write({f"{at:03}.txt": "what\n" for at in range(60)}))
    assert "and 20 more files" in read(timeline._repr_html_()).text


def test_timeline_that_nobody_draws_shows_as_text(story, monkeypatch):
    monkeypatch.setattr(Timeline, "views", None)
    assert story.timeline._repr_html_() is None
    with pytest.raises(logcorr.LogcorrError) as raised:
        story.timeline.plot()
    assert raised.value.hint


def test_hostile_lines_are_shown_and_not_obeyed(write):
    lines = "".join(
        f'192.0.2.1 - - [23/Nov/2026:10:55:{at:02d} +0100] "GET /{at}<script>alert(1)</script> HTTP/1.1" {500 if at > 30 else 200} 13'
        f' "-" "<img src=x onerror=alert(1)>"\n'
        for at in range(60)
    )
    complaint = f'time,user,text\n2026-11-23T10:55:40+01:00,"<b>eve</b>","{HOSTILE.replace(chr(34), chr(34) * 2)}"\n'
    folder = write({"access<i>.log": lines, "complaints.csv": complaint})
    report = logcorr.diagnose(folder)
    shown = read(report._repr_html_())
    assert "<script>" in shown.text
    assert "access<i>.log" in read(report.timeline._repr_html_()).text
    for part in report.incidents:
        read(report.show(part)._repr_html_())
    for finding in report.diagnosis.findings:
        read(report.show(finding, verbose=True)._repr_html_())


def test_page_escapes_whatever_it_is_given():
    page = HtmlPage([])
    page.heading(HOSTILE)
    page.say(HOSTILE, label=HOSTILE, style="bold red")
    page.state(HOSTILE, HOSTILE)
    page.item(HOSTILE)
    page.commands([HOSTILE], label=HOSTILE)
    page.quote([{"file": HOSTILE, "first_line": 1, "last_line": 1, "text": HOSTILE}], [HOSTILE, "<"], most=3)
    shown = read(page.html())
    assert shown.text.count('<script>alert("x")</script>') >= 8


def test_cause_is_shown_with_lines_and_commands(story):
    shown = story.show(story.incidents[0].causes[0])
    assert isinstance(shown, Shown)
    assert repr(shown).startswith("Cause (reload_failed): php8.2-fpm.service was told to reload at 2026-11-23 09:56:25Z")
    for page in (repr(shown), read(shown._repr_html_()).text):
        assert "syslog:69" in page
        assert "explains 287 of 288 failed requests" in page
        assert "systemctl restart php8.2-fpm.service" in page
    assert not any(line.endswith(" ") for line in repr(shown).splitlines())


def test_incident_and_findings_are_shown(story):
    assert "288 of 5226 requests failed" in repr(story.show(story.incidents[0]))
    states = set()
    for finding in story.diagnosis.findings:
        read(story.show(finding)._repr_html_())
        assert finding.signature in repr(story.show(finding)) or finding.state != "fired"
        states.add(finding.state)
    assert {"fired", "clear"} <= states


def test_verbose_shows_more(story):
    cause = story.incidents[0].causes[0]
    assert "facts:" in repr(story.show(cause, verbose=True))
    assert "facts:" not in repr(story.show(cause))


def test_part_of_another_report_is_refused(story):
    other = logcorr.diagnose(SAMPLES / "healthy_reload")
    with pytest.raises(ValueError, match="of this report"):
        other.show(story.incidents[0])


def test_objects_stay_as_they_are(story):
    assert story.incidents[0].causes[0].signature == "reload_failed"
    assert repr(story) == "<Report: incident: reload_failed>"


def test_rows_are_those_that_a_claim_cites(story):
    cause = story.incidents[0].causes[0]
    rows = story.rows(cause)
    assert list(rows.columns) == list(COMMON)
    assert rows["timestamp"].is_monotonic_increasing
    cited = {(each.file, each.line) for each in cause.finding.evidence}
    assert set(zip(rows["file"], rows["line"], strict=True)) == cited
    pd.testing.assert_frame_equal(rows, story.rows(cause.finding))
    events = story.timeline.events
    same = [pair in cited for pair in zip(events["file"], events["line"], strict=True)]
    assert rows["body"].tolist() == events.loc[same, "body"].tolist()


def test_rows_of_every_finding_are_found(story):
    incident = story.incidents[0]
    assert len(story.rows(incident)) >= max(len(story.rows(each)) for each in (*incident.causes, *incident.mechanisms))
    for finding in story.diagnosis.findings:
        cited = {(each.file, each.line) for each in (*finding.evidence, *finding.counter_evidence)}
        assert set(zip(story.rows(finding)["file"], story.rows(finding)["line"], strict=True)) == cited


def test_context_is_the_lines_around_a_row(story):
    row = story.rows(story.incidents[0].causes[0]).iloc[0]
    found = story.timeline.context(row, lines=2)
    assert list(found.columns) == ["line", "text", "own"]
    assert found["line"].tolist() == list(range(row["line"] - 2, row["line"] + 3))
    assert found.loc[found["own"], "line"].tolist() == [row["line"]]
    assert "Another FPM instance" in found.loc[found["own"], "text"].item()


def test_context_ends_where_the_file_does(write):
    timeline = logcorr.read(
        write({"app.log": "2026-11-23 10:00:00,000 INFO a: one\n2026-11-23 10:00:01,000 ERROR a: two\n  more\n"})
    )
    row = timeline.events.iloc[-1]
    assert timeline.context(row)["text"].tolist() == timeline.lines(row["file"], 1, 3)
    assert timeline.context(row)["own"].tolist() == [False, True, True]
    assert timeline.context({"file": row["file"], "line": 1}, lines=0)["line"].tolist() == [1]


def test_unknown_file_is_an_error_with_its_name(story):
    with pytest.raises(logcorr.EvidenceError, match="no_such"):
        story.timeline.context({"file": "no_such.log", "line": 3})


def test_long_reading_is_shown_in_a_notebook(monkeypatch):
    shown: list[str] = []

    class Handle:
        def update(self, data, raw):
            assert raw
            shown.append(data["text/plain"])

    def display(data, raw, display_id):
        assert raw
        assert display_id
        shown.append(data["text/plain"])
        return Handle()

    display_module = pytest.importorskip("IPython.display")
    monkeypatch.setattr(display_module, "display", display)
    monkeypatch.setattr(progress, "EVERY_S", 0)
    monkeypatch.setitem(sys.modules, "ipykernel", display_module)
    with progress.in_notebook() as tell:
        tell("small", 10, 1000)
        assert not shown
        tell("folder/a\x1b[2Jb.log", 50_000_000, 100_000_000)
        tell("folder/a\x1b[2Jb.log", 50_000_000, 100_000_000)
    assert len(shown) == 3
    assert shown[0].startswith("reading a\\x1b[2Jb.log: 50%, ")
    assert shown[1].endswith(" MB/s, 0 s left")
    assert shown[2] == ""


def test_without_a_notebook_nothing_is_shown(monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with progress.in_notebook() as tell:
        assert tell is None
