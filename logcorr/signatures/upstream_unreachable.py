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

from logcorr.signatures.by_upstream import Sent, listener_command, of_host, quoted, sent
from logcorr.signatures.finding import Citation, Fact, Finding, Signature, cite
from logcorr.timeline.failed_kinds import UNREACHABLE
from logcorr.timeline.needs import FAILED_REQUESTS, STATES

if TYPE_CHECKING:
    import pandas as pd


def judge(failed: pd.DataFrame, states: pd.DataFrame | None) -> list[Finding]:
    """One finding for each upstream."""
    return [of_upstream(each, failed, states) for each in sent(failed, ("unreachable", "connect_timed_out"))]


def of_upstream(part: Sent, failed: pd.DataFrame, states: pd.DataFrame | None) -> Finding:
    """The finding of one upstream."""
    errno = part.rows["error_errno"].dropna()
    reasons = errno.map(UNREACHABLE).value_counts()
    listening, seen = listener(part.address, None if states is None else of_host(states, part.host))
    facts: dict[str, Fact] = {
        **part.facts(failed),
        "reason": str(reasons.index[0]) if len(reasons) else None,
        "errno": int(errno.mode().iloc[0]) if len(errno) else None,
        "listening": listening,
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="mechanism",
        level="critical",
        confidence=0.97 if len(part.told) else 0.85,
        start_us=part.start_us,
        end_us=part.end_us,
        subject=part.address,
        facts=facts,
        evidence=tuple(dict.fromkeys([*part.evidence(), *seen])),
        remedy=remedy(part.address, facts),
        verify=verify(part.address),
        explains=part.keys,
        places=part.places,
        host=part.host,
    )


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
        return (mode, listener_command(address), "systemctl restart UNIT  # the one that should listen there")
    return (listener_command(address), "systemctl restart UNIT  # the one that should listen there")


def verify(address: str) -> tuple[str, ...]:
    """Commands that show whether it helped."""
    path = address.removeprefix("unix:")
    where = f"ss -lxp | grep -F {quoted(path)}" if address.startswith("unix:") else f"ss -ltn | grep -F {quoted(path)}"
    return ((where,) if address else ()) + ("tail -f /var/log/nginx/error.log",)


SIGNATURE: Final = Signature(
    name="upstream_unreachable",
    role="mechanism",
    title="an upstream that cannot be connected to",
    claim="nginx could not connect to {upstream}: {reason}, {requests} requests answered {status}",
    judge=judge,
    needs={"failed": FAILED_REQUESTS},
    improves={"states": STATES},
)
