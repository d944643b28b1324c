"""The code and the database's schema do not fit: a column or a table is unknown, or migrations wait.

Looks for
    errors of the application that belong to failing requests and say that a column, table or relation is unknown or that migrations are
    pending, far more often than for requests that went well (Fisher's exact test); where a deploy is known, whether they came with it.

Matters because
    which of the two must move depends on who complains: the new release (its migration did not run) or the old one (the migration ran
    while old code still serves).

Can mislead when
    a report or a person's own query names a column that never was (before the deploy as often as after it: ``change_chance``); a statement
    that the error repeats holds such words: it is not read.

Evidence given
    the first error's head and the line that names it, the last error, the first failing access line, the deploy before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from logcorr.signatures.application_errors import Evidence, Joined, Limits, finding_of, joined, share, untimed, upstreams_of
from logcorr.signatures.error_subjects import first_match, words
from logcorr.signatures.finding import Finding, Signature
from logcorr.timeline.needs import APPLICATION_ERRORS, DEPLOYS, FAILED_REQUESTS, TRAFFIC

if TYPE_CHECKING:
    import pandas as pd

KINDS: Final = {
    "migration": r"(?i)Migrations are pending|PendingMigration|unapplied migration",
    "column": r"(?i)column|\bP2022\b|42S22|42703|ORA-00904",
    "table": r"(?i)table|relation|view|\bP2021\b|42S02|42P01|ORA-00942|object name",
}

#: the name of what is missing
OBJECTS: Final = (
    r"(?i)Unknown column '([^']{1,100})'",
    r"(?i)Table '([^']{1,100})' doesn't exist",
    r"(?i)column \"?([\w.]{1,100}?)\"? (?:of relation \"?[\w.]+\"? )?does not exist",
    r"(?i)relation \"?([\w.]{1,100}?)\"? does not exist",
    r"(?i)no such (?:column|table): ([\w.]{1,100})",
    r"(?i)has no column named (\w{1,100})",
    r"(?i)(?:table|column) `([^`]{1,100})` does not exist",
    r"(?i)Invalid (?:column|object) name '([^']{1,100})'",
)
#: a release as a folder of it is named in a traceback
_FOLDER: Final = r"/releases/([^/\s:'\"]+)"


def judge(
    errors: pd.DataFrame,
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    deploys: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for all such errors; the most frequent object gives it its name."""
    given = Evidence(failed, traffic, deploys, limits or Limits())
    own = share(errors, "schema")
    found = joined(own, given)
    if found is None:
        return untimed(SIGNATURE.name, own, failed)
    said = words(found.errors)
    objects = said.map(missing_object).dropna().value_counts()
    kinds = said.map(lambda text: first_match(KINDS, text)).dropna().value_counts()
    name = str(objects.index[0]) if len(objects) else None
    return [
        finding_of(
            SIGNATURE.name,
            found,
            given,
            {
                "object": name,
                "objects": len(objects),
                "kind": str(kinds.index[0]) if len(kinds) else None,
                "direction": direction(found, deploys),
                "since_deploy_s": since_deploy(found, deploys),
            },
            subject=name or "",
            remedy=(
                "bring the database's schema and the release that serves together: run its migrations, or restart what serves old code",
            ),
            verify=("compare the migrations that ran with those of the release that serves",),
            places=upstreams_of(found.requests),
        )
    ]


def missing_object(said: str) -> str | None:
    """The column, table or relation that an error calls unknown."""
    return next((hit[1] for pattern in OBJECTS if (hit := re.search(pattern, said))), None)


def last_deploy(found: Joined, deploys: pd.DataFrame | None) -> pd.Series | None:
    """The deploy that began last before the first of the errors."""
    if deploys is None:
        return None
    first = int(found.errors["timestamp_us"].min())
    begun = deploys[deploys["started_us"].notna() & (deploys["started_us"] <= first + 1_000_000)]
    return begun.sort_values("started_us").iloc[-1] if len(begun) else None


def since_deploy(found: Joined, deploys: pd.DataFrame | None) -> float | None:
    """How long after the beginning of a deploy the first error came, in seconds."""
    deploy = last_deploy(found, deploys)
    return None if deploy is None else round((int(found.errors["timestamp_us"].min()) - int(deploy["started_us"])) / 1e6, 1)


def direction(found: Joined, deploys: pd.DataFrame | None) -> str | None:
    """Which release complains, where its errors and a deploy name one: "new", "old", or "both"."""
    deploy = last_deploy(found, deploys)
    release = None if deploy is None else deploy["service_version"]
    if not isinstance(release, str) or not release:
        return None
    named = set(found.errors["service_version"].dropna())
    folders = found.errors["body"].astype(object).fillna("").str.extract(_FOLDER)[0].dropna()
    named = {str(each) for each in named | set(folders)}
    told = {"new" if each == release else "old" for each in named}
    return None if not told else "both" if len(told) > 1 else told.pop()


SIGNATURE: Final = Signature(
    name="schema_mismatch",
    role="cause",
    title="code and database schema that do not fit",
    claim="the application fails {requests} of {failed} failed requests since the database does not know {object} ({kind})",
    judge=judge,
    needs={"errors": APPLICATION_ERRORS, "failed": FAILED_REQUESTS, "traffic": TRAFFIC},
    improves={"deploys": DEPLOYS},
)
