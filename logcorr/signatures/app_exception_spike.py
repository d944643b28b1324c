"""The application fails requests with errors of its own code, and it did not before.

Looks for
    errors of the application that belong to failing requests (by request id, by method, path and second, by the connection where PHP
    sends them to the web server; else by the second alone), far more often than to working ones; and, where a deploy or a change is
    known, more often after it than before (Fisher's exact test). Each error counts for what it speaks of: those of a database that is
    down, a full disk, a missing column are left to the signatures of these, with the requests that have one.

Matters because
    the answer is the application's own: web server, sockets and services are sound, and a rollback or a fix of the code ends it.

Can mislead when
    errors speak of files or modules that are not there (``points_to``): then the release may be incomplete, or old code may run beside
    it; there were errors before at the same rate; an application logs errors for requests it answers well; errors that name no request
    fall in the seconds of failures that are not theirs (``matched_by``, ``chance``).

Evidence given
    the first error's head and its exception line, the last error, the first failing access line, the deploy before it; against
    it: errors of the same kind from before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.signatures.application_errors import Evidence, Limits, finding_of, joined, routes_of, share, untimed
from logcorr.signatures.finding import Finding, Signature
from logcorr.timeline.needs import APPLICATION_ERRORS, DEPLOYS, FAILED_REQUESTS, TRAFFIC

if TYPE_CHECKING:
    import pandas as pd


def judge(
    errors: pd.DataFrame,
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    deploys: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for all errors that belong to failing requests; the most frequent kind gives it its name."""
    given = Evidence(failed, traffic, deploys, limits or Limits())
    own = share(errors, "own", "files")
    found = joined(own, given)
    if found is None:
        return untimed(SIGNATURE.name, own, failed)
    of_files = (found.errors["subject"] == "files").mean() > 0.5  # noqa: PLR2004 (most of them)
    return [
        finding_of(
            SIGNATURE.name,
            found,
            given,
            {"points_to": "files" if of_files else None},
            remedy=("roll back to the release before, or fix the code at the line that the traceback names",),
            verify=("count the error in the application's log for some minutes after the change",),
            places=frozenset(routes_of(found.requests).index),
        )
    ]


SIGNATURE: Final = Signature(
    name="app_exception_spike",
    role="cause",
    title="errors of the application",
    claim="the application fails {requests} of {failed} failed requests with errors that it logs, most of them {exception}",
    judge=judge,
    needs={"errors": APPLICATION_ERRORS, "failed": FAILED_REQUESTS, "traffic": TRAFFIC},
    improves={"deploys": DEPLOYS},
)
