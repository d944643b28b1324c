from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

import logcorr
from logcorr.cli import app
from logcorr.errors import EvidenceError

RUN = CliRunner()
MODULE = [sys.executable, "-m", "logcorr"]


@dataclass
class StubReport:
    verdict: str = "healthy"
    failures: list[Any] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {"verdict": self.verdict, "incidents": [{"title": "x"}] if self.verdict == "incident" else []}

    def to_json(self) -> str:
        return json.dumps({"verdict": self.verdict, "text": "é \ud800"}, ensure_ascii=False)


BROKEN = SimpleNamespace(signature="reload_failed", traceback="Traceback:\n  a line\x1b[0m\nKeyError: 'x'\n")


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def install(report: object = None, *, reading: BaseException | None = None) -> dict[str, Any]:
        asked: dict[str, Any] = {}

        def read(paths: list[str], **how: object) -> str:
            asked.update(how, paths=paths)
            if reading is not None:
                raise reading
            return "the timeline"

        def diagnose(timeline: str) -> object:
            asked["timeline"] = timeline
            return report if report is not None else StubReport()

        monkeypatch.setattr(logcorr, "read", read)
        monkeypatch.setattr(logcorr, "diagnose", diagnose)
        return asked

    return install


@pytest.mark.parametrize(
    ("verdict", "failures", "status"),
    [
        ("healthy", [], 0),
        ("incident", [], 1),
        ("undetermined", [], 3),
        ("healthy", [BROKEN], 4),
        ("undetermined", [BROKEN], 4),
        ("incident", [BROKEN], 1),
    ],
)
def test_the_exit_status_tells_the_verdict(library: Callable[..., Any], verdict: str, failures: list[Any], status: int):
    library(StubReport(verdict, failures))
    result = RUN.invoke(app, ["report", "evidence"])
    assert result.exit_code == status
    assert result.stdout
    assert ("reload_failed" in result.stderr) == bool(failures)


def test_the_traceback_of_a_signature_is_for_verbose(library: Callable[..., Any]):
    library(StubReport("healthy", [BROKEN]))
    assert "KeyError" not in RUN.invoke(app, ["report", "x"]).stderr
    told = RUN.invoke(app, ["report", "x", "-v"]).stderr
    assert "KeyError" in told
    assert "\x1b" not in told


def test_arguments_reach_the_library_as_given(library: Callable[..., Any]):
    asked = library()
    RUN.invoke(app, ["report", "a", "b/*.log", "--zone", "Europe/Berlin", "--zone", "app_text=UTC", "--year", "2026"])
    assert asked == {
        "paths": ["a", "b/*.log"],
        "zone": ["Europe/Berlin", "app_text=UTC"],
        "year": 2026,
        "deploys": [],
        "complaints": [],
        "since": None,
        "until": None,
        "cache": True,
        "messages": [],
        "progress": None,
        "timeline": "the timeline",
    }


def test_what_the_caller_knows_reaches_the_library(library: Callable[..., Any]):
    asked = library()
    told = [
        "--deploy",
        "21:47",
        "--deploy",
        "2026-11-23 10:56",
        "--complaint",
        "22:14 login fails",
        "--since",
        "21:00",
        "--until",
        "23:00",
    ]
    RUN.invoke(app, ["report", "x", *told])
    assert asked["deploys"] == ["21:47", "2026-11-23 10:56"]
    assert asked["complaints"] == ["22:14 login fails"]
    assert (asked["since"], asked["until"]) == ("21:00", "23:00")


@pytest.mark.parametrize(
    "arguments",
    [
        ["report"],
        ["report", "x", "--format", "xml"],
        ["report", "x", "--year", "soon"],
        ["report", "x", "--color", "red"],
        ["nonsense"],
        ["report", "x", "--what"],
    ],
)
def test_wrong_usage_is_2(library: Callable[..., Any], arguments: list[str]):
    library()
    assert RUN.invoke(app, arguments).exit_code == 2


def test_a_mistake_of_the_caller_is_2_with_message_and_hint(library: Callable[..., Any]):
    library(reading=EvidenceError("no such file: x\x1b[2J", hint="give a folder"))
    result = RUN.invoke(app, ["report", "x"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "logcorr: no such file: x\\x1b[2J\nhint: give a folder\n"


def test_a_fault_of_ours_is_4_and_its_traceback_is_for_verbose(library: Callable[..., Any]):
    library(reading=KeyError("column\n\x1b"))
    result = RUN.invoke(app, ["report", "x"])
    assert result.exit_code == 4
    assert "KeyError" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in RUN.invoke(app, ["report", "x", "--verbose"]).stderr


def test_an_incident_that_cannot_be_shown_is_still_one(library: Callable[..., Any]):
    broken = StubReport("incident")
    broken.to_dict = lambda: {}["missing"]
    library(broken)
    result = RUN.invoke(app, ["report", "x"])
    assert result.exit_code == 1
    assert "KeyError" in result.stderr


def test_an_interruption_is_130_without_a_traceback(library: Callable[..., Any]):
    library(reading=KeyboardInterrupt())
    result = RUN.invoke(app, ["report", "x"])
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "logcorr: stopped\n")


def test_json_is_exactly_one_object(library: Callable[..., Any]):
    library(StubReport("incident"))
    result = RUN.invoke(app, ["report", "x", "--format", "json"])
    assert json.loads(result.stdout_bytes) == {"verdict": "incident", "text": "é \ud800"}
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours(library: Callable[..., Any], arguments: list[str], environment: dict[str, str], coloured: bool):
    library()
    assert ("\x1b[" in RUN.invoke(app, ["report", "x", *arguments], env=environment, color=True).stdout) == coloured


def test_the_width_is_that_of_columns(library: Callable[..., Any]):
    library(StubReport("undetermined"))
    wide, narrow = (RUN.invoke(app, ["report", "x"], env={"COLUMNS": columns}).stdout.splitlines() for columns in ("160", "60"))
    assert max(map(len, narrow)) <= 60 < max(map(len, wide))


@pytest.mark.parametrize("kind", ["text", "json", "markdown"])
def test_output_goes_to_a_file(library: Callable[..., Any], tmp_path: Path, kind: str):
    library(StubReport("incident"))
    target = tmp_path / "report"
    result = RUN.invoke(app, ["report", "x", "--format", kind, "--output", str(target)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "incident" in target.read_text("utf-8").lower()
    assert list(tmp_path.iterdir()) == [target]


def test_a_report_that_fails_leaves_the_file_of_before(
    library: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    library()
    target = tmp_path / "report"
    target.write_text("before")
    target.chmod(0o640)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        result = RUN.invoke(app, ["report", "x", "--output", str(target)])
    assert (result.exit_code, target.read_text(), list(tmp_path.iterdir())) == (4, "before", [target])
    assert "No space left" in result.stderr
    RUN.invoke(app, ["report", "x", "--output", str(target)])
    assert target.read_text() != "before"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(library: Callable[..., Any], tmp_path: Path):
    library()
    (tmp_path / "link").symlink_to("target")
    RUN.invoke(app, ["report", "x", "--output", str(tmp_path / "link")])
    assert (tmp_path / "link").is_symlink()
    assert "HEALTHY" in (tmp_path / "target").read_text()


def test_a_place_that_cannot_be_written_is_told_before_reading(library: Callable[..., Any], tmp_path: Path):
    asked = library()
    for place in (tmp_path, tmp_path / "none" / "report"):
        assert RUN.invoke(app, ["report", "x", "--output", str(place)]).exit_code == 2
    assert not asked


def test_help_teaches_with_an_example():
    told = RUN.invoke(app, ["--help"])
    assert told.exit_code == 0
    assert "logcorr report evidence/" in told.stdout
    assert "Exit status" in RUN.invoke(app, ["report", "--help"]).stdout


def test_version():
    assert RUN.invoke(app, ["--version"]).stdout == f"logcorr {logcorr.__version__}\n"


@pytest.mark.parametrize("command", ["report", "timeline", "formats", "explain"])
def test_help_of_a_command_teaches_with_an_example(command: str):
    told = RUN.invoke(app, [command, "--help"]).stdout
    assert f"Example:\n    logcorr {command}" in told
    assert "Exit status" in told


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], *([command, "--help"] for command in ("report", "timeline", "formats", "explain"))],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments: list[str]):
    script = (
        "import sys, runpy\n"
        f"sys.argv = ['logcorr', *{arguments!r}]\n"
        "try:\n    runpy.run_module('logcorr', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr.split()
    assert not {"pandas", "pyarrow", "duckdb", "scipy", "numpy", "narwhals", "rich", "dateutil"} & set(loaded)


def stub_program(report: str) -> list[str]:
    """A program that runs the command line against a stub of the library."""
    return [
        sys.executable,
        "-c",
        f"import logcorr, types, time, sys\n{report}\nfrom logcorr.cli import main\nmain()",
        "report",
        "x",
    ]


HUGE = """
class Report:
    verdict, failures = "incident", []
    def to_dict(self):
        return {"verdict": "incident", "incidents": [{"causes": [{"signature": "s", "remedy": ["x" * 5_000_000]}]}]}
logcorr.read = lambda *_, **__: None
logcorr.diagnose = lambda _: Report()
"""


def test_a_reader_who_goes_away_is_no_error():
    with subprocess.Popen(stub_program(HUGE), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()
    assert (process.returncode, told) == (1, b"")


READING = """
def read(*_, progress, **__):
    for _ in range(3):
        progress("folder/a\\x1b[2Jb[red].log", 1000, 2000)
        time.sleep(0.15)
class Report:
    verdict, failures = "healthy", []
    def to_dict(self):
        return {"verdict": "healthy"}
logcorr.read, logcorr.diagnose = read, lambda _: Report()
"""


def test_progress_is_shown_on_a_terminal_alone():
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    result = subprocess.run(stub_program(READING), stdout=subprocess.PIPE, stderr=theirs, env=environment, check=False)
    os.close(theirs)
    told = os.read(ours, 100_000).decode()
    os.close(ours)
    assert result.returncode == 0
    assert "reading a\\x1b[2Jb[red].log" in told
    assert b"reading" not in result.stdout


COMPLAINTS = "time,user,text\n2026-11-23T09:58:00Z,ann,cannot log in\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [("hello\n", "no complaints can be read"), (b"\0\1\2" * 4000, "binary"), (None, "no such file")],
)
def test_a_file_that_holds_no_complaints_is_told(tmp_path: Path, content: str | bytes | None, words: str):
    file = tmp_path / "complaints"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "access.log").write_text(
        '192.0.2.7 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 10 "-" "c"\n'
    )
    result = RUN.invoke(app, ["report", str(tmp_path / "logs"), "--complaints", str(file)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_complaints_beside_the_evidence_count_once(tmp_path: Path):
    (tmp_path / "access.log").write_text('192.0.2.7 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 10 "-" "c"\n')
    (tmp_path / "said.csv").write_text(COMPLAINTS)
    arguments = [
        "report",
        str(tmp_path),
        "--complaints",
        str(tmp_path / "said.csv"),
        "--complaint",
        "09:59 me too",
        "--format",
        "json",
    ]
    told = json.loads(RUN.invoke(app, [*arguments, "--deploy", "09:54Z"]).stdout)
    assert [each["text"] for each in told["complaints"]] == ["cannot log in", "me too"]
    assert told["deploys"][0]["file"] == "--deploy"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--deploy", "soon"],
        ["--complaint", "login fails"],
        ["--since", "tomorrow"],
        ["--zone", "Nowhere/Land"],
        ["--since", "2030-01-01"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_2_with_a_hint(tmp_path: Path, arguments: list[str]):
    (tmp_path / "access.log").write_text('192.0.2.7 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 10 "-" "c"\n')
    result = RUN.invoke(app, ["report", str(tmp_path), *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "hint:" in result.stderr


def test_no_evidence_is_2(tmp_path: Path):
    result = subprocess.run([*MODULE, "report", str(tmp_path / "none")], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert "no such file" in result.stderr
