"""A disk takes nothing more: it is full, over its quota, or was made read-only.

Looks for
    errors of the application that belong to failing requests and say so (``ENOSPC``, ``EROFS``, ``EDQUOT``), far more often than
    for requests that went well (Fisher's exact test); failed requests whose error line of nginx says so (it could not buffer a body or
    an answer).
    Beside them what databases, other services and the kernel say of it, and file systems that ``df`` shows at 100 %.

Matters because
    everything that writes fails at once, logs among it: what follows may leave no trace, and restarts make it no better.

Can mislead when
    images of packages (``/snap``) are always at 100 %; a disk was full and nothing that people asked for had to write: then it is
    context; inodes ran out (``df -i``), which gives the same message while ``df`` shows space; the message stands in a
    statement that an error repeats.

Evidence given
    the first and the last error, the first failed access line, the first line of each other log that speaks of it, and the line of ``df``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from logcorr.signatures.application_errors import Evidence, Limits, finding_of, joined, routes_of, share, upstreams_of
from logcorr.signatures.by_upstream import error_line, quoted
from logcorr.signatures.error_subjects import words
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import APPLICATION_ERRORS, DEPLOYS, FAILED_REQUESTS, STATES, TRAFFIC
from logcorr.timeline.resource_needs import DISK_SIGNS, NO_WRITE

if TYPE_CHECKING:
    from collections.abc import Iterable

REASONS: Final = {"read_only": r"(?i)read-only", "quota": r"(?i)quota", "no_space": r"(?i)no space|full|ENOSPC"}
_OF_ERRNO: Final = {28: "no_space", 30: "read_only", 122: "quota"}
_PATH: Final = r"['\"(](/[^'\"()]+)['\"):]"


def judge(  # noqa: PLR0913, PLR0917 (its needs)
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    errors: pd.DataFrame | None,
    signs: pd.DataFrame | None,
    states: pd.DataFrame | None,
    deploys: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for all that speaks of it: a cause with the requests that failed by it, context without any."""
    given = Evidence(failed, traffic, deploys, limits or Limits())
    told = signs.sort_values(["first_us", "event_id"]) if signs is not None else pd.DataFrame()
    full = full_mounts(states)
    failed = failed.sort_values(["timestamp_us", "request_key"])
    by_proxy = failed[failed["error_errno"].isin(NO_WRITE) & (failed["error_name"].astype("string") != "upstream.stderr")]
    found = joined(share(errors, "disk"), given) if errors is not None else None
    texts = [*(told["body"] if len(told) else ()), *(words(found.errors) if found else ())]
    facts = about(texts, by_proxy, full)
    cited = [*(cite(row) for _, row in told.head(4).iterrows()), *(cite(row) for _, row in full.head(2).iterrows())]
    remedy = ("df -h", "df -i", *((f"du -xh {quoted(str(facts['mount']))} | sort -h | tail",) if facts["mount"] else ()))
    if found:
        finding = finding_of(
            SIGNATURE.name, found, given, facts, subject=place_of(facts), remedy=remedy, verify=("df -h",), cited=cited
        )
        more = by_proxy[~by_proxy["request_key"].isin(finding.explains)]
        rows = pd.concat([found.requests, more]) if len(more) else found.requests
    elif len(by_proxy):
        rows, finding = by_proxy, of_proxy(by_proxy, facts, remedy, cited)
    elif len(told) or len(full):
        return [context(told, full, facts, remedy, cited)]
    else:
        return []
    places = upstreams_of(rows) | ({str(facts["mount"])} if facts["mount"] else set())
    return [
        replace(finding, explains=rows["request_key"].to_numpy(), facts={**finding.facts, "requests": len(rows)}, places=places)
    ]


def about(texts: Iterable[str], by_proxy: pd.DataFrame, full: pd.DataFrame) -> dict[str, Fact]:
    """Why nothing can be written, where, and what ``df`` says of it."""
    texts = list(texts)
    said = [reason for text in texts for reason, pattern in REASONS.items() if re.search(pattern, text)][:1]
    numbers = by_proxy["error_errno"].dropna()
    by_number = _OF_ERRNO.get(int(numbers.iloc[0])) if len(numbers) else None
    paths = [hit[1] for text in texts if (hit := re.search(_PATH, text))]
    paths += [str(path) for path in by_proxy["error_detail"].dropna() if str(path).startswith("/")]
    mounts = sorted(full["subject"], key=len, reverse=True) if len(full) else []
    holds = [mount for mount in mounts if paths and (paths[0] + "/").startswith(mount.rstrip("/") + "/")]
    mount = holds[0] if holds else mounts[0] if len(mounts) == 1 else None
    return {
        "reason": by_number or (said[0] if said else "no_space"),
        "path": paths[0] if paths else None,
        "mount": mount,
        "full": str(full.loc[full["subject"] == mount, "status"].iloc[0]) if mount else None,
    }


def place_of(facts: dict[str, Fact]) -> str:
    """What a finding is about: where it is mounted, else a path on it."""
    return str(facts["mount"] or facts["path"] or "")


def full_mounts(states: pd.DataFrame | None) -> pd.DataFrame:
    """File systems that ``df`` shows at 100 %, but for images, which are made full."""
    if states is None:
        return pd.DataFrame()
    rows = states[(states["status"].astype("string") == "100%").fillna(value=False)]
    image = rows["subject"].astype("string").str.startswith("/snap") | rows["body"].astype("string").str.contains(
        r"^(?:/dev/loop|/dev/sr)|squashfs|iso9660", regex=True
    )
    return rows[~image.fillna(value=False)].sort_values(["file", "line"])


def of_proxy(rows: pd.DataFrame, facts: dict[str, Fact], remedy: tuple[str, ...], cited: list[Citation]) -> Finding:
    """The finding where only nginx's error log has requests that failed by it."""
    start, end = int(rows["started_us"].min()), int(rows["timestamp_us"].max())
    routes = routes_of(rows)
    shared: dict[str, Fact] = {
        "requests": len(rows),
        "matched_by": "request",
        "logged_by": "nginx_error",
        "route": str(routes.index[0]) if len(routes) else None,
        "first_at": iso(start),
        "last_at": iso(end),
    }
    evidence = (error_line(rows.iloc[0]), error_line(rows.iloc[-1]), cite(rows.iloc[0]), *cited)
    return Finding(
        SIGNATURE.name,
        "fired",
        "cause",
        "critical",
        0.95,
        start,
        end,
        place_of(facts),
        {**shared, **facts},
        tuple(dict.fromkeys(evidence)),
        remedy=remedy,
        verify=("df -h",),
    )


def context(
    told: pd.DataFrame, full: pd.DataFrame, facts: dict[str, Fact], remedy: tuple[str, ...], cited: list[Citation]
) -> Finding:
    """A disk takes nothing more, and no failed request is known to be of it."""
    start = int(told["first_us"].min()) if len(told) else None
    end = int(told["last_us"].max()) if len(told) else None
    shared: dict[str, Fact] = {
        "requests": 0,
        "matched_by": "time",
        "logged_by": str(told["source"].iloc[0]) if len(told) else str(full["source"].iloc[0]),
        "first_at": iso(start) if start else None,
        "last_at": iso(end) if end else None,
    }
    return Finding(
        SIGNATURE.name,
        "fired",
        "context",
        "medium" if len(told) else "low",
        0.8,
        start,
        end,
        place_of(facts),
        {**shared, **facts},
        tuple(dict.fromkeys(cited)),
        remedy=remedy,
        verify=("df -h",),
    )


SIGNATURE: Final = Signature(
    name="disk_full",
    role="cause",
    title="a disk that takes nothing more",
    claim="a disk takes nothing more ({reason}): {requests} requests failed by it",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC},
    improves={"errors": APPLICATION_ERRORS, "signs": DISK_SIGNS, "states": STATES, "deploys": DEPLOYS},
)
