"""A restart or reload failed a few requests while it lasted, and none after it.

Looks for
    failed requests inside a restart or reload of a service (from its beginning to its end, and ``settle_s`` after it), at a higher rate
    than before it (Fisher's exact test), and after it so many that went well as that rate would hardly let pass; the whole no longer
    than ``longest_s``. Where no log tells of one, a deploy that did not fail stands for the restart that it makes.

Matters because
    it is over, nothing is broken, and it happens again with the next deploy: it is a property of how the service is restarted.

Can mislead when
    the restart is the remedy or the beginning of a lasting fault (then failures go on after it, or were there before it); the log
    ends right after it, so that nothing shows that it is over.

Evidence given
    the beginning and the end of the restart, the first and the last failed request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from logcorr import statistics
from logcorr.signatures.deploy_traffic import Deploy, deploys_of
from logcorr.signatures.failures import kinds
from logcorr.signatures.finding import Fact, Finding, Signature, cite, text
from logcorr.signatures.lifecycle import DEATHS, OWN_STEPS, REFUSALS, Episode, episodes
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import DEPLOYS, FAILED_REQUESTS, LIFECYCLE, TRAFFIC_BY_HOST

SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    longest_s: float = 10.0  # people wait about so long before they give up (Nielsen's limit for keeping attention)
    settle_s: float = 3.0  # a kill-style reload is called done before the service has forked its workers anew
    beside_s: float = 120.0  # how far before and after failures are counted for comparison
    significant: float = statistics.SIGNIFICANT


@dataclass(frozen=True)
class Window:
    """One restart, or several at once: a deploy restarts what belongs together."""

    begin_us: int
    end_us: int
    episodes: tuple[Episode, ...] = ()
    deploy: Deploy | None = None


def judge(
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    lifecycle: pd.DataFrame | None,
    deploys: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for each restart or reload that failed requests and left no trace."""
    limits = limits or Limits()
    if lifecycle is None and deploys is None:
        return [Finding(SIGNATURE.name, "not_evaluable", SIGNATURE.role, missing=(LIFECYCLE.missing,))]
    if failed.empty:
        return []
    # an answer that an application made is its own failure
    answered = failed["upstream_answered"].astype("boolean").fillna(value=False).astype(bool)
    failed = failed[~answered]
    told = episodes(lifecycle) if lifecycle is not None else []
    windows = merge([window for episode in told if (window := of_episode(episode, limits))])
    changed = [each.begin_us for each in told] + ends_of(lifecycle)
    windows += [
        window
        for deploy in (deploys_of(deploys) if deploys is not None else [])
        if (window := of_deploy(deploy, changed, failed, limits))
    ]
    broken = (failed["timestamp_us"] // SECOND).value_counts()
    traffic = traffic.groupby("second", as_index=False)[["requests", "failed"]].sum()
    traffic["failed"] = traffic["second"].map(broken).fillna(0).astype("int64")
    seconds = traffic["second"].to_numpy() * SECOND
    inside_any: np.ndarray = np.zeros(len(traffic), dtype=bool)
    for window in windows:
        inside_any |= (seconds >= window.begin_us - SECOND) & (seconds <= window.end_us)
    quiet = traffic[~inside_any]
    return [finding for window in windows if (finding := of_window(window, failed, traffic, quiet, limits))]


def of_episode(episode: Episode, limits: Limits) -> Window | None:
    """The time in which an episode can fail requests; None for one that did not end well, which is no blip."""
    refused = episode.own["event_name"].isin(REFUSALS).any()
    died = episode.kind == "reload" and episode.told["event_name"].isin(DEATHS).any()
    if episode.end_us is None or episode.outcome != "finished" or refused or died:
        return None
    if episode.end_us - episode.begin_us > limits.longest_s * SECOND:
        return None
    return Window(episode.begin_us, episode.end_us + int(limits.settle_s * SECOND), (episode,))


def ends_of(lifecycle: pd.DataFrame | None) -> list[int]:
    """When services ended that nobody had told to."""
    return [] if lifecycle is None else lifecycle.loc[lifecycle["event_name"].isin(DEATHS), "timestamp_us"].tolist()


def of_deploy(deploy: Deploy, changed: list[int], failed: pd.DataFrame, limits: Limits) -> Window | None:
    """The time in which requests failed while a deploy ran; None where a log tells what happened to services then."""
    settle, longest = (int(each * SECOND) for each in (limits.settle_s, limits.longest_s))
    begin, end = deploy.begin_us - settle, deploy.end_us + settle
    if deploy.status == "failed" or any(begin <= at <= end for at in changed):
        return None
    hit = failed[(failed["timestamp_us"] >= begin) & (failed["started_us"] <= end)]
    # a restart breaks connections, or leaves nobody to connect to: whatever else failed then is of another cause
    if hit.empty or not kinds(hit).isin(["unreachable", "closed_early"]).all():
        return None
    if hit["timestamp_us"].max() - hit["started_us"].min() > longest:
        return None
    return Window(int(hit["started_us"].min()), int(hit["timestamp_us"].max()), deploy=deploy)


def merge(windows: list[Window]) -> list[Window]:
    """Windows that overlap become one."""
    merged: list[Window] = []
    for window in sorted(windows, key=lambda each: each.begin_us):
        last = merged[-1] if merged else None
        if last and window.begin_us <= last.end_us:
            merged[-1] = Window(last.begin_us, max(last.end_us, window.end_us), last.episodes + window.episodes)
        else:
            merged.append(window)
    return merged


def of_window(
    window: Window, failed: pd.DataFrame, traffic: pd.DataFrame, quiet: pd.DataFrame, limits: Limits
) -> Finding | None:
    """The finding of one window, if it is a blip."""
    slack = (failed["timestamp_uncertainty_s"].fillna(0) * SECOND).astype("int64")
    inside = (failed["timestamp_us"] + slack >= window.begin_us) & (failed["started_us"] <= window.end_us)
    hit = failed[inside].sort_values(["timestamp_us", "request_key"])
    if hit.empty:
        return None
    span = int(limits.beside_s * SECOND)
    seconds = quiet["second"] * SECOND
    before = quiet[(seconds < window.begin_us) & (seconds >= window.begin_us - span)]
    after = quiet[(seconds > window.end_us) & (seconds <= window.end_us + span)]
    stamps = traffic["second"] * SECOND
    during = traffic[(stamps >= window.begin_us - SECOND) & (stamps <= window.end_us)]
    requests, old = int(during["requests"].sum()), (int(before["failed"].sum()), int(before["requests"].sum()))
    rose = statistics.chance_of_more(len(hit), max(requests, len(hit)), *old) < limits.significant or old == (0, old[1])
    # over when so many requests went well after it as the rate inside it would hardly let pass
    well, more = until_failure(after)
    ended = (1 - len(hit) / max(requests, len(hit))) ** well < limits.significant
    if not rose or not (ended or (well == 0 and not more and window.deploy is None)):
        return None
    first, last = int(hit["started_us"].min()), int(hit["timestamp_us"].max())
    told, rows = of_restart(window) if window.deploy is None else of_its_deploy(window.deploy)
    facts: dict[str, Fact] = {
        **told,
        "requests": len(hit),
        "before_failed": old[0],
        "before_requests": old[1],
        "after_well": well,
        "first_at": iso(first),
        "last_at": iso(last),
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="symptom",
        level="low",
        confidence=0.9 if well else 0.6,
        start_us=first,
        end_us=last,
        subject=str(told["unit"]),
        facts=facts,
        evidence=tuple(dict.fromkeys([*(cite(row) for _, row in rows.iterrows()), cite(hit.iloc[0]), cite(hit.iloc[-1])])),
        missing=() if well else ("requests after the restart, which would show that it is over",),
        explains=hit["request_key"].to_numpy(),
        places=frozenset(each.unit for each in window.episodes),
    )


def of_restart(window: Window) -> tuple[dict[str, Fact], pd.DataFrame]:
    """What the manager, or the service, told of it: facts and lines."""
    lead = next((each for each in window.episodes if each.kind == "restart"), window.episodes[0])
    facts: dict[str, Fact] = {
        "unit": lead.unit,
        "kind": lead.kind,
        "units": ", ".join(dict.fromkeys(episode.unit for episode in window.episodes)),
        "begun_at": iso(lead.begin_us),
        "ended_at": iso(lead.end_us or window.end_us),
    }
    steps = ["unit.stopping", "unit.stopped", "unit.started", "unit.reload.started", "unit.reload.finished"]
    return facts, lead.told[lead.told["event_name"].isin([*steps, *OWN_STEPS])]


def of_its_deploy(deploy: Deploy) -> tuple[dict[str, Fact], pd.DataFrame]:
    """What the deploy told: facts and lines."""
    name = text(deploy.row["service_name"]) or ""
    facts: dict[str, Fact] = {
        "unit": " ".join(filter(None, (name, deploy.release))) or "what it brought",
        "kind": "deploy",
        "units": name,
        "begun_at": iso(deploy.begin_us),
        "ended_at": iso(deploy.end_us),
    }
    return facts, deploy.rows


def until_failure(after: pd.DataFrame) -> tuple[int, bool]:
    """How many requests went well before the next one failed, and whether one did."""
    rows = after.sort_values("second")
    failing = rows["failed"].to_numpy() > 0
    first = int(failing.argmax()) if failing.any() else len(rows)
    return int(rows["requests"].iloc[:first].sum()), bool(failing.any())


SIGNATURE: Final = Signature(
    name="restart_blip",
    role="symptom",
    title="a short interruption by a restart or reload",
    claim="the {kind} of {unit} at {begun_at} failed {requests} requests; the next {after_well} went well",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC_BY_HOST},
    improves={"lifecycle": LIFECYCLE, "deploys": DEPLOYS},
    of_one_host=True,
)
