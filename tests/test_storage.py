"""Requests that are stored, not held, and what is kept for the next question: the same answers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logcorr
from logcorr.evidence import blocks_of
from logcorr.reading import files
from logcorr.storage import StoredTable
from logcorr.storage import cache as cache_module
from logcorr.storage.cache import FACTS, Cache
from logcorr.timeline import completing, engine
from logcorr.timeline.clocks.anchor import quantiles

ROOT = Path(__file__).parent.parent
STORY = ROOT / "sample_logs" / "story"


@pytest.fixture
def all_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every log is large, and its blocks are small."""
    monkeypatch.setattr(files, "LARGE", 0)
    monkeypatch.setattr(
        files, "blocks_of", lambda stream, separator=b"\n", start=0: blocks_of(stream, separator, 100_000, start)
    )


@pytest.fixture
def all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every log is worth being kept."""
    monkeypatch.setattr(files, "KEPT", 0)


def told(evidence: object, **how: object) -> dict[str, object]:
    return logcorr.diagnose(logcorr.read(evidence, **how)).to_dict()


def rows_of(timeline: logcorr.Timeline) -> list[dict[str, object]]:
    return timeline.requests.astype(object).where(timeline.requests.notna(), None).to_dict("records")


def test_story_is_told_alike(request):
    held = told(STORY)
    request.getfixturevalue("all_stored")
    timeline = logcorr.read(STORY)
    assert timeline.stored.large
    assert logcorr.diagnose(timeline).to_dict() == held


def rows_by_family(timeline: logcorr.Timeline) -> dict[str, list[dict[str, object]]]:
    return {name: table.to_pylist() for name, table in timeline.tables.items()}


@pytest.mark.parametrize("story", [STORY, *sorted((ROOT / "sample_logs").glob("*/"))], ids=lambda path: path.name)
def test_a_stored_log_holds_the_same_events(story, monkeypatch):
    held = logcorr.read(story)
    monkeypatch.setattr(completing, "LARGE", -1)
    monkeypatch.setattr(completing, "PIECE", 501)
    stored = logcorr.read(story)
    assert isinstance(stored._tables["log"], StoredTable)
    assert rows_by_family(stored) == rows_by_family(held)
    for name in ("errors", "service_events", "events", "coverage"):
        pd.testing.assert_frame_equal(getattr(stored, name), getattr(held, name), check_categorical=False)
    assert stored.hosts == held.hosts
    assert logcorr.diagnose(stored).to_dict() == logcorr.diagnose(held).to_dict()


def test_a_need_that_does_not_fit_into_the_engine_gets_more_memory(monkeypatch):
    held = told(STORY)
    monkeypatch.setattr(engine, "LEAST_MB", 1)
    monkeypatch.setattr(engine, "MB_OF_CORE", 0)
    assert told(STORY) == held


@pytest.mark.parametrize(
    "bounds", [{}, {"since": "2026-11-23 09:56"}, {"until": "2026-11-23 09:57:30"}, {"zone": "app_text=UTC"}], ids=str
)
def test_stored_rows_are_the_same_rows(bounds, request):
    held = logcorr.read(STORY, **bounds)
    request.getfixturevalue("all_stored")
    stored = logcorr.read(STORY, **bounds)
    assert stored.stored.large
    assert rows_of(stored) == rows_of(held)
    assert stored.requests.dtypes.astype(str).to_dict() == held.requests.dtypes.astype(str).to_dict()
    assert stored.coverage.equals(held.coverage)


LINE = '{client} - - [23/Nov/2026:10:{minute:02d}:{second:02d} +0100] "GET /p/{at} HTTP/1.1" {status} 612 "-" "curl/8"\n'


def access(client: str = "192.0.2.7", minutes: int = 3, late: int = 0) -> str:
    lines = [
        LINE.format(client=client, minute=at // 60, second=at % 60, at=at, status=500 if at % 20 == 3 else 200)
        for at in range(60 * minutes)
    ]
    return "".join([*lines[late:], *lines[:late]])


@pytest.mark.parametrize(
    "contents",
    [
        {"web1/access.log": access(), "web2/access.log": access("192.0.2.9")},
        {"access.log": access(), "copy/access.log": access()},
        {"access.log.1": access(), "access.log": access(minutes=4)},
        {"access.log": access(late=50)},
        {"access.log": access() + "no request\n" + access().replace("+0100", "")},
        {
            "access.log": access()
            + LINE.format(client="192.0.2.1", minute=0, second=1, at=1, status=200).replace("2026", "1969")
        },
        {
            "access.log": access()
            + LINE.format(client="192.0.2.1", minute=0, second=1, at=1, status=200).replace("2026", "2044")
        },
        {"empty.log": "", "access.log": access()},
    ],
    ids=["hosts", "copies", "rotated", "out of order", "without zones", "before 1970", "far ahead", "empty"],
)
def test_odd_logs_are_told_alike(contents, write, request):
    folder = write(contents)
    held, rows = told(folder), rows_of(logcorr.read(folder))
    request.getfixturevalue("all_stored")
    timeline = logcorr.read(folder)
    assert rows_of(timeline) == rows
    assert logcorr.diagnose(timeline).to_dict() == held


CONF = (
    "http { log_format rid '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent $msec '\n"
    "'rt=$request_time rid=$request_id'; access_log /var/log/nginx/access.log rid; }\n"
)


def behind_a_balancer(ahead) -> dict[str, str]:
    """The logs of a balancer and of a server, whose clock is ahead by a function of the time."""
    line = '{client} - - [23/Nov/2026:10:00:00 +0000] "GET /p/{at} HTTP/1.1" 200 612 {stamp:.3f} rt=0.250 rid={at:032x}\n'
    start = 1795428000
    return {
        "nginx.conf": CONF,
        "lb/access.log": "".join(line.format(client="192.0.2.7", at=at, stamp=start + at * 11.3) for at in range(300)),
        "web/access.log": "".join(
            line.format(client="10.0.0.1", at=at, stamp=start + at * 11.3 - 0.01 + ahead(at * 11.3)) for at in range(0, 300, 2)
        ),
    }


@pytest.mark.parametrize("ahead", [lambda _: 7.0, lambda at: 3 + at * 5e-4], ids=["constant", "drifting"])
def test_a_clock_is_put_right_alike(ahead, write, request):
    folder = write(behind_a_balancer(ahead))
    held = rows_of(logcorr.read(folder))
    assert any(row["timestamp_skew_s"] for row in held)
    request.getfixturevalue("all_stored")
    found = rows_of(logcorr.read(folder))
    for one, other in zip(found, held, strict=True):
        assert abs(one["timestamp"] - other["timestamp"]).total_seconds() < 1e-5


@given(
    st.lists(st.tuples(st.integers(-(10**15), 10**15), st.integers(1, 5)), min_size=1, max_size=30),
    st.floats(0, 1),
)
def test_weighted_quantiles_are_those_of_all(pairs, share):
    values, counts = (np.array(each, np.int64) for each in zip(*pairs, strict=True))
    (found,) = quantiles(values, counts, (share,))
    assert found == pytest.approx(np.quantile(np.repeat(values, counts), share), abs=1)


@pytest.mark.usefixtures("all_kept")
def test_second_reading_is_from_the_cache(monkeypatch):
    first = told(STORY)
    entries = Cache().entries()
    assert {Path(each.file).name for each in entries} >= {"access.log.gz", "laravel.log"}

    def refuse(*_args: object) -> None:
        raise AssertionError("a log is read again")

    monkeypatch.setattr(files, "read_log", refuse)
    assert told(STORY) == first


@pytest.mark.usefixtures("all_stored")
@pytest.mark.usefixtures("all_kept")
def test_stored_rows_are_kept_too(own_cache, monkeypatch):
    first = told(STORY)
    monkeypatch.setattr(files, "read_log", None)
    timeline = logcorr.read(STORY)
    assert all(each.rows.path.is_relative_to(own_cache) for each in timeline.stored.large)
    assert logcorr.diagnose(timeline).to_dict() == first


@pytest.mark.usefixtures("all_kept")
def test_nobody_else_can_look_into_the_cache(own_cache):
    told(STORY)
    assert own_cache.stat().st_mode & 0o777 == 0o700
    assert all(each.folder.stat().st_mode & 0o777 == 0o700 for each in Cache().entries())


@pytest.mark.usefixtures("all_kept")
def test_a_folder_that_others_can_read_is_not_used(own_cache):
    own_cache.mkdir(mode=0o755)
    told(STORY)
    assert not Cache().entries()


@pytest.mark.usefixtures("all_kept")
def test_nothing_is_kept_where_that_is_not_wanted(own_cache):
    told(STORY, cache=False)
    assert not own_cache.exists()


@pytest.mark.usefixtures("all_kept")
def test_a_log_that_changed_is_read_again(write):
    folder = write({"access.log": access()})
    assert len(logcorr.read(folder).requests) == 180
    (folder / "access.log").write_text(access() + access(minutes=4)[-200:].partition("\n")[2])
    assert len(logcorr.read(folder).requests) > 180


@pytest.mark.usefixtures("all_kept")
def test_other_formats_are_another_entry(write):
    folder = write({"access.log": access()})
    logcorr.read(folder)
    (folder / "nginx.conf").write_text("http { log_format odd '$remote_addr $status [$time_local]'; access_log /a odd; }\n")
    logcorr.read(folder)
    assert len(Cache().entries()) == 2


@pytest.mark.parametrize("damage", ["nothing", "half", "other"])
@pytest.mark.usefixtures("all_kept")
def test_a_damaged_entry_is_no_harm(write, damage):
    folder = write({"access.log": access()})
    first = told(folder)
    (entry,) = Cache().entries()
    for path in entry.folder.iterdir():
        raw = path.read_bytes()
        path.write_bytes({"nothing": b"", "half": raw[: len(raw) // 2], "other": b"{}"}[damage])
    assert told(folder) == first


@pytest.mark.usefixtures("all_kept")
def test_the_longest_unused_goes_first(write):
    folder = write({f"{name}.log": access(f"192.0.2.{at}") for at, name in enumerate("abc")})
    logcorr.read(folder)
    kept_now = {Path(each.file).name: each for each in Cache().entries()}
    for at, name in enumerate(("b.log", "a.log", "c.log")):
        os.utime(kept_now[name].folder / FACTS, (at, at))
    Cache(limit=kept_now["c.log"].size).shrink()
    assert [Path(each.file).name for each in Cache().entries()] == ["c.log"]


@pytest.mark.usefixtures("all_stored")
@pytest.mark.usefixtures("all_kept")
def test_what_is_in_use_stays(write):
    timeline = logcorr.read(write({"access.log": access()}))
    assert Cache().purge() == 0
    assert len(timeline.requests) == 180
    del timeline
    assert Cache().purge() > 0
    assert not Cache().entries()


def test_a_broken_off_entry_is_swept_away(own_cache):
    own_cache.mkdir(mode=0o700)
    (own_cache / "incoming-x").mkdir()
    (own_cache / "incoming-x" / "rows-0.parquet").write_bytes(b"PAR1")
    assert [each.file for each in Cache().entries()] == ["(not finished)"]
    assert Cache().purge() == 4
    assert not list(own_cache.iterdir())


@pytest.mark.usefixtures("all_kept")
def test_a_read_only_cache_is_none(monkeypatch):
    monkeypatch.setattr(cache_module, "user_cache_path", lambda *_, **__: Path("/proc/nowhere"))
    assert told(STORY)["verdict"] == "incident"


@pytest.mark.usefixtures("all_kept")
def test_entries_are_whole_or_not_there(write, own_cache, monkeypatch):
    def full(*_args: object, **_how: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "save", full)
    assert len(logcorr.read(write({"access.log": access()})).requests) == 180
    assert not list(own_cache.iterdir())


@pytest.mark.usefixtures("all_kept")
def test_facts_are_plain_json(write):
    logcorr.read(write({"access.log": access()}))
    (entry,) = Cache().entries()
    facts = json.loads((entry.folder / FACTS).read_text())
    assert (facts["lines"], facts["formats"]) == (180, ["nginx_access:combined"])


def minutes(count: int, first: int = 0) -> str:
    return "".join(
        LINE.format(client="192.0.2.7", minute=0, second=second, at=second, status=200).replace(
            "2026:10:00", f"2026:{(first + minute) // 60:02d}:{(first + minute) % 60:02d}"
        )
        for minute in range(count)
        for second in range(60)
    )


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-23 12:00", "2026-11-23 13:00"),
        (None, "2026-11-23 03:00"),
        ("2026-11-23 20:00", None),
        ("2026-11-23", "2026-11-23"),
    ],
)
@pytest.mark.usefixtures("all_kept")
def test_what_lies_outside_is_counted_not_parsed(write, since, until):
    folder = write({"access.log": minutes(24 * 60)})
    whole = logcorr.read(folder, cache=False)
    part = logcorr.read(folder, since=since, until=until, cache=False)
    low = f"{since}Z" if since and " " in since else "2026-11-23 00:00Z" if since else None
    high = f"{until}Z" if until and " " in until else None
    frame = whole.requests
    wanted = frame[(frame["timestamp"] >= low if low else True) & (frame["timestamp"] <= high if high else True)]
    columns = ["timestamp", "url_path", "line"]
    assert part.requests[columns].reset_index(drop=True).equals(wanted[columns].reset_index(drop=True))
    (facts,) = part.files
    assert facts.lines == 24 * 3600 == facts.events + facts.continuation + facts.blank + facts.refused + facts.skipped
    assert (facts.skipped > 0) == (since != until)


@pytest.mark.usefixtures("all_kept")
def test_lines_are_read_back_from_a_stretch(write):
    folder = write({"access.log": minutes(24 * 60)})
    timeline = logcorr.read(folder, since="2026-11-23 12:00", until="2026-11-23 12:01")
    row = timeline.requests.iloc[0]
    assert timeline.lines("access.log" if row["file"] == "access.log" else row["file"], row["line"], row["line"]) == [
        minutes(24 * 60).splitlines()[row["line"] - 1]
    ]


@pytest.mark.usefixtures("all_kept")
def test_a_log_out_of_order_is_read_whole(write):
    folder = write({"access.log": minutes(8 * 60, first=16 * 60) + minutes(16 * 60)})
    part = logcorr.read(folder, since="2026-11-23 20:00", cache=False)
    assert part.files[0].skipped == 0
    assert len(part.requests) == 4 * 3600 - 3600  # the log is in UTC+1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 24 * 60 - 1), st.integers(1, 120))
def test_any_stretch(tmp_path_factory, first, count):
    folder = tmp_path_factory.getbasetemp() / "any_stretch"
    if not folder.exists():
        folder.mkdir()
        (folder / "access.log").write_text(minutes(24 * 60))
    since = f"2026-11-{22 + (first + 1380) // 1440} {(first + 1380) // 60 % 24:02d}:{first % 60:02d}:00"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "KEPT", 0)
        last = min(first + count, 24 * 60)
        end = f"2026-11-{22 + (last + 1380) // 1440} {(last + 1380) // 60 % 24:02d}:{last % 60:02d}:00"
        part = logcorr.read(folder, since=since, until=end, cache=False)
    assert len(part.requests) == (last - first) * 60 + (last < 24 * 60)
