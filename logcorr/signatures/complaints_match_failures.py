"""What people complained of fits requests that failed.

Looks for
    failed requests that each complaint fits: up to half an hour before it was written (``Limits``), of the user or the address that it
    names, at the path and with the status that it names. Users are known by what an application logs of their other requests, and by
    their addresses. Of complaints that name nobody the longest delay is learnt from those that do, where at least five do.

Matters because
    it tells whether people speak of this incident, of another one or of something that no log shows. A complaint that fits nothing is an
    answer too.

Can mislead when
    the evidence is short, or many requests fail: then a complaint without a user fits whatever it is about, and its chance says so.
    Users share an address (an office, a load balancer), or change it: those of another address are not found. Complaints of one
    event are not independent, so that the chance of all together is too small. One that speaks of 404 alone is about a page that
    is not there, and never fits a failure.

Evidence given
    the complaints that fit best, with their best request each; against it: complaints that fit none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr import statistics
from logcorr.signatures.complaint_fits import SECOND, Failures, Fit, Report, reports_of
from logcorr.signatures.complaint_words import lies_under
from logcorr.signatures.finding import Citation, Fact, Finding, Matched, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.client_needs import COMPLAINTS, FAILED_USERS, REFUSED, USERS
from logcorr.timeline.needs import FAILED_REQUESTS, TRAFFIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    delay_s: float = 1800.0  # who writes later than half an hour after it says when it was, or speaks of something else
    learn_from: int = 5  # complaints with a user; of fewer the bound of the mean is no better than the half hour
    shown: int = 20  # requests of one complaint
    cited: int = 5  # complaints of each kind


def judge(  # noqa: PLR0913, PLR0917 (one argument a need)
    complaints: pd.DataFrame,
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    users: pd.DataFrame | None,
    owners: pd.DataFrame | None,
    refused: pd.DataFrame | None,
    limits: Limits | None = None,
) -> Sequence[Finding]:
    """One finding for all complaints."""
    limits = limits or Limits()
    complaints = complaints.sort_values(["file", "line"], ignore_index=True)
    covered = traffic["second"]
    window = (int(covered.min()) * SECOND, (int(covered.max()) + 1) * SECOND)
    failures = Failures(failed, owners, users, int(complaints["clients"].max()), window)
    reports = list(reports_of(complaints, window))
    fits = fits_of(reports, failures, limits)
    matched = [len(fit.rows) > 0 for fit in fits]
    matches = {
        (str(row["file"]), int(row["line"])): Matched(
            tuple(cite(failures.rows.iloc[at]) for at in fit.rows[: limits.shown]),
            fit.chance if len(fit.rows) else None,
            None if report.of_failures else fits_refusal(report, failures, refused, limits),
        )
        for (_, row), report, fit in zip(complaints.iterrows(), reports, fits, strict=True)
    }
    facts = facts_of(complaints, reports, fits, failures, matches)
    keys = np.unique(np.concatenate([failures.rows["request_key"].to_numpy()[fit.rows] for fit in fits]).astype(np.int64))
    order = sorted(np.flatnonzero(matched), key=lambda at: (fits[at].by == "time", fits[at].chance, at))[: limits.cited]
    evidence: list[Citation] = []
    for at in order:
        evidence += [cite(complaints.iloc[at]), cite(failures.rows.iloc[fits[at].rows[0]])]
    against = [at for at, report in enumerate(reports) if report.of_failures and not matched[at]][: limits.cited]
    fired = any(matched)
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired" if fired else "clear",
            role="symptom",
            level="medium" if fired else "informational",
            confidence=round(min(0.95, 1 - float(facts["chance"] or 0)), 2) if fired else 0.9,
            start_us=min(int(failures.stamps[fit.rows].min()) for fit in fits if len(fit.rows)) if fired else None,
            end_us=max(int(failures.stamps[fit.rows].max()) for fit in fits if len(fit.rows)) if fired else None,
            facts=facts,
            evidence=tuple(dict.fromkeys(evidence)),
            counter_evidence=tuple(cite(complaints.iloc[at]) for at in against),
            missing=missing(reports, failures),
            explains=keys if fired else np.array([], np.int64),
            matches=matches,
        )
    ]


def fits_of(reports: list[Report], failures: Failures, limits: Limits) -> list[Fit]:
    """What each complaint fits; the delay of those that name nobody is learnt from those that name a user."""
    delay_us = int(limits.delay_s * SECOND)
    named = [failures.belonging(report)[0] == "user" for report in reports]
    fits = {at: failures.fit(report, delay_us) for at, report in enumerate(reports) if named[at]}
    waits = waits_of([reports[at] for at in fits], list(fits.values()), failures)
    if len(waits) >= limits.learn_from:
        delay_us = min(delay_us, int(max(*waits, statistics.longest_wait(waits)) * SECOND))
    return [fits.get(at) or failures.fit(report, delay_us) for at, report in enumerate(reports)]


def waits_of(reports: Sequence[Report], fits: Sequence[Fit], failures: Failures) -> list[float]:
    """How long after the last failed request of their own people wrote, in seconds; only where the time is known to a minute or so."""
    return [
        max(1.0, ((report.start_us + report.end_us) / 2 - int(failures.stamps[fit.rows].max())) / SECOND)
        for report, fit in zip(reports, fits, strict=True)
        if fit.by == "user" and len(fit.rows) and report.timed and report.end_us - report.start_us <= 120 * SECOND
    ]


def fits_refusal(report: Report, failures: Failures, refused: pd.DataFrame | None, limits: Limits) -> bool:
    """Whether a complaint about a refusal (404) fits a request that was refused so."""
    if refused is None:
        return False
    rows = refused[refused["http_response_status_code"].isin(list(report.statuses))]
    rows = rows[(rows["last_us"] >= report.start_us - limits.delay_s * SECOND) & (rows["first_us"] <= report.end_us + SECOND)]
    if report.user in failures.known:
        rows = rows[rows["client_address"].isin(failures.homes.get(str(report.user), set()))]
    elif report.address:
        rows = rows[rows["client_address"] == report.address]
    paths = rows["url_path"].astype("string").fillna("").unique()
    return any(not report.paths or any(lies_under(path, named) for named in report.paths) for path in paths)


def facts_of(
    complaints: pd.DataFrame,
    reports: list[Report],
    fits: list[Fit],
    failures: Failures,
    matches: dict[tuple[str, int], Matched],
) -> dict[str, Fact]:
    """How many fit, how many would by chance, and an example."""
    about = [fit for report, fit in zip(reports, fits, strict=True) if report.of_failures]
    fitting = [at for at, fit in enumerate(fits) if len(fit.rows)]
    chances = [fit.chance for fit in about]
    waits = waits_of(reports, fits, failures)
    best = min(fitting, key=lambda at: (fits[at].by == "time", fits[at].chance, at), default=None)
    request = failures.rows.iloc[fits[best].rows[0]] if best is not None else None
    stamps = [int(failures.stamps[fits[at].rows[0]]) for at in fitting]
    return {
        "complaints": len(reports),
        "matching": len(fitting),
        "unmatched": len(about) - len(fitting),
        "matched_by_user": sum(fits[at].by == "user" for at in fitting),
        "chance": float(f"{statistics.chance_of_at_least(len(fitting), chances):.3g}") if fitting else None,
        "expected_by_chance": round(sum(chances), 2),
        "about_refusals": len(reports) - len(about),
        "fitting_refusals": sum(bool(each.refused) for each in matches.values()),
        "without_time": sum(not report.timed for report in reports),
        "delay_s": round(float(np.median(waits)), 1) if waits else None,
        "first_at": iso(min(stamps)) if stamps else None,
        "last_at": iso(max(stamps)) if stamps else None,
        "example": None if best is None else str(complaints.iloc[best]["body"]),
        "example_request": None
        if request is None
        else f"{request['http_request_method']} {request['url_path']} {int(request['http_response_status_code'])}",
    }


def missing(reports: list[Report], failures: Failures) -> tuple[str, ...]:
    """What would tell more."""
    unknown = sum(bool(report.of_failures and report.user and report.user not in failures.known) for report in reports)
    untimed = sum(not report.timed for report in reports)
    return (
        *((f"the requests of the users of {unknown} complaints: {USERS.missing}",) if unknown and len(failures.rows) else ()),
        *((f"when {untimed} complaints were made",) if untimed else ()),
    )


SIGNATURE: Final = Signature(
    name="complaints_match_failures",
    role="symptom",
    title="complaints that fit failed requests",
    claim="{matching} of {complaints} complaints fit failed requests; by chance {expected_by_chance} would",
    judge=judge,
    needs={"complaints": COMPLAINTS, "failed": FAILED_REQUESTS, "traffic": TRAFFIC},
    improves={"users": USERS, "owners": FAILED_USERS, "refused": REFUSED},
)
