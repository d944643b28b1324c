"""Processes from before a deploy still answer requests after it.

Looks for
    workers in a list of processes that began before a reload or restart of their service, half a minute or more after it; of
    applications that keep their code in memory also before a deploy that names a release, where no restart is known; and lines of the
    application, or paths in its errors, that name the release before the deploy well after it.

Matters because
    the deploy is called done, and some or all requests still get the old code: what was fixed is still broken, what moved is missing,
    and both come and go with the worker that happens to answer.

Can mislead when
    masters of php-fpm, nginx and gunicorn keep their number and start over a good reload: only workers count. nginx's "worker process
    is shutting down" ends its long connections and is no fault. php-fpm's workers read changed files by themselves unless
    ``opcache.validate_timestamps`` is 0, so that without a reload their age says nothing; workers that the old master made later look
    young. gunicorn with ``--preload`` makes young workers with old code, which only the release in its lines shows. The times of ``ps``
    are up to two seconds off, and a list taken before the deploy tells nothing. An application's own version number that no deploy
    changes is no release.

Evidence given
    the old workers in the list, the first and last line of the old release, the deploy, and what the manager said of the reload;
    against it: the service's own words that it is ready after the reload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr import statistics
from logcorr.signatures.commands import for_shell
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite
from logcorr.signatures.generations import SETTLE_US, Change, Leftover, Rollout, changes, leftovers, rollouts, serving
from logcorr.signatures.lifecycle import READY, stem
from logcorr.signatures.moments import iso
from logcorr.signatures.releases import PIECE_US, OldRelease, labels_of, old_releases
from logcorr.signatures.reload_failed import repaired_at
from logcorr.timeline.needs import DEPLOYS, LIFECYCLE, RELEASE_LINES, RELEASE_PATHS, SETTINGS, STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    lines_cited: int = 6  # of one kind; a pool has more workers than anyone wants to read


@dataclass(frozen=True)
class Case:
    """A service, the change that it outlived, and what shows that: processes, lines of the old release, or both."""

    unit: str
    change: Change
    left: Leftover | None
    said: OldRelease | None

    @property
    def rollout(self) -> Rollout | None:
        """The deploy."""
        return self.change.rollout if self.said is None else self.said.rollout


def judge(  # noqa: PLR0913, PLR0917 (one for each need)
    deploys: pd.DataFrame,
    lifecycle: pd.DataFrame | None,
    states: pd.DataFrame | None,
    settings: pd.DataFrame | None,
    lines: pd.DataFrame | None,
    paths: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for each service that still answers with what was there before a deploy."""
    limits = limits or Limits()
    deployed = rollouts(deploys)
    meant = changes(lifecycle, deployed)
    seen = serving(states)
    labels = labels_of(lines, paths)
    if seen.empty and labels.empty and (lines is None or lines["process_pid"].isna().all()):
        return [unable("ps -eo pid,lstart,cmd after the deploy, or an application's log that names its release")]
    by_deploys = [each for each in meant if each.rollout is not None]
    left = once(leftovers(by_deploys, seen, files_are_kept=keeps_files(settings)))
    old = old_releases(labels, deployed)
    found = []
    for each in left:
        said = next((one for one in old if belongs(one, each, left)), None)
        old = [one for one in old if one is not said]
        found.append(Case(each.unit, each.change, each, said))
    for one in old:
        unit = unit_of(one, meant)
        changed = [each for each in meant if each.rollout is one.rollout and each.unit in {unit, ""}]
        # a reload after which the old release is soon heard of no more is no change that it outlived
        last_us = int(one.old["since_us"].max()) - SETTLE_US
        changed = [each for each in changed if each.kind == "deploy" or each.end_us <= last_us] or changed
        found.append(Case(unit, max(changed, key=lambda each: bool(each.unit)), None, one))
    return [finding_of(each, lines, repair_of(each, meant, lifecycle), limits) for each in found]


def once(left: Sequence[Leftover]) -> list[Leftover]:
    """Without what a deploy left by its time alone, where a unit's own reload or restart left the very same processes."""
    managed = [set(each.old["pid"]) for each in left if each.change.kind != "deploy"]
    return [each for each in left if each.change.kind != "deploy" or not any(set(each.old["pid"]) <= pids for pids in managed)]


def keeps_files(settings: pd.DataFrame | None) -> bool:
    """Whether php-fpm is told not to look whether files changed."""
    if settings is None:
        return False
    told = settings[
        settings["key"].astype("string").str.contains("opcache.validate_timestamps", regex=False).fillna(value=False)
    ]
    return bool(told["value"].astype("string").str.lower().isin(["0", "off", "no", "false"]).any())


def belongs(said: OldRelease, left: Leftover, others: Sequence[Leftover]) -> bool:
    """Whether the lines of an old release are those of the processes that a deploy left."""
    same = said.rollout is left.change.rollout
    app = (said.rollout.app or "").lower()
    return same and (stem(left.unit) == app or len([each for each in others if stem(each.unit) != "nginx"]) == 1)


def unit_of(said: OldRelease, meant: Sequence[Change]) -> str:
    """The unit of an application: named as the deploy names it, or the only one that the deploy changed."""
    units = [each.unit for each in meant if each.rollout is said.rollout and each.unit and stem(each.unit) != "nginx"]
    app = said.rollout.app or ""
    named = [each for each in units if stem(each) in {app.lower(), said.application.lower()}]
    alone = units if len(set(units)) == 1 else []
    return next(iter([*named, *alone]), app or said.application)


def finding_of(case: Case, lines: pd.DataFrame | None, end: int | None, limits: Limits) -> Finding:
    """The finding of one service; ``end`` is when it was repaired."""
    unit, change, left, said, rollout = case.unit, case.change, case.left, case.said, case.rollout
    part, whole = answered(case, lines, end)
    low, high = statistics.interval(part, whole)
    facts: dict[str, Fact] = {
        "unit": unit,
        "deploy_at": iso(rollout.said_us) if rollout else None,
        "release": rollout.release if rollout else None,
        "meant_by": change.kind,
        "changed_at": iso(change.begin_us),
        "old_processes": len(left.old) if left else None,
        "processes": len(left.serving) if left else None,
        "oldest_began_at": iso(int(left.old["began_us"].min())) if left else None,
        "seen_at": iso(int(left.old["seen_us"].max())) if left else None,
        "old_release": said.release if said else None,
        "old_requests": part if whole else None,
        "told_requests": whole or None,
        "old_share": round(part / whole, 4) if whole else None,
        "old_share_low": round(low, 4) if whole else None,
        "old_share_high": round(high, 4) if whole else None,
        "repaired_at": iso(end) if end is not None else None,
    }
    both = left is not None and said is not None
    name, find = for_shell(unit)
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="high",
        confidence=0.97 if both else 0.95 if left and change.kind != "deploy" else 0.85,
        start_us=change.begin_us,
        end_us=end,
        subject=unit,
        facts=facts,
        evidence=tuple(dict.fromkeys(proof(case, limits))),
        counter_evidence=ready_lines(change),
        remedy=(*find, f"systemctl restart {name}", f"systemctl cat {name}  # what ExecReload does"),
        verify=(f"systemctl status {name} --no-pager", "ps -eo pid,lstart,cmd  # workers younger than the restart"),
        missing=()
        if whole
        else ("the release or the process in the application's lines: the share of requests that old workers answered",),
        places=frozenset({unit}),
    )


def repair_of(case: Case, meant: Sequence[Change], lifecycle: pd.DataFrame | None) -> int | None:
    """When the service is next known to have been changed well."""
    unit, change = case.unit, case.change
    if change.episode is None or lifecycle is None:
        return min(
            (each.end_us for each in meant if each.unit == unit and each.begin_us > change.end_us + SETTLE_US), default=None
        )
    return repaired_at(change.episode, [each.episode for each in meant if each.episode is not None], lifecycle)


def answered(case: Case, lines: pd.DataFrame | None, end: int | None) -> tuple[int, int]:
    """Requests that the old generation answered after the deploy, of those of which the application's lines tell the generation."""
    left, said, change = case.left, case.said, case.change
    if said is not None and not said.labelled["is_path"].any():
        return int(said.old["requests"].sum()), int(said.labelled["requests"].sum())
    if left is None or lines is None or lines.empty:
        return 0, 0
    since = lines["piece"] * PIECE_US
    told = lines[(since >= change.end_us + SETTLE_US) & (since + PIECE_US <= (1 << 62 if end is None else end))]
    known = told["requests"] - (told["named"] < told["lines"]).astype(int)
    ours = told["process_pid"].isin(left.serving["pid"].astype("int64"))
    if not ours.any():
        return 0, 0
    files = told.loc[ours, "file"].unique()
    old = told["process_pid"].isin(left.old["pid"].astype("int64"))
    return int(known[old].sum()), int(known[told["file"].isin(files) & told["process_pid"].notna()].sum())


def proof(case: Case, limits: Limits) -> list[Citation]:
    """The lines that show it."""
    left, said, change, rollout = case.left, case.said, case.change, case.rollout
    found = [cite(row) for _, row in left.old.head(limits.lines_cited).iterrows()] if left else []
    if said is not None:
        found += [cite(row) for _, row in said.old.iloc[[0, -1]].iterrows()]
    found += [cite(rollout.row)] if rollout else []
    if change.episode is not None:
        told = change.episode.told[change.episode.told["event_name"].astype(str).str.contains(r"reload|started|stopping")]
        found += [cite(row) for _, row in told.head(limits.lines_cited).iterrows()]
    return found


def ready_lines(change: Change) -> tuple[Citation, ...]:
    """What the service itself said of being ready after the change."""
    if change.episode is None:
        return ()
    own = change.episode.own
    ready = own[own["event_name"].isin(READY) & (own["timestamp_us"] > change.begin_us)]
    return tuple(cite(row) for _, row in ready.head(2).iterrows())


def unable(missing: str) -> Finding:
    """The answer where something of the evidence is missing."""
    return Finding(SIGNATURE.name, "not_evaluable", "cause", missing=(missing,))


SIGNATURE: Final = Signature(
    name="old_workers_serving",
    role="cause",
    title="old workers that answer after a deploy",
    claim="after the deploy at {deploy_at} {unit} still answers with what was there before it: the {meant_by} at {changed_at} did not "
    "replace it",
    judge=judge,
    needs={"deploys": DEPLOYS},
    improves={"lifecycle": LIFECYCLE, "states": STATES, "settings": SETTINGS, "lines": RELEASE_LINES, "paths": RELEASE_PATHS},
    of_one_host=True,
)
