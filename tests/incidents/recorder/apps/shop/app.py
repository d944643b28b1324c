"""A small shop on Flask."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import account
import cart
import catalog
import logs
import orders
from flask import Flask, Response, g, redirect, request

logs.set_up(os.environ.get("SHOP_LOG", "text"))
log = logging.getLogger("shop.web")
app = Flask("shop", static_folder=None)
ASSETS = Path(__file__).parent / "assets"
Answer = str | tuple[str, int] | dict[str, object] | Response


def asset(stem: str) -> str:
    """The name under which this release serves an asset."""
    return next((f"/assets/{path.name}" for path in sorted(ASSETS.glob(f"{stem}-*"))), f"/assets/{stem}")


@app.before_request
def begin() -> None:
    g.begun = time.perf_counter()
    g.user = request.cookies.get("session", "-")


@app.after_request
def end(response: Response) -> Response:
    took = (time.perf_counter() - g.begun) * 1000
    if request.path != "/healthz":
        log.info("%s %s -> %d (%.0f ms) user=%s", request.method, request.path, response.status_code, took, g.user)
    return response


@app.get("/")
def home() -> Answer:
    chunks = "".join(f'<div data-chunk="{asset(name)}"></div>' for name in ("checkout", "gallery"))
    head = f'<link href="{asset("site")}"><script src="{asset("main")}"></script>'
    return f"<html><head>{head}</head><body>{chunks}<h1>Shop</h1>{'<p>welcome</p>' * 40}</body></html>"


@app.get("/healthz")
def healthz() -> Answer:
    return "ok\n"


@app.post("/login")
def login() -> Answer:
    user = request.form.get("user", "")
    response = redirect("/dashboard")
    response.set_cookie("session", user)
    log.info("login ok user=%s", user)
    return response


def route(method: str, path: str, view: Callable[..., Answer]) -> None:
    """One row of the table of routes."""
    app.add_url_rule(path, path.strip("/").replace("/", ".") + f".{method}", view, methods=[method])


route("GET", "/catalog/<int:number>", catalog.item)
route("GET", "/search", catalog.search)
route("GET", "/dashboard", account.dashboard)
route("GET", "/api/user/me", account.me)
route("POST", "/account/photo", account.photo)
route("POST", "/cart", cart.add)
route("GET", "/api/orders", orders.listing)
route("POST", "/api/orders", orders.create)
