"""Needs about clients and users: what they complained of, where they gave up, what they asked for that is not there."""

from __future__ import annotations

from typing import Final

import narwhals as nw

from logcorr.timeline.needs import Families, LazyFrame, Need, duration, once

STATUS: Final = "http_response_status_code"
ABORTED: Final = 499
_NOT_FOUND: Final = 404
_REFUSED: Final = 400
_FAILED: Final = 500
ROUTE: Final = ("http_request_method", "http_route")
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


def users(families: Families) -> LazyFrame:
    """Addresses of the users that complained and of those that share an address with a failed request; ``users``: all that are known.

    ``by_id``: the lines name the requests by their identifiers, not only by the second and the path.
    """
    requests = families["requests"].select("request_key", "client_address", "request_id", own_user="user_id")
    lines = families["log"].filter(~nw.col("user_id").is_null(), ~nw.col("request_key").is_null(), nw.col("user_id") != "")
    lines = lines.select("request_key", "user_id", line_id="request_id").join(requests, on="request_key", how="inner")
    said = nw.when(~nw.col("line_id").is_null() & ~nw.col("request_id").is_null()).then(1).otherwise(0)
    told = lines.select("user_id", "client_address", by_id=said)
    own = requests.filter(~nw.col("own_user").is_null(), ~nw.col("own_user").is_in(["", "-"]))
    own = own.select(nw.col("own_user").alias("user_id"), "client_address", by_id=nw.lit(1))
    pairs = nw.concat([told, own]).group_by("user_id", "client_address").agg(requests=nw.len(), by_id=nw.col("by_id").max())
    failing = families["requests"].filter(nw.col(STATUS) >= _FAILED).select("client_address").unique()
    asked = families["complaints"].filter(~nw.col("user_id").is_null()).select("user_id").unique()
    wanted = nw.concat(
        [pairs.join(failing, on="client_address", how="semi"), pairs.join(asked, on="user_id", how="semi")]
    ).unique()
    return wanted.join(pairs.select("user_id").unique().select(users=nw.len()), how="cross")


def failed_users(families: Families) -> LazyFrame:
    """The user of each failed request that an application's line tells."""
    failed = families["requests"].filter(nw.col(STATUS) >= _FAILED).select("request_key")
    lines = families["log"].filter(~nw.col("user_id").is_null(), ~nw.col("request_key").is_null(), nw.col("user_id") != "")
    return lines.join(failed, on="request_key", how="semi").group_by("request_key").agg(user_id=nw.col("user_id").min())


def refused(families: Families) -> LazyFrame:
    """Requests answered 4xx, by client, path, status and minute."""
    rows = once(families["requests"]).filter(nw.col(STATUS) >= _REFUSED, nw.col(STATUS) < _FAILED, nw.col(STATUS) != ABORTED)
    rows = rows.filter(~nw.col("timestamp_us").is_null()).with_columns(minute=nw.col("timestamp_us") // 60_000_000)
    return rows.group_by("client_address", "url_path", STATUS, "minute").agg(
        requests=nw.len(), first_us=nw.col("timestamp_us").min(), last_us=nw.col("timestamp_us").max()
    )


def speaks_of_refusal(rows: LazyFrame) -> LazyFrame:
    """Complaints that may be about a 4xx answer."""
    return rows.filter(nw.col("body").str.contains(r"(?i)\b4[0-9][0-9]\b|not found|forbidden|too many requests"))


def aborted_routes(families: Families) -> LazyFrame:
    """Routes with requests that the client left (499): how many, how long they and the working requests of the route took."""
    requests = once(families["requests"])
    left = requests.filter(nw.col(STATUS) == ABORTED)
    working = requests.filter(nw.col(STATUS) < _REFUSED).join(left.select(*ROUTE).unique(), on=list(ROUTE), how="semi")
    usual = working.group_by(*ROUTE).agg(
        working=nw.len(),
        working_middle_s=duration(0.5),
        working_high_s=duration(0.95),
    )
    rows = left.join(usual, on=list(ROUTE), how="left")
    timed = nw.when(~nw.col("duration_s").is_null() & ~nw.col("working_high_s").is_null()).then(1).otherwise(0)
    longer = nw.when(nw.col("duration_s") > nw.col("working_high_s")).then(1).otherwise(0)
    sooner = nw.when(nw.col("duration_s") < nw.col("working_middle_s")).then(1).otherwise(0)
    found = (
        rows.with_columns(timed=timed, longer=longer, sooner=sooner)
        .group_by(*ROUTE)
        .agg(
            aborted=nw.len(),
            timed=nw.col("timed").sum().cast(nw.Int64),
            longer=nw.col("longer").sum().cast(nw.Int64),
            sooner=nw.col("sooner").sum().cast(nw.Int64),
            waited_s=duration(0.5),
            working=nw.col("working").max(),
            working_middle_s=nw.col("working_middle_s").max(),
            working_high_s=nw.col("working_high_s").max(),
            first_us=nw.col("started_us").min(),
            last_us=nw.col("timestamp_us").max(),
            request_key=nw.col("request_key").min(),
        )
    )
    found = found.join(requests.select("request_key", "file", "line"), on="request_key", how="inner")
    return found.join(left.select(clients=nw.col("client_address").n_unique()), how="cross")


def missing_pages(families: Families) -> LazyFrame:
    """Clients that asked for pages that are not there, or for what scanners ask for: how many requests of each kind they made.

    ``pages``: distinct ones that are not there, parts of pages left out. ``probes``: requests for what scanners ask for.
    """
    requests = once(families["requests"])
    paths = requests.filter(nw.col(STATUS) == _NOT_FOUND)
    paths = paths.with_columns(
        probe=nw.when(nw.col("url_path").str.contains(PROBES)).then(1).otherwise(0),
        page=nw.when(nw.col("url_path").str.contains(_ASSETS)).then(nw.lit(None)).otherwise(nw.col("url_path")),
    )
    asked = paths.group_by("client_address", "file").agg(
        not_found=nw.len(),
        missing_pages=nw.col("page").count(),
        pages=nw.col("page").n_unique(),
        probes=nw.col("probe").sum().cast(nw.Int64),
        line=nw.col("line").min(),
        first_us=nw.col("timestamp_us").min(),
        last_us=nw.col("timestamp_us").max(),
    )
    asked = asked.filter((nw.col("pages") >= _FEWEST_PAGES) | (nw.col("probes") > 0))
    failed = nw.when(nw.col(STATUS) >= _FAILED).then(1).otherwise(0)
    denied = nw.when((nw.col(STATUS) >= _REFUSED) & (nw.col(STATUS) < _FAILED)).then(1).otherwise(0)
    whole = requests.join(asked.select("client_address").unique(), on="client_address", how="semi")
    totals = (
        whole.with_columns(failed=failed, refused=denied)
        .group_by("client_address")
        .agg(requests=nw.len(), failed=nw.col("failed").sum().cast(nw.Int64), refused=nw.col("refused").sum().cast(nw.Int64))
    )
    return asked.join(totals, on="client_address", how="inner")


def probed_paths(families: Families) -> LazyFrame:
    """What scanners ask for and this server does not have: each path with its requests that were not found, or failed."""
    rows = once(families["requests"]).filter((nw.col(STATUS) == _NOT_FOUND) | (nw.col(STATUS) >= _FAILED))
    rows = rows.filter(nw.col("url_path").str.contains(PROBES))
    rows = rows.with_columns(
        missing=nw.when(nw.col(STATUS) == _NOT_FOUND).then(1).otherwise(0),
        failing=nw.when(nw.col(STATUS) >= _FAILED).then(1).otherwise(0),
    )
    found = rows.group_by("url_path").agg(
        not_found=nw.col("missing").sum().cast(nw.Int64), failed=nw.col("failing").sum().cast(nw.Int64)
    )
    return found.filter(nw.col("not_found") > 0)


def refusals(families: Families) -> LazyFrame:
    """How many requests there are, and how many of them were refused (4xx), not found (404), and left by their clients (499)."""
    rows = once(families["requests"]).group_by(STATUS).agg(requests=nw.len())
    return rows.select(STATUS, "requests")


COMPLAINTS: Final = Need(
    "complaints", "complaints", "what people complained of, with times: a table or a list, or --complaint", complaints
)
USERS: Final = Need("users", "complaints", "an application's log that names users and requests", users)
FAILED_USERS: Final = Need("failed_users", "complaints", "an application's log that names users and requests", failed_users)
REFUSED: Final = Need("refused", "complaints", ACCESS_LOG, refused, speaks_of_refusal)
ABORTED_ROUTES: Final = Need("aborted_routes", "requests", ACCESS_LOG, aborted_routes)
MISSING_PAGES: Final = Need("missing_pages", "requests", ACCESS_LOG, missing_pages)
PROBED_PATHS: Final = Need("probed_paths", "requests", ACCESS_LOG, probed_paths)
REFUSALS: Final = Need("refusals", "requests", ACCESS_LOG, refusals)
