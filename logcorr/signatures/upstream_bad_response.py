"""The service behind the web server answers, with something that the web server cannot pass on.

Looks for
    failed requests whose error line says what the upstream sent (too big header, invalid header or status, no valid HTTP header, another
    version of FastCGI), or that no TLS could be spoken with it.

Matters because
    the service works, by its own log it may even be content: what does not fit is how both are configured, or one header of an answer.

Can mislead when
    a certificate is at fault (``certificate_problem``); the answer was cut off (``upstream_closed_early``). An answer without a header
    is passed on with a status that is none (``009``): then no request counts as failed, and the finding is context.

Evidence given
    the first and the last error line and access line; of answers that failed no request the first line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from logcorr.signatures.by_upstream import Sent, listener_command, sent
from logcorr.signatures.finding import Fact, Finding, Signature, cite, text
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import FAILED_REQUESTS
from logcorr.timeline.proxy_needs import PROXY_COMPLAINTS

if TYPE_CHECKING:
    import pandas as pd

#: what nginx says of the answer -> what is wrong with it
REASONS: Final = {
    r"too big header": "header_too_big",
    r"unsupported FastCGI|FastCGI record|FastCGI version": "not_fastcgi",
    r"no valid HTTP": "not_http",
    r"SSL|TLS|handshake": "no_tls",
    r"\bheader|status|Content-Length|Transfer-Encoding|chunked": "header_invalid",
}
REMEDIES: Final = {
    "header_too_big": (
        "nginx -T | grep -nE '(proxy|fastcgi|uwsgi)_(buffer_size|buffers)'  # raise *_buffer_size, or find the header (cookies) that grew",
    ),
    "not_fastcgi": ("nginx -T | grep -n 'fastcgi_pass'  # an HTTP service is behind it: proxy_pass",),
    "not_http": ("nginx -T | grep -n 'proxy_pass'  # what is behind it speaks no HTTP: fastcgi_pass or uwsgi_pass?",),
    "no_tls": ("nginx -T | grep -n 'proxy_pass https'  # what is behind it speaks no TLS: http",),
}


def judge(failed: pd.DataFrame, complaints: pd.DataFrame | None) -> list[Finding]:
    """One finding for each upstream; where no request failed, one for all such answers."""
    found = [of_upstream(each, failed) for each in sent(failed, ("bad_response",))]
    return found or passed_on(complaints)


def of_upstream(part: Sent, failed: pd.DataFrame) -> Finding:
    """The finding of one upstream."""
    details = part.told["error_detail"].dropna().value_counts().sort_index().sort_values(ascending=False, kind="stable")
    what = str(details.index[0]) if len(details) else ""
    reason = reason_of(what)
    facts: dict[str, Fact] = {**part.facts(failed), "reason": reason, "answer": what or None, "kinds": len(details)}
    look = (listener_command(part.address),) if part.address else ()
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="cause",
        level="high",
        confidence=0.95,
        start_us=part.start_us,
        end_us=part.end_us,
        subject=part.address,
        facts=facts,
        evidence=part.evidence(),
        remedy=(*REMEDIES.get(reason or "", ()), *look),
        verify=("tail -f /var/log/nginx/error.log | grep 'upstream sent'  # no new ones",),
        explains=part.keys,
        places=part.places,
        host=part.host,
    )


def passed_on(complaints: pd.DataFrame | None) -> list[Finding]:
    """Odd answers that failed no request."""
    if complaints is None:
        return []
    odd = complaints[complaints["event_name"].astype("string") == "upstream.invalid_response"]
    if odd.empty:
        return []
    first = odd.sort_values(["first_us", "event_id"]).iloc[0]
    start, end = int(odd["first_us"].min()), int(odd["last_us"].max())
    address = text(first["upstream_address"]) or ""
    facts: dict[str, Fact] = {
        "upstream": address or None,
        "requests": 0,
        "lines": int(odd["lines"].sum()),
        "status": None,
        "reason": reason_of(str(first["detail"])),
        "answer": text(first["detail"]),
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
            confidence=0.9,
            start_us=start,
            end_us=end,
            subject=address,
            facts=facts,
            evidence=(cite(first),),
            places=frozenset({address} - {""}),
        )
    ]


def reason_of(what: str) -> str | None:
    """What is wrong with an answer, from nginx's words for it."""
    return next((reason for pattern, reason in REASONS.items() if re.search(pattern, what)), None)


SIGNATURE: Final = Signature(
    name="upstream_bad_response",
    role="cause",
    title="answers of a service that the web server cannot pass on",
    claim="{upstream} answered {requests} requests with what nginx cannot pass on: {answer}",
    judge=judge,
    needs={"failed": FAILED_REQUESTS},
    improves={"complaints": PROXY_COMPLAINTS},
)
