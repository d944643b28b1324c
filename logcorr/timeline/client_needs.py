"""Needs about clients and users: what they complained of, where they gave up, what they asked for that is not there."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import Need
from logcorr.timeline.selections import (
    FAILED,
    LEFT,
    STATUS,
    Families,
    LazyFrame,
    by_second,
    distinct,
    failing,
    once,
    requests_once,
)

_NOT_FOUND: Final = 404
_REFUSED: Final = 400
ACCESS_LOG: Final = "the access log of the web server"

#: where programs keep what an attacker wants: files that begin with a dot (OWASP CRS, ``rules/restricted-files.data``), and the entries of
#: WordPress, Joomla, phpMyAdmin, Spring Boot, GPON routers and OpenWrt; asked for everywhere, whether there or not
PROBES: Final = (
    r"^/+(?:[\w./-]*/)?\.(?:env|git|svn|hg|aws|ssh|htpasswd|htaccess|DS_Store|docker|kube|vscode|npmrc)(?:$|[/.])"
    r"|^/+(?:[\w-]+/)?(?:wp-login\.php|xmlrpc\.php|wp-config\.php|wp-admin(?:/|$)|wp-content/|wp-includes/)"
    r"|^/+(?:administrator/index\.php|phpmyadmin|phpMyAdmin|pma/|myadmin/|dbadmin/|adminer)"
    r"|^/+(?:actuator/|boaform/|cgi-bin/|HNAP1|GponForm/|vendor/phpunit/|solr/admin|manager/html|owa/auth|server-status)"
    r"|^/+(?:phpinfo\.php|info\.php|config\.json|shell|setup\.cgi|telescope/requests)"
)
#: parts of pages: those that are missing tell of the page, not of who asked
_ASSETS: Final = r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|eot|txt|xml|webmanifest)$"
#: fewer pages that are not there make nobody a scanner
_FEWEST_PAGES: Final = 3


def complaints(families: Families) -> LazyFrame:
    """What people said, and when; ``clients``: how many different clients there are requests of."""
    rows = families["complaints"].select(
        *("reported_from_us", "reported_to_us", "user_id", "client_address", "body", "file", "line", "line_last")
    )
    return rows.join(families["requests"].select(clients=nw.col("client_address").n_unique()), how="cross")


def users_by_client(families: Families) -> LazyFrame:
    """Users and their addresses, with how many lines and requests tell of both.

    ``by_id``: the lines name the requests by their identifiers, not only by the second and the path.
    """
    requests = families["requests"].select("request_key", "client_address", "request_id", own_user="user_id")
    lines = families["log"].filter(~nw.col("user_id").is_null(), ~nw.col("request_key").is_null(), nw.col("user_id") != "")
    lines = lines.select("request_key", "user_id", line_id="request_id").join(requests, on="request_key", how="inner")
    said = nw.when(~nw.col("line_id").is_null() & ~nw.col("request_id").is_null()).then(1).otherwise(0)
    told = lines.select("user_id", "client_address", by_id=said)
    own = requests.filter(~nw.col("own_user").is_null(), ~nw.col("own_user").is_in(["", "-"]))
    own = own.select(nw.col("own_user").alias("user_id"), "client_address", by_id=nw.lit(1))
    return nw.concat([told, own]).group_by("user_id", "client_address").agg(requests=nw.len(), by_id=nw.col("by_id").max())


def users(families: Families) -> LazyFrame:
    """Addresses of the users that complained and of those that share an address with a failed request; ``users``: all that are known."""
    pairs = families.kept(users_by_client)
    hit = distinct(families.kept(failing), "client_address")
    asked = distinct(families["complaints"].filter(~nw.col("user_id").is_null()), "user_id")
    wanted = nw.concat([pairs.join(hit, on="client_address", how="semi"), pairs.join(asked, on="user_id", how="semi")])
    wanted = distinct(wanted, "user_id", "client_address", "requests", "by_id")
    return wanted.join(distinct(pairs, "user_id").select(users=nw.len()), how="cross")


def failed_users(families: Families) -> LazyFrame:
    """The user of each failed request that an application's line tells."""
    failed = families.kept(failing).select("request_key")
    lines = families["log"].filter(~nw.col("user_id").is_null(), ~nw.col("request_key").is_null(), nw.col("user_id") != "")
    return lines.join(failed, on="request_key", how="semi").group_by("request_key").agg(user_id=nw.col("user_id").min())


def refused(families: Families) -> LazyFrame:
    """Requests answered 4xx, by client, path, status and minute."""
    rows = families.shared(requests_once).filter(nw.col(STATUS) >= _REFUSED, nw.col(STATUS) < FAILED, nw.col(STATUS) != LEFT)
    rows = rows.filter(~nw.col("timestamp_us").is_null()).with_columns(minute=nw.col("timestamp_us") // 60_000_000)
    return rows.group_by("client_address", "url_path", STATUS, "minute").agg(
        requests=nw.len(), first_us=nw.col("timestamp_us").min(), last_us=nw.col("timestamp_us").max()
    )


def speaks_of_refusal(rows: LazyFrame) -> LazyFrame:
    """Complaints that may be about a 4xx answer."""
    return rows.filter(nw.col("body").str.contains(r"(?i)\b4[0-9][0-9]\b|not found|forbidden|too many requests"))


def not_found(families: Families) -> LazyFrame:
    """Requests for what is not there (404), by client, file and path."""
    rows = families.shared(requests_once).filter(nw.col(STATUS) == _NOT_FOUND)
    stamps = {"first_us": nw.col("timestamp_us").min(), "last_us": nw.col("timestamp_us").max()}
    return rows.group_by("client_address", "file", "url_path").agg(not_found=nw.len(), line=nw.col("line").min(), **stamps)


def missing_pages(families: Families) -> LazyFrame:
    """Clients that asked for pages that are not there, or for what scanners ask for: how many requests of each kind they made.

    ``pages``: distinct ones that are not there, parts of pages left out. ``probes``: requests for what scanners ask for.
    """
    is_part = nw.col("url_path").str.contains(_ASSETS)
    paths = families.kept(not_found).with_columns(
        probes=nw.when(nw.col("url_path").str.contains(PROBES)).then(nw.col("not_found")).otherwise(0),
        page=nw.when(is_part).then(nw.lit(None)).otherwise(nw.col("url_path")),
        missing_pages=nw.when(is_part | nw.col("url_path").is_null()).then(0).otherwise(nw.col("not_found")),
    )
    asked = paths.group_by("client_address", "file").agg(
        not_found=nw.col("not_found").sum().cast(nw.Int64),
        missing_pages=nw.col("missing_pages").sum().cast(nw.Int64),
        pages=nw.col("page").n_unique(),
        probes=nw.col("probes").sum().cast(nw.Int64),
        line=nw.col("line").min(),
        first_us=nw.col("first_us").min(),
        last_us=nw.col("last_us").max(),
    )
    asked = asked.filter((nw.col("pages") >= _FEWEST_PAGES) | (nw.col("probes") > 0))
    failed = nw.when(nw.col(STATUS) >= FAILED).then(1).otherwise(0)
    denied = nw.when((nw.col(STATUS) >= _REFUSED) & (nw.col(STATUS) < FAILED)).then(1).otherwise(0)
    whole = (
        families.shared(requests_once)
        .select("client_address", STATUS)
        .join(distinct(asked, "client_address"), on="client_address", how="semi")
    )
    totals = (
        whole.with_columns(failed=failed, refused=denied)
        .group_by("client_address")
        .agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64), refused=nw.col("refused").sum().cast(nw.Int64))
    )
    return asked.join(totals, on="client_address", how="inner")


def probed_paths(families: Families) -> LazyFrame:
    """What scanners ask for and this server does not have: each path with its requests that were not found, or failed."""
    missing = families.kept(not_found).select("url_path", "not_found", failed=nw.lit(0).cast(nw.Int64))
    failed = once(families.kept(failing)).select(
        "url_path", not_found=nw.lit(0).cast(nw.Int64), failed=nw.lit(1).cast(nw.Int64)
    )
    counts = {name: nw.col(name).sum().cast(nw.Int64) for name in ("not_found", "failed")}
    found = nw.concat([missing, failed]).group_by("url_path").agg(**counts)
    return found.filter(nw.col("not_found") > 0, nw.col("url_path").str.contains(PROBES))


def refusals(families: Families) -> LazyFrame:
    """How many requests there are, and how many of them were refused (4xx, but for those that clients left), and not found (404)."""
    return families.kept(by_second).select(
        **{name: nw.col(name).sum().cast(nw.Int64) for name in ("requests", "refused", "not_found")}
    )


COMPLAINTS: Final = Need(
    "complaints", "complaints", "what people complained of, with times: a table or a list, or --complaint", complaints
)
USERS: Final = Need("users", "complaints", "an application's log that names users and requests", users)
FAILED_USERS: Final = Need("failed_users", "complaints", "an application's log that names users and requests", failed_users)
REFUSED: Final = Need("refused", "complaints", ACCESS_LOG, refused, speaks_of_refusal)
MISSING_PAGES: Final = Need("missing_pages", "requests", ACCESS_LOG, missing_pages)
PROBED_PATHS: Final = Need("probed_paths", "requests", ACCESS_LOG, probed_paths)
REFUSALS: Final = Need("refusals", "requests", ACCESS_LOG, refusals)
