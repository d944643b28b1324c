"""A process has no file descriptor left (``EMFILE``), or the whole machine has none (``ENFILE``).

Looks for
    nginx's lines that ``socket()``, ``accept4()`` or ``open()`` failed with "Too many open files" and the requests that they name, beside
    them those whose access line says that nginx had nothing to connect with while the log speaks of this limit alone; the kernel's
    ``VFS: file-max limit reached``; and errors of an application that say so (``EMFILE``, ``ENFILE``) and belong to requests that
    failed.

Matters because
    nothing is broken but a number: new connections fail at once, running ones go on, and it comes and goes with the load.

Can mislead when
    errors of an application are about its own limit, nginx's about nginx's: the fact ``process`` tells them apart. Files that are never
    closed fill any limit: raising it buys time. The same access line comes of missing connections (``proxy_connections_exhausted``):
    the error line tells them apart.

Evidence given
    the first line of each kind, error line and access line of the first and the last request.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from logcorr.signatures.descriptor_errors import of_application
from logcorr.signatures.failures import kinds
from logcorr.signatures.finding import Fact, Finding, Signature
from logcorr.signatures.proxy_limits import Limit, limits_met, not_told
from logcorr.timeline.needs import APPLICATION_ERRORS, DEPLOYS, FAILED_REQUESTS, TRAFFIC
from logcorr.timeline.proxy_needs import PROXY_COMPLAINTS, PROXY_LOG

if TYPE_CHECKING:
    import pandas as pd


def judge(  # noqa: PLR0913, PLR0917 (each is a kind of evidence)
    failed: pd.DataFrame,
    lines: pd.DataFrame | None,
    told: pd.DataFrame | None,
    errors: pd.DataFrame | None,
    traffic: pd.DataFrame | None,
    deploys: pd.DataFrame | None,
) -> list[Finding]:
    """One finding for each process that ran out of them: the proxy of each host, and the application."""
    found = [] if lines is None else of_proxy(lines, failed)
    if traffic is not None:
        found += [in_words_of_all(each) for each in of_application(errors, failed, traffic, deploys)]
    if found:
        return found
    if lines is None and errors is None:
        missing = (PROXY_COMPLAINTS.missing, APPLICATION_ERRORS.missing)
        return [Finding(SIGNATURE.name, "not_evaluable", SIGNATURE.role, missing=missing)]
    return [] if lines is None else not_told(SIGNATURE.name, SIGNATURE.role, kinds(failed) == "starved", told)


def in_words_of_all(finding: Finding) -> Finding:
    """An application's finding with the facts that the claim speaks of."""
    return replace(finding, facts={**finding.facts, "process": "the application", "lines": finding.facts.get("errors")})


def of_proxy(lines: pd.DataFrame, failed: pd.DataFrame | None) -> list[Finding]:
    """Those of the proxy, by host."""
    events = ("proxy.files_exhausted", "kernel.files_exhausted")
    return [of_limit(each) for each in limits_met(failed, lines, events, "no_files")]


def of_limit(limit: Limit) -> Finding:
    """The finding of one host's proxy; a cause where requests failed by it."""
    names = limit.lines["event_name"].astype("string")
    proxy = limit.lines[names == "proxy.files_exhausted"]
    facts: dict[str, Fact] = {
        **limit.facts(),
        "process": "nginx" if len(proxy) else "kernel",
        "calls": ", ".join(sorted(proxy["detail"].dropna().astype("string").unique())) or None,
        "of_the_machine": bool((names == "kernel.files_exhausted").any()),
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause" if len(limit.rows) else "context",
        level="critical" if len(limit.rows) else "medium",
        confidence=0.97,
        start_us=limit.start_us,
        end_us=limit.end_us,
        subject="nginx" if len(proxy) else "kernel",
        facts=facts,
        evidence=limit.evidence(),
        remedy=(
            ("sysctl fs.file-nr fs.file-max",)
            if facts["of_the_machine"]
            else ("nginx -T | grep -n worker_rlimit_nofile", "systemctl show -p LimitNOFILE nginx  # raise both")
        )
        + ('for p in $(pgrep nginx); do echo "$p $(ls /proc/$p/fd | wc -l)"; done  # how many are open, and do they grow?',),
        verify=("tail -f /var/log/nginx/error.log | grep 'Too many open files'  # no new ones",),
        explains=limit.rows["request_key"].to_numpy("int64"),
        places=frozenset({"nginx.service"}) if len(proxy) else frozenset(),
        host=limit.host,
    )


SIGNATURE: Final = Signature(
    name="file_descriptors_exhausted",
    role="cause",
    title="a process without free file descriptors",
    claim="{process} had no file descriptor left: {lines} lines, {requests} requests failed by it",
    judge=judge,
    needs={"failed": FAILED_REQUESTS},
    improves={
        "lines": PROXY_COMPLAINTS,
        "told": PROXY_LOG,
        "errors": APPLICATION_ERRORS,
        "traffic": TRAFFIC,
        "deploys": DEPLOYS,
    },
)
