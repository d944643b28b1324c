"""The second tier: real programs of the system, on the loopback interface and in temporary folders only.

What is missing is a failure, never a skip.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired
from time import monotonic, sleep

import pytest

Start = Callable[..., Popen[bytes]]
WAIT_S = 20.0
#: Debian keeps servers where the PATH of a user who is not root does not look
SYSTEM = ("/usr/sbin", "/sbin", "/usr/lib/systemd")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test of this tier that skips itself fails."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and "real" in item.keywords:
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was skipped; here that is a failure"
    return report


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the ban that holds for all other tests: sockets may reach this machine."""
    connect = socket.socket.connect

    def within(self: socket.socket, address: tuple[str, int] | str) -> None:
        if self.family != socket.AF_UNIX and not ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test reaches for the network: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", within)


def program(package: str, *names: str) -> str:
    """Where the first program of these names is."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM])
    found = next((found for name in names if (found := shutil.which(name, path=path))), None)
    if not found:
        pytest.fail(f"{names[-1]} is not installed; Debian's package {package} holds it, and .ci/run installs it")
    return found


def wait_for(what: str, ready: Callable[[], bool], process: Popen[bytes] | None = None) -> None:
    """Wait until something is so."""
    end = monotonic() + WAIT_S
    while not ready():
        if process is not None and process.poll() is not None:
            pytest.fail(f"{what}: the program ended with status {process.returncode}")
        if monotonic() > end:
            pytest.fail(f"{what}: not within {WAIT_S:.0f} s")
        sleep(0.02)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short name: the path of a unix socket has 107 bytes at most."""
    return tmp_path_factory.mktemp("real")


@pytest.fixture
def evidence(folder: Path) -> Path:
    """Where the programs leave what logcorr reads."""
    path = folder / "evidence"
    path.mkdir()
    return path


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a program in the foreground; what still runs after the test is ended."""
    started: list[Popen[bytes]] = []

    def run(*command: str) -> Popen[bytes]:
        process = Popen(command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
        with suppress(TimeoutExpired):
            process.wait(WAIT_S)
        if process.poll() is None:
            process.kill()
            process.wait(WAIT_S)
