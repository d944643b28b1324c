"""One recording while it runs: releases, deploys, marks in time, and what is kept of the server."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from time import time
from typing import Protocol

from tests.incidents.recorder.crowd import Crowd, Step
from tests.incidents.recorder.isolation import run
from tests.incidents.recorder.nginx import Nginx

APPS = Path(__file__).parent / "apps"
LARGE = 60_000
#: what the build of a release makes, with its size; names carry a digest
ASSETS = {"site.css": 3_000, "main.js": 9_000, "checkout.js": 5_000, "gallery.js": 7_000}


class Server(Protocol):
    """What serves an application."""

    def reload(self) -> None:
        """Have it take up the current release."""


def iso(moment: float) -> str:
    """A moment as it stands in the answers."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Scenario:
    """What is recorded, and what a right report says of it."""

    name: str
    title: str
    hostname: str
    zone: str
    app: str
    story: Callable[[Lab], Awaitable[None]]
    causes: tuple[str, ...] = ()
    share: bool = True  # the evidence can tell it
    tolerated: tuple[str, ...] = ()
    mechanism: str = ""
    remedy: str = "none needed"
    notes: str = ""
    cite: dict[str, str] = field(default_factory=dict)  # pattern -> what it shows
    wrong_conclusions: tuple[str, ...] = ()
    failed: Callable[[int, str], bool] = lambda status, _path: status >= 500
    complaints: tuple[str, ...] = ()
    seed: int = 7

    @property
    def healthy(self) -> bool:
        """Nothing is wrong in it."""
        return not self.causes


@dataclass
class Lab:
    """The server of one recording."""

    scenario: Scenario
    evidence: Path
    nginx: Nginx
    random: Random
    crowd: Crowd
    marks: dict[str, float] = field(default_factory=dict)
    deploys: list[tuple[float, float]] = field(default_factory=list)
    epoch: bool = False
    build: str = "build 1"  # the assets of a release differ with it

    @property
    def root(self) -> Path:
        """Where the application's releases are."""
        return Path(f"/srv/{self.scenario.app}")

    def mark(self, name: str) -> None:
        """Remember this moment."""
        self.marks[name] = time()

    def release(self, name: str, source: str, changes: dict[str, str | Callable[[str], str]] | None = None) -> Path:
        """Lay out a release: an application's files, some of them changed."""
        folder = self.root / "releases" / name
        shutil.copytree(APPS / source, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for path, change in (changes or {}).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(change if isinstance(change, str) else change(target.read_text()))
        for stem, size in ASSETS.items():
            kind, digest = stem.rpartition(".")[2], sha256(f"{self.build}{stem}".encode()).hexdigest()[:8]
            asset = folder / "assets" / f"{stem.removesuffix('.' + kind)}-{digest}.{kind}"
            asset.parent.mkdir(exist_ok=True)
            asset.write_text(f"/* {stem} of {self.build} */" + "x" * size)
        folder.touch()
        run("chown", "-R", "www-data:www-data", str(folder))
        return folder

    def switch(self, release: str, server: Server) -> None:
        """A release becomes the current one, and its server is told to take it up."""
        self.point_to(release)
        server.reload()

    def point_to(self, name: str) -> None:
        """Make a release the current one."""
        new = self.root / "current.new"
        new.symlink_to(self.root / "releases" / name)
        new.rename(self.root / "current")

    def say(self, event: str, release: str, commit: str, **more: object) -> None:
        """One line of the deploy script."""
        stamp: object = round(time(), 3) if self.epoch else iso(time())
        line = {"event": event, "app": self.scenario.app, **more, "commit": commit, "release": release, "timestamp": stamp}
        Path("/var/log/deploy").mkdir(exist_ok=True)
        with Path("/var/log/deploy/deploy.log").open("a") as log:
            log.write(json.dumps(line, separators=(",", ":")) + "\n")

    async def deploy(self, release: str, commit: str, work: Callable[[], object]) -> None:
        """A deploy: says that it begins, does its work, checks its own success as scripts do, says that it is done."""
        begun = time()
        self.say("deployment.started", release, commit)
        await asyncio.sleep(self.random.uniform(1.5, 3))
        await asyncio.to_thread(work)
        await asyncio.sleep(self.random.uniform(2, 4))
        self.say("deployment.completed", release, commit, duration_seconds=round(time() - begun, 1), rc_nginx=0, rc_app=0)
        self.deploys.append((begun, time()))

    def keep(self, path: str | Path, name: str = "") -> None:
        """Keep a file as evidence, compressed if it is large."""
        source = Path(path)
        if not source.exists():
            return
        content, name = source.read_bytes(), name or source.name
        if len(content) > LARGE:
            (self.evidence / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
        else:
            (self.evidence / name).write_bytes(content)

    def keep_output(self, name: str, *command: str) -> None:
        """Keep what a command says; the recorder itself (process 1 here) and the command are not of the server."""
        said = run(*command, check=False).splitlines(keepends=True)
        foreign = (" -m tests.incidents.record ", " ".join(command), "<defunct>")
        (self.evidence / name).write_text("".join(line for line in said if not any(each in line for each in foreign)))

    def observe(self) -> None:
        """What somebody collects while it happens."""
        self.keep_output("ps.txt", "ps", "-eo", "pid,lstart,cmd")
        self.keep_output("ss-lx.txt", "ss", "-lx")
        self.keep_output("ss-ltn.txt", "ss", "-ltn")
        self.keep_output(
            "ls-run.txt", "ls", "-la", "--time-style=full-iso", f"/run/{'php' if self.nginx.php else self.scenario.app}"
        )
        self.keep_output("ls-releases.txt", "ls", "-la", "--time-style=full-iso", str(self.root), str(self.root / "releases"))
        self.keep_output("nginx-t.txt", "/usr/sbin/nginx", "-t")

    def collect(self) -> None:
        """The logs and the configuration, at the end."""
        for path in ("access.log", "error.log"):
            self.keep(f"/var/log/nginx/{path}")
        for path in (f"/var/log/{self.scenario.app}/app.log", "/var/log/php8.2-fpm.log", "/var/log/deploy/deploy.log"):
            self.keep(path)
        self.keep("/etc/nginx/nginx.conf")
        self.keep(self.nginx.site)
        if self.nginx.php:
            self.keep("/etc/php/8.2/fpm/pool.d/www.conf")

    async def steady(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)


def prepared(scenario: Scenario, evidence: Path) -> Lab:
    """A lab with the shop's usual routes and people."""
    random = Random(scenario.seed)
    steps = [
        Step(5, "/catalog/{n}"),
        Step(2, "/search?q={q}", hurry=0.05),
        Step(2, "/cart", "POST", logged_in=True, body="article=3"),
        Step(2, "/api/orders", logged_in=True),
        Step(0.5, "/api/orders", "POST", logged_in=True, body="article=3"),
        Step(1, "/dashboard", logged_in=True),
        Step(0.3, "/account/photo", "POST", logged_in=True, size=90_000),
        Step(0.1, "/catalog/old-collection"),
    ]
    nginx = Nginx(scenario.app, scenario.hostname, f"unix:/run/{scenario.app}/gunicorn.sock")
    return Lab(scenario, evidence, nginx, random, Crowd(steps, random))
