"""The web server could not connect to the service behind it.

Looks for
    failed requests whose error line says that connect() failed (no such file, refused, permission denied, unreachable) or that no
    upstream was left, or whose access line says that no connection was made (``$upstream_connect_time`` is ``-``). A full queue
    (errno 11) is another matter: there somebody listens.

Matters because
    such a request never reached the application: its log is silent, its metrics are green, and the answer comes in no time.

Can mislead when
    a service restarts: for a moment nobody listens (``restart_blip`` tells it apart). ``$upstream_status`` 502 alone does not mean that
    the upstream answered: nginx writes its own verdict there. An error log at level ``crit`` leaves out refused connections.

Evidence given
    the first and the last error line, the first access line; against it: nothing is known that would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from logcorr.signatures.failures import UNREACHABLE, is_local, is_unreachable, upstream_of
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import FAILED_REQUESTS, STATES

if TYPE_CHECKING:
    from collections.abc import Hashable


def judge(failed: pd.DataFrame, states: pd.DataFrame | None) -> list[Finding]:
    """One finding for each upstream."""
    unreachable = failed[is_unreachable(failed)]
    upstreams = upstream_of(unreachable).fillna("")
    several = len(failed["host_name"].dropna().unique()) > 1
    # a socket of this path, or a port of localhost, is another one on another host
    hosts = unreachable["host_name"].fillna("").where(is_local(upstreams) & several, "")
    groups = unreachable.groupby([upstreams, hosts], sort=True)
    return [of_upstream(address, str(host), rows, failed, states) for (address, host), rows in groups]


def of_upstream(address: Hashable, host: str, rows: pd.DataFrame, failed: pd.DataFrame, states: pd.DataFrame | None) -> Finding:
    """The finding of one upstream; ``address`` is empty where the logs do not name it, ``host`` where it is of no known one."""
    if host and states is not None:
        states = states[states["host_name"].fillna(host) == host]
        failed = failed[failed["host_name"].fillna(host) == host]
    rows = rows.sort_values(["timestamp_us", "request_key"])
    start, end = int(rows["started_us"].min()), int(rows["timestamp_us"].max())
    errno = rows["error_errno"].dropna()
    reasons = errno.map(UNREACHABLE).value_counts()
    told = rows[rows["error_event_id"].notna()]
    listening, seen = listener(str(address), states)
    during = failed[(failed["timestamp_us"] >= start) & (failed["started_us"] <= end)]
    facts: dict[str, Fact] = {
        "upstream": str(address) or None,
        "reason": str(reasons.index[0]) if len(reasons) else None,
        "errno": int(errno.mode().iloc[0]) if len(errno) else None,
        "requests": len(rows),
        "failed_meanwhile": len(during),
        "status": ", ".join(str(status) for status in sorted(rows["http_response_status_code"].unique())),
        "listening": listening,
        "first_at": iso(start),
        "last_at": iso(end),
        **({"host": host} if host else {}),
    }
    evidence = [error_line(row) for _, row in (told.iloc[[0, -1]] if len(told) > 1 else told).iterrows()]
    evidence += [cite(rows.iloc[0])]
    if len(rows) > 1:
        evidence.append(cite(rows.iloc[-1]))
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="mechanism",
        level="critical",
        confidence=0.97 if len(told) else 0.85,
        start_us=start,
        end_us=end,
        subject=str(address),
        facts=facts,
        evidence=tuple(dict.fromkeys([*evidence, *seen])),
        remedy=remedy(str(address), facts),
        verify=verify(str(address)),
        explains=rows["request_key"].to_numpy(),
        places=frozenset({str(address)} - {""}),
        host=host,
    )


def error_line(row: pd.Series) -> Citation:
    """The error line of a failed request."""
    return cite({"file": row["error_file"], "line": row["error_line"], "line_last": row["error_line_last"]})


def listener(address: str, states: pd.DataFrame | None) -> tuple[bool | None, list[Citation]]:
    """Whether anything was seen to listen there (None: not looked), and the line that shows the socket."""
    if states is None or not address:
        return None, []
    subject = address.removeprefix("unix:")
    rows = states[states["subject"] == subject]
    looked = states["subject_kind"].astype("string") == "listener"
    of_kind = states.loc[looked, "subject"].astype("string").str.startswith("/") == subject.startswith("/")
    listening = rows["listening"].astype("boolean").fillna(value=False)
    if listening.any():
        return True, [cite(rows[listening].iloc[0])]
    files = rows[rows["subject_kind"].astype("string") == "file"].head(1)
    return (False if of_kind.any() else None), [cite(row, subject, "Modify: ") for _, row in files.iterrows()]


def remedy(address: str, facts: dict[str, Fact]) -> tuple[str, ...]:
    """What to look at, made for the case."""
    path = address.removeprefix("unix:")
    if not address:
        return ("nginx -T  # which upstream do the failing locations pass to?",)
    if address.startswith("unix:"):
        mode = ("namei -l " if facts["errno"] == 13 else "ls -l ") + quoted(path)  # noqa: PLR2004 (EACCES)
        return (mode, f"ss -lxp | grep -F {quoted(path)}", "systemctl restart UNIT  # the one that should listen there")
    return (
        f"ss -ltnp | grep -F {quoted(':' + path.rpartition(':')[2])}",
        "systemctl restart UNIT  # the one that should listen there",
    )


def verify(address: str) -> tuple[str, ...]:
    """Commands that show whether it helped."""
    path = address.removeprefix("unix:")
    where = f"ss -lxp | grep -F {quoted(path)}" if address.startswith("unix:") else f"ss -ltn | grep -F {quoted(path)}"
    return ((where,) if address else ()) + ("tail -f /var/log/nginx/error.log",)


def quoted(word: str) -> str:
    """A word of a log, safe in a shell."""
    import shlex

    return shlex.quote(word)


SIGNATURE: Final = Signature(
    name="upstream_unreachable",
    role="mechanism",
    title="an upstream that cannot be connected to",
    claim="nginx could not connect to {upstream}: {reason}, {requests} requests answered {status}",
    judge=judge,
    needs={"failed": FAILED_REQUESTS},
    improves={"states": STATES},
)
