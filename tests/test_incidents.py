"""Incidents recorded with real programs, scored: what the program says of each against what was done and what clients saw.

``tests/incidents/README.md`` tells what they are. The program is given the evidence alone. `NOT_YET` names those that it does not
get right, each with the reason; they must fail, so that the table only gets shorter.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import logcorr

INCIDENTS = Path(__file__).parent / "incidents"
ANSWERS = {"truth.json", "expected.json", "client_record.csv.gz"}
FOLDERS = sorted(path.parent for path in INCIDENTS.glob("*/expected.json"))

CONFIDENT = 0.5
CAUSES_AT_MOST = 3
LATE_S = 90
CITED_SHARE = 0.6
LINES_AT_MOST = 20

#: what is not right yet, and why
NOT_YET: dict[str, str] = {}

each_incident = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
Report = dict[str, Any]


@cache
def answers(folder: Path) -> tuple[Report, Report]:
    """What a right report says, and what is true."""
    return json.loads((folder / "expected.json").read_text()), json.loads((folder / "truth.json").read_text())


@cache
def report_of(folder: Path) -> Report:
    """What the program says of the evidence."""
    return logcorr.diagnose(evidence_of(folder)).to_dict()


def evidence_of(folder: Path) -> list[Path]:
    """The files without the answers."""
    return sorted(path for path in folder.iterdir() if path.name not in ANSWERS)


@cache
def lines_of(path: Path) -> list[str]:
    """A file's lines."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return content.decode(errors="replace").removesuffix("\n").split("\n") if content else []


def spans(report: Report) -> Iterator[Report]:
    """All that is cited for what fired and what is claimed."""
    for incident in report["incidents"]:
        for kind in ("causes", "mechanisms", "symptoms"):
            for claim in incident[kind]:
                yield from claim["evidence"]
    for finding in report["findings"]:
        if finding["state"] == "fired":
            yield from finding["evidence"]


def faults(report: Report, expected: Report, truth: Report) -> Iterator[str]:
    """What is wrong with a report, in words."""
    incidents = report["incidents"]
    if report["verdict"] != expected["verdict"] or (expected["verdict"] == "healthy" and incidents):
        yield f"the verdict is {report['verdict']}"
    claimed = [cause for incident in incidents for cause in incident["causes"] if cause["confidence"] >= CONFIDENT]
    names = {cause["signature"] for cause in claimed}
    if wrong := names & set(expected["forbidden"]):
        yield f"{sorted(wrong)} cannot be"
    if len(names) > CAUSES_AT_MOST:
        yield f"{len(names)} causes are claimed"
    if expected["verdict"] == "incident":
        yield from faults_of_first(incidents[0] if incidents else None, expected, truth)
        texts = [span["text"] for span in spans(report)]
        missed = [pattern for pattern in expected.get("cite", ()) if not any(re.search(pattern, text) for text in texts)]
        if len(missed) > (1 - CITED_SHARE) * len(expected.get("cite", ())):
            yield f"not cited: {missed}"


def faults_of_first(incident: Report | None, expected: Report, truth: Report) -> Iterator[str]:
    """What is wrong with the gravest incident."""
    if incident is None:
        yield "there is no incident"
        return
    lead = incident["causes"][0] if incident["causes"] else {"signature": None, "confidence": 0}
    if lead["signature"] not in expected["causes"] or lead["confidence"] < CONFIDENT:
        yield f"the first cause is {lead['signature']} ({lead['confidence']})"
    late = pd.Timestamp(incident["start"]) - pd.Timestamp(truth["fault_window"][0])
    if abs(late.total_seconds()) > LATE_S:
        yield f"it starts {late.total_seconds():.0f} s late"
    low, high = incident["affected"]["share_low"], incident["affected"]["share_high"]
    share = truth["failed_fraction_in_window"]
    if "share" not in expected:
        return
    if low is None or not low * 0.85 <= share <= high * 1.15 or high - low > max(0.03, 0.6 * share):
        yield f"the share is {low} to {high}, not {share}"


@each_incident
def test_the_report_is_right(folder: Path, request: pytest.FixtureRequest):
    if folder.name in NOT_YET:
        request.applymarker(pytest.mark.xfail(reason=NOT_YET[folder.name], strict=True))
    assert list(faults(report_of(folder), *answers(folder))) == []


@each_incident
def test_cited_lines_are_what_stands_there(folder: Path):
    for span in spans(report_of(folder)):
        first, last = span["first_line"], span["last_line"]
        assert 1 <= first <= last < first + LINES_AT_MOST
        stands = "\n".join(lines_of(Path(span["file"]))[first - 1 : last])
        assert letters(span["text"])[:400] in letters(stands), span
        assert span["text"]


def letters(text: str) -> str:
    """A text without what layout may change."""
    return re.sub(r"[^A-Za-z0-9]+", "", text)


@each_incident
def test_every_line_is_accounted_for(folder: Path):
    told = {Path(entry["file"]): entry for entry in report_of(folder)["evidence"]}
    assert sorted(told) == evidence_of(folder)
    for path, entry in told.items():
        parts = [entry[kind] for kind in ("events", "continuation", "blank", "unparsed")]
        assert (entry["lines"], sum(parts)) == (len(lines_of(path)), len(lines_of(path))), path.name


@each_incident
def test_nothing_breaks_and_no_answer_is_among_the_evidence(folder: Path):
    assert not [each for each in report_of(folder)["findings"] if each["state"] == "failed"]
    assert not {path.name for path in evidence_of(folder)} & ANSWERS


def test_all_incidents_are_described_and_only_existing_ones_are_excused():
    text = (INCIDENTS / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDERS if f"`{path.name}`" not in text] == []
    assert set(NOT_YET) <= {path.name for path in FOLDERS}
