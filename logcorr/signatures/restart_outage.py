"""A restart or reload left people without an answer for longer than a blip.

Looks for
    a restart or reload that was asked for, and the requests that could not connect to what the unit serves, were cut off by it or waited
    in vain, from the stop until it answered a new request, where that took longer than ``longer_than_s``.

Matters because
    nothing is broken, and it will happen with each restart: the service needs long to start or to stop, and no other one serves
    meanwhile.

Can mislead when
    an end that nobody asked for starts it (``service_crash_loop``, ``worker_crash``, ``oom_kill``), or the service refuses its new
    configuration (``config_rejected``); the restart is the remedy of failures that were there before. A few failures that end with it are
    ``restart_blip``.

Evidence given
    the stop and the start, what asked for it (a deploy, packages that were upgraded), the first error line and the first and last access
    line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from logcorr import statistics
from logcorr.signatures.commands import for_shell
from logcorr.signatures.deaths import main_deaths
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite, text
from logcorr.signatures.lifecycle import OWN_STEPS, REFUSALS, SECOND, Episode, episodes
from logcorr.signatures.moments import iso
from logcorr.signatures.serving import Surroundings
from logcorr.signatures.struck import Span, Struck, struck
from logcorr.timeline.needs import CHANGES, FAILED_REQUESTS, LIFECYCLE, SETTINGS, STATES, TRAFFIC_BY_HOST
from logcorr.timeline.service_needs import ANSWERS

#: units by which distributions upgrade packages on their own
_UPGRADERS: Final = ("apt-daily-upgrade.service", "unattended-upgrades.service", "dnf-automatic.service", "yum-cron.service")
#: what begins a restart or reload that was asked for
_STOPS: Final = ("service.terminating", "unit.stopping", "unit.stopped", "unit.reload.started")


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    longer_than_s: float = 10.0  # what restart_blip takes for a blip
    asked_within_s: float = 60.0  # a deploy or an upgrade that asks for a restart does so meanwhile, or as its last step
    significant: float = statistics.SIGNIFICANT


def judge(  # noqa: PLR0913, PLR0917 (each is a kind of evidence)
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    answered: pd.DataFrame,
    lifecycle: pd.DataFrame,
    changes: pd.DataFrame | None,
    settings: pd.DataFrame | None,
    states: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for each restart or reload that left people without an answer."""
    limits = limits or Limits()
    if lifecycle.empty and len(failed):  # an error log of the web server alone knows of no other service
        return [Finding(SIGNATURE.name, "not_evaluable", SIGNATURE.role, missing=(LIFECYCLE.missing,))]
    around = Surroundings(settings, states, lifecycle)
    deaths = main_deaths(lifecycle)
    found = []
    told = episodes(lifecycle)
    for episode in told:
        later = [each.begin_us for each in told if each.unit == episode.unit and each.begin_us > episode.begin_us]
        ends = [each.at_us for each in deaths.get(episode.unit, [])]
        own = of_episode(episode, min([*later, 1 << 62]), ends, failed, traffic, answered, around, limits)
        if own:
            found.append(finding_of(episode, *own, changes, lifecycle, limits))
    return found


def of_episode(  # noqa: PLR0913, PLR0917
    episode: Episode,
    until_us: int,
    deaths: list[int],
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    answered: pd.DataFrame,
    around: Surroundings,
    limits: Limits,
) -> tuple[Struck, int] | None:
    """The requests that a restart left without an answer, and until when; None where it was short, not asked for, or refused."""
    told = episode.told["event_name"]
    if episode.own["event_name"].isin(REFUSALS).any() or not told.isin(_STOPS).any():
        return None  # a start that no stop came before is that of the host
    slack = int(episode.told["timestamp_uncertainty_s"].fillna(0).max() * SECOND)
    horizon = int(max(traffic["second"].max() * SECOND, episode.begin_us)) if len(traffic) else episode.begin_us
    # what a later restart or an end that nobody asked for does is theirs
    limit = min([until_us, *(at for at in deaths if at >= episode.begin_us - slack)]) - 2 * SECOND
    limit = min(limit, horizon + SECOND)
    if any(episode.begin_us - limits.longer_than_s * SECOND <= at <= episode.begin_us for at in deaths):
        return None
    hit = struck(episode.unit, [Span(episode.begin_us - slack, limit, limit)], failed, traffic, around, waits=True)
    if hit is None:
        return None
    # not all logs tell who answered
    served = (
        served_at(answered, hit.places, episode.begin_us)
        if len(answered)
        else well_again(hit.rows, traffic, episode.begin_us, limits)
    )
    rows = hit.rows[hit.rows["started_us"] <= served] if served is not None else hit.rows
    soon = max(episode.begin_us, episode.end_us or 0) + limits.longer_than_s * SECOND
    if rows.empty or int(rows["started_us"].min()) > soon:
        return None
    over = min(served, limit) if served is not None else int(rows["timestamp_us"].max())
    if over - episode.begin_us <= limits.longer_than_s * SECOND or before_it(hit, failed, traffic, episode, around, limits):
        return None
    return replace(hit, rows=rows), over


def served_at(answered: pd.DataFrame, places: frozenset[str], begin_us: int) -> int | None:
    """When the first request began, after the stop, that one of the addresses answered well; of any, where none is named."""
    own = answered[answered["upstream"].isin(list(places))] if places else answered
    seconds = own.loc[own["second"] > begin_us // SECOND, "second"]
    return int(seconds.min()) * SECOND if len(seconds) else None


def well_again(rows: pd.DataFrame, traffic: pd.DataFrame, begin_us: int, limits: Limits) -> int | None:
    """When so many requests in a row began to go well as the rate of failures up to there would hardly let pass."""
    seconds = traffic[traffic["second"] >= begin_us // SECOND].groupby("second")["requests"].sum().sort_index()
    bad = (rows["timestamp_us"] // SECOND).value_counts().reindex(seconds.index, fill_value=0)
    failing = well = total = 0
    last = int(seconds.index[0]) if len(seconds) else 0
    for second, requests, hits in zip(seconds.index, seconds, bad, strict=True):
        total, failing = total + int(requests), failing + int(hits)
        well, last = (0, int(second)) if hits else (well + int(requests), last)
        if failing and well and (1 - failing / max(total - well, failing)) ** well < limits.significant:
            return (last + 1) * SECOND
    return None


def before_it(  # noqa: PLR0913, PLR0917
    hit: Struck, failed: pd.DataFrame, traffic: pd.DataFrame, episode: Episode, around: Surroundings, limits: Limits
) -> bool:
    """Whether requests failed so before it no less often: then it is the remedy, or beside the point."""
    earlier = struck(
        episode.unit, [Span(0, episode.begin_us - 2 * SECOND, episode.begin_us - 2 * SECOND)], failed, traffic, around
    )
    if earlier is None:
        return False
    stamps = traffic["second"] * SECOND
    before = int(traffic.loc[stamps < episode.begin_us - 2 * SECOND, "requests"].sum())
    during = int(traffic.loc[(stamps >= episode.begin_us - SECOND) & (stamps <= hit.end_us), "requests"].sum())
    rose = statistics.chance_of_more(
        len(hit.rows), max(during, len(hit.rows)), len(earlier.rows), max(before, len(earlier.rows))
    )
    return rose >= limits.significant


def trigger_of(
    episode: Episode, changes: pd.DataFrame | None, lifecycle: pd.DataFrame, limits: Limits
) -> tuple[str | None, str | None, Citation | None]:
    """What asked for it, its name, and its line: a deploy, packages, or nobody that the evidence knows."""
    within_us = int(limits.asked_within_s * SECOND)
    if changes is not None and len(changes):
        stamp = changes["timestamp_us"].fillna(changes["started_us"])
        begin = changes["started_us"].fillna(stamp)
        near = changes[
            (begin <= episode.begin_us + SECOND)
            & (stamp >= episode.begin_us - within_us)
            & changes["change_kind"].fillna("deploy").isin(["deploy", "package", "automation"])
        ]
        if len(near):
            row = near.sort_values(["timestamp_us", "file", "line"]).iloc[0]
            kind = str(text(row["change_kind"]) or "deploy")
            name = " ".join(filter(None, (text(row["service_name"]), text(row["service_version"]))))
            return {"package": "package upgrade", "automation": "automation"}.get(kind, "deploy"), name or None, cite(row)
    rows = lifecycle[lifecycle["unit"].isin(_UPGRADERS) & (lifecycle["timestamp_us"] <= episode.begin_us)]
    if len(rows):
        row = rows.sort_values(["timestamp_us", "event_id"]).iloc[-1]
        if row["event_name"] == "unit.starting":
            return "package upgrade", str(row["unit"]), cite(row)
    return None, None, None


def finding_of(  # noqa: PLR0913, PLR0917
    episode: Episode, hit: Struck, over_us: int, changes: pd.DataFrame | None, lifecycle: pd.DataFrame, limits: Limits
) -> Finding:
    """The finding of one restart."""
    trigger, name_of_it, line = trigger_of(episode, changes, lifecycle, limits)
    steps = ["unit.stopping", "unit.stopped", "unit.timed_out", "unit.starting", "unit.started", "unit.start.failed"]
    told = episode.told[episode.told["event_name"].isin([*steps, "unit.reload.started", "unit.reload.finished", *OWN_STEPS])]
    facts: dict[str, Fact] = {
        "unit": episode.unit,
        "kind": episode.kind,
        "trigger": trigger,
        "trigger_name": name_of_it,
        "begun_at": iso(episode.begin_us),
        "started_at": iso(episode.end_us) if episode.end_us is not None else None,
        "manager_s": round((episode.end_us - episode.begin_us) / SECOND, 3)
        if episode.managed and episode.end_us is not None
        else None,
        "stop_timed_out": bool((episode.told["event_name"] == "unit.timed_out").any()),
        "lasted_s": round((over_us - episode.begin_us) / SECOND, 1),
        **hit.facts(),
        "first_at": iso(episode.begin_us),
        "last_at": iso(hit.end_us),
    }
    unit, find = for_shell(episode.unit)
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="high",
        confidence=0.9 if hit.matched_by == "upstream" else 0.7,
        start_us=min(episode.begin_us, hit.start_us),
        end_us=max(hit.end_us, over_us, episode.end_us or 0),
        subject=episode.unit,
        facts=facts,
        evidence=tuple(
            dict.fromkeys([*([line] if line else []), *(cite(row) for _, row in told.head(6).iterrows()), *hit.evidence()])
        ),
        remedy=(
            *find,
            f"systemctl show {unit} -p Type,TimeoutStartUSec,TimeoutStopUSec,ExecReload  # Type=notify tells when it serves",
            "start the new one before the old one stops (socket activation, a second instance), and let the old one finish its requests",
        ),
        verify=(f"systemctl restart {unit}  # while a loop of curl asks once a second: no answer may fail",),
        explains=hit.keys if len(hit.rows) else np.array([], np.int64),
        places=frozenset({episode.unit}) | hit.places,
    )


SIGNATURE: Final = Signature(
    name="restart_outage",
    role="cause",
    title="a restart that left people without an answer",
    claim="the {kind} of {unit} at {begun_at} left {requests} requests without an answer for {lasted_s} s",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC_BY_HOST, "answered": ANSWERS, "lifecycle": LIFECYCLE},
    improves={"changes": CHANGES, "settings": SETTINGS, "states": STATES},
    of_one_host=True,
)
