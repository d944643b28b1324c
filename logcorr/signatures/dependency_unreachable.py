"""The application cannot use a service that it depends on: a database, a cache, a queue, another HTTP service.

Looks for
    errors of the application that belong to failing requests and say that a service refused the connection, was not found, timed out,
    went away, had no connection left (or the application's pool had none), was read-only or not ready, far more often than for
    requests that went well (Fisher's exact test). Each error counts for what it says, and each service is judged by itself.

Matters because
    the application is only the messenger: neither a rollback nor a restart of it helps while the service behind it does not answer.

Can mislead when
    an error of the application's own code quotes such words (a ``ValueError`` about a text that says "connection refused"), or repeats
    a statement that holds them: such are not counted; a pool runs out since the new code holds its connections too long (``change_chance``:
    it began with the deploy); the application retries with success and logs every try.

Evidence given
    the first error's head and the line that names it, the last error, the first failing access line.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from logcorr.signatures.application_errors import Evidence, Joined, Limits, finding_of, joined, share, untimed, upstreams_of
from logcorr.signatures.by_upstream import quoted
from logcorr.signatures.dependencies import address, connection, refusal, system
from logcorr.signatures.error_subjects import words
from logcorr.signatures.finding import Finding, Signature
from logcorr.timeline.needs import APPLICATION_ERRORS, DEPLOYS, FAILED_REQUESTS, TRAFFIC


def judge(
    errors: pd.DataFrame,
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    deploys: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for each service that is told apart."""
    given = Evidence(failed, traffic, deploys, limits or Limits())
    own = told(share(errors, "dependency"))
    findings = [
        of_dependency(str(name), found, given)
        for name, rows in own.groupby("dependency", sort=True)
        if (found := joined(rows, given))
    ]
    return findings or untimed(SIGNATURE.name, own, failed)


def told(errors: pd.DataFrame) -> pd.DataFrame:
    """The errors with what they tell of the service; ``dependency`` is its kind, else its address, else empty."""
    said = words(errors)
    known = {text: (system(text), address(text) or connection(text), refusal(text)) for text in said.unique()}
    columns = pd.DataFrame(
        [known[text] for text in said], columns=["system", "address", "refusal"], index=errors.index, dtype=object
    )
    whole = errors.assign(**columns)
    kind = whole["system"].where(whole["system"] != "http")
    return whole.assign(dependency=kind.fillna(whole["address"]).fillna(whole["system"]).fillna(""))


def of_dependency(name: str, found: Joined, given: Evidence) -> Finding:
    """The finding of one service."""
    own = found.errors
    addresses = own["address"].dropna().value_counts()
    refusals = own["refusal"].dropna().value_counts()
    where = str(addresses.index[0]) if len(addresses) else None
    kinds = own["system"].dropna()
    return finding_of(
        SIGNATURE.name,
        found,
        given,
        {
            "dependency": where or name or None,
            "system": str(kinds.iloc[0]) if len(kinds) else None,
            "addresses": len(addresses),
            "refusal": str(refusals.index[0]) if len(refusals) else None,
            "refusals": ", ".join(refusals.index) or None,
        },
        subject=where or name,
        remedy=remedy(where),
        verify=("count the error in the application's log for some minutes after the change",),
        places=frozenset(addresses.index) | upstreams_of(found.requests),
    )


def remedy(where: str | None) -> tuple[str, ...]:
    """What to look at: whether it runs, and whether it can be reached from the application's host."""
    if where is None:
        return ("look at the state and the log of the service that the errors name",)
    if where.startswith("unix:"):
        return (f"ss -lx | grep -F {quoted(where.removeprefix('unix:'))}",)
    host, _, port = where.rpartition(":")
    if port.isdigit():
        return (
            f"nc -vz {quoted(host.strip('[]'))} {port}  # from the application's host",
            f"ss -ltnp | grep -F {quoted(':' + port)}",
        )
    return (f"getent hosts {quoted(where)}  # from the application's host",) if "." in where else ()


SIGNATURE: Final = Signature(
    name="dependency_unreachable",
    role="cause",
    title="a service that the application depends on and cannot use",
    claim="the application fails {requests} of {failed} failed requests since it cannot use {dependency}: {refusal}",
    judge=judge,
    needs={"errors": APPLICATION_ERRORS, "failed": FAILED_REQUESTS, "traffic": TRAFFIC},
    improves={"deploys": DEPLOYS},
)
