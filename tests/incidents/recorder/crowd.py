"""The clients: people with a session each, robots, a health check, and their own record of what they got."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from time import time
from typing import Any
from urllib.parse import quote

from tests.incidents.recorder.http import Browser, ImpatientError

FIRST = "anton berit carlos dalia emre fatima goran hanna imre jelena kofi lotta marek nina oskar priya rui sofia tariq ulla".split()
LAST = "ahlgren bakker castro dimitrov eriksen fischer gomes horvat ivanov jansen kaya larsen mendez novak okoye popa rossi".split()
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
)
ROBOTS = (
    ("Mozilla/5.0 (compatible; GoogleOther)", ("/sitemap.xml", "/robots.txt", "/catalog/7", "/old/spring-sale", "/feed.xml")),
    (
        "python-requests/2.31.0",
        ("/wp-login.php", "/.env", "/xmlrpc.php", "/.git/config", "/admin/config.php", "/vendor/phpunit.php"),
    ),
    ("Mozilla/5.0 zgrab/0.x", ("/", "/actuator/health", "/solr/admin/info", "/cgi-bin/luci", "/owa/auth/logon.aspx")),
)
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
SEARCHES = ("teapot", "blue lamp", "café table", "100% wool", "desk", "chair & stool", "rug")


@dataclass(frozen=True)
class Seen:
    """One request as the client saw it; status 0 where no answer came, 499 where it did not wait for one."""

    started: float
    ended: float
    kind: str
    user: str
    address: str
    method: str
    path: str
    status: int
    error: str = ""


@dataclass(frozen=True)
class Step:
    """Something people do: how often, and how. `{n}` is a number, `{q}` what they search."""

    weight: float
    path: str
    method: str = "GET"
    logged_in: bool = False
    body: str = ""
    size: int = 0
    hurry: float = 0.0  # share of people who do not wait for it

    def filled(self, random: Random) -> str:
        """The path of one request."""
        return self.path.replace("{n}", str(random.randint(1, 60))).replace("{q}", quote(random.choice(SEARCHES)))


@dataclass
class Crowd:
    """Everybody who visits, by a rate of sessions a second that a scenario may change."""

    steps: list[Step]
    random: Random
    sessions_a_second: float = 3.2
    think_s: float = 0.7
    login_share: float = 0.6
    after_login: tuple[str, ...] = ("/dashboard", "/api/user/me")
    cached_home: float = 0.0  # share of people whose browser still shows the first page that anybody got
    first_home: str = ""
    seen: list[Seen] = field(default_factory=list)
    stopping: bool = False

    async def come(self) -> None:
        """Sessions begin at random moments until `stopping`, and all are finished."""
        everyone = [asyncio.create_task(each) for each in (self._health(), *(self._robot(*each) for each in ROBOTS))]
        addresses = self._addresses()
        while not self.stopping:
            await asyncio.sleep(self.random.expovariate(self.sessions_a_second))
            everyone.append(asyncio.create_task(self._session(next(addresses))))
        await asyncio.gather(*everyone)

    def _addresses(self) -> Iterator[str]:
        every = [f"{network}.{last}" for network in NETWORKS for last in range(2, 254)]
        while True:
            self.random.shuffle(every)
            yield from every

    async def _ask(self, browser: Browser, kind: str, user: str, method: str, path: str, **how: Any) -> tuple[int, str]:
        started, status, text, error = time(), 0, "", ""
        try:
            status, text = await browser.ask(method, path, **how)
        except ImpatientError:
            status, error = 499, "gave up"
        except OSError as lost:
            error = str(lost)
        self.seen.append(Seen(started, time(), kind, user, browser.address, method, path.partition("?")[0], status, error))
        return status, text

    async def _think(self) -> None:
        await asyncio.sleep(min(self.random.lognormvariate(math.log(self.think_s), 0.8), 8))

    async def _session(self, address: str) -> None:
        random = self.random
        browser, user = Browser(address, random.choice(AGENTS)), ""
        name = f"{random.choice(FIRST)}.{random.choice(LAST)}{random.choice(('', str(random.randint(1, 99))))}"
        home = self.first_home
        if not home or random.random() >= self.cached_home:
            _, home = await self._ask(browser, "human", user, "GET", "/")
            self.first_home = self.first_home or home
        assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', home)
        later = re.findall(r'data-chunk="(/assets/[^"]+)"', home)
        if random.random() < 0.6:  # the others have them in their cache
            for asset in assets:
                await self._ask(browser, "human", user, "GET", asset, referer="/")
        login_at = random.randint(0, 3) if random.random() < self.login_share else -1
        for turn in range(random.randint(4, 14)):
            await self._think()
            if self.stopping:
                break
            if turn == login_at:
                form = f"user={quote(name)}&password=x".encode()
                status, _ = await self._ask(browser, "human", name, "POST", "/login", body=form, referer="/login")
                user = name if status in {200, 302, 303} else ""
                for path in self.after_login if user else ():
                    await self._ask(browser, "human", user, "GET", path, referer="/login")
                continue
            if later and random.random() < 0.3:
                await self._ask(browser, "human", user, "GET", later.pop(), referer="/")
            step = random.choices(self.steps, [each.weight * (bool(user) or not each.logged_in) for each in self.steps])[0]
            await self._do(browser, user, step)
        await browser.close()

    async def _do(self, browser: Browser, user: str, step: Step) -> None:
        random, path = self.random, step.filled(self.random)
        body = step.body.encode() or (random.randbytes(step.size) if step.size else b"")
        how: dict[str, object] = {"body": body, "referer": "/"}
        if random.random() < step.hurry:
            how["patience_s"] = random.uniform(0.05, 0.4)
        status, _ = await self._ask(browser, "human", user, step.method, path, **how)
        if status >= 500 and random.random() < 0.6:
            await self._think()
            await self._ask(browser, "human", user, step.method, path, body=body, referer="/")

    async def _robot(self, agent: str, paths: tuple[str, ...]) -> None:
        browser = Browser(f"203.0.113.{self.random.randint(100, 250)}", agent)
        while not self.stopping:
            await asyncio.sleep(self.random.expovariate(0.5))
            await self._ask(browser, "robot", "", "GET", self.random.choice(paths))
        await browser.close()

    async def scrape(self, path: str, seconds: float, a_second: float, user_agent: str) -> None:
        """One machine that asks for the same page again and again."""
        browser, end = Browser("203.0.113.77", user_agent), time() + seconds
        while time() < end:
            await asyncio.sleep(self.random.expovariate(a_second))
            await self._ask(browser, "robot", "", "GET", path)
        await browser.close()

    async def _health(self) -> None:
        browser = Browser("127.0.0.1", "Consul Health Check")
        while not self.stopping:
            await self._ask(browser, "health", "", "GET", "/healthz")
            await asyncio.sleep(5)
        await browser.close()
