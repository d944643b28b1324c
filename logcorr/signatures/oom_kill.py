"""A process was ended because memory ran out.

Looks for
    processes that the kernel ended (``Out of memory: Killed process``, of the machine or of one control group), units that the service
    manager says lost one so, units that systemd-oomd ended, and processes of Node.js that reached their own limit (``JavaScript heap out
    of memory``, followed by their end by SIGABRT); put to the service that they were of by control group, process, unit or name. With the
    requests that were cut off by it, or could not connect until the service was back.

Matters because
    it strikes whoever takes much, not who is to blame, and comes back: a restart gives it only the time until the memory is full again.

Can mislead when
    who ``invoked oom-killer`` is not who was ended. Another service's process was the victim: then no failed request fits, and it is
    context. The limit of Node.js is the process's own (``kind`` is heap): the machine may have memory to spare. Words about memory in
    another program's line are none.

Evidence given
    the kernel's, systemd-oomd's or the process's own line, the end of the unit's main process, the first error line and the first and
    last access line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from logcorr.signatures.commands import for_shell
from logcorr.signatures.deaths import TOGETHER_US
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.lifecycle import SETTLE_US
from logcorr.signatures.moments import iso
from logcorr.signatures.serving import Surroundings
from logcorr.signatures.struck import Span, Struck, struck
from logcorr.signatures.victims import Victim, victims
from logcorr.timeline.needs import FAILED_REQUESTS, LIFECYCLE, SETTINGS, STATES, TRAFFIC_BY_HOST
from logcorr.timeline.service_needs import HEAP_ENDS, MEMORY_ENDS

#: whose limit it was, in words of the finding
_WHERE: Final = {"machine": "the machine's", "group": "its control group's", "oomd": "the machine's", "heap": "its own"}


def judge(  # noqa: PLR0913, PLR0917 (each is a kind of evidence)
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    ends: pd.DataFrame,
    heaps: pd.DataFrame | None,
    lifecycle: pd.DataFrame | None,
    settings: pd.DataFrame | None,
    states: pd.DataFrame | None,
) -> list[Finding]:
    """One finding for each service and kind of limit."""
    around = Surroundings(settings, states, lifecycle)
    groups: dict[tuple[str, str], list[Victim]] = {}
    for each in victims(ends.sort_values(["timestamp_us", "event_id"]), heaps, around):
        groups.setdefault((each.unit, each.kind), []).append(each)
    return [
        of_service(own, struck(own[0].unit, [span_of(each) for each in own], failed, traffic, around))
        for _, own in sorted(groups.items())
    ]


def span_of(victim: Victim) -> Span:
    """When requests were cut off, and until when nobody took more; a worker's place is taken by others at once."""
    death = victim.death
    if death is None:
        until = victim.at_us + victim.slack_us + TOGETHER_US
        back = victim.back_us if victim.back_us is not None else until + SETTLE_US
        return Span(victim.at_us - victim.slack_us, until, back if victim.kind == "heap" else None)
    back = death.back_us if death.back_us is not None else death.at_us + death.slack_us
    return Span(
        min(victim.at_us, death.at_us) - victim.slack_us - death.slack_us, death.at_us + death.slack_us, back + SETTLE_US
    )


def of_service(own: Sequence[Victim], hit: Struck | None) -> Finding:
    """The finding of one service's victims."""
    first, last = own[0], own[-1]
    ends = [max(each.at_us, (each.death.back_us or each.at_us) if each.death else each.at_us) for each in own]
    facts: dict[str, Fact] = {
        "unit": first.unit or None,
        "program": first.program or None,
        "kind": first.kind,
        "limit": _WHERE.get(first.kind),
        "deaths": len(own),
        "main_process": any(each.death is not None for each in own),
        "pid": first.pid,
        **(hit.facts() if hit else {"requests": 0, "matched_by": None}),
        "first_at": iso(first.at_us),
        "last_at": iso(last.at_us),
    }
    cited = [cite(row, "FATAL ERROR: ") if "FATAL ERROR" in str(row["body"]) else cite(row) for row in first.rows]
    cited += [cite(each.death.row) for each in (first, last) if each.death]
    cited += [cite(last.rows[0], "FATAL ERROR: ") if "FATAL ERROR" in str(last.rows[0]["body"]) else cite(last.rows[0])]
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause" if hit else "context",
        level="critical" if hit else "medium",
        confidence=0.95 if hit is None or hit.matched_by == "upstream" else 0.75,
        start_us=min(first.at_us, hit.start_us) if hit else first.at_us,
        end_us=max(*ends, hit.end_us if hit else 0) if len(ends) > 1 or hit else ends[0],
        subject=first.unit or first.program,
        facts=facts,
        evidence=tuple(dict.fromkeys([*cited, *(hit.evidence() if hit else ())])),
        remedy=remedy(first),
        verify=(
            "tail -f LOG | grep -F 'heap out of memory'  # of the service: no new ones"
            if first.kind == "heap"
            else "journalctl -k -f  # no new 'Killed process'",
        ),
        explains=hit.keys if hit else np.array([], np.int64),
        places=frozenset({first.unit} - {""}) | (hit.places if hit else frozenset()),
    )


def remedy(victim: Victim) -> tuple[str, ...]:
    """What to look at, made for the case."""
    unit = victim.unit if "." in victim.unit or " " in victim.unit else ""
    name, find = for_shell(unit) if unit else ("UNIT", ())
    if victim.kind == "heap":
        return (
            *find,
            f"systemctl show {name} -p ExecStart,Environment | grep -o 'max-old-space-size=[0-9]*'  # its limit, in MB",
            "find what it keeps in memory (node --heapsnapshot-near-heap-limit=1); if it came with a release, go back to the one before",
        )
    return (
        *find,
        f"systemctl show {name} -p MemoryMax,MemoryHigh,MemoryPeak; free -m",
        "journalctl -k | grep -B 40 'Killed process' | grep -E 'oom-kill|rss'  # who took how much",
    )


SIGNATURE: Final = Signature(
    name="oom_kill",
    role="cause",
    title="a process that was ended because memory ran out",
    claim="a process of {unit} ended for want of memory at {first_at} ({kind}; {deaths} in all); {requests} requests failed by it",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC_BY_HOST, "ends": MEMORY_ENDS},
    improves={"heaps": HEAP_ENDS, "lifecycle": LIFECYCLE, "settings": SETTINGS, "states": STATES},
    of_one_host=True,
)
