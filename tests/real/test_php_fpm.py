"""A real php-fpm: what it says of a broken pool, and of a second instance on the same socket."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import logcorr
from real.conftest import Start, program, wait_for

pytestmark = pytest.mark.real

#: names of the program in Debian's packages, the newest first
VERSIONS = [f"php-fpm8.{minor}" for minor in range(9, -1, -1)]


@dataclass(frozen=True)
class Fpm:
    """Writes configurations and runs php-fpm on them."""

    executable: str
    folder: Path
    evidence: Path

    def configure(self, name: str, *settings: str, socket: str = "pool.sock") -> Path:
        """A main file with one pool; its log is ``NAME.log`` in the evidence."""
        user = ["user = www-data", "group = www-data"] if os.geteuid() == 0 else []
        path = self.folder / f"{name}.conf"
        head = ["[global]", f"error_log = {self.evidence / name}.log", f"pid = {self.folder / name}.pid", "daemonize = no"]
        pool = ["[www]", *user, f"listen = {self.folder / socket}", "pm = static", "pm.max_children = 1"]
        path.write_text("\n".join([*head, *pool, *settings, ""]))
        return path

    def command(self, configuration: Path, *options: str) -> list[str]:
        """The command line, in the foreground."""
        return [self.executable, "--nodaemonize", "--fpm-config", str(configuration), *options]

    def run(self, configuration: Path, *options: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end; what it says on its terminal is evidence too."""
        done = subprocess.run(
            self.command(configuration, *options),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        (self.evidence / "terminal.txt").write_text(done.stdout + done.stderr)
        return done


@pytest.fixture
def fpm(folder: Path, evidence: Path) -> Fpm:
    return Fpm(program("php-fpm", *VERSIONS, "php-fpm"), folder, evidence)


def messages_of(path: Path) -> list[str]:
    """The known messages of a log, in the order of its lines; every line must be read and known."""
    timeline = logcorr.read(path)
    (facts,) = timeline.files
    assert facts.format == "php_fpm"
    assert timeline.unparsed.empty, timeline.unparsed
    assert (facts.lines, facts.fallback) == (facts.events + facts.blank, 0)
    unknown = timeline.events.loc[timeline.events["message_id"].isna(), "body"]
    assert unknown.empty, unknown.tolist()
    return timeline.events["message_id"].astype(str).tolist()


def test_a_broken_pool_file_is_recognised(fpm: Fpm):
    done = fpm.run(fpm.configure("broken", "pm.max_childen = 2"), "--test")
    assert done.returncode != 0
    said = fpm.evidence / "terminal.txt"
    assert messages_of(said) == ["php-fpm.entry_unknown", "php-fpm.config_failed", "php-fpm.init_failed"]
    first = logcorr.read(said).service_events.iloc[0]
    assert first["event_name"] == "config.rejected"
    assert first["config_file"] == str(fpm.folder / "broken.conf")
    assert re.search(r"^pm\.max_childen", (fpm.folder / "broken.conf").read_text().split("\n")[int(first["config_line"]) - 1])


def test_an_impossible_value_is_recognised(fpm: Fpm):
    assert fpm.run(fpm.configure("broken", "pm = sometimes"), "--test").returncode != 0
    assert messages_of(fpm.evidence / "terminal.txt") == [
        "php-fpm.entry_invalid",
        "php-fpm.config_failed",
        "php-fpm.init_failed",
    ]


def test_a_good_file_is_recognised(fpm: Fpm):
    assert fpm.run(fpm.configure("good"), "--test").returncode == 0
    assert messages_of(fpm.evidence / "terminal.txt") == ["php-fpm.config_accepted"]


def test_a_second_instance_is_refused_and_the_first_goes_on(fpm: Fpm, start: Start):
    socket = fpm.folder / "pool.sock"
    first = start(*fpm.command(fpm.configure("first")))
    wait_for("php-fpm to listen", lambda: socket.exists() and "ready" in log_of(fpm, "first"), first)
    second = fpm.run(fpm.configure("second"))
    assert second.returncode != 0
    assert first.poll() is None
    assert messages_of(fpm.evidence / "second.log") == ["php-fpm.another_instance", "php-fpm.init_failed"]
    refusal = logcorr.read(fpm.evidence / "second.log").events.iloc[0]
    assert str(socket) in refusal["body"]
    timeline = logcorr.read(fpm.evidence / "second.log")
    assert timeline.service_events["address"].iloc[0] == str(socket)


def test_a_life_from_start_to_reload_to_end_is_recognised(fpm: Fpm, start: Start):
    process = start(*fpm.command(fpm.configure("life")))
    wait_for("php-fpm to be ready", lambda: log_of(fpm, "life").count("ready to handle") == 1, process)
    process.send_signal(signal.SIGUSR2)
    wait_for("php-fpm to reload", lambda: log_of(fpm, "life").count("ready to handle") == 2, process)
    process.send_signal(signal.SIGQUIT)
    process.wait(30)
    said = messages_of(fpm.evidence / "life.log")
    assert said.count("php-fpm.running") == 2
    assert "php-fpm.socket_inherited" in said


def log_of(fpm: Fpm, name: str) -> str:
    """A log so far."""
    path = fpm.evidence / f"{name}.log"
    return path.read_text() if path.exists() else ""
