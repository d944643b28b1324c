"""Every case says what a signature must find in a small piece of evidence, and nothing else may be found in it.

A case is a folder of evidence with a ``case.toml``: ``about``, what is read with (``zone``, ``year``), one ``[[expect]]`` a finding
(``signature``, ``state``, ``subject``, ``facts``, ``evidence``, ``missing``) and, where it matters, ``[diagnosis]`` (``verdict``,
``lead``, ``grade``, ``contradicted``, ``ruled_out``, ``cannot_tell``). Only what makes the claim is pinned.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import logcorr
from logcorr.signatures.table import BY_NAME

CASES = Path(__file__).parent / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/case.toml"))

CASE_KEYS = {"about", "zone", "year", "expect", "diagnosis"}
EXPECT_KEYS = {"signature", "state", "subject", "facts", "evidence", "missing"}
DIAGNOSIS_KEYS = {"verdict", "lead", "grade", "contradicted", "ruled_out", "cannot_tell"}

each_case = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}/{path.name}")


@cache
def described(folder):
    return tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))


@cache
def report_of(folder):
    case = described(folder)
    evidence = sorted(path for path in folder.iterdir() if path.name != "case.toml")
    return logcorr.diagnose(evidence, zone=case.get("zone", ()), year=case.get("year"))


@cache
def plain_of(folder):
    return report_of(folder).to_dict()


def lines_cited(folder, finding):
    """Every cited line as ``access.log:5``."""
    spans = (*finding["evidence"], *finding["counter_evidence"])
    return {
        f"{Path(span['file']).relative_to(folder)}:{line}"
        for span in spans
        for line in range(span["first_line"], span["last_line"] + 1)
    }


def lines_named(place):
    """``journal.txt:3-4`` -> its lines."""
    file, _, lines = place.rpartition(":")
    first, _, last = lines.partition("-")
    return {f"{file}:{line}" for line in range(int(first), int(last or first) + 1)}


def fits(expected, finding):
    """Whether a finding is the one that an ``[[expect]]`` is about."""
    return (
        finding["signature"] == expected["signature"]
        and finding["state"] == expected.get("state", "fired")
        and expected.get("subject", finding["subject"]) == finding["subject"]
        and expected.get("facts", {}).get("host", finding["facts"].get("host")) == finding["facts"].get("host")
    )


@each_case
def test_expected_is_found(folder):
    findings = plain_of(folder)["findings"]
    for expected in described(folder)["expect"]:
        fitting = [each for each in findings if fits(expected, each)]
        told = [(each["signature"], each["state"], each["subject"], each["missing"]) for each in findings]
        assert len(fitting) == 1, f"{expected['signature']}: {told}"
        facts = fitting[0]["facts"]
        assert {name: facts.get(name) for name in expected.get("facts", {})} == expected.get("facts", {})
        wanted = set().union(*map(lines_named, expected.get("evidence", ())))
        assert wanted <= lines_cited(folder, fitting[0])
        if "missing" in expected:
            assert expected["missing"] in " ".join(fitting[0]["missing"])


@each_case
def test_nothing_else_fires(folder):
    fired = Counter((each["signature"], each["subject"]) for each in plain_of(folder)["findings"] if each["state"] == "fired")
    expected = Counter(each["signature"] for each in described(folder)["expect"] if each.get("state", "fired") == "fired")
    assert Counter(signature for signature, _ in fired.elements()) == expected, fired
    assert report_of(folder).failures == []


@pytest.mark.parametrize(
    "folder",
    [folder for folder in FOLDERS if "diagnosis" in described(folder)],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_diagnosis(folder):
    expected, report = described(folder)["diagnosis"], report_of(folder)
    plain = plain_of(folder)
    causes = report.incidents[0].causes if report.incidents else []
    assert plain["verdict"] == expected.get("verdict", plain["verdict"])
    if "lead" in expected:
        assert [cause.finding.signature for cause in causes[:1]] == [expected["lead"]]
    if "grade" in expected:
        assert [cause.grade for cause in causes[:1]] == [expected["grade"]]
    for name in expected.get("contradicted", ()):
        assert name in {each.finding.signature for incident in report.incidents for each in incident.contradicted}
        assert name not in {each.finding.signature for incident in report.incidents for each in incident.causes}
    for name, words in expected.get("ruled_out", {}).items():
        assert [each for each in plain["ruled_out"] if each["signature"] == name and words in each["reason"]], plain[
            "ruled_out"
        ]
    for words in expected.get("cannot_tell", ()):
        assert [each for each in plain["cannot_tell"] if words in each["question"] and each["fetch"]], plain["cannot_tell"]


@each_case
def test_case_is_well_made(folder):
    case = described(folder)
    assert set(case) <= CASE_KEYS
    assert case["about"]
    assert case["expect"]
    assert set(case.get("diagnosis", {})) <= DIAGNOSIS_KEYS
    for expected in case["expect"]:
        assert set(expected) <= EXPECT_KEYS
        assert expected["signature"] in BY_NAME
        for place in expected.get("evidence", ()):
            file = folder / place.rpartition(":")[0]
            lines = file.read_text(encoding="utf-8").split("\n")
            assert all(lines[int(line.rpartition(":")[2]) - 1].strip() for line in lines_named(place)), place
    assert sum(path.stat().st_size for path in folder.iterdir()) < 64_000


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_each_signature_has_its_cases(name):
    states = Counter(
        expected.get("state", "fired")
        for folder in FOLDERS
        if folder.parent.name == name
        for expected in described(folder)["expect"]
        if expected["signature"] == name
    )
    assert states["fired"] >= 2
    assert states["clear"] >= 2
    assert states["not_evaluable"] >= 1


def test_each_folder_of_cases_is_of_a_signature_or_of_the_diagnosis():
    assert {path.name for path in CASES.iterdir()} == {*BY_NAME, "diagnosis"}
    assert sorted(path for group in CASES.iterdir() for path in group.iterdir()) == FOLDERS
