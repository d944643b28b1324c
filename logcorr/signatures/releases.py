"""Which release answered: what the application's own lines and the paths in its errors say, before and after a deploy.

A label is of use only where it names releases as the deploy does, or where both the old and another one stand in the lines after
it: some applications write a version that no deploy changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from logcorr.signatures.finding import text
from logcorr.signatures.generations import SETTLE_US, Rollout
from logcorr.signatures.lifecycle import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

#: ``RELEASE_LINES`` counts lines in pieces of so many seconds
PIECE_US: Final = 10 * SECOND
#: a file of one release, as Capistrano, Deployer and their kin lay them out
_PATH: Final = re.compile(r"(?P<root>/[\w./-]*?/releases)/(?P<release>[\w.-]+)/")
#: a name shorter than this is no part of a commit's
_SHORTEST_COMMIT: Final = 7


@dataclass(frozen=True)
class OldRelease:
    """Lines ``old`` among ``labelled`` of one application that still name the release before ``rollout``, well after it."""

    application: str
    release: str
    rollout: Rollout
    old: pd.DataFrame
    labelled: pd.DataFrame


def labels_of(lines: pd.DataFrame | None, errors: pd.DataFrame | None) -> pd.DataFrame:
    """Labels by time: ``application``, ``label``, ``host_name``, ``since_us``, ``until_us``, ``requests``, ``is_path``, and where."""
    parts = []
    if lines is not None and len(lines):
        rows = lines[lines["service_version"].notna()]
        since = rows["piece"] * PIECE_US
        known = rows["requests"] - (rows["named"] < rows["lines"]).astype(int)  # a line that names no request is not one more
        parts.append(
            pd.DataFrame(
                {
                    "application": rows["service_name"].fillna(rows["file"].astype(str)),
                    "label": rows["service_version"],
                    "host_name": rows["host_name"],
                    "since_us": since,
                    "until_us": since + PIECE_US,
                    "requests": known,
                    "is_path": False,
                    "file": rows["file"].astype(str),
                    "line": rows["line"],
                }
            )
        )
    if errors is not None and len(errors):
        said = errors["body"].fillna("") + "\n" + errors["exception_stacktrace"].fillna("")
        found = [_PATH.search(each) for each in said]
        rows = errors.assign(
            application=[each["root"] if each else None for each in found],
            label=[each["release"] if each else None for each in found],
        )
        rows = rows[rows["label"].notna() & rows["timestamp_us"].notna()]
        stamp = rows["timestamp_us"].astype("int64")
        named = {"application": rows["application"], "label": rows["label"], "host_name": rows["host_name"]}
        rest = {"requests": rows["request_key"].notna().astype(int), "is_path": True, "file": rows["file"].astype(str)}
        parts.append(pd.DataFrame({**named, "since_us": stamp, "until_us": stamp, **rest, "line": rows["line"]}))
    columns = ["application", "label", "host_name", "since_us", "until_us", "requests", "is_path", "file", "line"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def old_releases(labels: pd.DataFrame, deployed: Sequence[Rollout]) -> list[OldRelease]:
    """For each deploy that went well, the applications whose lines after it still name the release before it."""
    found = []
    for at, rollout in enumerate(deployed):
        before_us = max((each.end_us for each in deployed[:at]), default=0)
        until_us = min((each.begin_us for each in deployed[at + 1 :]), default=1 << 62)
        if rollout.went_well:
            found += list(of_rollout(labels, rollout, deployed, (before_us, until_us)))
    return found


def of_rollout(
    labels: pd.DataFrame, rollout: Rollout, deployed: Sequence[Rollout], between: tuple[int, int]
) -> Iterator[OldRelease]:
    """The applications that one deploy left behind; ``between`` is from the deploy before it to the one after it."""
    here = labels[labels["host_name"].isna() | (labels["host_name"] == rollout.host)] if rollout.host else labels
    earlier = here[(here["until_us"] <= rollout.begin_us) & (here["since_us"] >= between[0])]
    later = here[(here["since_us"] >= rollout.end_us + SETTLE_US) & (here["until_us"] < between[1])]
    taken = {each for each, rows in later.groupby("application") if any(is_named(label, rollout) for label in rows["label"])}
    previous = {each.release for each in deployed if each.end_us <= rollout.begin_us}
    for application, rows in later.groupby("application", sort=True):
        before = set(earlier.loc[earlier["application"] == application, "label"])
        if any(is_named(label, rollout) for label in before):  # the same release once more
            continue
        # a path stands in errors only, so that a release may have had none before
        paths = bool(rows["is_path"].all())
        stale = {
            each
            for each in set(rows["label"])
            if each in before or (paths and (each in previous or is_older(each, rollout.release)))
        }
        stale = {each for each in stale if not is_named(each, rollout)}
        fresh = set(rows["label"]) - stale
        told = fresh or any(rows["is_path"]) or (not taken and any(named_alike(each, rollout, previous) for each in stale))
        if not stale or not told or not is_about(str(application), rollout, deployed):
            continue
        old = rows[rows["label"].isin(stale)].sort_values(["since_us", "file", "line"])
        yield OldRelease(str(application), str(old["label"].iloc[-1]), rollout, old, rows)


def is_named(label: str, rollout: Rollout) -> bool:
    """Whether a label is the deploy's own release or commit."""
    commit = rollout.commit or ""
    same = len(label) >= _SHORTEST_COMMIT and commit and (commit.startswith(label) or label.startswith(commit))
    return label == rollout.release or bool(same)


def named_alike(label: str, rollout: Rollout, previous: set[str | None]) -> bool:
    """Whether a label names releases as the deploys do: as an earlier one did, or in the same form (``v3.1``, ``v3.2``)."""
    return label in previous or (rollout.release is not None and form(label) == form(rollout.release))


def is_older(label: str, release: str | None) -> bool:
    """Whether a label is of the form of a release and counts less: ``20261124-1`` before ``20261125-1``, ``r41`` before ``r42``."""
    return release is not None and form(label) == form(release) != label and numbers(label) < numbers(release)


def numbers(label: str) -> list[int]:
    """The numbers in a label, in order."""
    return [int(each) for each in re.findall(r"\d+", label)]


def form(label: str) -> str:
    """A label without its numbers: ``v3.1`` -> ``v#.#``."""
    return re.sub(r"\d+", "#", label)


def is_about(application: str, rollout: Rollout, deployed: Sequence[Rollout]) -> bool:
    """Whether a deploy was of this application: not where it names another one that is known by name."""
    names = {each.app for each in deployed if each.app}
    return rollout.app is None or application == text(rollout.app) or application not in names
