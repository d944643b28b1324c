"""Promises that every signature, and a report made of them, keeps."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import logcorr
from logcorr.signatures import table
from logcorr.signatures.evaluate import answer
from logcorr.signatures.table import BY_NAME, SIGNATURES
from logcorr.timeline.engine import Engine

TESTS = Path(__file__).parent
SAMPLES = TESTS.parent / "sample_logs"
STORY, HEALTHY, APP_BUG = (SAMPLES / name for name in ("story", "healthy_reload", "app_bug"))
RELOAD = TESTS / "cases" / "diagnosis" / "failed_reload_is_the_cause"
DAY_US = 86_400_000_000

each_sample = pytest.mark.parametrize("folder", [STORY, HEALTHY, APP_BUG], ids=lambda path: path.name)
each_signature = pytest.mark.parametrize("signature", SIGNATURES, ids=lambda each: each.name)


def evidence_of(folder):
    return sorted(path for path in folder.iterdir() if path.name != "case.toml")


@cache
def report_of(folder):
    return logcorr.diagnose(evidence_of(folder))


@cache
def plain_of(folder):
    return report_of(folder).to_dict()


def text_of(path):
    raw = path.read_bytes()
    return (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode()


def lead_of(report):
    return report["incidents"][0]["causes"][0]


def unordered(value):
    """The same value with files and cited lines in one order."""
    if isinstance(value, list):
        return [unordered(each) for each in value]
    if not isinstance(value, dict):
        return value
    whole = {name: unordered(each) for name, each in value.items()}
    return {
        name: sorted(each, key=lambda one: json.dumps(one, sort_keys=True))
        if name in {"evidence", "counter_evidence"}
        else each
        for name, each in whole.items()
    }


def spans_of(report):
    found = [span for each in report["findings"] for span in (*each["evidence"], *each["counter_evidence"])]
    assert found
    return found


@pytest.fixture
def nothing(tmp_path):
    """Evidence without a single fact."""
    (tmp_path / "blank.log").write_text("\n\n\n", encoding="utf-8")
    (tmp_path / "list.txt").write_text("oak table\ntwo lamps\n", encoding="utf-8")
    return logcorr.diagnose(tmp_path)


@each_signature
def test_of_nothing_nothing_can_be_told(nothing, signature):
    (finding,) = [each for each in nothing.diagnosis.findings if each.signature == signature.name]
    assert finding.state == "not_evaluable"
    assert set(finding.missing) == {need.missing for need in signature.needs.values()}
    assert finding.role == signature.role
    assert not finding.evidence


def test_of_nothing_the_verdict_is_that_it_cannot_be_told(nothing):
    assert nothing.verdict == "undetermined"
    assert nothing.failures == []
    assert len(nothing.diagnosis.cannot_tell) > 1


@each_sample
def test_names_of_files_mean_nothing(folder, tmp_path):
    files = {f"f{number:02d}": path for number, path in enumerate(evidence_of(folder), 1)}
    for name, path in files.items():
        shutil.copy2(path, tmp_path / name)
    told = logcorr.diagnose(tmp_path).to_json()
    for name, path in files.items():
        told = told.replace(str(tmp_path / name), str(path))
    assert json.loads(told) == plain_of(folder)


each_with_a_cause = pytest.mark.parametrize("folder", [STORY, APP_BUG, RELOAD], ids=lambda path: path.name)


@each_with_a_cause
def test_cited_lines_stand_in_their_files(folder):
    for span in spans_of(plain_of(folder)):
        lines = text_of(Path(span["file"])).split("\n")
        stand_there = [line.removesuffix("\r") for line in lines[span["first_line"] - 1 : span["last_line"]]]
        assert "\n".join(stand_there) == span["text"]
        assert span["text"].strip()
        assert span["last_line"] - span["first_line"] < 20


def claim(report, signature):
    """What a report says of a signature: facts, cited texts and grades."""
    findings = [each for each in report["findings"] if each["signature"] == signature]
    grades = [
        each["grade"] for incident in report["incidents"] for each in incident["causes"] if each["signature"] == signature
    ]
    return [each["facts"] for each in findings], [span["text"] for each in findings for span in each["evidence"]], grades


@each_with_a_cause
def test_each_cited_line_of_the_cause_matters(folder, tmp_path):
    lead = lead_of(plain_of(folder))
    places = {
        (Path(span["file"]), line) for span in lead["evidence"] for line in range(span["first_line"], span["last_line"] + 1)
    }
    assert len(places) > 3
    for path, line in places:
        for each in evidence_of(folder):
            shutil.copy2(each, tmp_path / each.name)
        lines = text_of(path).split("\n")
        lines[line - 1] = ""
        raw = "\n".join(lines).encode()
        (tmp_path / path.name).write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
        without = logcorr.diagnose(evidence_of(tmp_path)).to_dict()
        assert claim(without, lead["signature"]) != claim(plain_of(folder), lead["signature"]), f"{path.name}:{line}"


def a_day_later(text):
    """Every stamp of the case one day later, in each way that its files write them."""
    return re.sub(r"\b20(?=[/-]Nov[/-]2026)|(?<=2026[-/]11[-/])20(?!\d)", "21", text)


def test_a_day_later_all_is_a_day_later(tmp_path):
    for path in evidence_of(RELOAD):
        text = path.read_text(encoding="utf-8")
        assert (a_day_later(text) == text) == (path.name == "nginx.conf")
        (tmp_path / path.name).write_text(a_day_later(text), encoding="utf-8")
    earlier, later = report_of(RELOAD), logcorr.diagnose(evidence_of(tmp_path))
    fired = [each for each in earlier.diagnosis.findings if each.start_us]
    assert len(fired) > 1
    assert [(each.signature, each.start_us + DAY_US, each.end_us and each.end_us + DAY_US) for each in fired] == [
        (each.signature, each.start_us, each.end_us) for each in later.diagnosis.findings if each.start_us
    ]
    told = json.loads(a_day_later(earlier.to_json()).replace(str(RELOAD), str(tmp_path)))
    for name in ("verdict", "incidents", "findings", "deploys", "ruled_out", "cannot_tell"):
        assert later.to_dict()[name] == told[name]


@each_sample
def test_the_order_of_files_means_nothing(folder):
    files = evidence_of(folder)
    assert unordered(logcorr.diagnose(files[::-1]).to_dict()) == unordered(plain_of(folder))


@each_sample
def test_the_same_evidence_gives_the_same_bytes(folder):
    assert logcorr.diagnose(evidence_of(folder)).to_json() == report_of(folder).to_json()


@each_with_a_cause
def test_what_the_report_claims_it_does_not_rule_out(folder):
    report = plain_of(folder)
    parts = [
        each["signature"]
        for incident in report["incidents"]
        for part in ("causes", "mechanisms", "symptoms")
        for each in incident[part]
    ]
    assert parts
    assert not {each["signature"] for each in report["ruled_out"]} & set(parts)


def needed(signature, engine):
    """Fresh copies of what a signature asks for, with the rows in an order of chance."""
    needs = {**signature.needs, **signature.improves}
    return {name: None if (rows := engine.get(need)) is None else rows.copy() for name, need in needs.items()}


def essence(findings):
    """What findings claim, whatever the order of their parts."""
    return sorted(
        (
            each.state,
            each.subject,
            each.start_us or 0,
            each.end_us or 0,
            sorted(each.facts.items(), key=str),
            sorted((citation.file, citation.line) for citation in each.evidence),
            sorted(each.explains.tolist()),
        )
        for each in findings
    )


@pytest.mark.parametrize("folder", [STORY, APP_BUG], ids=lambda path: path.name)
@each_signature
def test_order_of_rows_means_nothing(folder, signature):
    engine = Engine(report_of(folder).timeline)
    frames = needed(signature, engine)
    if any(frames[name] is None for name in signature.needs):  # the other sample shares no request ids between its logs
        assert folder != STORY
        assert answer(signature, engine)[0].state == "not_evaluable"
        return
    shuffled = {
        name: None if rows is None else rows.sample(frac=1, random_state=7).reset_index(drop=True)
        for name, rows in frames.items()
    }
    assert any(rows is not None and not rows.equals(frames[name]) for name, rows in shuffled.items())
    assert essence(signature.judge(**shuffled)) == essence(signature.judge(**frames))


@each_sample
@each_signature
def test_a_signature_leaves_what_others_see(folder, signature):
    engine = Engine(report_of(folder).timeline)
    before = needed(signature, engine)
    answer(signature, engine)
    for name, rows in needed(signature, engine).items():
        if rows is not None:
            pd.testing.assert_frame_equal(rows, before[name])


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_one_broken_signature_does_not_take_the_report_with_it(name, monkeypatch):
    def broken(**_frames):
        raise ZeroDivisionError("a fault of this signature")

    whole = plain_of(STORY)  # before anything is broken: it is made once for all tests
    changed = tuple(replace(each, judge=broken) if each.name == name else each for each in SIGNATURES)
    monkeypatch.setattr(table, "SIGNATURES", changed)
    report = logcorr.diagnose(report_of(STORY).timeline)
    assert [each.signature for each in report.failures] == [name]
    assert "a fault of this signature" in report.failures[0].traceback
    findings = report.to_dict()["findings"]
    assert [each["state"] for each in findings if each["signature"] == name] == ["not_evaluable"]
    assert "fault" in " ".join(each for finding in findings if finding["signature"] == name for each in finding["missing"])
    others = [each for each in whole["findings"] if each["signature"] != name]
    assert [each for each in findings if each["signature"] != name] == others
