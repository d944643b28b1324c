"""A machine of its own for a recording: namespaces for mounts, network, host name and processes; needs root.

Programs so run at their usual places (`/run`, `/srv`, `/var/log`, port 80) and touch nothing outside; all end with the recorder.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

INSIDE = "LOGCORR_RECORDER_INSIDE"
EMPTY = ("/run", "/srv", "/var/log", "/var/lib/nginx")
COPIED = ("/etc/nginx", "/etc/php/8.2/fpm")
INTERPRETER = Path("/srv/venv/bin/python")


def enter() -> None:
    """Run this command again inside the namespaces; returns there only."""
    if os.environ.get(INSIDE):
        return
    spaces = ["--mount", "--net", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child"]
    os.environ[INSIDE] = "yes"
    os.execvp("unshare", ["unshare", *spaces, sys.executable, "-m", "tests.incidents.record", *sys.argv[1:]])


def furnish(hostname: str) -> None:
    """Private folders, the interpreter at a server's place, the loopback interface and a name."""
    run("mount", "--make-rprivate", "/")
    with tempfile.TemporaryDirectory() as scratch:
        for place in map(Path, (*COPIED, *EMPTY)):
            saved = Path(scratch) / place.name
            if str(place) in COPIED:
                shutil.copytree(place, saved, symlinks=True)
            run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(place))
            if str(place) in COPIED:
                shutil.copytree(saved, place, symlinks=True, dirs_exist_ok=True)
    for place in ("/var/log/nginx", "/run/php", "/var/lib/nginx/body", "/srv/venv"):
        Path(place).mkdir(parents=True)
    run("mount", "--bind", sys.prefix, "/srv/venv")
    run("ip", "link", "set", "lo", "up")
    socket.sethostname(hostname)


def run(*command: str, check: bool = True) -> str:
    """Run a program to its end; what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr
