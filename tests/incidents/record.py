"""Records an incident with real programs: `python -m tests.incidents.record NAME FOLDER`; without a name, lists what there is.

Needs root, nginx, php-fpm, PostgreSQL and Redis of Debian 12, and an interpreter that has flask, gunicorn, psycopg and redis. Everything
runs in namespaces of its own. The folder then holds the evidence, the answers and the clients' record.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import pkgutil
import shutil
import sys
import time
from pathlib import Path

from tests.incidents.recorder import answers, isolation, scenarios
from tests.incidents.recorder.lab import Lab, Scenario, prepared


def known() -> dict[str, Scenario]:
    """All scenarios by name."""
    modules = [
        importlib.import_module(f"{scenarios.__name__}.{each.name}") for each in pkgutil.iter_modules(scenarios.__path__)
    ]
    return {scenario.name: scenario for module in modules for scenario in module.SCENARIOS}


async def play(lab: Lab) -> None:
    """The clients come as soon as the story says that all is up, until it ends."""
    await lab.scenario.story(lab)
    lab.collect()


def main() -> int:
    """Record one scenario; returns the exit status."""
    if len(sys.argv) != 3:
        print(__doc__, *sorted(known()), sep="\n")
        return 2
    isolation.enter()
    scenario, folder = known()[sys.argv[1]], Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["TZ"] = scenario.zone
    time.tzset()
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    os.environ["LANG"] = "C.UTF-8"
    isolation.furnish(scenario.hostname)
    lab = prepared(scenario, folder)
    asyncio.run(play(lab))
    answers.write(lab)
    print((folder / "truth.json").read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
