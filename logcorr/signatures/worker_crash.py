"""A process of a service crashed or was killed in the middle of its work.

Looks for
    workers that ended by a signal of a fault of their own (SIGSEGV, SIGABRT, SIGBUS, ...) or by SIGKILL, as their master, the kernel
    (``segfault at``) or the service manager says, and main processes that ended by themselves; with the requests that were cut off at
    that moment, within what the clocks allow. Where it is not known that the service serves their address, so many of them must lie
    there as chance would hardly bring (Fisher's exact test).

Matters because
    who was served by that process got nothing, and the application logs nothing of it. The next request works, so that nobody can
    reproduce it.

Can mislead when
    SIGTERM, SIGHUP and SIGQUIT are how a reload ends its workers: they are none. A worker that is killed because a request took too long
    is ``worker_timeout``; one that the kernel ended for want of memory is ``oom_kill`` too. A service that refuses its new configuration
    ends by itself (``config_rejected``), and one that does so again and again is ``service_crash_loop``. SIGKILL may be a person's.

Evidence given
    the first and the last end, the kernel's line about the same process, the first error line and the first and last access line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from logcorr.signatures.commands import for_shell
from logcorr.signatures.deaths import (
    FAULTS,
    KILL,
    TOGETHER_US,
    Death,
    is_refusal,
    main_deaths,
    number_of,
    signal_name,
    slack_of,
    unit_of_row,
)
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.lifecycle import SECOND, SETTLE_US, episodes, stem
from logcorr.signatures.moments import iso
from logcorr.signatures.service_crash_loop import loops
from logcorr.signatures.serving import Surroundings
from logcorr.signatures.struck import Span, Struck, struck
from logcorr.timeline.needs import FAILED_REQUESTS, LIFECYCLE, SETTINGS, STATES, TRAFFIC_BY_HOST
from logcorr.timeline.service_needs import PROCESS_ENDS

#: a master notices that a worker is gone at its next round
NOTICED_US: Final = SECOND


def judge(  # noqa: PLR0913, PLR0917 (each is a kind of evidence)
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    ends: pd.DataFrame,
    lifecycle: pd.DataFrame | None,
    settings: pd.DataFrame | None,
    states: pd.DataFrame | None,
) -> list[Finding]:
    """One finding for each service, of its workers and of its main process apart."""
    around = Surroundings(settings, states, lifecycle)
    workers = worker_deaths(ends.sort_values(["timestamp_us", "event_id"]), around)
    mains = [] if lifecycle is None else main_crashes(lifecycle)
    found = []
    for deaths in by_unit([*workers, *mains]):
        spans = [span_of(each) for each in deaths]
        found.append(of_service(deaths, struck(deaths[0].unit, spans, failed, traffic, around), ends))
    return found


def by_unit(deaths: Sequence[Death]) -> list[list[Death]]:
    """The deaths of each unit, of workers and of main processes apart, in order of time."""
    groups: dict[tuple[str, bool], list[Death]] = {}
    for death in sorted(deaths, key=lambda each: each.at_us):
        groups.setdefault((death.unit, death.is_main), []).append(death)
    return [groups[key] for key in sorted(groups)]


def span_of(death: Death) -> Span:
    """When the requests of a process were cut off; of a main one, until when nobody took more."""
    late = death.at_us + death.slack_us
    if not death.is_main:
        return Span(death.at_us - death.slack_us - NOTICED_US, late)
    back = (death.back_us if death.back_us is not None else late) + SETTLE_US
    return Span(death.at_us - death.slack_us, late, back)


def worker_deaths(ends: pd.DataFrame, around: Surroundings) -> list[Death]:
    """Workers that crashed or were killed, each once, but for those that a limit or a restart ended."""
    names = ends["event_name"].astype("string")
    limits = ends[names == "worker.timed_out"]
    lifecycle = around.lifecycle
    restarts = [] if lifecycle is None else episodes(lifecycle)
    found: list[Death] = []
    for _, row in ends[names.isin(["worker.killed", "worker.crashed", "kernel.process_crashed"])].iterrows():
        at, pid = int(row["timestamp_us"]), number_of(row["subject_pid"])
        sign = number_of(row["signal"]) if names[row.name] == "worker.killed" else 11
        if sign not in {*FAULTS, KILL} or is_known(found, pid, at) or is_limit(row, limits):
            continue
        unit = unit_of_row(row, around)
        if sign == KILL and any(
            # of a program whose unit is not known it may be any unit's
            ("." not in unit or stem(each.unit) == stem(unit))
            and each.begin_us <= at <= (each.end_us or each.begin_us) + SETTLE_US
            for each in restarts
        ):
            continue
        found.append(Death(at, slack_of(row), unit, row, signal=sign, pid=pid))
    ended = {} if lifecycle is None else main_deaths(lifecycle)
    mains = {(each.unit, each.at_us) for deaths in ended.values() for each in deaths}
    return [each for each in found if not any(each.unit == unit and abs(each.at_us - at) <= TOGETHER_US for unit, at in mains)]


def is_known(found: Sequence[Death], pid: int | None, at: int) -> bool:
    """Whether another line has told of the same process."""
    return pid is not None and any(
        each.pid == pid and at - each.at_us <= TOGETHER_US + each.slack_us + NOTICED_US for each in found
    )


def is_limit(row: pd.Series, limits: pd.DataFrame) -> bool:
    """Whether a worker was ended because its request took too long: its master says so before."""
    near = limits[
        (limits["timestamp_us"] <= row["timestamp_us"]) & (limits["host_name"].fillna("") == (row["host_name"] or ""))
    ]
    pid = near["subject_pid"].notna() & (near["subject_pid"] == row["subject_pid"])
    number = near["subject_pid"].isna() & near["detail"].notna() & (near["detail"] == row["detail"])
    return bool((pid | number).any())


def main_crashes(lifecycle: pd.DataFrame) -> list[Death]:
    """Main processes that ended by themselves, but not again and again, and not for their configuration."""
    found = []
    for deaths in main_deaths(lifecycle).values():
        looped = {each.at_us for loop in loops(deaths) for each in loop}
        for death in deaths:
            by_itself = death.signal in {*FAULTS, KILL} or (death.exit_code or 0) != 0
            if by_itself and death.at_us not in looped and not is_refusal(death, lifecycle):
                found.append(death)
    return found


def of_service(deaths: Sequence[Death], hit: Struck | None, ends: pd.DataFrame) -> Finding:
    """The finding of one service's deaths."""
    first, last = deaths[0], deaths[-1]
    signs = pd.Series([signal_name(each.signal) or f"status {each.exit_code}" for each in deaths])
    pids = {str(each.pid) for each in deaths if each.pid is not None}
    kernel = ends[(ends["event_name"].astype("string") == "kernel.process_crashed") & ends["subject_pid"].isin(list(pids))]
    back = max((each.back_us or each.at_us for each in deaths), default=first.at_us)
    start = min(first.at_us, hit.start_us) if hit else first.at_us
    end = max(back, hit.end_us if hit else 0)
    facts: dict[str, Fact] = {
        "unit": first.unit,
        "process": "main process" if first.is_main else "worker",
        "deaths": len(deaths),
        "by": str(signs.value_counts().sort_index().idxmax()),
        "killed": int(sum(each.signal == KILL for each in deaths)),
        "kernel_lines": len(kernel),
        **(hit.facts() if hit else {"requests": 0, "matched_by": None}),
        "first_at": iso(first.at_us),
        "last_at": iso(last.at_us),
    }
    name, find = for_shell(first.unit)
    pid = f" {first.pid}" if first.pid is not None else ""
    lines = [first.row, last.row, *(row for _, row in kernel.head(1).iterrows())]
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause" if hit else "context",
        level="high" if hit else "medium",
        confidence=0.9 if hit is None or hit.matched_by == "upstream" else 0.75,
        start_us=start,
        end_us=end,
        subject=first.unit,
        facts=facts,
        evidence=tuple(dict.fromkeys([*map(cite, lines), *(hit.evidence() if hit else ())])),
        remedy=(
            *find,
            *((f"journalctl -u {name} -n 200  # what it said before it ended",) if first.is_main else ()),
            f"coredumpctl info{pid}  # where it stood; else journalctl -k | grep -E 'segfault|traps|Killed process'",
        ),
        verify=("journalctl -k -f  # no new line about it",),
        explains=hit.keys if hit else np.array([], np.int64),
        places=frozenset({first.unit}) | (hit.places if hit else frozenset()),
    )


SIGNATURE: Final = Signature(
    name="worker_crash",
    role="cause",
    title="a process that crashed or was killed while it worked",
    claim="the {process} of {unit} ended by {by} {deaths} times from {first_at} to {last_at}; {requests} requests were lost by it",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC_BY_HOST, "ends": PROCESS_ENDS},
    improves={"lifecycle": LIFECYCLE, "settings": SETTINGS, "states": STATES},
    of_one_host=True,
)
