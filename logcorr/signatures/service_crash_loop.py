"""A service ended by itself again and again, and was started each time until it stayed up, or until the manager gave up.

Looks for
    ``least`` or more ends of one unit's main process that nobody asked for, each no more than ``pause_s`` after the one before it, with
    the starts that the manager scheduled between them; and the requests that could not connect to what the unit serves, or were cut off
    by it, from the first end to the start after which it stayed up.

Matters because
    the service seems to be up whenever somebody looks, and is down most of the time; after ``Start request repeated too quickly`` it
    stays down until a person starts it.

Can mislead when
    a deploy restarts the service several times: those ends were asked for, and are none. A service that refuses its configuration ends
    so too (``config_rejected`` says why); one that is out of memory (``oom_kill``). Which service an address belongs to is known from
    configuration, processes and names; where it is not, only the time tells.

Evidence given
    the first and the last end, the line of the start limit, the start after which it stayed up, the first error line and the first and
    last access line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from logcorr.signatures.commands import for_shell
from logcorr.signatures.deaths import Death, main_deaths, manager_rows, signal_name
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.lifecycle import SECOND, SETTLE_US
from logcorr.signatures.moments import iso
from logcorr.signatures.serving import Surroundings
from logcorr.signatures.struck import Span, struck
from logcorr.timeline.needs import FAILED_REQUESTS, LIFECYCLE, SETTINGS, STATES, TRAFFIC_BY_HOST


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    least: int = 3  # twice may be one fault and its echo; three times is a habit
    pause_s: float = 300.0  # a service that stays up for longer serves most of the time


def judge(  # noqa: PLR0913, PLR0917 (each is a kind of evidence)
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    lifecycle: pd.DataFrame,
    settings: pd.DataFrame | None,
    states: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for each loop of each unit."""
    limits = limits or Limits()
    around = Surroundings(settings, states, lifecycle)
    told = manager_rows(lifecycle)
    return [
        of_loop(loop, told[told["unit"] == unit], failed, traffic, around)
        for unit, deaths in main_deaths(lifecycle).items()
        for loop in loops(deaths, limits)
    ]


def loops(deaths: list[Death], limits: Limits | None = None) -> list[list[Death]]:
    """The stretches in which a unit ended again and again."""
    limits = limits or Limits()
    found: list[list[Death]] = []
    for death in deaths:
        if found and death.at_us - found[-1][-1].at_us <= limits.pause_s * SECOND:
            found[-1].append(death)
        else:
            found.append([death])
    return [each for each in found if len(each) >= limits.least]


def of_loop(
    loop: list[Death], told: pd.DataFrame, failed: pd.DataFrame, traffic: pd.DataFrame, around: Surroundings
) -> Finding:
    """The finding of one loop."""
    first, last = loop[0], loop[-1]
    after = told[told["timestamp_us"] >= last.at_us]
    limit = after[after["event_name"] == "unit.start.limit_hit"].head(1)
    stayed = after[after["event_name"] == "unit.started"].head(1)
    horizon = int(max(traffic["second"].max() * SECOND, failed["timestamp_us"].max() if len(failed) else 0, last.at_us))
    known = int(stayed["timestamp_us"].iloc[0]) if len(stayed) else None if len(limit) else last.back_us
    back = known if known is not None else horizon
    span = Span(first.at_us - first.slack_us, back + SETTLE_US, back + SETTLE_US)
    hit = struck(first.unit, [span], failed, traffic, around)
    codes = pd.Series([signal_name(each.signal) or f"status {each.exit_code}" for each in loop])
    start = min(first.at_us, hit.start_us) if hit else first.at_us
    end = max(known if known is not None else last.at_us, hit.end_us if hit else 0)
    facts: dict[str, Fact] = {
        "unit": first.unit,
        "deaths": len(loop),
        "by": str(codes.value_counts().sort_index().idxmax()),
        "gave_up": bool(len(limit)),
        "gave_up_at": iso(int(limit["timestamp_us"].iloc[0])) if len(limit) else None,
        "back_at": iso(known) if known is not None else None,
        **(hit.facts() if hit else {"requests": 0, "matched_by": None}),
        "first_at": iso(first.at_us),
        "last_at": iso(last.at_us),
    }
    name, find = for_shell(first.unit)
    lines = [first.row, last.row, *(row for part in (limit, stayed) for _, row in part.iterrows())]
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause" if hit else "context",
        level="critical" if hit else "medium",
        confidence=0.95 if hit is None or hit.matched_by == "upstream" else 0.75,
        start_us=start,
        end_us=end,
        subject=first.unit,
        facts=facts,
        evidence=tuple(dict.fromkeys([*map(cite, lines), *(hit.evidence() if hit else ())])),
        remedy=(
            *find,
            f"journalctl -u {name} -n 200  # what it said before it ended",
            *((f"systemctl reset-failed {name} && systemctl start {name}",) if len(limit) else ()),
        ),
        verify=(f"systemctl show {name} -p NRestarts,ActiveState,ExecMainStartTimestamp",),
        explains=hit.keys if hit else np.array([], np.int64),
        places=frozenset({first.unit}) | (hit.places if hit else frozenset()),
    )


SIGNATURE: Final = Signature(
    name="service_crash_loop",
    role="cause",
    title="a service that ends by itself again and again",
    claim="{unit} ended by itself {deaths} times from {first_at} to {last_at} ({by}); {requests} requests failed by it",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC_BY_HOST, "lifecycle": LIFECYCLE},
    improves={"settings": SETTINGS, "states": STATES},
    of_one_host=True,
)
