"""From a deploy on, more requests fail than before it.

Looks for
    a share of failed requests (5xx) that is greater after a deploy than before it (Fisher's exact test, shared among the deploys), in
    the time after services have settled (``Limits``), and a change that lies at the deploy: the second that splits the requests into
    two rates best lies in it, or so soon after it that the requests between would hardly have shown it.

Matters because
    a deploy is the likeliest reason for a change that begins with it; but only a count shows whether there is one at all.

Can mislead when
    something else changed at the same time (``coincidence`` says how much of the time lies so near to a deploy that chance alone would
    find it there); there are few requests before the deploy; failures end with a restart: that is a ``restart_blip``, and requests that
    fail while services settle are left out here; the failures were going on before.

Evidence given
    the deploy's lines and the first failed request after the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr import statistics
from logcorr.signatures.deploy_traffic import SECOND, Beside, beside, change_of, deploys_of, without_refused
from logcorr.signatures.failures import is_refused
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import DEPLOYS, FAILED_REQUESTS, TRAFFIC

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    settle_s: float = 15.0  # a service that fails at a reload does so within this time; until then a restart may fail a few
    clock_s: float = 2.0  # access logs are stamped to the second, with a cached clock
    unlikely: float = 0.05  # requests between deploy and change that would have shown it more surely than this speak against it
    significant: float = statistics.SIGNIFICANT


def judge(traffic: pd.DataFrame, deploys: pd.DataFrame, failed: pd.DataFrame, limits: Limits | None = None) -> list[Finding]:
    """One finding for each deploy from which on more requests fail."""
    limits = limits or Limits()
    counted = without_refused(traffic, failed)
    told = failed[~is_refused(failed)]
    known = deploys_of(deploys)
    near = list(beside(known, counted, limits.settle_s))
    if near and all(each.before.empty for each in near) and len(told):
        missing = ("the access log for some time before the deploy: there is nothing to compare with",)
        return [Finding(SIGNATURE.name, "not_evaluable", SIGNATURE.role, missing=missing)]
    return [finding for each in near if (finding := of_deploy(each, counted, told, limits, len(near)))]


def of_deploy(each: Beside, traffic: pd.DataFrame, failed: pd.DataFrame, limits: Limits, looked_at: int) -> Finding | None:
    """The finding of one deploy, if the share of failures rose with it."""
    if each.chance >= limits.significant / looked_at:
        return None
    deploy = each.deploy
    change = change_of(each, traffic, failed)
    if change is None:
        return None
    bad, all_ = change.failed, change.requests
    slack = int(limits.clock_s * SECOND)
    between = traffic[(traffic["second"] * SECOND > deploy.end_us) & (traffic["second"] * SECOND < change.began_us)]
    waited = (1 - bad / all_) ** int(between["requests"].sum())
    at_its_end = change.began_us <= deploy.end_us + slack or waited >= limits.unlikely
    if change.began_us < deploy.begin_us - slack or not at_its_end:
        return None
    low, high = statistics.interval(bad, all_)
    _, _, old_bad, old_all = each.counts
    old_low, old_high = statistics.interval(old_bad, old_all)
    length = max(SECOND, change.until_us - int(each.before["second"].min()) * SECOND)
    facts: dict[str, Fact] = {
        "deploy_at": iso(deploy.begin_us),
        "release": deploy.release,
        "change_at": iso(change.began_us),
        "before_failed": old_bad,
        "before_requests": old_all,
        "before_share_low": round(old_low, 6),
        "before_share_high": round(old_high, 6),
        "after_failed": bad,
        "after_requests": all_,
        "after_share_low": round(low, 6),
        "after_share_high": round(high, 6),
        "chance": each.chance,
        "coincidence": round(min(1.0, (deploy.end_us - deploy.begin_us + 2 * slack) / length), 4),
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role=SIGNATURE.role,
        level="high",
        confidence=0.95,
        start_us=change.began_us,
        end_us=change.until_us,
        subject=deploy.release or iso(deploy.begin_us),
        facts=facts,
        evidence=(*(cite(row) for _, row in deploy.rows.iterrows()), cite(change.hit.iloc[0])),
        explains=change.hit["request_key"].to_numpy(),
    )


SIGNATURE: Final = Signature(
    name="error_rate_shift_at_deploy",
    role="symptom",
    title="more failures from a deploy on",
    claim="from {change_at} on {after_failed} of {after_requests} requests failed; before the deploy of {deploy_at} it was "
    "{before_failed} of {before_requests}",
    judge=judge,
    needs={"traffic": TRAFFIC, "deploys": DEPLOYS, "failed": FAILED_REQUESTS},
)
