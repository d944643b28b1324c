"""The application's own processes are the trouble: their descriptors, old code that they keep, their death; and a day without trouble."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from time import time

from tests.incidents.recorder.crowd import Step
from tests.incidents.recorder.lab import Lab, Scenario
from tests.incidents.recorder.stories import crowd, flask_shop, php_press

LEAK = '''"""What the shop sells; prices come from a file."""

import random
import time
from pathlib import Path

from flask import request

PRICES = Path(__file__).parent / "prices.csv"
_open = []


def item(number: int) -> str:
    """One article's page."""
    if number % 2 == 0:
        prices = PRICES.open()
        _open.append(prices)
        return f"<html><h1>Article {number}: {prices.readline()}</h1></html>"
    time.sleep(random.uniform(0.001, 0.01))
    return f"<html><h1>Article {number}</h1></html>"
'''
NOISE = '''
import random


def newsletter() -> None:
    """Somebody else's server does not answer; nobody waits for it."""
    try:
        raise ConnectionRefusedError(111, "Connection refused")
    except OSError:
        logging.getLogger("shop.newsletter").exception("newsletter not sent, will be tried again")


@app.after_request
def sometimes(response: Response) -> Response:
    if random.random() < 0.02:
        newsletter()
    elif random.random() < 0.01:
        logging.getLogger("shop.stock").error("stock of article %d unknown, taking 0", random.randint(1, 60))
    return response
'''


async def leaking_files(lab: Lab) -> None:
    """A release does not close what it opens; its workers have 56 descriptors."""
    lab.nginx.log_format = "json"
    server = await flask_shop(lab, "v12", options=("--workers", "3"), descriptors=56, environment={"SHOP_LOG": "json"})
    lab.release("v13", "shop", {"catalog.py": LEAK + search_of(lab), "prices.csv": "12.50\n"})

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("v13", "6f1e0d2", lambda: lab.switch("v13", server))
        await lab.steady(50)
        lab.observe()
        await lab.deploy("v12", "0d3c9aa", lambda: lab.switch("v12", server))
        lab.mark("recovery")


def search_of(lab: Lab) -> str:
    """The search as the first release has it."""
    text = (lab.root / "releases" / "v12" / "catalog.py").read_text()
    return "\n\n" + text[text.index("def search") :]


POOL = (
    "pm = static",
    "pm.max_children = 6",
    "catch_workers_output = yes",
    "php_admin_value[error_log] = /var/log/press/php-error.log",
    "php_admin_flag[log_errors] = on",
)
OPCACHE = ("opcache.enable=1", "opcache.validate_timestamps=0", "realpath_cache_ttl=600")


def log_folder() -> None:
    """Where the newspaper writes."""
    Path("/var/log/press").mkdir()
    shutil.chown("/var/log/press", "www-data", "www-data")


async def old_code_kept(lab: Lab) -> None:
    """A deploy in place, without a reload that works: what nobody asked for before the deploy is no longer there."""
    log_folder()
    lab.nginx.log_format = "upstream"
    server = await php_press(lab, "20261124-1", settings=POOL, ini=OPCACHE)
    lab.release("20261125-1", "press", {"pages/home.php": lambda text: text.replace("The Press", "The Morning Press")})

    def switch() -> None:
        lab.point_to("20261125-1")
        shutil.rmtree(lab.root / "releases" / "20261124-1")

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("20261125-1", "b7712e4", switch)
        lab.crowd.steps.append(Step(1.2, "/account/export", logged_in=True))
        await lab.steady(45)
        lab.observe()
        server.reload()
        lab.mark("recovery")
    lab.keep("/var/log/press/php-error.log")
    lab.keep("/etc/php/8.2/fpm/conf.d/99-local.ini")


async def crashing_children(lab: Lab) -> None:
    """A release walks a tree that has a cycle until the stack ends: php-fpm's children die of SIGSEGV on some pages."""
    log_folder()
    lab.nginx.log_format = "timed"
    server = await php_press(lab, "r55", settings=POOL)
    lab.release(
        "r56", "press", {"pages/catalog.php": lambda text: text.replace("$cycle = false", "$cycle = $number % 9 === 4")}
    )

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("r56", "e83ab06", lambda: lab.switch("r56", server))
        await lab.steady(40)
        lab.observe()
        await lab.deploy("r55", "4471c3d", lambda: lab.switch("r55", server))
        lab.mark("recovery")
    lab.keep("/var/log/press/php-error.log")


async def noisy_but_well(lab: Lab) -> None:
    """Errors in the log for requests that go well, scanners, people without patience, a rate limit, a deploy that works."""
    lab.nginx.http = "limit_req_zone $binary_remote_addr zone=per_client:1m rate=5r/s;"
    lab.nginx.location = "\t\tlimit_req zone=per_client burst=15 nodelay;"
    lab.release("v88", "shop", {"app.py": lambda text: text + NOISE})
    lab.release("v89", "shop", {"app.py": lambda text: text + NOISE})
    lab.crowd.steps.append(Step(2, "/search?q={q}", hurry=0.3))
    server = await flask_shop(lab, "v88", environment={"SHOP_LOG": "text-utc"})

    def switch() -> None:
        lab.point_to("v89")
        server.reload()

    async with crowd(lab, before_s=40):
        await lab.deploy("v89", "d90ef11", switch)
        scraper = asyncio.create_task(lab.crowd.scrape("/catalog/7", 25, 25, "Scrapy/2.11.2 (+https://scrapy.org)"))
        await lab.steady(15)
        lab.observe()
        await scraper


async def quick_restart(lab: Lab) -> None:
    """A deploy stops gunicorn and starts it again: a second without an application, and nothing after it."""
    lab.nginx.log_format = "combined"
    server = await flask_shop(lab, "1.20.4", environment={"SHOP_LOG": "text"})
    lab.release("1.20.5", "shop")
    async with crowd(lab, after_s=45):
        begun = time()
        lab.say("deployment.started", "1.20.5", "a90bb34")
        lab.point_to("1.20.5")
        await server.stop()
        await server.start()
        lab.say("deployment.completed", "1.20.5", "a90bb34", duration_seconds=round(time() - begun, 1), rc_nginx=0, rc_app=0)
        lab.deploys.append((begun, time()))
        lab.observe()


SCENARIOS = [
    Scenario(
        "quick_restart",
        "a healthy deploy by a restart: 502 for about a second, and nothing after it",
        "mono-4",
        "America/New_York",
        "shop",
        quick_restart,
        notes="As the healthy deploys by restart that everybody makes; the application's log tells of the restart.",
        wrong_conclusions=("an outage that lasts", "a bug in 1.20.5"),
    ),
    Scenario(
        "leaking_files",
        "a release leaks files: after a while its workers can open no more, 500 on some pages",
        "api-4",
        "America/Halifax",
        "shop",
        leaking_files,
        causes=("file_descriptors_exhausted",),
        tolerated=("app_exception_spike",),
        mechanism="catalog.item() opens prices.csv and keeps it; RLIMIT_NOFILE is 56: OSError EMFILE",
        remedy="roll back to v12",
        notes="It begins some seconds after the deploy, worker by worker. The second deploy is the rollback.",
        cite={r"Too many open files": "the cause", r"deployment\.completed.*v13": "the release that leaks"},
        wrong_conclusions=("prices.csv was missing", "overload"),
        complaints=("article pages show Internal Server Error", "{path} error 500", "cannot open some articles"),
    ),
    Scenario(
        "old_code_kept",
        "a deploy in place without a reload: opcache serves the old release, whose folder is gone; a rare page answers 500",
        "press-2",
        "Atlantic/Azores",
        "press",
        old_code_kept,
        causes=("old_workers_serving",),
        tolerated=("app_exception_spike",),
        mechanism="opcache.validate_timestamps=0; releases/20261124-1 was removed; require of a file that was not cached fails",
        remedy="reload php-fpm",
        notes="All other pages work, in the old version. The reload at the end is in php-fpm's own log.",
        cite={
            r"Failed opening required '/srv/press/releases/20261124-1/pages/export\.php'": "the cause",
            r"deployment\.completed.*20261125-1": "when it began",
        },
        wrong_conclusions=("a bug in the new release (it never ran)", "the file is missing in the new release"),
        complaints=("my data export fails, error 500", "the link in your mail gives a white page", "export does not work"),
    ),
    Scenario(
        "crashing_children",
        "a release recurses without end on some pages: php-fpm's children die of SIGSEGV, 502",
        "press-1",
        "Europe/Warsaw",
        "press",
        crashing_children,
        causes=("worker_crash",),
        tolerated=("upstream_closed_early",),
        mechanism="array_map() within array_map() over a tree with a cycle: the C stack ends",
        remedy="roll back to r55",
        notes="The second deploy is the rollback.",
        cite={
            r"exited on signal 11 \(SIGSEGV": "the cause",
            r"recv\(\) failed \(104: Connection reset by peer\)|upstream prematurely closed": "how nginx met it",
            r"deployment\.completed.*r56": "when it began",
        },
        wrong_conclusions=("php-fpm was down", "timeouts", "out of memory"),
        complaints=("some articles give Bad Gateway", "{path}: 502", "502 on an article, others work"),
    ),
    Scenario(
        "noisy_but_well",
        "a healthy day: errors in the log for requests that go well, scanners, a rate limit, people without patience, a deploy",
        "shop-web-9",
        "America/Sao_Paulo",
        "shop",
        noisy_but_well,
        notes="The 503s are the rate limit's answers to one scraper; its own fault.",
        wrong_conclusions=("the newsletter's server is a dependency of requests", "the deploy broke something"),
    ),
]
