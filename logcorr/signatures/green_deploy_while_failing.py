"""A deploy called itself done, and something that it did had failed.

Looks for
    a deploy that says "completed" or whose steps returned 0 throughout, and beside it either the service manager or a service that
    says otherwise in that time (a failed reload, a refused configuration, a death), or a share of failed requests that rises with
    it (Fisher's exact test).

Matters because
    everybody looks at the green light first. A script sees an exit status of 0 when it did not wait, when it drops the status, and
    when the service fails a moment later.

Can mislead when
    failures were going on before and did not rise; the deploy is a roll-back that ended them; a restart in the deploy failed a few
    requests and no more: failures while services settle are not counted.

Evidence given
    the line in which the deploy calls itself done, what contradicts it, and the first failed request after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr import statistics
from logcorr.signatures.deploy_traffic import SECOND, Beside, Change, beside, change_of, deploys_of, without_refused
from logcorr.signatures.failures import is_refused
from logcorr.signatures.finding import Fact, Finding, Signature, cite, text
from logcorr.signatures.lifecycle import DEATHS, REFUSALS
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import DEPLOYS, FAILED_REQUESTS, LIFECYCLE, TRAFFIC

if TYPE_CHECKING:
    import pandas as pd

#: what a service manager or a service says that contradicts a green light
CONTRADICTIONS: Final = ("unit.reload.failed", "unit.reload.timed_out", "unit.start.failed", *REFUSALS, *DEATHS)


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    settle_s: float = 15.0  # a service that fails at a reload does so within this time
    clock_s: float = 2.0  # access logs are stamped to the second, with a cached clock
    significant: float = statistics.SIGNIFICANT


def judge(
    deploys: pd.DataFrame,
    traffic: pd.DataFrame | None,
    failed: pd.DataFrame | None,
    lifecycle: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for each deploy whose green light was wrong."""
    limits = limits or Limits()
    known = deploys_of(deploys)
    green = [each for each in known if is_green(each.status, text(each.row["exit_code"]))]
    near: list[tuple[Beside, Change | None]]
    if traffic is None or failed is None:
        near = [(Beside(each, deploys.iloc[:0], deploys.iloc[:0], 0), None) for each in green]
    else:
        counted, told = without_refused(traffic, failed), failed[~is_refused(failed)]
        both = [each for each in beside(known, counted, limits.settle_s) if each.deploy in green]
        near = [(each, risen(each, counted, told, limits)) for each in both]
    return [finding for each, change in near if (finding := of_deploy(each, change, lifecycle, limits))]


def risen(each: Beside, traffic: pd.DataFrame, failed: pd.DataFrame, limits: Limits) -> Change | None:
    """The failures that rose with or after a deploy; those that were going on before it are not its own."""
    if each.chance >= limits.significant:
        return None
    change = change_of(each, traffic, failed)
    return change if change and change.began_us >= each.deploy.begin_us - int(limits.clock_s * SECOND) else None


def is_green(status: str | None, codes: str | None) -> bool:
    """Whether a deploy says of itself that all went well."""
    numbers = re.findall(r"(?:=|^)(-?\d+)", codes or "")
    return status != "failed" and all(number == "0" for number in numbers) and (status == "completed" or bool(numbers))


def of_deploy(each: Beside, change: Change | None, lifecycle: pd.DataFrame | None, limits: Limits) -> Finding | None:
    """The finding of one green deploy, if anything contradicts it."""
    deploy = each.deploy
    said = contradictions(each, lifecycle, limits)
    if change is None and (said is None or said.empty):
        return None
    facts: dict[str, Fact] = {
        "deploy_at": iso(deploy.begin_us),
        "deploy_said": deploy.status,
        "deploy_exit_code": text(deploy.row["exit_code"]),
        "release": deploy.release,
        "contradicted_by": None if said is None or said.empty else " ".join(str(said.iloc[0]["body"]).split()),
        "failed": None if change is None else change.failed,
        "requests": None if change is None else change.requests,
        "first_failed_at": None if change is None else iso(int(change.hit["timestamp_us"].iloc[0])),
        "before_failed": None if change is None else each.counts[2],
        "before_requests": None if change is None else each.counts[3],
        "chance": None if change is None else each.chance,
    }
    cited = [cite(row) for _, row in deploy.rows.tail(1).iterrows()]
    cited += [] if said is None else [cite(row) for _, row in said.head(3).iterrows()]
    cited += [] if change is None else [cite(change.hit.iloc[0])]
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role=SIGNATURE.role,
        level="high",
        confidence=0.95,
        start_us=deploy.begin_us,
        end_us=None if change is None else change.until_us,
        subject=deploy.release or iso(deploy.begin_us),
        facts=facts,
        evidence=tuple(cited),
        explains=np.array([], np.int64) if change is None else change.hit["request_key"].to_numpy(),
    )


def contradictions(each: Beside, lifecycle: pd.DataFrame | None, limits: Limits) -> pd.DataFrame | None:
    """What service managers and services say against a deploy, in its time and shortly after."""
    if lifecycle is None:
        return None
    end = each.deploy.end_us + int(limits.settle_s * SECOND)
    stamps = lifecycle["timestamp_us"]
    told = lifecycle[lifecycle["event_name"].isin(CONTRADICTIONS) & (stamps >= each.deploy.begin_us - SECOND) & (stamps <= end)]
    order = told["event_name"].astype(str).map({name: at for at, name in enumerate(CONTRADICTIONS)})
    return told.assign(order=order).sort_values(["order", "timestamp_us", "event_id"])


SIGNATURE: Final = Signature(
    name="green_deploy_while_failing",
    role="symptom",
    title="a green deploy that went wrong",
    claim="the deploy of {deploy_at} called itself {deploy_said}, and it had gone wrong",
    judge=judge,
    needs={"deploys": DEPLOYS},
    improves={"traffic": TRAFFIC, "failed": FAILED_REQUESTS, "lifecycle": LIFECYCLE},
)
