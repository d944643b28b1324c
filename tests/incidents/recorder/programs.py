"""The programs behind nginx: gunicorn, php-fpm, PostgreSQL, Redis."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.incidents.recorder.isolation import INTERPRETER, run

POSTGRES = Path("/usr/lib/postgresql/15/bin")
SOCKETS = {"fpm": "/run/php/php8.2-fpm.sock"}


async def until_exists(path: Path, seconds: float = 20) -> None:
    """Wait for a file or a socket."""
    for _ in range(int(seconds * 20)):
        if path.exists():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(path)


@dataclass
class Gunicorn:
    """The arbiter of an application's workers."""

    app: str
    options: tuple[str, ...] = ("--workers", "3", "--threads", "4")
    environment: dict[str, str] = field(default_factory=dict)
    descriptors: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return Path(f"/run/{self.app}/gunicorn.sock")

    async def start(self) -> None:
        """Start it; its log and the application's are one file."""
        self.socket.parent.mkdir(exist_ok=True)
        shutil.chown(self.socket.parent, "www-data", "www-data")
        folder = Path(f"/var/log/{self.app}")
        folder.mkdir(exist_ok=True)
        command = [
            str(INTERPRETER),
            "-m",
            "gunicorn",
            "--no-control-socket",
            *self.options,
            "--user",
            "www-data",
            "--group",
            "www-data",
        ]
        command += ["--chdir", f"/srv/{self.app}/current", "--bind", f"unix:{self.socket}", "app:app"]
        if self.descriptors:
            command = ["prlimit", f"--nofile={self.descriptors}:{self.descriptors}", *command]
        with (folder / "app.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **self.environment}
            )
        await until_exists(self.socket)
        await asyncio.sleep(1)

    async def stop(self) -> None:
        """End it as a service manager does; its socket goes with it."""
        assert self.process
        self.process.terminate()
        await asyncio.to_thread(self.process.wait)

    def reload(self) -> None:
        """Workers of the current release, one after the other."""
        assert self.process
        self.process.send_signal(signal.SIGHUP)


@dataclass
class Fpm:
    """php-fpm with one pool."""

    settings: tuple[str, ...] = ("pm = static", "pm.max_children = 6")
    ini: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    socket: Path = Path(SOCKETS["fpm"])

    async def start(self) -> None:
        """Start it in the foreground, with Debian's files and a pool of ours."""
        pool = ["[www]", "user = www-data", "group = www-data", f"listen = {self.socket}", "listen.owner = www-data"]
        Path("/etc/php/8.2/fpm/pool.d/www.conf").write_text("\n".join([*pool, *self.settings, ""]))
        Path("/etc/php/8.2/fpm/conf.d/99-local.ini").write_text("\n".join([*self.ini, ""]))
        command = ["/usr/sbin/php-fpm8.2", "--nodaemonize", "--fpm-config", "/etc/php/8.2/fpm/php-fpm.conf"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await until_exists(self.socket)

    def reload(self) -> None:
        """The master executes itself again."""
        assert self.process
        self.process.send_signal(signal.SIGUSR2)


class Postgres:
    """A cluster on the loopback interface, with a table of orders."""

    data = Path("/srv/postgresql/data")
    log = Path("/var/log/postgresql/postgresql-15-main.log")
    dsn = "host=127.0.0.1 dbname=postgres user=shop"

    def _as_owner(self, *command: str) -> str:
        return run("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command)

    def start(self) -> None:
        """Create it if it is not there; start it."""
        if not self.data.exists():
            for folder in (self.data.parent, self.log.parent, Path("/run/postgresql")):
                folder.mkdir(exist_ok=True)
                shutil.chown(folder, "postgres", "postgres")
            self._as_owner(str(POSTGRES / "initdb"), "-D", str(self.data), "-A", "trust", "-E", "UTF8", "-U", "postgres")
            with (self.data / "postgresql.conf").open("a") as settings:
                settings.write("log_line_prefix = '%m [%p] %q%u@%d '\nmax_connections = 60\nfsync = off\n")
        self._as_owner(str(POSTGRES / "pg_ctl"), "-D", str(self.data), "-l", str(self.log), "-w", "start")

    def stop(self) -> None:
        """Stop it at once, as an administrator does."""
        self._as_owner(str(POSTGRES / "pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "stop")

    def query(self, sql: str) -> None:
        """Run statements as the superuser, through the interpreter's own driver."""
        script = (
            f"import psycopg; psycopg.connect('host=127.0.0.1 dbname=postgres user=postgres', autocommit=True).execute({sql!r})"
        )
        run(str(INTERPRETER), "-c", script)


class Redis:
    """Redis on the loopback interface."""

    log = Path("/var/log/redis/redis-server.log")

    def start(self) -> None:
        """Start the daemon."""
        self.log.parent.mkdir(exist_ok=True)
        options = ["--bind", "127.0.0.1", "--daemonize", "yes", "--logfile", str(self.log), "--dir", "/srv", "--save", ""]
        run("/usr/bin/redis-server", *options)

    def stop(self) -> None:
        """Ask it to end."""
        run("/usr/bin/redis-cli", "shutdown", "nosave")
