"""A service was told to reload and did not take up its new configuration.

Looks for
    a reload that the service manager calls failed; a reload that it calls done, followed within 15 s (``Limits``) by the service's own
    refusal (configuration rejected, address in use, initialisation failed) or its death; and, where no manager's word is at
    hand, such a refusal in the service's own log while an earlier instance of it runs on.

Matters because
    the deploy goes on as if nothing had happened: old code keeps serving, or nothing serves at all, and ``systemctl reload`` may
    well have returned 0. With ``ExecReload=/bin/kill -USR2 $MAINPID`` systemd writes "Reloaded" before the service has even read its
    configuration.

Can mislead when
    a service refuses a configuration in a test run (``php-fpm -t``): that writes no reload of the manager; a daemon-reload
    ("Reloading." without a unit) is no reload of a service; a reload fails, and requests fail for another reason: whether its time
    and place fit the failing requests is judged in the diagnosis, not here.

Evidence given
    the manager's word on the reload, the service's own words, the death of its process; against it: lines that show it ready
    after the reload.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr.signatures.commands import for_shell
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite, text
from logcorr.signatures.lifecycle import DEATHS, READY, REFUSALS, Episode, episodes, programs_of, stem
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import DEPLOYS, LIFECYCLE

if TYPE_CHECKING:
    import pandas as pd

SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    deploy_window_s: float = 600.0  # a deploy reloads services while it runs or soon after; ten minutes covers slow hand-overs
    lines_cited: int = 6  # of one kind; the first ones tell the story


def judge(lifecycle: pd.DataFrame, deploys: pd.DataFrame | None, limits: Limits | None = None) -> list[Finding]:
    """One finding for each reload that did not take effect."""
    limits = limits or Limits()
    managed = episodes(lifecycle)
    found = [
        of_episode(episode, repaired_at(episode, managed, lifecycle), deploys, limits)
        for episode in managed
        if episode.kind == "reload" and not went_well(episode)
    ]
    covered = {stem(episode.unit) for episode in managed if episode.managed}
    return found + second_instances(lifecycle, covered, limits)


def went_well(episode: Episode) -> bool:
    """Whether neither the manager nor the service itself says otherwise."""
    refused = episode.own["event_name"].isin(REFUSALS).any()
    return not (episode.outcome == "failed" or refused or (episode.died and (episode.managed or episode.kind == "reload")))


def repaired_at(failed: Episode, managed: list[Episode], lifecycle: pd.DataFrame) -> int | None:
    """When the service is next known to have taken up its configuration: started anew, or reloaded well."""
    same = [each for each in managed if (each.unit, each.host) == (failed.unit, failed.host)]
    later = [each.end_us for each in same if each.begin_us > failed.begin_us and went_well(each)]
    here = lifecycle["host_name"].fillna(failed.host) == failed.host
    started = lifecycle[here & (lifecycle["unit"] == failed.unit) & (lifecycle["event_name"] == "unit.started")]
    if not failed.managed:
        own = programs_of(lifecycle) == failed.unit
        started = lifecycle[here & own & lifecycle["event_name"].isin(("service.ready", "service.running"))]
    stamps = [int(stamp) for stamp in started["timestamp_us"] if stamp > failed.begin_us]
    return min((stamp for stamp in (*later, *stamps) if stamp is not None), default=None)


def of_episode(episode: Episode, repaired_us: int | None, deploys: pd.DataFrame | None, limits: Limits) -> Finding:
    """The finding of one reload."""
    refusals = episode.own[episode.own["event_name"].isin(REFUSALS)]
    deaths = episode.told[episode.told["event_name"].isin(DEATHS if episode.managed else ("service.exited",))]
    results = episode.told[
        episode.told["event_name"].isin(["unit.reload.finished", "unit.reload.failed", "unit.reload.timed_out"])
    ]
    control = episode.told[episode.told["event_name"] == "unit.control.exited"]
    ready = episode.own[episode.own["event_name"].isin(READY) & (episode.own["timestamp_us"] > episode.begin_us)]
    asked = episode.own[episode.own["event_name"] == "service.reload.started"]
    deploy = deploy_around(deploys, episode.begin_us, limits)
    first = refusals.iloc[0] if len(refusals) else None
    unit, described = unit_of(episode)
    exits = deaths[deaths["event_name"] == "unit.process.exited"]
    facts: dict[str, Fact] = {
        "unit": unit,
        "described_as": described,
        "reload_at": iso(episode.begin_us),
        "manager_said": {"failed": "failed", "finished": "reloaded"}.get(episode.outcome, "nothing"),
        "own_words": own_words(first) if first is not None else None,
        "own_message": text(first["message_id"]) if first is not None else None,
        "address": text(first["address"]) if first is not None else None,
        "config_file": first_text(refusals, "config_file"),
        "config_line": first_text(refusals, "config_line"),
        "exit_code": first_text(control, "exit_code") or first_text(exits, "exit_code"),
        "service_died": bool(len(deaths)),
        "repaired_at": iso(repaired_us) if repaired_us is not None else None,
        "deploy_said": text(deploy["deployment_status"]) if deploy is not None else None,
        "deploy_exit_code": text(deploy["exit_code"]) if deploy is not None else None,
    }
    evidence = [
        cite(row)
        for frame in (refusals, results, deaths, asked, control)
        for _, row in frame.head(limits.lines_cited).iterrows()
    ]
    if deploy is not None:
        evidence.append(cite(deploy))
    own_address = {f"unix:{value}" if value.startswith("/") else value for value in refusals["address"].dropna()}
    direct = episode.outcome == "failed" or len(deaths) > 0
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="critical" if len(deaths) else "high",
        confidence=0.98 if direct else 0.9,
        start_us=episode.begin_us,
        end_us=repaired_us,
        subject=unit,
        facts=facts,
        evidence=unique(evidence),
        counter_evidence=tuple(cite(row) for _, row in ready.head(2).iterrows()) if not len(deaths) else (),
        remedy=remedy(unit, facts),
        verify=verify(unit),
        places=frozenset({episode.unit, unit, *own_address}),
    )


def unit_of(episode: Episode) -> tuple[str, str | None]:
    """The unit's name and, where systemd told only its description, that.

    The name is then the one before the service's own lines, if that is made like a unit's (``php8.3-fpm``, not ``php-fpm8.3``,
    which is a program's); else the description stands for it.
    """
    if re.search(r"\.[a-z]+$", episode.unit):
        return episode.unit, None
    names = episode.own["service_name"].dropna()
    named = names[names.str.fullmatch(r"php[0-9.]+-fpm")]
    return (f"{named.iloc[0]}.service" if len(named) else episode.unit), episode.unit


def second_instances(lifecycle: pd.DataFrame, covered: set[str], limits: Limits) -> list[Finding]:
    """Refusals that only the service's own log tells of, while an earlier instance runs on."""
    programs = programs_of(lifecycle)
    own = lifecycle[programs != "systemd"]
    found = []
    for name, rows in own.groupby(programs[programs != "systemd"]):
        refused = rows[rows["event_name"].isin(("listen.address_in_use", "service.init_failed"))]
        # a configuration refused while the service runs on is a test run (php-fpm -t): only a second instance finds the address taken
        if stem(str(name)) in covered or not (refused["event_name"] == "listen.address_in_use").any():
            continue
        at = int(refused["timestamp_us"].iloc[0])
        before = rows[rows["timestamp_us"] < at]
        running = before[before["event_name"].isin(READY)]
        stopped = before[before["event_name"].isin(("service.terminating", "service.exited"))]
        if running.empty or (len(stopped) and stopped["timestamp_us"].max() > running["timestamp_us"].max()):
            continue
        later = rows[(rows["timestamp_us"] > at) & rows["event_name"].isin(("service.ready", "service.running"))]
        end = int(later["timestamp_us"].iloc[0]) if len(later) else None
        first = refused.iloc[0]
        facts: dict[str, Fact] = {
            "unit": str(name),
            "reload_at": iso(at),
            "manager_said": "nothing",
            "own_words": own_words(first),
            "own_message": text(first["message_id"]),
            "address": text(first["address"]),
            "service_died": False,
            "repaired_at": iso(end) if end is not None else None,
        }
        address = text(first["address"])
        found.append(
            Finding(
                signature=SIGNATURE.name,
                state="fired",
                role="cause",
                level="high",
                confidence=0.7,
                start_us=at,
                end_us=end,
                subject=str(name),
                facts=facts,
                evidence=unique([cite(row) for _, row in refused.head(limits.lines_cited).iterrows()]),
                remedy=remedy(f"{name}", facts),
                verify=verify(f"{name}"),
                missing=("the journal of the unit (journalctl -o json): what the service manager said of the reload",),
                places=frozenset({str(name), *([f"unix:{address}"] if address else [])}),
            )
        )
    return found


def deploy_around(deploys: pd.DataFrame | None, at_us: int, limits: Limits) -> pd.Series | None:
    """What the deploy during which the reload took place said at its end."""
    if deploys is None:
        return None
    ended = deploys[deploys["deployment_status"].isin(["completed", "failed"])]
    window = int(limits.deploy_window_s * SECOND)
    near = ended[(ended["started_us"] - SECOND <= at_us) & (ended["timestamp_us"] + window >= at_us)]
    return near.sort_values("timestamp_us").iloc[-1] if len(near) else None


def remedy(unit: str, facts: dict[str, Fact]) -> tuple[str, ...]:
    """Commands, in order, made for the case."""
    test = {"php-fpm": f"{fpm_binary(unit)} -t", "nginx": "nginx -t"}.get(stem(unit))
    name, find = for_shell(unit)
    commands = [*([test] if test else []), *find]
    if facts.get("service_died"):
        return (*commands, f"systemctl start {name}")
    return (*commands, f"systemctl restart {name}", f"systemctl cat {name}  # what ExecReload does")


def verify(unit: str) -> tuple[str, ...]:
    """Commands that show whether it helped."""
    name, _ = for_shell(unit)
    return (f"systemctl status {name} --no-pager", f"journalctl -u {name} --since -5min --no-pager")


def fpm_binary(unit: str) -> str:
    """``php8.3-fpm.service`` -> ``php-fpm8.3``, as Debian names it."""
    version = unit.removesuffix(".service").removeprefix("php").removesuffix("-fpm")
    return f"php-fpm{version}" if version.replace(".", "").isdigit() else "php-fpm"


def own_words(row: pd.Series) -> str:
    """A message without the stamp and level that the service put before it."""
    return " ".join(re.sub(r"^\[[^\]]*\] (?:[A-Z]+: )?", "", str(row["body"])).split())


def first_text(rows: pd.DataFrame, column: str) -> str | None:
    """The first text of a column, None where there is none."""
    values = rows[column].dropna()
    return text(values.iloc[0]) if len(values) else None


def unique(citations: list[Citation]) -> tuple[Citation, ...]:
    """Each citation once, in order."""
    return tuple(dict.fromkeys(citations))


SIGNATURE: Final = Signature(
    name="reload_failed",
    role="cause",
    title="a reload that did not take effect",
    claim="{unit} was told to reload at {reload_at} and did not take up its new configuration",
    judge=judge,
    needs={"lifecycle": LIFECYCLE},
    improves={"deploys": DEPLOYS},
    of_one_host=True,
)
