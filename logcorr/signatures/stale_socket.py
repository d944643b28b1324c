"""A unix socket still leads to what was there before a deploy.

Looks for
    a socket whose file is older than a deploy, reload or restart of its service, and beside its age something that shows that the new
    was not taken up there: the service refused ("Another FPM instance ...") or its reload failed while it lives on, its workers are
    older too, the release before the deploy goes on to answer, or the manager started it anew later than the file. And, whatever its
    age, a file that is not the socket that is listened on: unlinked, replaced, listened on twice, or by a process outside its unit.

Matters because
    nginx finds the socket, connects, and gets the old code, while the unit, the deploy and ``ss`` say that all is well; and the
    reload that is repeated changes nothing.

Can mislead when
    the age alone is taken for a proof: an old time is expected after a good reload too, for php-fpm (USR2), gunicorn (HUP) and nginx
    (HUP) keep the listening socket, and systemd keeps that of a ``.socket`` unit over a restart. A service that died of its reload
    leaves an old file that leads nowhere: that is ``reload_failed``. A listing taken before the deploy, or before a restart that the
    journal tells of, says nothing of the time after it. ``touch`` and ``mv`` change times; ``ls -l`` gives minutes and no year.

Evidence given
    the line of the socket, the deploy, the lines of the manager and the service, of the processes or the listeners that show it;
    against it: the service's own words that it took the socket over.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from logcorr.signatures.commands import for_shell
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite, text
from logcorr.signatures.generations import Change, captured_at, changes, leftovers, rollouts, serving
from logcorr.signatures.lifecycle import DEATHS, READY, REFUSALS, SECOND, programs_of
from logcorr.signatures.moments import iso
from logcorr.signatures.releases import labels_of, old_releases
from logcorr.signatures.reload_failed import repaired_at, went_well
from logcorr.signatures.sockets import Contradiction, Socket, contradictions, is_activated, is_owner, listeners_of, sockets_of
from logcorr.timeline.needs import DEPLOYS, LIFECYCLE, RELEASE_LINES, RELEASE_PATHS, SETTINGS, SOCKET_FILES, STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    clock_s: float = 2.0  # files and journal are stamped by one clock, the kernel's coarse one for files; ps is up to 2 s off
    lines_cited: int = 6  # of one kind; the first ones tell the story


@dataclass(frozen=True)
class Around:
    """What a socket is judged by."""

    meant: Sequence[Change]
    states: pd.DataFrame
    lifecycle: pd.DataFrame | None
    captured_us: int | None


@dataclass
class Showing:
    """What shows that a socket is stale: each with its lines, and since when."""

    by: list[str] = field(default_factory=list)
    confidence: float = 0.0
    change: Change | None = None
    evidence: list[Citation] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)

    def add(self, name: str, confidence: float, change: Change | None, evidence: Sequence[Citation], **facts: Fact) -> None:
        """One more thing that shows it."""
        self.by.append(name)
        self.confidence = max(self.confidence, confidence)
        if change is not None and (self.change is None or change.begin_us < self.change.begin_us):
            self.change = change
        self.evidence += evidence
        self.facts |= facts


def judge(  # noqa: PLR0913, PLR0917 (one for each need)
    files: pd.DataFrame,
    states: pd.DataFrame,
    lifecycle: pd.DataFrame | None,
    deploys: pd.DataFrame | None,
    settings: pd.DataFrame | None,
    lines: pd.DataFrame | None,
    paths: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for each stale socket."""
    limits = limits or Limits()
    deployed = rollouts(deploys)
    around = Around(changes(lifecycle, deployed), states, lifecycle, captured_at(states))
    left = leftovers([each for each in around.meant if each.unit], serving(states))
    old = old_releases(labels_of(lines, paths), deployed)
    found = []
    for socket in sockets_of(files, states, lifecycle, settings):
        units = {each.unit for each in around.meant if each.unit}
        owners = {unit for unit in units if is_owner(unit, socket, states, lifecycle, settings)}
        owned = [each for each in around.meant if each.unit in owners]
        missed = [each for each in owned if is_missed(each, socket, around, limits)]
        showing = Showing()
        for each in contradictions(socket, states, lifecycle, owned, around.captured_us):
            contradicted(each, socket, showing)
        refused(socket, missed, around, showing, limits)
        for leftover in left:
            if any(leftover.change is each for each in missed):
                shown = [cite(row) for _, row in leftover.old.head(limits.lines_cited).iterrows()]
                counts = {"old_workers": len(leftover.old), "workers": len(leftover.serving)}
                showing.add("old_workers", 0.95, leftover.change, shown, **counts)
        for said in old:
            change = next((each for each in missed if each.rollout is said.rollout), None)
            if change is not None:
                shown = [cite(said.old.iloc[0]), cite(said.old.iloc[-1])]
                showing.add("old_release", 0.9, change, shown, release_served=said.release)
        started_anew(socket, missed, around, showing)
        if showing.by:
            found.append(finding_of(socket, showing, around))
    if not found and lifecycle is None and serving(states).empty:
        missing = "the journal (journalctl -o json), or ps -eo pid,lstart,cmd: the age of a socket alone says nothing"
        return [Finding(SIGNATURE.name, "not_evaluable", "cause", missing=(missing,))]
    return found


def is_missed(change: Change, socket: Socket, around: Around, limits: Limits) -> bool:
    """Whether the file is older than a change, and was there after it."""
    captured = around.captured_us
    older = change.begin_us > socket.latest_us + int(limits.clock_s * SECOND)
    return older and (captured is None or change.begin_us < captured)


def contradicted(each: Contradiction, socket: Socket, showing: Showing) -> None:
    """A listener that is not the file's."""
    evidence = [cite(socket.row, socket.path, "Inode: "), *(cite(row) for _, row in each.rows.iterrows())]
    showing.add(each.kind, each.confidence, None, evidence, **each.facts)


def refused(socket: Socket, missed: Sequence[Change], around: Around, showing: Showing, limits: Limits) -> None:
    """A reload or start that was refused while what was there lives on."""
    for change in missed:
        episode = change.episode
        if episode is None or went_well(episode):
            continue
        refusals = episode.own[episode.own["event_name"].isin(REFUSALS)]
        taken = refusals[refusals["event_name"] == "listen.address_in_use"]
        died = episode.told["event_name"].isin((*DEATHS, "unit.start.failed")).any()
        # what cannot start because the socket answers is not what answers; what dies at a reload was it
        alive = not died or (episode.kind == "restart" and len(taken) > 0)
        meant = change.rollout is not None or episode.kind == "reload" or (episode.told["event_name"] == "unit.stopping").any()
        if not alive or not meant:
            continue
        results = episode.told[
            episode.told["event_name"].isin(["unit.reload.failed", "unit.reload.timed_out", "unit.start.failed"])
        ]
        shown = [cite(row) for rows in (refusals, results) for _, row in rows.head(limits.lines_cited).iterrows()]
        words = "refused" if len(refusals) else "reload_failed"
        showing.add(words, 0.9 if change.rollout is not None else 0.8, change, shown)
        return
    by_itself(socket, missed, around, showing, limits)


def by_itself(socket: Socket, missed: Sequence[Change], around: Around, showing: Showing, limits: Limits) -> None:
    """A refusal that only the service's own log tells of: the socket answers, so that an earlier process still holds it."""
    lifecycle = around.lifecycle
    if lifecycle is None or any(change.episode is not None for change in missed):
        return
    rows = lifecycle[(lifecycle["event_name"] == "listen.address_in_use") & (lifecycle["timestamp_us"] > socket.latest_us)]
    rows = rows[socket.among(rows["address"])].sort_values(["timestamp_us", "event_id"])
    if rows.empty:
        return
    at = int(rows["timestamp_us"].iloc[0])
    program = str(programs_of(rows).iloc[0])
    own = lifecycle[programs_of(lifecycle) == program]
    before = own[own["timestamp_us"] < at]
    ended = before[before["event_name"].isin(("service.terminating", "service.exited"))]["timestamp_us"].max()
    ready = before[before["event_name"].isin(READY)]["timestamp_us"].max()
    if ready == ready and not ended > ready:  # noqa: PLR0124 (NaN)
        change = Change(program, "", "reload", at, at)
        showing.add("refused", 0.7, change, [cite(row) for _, row in rows.head(limits.lines_cited).iterrows()])


def started_anew(socket: Socket, missed: Sequence[Change], around: Around, showing: Showing) -> None:
    """The unit was started anew, which makes a new file, and the file is still the old one: somebody else's."""
    lifecycle, captured = around.lifecycle, around.captured_us
    listeners = listeners_of(socket, around.states)
    if captured is None or lifecycle is None or listeners.empty or is_activated(socket, listeners, lifecycle):
        return
    taken = lifecycle[lifecycle["event_name"].isin(READY) & socket.among(lifecycle["address"])]
    for change in missed:
        episode = change.episode
        if episode is None or change.kind != "restart" or change.end_us >= captured or not went_well(episode):
            continue
        if (taken["timestamp_us"] >= change.begin_us).any():  # it says that it listens there
            continue
        started = episode.told[episode.told["event_name"] == "unit.started"]
        if len(started):
            showing.add("started_anew", 0.7, change, [cite(started.iloc[-1]), cite(listeners.iloc[0])])
            return


def finding_of(socket: Socket, showing: Showing, around: Around) -> Finding:
    """The finding of one socket."""
    lifecycle = around.lifecycle
    change = showing.change
    rollout = change.rollout if change else None
    unit = change.unit if change else text(showing.facts.get("owner_unit"))
    episodes_ = [each.episode for each in around.meant if each.episode is not None]
    end = repaired_at(change.episode, episodes_, lifecycle) if change and change.episode and lifecycle is not None else None
    facts: dict[str, Fact] = {
        "socket": socket.path,
        "socket_modified_at": iso(socket.modified_us) if socket.modified_us is not None else None,
        "socket_uncertain_s": round(socket.slack_us / SECOND, 3) if socket.modified_us is not None else None,
        "deploy_at": iso(rollout.said_us) if rollout else None,
        "changed_at": iso(change.begin_us) if change else None,
        "meant_by": change.kind if change else None,
        "shown_by": ", ".join(dict.fromkeys(showing.by)),
        "unit": unit,
        **{name: value for name, value in showing.facts.items() if name != "owner_unit"},
        "repaired_at": iso(end) if end is not None else None,
    }
    evidence = [cite(socket.row, socket.path, socket.name, "Modify: ")]
    evidence += [cite(rollout.row)] if rollout else []
    ready = None
    if change and change.episode:
        own = change.episode.own
        ready = own[own["event_name"].isin(READY) & (own["timestamp_us"] > change.begin_us)]
    assumed = str(socket.row["timestamp_basis"]) == "zone_assumed" and not change
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="high",
        confidence=showing.confidence - (0.2 if assumed else 0),
        start_us=change.begin_us if change else socket.modified_us,
        end_us=end,
        subject=socket.path,
        facts=facts,
        evidence=tuple(dict.fromkeys([*evidence, *showing.evidence])),
        counter_evidence=tuple(cite(row) for _, row in ready.head(2).iterrows()) if ready is not None else (),
        remedy=(*restart(unit), *listing(socket)),
        verify=listing(socket),
        places=frozenset({f"unix:{socket.path}", f"unix:{socket.said}", *([unit] if unit else [])}),
    )


def restart(unit: str | None) -> tuple[str, ...]:
    """Commands that make the file anew."""
    if not unit:
        return ("systemctl restart UNIT  # the one that should listen there",)
    name, find = for_shell(unit)
    return (*find, f"systemctl restart {name}")


def listing(socket: Socket) -> tuple[str, ...]:
    """Commands that show who listens, and on which file."""
    path = shlex.quote(socket.path)
    return (f"stat -c '%i %y' {path}", f"ss -lxpe | grep -F {path}  # ino: must be the same")


SIGNATURE: Final = Signature(
    name="stale_socket",
    role="cause",
    title="a socket that leads to what was there before",
    claim="{socket} is of {socket_modified_at} and still leads to what was there before the {meant_by} at {changed_at} ({shown_by})",
    judge=judge,
    needs={"files": SOCKET_FILES},
    improves={
        "states": STATES,
        "lifecycle": LIFECYCLE,
        "deploys": DEPLOYS,
        "settings": SETTINGS,
        "lines": RELEASE_LINES,
        "paths": RELEASE_PATHS,
    },
    of_one_host=True,
)
