"""The application fails requests with errors that it logs, and it did not before.

Looks for
    errors of the application that belong to failing requests (by request id, by method, path and second, else by the second alone), far
    more often than to working ones; and, where a deploy or a change is known, more often after it than before (Fisher's exact
    test).

Matters because
    the answer is the application's own: web server, sockets and services are sound, and a rollback or a fix of the code ends it.

Can mislead when
    the errors speak of something else (a database that is down, a full disk, a missing column after a deploy): then the application
    is the messenger, ``points_to`` says of what, and the diagnosis does not name it as the cause; errors that were there before at
    the same rate; an application that logs errors for requests it answers well.

Evidence given
    the first error's head and its exception line, the last error, the first failing access line, the deploy before it; against
    it: errors of the same kind from before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from logcorr import statistics
from logcorr.signatures.finding import Fact, Finding, Signature, cite, text
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import APPLICATION_ERRORS, DEPLOYS, FAILED_REQUESTS, TRAFFIC

SECOND: Final = 1_000_000

#: words of errors that an application logs but does not make: what it points to -> what is sought in type and message.
#: Texts: errno(3), libpq, PDO, PHP, Node's and Python's own.
ELSEWHERE: Final = {
    "dependency": r"(?i)ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|connection (?:refused|reset|timed out)|could not connect"
    r"|Temporary failure in name resolution|Name or service not known|server has gone away|Lost connection|too many (?:connections|clients)"
    r"|OperationalError|ConnectionError|ConnectionRefused|ConnectionTimeout|(?:read|connect|query|operation) timed out"
    r"|SQLSTATE\[(?:HY000|08)",
    "disk": r"(?i)No space left on device|ENOSPC|Read-only file system|EROFS|Disk quota exceeded",
    "file_descriptors": r"(?i)Too many open files|EMFILE|ENFILE",
    "schema": r"(?i)Unknown column|Base table or view not found|no such (?:column|table)|UndefinedColumn|UndefinedTable"
    r"|SQLSTATE\[42|(?:column|relation) .{1,80} does not exist|Migrations are pending|PendingMigration",
    "files": r"(?i)Failed opening required|Failed to open stream|Unable to open primary script|ENOENT"
    r"|No such file or directory|ModuleNotFoundError|Cannot find module",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    significant: float = statistics.SIGNIFICANT
    window_s: float = 2.0  # an error is logged while its request runs; both clocks may be one second coarse
    deploy_window_s: float = 600.0  # new code shows its faults within minutes of traffic


def judge(
    errors: pd.DataFrame,
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    deploys: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for all errors that belong to failing requests; the most frequent kind gives it its name."""
    limits = limits or Limits()
    timed = errors[errors["timestamp_us"].notna()].sort_values(["timestamp_us", "event_id"], ignore_index=True)
    if timed.empty and len(errors) and len(failed):
        missing = (
            f"the times of {len(errors)} errors that the application logged without any: a time in each line of its log",
        )
        return [Finding(SIGNATURE.name, "not_evaluable", "cause", missing=missing)]
    errors = timed
    if errors.empty or failed.empty:
        return []
    keys = errors["request_key"]
    matched = failed[failed["request_key"].isin(keys.dropna())]
    by = "request"
    if matched.empty and keys.isna().all():
        matched, by = in_same_second(errors, failed, traffic, limits), "second"
    if matched.empty:
        return []
    own = errors[keys.isin(matched["request_key"])] if by == "request" else errors
    total, failing = int(traffic["requests"].sum()), len(failed)
    working_with_error = int(keys.dropna()[~keys.dropna().isin(failed["request_key"])].nunique())
    chance = statistics.chance_of_more(len(matched), failing, working_with_error, max(total - failing, working_with_error))
    if chance >= limits.significant:
        return []
    start, end = int(matched["started_us"].min()), int(matched["timestamp_us"].max())
    kinds = own["exception_type"].fillna(own["body"].str.split("\n").str[0]).value_counts()
    first, last = own.iloc[0], own.iloc[-1]
    deploy, compared = before_and_after(errors, traffic, deploys, limits)
    routes = (matched["http_request_method"].astype("string") + " " + matched["http_route"].astype("string")).value_counts()
    facts: dict[str, Fact] = {
        "exception": str(kinds.index[0]),
        "message": text(first["exception_message"]),
        "errors": len(own),
        "kinds": len(kinds),
        "requests": len(matched),
        "failed": failing,
        "matched_by": by,
        "working_with_error": working_with_error,
        "chance": chance,
        "route": str(routes.index[0]) if len(routes) else None,
        "routes": len(routes),
        "points_to": points_to(own),
        "first_at": iso(start),
        "last_at": iso(end),
        **compared,
    }
    evidence = [
        cite(first, first_line(first["body"]), exception_line(first)),
        cite(last, first_line(last["body"]), exception_line(last)),
    ]
    evidence += [cite(first_of_kind, exception_line(first_of_kind)) for first_of_kind in other_messages(own)]
    evidence.append(cite(matched.sort_values(["timestamp_us", "request_key"]).iloc[0]))
    if deploy is not None:
        evidence.append(cite(deploy))
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired",
            role="cause",
            level="high",
            confidence=0.95 if by == "request" else 0.7,
            start_us=int(first["timestamp_us"]),
            end_us=end,
            subject=str(facts["route"] or ""),
            facts=facts,
            evidence=tuple(dict.fromkeys(evidence)),
            remedy=("roll back to the release before, or fix the code at the line that the traceback names",),
            verify=("count the error in the application's log for some minutes after the change",),
            explains=matched["request_key"].to_numpy(),
            places=frozenset(routes.index),
        )
    ]


def in_same_second(errors: pd.DataFrame, failed: pd.DataFrame, traffic: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Failing requests with an error in the same moment, where no error names a request; none if chance would do as well."""
    stamps = np.sort(errors["timestamp_us"].to_numpy())
    slack = int(limits.window_s * SECOND)

    def near(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        return np.searchsorted(stamps, end + slack, "right") > np.searchsorted(stamps, start - slack)

    hit = near(failed["started_us"].to_numpy(), failed["timestamp_us"].to_numpy())
    seconds = traffic["second"].to_numpy() * SECOND
    working = (traffic["requests"] - traffic["failed"]).to_numpy()
    beside = near(seconds, seconds + SECOND)
    chance = statistics.chance_of_more(int(hit.sum()), len(hit), int(working[beside].sum()), int(working.sum()))
    return failed[hit] if chance < limits.significant else failed.iloc[:0]


def before_and_after(
    errors: pd.DataFrame, traffic: pd.DataFrame, deploys: pd.DataFrame | None, limits: Limits
) -> tuple[pd.Series | None, dict[str, Fact]]:
    """Errors and requests on both sides of the deploy that the errors follow; ``change_chance`` of so much more by chance.

    Where they follow none, a deploy with as many errors before it as after it counts: it shows that they are not new. Without either
    there is no moment that was not picked by looking at the errors: then nothing is compared.
    """
    names = ("release", "before_errors", "before_requests", "after_errors", "after_requests", "change_chance")
    nothing: dict[str, Fact] = dict.fromkeys(names)
    if deploys is None:
        return None, nothing
    begun = [row for _, row in deploys[deploys["started_us"].notna()].sort_values("started_us").iterrows()]
    later = errors["timestamp_us"].to_numpy()
    # the deploy that the bulk of the errors follows: at most a tenth of them may be older
    fitting = [row for row in begun if (later < row["started_us"] - SECOND).mean() < 0.1]  # noqa: PLR2004
    around = [row for row in begun if later.min() < row["started_us"] <= later.max()]
    if not fitting and not around:
        return None, nothing
    deploy = fitting[-1] if fitting else around[-1]
    edge = int(deploy["started_us"])
    before, after = traffic["second"] * SECOND < edge - SECOND, traffic["second"] * SECOND >= edge
    counts = {
        "before_errors": int((errors["timestamp_us"] < edge).sum()),
        "before_requests": int(traffic.loc[before, "requests"].sum()),
        "after_errors": int((errors["timestamp_us"] >= edge).sum()),
        "after_requests": int(traffic.loc[after, "requests"].sum()),
    }
    old = counts["before_errors"], max(counts["before_requests"], counts["before_errors"])
    new = counts["after_errors"], max(counts["after_requests"], counts["after_errors"])
    chance = statistics.chance_of_more(*new, *old)
    if not fitting and min(chance, statistics.chance_of_more(*old, *new)) < limits.significant:
        return None, nothing
    said = deploys[(deploys["service_version"] == deploy["service_version"]) & (deploys["deployment_status"] == "completed")]
    facts: dict[str, Fact] = {
        "release": text(deploy["service_version"]),
        **counts,
        "change_chance": chance if counts["before_requests"] else None,
    }
    return (said.iloc[0] if len(said) else deploy), facts


def points_to(own: pd.DataFrame) -> str | None:
    """What most of the errors say is at fault, where that is not the application's code."""
    words = own["exception_type"].fillna("") + ": " + own["exception_message"].fillna(own["body"])
    for what, pattern in ELSEWHERE.items():
        if words.str.contains(pattern, regex=True).mean() > 0.5:  # noqa: PLR2004 (most of them)
            return what
    return None


def first_line(body: object) -> str:
    """The head of an event of several lines."""
    return str(body).partition("\n")[0]


def exception_line(row: pd.Series) -> str | None:
    """The line that names the exception."""
    kind, message = text(row["exception_type"]), text(row["exception_message"])
    if kind is None:
        return None
    return f"{kind}: {message}".partition("\n")[0] if message else kind


def other_messages(own: pd.DataFrame) -> list[pd.Series]:
    """The first error of each further message, at most two."""
    message = own["exception_message"].fillna("")
    firsts = own.loc[message.drop_duplicates().index]
    return [row for _, row in firsts.iloc[1:3].iterrows()]


SIGNATURE: Final = Signature(
    name="app_exception_spike",
    role="cause",
    title="errors of the application",
    claim="the application fails {requests} of {failed} failed requests with errors that it logs, most of them {exception}",
    judge=judge,
    needs={"errors": APPLICATION_ERRORS, "failed": FAILED_REQUESTS, "traffic": TRAFFIC},
    improves={"deploys": DEPLOYS},
)
