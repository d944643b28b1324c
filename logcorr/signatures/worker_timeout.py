"""A request took longer than a worker may, and the service ended the worker.

Looks for
    what a service says when it ends a worker that is stuck (gunicorn ``WORKER TIMEOUT``, php-fpm ``execution timed out ... terminating``,
    uWSGI ``HARAKIRI``, Puma ``Terminating timed out worker``, Unicorn ``timeout ... killing``), with the requests that were cut off at
    that moment, one of which at least ran about as long as the limit allows, and those that waited in vain at the same address
    meanwhile. php-fpm names the request itself.

Matters because
    the client gets 502 after a long wait, the application logs nothing of it (it was stopped in the middle), and each such worker is
    missing until another takes its place.

Can mislead when
    the limit of the web server is the shorter one: then it gives up first (504, ``upstream_timeout``) and the worker is ended later. The
    limit is not the fault: what the requests waited for is. Where it is not known who serves the address, only the time tells.

Evidence given
    the first and the last line of the service, the first error line and the first and last access line, the setting of the limit.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pandas as pd

from logcorr.signatures.by_upstream import routes_of
from logcorr.signatures.deaths import slack_of, unit_of_row
from logcorr.signatures.failures import kinds
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite
from logcorr.signatures.lifecycle import SECOND, programs_of
from logcorr.signatures.moments import iso
from logcorr.signatures.serving import Surroundings
from logcorr.signatures.struck import Span, Struck, struck
from logcorr.timeline.needs import FAILED_REQUESTS, LIFECYCLE, SETTINGS, STATES, TRAFFIC_BY_HOST
from logcorr.timeline.service_needs import PROCESS_ENDS

#: a worker is told to end first, and killed at the master's next round
KILLED_WITHIN_US: Final = 2 * SECOND
#: masters look once a second or so how long a worker is busy, and it counts from its last sign of life
ROUND_S: Final = 1.0
_SETTING: Final = re.compile(r"(?:--timeout|-t|--harakiri)[ =](\d+)(?:\s|$)")
_SAID: Final = (re.compile(r"> (\d+)s\), killing"), re.compile(r" within (\d+) seconds\)"))
_RAN: Final = re.compile(r"execution timed out \((\d+\.\d+) sec\)")


def judge(  # noqa: PLR0913, PLR0917 (each is a kind of evidence)
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    ends: pd.DataFrame,
    lifecycle: pd.DataFrame | None,
    settings: pd.DataFrame | None,
    states: pd.DataFrame | None,
) -> list[Finding]:
    """One finding for each service."""
    told = ends[ends["event_name"].astype("string") == "worker.timed_out"].sort_values(["timestamp_us", "event_id"])
    around = Surroundings(settings, states, lifecycle)
    owners = [unit_of_row(row, around) for _, row in told.iterrows()]
    return [
        of_service(unit, lines, failed, traffic, around)
        for unit, lines in told.groupby(pd.Series(owners, index=told.index, dtype=object), sort=True)
    ]


def of_service(unit: str, lines: pd.DataFrame, failed: pd.DataFrame, traffic: pd.DataFrame, around: Surroundings) -> Finding:
    """The finding of one service."""
    limit, setting = limit_of(lines, around.settings)
    hit = None
    named = requests_named(lines, failed)
    if len(named):
        hit = Struck(named, "request", frozenset(named["error_upstream"].dropna()), 0.0)
    elif found := struck(unit, spans_of(lines), failed, traffic, around, waits=True):
        hit = found if as_long(found.rows, limit).any() else None
    first, last = lines.iloc[0], lines.iloc[-1]
    first_us, last_us = int(first["timestamp_us"]), int(last["timestamp_us"])
    waits = hit.rows["duration_s"].dropna() if hit else pd.Series(dtype=float)
    facts: dict[str, Fact] = {
        "unit": unit,
        "program": str(programs_of(lines).iloc[0]),
        "deaths": len(lines),
        "limit_s": limit,
        "as_long": int(as_long(hit.rows, limit).sum()) if hit else 0,
        "after_s": round(float(waits.median()), 3) if len(waits) else None,
        **(routes_of(hit.rows) if hit else {}),
        **(hit.facts() if hit else {"requests": 0, "matched_by": None}),
        "first_at": iso(first_us),
        "last_at": iso(last_us),
    }
    cited: list[Citation] = [cite(first), cite(last), *([cite(setting)] if setting is not None else [])]
    route = facts.get("route")
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause" if hit else "context",
        level="critical" if hit else "medium",
        confidence=0.95 if hit is None or hit.matched_by != "time" else 0.75,
        start_us=min(first_us, hit.start_us) if hit else first_us,
        end_us=max(last_us, hit.end_us) if hit else last_us,
        subject=unit,
        facts=facts,
        evidence=tuple(dict.fromkeys([*cited, *(hit.evidence() if hit else ())])),
        remedy=(
            f"find what the workers wait for{f' ({route})' if route else ''}: a lock, a query, another service",
            "if it came with a release, go back to the one before",
            "py-spy dump --pid PID  # or strace -p PID: where a worker stands that is stuck",
        ),
        verify=("tail -f /var/log/nginx/error.log  # no new line 'prematurely closed'",),
        explains=hit.keys if hit else np.array([], np.int64),
        places=frozenset({unit}) | (hit.places if hit else frozenset()),
    )


def spans_of(lines: pd.DataFrame) -> list[Span]:
    """When workers were ended."""
    spans = []
    for _, row in lines.iterrows():
        at, slack = int(row["timestamp_us"]), slack_of(row)
        spans.append(Span(at - slack - SECOND, at + slack + KILLED_WITHIN_US))
    return spans


def as_long(rows: pd.DataFrame, limit: float | None) -> np.ndarray:
    """Which requests ran about as long as the limit allows; all, where it or their time is not known."""
    ran = rows["duration_s"].astype("float64")
    cut = (kinds(rows) == "closed_early") | kinds(rows).isna()
    return (cut & (ran.isna() | (ran >= (limit or 0.0) - ROUND_S))).to_numpy(dtype=bool)


def limit_of(lines: pd.DataFrame, settings: pd.DataFrame | None) -> tuple[float | None, pd.Series | None]:
    """The limit in seconds, as the service says it or as it is configured, and the line of the setting."""
    for body in lines["body"].dropna():
        for pattern in _SAID:
            if found := pattern.search(str(body)):
                return float(found[1]), None
    if settings is not None:
        commands = settings[settings["key"].isin(["ExecStart"]) | (settings["key"] == "request_terminate_timeout")]
        program = str(programs_of(lines).iloc[0])
        for _, row in commands.iterrows():
            value = str(row["value"])
            if row["key"] == "ExecStart" and program in value and (found := _SETTING.search(value)):
                return float(found[1]), row
            plain = re.fullmatch(r"(\d+)s?", value.strip())
            if row["key"] != "ExecStart" and program == "php-fpm" and plain and int(plain[1]):
                return float(plain[1]), row
    ran = [float(found[1]) for body in lines["body"].dropna() if (found := _RAN.search(str(body)))]
    return (min(ran), None) if ran else (None, None)


def requests_named(lines: pd.DataFrame, failed: pd.DataFrame) -> pd.DataFrame:
    """The failed requests that the lines name (php-fpm), cut off when a worker was ended."""
    kept = []
    how = kinds(failed)
    cut = failed[(how == "closed_early") | (how.isna() & failed["http_response_status_code"].isin([502]))]
    for _, row in lines[programs_of(lines) == "php-fpm"].iterrows():
        method, _, target = str(row["detail"] or "").partition(" ")
        at, slack = int(row["timestamp_us"]), slack_of(row) + SECOND
        near = cut[(cut["timestamp_us"] >= at - slack) & (cut["timestamp_us"] <= at + slack + KILLED_WITHIN_US)]
        path = target.partition("?")[0]
        kept += near.index[(near["http_request_method"] == method) & (near["url_path"] == path)].tolist()
    return cut.loc[list(dict.fromkeys(kept))].sort_values(["timestamp_us", "request_key"])


SIGNATURE: Final = Signature(
    name="worker_timeout",
    role="cause",
    title="workers that were ended because a request took too long",
    claim="{unit} ended {deaths} stuck workers from {first_at} to {last_at}; {requests} requests were lost by it",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC_BY_HOST, "ends": PROCESS_ENDS},
    improves={"lifecycle": LIFECYCLE, "settings": SETTINGS, "states": STATES},
    of_one_host=True,
)
