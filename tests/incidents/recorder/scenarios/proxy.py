"""nginx itself is the trouble: its connections, its descriptors, its disk, its configuration, or an answer that it refuses."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import Any

from tests.incidents.recorder.crowd import Step
from tests.incidents.recorder.isolation import run
from tests.incidents.recorder.lab import Lab, Scenario
from tests.incidents.recorder.stories import crowd, flask_shop

WIDE = ("--workers", "3", "--threads", "60")
POLL = """
@app.get("/api/events")
def events() -> Answer:
    time.sleep(2 + 3 * (hash(g.begun) % 100) / 100)
    return {"events": []}
"""


def with_polling(source: str) -> str:
    """The shop with a route that holds its connection, as pages that wait for news do."""
    return source + "\n" + POLL


async def header_too_big(lab: Lab) -> None:
    """A release keeps the whole cart in a cookie; carts of some people do not fit into a header."""
    lab.nginx.log_format = "timed"
    server = await flask_shop(lab, "r211", environment={"SHOP_LOG": "text"})
    whole = "'.'.join(f'{n:05d}x{sum(map(ord, g.user))}' for n in range(1400 if sum(map(ord, g.user)) % 5 == 0 else 60))"
    lab.release("r212", "shop", {"cart.py": lambda text: text.replace('f"{sum(map(ord, g.user)) % 997}"', whole)})

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("r212", "f00c7d1", lambda: lab.switch("r212", server))
        await lab.steady(40)
        lab.observe()
        await lab.deploy("r211", "a1b9e30", lambda: lab.switch("r211", server))
        lab.mark("recovery")


async def few_connections(lab: Lab) -> None:
    """Clients do not keep their connections, so that it is nginx's own, to the application, that it lacks."""
    lab.nginx.http = "keepalive_timeout 0;"
    await allowed(lab, 45)


async def connections_refused(lab: Lab) -> None:
    """Clients keep their connections, and nginx closes idle ones for new ones, so that only clients are turned away."""
    await allowed(lab, 56)


async def allowed(lab: Lab, few: int) -> None:
    """A new configuration of nginx allows it few connections; pages that wait for news use them up."""
    lab.epoch = True
    lab.release("2.14.0", "shop", {"app.py": with_polling})
    lab.crowd.steps.append(Step(3, "/api/events"))
    lab.nginx.processes = 1
    await flask_shop(lab, "2.14.0", options=WIDE, environment={"SHOP_LOG": "text-utc"})

    def configure(connections: int) -> None:
        lab.nginx.connections = connections
        lab.nginx.write()
        lab.nginx.reload()

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("nginx-conf-31", "77d01ce", lambda: configure(few))
        await lab.steady(35)
        lab.observe()
        lab.keep("/etc/nginx/nginx.conf", "nginx.conf.deployed")
        await lab.deploy("nginx-conf-30", "0be4a12", lambda: configure(768))
        lab.mark("recovery")


async def few_descriptors(lab: Lab) -> None:
    """A campaign brings more visitors than nginx may have files open."""
    lab.release("2.14.0", "shop", {"app.py": with_polling})
    lab.crowd.steps.append(Step(3, "/api/events"))
    lab.nginx.processes, lab.nginx.main, lab.nginx.log_format = 1, "worker_rlimit_nofile 115;", "combined"
    await flask_shop(lab, "2.14.0", options=WIDE, environment={"SHOP_LOG": "text"})
    async with crowd(lab):
        lab.mark("fault_start")
        lab.crowd.sessions_a_second *= 2.2
        await lab.steady(35)
        lab.observe()
        lab.keep("/etc/nginx/nginx.conf", "nginx.conf.before")
        lab.nginx.main = "worker_rlimit_nofile 4096;"
        lab.nginx.write()
        lab.nginx.reload()
        lab.mark("recovery")


async def uploads_on_full_disk(lab: Lab) -> None:
    """The volume under nginx's temporary files is full: bodies that do not fit into memory fail, everything else works."""
    run("mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", "/var/lib/nginx")
    Path("/var/lib/nginx/body").mkdir()
    lab.crowd.steps.append(Step(1.2, "/account/photo", "POST", logged_in=True, size=120_000))
    lab.crowd.steps.append(Step(0.6, "/account/photo", "POST", logged_in=True, size=6_000))
    await flask_shop(lab, "v7", environment={"SHOP_LOG": "text"})
    backup = Path("/var/lib/nginx/backup-20261125.tar")
    async with crowd(lab):
        lab.mark("fault_start")
        with suppress(OSError), backup.open("wb", buffering=0) as out:
            while True:
                out.write(bytes(4096))
        await lab.steady(45)
        lab.observe()
        lab.keep_output("df.txt", "df", "-h", "/var/lib/nginx", "/var/log", "/srv")
        backup.unlink()
        lab.mark("recovery")


async def help_cycle(lab: Lab) -> None:
    """A release without its help pages: the fallback of `try_files` leads to itself."""
    pages = {f"help/{number}.html": f"<h1>Help {number}</h1>" for number in range(1, 40)}
    lab.nginx.log_format = "timed"
    lab.nginx.server = "\n\tlocation /help/ { try_files $uri $uri.html /help/index.html; }\n"
    lab.release("v71", "shop", {**pages, "help/index.html": "<h1>Help</h1>"})
    lab.release("v72", "shop")
    lab.crowd.steps.append(Step(1.2, "/help/{n}.html"))
    server = await flask_shop(lab, "v71", environment={"SHOP_LOG": "text-utc"})

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("v72", "ce410aa", lambda: lab.switch("v72", server))
        await lab.steady(35)
        lab.observe()
        await lab.deploy("v71", "19b7f02", lambda: lab.switch("v71", server))
        lab.mark("recovery")


async def assets_deleted(lab: Lab) -> None:
    """A deploy removes the old release; pages that are still open ask for its assets."""
    lab.nginx.log_format = "upstream"
    lab.crowd.cached_home = 0.25
    server = await flask_shop(lab, "v301", environment={"SHOP_LOG": "text"})
    old = shutil.copytree(lab.root / "releases" / "v301" / "assets", "/srv/kept")
    lab.build = "build 2"
    lab.release("v302", "shop")

    def switch() -> None:
        lab.point_to("v302")
        server.reload()
        sleep(4)  # the workers of the new release are there before the old one goes
        shutil.rmtree(lab.root / "releases" / "v301")

    def bring_back() -> None:
        shutil.copytree(old, lab.root / "current" / "assets", dirs_exist_ok=True)

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("v302", "3d3aa91", switch)
        await lab.steady(40)
        lab.observe()
        await asyncio.to_thread(bring_back)
        lab.mark("recovery")


def scenario(name: str, title: str, hostname: str, zone: str, story: Callable[[Lab], object], **more: Any) -> Scenario:
    """A scenario of the shop."""
    return Scenario(name, title, hostname, zone, "shop", story, **more)


SCENARIOS = [
    scenario(
        "header_too_big",
        "a release keeps carts in a cookie; large ones do not fit nginx's buffer: 502 for some people on one route",
        "shop-de-2",
        "Europe/Berlin",
        header_too_big,
        causes=("upstream_bad_response",),
        mechanism="Set-Cookie of 15 kB against proxy_buffer_size 4k; the application logs 200 for the same requests",
        remedy="roll back to r211; a large buffer only hides it",
        notes="No upstream fields in the access log. The second deploy is the rollback.",
        cite={
            r"upstream sent too big header while reading response header from upstream": "the cause",
            r"deployment\.completed.*r212": "when it began",
        },
        wrong_conclusions=("the application crashed", "the application was not reachable", "timeouts"),
        complaints=("cannot put anything into my cart, Bad Gateway", "502 when I click on buy", "cart does not work"),
    ),
    scenario(
        "few_connections",
        "a new nginx.conf allows 45 connections; pages that wait for news use them up: 500 and closed connections",
        "edge-7",
        "Australia/Adelaide",
        few_connections,
        causes=("proxy_connections_exhausted",),
        mechanism="worker_connections 45 with one worker process and clients that hold connections for seconds",
        remedy="set worker_connections back to 768 and reload nginx",
        notes="Clients whose connection nginx closed at once are in the clients' record only (status 0).",
        cite={
            r"worker_connections are not enough": "the cause",
            r"deployment\.completed.*nginx-conf-31": "when it began",
        },
        wrong_conclusions=("the application failed", "the application was overloaded"),
        complaints=(
            "Internal Server Error now and then",
            "{path} gives error 500, works after a reload",
            "page does not load at all",
        ),
    ),
    scenario(
        "connections_refused",
        "a new nginx.conf allows 56 connections: clients are turned away before nginx reads a request",
        "edge-8",
        "Australia/Adelaide",
        connections_refused,
        causes=("proxy_connections_exhausted",),
        share=False,
        mechanism="accept() finds no free connection; nginx closes the client's, and the access log has no line of it",
        remedy="set worker_connections back to 768 and reload nginx",
        notes="Nothing failed that the access log could show; the alerts of error.log and complaints are all there is.",
        cite={r"worker_connections are not enough": "the cause"},
        failed=lambda status, _path: status == 0,
        wrong_conclusions=("nothing is wrong",),
        complaints=("page does not load at all", "connection was reset", "site unreachable now and then"),
        seed=8,
    ),
    scenario(
        "few_descriptors",
        "visitors of a campaign use up the 115 files that nginx may have open: 500 within milliseconds",
        "promo-web",
        "America/Bogota",
        few_descriptors,
        causes=("file_descriptors_exhausted",),
        mechanism="worker_rlimit_nofile 115: socket() and open() fail with EMFILE",
        remedy="raise worker_rlimit_nofile and reload nginx",
        notes="No deploy. Plain combined format.",
        cite={r"failed \(24: Too many open files\)": "the cause"},
        wrong_conclusions=("the application failed", "the application was not reachable"),
        complaints=("Internal Server Error", "500 on {path}", "the site is unstable since the mail about the sale"),
    ),
    scenario(
        "uploads_on_full_disk",
        "the volume of nginx's temporary files is full: uploads of more than 16 kB answer 500, everything else works",
        "profile-1",
        "Asia/Kolkata",
        uploads_on_full_disk,
        causes=("disk_full",),
        tolerated=("proxy_internal_error",),
        mechanism="pwrite() to client_body_temp_path fails with ENOSPC; the application never sees the request",
        remedy="free the volume of /var/lib/nginx",
        notes="No deploy. df.txt was taken while the volume was full.",
        cite={r"failed \(28: No space left on device\)": "the cause"},
        wrong_conclusions=("the application failed", "a deploy"),
        complaints=("cannot change my profile picture", "upload fails with Internal Server Error", "photo upload: error 500"),
    ),
    scenario(
        "help_cycle",
        "a release lacks its help pages: try_files leads to itself, 500 from nginx for /help/",
        "docs-3",
        "Europe/Lisbon",
        help_cycle,
        causes=("proxy_internal_error",),
        mechanism="try_files ... /help/index.html, which is not there: internal redirection cycle",
        remedy="roll back to v71; end try_files with =404",
        notes="Static files, so neither upstream nor application take part. The second deploy is the rollback.",
        cite={
            r"rewrite or internal redirection cycle": "the cause",
            r"deployment\.completed.*v72": "when it began",
        },
        wrong_conclusions=("the application failed", "overload"),
        complaints=("help pages are broken", "{path} shows Internal Server Error", "500 when I open help"),
    ),
    scenario(
        "assets_deleted",
        "a deploy removes the old release, and pages still open ask for its scripts: 404 on hashed assets",
        "shop-fr-1",
        "Europe/Paris",
        assets_deleted,
        causes=("missing_assets_after_deploy",),
        mechanism="releases/v301 is removed with its assets while pages refer to them",
        remedy="bring the old assets back, keep those of the last releases",
        notes="Failed requests are the 404s below /assets/; there is no 5xx.",
        failed=lambda status, path: status == 404 and path.startswith("/assets/"),
        cite={
            r"/srv/shop/current/assets/\S+. failed \(2: No such file|GET /assets/\S+ HTTP/1\.1. 404": "what is missing",
            r"deployment\.completed.*v302": "when it began",
        },
        wrong_conclusions=("scanners", "the application failed"),
        complaints=(
            "checkout does not react, nothing happens when I click",
            "pictures do not load",
            "page looks broken since today",
        ),
    ),
]
