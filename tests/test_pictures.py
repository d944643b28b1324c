"""Pictures count right, say where there is nothing to draw, show texts as they are, and leave matplotlib as they found it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.text import Text

import logcorr
from logcorr.report.pictures import canvas, course, places, service_steps, speed
from logcorr.report.result import Report
from logcorr.timeline import counts
from logcorr.timeline.engine import Engine
from logcorr.timeline.timeline import Timeline

SAMPLES = ROOT / "sample_logs"
NGINX = (SAMPLES / "story" / "nginx.conf").read_text()
RELOAD = (
    "2026-11-23T10:56:25.968464+01:00 shop systemd[1]: "
    "Reload failed for php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.\n"
)
COMPLAINT = "time,user,text\n2026-11-23T10:57:00+01:00,ada,login is broken\n"


@pytest.fixture(autouse=True)
def figures() -> Iterator[None]:
    mpl.use("agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def story() -> Report:
    return logcorr.diagnose(SAMPLES / "story")


def access(path: str, at: int, status: int = 200, *, host: str = "unix:/run/a.sock", took: str = "0.012") -> str:
    """A request ``at`` seconds after 09:00:00 UTC."""
    when = datetime(2026, 11, 23, 10, tzinfo=timezone(timedelta(hours=1))) + timedelta(seconds=at)
    upstream = f'rt={took} urt="{took}" us="{status}" ua="{host}" rid={at:032x}'
    return f'192.0.2.{at % 9} - - [{when:%d/%b/%Y:%H:%M:%S %z}] "GET {path} HTTP/1.1" {status} 13 "-" "-" {upstream}\n'


def failing(*paths: str, host: str = "unix:/run/a.sock") -> dict[str, str]:
    """Half a log of good requests, then every other one fails."""
    lines = [access(paths[at % len(paths)], at, 502 if at >= 150 and at % 2 else 200, host=host) for at in range(300)]
    return {"access.log": "".join(lines), "nginx.conf": NGINX}


def texts(artist: Figure | Axes) -> list[str]:
    return [each.get_text() for each in artist.findobj(Text) if each.get_text()]


def drawn(axes: Axes) -> bytes:
    stream = BytesIO()
    axes.get_figure(root=True).savefig(stream, format="png")
    return stream.getvalue()


def bars(axes: Axes) -> list[np.ndarray]:
    return [patch.get_data()[0] for part in axes.child_axes for patch in part.findobj(StepPatch)]


def test_bars_count_every_request(story):
    axes = story.timeline.plot()
    requests, failed = bars(axes)
    assert requests.sum() == len(story.timeline.requests)
    assert failed.sum() == (story.timeline.requests["http_response_status_code"] >= 500).sum() == 288
    assert axes.get_title(loc="left") == "9294 requests, 288 of them failed (5xx)"


def test_lanes_show_deploys_services_and_complaints(story):
    axes = story.timeline.plot()
    lanes = [label.get_text() for label in axes.child_axes[-1].get_yticklabels()]
    assert lanes == ["deploys", "php8.2-fpm.service", "nginx.service", "complaints"]
    shown = texts(axes)
    assert "2026-11-23_1" in shown
    legend = {each.get_text() for each in axes.get_legend().get_texts()}
    assert {"deploy", "reload or start refused", "restarted", "reloaded"} <= legend
    signs = [int(each) for each in shown if each in {"4", "6"}]
    assert sum(signs) == 14 == len(story.timeline.complaints)


def test_times_are_those_of_the_zone(story):
    for zone, hour in (("UTC", "09"), ("Europe/Stockholm", "10"), ("+02:00", "11"), ("-03:30", "06")):
        axes = story.timeline.plot(zone=zone)
        drawn(axes)
        assert axes.get_xlabel() == f"2026-11-23, time in {zone}"
        labels = [each.get_text() for each in axes.get_xticklabels()]
        assert f"{hour}:{'27' if zone == '-03:30' else '57'}:00" in labels


def test_a_range_is_kept_to(story):
    axes = story.timeline.plot(start="2026-11-23 09:58:00", end="2026-11-23T10:58:30+01:00")
    requests, _ = bars(axes)
    stamps = story.timeline.requests["timestamp"]
    inside = (stamps >= "2026-11-23 09:58:00+00:00") & (stamps < "2026-11-23 09:58:31+00:00")
    assert requests.sum() == inside.sum()
    assert "complaints (6 of 14)" in texts(axes)


@pytest.mark.parametrize("zone", ["Nowhere/City", "25:00", ""])
def test_unknown_zone_is_an_error_and_leaves_no_figure(zone, story):
    for plot in (story.timeline.plot, story.plot):
        with pytest.raises(logcorr.ZoneError):
            plot(zone=zone)
    assert plt.get_fignums() == []


def test_report_shows_time_speed_and_place(story):
    axes = story.plot()
    assert axes.shape == (3,)
    first, second, third = axes
    assert first.figure.get_suptitle() == (
        "a reload that did not take effect: php8.2-fpm.service\n288 of 5226 requests failed (5.5 %), 09:56:26 to 09:58:55"
    )
    (shade,) = [each for each in first.patches if each.get_label() == "incident"]
    left, right = canvas.dates([story.incidents[0].start_us, story.incidents[0].end_us])
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == pytest.approx((left, right))
    (sign,) = [each for each in first.lines if each.get_label() == "cause, 09:56:25"]
    assert sign.get_xdata()[0] == pytest.approx(canvas.dates([story.incidents[0].causes[0].finding.start_us])[0])
    assert [each.get_text() for each in second.get_legend().get_texts()] == [
        "worked: 3452 requests, median 26 ms",
        "failed: 288 requests, median below 1 ms",
    ]
    assert second.get_xscale() == "log"
    assert {"284 of 286 (99 %)", "163 of 667 (24 %)", "122 of 478 (26 %)"} <= set(texts(third))


def test_shares_of_each_outcome_are_a_hundred(story):
    axes = story.plot()[1]
    assert [np.nansum(each.get_data()[0]) for each in axes.findobj(StepPatch) if each.axes is axes] == pytest.approx([100, 100])


def test_healthy_report_is_one_picture():
    axes = logcorr.diagnose(SAMPLES / "healthy_reload").plot()
    assert axes.shape == (1,)
    assert axes[0].figure.get_suptitle() == "healthy: 7425 requests, 0 of them failed (5xx)"
    assert "no request failed" in texts(axes[0])


def test_given_axes_are_drawn_on_without_pyplot(story):
    figure = Figure(figsize=(6, 9), layout="constrained")
    given = figure.subplots(3)
    assert list(story.plot(given)) == list(given)
    alone = Figure().subplots()
    assert story.timeline.plot(alone, zone="Asia/Tokyo") is alone
    assert list(story.plot(Figure().subplots())) != []
    assert plt.get_fignums() == []
    assert drawn(given[0])
    assert drawn(alone)


def test_own_figure_is_one_and_settings_stay(story):
    before = dict(mpl.rcParams)
    story.timeline.plot()
    assert plt.get_fignums() == [1]
    story.plot()
    assert plt.get_fignums() == [1, 2]
    assert dict(mpl.rcParams) == before


def test_dark_style_is_kept(story):
    with plt.style.context("dark_background"):
        axes = story.plot()
        drawn(axes[0])
    assert axes[0].figure.get_facecolor() == (0, 0, 0, 1)
    assert {mpl.colors.to_hex(each.get_color()) for each in axes[2].texts} == {"#ffffff"}


def test_nothing_of_matplotlib_loads_before_a_picture():
    code = "import logcorr, sys; logcorr.diagnose('sample_logs/story').show; print('matplotlib' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    assert done.stdout.strip() == "False"


HOSTILE = [
    r"/a$\frac{$b",
    "/<script>alert(1)</script>",
    "/x\x1b[31m",
    "/\u65e5\u672c/\U0001f600",
    "/100%_&#^~",
    "/" + "y" * 300,
]


def test_texts_of_evidence_stand_as_they_are(write):
    report = logcorr.diagnose(write(failing(*HOSTILE[:3], *HOSTILE[3:], host="unix:/run/$a$/" + "z" * 60)))
    axes = report.plot()
    assert drawn(axes[0])
    shown = [each for each in axes[2].get_yticklabels() if each.get_text().startswith(("GET", "unix"))]
    assert len(shown) >= 3
    for label in shown:
        assert not label.get_parse_math()
        assert not label.get_usetex()
        assert label.get_text().isprintable()
        assert len(label.get_text()) < 60
    assert "unix:/run/$a$/zzz" in " ".join(each.get_text() for each in shown)


def test_tex_of_the_user_does_not_read_texts_of_evidence(write):
    report = logcorr.diagnose(write(failing("/a_b$x$")))
    with mpl.rc_context({"text.usetex": True}):
        axes = report.plot()
    assert not any(label.get_usetex() for label in axes[2].get_yticklabels())


NOTHING = {
    "unknown": {"x": "nothing that is known\n"},
    "journal alone": {"journal": RELOAD},
    "complaint alone": {"complaints.csv": COMPLAINT},
    "one request": {"access.log": access("/", 1), "nginx.conf": NGINX},
    "one failed request": {"access.log": access("/", 1, 500), "nginx.conf": NGINX},
    "no duration": {"access.log": '192.0.2.1 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 500 13 "-" "-"\n'},
    "configuration alone": {"nginx.conf": NGINX},
}


@pytest.mark.parametrize("name", NOTHING)
def test_little_evidence_gives_a_picture_that_says_so(name, write):
    report = logcorr.diagnose(write(NOTHING[name]))
    axes = report.timeline.plot()
    assert drawn(axes)
    said = " ".join(texts(axes))
    assert any(each in said for each in ("Nothing in the evidence has a time.", "no requests are logged", "1 request"))
    for given in (None, Figure().subplots(3)):
        pictures = report.plot(given)
        assert drawn(pictures[0])
        if given is not None and len(report.timeline.requests) == 0:
            assert [texts(each) for each in pictures[1:]] == [
                ["No failed request is logged with its duration."],
                ["No request failed."],
            ]


def test_upstreams_of_failed_requests_alone_have_no_share():
    """Without upstreams in the access log the error log names those of failed requests; how many worked there is not told."""
    found = places.upstreams(
        pd.DataFrame(
            {"upstream_address": [None, None], "error_upstream": ["unix:/a", None], "requests": [5, 900], "failed": [5, 0]}
        )
    )
    assert found["name"].tolist() == ["unix:/a"]
    assert found["requests"].isna().all()


def test_many_requests_over_days_stay_few_artists(write):
    lines = [access(f"/scan/{at}x", at * 97, 500 if at % 3 else 200) for at in range(3000)]
    folder = write({"access.log": "".join(lines), "nginx.conf": NGINX})
    report = logcorr.diagnose(folder)
    axes = report.plot()
    assert len(axes[0].figure.findobj()) < 1500
    assert len(places.places(report.timeline)) <= 2 * (places.MOST + 2)
    assert axes[0].get_xlabel() == "2026-11-23 to 2026-11-26, time in UTC"
    assert drawn(axes[0])


def test_counts_agree_with_the_frames(story):
    timeline: Timeline = story.timeline
    families = Engine(timeline).families
    requests = timeline.requests
    failed = requests["http_response_status_code"] >= 500
    by_time = counts.by_time(families, 7_000_000, [])
    assert (by_time["requests"].sum(), by_time["failed"].sum()) == (len(requests), failed.sum())
    routes = set(zip(requests.loc[failed, "http_request_method"], requests.loc[failed, "http_route"], strict=True))
    own = np.array([pair in routes for pair in zip(requests["http_request_method"], requests["http_route"], strict=True)])
    steps = counts.durations(families)
    assert steps["requests"].sum() == own.sum()
    middles = counts.middle_durations(families)
    assert middles[1] == requests.loc[failed, "duration_s"].median()
    assert middles[0] == pytest.approx(requests.loc[own & ~failed, "duration_s"].median())
    assert counts.by_route(families, [])["failed"].sum() == counts.by_upstream(families, [])["failed"].sum() == 288


@pytest.mark.parametrize(
    ("seconds", "width", "said"),
    [
        (1, 1, "s"),
        (100, 1, "s"),
        (101, 2, "2 s"),
        (3600, 60, "min"),
        (86400, 900, "15 min"),
        (86400 * 40, 43200, "12 h"),
        (1e9, 31536000, "365 d"),
    ],
)
def test_bins_are_of_widths_that_people_count_in(seconds, width, said):
    found = canvas.bin_width(0, int(seconds * 1e6))
    assert found == width * 1_000_000
    assert canvas.lasting(found) == said


def test_steps_of_duration_begin_where_they_say(write):
    took = ["0.000", "0.001", "0.002", "0.010", "1.000", "99.9"]
    lines = "".join(access("/", at, 500, took=each) for at, each in enumerate(took))
    timeline = logcorr.read(write({"access.log": lines, "nginx.conf": NGINX}))
    found = counts.durations(Engine(timeline).families)["step"].tolist()
    assert found == [-16, -15, -14, -10, 0, 9]
    assert [speed.edge(each) <= float(value) for each, value in zip(found[1:], took[1:], strict=True)] == [True] * 5
    assert speed.seconds(0.0) == "below 1 ms"
    assert (speed.seconds(0.026), speed.seconds(13.31)) == ("26 ms", "13.3 s")


def event(
    name: str, unit: str | None = None, at: int = 0, message: str = "systemd.x", code: str | None = None
) -> dict[str, object]:
    return {"bin": at, "unit": unit, "service_name": None, "message_id": message, "event_name": name, "exit_code": code}


def lanes(*events: dict[str, object]) -> list[tuple[str, dict[str, list[int]]]]:
    return service_steps.lanes(pd.DataFrame(events))


def test_services_that_only_start_have_no_lane():
    assert lanes(
        event("unit.started", "cron.service"), event("unit.started", "a.service"), event("unit.failed", "a.service", 4)
    ) == [("a.service", {"started": [0], "died": [4]})]


def test_own_words_stand_with_the_unit_of_the_program():
    found = lanes(
        event("unit.reload.finished", "php8.2-fpm.service", 3),
        event("listen.address_in_use", None, 3, "php-fpm.another_instance"),
        event("service.running", None, 3, "php-fpm.running"),
        event("config.rejected", None, 9, "nginx.emerg"),
    )
    assert found == [
        ("nginx", {"reload or start refused": [9]}),
        ("php8.2-fpm.service", {"reloaded": [3], "reload or start refused": [3]}),
    ]


def test_stop_and_start_in_one_bin_is_a_restart():
    (found,) = lanes(
        event("unit.stopped", "a.service", 5), event("unit.started", "a.service", 5), event("unit.stopped", "a.service", 9)
    )
    assert found[1] == {"stopped": [9], "restarted": [5]}


def test_a_process_that_ended_well_did_not_die():
    assert lanes(event("unit.process.exited", "a.service", code="0")) == []
    assert lanes(event("unit.process.exited", "a.service", code="70")) == [("a.service", {"died": [0]})]


def test_many_services_share_a_lane():
    found = lanes(*(event("unit.failed", f"{name}.service", at) for at, name in enumerate("abcdefg")))
    assert [name for name, _ in found] == ["a.service", "b.service", "c.service", "4 other services"]
    assert found[-1][1] == {"died": [3, 4, 5, 6]}


def test_time_shown_reaches_to_deploys_and_complaints_near_it(write):
    lines = "".join(access("/", at) for at in range(60))
    near, far = "2026-11-23T10:01:30+01:00", "2026-11-24T10:00:00+01:00"
    for stamp, end in ((near, 90), (far, 59)):
        folder = write({"access.log": lines, "nginx.conf": NGINX, "c.csv": f"time,user,text\n{stamp},ada,login is broken\n"})
        _, last = course.extent(logcorr.read(folder))
        assert last == pd.Timestamp("2026-11-23 09:00:00+00:00").value // 1000 + end * 1_000_000
    axes = logcorr.read(folder).plot()
    assert "complaints" not in " ".join(texts(axes))


def test_package_of_pictures_is_where_matplotlib_is_used():
    used = {path.parent.name for path in (ROOT / "logcorr").rglob("*.py") if "matplotlib" in runtime_imports(path)}
    assert used == {"pictures"}


def runtime_imports(path: Path) -> str:
    """What a module imports outside of ``if TYPE_CHECKING``."""
    lines = path.read_text().splitlines()
    return "\n".join(each for each in lines if each.lstrip().startswith(("import ", "from ")) and not guarded(lines, each))


def guarded(lines: list[str], line: str) -> bool:
    at = lines.index(line)
    heads = [each for each in lines[:at] if each and not each.startswith(" ")]
    return line.startswith("    ") and bool(heads) and heads[-1] == "if TYPE_CHECKING:"
