"""The web server has no connection left: ``worker_connections`` are not enough.

Looks for
    nginx's line of that name, and the failed requests that it names; beside them those whose access line says that nginx had nothing to
    connect with (``$upstream_status`` is ``-`` and the address is empty) while the log speaks of this limit alone.

Matters because
    nginx answers 500 in no time, the application knows nothing of it; on the accept side clients get no answer at all, and no access
    line tells of them.

Can mislead when
    connections pile up because the service behind is slow: then the limit is what was hit, and not why. The same access line comes of
    missing file descriptors (``file_descriptors_exhausted``): the error line tells them apart. At startup nginx warns that connections
    exceed the limit of open files: that is a warning.

Evidence given
    the first line, error line and access line of the first and the last request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.signatures.failures import kinds
from logcorr.signatures.finding import Fact, Finding, Signature
from logcorr.signatures.proxy_limits import Limit, limits_met, not_told
from logcorr.timeline.needs import FAILED_REQUESTS
from logcorr.timeline.proxy_needs import PROXY_COMPLAINTS, PROXY_LOG

if TYPE_CHECKING:
    import pandas as pd


def judge(lines: pd.DataFrame, failed: pd.DataFrame | None, told: pd.DataFrame | None) -> list[Finding]:
    """One finding for each host."""
    found = [of_host_limit(each) for each in limits_met(failed, lines, ("proxy.connections_exhausted",), "no_connections")]
    if found or failed is None:
        return found
    return not_told(SIGNATURE.name, SIGNATURE.role, kinds(failed) == "starved", told)


def of_host_limit(limit: Limit) -> Finding:
    """The finding of one host; a cause where requests failed by it, or clients were let go that no access line tells of."""
    most = limit.lines["detail"].dropna().astype("string")
    facts: dict[str, Fact] = {**limit.facts(), "worker_connections": int(most.iloc[0]) if len(most) else None}
    facts["without_requests"] = limit.rows.empty and bool(facts["refused_unseen"])
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause" if len(limit.rows) or facts["without_requests"] else "context",
        level="critical" if len(limit.rows) else "high" if facts["without_requests"] else "medium",
        confidence=0.97,
        start_us=limit.start_us,
        end_us=limit.end_us,
        subject="nginx",
        facts=facts,
        evidence=limit.evidence(),
        remedy=(
            "nginx -T | grep -n worker_connections  # raise it, and worker_rlimit_nofile to twice as many",
            "ss -tn state established | awk '{print $4}' | sort | uniq -c | sort -n | tail  # who holds the connections?",
        ),
        verify=("tail -f /var/log/nginx/error.log | grep 'worker_connections are not enough'  # no new ones",),
        explains=limit.rows["request_key"].to_numpy("int64"),
        places=frozenset({"nginx.service"}),
        host=limit.host,
    )


SIGNATURE: Final = Signature(
    name="proxy_connections_exhausted",
    role="cause",
    title="a web server without free connections",
    claim="nginx had no connection left ({worker_connections} a worker): {lines} lines, {requests} requests answered by nginx itself",
    judge=judge,
    needs={"lines": PROXY_COMPLAINTS},
    improves={"failed": FAILED_REQUESTS, "told": PROXY_LOG},
)
