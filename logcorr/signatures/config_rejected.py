"""A program refused its configuration.

Looks for
    the program's own words (nginx's [emerg] with file and line, php-fpm's "unknown entry", "failed to load configuration file"), and
    ``nginx -t`` that failed; refusals within a few seconds (``Limits``) are one. What came of it: the service died or did not start,
    it kept its old configuration at a reload, or it was a test and no more.

Matters because
    file and line stand there. A service that reloads by re-executing itself (php-fpm's USR2) dies of it after ``systemctl reload`` has
    returned 0; one that tests first (nginx) keeps its old configuration, and dies at the next restart.

Can mislead when
    a deploy tests its configuration, is refused, and stops: nothing was changed, all serves on, which is given as context and not as a
    cause; a service writes of its test into its own log (php-fpm does), where it looks like a refused start; a socket or port in use is
    no matter of configuration (``reload_failed``), though php-fpm ends with status 78 then, too.

Evidence given
    the refusing lines, and the manager's lines on the reload, the start or the death that came of it; against it: a later line that
    the configuration is good.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from logcorr.signatures.commands import for_shell
from logcorr.signatures.finding import Citation, Fact, Finding, Level, Signature, cite, text
from logcorr.signatures.lifecycle import DEATHS, SECOND, SETTLE_US, Episode, episodes, programs_of, stem
from logcorr.signatures.moments import iso
from logcorr.signatures.reload_failed import own_words, repaired_at
from logcorr.timeline.needs import LIFECYCLE, STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

Consequence = Literal["died", "kept_old", "test_only"]


LEVELS: Final[dict[str, Level]] = {"died": "critical", "kept_old": "high", "test_only": "low"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    together_s: float = 5.0  # php-fpm says it in four lines at once; nginx's cached clock may lag a second
    lines_cited: int = 6  # of one kind; the first ones tell the story


def judge(lifecycle: pd.DataFrame, states: pd.DataFrame | None, limits: Limits | None = None) -> list[Finding]:
    """One finding for each refusal: of a program, at a time."""
    limits = limits or Limits()
    rows = lifecycle.sort_values(["timestamp_us", "event_id"], ignore_index=True)
    programs = programs_of(rows)
    refused = rows[(rows["event_name"] == "config.rejected") & (programs != "systemd")]
    tests = failed_tests(states)
    managed = episodes(lifecycle)
    found = []
    for _, said in refused.groupby([programs, rows["host_name"].fillna("")], sort=True):
        parts = (said["timestamp_us"].diff() > limits.together_s * SECOND).cumsum()
        for _, part in said.groupby(parts):
            tested = tests[tests["body"].isin(part["detail"].dropna().map(str)) | tests["subject"].isin(part["config_file"])]
            found.append(of_refusal(part, tested, rows, managed, limits))
            tests = tests.drop(tested.index)
    return found + [of_test(row) for _, row in tests.drop_duplicates(["subject", "body"]).iterrows()]


def failed_tests(states: pd.DataFrame | None) -> pd.DataFrame:
    """What ``nginx -t`` said of what it refused; its closing verdict only where nothing else stands."""
    if states is None:
        return pd.DataFrame(columns=["subject", "body", "file", "line", "line_last"])
    rows = states[(states["subject_kind"].astype("string") == "config_test") & (states["status"] == "failed")]
    rows = rows.sort_values(["file", "line", "line_last"])
    reasons = rows[~rows["body"].astype("string").str.contains("test failed", regex=False)]
    verdicts = rows[~rows["file"].isin(reasons["file"])]
    return pd.concat([reasons, verdicts]) if len(verdicts) else reasons


def of_refusal(
    said: pd.DataFrame, tested: pd.DataFrame, rows: pd.DataFrame, managed: Sequence[Episode], limits: Limits
) -> Finding:
    """The finding of one refusal that a log tells of; ``tested`` is what a test said of the same."""
    program = str(programs_of(said).iloc[0])
    at, last = int(said["timestamp_us"].iloc[0]), int(said["timestamp_us"].iloc[-1])
    placed = said[said["config_line"].notna()]
    lead = (placed if len(placed) else said).iloc[0]
    episode = episode_of(said, program, managed)
    consequence, shown = outcome(episode, program, (at, last), rows, limits)
    unit = episode.unit if episode else text(lead["unit"])
    repaired = repaired_at(episode, list(managed), rows) if episode else None
    facts: dict[str, Fact] = {
        "program": program,
        "config_file": text(lead["config_file"]),
        "config_line": text(lead["config_line"]),
        "message": own_words(lead),
        "unit": unit,
        "consequence": consequence,
        "rejected_at": iso(at),
        "repaired_at": iso(repaired) if repaired is not None and consequence != "test_only" else None,
    }
    accepted = rows[(rows["event_name"] == "config.accepted") & (programs_of(rows) == program) & (rows["timestamp_us"] > last)]
    evidence = [cite(row) for _, row in said.head(limits.lines_cited).iterrows()]
    evidence += [cite(row) for _, row in shown.head(limits.lines_cited).iterrows()]
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="context" if consequence == "test_only" else "cause",
        level=LEVELS[consequence],
        confidence=0.97,
        start_us=at,
        end_us=last if consequence == "test_only" else repaired,
        subject=unit or program,
        facts=facts,
        evidence=tuple(dict.fromkeys([*evidence, *(cite(row) for _, row in tested.head(2).iterrows())])),
        counter_evidence=tuple(cite(row) for _, row in accepted.head(1).iterrows()),
        remedy=remedy(program, facts),
        verify=(f"systemctl status {for_shell(unit)[0]} --no-pager",) if unit else (test_of(program, unit),),
        places=frozenset({unit or program}),
    )


def episode_of(said: pd.DataFrame, program: str, managed: Sequence[Episode]) -> Episode | None:
    """The reload or start within which a program refused; a manager's log may have no more than seconds."""
    ids, host = set(said["event_id"]), text(said["host_name"].iloc[0])
    units = set(said["unit"].dropna())
    slack = int(said["timestamp_uncertainty_s"].fillna(0).max() * SECOND)
    at = int(said["timestamp_us"].iloc[0])
    for each in managed:
        if not (each.unit in units or stem(each.unit) == program) or (host and each.host and host != each.host):
            continue
        until = max(each.end_us or each.begin_us, each.begin_us) + SETTLE_US
        if ids & set(each.own["event_id"]) or each.begin_us - slack <= at <= until:
            return each
    return None


def outcome(
    episode: Episode | None, program: str, span: tuple[int, int], rows: pd.DataFrame, limits: Limits
) -> tuple[Consequence, pd.DataFrame]:
    """What came of a refusal, and the lines that show it."""
    at, last = span
    if episode is not None:
        told = episode.told[episode.told["timestamp_us"] >= at - SECOND]
        deaths = told[told["event_name"].isin((*DEATHS, "unit.start.failed"))]
        if len(deaths):
            return "died", deaths
        results = episode.told[
            episode.told["event_name"].isin(["unit.reload.failed", "unit.reload.timed_out", "unit.control.exited"])
        ]
        # of a reload that the manager calls done: nginx told by a signal reads its configuration at once, what comes later is a test
        ended = episode.end_us if episode.end_us is not None else episode.begin_us
        if len(results) or (episode.kind == "reload" and at <= ended + limits.together_s * SECOND):
            return "kept_old", results if len(results) else episode.told.head(2)
        return "test_only", rows.head(0)
    own = rows[(programs_of(rows) == program) & (rows["timestamp_us"].between(at - SETTLE_US, last + SETTLE_US))]
    asked = own[own["event_name"].isin(("service.reload.started", "service.reconfiguring")) & (own["timestamp_us"] <= last)]
    if (
        asked.empty
        or (own["event_name"].eq("service.ready") & own["timestamp_us"].between(int(asked["timestamp_us"].max()), at)).any()
    ):
        return "test_only", rows.head(0)
    # php-fpm has become a new process by then and cannot go back; nginx reads first and keeps what it has
    return ("died" if (asked["message_id"] == "php-fpm.reload_exec").any() else "kept_old"), asked


def of_test(row: pd.Series) -> Finding:
    """The finding of a test whose output is at hand."""
    message = str(row["body"]).splitlines()[0]
    file, _, line = message.rpartition(" in ")[2].rpartition(":")
    placed = file.startswith("/") and line.isdecimal()
    facts: dict[str, Fact] = {
        "program": "nginx",
        "config_file": file if placed else text(row["subject"]),
        "config_line": line if placed else None,
        "message": message,
        "unit": None,
        "consequence": "test_only",
        "rejected_at": None,
        "repaired_at": None,
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="context",
        level="low",
        confidence=0.97,
        subject="nginx",
        facts=facts,
        evidence=(Citation(str(row["file"]), int(row["line"]), int(row["line_last"]), (message,)),),
        remedy=remedy("nginx", facts),
        verify=(test_of("nginx", None),),
        missing=("the journal and the error log of nginx: whether it was told to take up this configuration",),
        places=frozenset({"nginx"}),
    )


def test_of(program: str, unit: str | None) -> str:
    """The program's own test of its configuration."""
    version = (unit or "").removesuffix(".service").removeprefix("php").removesuffix("-fpm")
    return {"nginx": "nginx -t", "php-fpm": f"php-fpm{version if version.replace('.', '').isdigit() else ''} -t"}.get(
        program, f"systemctl cat {for_shell(unit or program)[0]}"
    )


def remedy(program: str, facts: dict[str, Fact]) -> tuple[str, ...]:
    """Commands, in order, made for the case."""
    unit = text(facts["unit"])
    where = text(facts["config_file"])
    look = f"sed -n {facts['config_line']}p {shlex.quote(where)}" if where and facts["config_line"] else ""
    act = {"died": "systemctl start", "kept_old": "systemctl reload"}.get(str(facts["consequence"]), "")
    name, find = for_shell(unit) if unit else ("", ())
    return tuple(each for each in (look, test_of(program, unit), *find, f"{act} {name}" if act and unit else "") if each)


SIGNATURE: Final = Signature(
    name="config_rejected",
    role="cause",
    title="a configuration that was refused",
    claim='{program} refused its configuration at {config_file}:{config_line}: "{message}"',
    judge=judge,
    needs={"lifecycle": LIFECYCLE},
    improves={"states": STATES},
    of_one_host=True,
)
