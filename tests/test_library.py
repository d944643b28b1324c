"""The public surface: its names, what importing costs, the frames, and that they are the reader's own."""

from __future__ import annotations

import doctest
import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from conftest import ROOT

import logcorr
from logcorr.families import FAMILIES, KEYS
from logcorr.timeline.timeline import COMMON

STORY = ROOT / "sample_logs" / "story"
HEAVY = ("duckdb", "matplotlib", "narwhals", "numpy", "pandas", "pyarrow", "rich", "scipy", "typer")
FRAMES = ("events", "requests", "errors", "service_events", "deploys", "states", "configuration", "complaints")

TIME = {"timestamp", "timestamp_basis", "timestamp_uncertainty_s"}
COLUMNS = {
    "events": set(COMMON),
    "requests": TIME | set(FAMILIES["requests"]) | set(KEYS["requests"]) - {"started_us"} | {"started_at"},
    "errors": TIME | set(FAMILIES["log"]) | set(KEYS["log"]),
    "service_events": TIME | set(FAMILIES["log"]) | set(KEYS["log"]),
    "deploys": TIME | set(FAMILIES["deploys"]),
    "states": TIME | set(FAMILIES["states"]),
    "configuration": TIME | set(FAMILIES["configuration"]),
    "complaints": TIME | set(FAMILIES["complaints"]),
}


@pytest.fixture(scope="module")
def timeline() -> logcorr.Timeline:
    return logcorr.read(STORY)


def in_a_fresh_python(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


def test_names_are_listed_in_order_and_exist():
    assert logcorr.__all__ == sorted(logcorr.__all__)
    for name in logcorr.__all__:
        assert getattr(logcorr, name) is not None


def test_public_names_are_those_listed():
    """What a module shows beside its list is a submodule or private."""
    code = "import logcorr, types; print(sorted(n for n, v in vars(logcorr).items() if not n.startswith('_') and not isinstance(v, types.ModuleType)))"
    shown = set(eval(in_a_fresh_python(code))) - {"Any", "TYPE_CHECKING", "annotations"}  # noqa: S307 (a list of names of our own)
    assert shown <= set(logcorr.__all__)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = logcorr.no_such_name


def test_import_loads_nothing_heavy():
    loaded = in_a_fresh_python("import logcorr, sys; print(' '.join(sorted(sys.modules)))").split()
    assert "logcorr" in loaded
    assert sorted(set(HEAVY) & set(loaded)) == []


def test_errors_are_of_one_family_and_carry_a_hint():
    for name in ("EvidenceError", "MessageError", "ZoneError"):
        kind = getattr(logcorr, name)
        assert issubclass(kind, logcorr.LogcorrError)
        assert kind("what", hint="how").hint == "how"
        assert kind("what").hint == ""


@pytest.mark.parametrize("name", FRAMES)
def test_frame_has_its_columns_and_is_in_order_of_time(name, timeline):
    frame = getattr(timeline, name)
    assert isinstance(frame, pd.DataFrame)
    assert COLUMNS[name] - set(frame.columns) == set()
    assert str(frame["timestamp"].dtype) == "datetime64[us, UTC]"
    assert frame["timestamp"].dropna().is_monotonic_increasing
    assert list(frame.index) == list(range(len(frame)))
    assert len(frame)


@pytest.mark.parametrize("name", FRAMES)
def test_frame_without_rows_has_its_columns(name, write):
    alone = logcorr.read(write({"x": "nothing that is known\n"}))
    frame = getattr(alone, name)
    assert frame.empty
    assert COLUMNS[name] - set(frame.columns) == set()
    assert str(frame["timestamp"].dtype) == "datetime64[us, UTC]"


def test_every_fact_is_an_event(timeline):
    assert len(timeline.events) == sum(table.num_rows for table in timeline.tables.values())
    assert timeline.events[["file", "line", "line_last"]].notna().all(axis=None)


def test_coverage_tells_from_when_to_when(timeline):
    frame = timeline.coverage
    assert set(frame.columns) == {"source", "file", "host_name", "start", "end", "events", "log", "gaps"}
    (row,) = frame[frame["source"] == "nginx_access"].to_dict("records")
    assert row["events"] == len(timeline.requests)
    assert (row["start"], row["end"]) == (timeline.requests["timestamp"].min(), timeline.requests["timestamp"].max())


def test_unparsed_has_its_columns(timeline):
    assert list(timeline.unparsed.columns) == ["file", "line", "text", "reason"]
    assert timeline.unparsed.empty


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-23 09:56:25", "2026-11-23 09:56:27"),
        ("2026-11-23T10:56:25+01:00", "2026-11-23T10:56:27+01:00"),
        (pd.Timestamp("2026-11-23 09:56:25", tz="UTC"), pd.Timestamp("2026-11-23 09:56:27", tz="UTC")),
    ],
)
def test_between_includes_both_ends(start, end, timeline):
    found = timeline.between(start, end)
    assert (found["timestamp"].min(), found["timestamp"].max()) >= (pd.Timestamp("2026-11-23 09:56:25", tz="UTC"),) * 2
    whole = timeline.events["timestamp"]
    inside = (whole >= "2026-11-23 09:56:25+00:00") & (whole <= "2026-11-23 09:56:27+00:00")
    assert len(found) == inside.sum() > 0


def test_around_is_as_wide_on_both_sides(timeline):
    around = timeline.around("2026-11-23 09:56:26", "1s")
    pd.testing.assert_frame_equal(around, timeline.between("2026-11-23 09:56:25", "2026-11-23 09:56:27"))
    assert len(timeline.around("2026-11-23 09:56:26")) > len(around)


@pytest.mark.parametrize("family", FAMILIES)
def test_sql_sees_every_family(family, timeline):
    assert timeline.sql(f"from {family} select count(*) as n")["n"].tolist() == [timeline.tables[family].num_rows]


def test_sql_gives_a_frame_with_times_in_utc(timeline):
    frame = timeline.sql("select min(timestamp) as first from requests")
    assert frame["first"].iloc[0] == timeline.requests["timestamp"].min()


def test_frames_are_the_readers_own():
    """Whatever is done to the frames, the diagnosis stays the same."""
    untouched = logcorr.diagnose(STORY).to_json()
    timeline = logcorr.read(STORY)
    for name in (*FRAMES, "coverage", "unparsed"):
        frame = getattr(timeline, name)
        rows = len(frame)
        for column in frame.columns:
            frame[column] = None
        frame.loc["more"] = None
        del frame["file"]
        assert len(getattr(timeline, name)) == rows
        assert "file" in getattr(timeline, name).columns
    assert logcorr.diagnose(timeline).to_json() == untouched


def test_same_evidence_gives_the_same_report():
    assert logcorr.diagnose(STORY).to_json() == logcorr.diagnose(logcorr.read(STORY)).to_json()


def test_findings_are_a_frame(timeline):
    frame = logcorr.diagnose(timeline).findings
    assert {"signature", "state", "role", "level", "confidence", "start", "end", "subject", "facts", "missing"} <= set(
        frame.columns
    )
    assert set(frame["state"]) <= {"fired", "clear", "not_evaluable"}
    assert frame["confidence"].between(0, 1).all()


def test_dict_and_json_are_one(timeline):
    report = logcorr.diagnose(timeline)
    assert json.loads(report.to_json()) == report.to_dict()
    assert report.to_dict()["verdict"] == report.verdict == "incident"


def test_representation_tells_what_it_holds(timeline):
    assert repr(timeline).startswith(f"<Timeline of {len(timeline.files)} files: ")
    assert f"{len(timeline.requests)} requests" in repr(timeline)
    assert repr(logcorr.diagnose(timeline)) == "<Report: incident: reload_failed>"


def test_representation_of_nothing(write):
    assert repr(logcorr.read(write({"x": "what\n"}))) == "<Timeline of 1 files: nothing>"


def test_example_of_the_package_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    tried = doctest.testmod(logcorr)
    assert tried.attempted > 0
    assert tried.failed == 0


def test_package_is_typed():
    assert (ROOT / "logcorr" / "py.typed").exists()
