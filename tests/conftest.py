"""All tests run in an odd zone, without a network, and may write only below their own folder."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ODD_ZONE = "Pacific/Chatham"  # +12:45, +13:45 in summer: an hour that is right by chance is not right here

os.environ["TZ"] = ODD_ZONE
time.tzset()

Write = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise AssertionError("a test reaches for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "logcorr"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files below a folder of the test's own, text or bytes, and returns the folder."""

    def files(contents: dict[str, str | bytes]) -> Path:
        folder = tmp_path / "evidence"
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        folder.mkdir(exist_ok=True)
        return folder

    return files
