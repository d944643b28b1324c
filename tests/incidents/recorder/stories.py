"""What all stories share: the stack comes up, the crowd comes, a fault begins and ends, the crowd leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.incidents.recorder.lab import Lab
from tests.incidents.recorder.programs import Fpm, Gunicorn


async def flask_shop(lab: Lab, release: str, **gunicorn: Any) -> Gunicorn:
    """nginx and gunicorn with the shop in a first release."""
    if not (lab.root / "releases" / release).exists():
        lab.release(release, "shop")
    lab.point_to(release)
    server = Gunicorn(lab.scenario.app, **gunicorn)
    await server.start()
    lab.nginx.start()
    return server


async def php_press(lab: Lab, release: str, **fpm: Any) -> Fpm:
    """nginx and php-fpm with the newspaper in a first release."""
    lab.release(release, "press")
    lab.point_to(release)
    server = Fpm(**fpm)
    await server.start()
    lab.nginx.php, lab.nginx.upstream = True, f"unix:{server.socket}"
    lab.nginx.start()
    return server


@asynccontextmanager
async def crowd(lab: Lab, before_s: float = 45, after_s: float = 25) -> AsyncIterator[None]:
    """A quiet stretch, what the story does meanwhile, another quiet stretch."""
    lab.mark("traffic_start")
    visitors = asyncio.create_task(lab.crowd.come())
    await lab.steady(before_s)
    yield
    await lab.steady(after_s)
    lab.crowd.stopping = True
    await visitors
    lab.mark("traffic_end")
