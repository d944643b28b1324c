"""All workers of a service are busy: requests wait in its queue, and are refused where that is full.

Looks for
    requests that met a full queue (``connect()`` failed with 11), a service's own line that its workers are all in use
    (``server reached pm.max_children``, uWSGI's full listen queue), or a list of sockets that shows as many waiting as may; with the
    requests that timed out or were closed at the same upstream while it lasted.

Matters because
    the service is alive and each worker does its work: it is too slow, or there are too few. More workers help only if what makes them
    slow (a query, a lock, another service) has room for more.

Can mislead when
    the limit is met for a moment and everybody just waits: then no request failed by it, and it is context. ``max_children`` is said
    once an episode, and of one pool: another pool, another hour is not this. A queue is full too where nobody takes from it, as at a
    restart (``restart_blip``).

Evidence given
    the line of the limit, the first request that met the full queue and the first that timed out with their error lines, the first
    line about a slow request and where it stood, the socket with its queue, and the first of an application's warnings that were much
    more frequent then.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from logcorr import statistics
from logcorr.signatures.busy_reasons import more_warnings, slow_lines, slow_request
from logcorr.signatures.by_upstream import SECOND, Sent, error_line, listener_command, of_host, routes_of, sent
from logcorr.signatures.failures import kinds
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite, text
from logcorr.signatures.moments import iso
from logcorr.signatures.pools import FULL, Pool, full_queue, is_fastcgi, limit_of, lines_of, pools_at, while_it_lasts
from logcorr.timeline.needs import FAILED_REQUESTS, SETTINGS, STATES, TRAFFIC
from logcorr.timeline.proxy_needs import APPLICATION_WARNINGS, POOL_LINES

_KINDS: Final = ("queue_full", "timed_out", "connect_timed_out", "closed_early")


def judge(  # noqa: PLR0913, PLR0917 (each is a kind of evidence)
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    lines: pd.DataFrame | None,
    settings: pd.DataFrame | None,
    states: pd.DataFrame | None,
    warnings: pd.DataFrame | None,
) -> list[Finding]:
    """One finding for each upstream whose requests failed by it; else one for all lines that say so."""
    lines = None if lines is None else lines.sort_values(["timestamp_us", "event_id"])
    found = []
    parts = sent(failed, _KINDS)
    addresses = frozenset(each.address for each in parts if is_fastcgi(each.address, settings))
    for part in parts:
        names = pools_at(part.address, None if settings is None else of_host(settings, part.host))
        own = failed.iloc[:0] if lines is None else lines_of(of_host(lines, part.host), part.address, names, addresses)
        queue = full_queue(part.address, None if states is None else of_host(states, part.host))
        pool = Pool(part, own, names, limit_of(names, settings, own) if len(own) else None, queue)
        if finding := of_pool(pool, failed, traffic, warnings):
            found.append(finding)
    if lines is None or any(each.role == "cause" for each in found):
        return found
    return [*found, *nobody_failed(lines)]


def of_pool(pool: Pool, failed: pd.DataFrame, traffic: pd.DataFrame, warnings: pd.DataFrame | None) -> Finding | None:
    """The finding of one upstream; None where nothing shows that its workers were all busy."""
    rows = pool.sent.rows
    how = kinds(rows)
    refused, told = rows[how == "queue_full"], pool.full if len(pool.lines) else pool.lines
    if refused.empty and told.empty and pool.queue is None:
        return None
    signs = (
        [*told["timestamp_us"].tolist(), *refused["timestamp_us"].tolist()] if len(told) else refused["timestamp_us"].tolist()
    )
    if pool.queue is not None and pd.notna(pool.queue["timestamp_us"]):
        signs.append(int(pool.queue["timestamp_us"]))
    if not signs:
        return None
    own = while_it_lasts(rows, min(signs) - SECOND, max(signs) + SECOND).sort_values(["timestamp_us", "request_key"])
    if own.empty:
        return None
    by = "request" if len(refused) else "upstream" if pool.names or pool.queue is not None else "time"
    part = Sent(pool.sent.address, pool.sent.host, own)
    start, end = min(part.start_us, *signs), max(part.end_us, *signs)
    chance = chance_of(failed, own, traffic, start, end) if by == "time" else None
    if chance is not None and chance >= statistics.SIGNIFICANT:
        return None
    how = kinds(own)
    slow = slow_lines(pool.lines, start, end)
    warned, warning = more_warnings(warnings, traffic, start, end)
    facts: dict[str, Fact] = {
        **part.facts(failed),
        "pool": ", ".join(sorted(pool.names)) or (text(told["detail"].iloc[0]) if len(told) else None),
        "most": pool.most,
        "matched_by": by,
        "chance": chance,
        "queue_full": int((how == "queue_full").sum()),
        "timed_out": int(how.isin(["timed_out", "connect_timed_out"]).sum()),
        "closed_early": int((how == "closed_early").sum()),
        "limit_lines": len(told),
        "slow_lines": int(slow["event_name"].notna().sum()) if len(slow) else 0,
        "slow_request": slow_request(slow),
        "slow_route": routes_of(own[how.isin(["timed_out", "connect_timed_out"])])["route"],
        "queue": str(pool.queue["status"]) if pool.queue is not None else None,
        **warned,
        "first_at": iso(start),
        "last_at": iso(end),
    }
    units = set(pool.lines["unit"].dropna()) if len(pool.lines) else set()
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="critical",
        confidence=0.97 if len(refused) and len(told) else 0.9 if len(refused) or by == "upstream" else 0.75,
        start_us=start,
        end_us=end,
        subject=pool.sent.address,
        facts=facts,
        evidence=cited(pool, own, told, slow, warning),
        remedy=remedy(pool, facts),
        verify=(listener_command(pool.sent.address), "tail -f /var/log/nginx/error.log") if pool.sent.address else (),
        missing=() if len(told) or (pool.lines.shape[1] and len(pool.lines)) else (POOL_LINES.missing,),
        explains=part.keys,
        places=pool.sent.places | units,
        host=pool.sent.host,
    )


def chance_of(failed: pd.DataFrame, own: pd.DataFrame, traffic: pd.DataFrame, start: int, end: int) -> float:
    """How often so many of these failures lie in this time by chance, of all requests that do and do not."""
    same = failed[kinds(failed).isin(list(_KINDS))]
    inside = (traffic["second"] >= start // SECOND) & (traffic["second"] <= end // SECOND)
    requests, others = (int(traffic.loc[which, "requests"].sum()) for which in (inside, ~inside))
    return statistics.chance_of_more(len(own), max(requests, len(own)), len(same) - len(own), max(others, len(same) - len(own)))


def cited(
    pool: Pool, own: pd.DataFrame, told: pd.DataFrame, slow: pd.DataFrame, warning: Citation | None
) -> tuple[Citation, ...]:
    """The lines that show it: the limit, how requests met it, why, and the requests themselves."""
    how = kinds(own)
    firsts = [own[how.isin(each)].head(1) for each in (["queue_full"], ["timed_out", "connect_timed_out"], ["closed_early"])]
    met = [row for first in firsts for _, row in first.iterrows()]
    traced = slow["event_name"].isna() if len(slow) else slow.index.isna()
    return tuple(
        dict.fromkeys(
            [
                *(cite(row) for _, row in told.head(1).iterrows()),
                *(error_line(row) for row in met if pd.notna(row["error_event_id"])),
                *([warning] if warning else []),
                *(cite(row) for _, row in slow[~traced].head(1).iterrows()),
                *(cite(row, "script_filename") for _, row in slow[traced].head(1).iterrows()),
                *([cite(pool.queue)] if pool.queue is not None else []),
                *map(cite, met),
            ]
        )
    )


def remedy(pool: Pool, facts: dict[str, Fact]) -> tuple[str, ...]:
    """What to do and to look at, made for the case."""
    look = (
        (listener_command(pool.sent.address) + "  # Recv-Q: how many wait, Send-Q: how many may",) if pool.sent.address else ()
    )
    slow = facts["slow_route"] or facts["slow_request"]
    what = (
        f"find what makes the workers slow{f' ({slow})' if slow else ''}; if it came with a release, go back to the one before"
    )
    return (what, *look)


def nobody_failed(lines: pd.DataFrame) -> list[Finding]:
    """All workers were busy, and no failed request fits it: everybody waited."""
    told = lines[lines["event_name"].astype("string").isin(FULL)]
    if told.empty:
        return []
    start, end = int(told["timestamp_us"].min()), int(told["timestamp_us"].max())
    units = frozenset(told["unit"].dropna())
    facts: dict[str, Fact] = {
        "upstream": text(told["address"].iloc[0]),
        "pool": text(told["detail"].iloc[0]),
        "most": limit_of(frozenset(), None, told),
        "requests": 0,
        "limit_lines": len(told),
        "matched_by": None,
        "first_at": iso(start),
        "last_at": iso(end),
    }
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired",
            role="context",
            level="low",
            confidence=0.95,
            start_us=start,
            end_us=end,
            subject=str(facts["upstream"] or facts["pool"] or ""),
            facts=facts,
            evidence=(cite(told.iloc[0]),),
            remedy=("look at how long requests waited then; raise pm.max_children only if memory allows it",),
            places=units,
        )
    ]


SIGNATURE: Final = Signature(
    name="worker_pool_exhausted",
    role="cause",
    title="a service whose workers are all busy",
    claim="all workers behind {upstream} were busy from {first_at} to {last_at}: {requests} requests met a full queue or waited in vain",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC},
    improves={"lines": POOL_LINES, "settings": SETTINGS, "states": STATES, "warnings": APPLICATION_WARNINGS},
)
