"""The application's side of file descriptors that ran out: errors that say so, and the requests that failed with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.signatures.application_errors import Evidence, Limits, finding_of, joined, share, upstreams_of
from logcorr.signatures.error_subjects import words

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.signatures.finding import Finding

NAME: Final = "file_descriptors_exhausted"


def of_application(
    errors: pd.DataFrame | None,
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    deploys: pd.DataFrame | None = None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for all errors that say so (``EMFILE``, ``ENFILE``) and belong to failing requests; ``scope`` says whose limit it is."""
    if errors is None:
        return []
    given = Evidence(failed, traffic, deploys, limits or Limits())
    found = joined(share(errors, "file_descriptors"), given)
    if found is None:
        return []
    of_system = words(found.errors).str.contains(r"ENFILE|in system", regex=True).any()
    remedy = (
        ("cat /proc/sys/fs/file-nr",)
        if of_system
        else ("grep 'open files' /proc/PID/limits  # of the application's process", "ls /proc/PID/fd | wc -l")
    )
    facts = {"scope": "system" if of_system else "process", "side": "application"}
    return [finding_of(NAME, found, given, dict(facts), remedy=remedy, places=upstreams_of(found.requests))]
