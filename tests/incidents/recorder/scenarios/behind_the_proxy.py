"""What nginx meets behind it: an application that is away, that waits, that dies, or whose own disk is full."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path
from time import time

from tests.incidents.recorder.crowd import Step
from tests.incidents.recorder.isolation import run
from tests.incidents.recorder.lab import Lab, Scenario
from tests.incidents.recorder.stories import crowd, flask_shop

WORKERS = ("--workers", "3", "--threads", "4")
WIDE = ("--workers", "3", "--threads", "40")
SLOW_START = "\n\ntime.sleep(14)  # fills a cache of all articles\n"
QUOTE = """
@app.get("/api/shipping/<int:number>")
def shipping(number: int) -> Answer:
    time.sleep(0.05)
    return {"article": number, "days": 2}
"""
SAVED = '''"""The pages of somebody who is logged in."""

import uuid
from pathlib import Path

from flask import g, request

PHOTOS = Path("/srv/photos")


def dashboard() -> str:
    """The first page after the login."""
    return f"<html><h1>Hello {g.user}</h1></html>"


def me() -> dict[str, object]:
    """Who is logged in."""
    return {"user": g.user}


def photo() -> tuple[str, int]:
    """A new picture of the user, kept on the volume for photos."""
    target = PHOTOS / f"{uuid.uuid4().hex}.jpg"
    target.write_bytes(request.get_data())
    target.unlink()
    return "kept\\n", 201
'''
CRASH = '''"""What the shop sells, with prices from a library in C."""

import ctypes
import random
import time

from flask import request


def item(number: int) -> str:
    """One article's page."""
    time.sleep(random.uniform(0.001, 0.01))
    table = ctypes.cast(ctypes.c_void_p(8 if number % 12 == 5 else id(number)), ctypes.POINTER(ctypes.c_long))
    return f"<html><h1>Article {number}, {table[0]} in stock</h1></html>"


def search() -> str:
    """What fits the words."""
    time.sleep(random.uniform(0.02, 0.25))
    return f"<html><h1>Found for {len(request.args.get('q', ''))} letters</h1></html>"
'''


async def slow_restart(lab: Lab) -> None:
    """A deploy stops the application and starts it; the new release takes a quarter of a minute to be there."""
    lab.nginx.log_format = "timed"
    server = await flask_shop(lab, "v5.1", options=(*WORKERS, "--preload"), environment={"SHOP_LOG": "text-utc"})
    lab.release("v5.2", "shop", {"app.py": lambda text: text + SLOW_START})
    async with crowd(lab):
        lab.mark("fault_start")
        lab.say("deployment.started", "v5.2", "90af1c7")
        begun = lab.marks["fault_start"]
        lab.point_to("v5.2")
        await server.stop()
        await lab.steady(1)
        lab.observe()
        starting = asyncio.create_task(server.start())
        await lab.steady(1)
        lab.say("deployment.completed", "v5.2", "90af1c7", duration_seconds=round(time() - begun, 1), rc_nginx=0, rc_app=0)
        lab.deploys.append((begun, time()))
        await starting
        lab.mark("recovery")
        await lab.steady(15)


async def slow_partner(lab: Lab) -> None:
    """Somebody else's service hangs, and requests that ask it wait until nginx gives up; no deploy, no lack of workers."""
    lab.nginx.location = "\t\tproxy_read_timeout 3s;"
    flag = Path("/run/partner-hangs")
    hanging = QUOTE.replace("time.sleep(0.05)", f'time.sleep(8 if Path("{flag}").exists() and number % 2 else 0.05)')
    lab.release("v9", "shop", {"app.py": lambda text: text + "\n" + hanging})
    lab.crowd.steps.append(Step(1.5, "/api/shipping/{n}"))
    await flask_shop(lab, "v9", options=WIDE, environment={"SHOP_LOG": "json"})
    async with crowd(lab):
        lab.mark("fault_start")
        flag.touch()
        await lab.steady(45)
        lab.observe()
        flag.unlink()
        lab.mark("recovery")


async def photos_on_full_disk(lab: Lab) -> None:
    """The volume where the application keeps photos is full; it says so in a traceback for each."""
    photos = Path("/srv/photos")
    photos.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(photos))
    shutil.chown(photos, "www-data", "www-data")
    lab.nginx.log_format = "combined"
    lab.release("v23", "shop", {"account.py": SAVED})
    lab.crowd.steps.append(Step(1.2, "/account/photo", "POST", logged_in=True, size=60_000))
    await flask_shop(lab, "v23", environment={"SHOP_LOG": "text-utc"})
    async with crowd(lab):
        lab.mark("fault_start")
        with suppress(OSError), (photos / "import-2026.zip").open("wb", buffering=0) as out:
            while True:
                out.write(bytes(4096))
        await lab.steady(40)
        lab.observe()
        lab.keep_output("df.txt", "df", "-h", str(photos), "/var/log", "/run")
        (photos / "import-2026.zip").unlink()
        lab.mark("recovery")


async def crashing_workers(lab: Lab) -> None:
    """A release reads memory that is not its own for some articles: gunicorn's workers die of SIGSEGV."""
    lab.nginx.log_format = "json"
    server = await flask_shop(lab, "v64", options=("--workers", "5"), environment={"SHOP_LOG": "text"})
    lab.release("v65", "shop", {"catalog.py": CRASH})

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("v65", "2f88c10", lambda: lab.switch("v65", server))
        await lab.steady(40)
        lab.observe()
        await lab.deploy("v64", "c04d7be", lambda: lab.switch("v64", server))
        lab.mark("recovery")


async def reload_ends_gunicorn(lab: Lab) -> None:
    """A deploy removes the folder in which gunicorn was started before it reloads: the arbiter ends, its socket file stays."""
    server = await flask_shop(lab, "v17", environment={"SHOP_LOG": "text-utc"})
    lab.release("v18", "shop")

    def switch() -> None:
        lab.point_to("v18")
        shutil.rmtree(lab.root / "releases" / "v17")
        server.reload()

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("v18", "7e5d0b3", switch)
        await lab.steady(25)
        lab.observe()
        await server.start()
        lab.mark("recovery")


SCENARIOS = [
    Scenario(
        "reload_ends_gunicorn",
        "a deploy removes the old release and then reloads: gunicorn ends, its socket stays without a listener, all is 502",
        "shop-nl-1",
        "Europe/Amsterdam",
        "shop",
        reload_ends_gunicorn,
        causes=("reload_failed",),
        tolerated=("upstream_unreachable", "stale_socket", "restart_outage"),
        mechanism="the arbiter's working directory is gone when it handles SIGHUP: Error: [Errno 2], and it ends",
        remedy="start gunicorn again; remove old releases after the reload",
        notes="The deploy script said that all went well. gunicorn was started by hand at the end.",
        cite={
            r"Handling signal: hup": "the reload",
            r"Error: \[Errno 2\] No such file or directory": "what came of it",
            r"connect\(\) to unix:/run/shop/gunicorn\.sock failed \(111": "how nginx met it",
            r"deployment\.completed.*v18": "the deploy said that it went well",
        },
        wrong_conclusions=("a bug in the new release", "overload"),
        complaints=("Bad Gateway", "whole site is down, 502", "{path}: Bad Gateway"),
    ),
    Scenario(
        "slow_restart",
        "a deploy stops the application; the new release needs 15 s to start, and all of it answers 502 meanwhile",
        "mono-1",
        "America/Denver",
        "shop",
        slow_restart,
        causes=("restart_outage",),
        tolerated=("upstream_unreachable",),
        mechanism="gunicorn --preload is stopped and started: it listens only when the application has filled its cache",
        remedy="start the new release beside the old one",
        notes="The deploy script is done as soon as the process is there; nothing of a service manager was collected.",
        cite={
            r"Handling signal: term|Shutting down: Master": "it was stopped",
            r"connect\(\) to unix:/run/shop/gunicorn\.sock failed": "how nginx met it",
            r"deployment\.completed.*v5\.2|deployment\.started.*v5\.2": "the deploy",
        },
        wrong_conclusions=("a crash", "a bug in the new release"),
        complaints=("Bad Gateway", "502 on {path}", "whole site down for a moment"),
    ),
    Scenario(
        "slow_partner",
        "a partner's service hangs: half of the shipping quotes answer 504 after 3 s",
        "quote-2",
        "Asia/Singapore",
        "shop",
        slow_partner,
        causes=("upstream_timeout",),
        mechanism="the application waits 8 s, nginx gives up after proxy_read_timeout 3s; the application logs 200 later",
        remedy="give the call to the partner a timeout below nginx's",
        notes="No deploy, and threads enough for all that wait.",
        cite={r"upstream timed out \(110: Connection timed out\) while reading response header": "the cause"},
        wrong_conclusions=("the pool was exhausted", "the application crashed"),
        complaints=("shipping price does not appear", "Gateway Time-out at checkout", "504 when I choose shipping"),
    ),
    Scenario(
        "photos_on_full_disk",
        "the volume for photos is full: the application answers 500 with OSError 28 for uploads",
        "album-1",
        "Pacific/Auckland",
        "shop",
        photos_on_full_disk,
        causes=("disk_full",),
        tolerated=("app_exception_spike",),
        mechanism="write() to /srv/photos fails with ENOSPC",
        remedy="free the volume of /srv/photos",
        notes="No deploy. df.txt was taken while the volume was full.",
        cite={r"No space left on device": "the cause", r"Exception on /account/photo \[POST\]": "the route"},
        wrong_conclusions=("a bug in the application", "nginx's own volume was full"),
        complaints=("cannot upload my photo", "Internal Server Error after upload", "photo: error 500"),
    ),
    Scenario(
        "crashing_workers",
        "a release reads memory that is not its own for some articles: gunicorn's workers die of SIGSEGV, 502",
        "shop-us-5",
        "America/Phoenix",
        "shop",
        crashing_workers,
        causes=("worker_crash",),
        tolerated=("upstream_closed_early",),
        mechanism="an address that is not its own is read through ctypes",
        remedy="roll back to v64",
        notes="The second deploy is the rollback.",
        cite={
            r"was sent SIGSEGV": "the cause",
            r"upstream prematurely closed connection|recv\(\) failed \(104": "how nginx met it",
            r"deployment\.completed.*v65": "when it began",
        },
        wrong_conclusions=("the application was down", "timeouts", "out of memory"),
        complaints=("some articles give Bad Gateway", "{path}: 502", "502 on an article, others work"),
    ),
]
