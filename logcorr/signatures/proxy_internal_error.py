"""The web server made an error by itself, without asking the application, or before it could.

Looks for
    failed requests whose error line says so (a rewrite or redirection cycle, a request body that cannot be written to its folder, a failed
    ``auth_request``, an address that a variable did not give, a name that could not be resolved, a static file that cannot be opened),
    or whose access line says that they were passed on to nobody (``$upstream_addr`` is ``-``) and yet answered with 5xx: not with what
    a configured limit (``limit_req``, ``limit_conn``) answers, which looks alike where no error line tells.

Matters because
    the application's log is silent and its metrics are green; the fault is in the web server's configuration, folders or name service.

Can mislead when
    ``return 503`` of a maintenance page, or a limit that turns people away (``rate_limited``), is meant so; an error that comes from
    a cache was made by the application once. For a failed ``auth_request`` the service that it asks is at fault: what became of that
    service is another finding's.

Evidence given
    the first and the last error line and access line, and for ``auth_request`` the line that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from logcorr.signatures.by_upstream import ends, error_line, quoted, routes_of, statuses
from logcorr.signatures.failures import kinds, own_pages
from logcorr.signatures.finding import Fact, Finding, Signature, cite, text
from logcorr.signatures.moments import iso
from logcorr.signatures.proxy_limits import limits_answer, of_limits
from logcorr.timeline.needs import FAILED_REQUESTS, SETTINGS
from logcorr.timeline.proxy_needs import AUTH_REFUSALS, PROXY_COMPLAINTS

if TYPE_CHECKING:
    from collections.abc import Hashable

SECOND: Final = 1_000_000
#: the proxy's line -> what it could not do
REASONS: Final = {
    "request.redirect_cycle": "redirect_cycle",
    "request.body_temp_failed": "body_not_written",
    "request.auth_failed": "auth_request",
    "request.file_failed": "file_not_opened",
    "upstream.unresolved": "name_not_resolved",
    "upstream.address_invalid": "address_invalid",
    "upstream.request_invalid": "request_invalid",
}
_LOOK: Final = {
    "redirect_cycle": "nginx -T | grep -nE 'try_files|rewrite|error_page'  # which of them leads back to itself?",
    "auth_request": "nginx -T | grep -n -A3 'auth_request'  # which service does it ask?",
    "name_not_resolved": "nginx -T | grep -n 'resolver'",
    "address_invalid": "nginx -T | grep -nE '(proxy|fastcgi|uwsgi)_pass .*[$]'  # what sets the variable?",
    "request_invalid": "nginx -T | grep -nE '(proxy|fastcgi)_(pass|param)'",
    "starved": "nginx -T | grep -nE 'worker_connections|worker_rlimit_nofile'",
}


def judge(
    failed: pd.DataFrame, auth: pd.DataFrame | None, met: pd.DataFrame | None, settings: pd.DataFrame | None
) -> list[Finding]:
    """One finding for each thing that it could not do, on each host."""
    if met is not None:
        failed = failed[~failed["request_key"].isin(of_limits(failed, met))]
    how = kinds(failed)
    asked = of_auth(failed, auth)
    reason = failed["error_name"].astype("string").map(REASONS).astype(object).where(how == "alone", "").fillna("")
    reason = reason.mask(how == "starved", "starved").mask(asked.notna(), "auth_request")
    # other proxies leave the address out for reasons of their own
    unsaid = reason.isin(["", "starved"]) & ~failed["source"].astype("string").str.startswith(("nginx", "access_")).fillna(
        value=False
    )
    # where a limit is configured, its answer and an error of nginx look alike without an error line
    unsaid |= (reason == "") & failed["http_response_status_code"].isin(limits_answer(settings))
    rows = failed[(how.isin(["alone", "starved"]) | asked.notna()) & ~unsaid]
    if rows.empty:
        return []
    several = len(rows["host_name"].dropna().unique()) > 1
    hosts = rows["host_name"].fillna("") if several else pd.Series("", index=rows.index)
    groups = rows.groupby([reason[rows.index], hosts], sort=True)
    return [of_reason(why, str(host), part, auth, asked) for (why, host), part in groups]


def of_auth(failed: pd.DataFrame, auth: pd.DataFrame | None) -> pd.Series:
    """For each request that failed by ``auth_request`` the event that says so; missing for all others.

    The line of the service that was asked comes first, and is the one that is known as the request's error.
    """
    nothing = pd.Series(pd.NA, index=failed.index, dtype="Int64")
    if auth is None or auth.empty:
        return nothing
    names = ["http_request_method", "url_path"]
    names += ["client_address"] if failed["client_address"].notna().any() else []
    left = failed[[*names, "timestamp_us", "started_us"]].astype(dict.fromkeys(names, "string")).reset_index(names="row")
    right = auth[[*names, "event_id", "timestamp_us"]].astype(dict.fromkeys(names, "string"))
    pairs = left.merge(right, on=names, suffixes=("", "_said"))
    said = pairs["timestamp_us_said"]
    near = pairs[(said >= pairs["started_us"] - 2 * SECOND) & (said <= pairs["timestamp_us"] + 2 * SECOND)]
    nothing.update(near.groupby("row")["event_id"].min().astype("Int64"))
    return nothing


def of_reason(why: Hashable, host: str, rows: pd.DataFrame, auth: pd.DataFrame | None, asked: pd.Series) -> Finding:
    """The finding of one reason; it is empty where nothing is logged."""
    rows = rows.sort_values(["timestamp_us", "request_key"])
    told = rows[rows["error_event_id"].notna()]
    start, end = int(rows["started_us"].min()), int(rows["timestamp_us"].max())
    details = told["error_detail"].dropna().value_counts().sort_index().sort_values(ascending=False, kind="stable")
    detail = str(details.index[0]) if len(details) else None
    errno = told["error_errno"].dropna()
    upstreams = told["error_upstream"].dropna().value_counts()
    facts: dict[str, Fact] = {
        "reason": str(why) or None,
        "detail": detail,
        "errno": int(errno.mode().iloc[0]) if len(errno) else None,
        "asked": str(upstreams.index[0]) if len(upstreams) and why == "auth_request" else None,
        "requests": len(rows),
        "told": len(told),
        "uploads": int(rows["http_request_method"].astype("string").isin(["POST", "PUT", "PATCH"]).sum()),
        "status": statuses(rows),
        "own_page": int(own_pages(rows).sum()) if rows["http_response_body_size"].notna().any() else None,
        **routes_of(rows),
        "matched_by": "request" if len(told) else "fields",
        "first_at": iso(start),
        "last_at": iso(end),
        **({"host": host} if host else {}),
    }
    refusals = auth[auth["event_id"].isin(asked.dropna())].sort_values("event_id").head(1) if auth is not None else told.head(0)
    shown = refusals if why == "auth_request" else refusals.head(0)
    cited = [*(cite(row) for _, row in shown.iterrows()), *map(error_line, ends(told)), *map(cite, ends(rows))]
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="high" if why else "medium",
        confidence=0.95 if why else 0.7,
        start_us=start,
        end_us=end,
        subject=subject_of(str(why), detail, facts),
        facts=facts,
        evidence=tuple(dict.fromkeys(cited)),
        remedy=remedy(str(why), detail),
        verify=("tail -f /var/log/nginx/error.log  # no new lines of this kind",),
        missing=() if why else ("nginx's error log for that time, which would say what it could not do",),
        explains=rows["request_key"].to_numpy(),
        places=frozenset({"nginx.service"} | ({str(facts["asked"])} if facts["asked"] else set())),
        host=host,
    )


def subject_of(why: str, detail: str | None, facts: dict[str, Fact]) -> str:
    """What it is about: the folder, the service that was asked, the route."""
    if why == "body_not_written" and detail:
        return folder_of(detail)
    return str(facts["asked"] or facts["route"] or "")


def folder_of(path: str) -> str:
    """The folder for bodies that a temporary file is in: ``/var/lib/nginx/body/1/00/0000000001`` -> ``/var/lib/nginx/body``."""
    parts = path.split("/")
    while len(parts) > 2 and parts[-1].isdigit():  # noqa: PLR2004 (the root is no part)
        parts.pop()
    return "/".join(parts)


def remedy(why: str, detail: str | None) -> tuple[str, ...]:
    """What to look at, made for the case."""
    path = text(detail)
    if why == "body_not_written" and path:
        folder = quoted(folder_of(path))
        return (f"namei -l {folder}  # may nginx's user write there?", f"df -h {folder}; df -i {folder}")
    if why == "file_not_opened" and path:
        return (f"namei -l {quoted(path)}", f"df -h {quoted(path)}")
    return (_LOOK.get(why, "nginx -T | grep -nE 'return 5|error_page|limit_req|limit_conn'"),)


SIGNATURE: Final = Signature(
    name="proxy_internal_error",
    role="cause",
    title="errors that the web server makes by itself",
    claim="nginx answered {requests} requests with {status} by itself, without the application: {reason}",
    judge=judge,
    needs={"failed": FAILED_REQUESTS},
    improves={"auth": AUTH_REFUSALS, "met": PROXY_COMPLAINTS, "settings": SETTINGS},
)
