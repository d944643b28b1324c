"""A certificate is not accepted: it has expired, is not valid yet, is of an unknown authority, or of another name.

Looks for
    failed requests whose error line says that nginx did not accept the certificate of the service behind it; errors of the application
    that belong to failing requests and say so of a service that it asks; and clients that refuse the server's own certificate
    (TLS alerts in nginx's error log at level info) while requests fall to less than half (exact tests on both).

Matters because
    a certificate ends on a date, with no deploy: nothing was changed, and everything that was right yesterday is refused. Of clients
    that turn away at the handshake the access log has no line at all.

Can mislead when
    a clock is wrong ("not yet valid"); scanners and old clients refuse certificates all day, while the others go on; TLS fails
    for another reason (a wrong port, no common protocol), which is no matter of certificates; a quiet night looks like fewer requests,
    though nobody is refused.

Evidence given
    the first and the last line that says it, the first failed access line; of clients the first and the last alert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from logcorr import statistics
from logcorr.signatures.application_errors import Evidence, Limits, finding_of, joined, share, upstreams_of
from logcorr.signatures.by_upstream import error_line, quoted
from logcorr.signatures.dependencies import address
from logcorr.signatures.deploy_traffic import SECOND, change_point
from logcorr.signatures.error_subjects import first_match, words
from logcorr.signatures.failures import upstream_of
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import APPLICATION_ERRORS, DEPLOYS, FAILED_REQUESTS, TRAFFIC
from logcorr.timeline.resource_needs import TLS_ALERTS

if TYPE_CHECKING:
    from collections.abc import Hashable

#: what is wrong -> words of OpenSSL, Go, Node and curl. Go says of an expired certificate that it has expired or is not yet valid
PROBLEMS: Final = {
    "expired": r"(?i)has expired|CERT_HAS_EXPIRED|\(10:",
    "not_yet_valid": r"(?i)not yet valid|NOT_YET_VALID|\(9:",
    "name_mismatch": r"(?i)does not match|doesn't match|ALTNAME_INVALID|certificate is (?:not )?valid for|no alternative certificate"
    r"|cURL error 51",
    "revoked": r"(?i)revoked|\(23:",
    "unknown_authority": r"(?i)self[- ]signed|unknown authority|SELF_SIGNED|UNABLE_TO|unable to (?:get|verify)|PKIX path"
    r"|\((?:18|19|20|21):",
}


def judge(  # noqa: PLR0913, PLR0917 (its needs)
    failed: pd.DataFrame,
    traffic: pd.DataFrame,
    errors: pd.DataFrame | None,
    alerts: pd.DataFrame | None,
    deploys: pd.DataFrame | None,
    limits: Limits | None = None,
) -> list[Finding]:
    """One finding for each upstream, for each service that the application asks, and for the server's own certificate."""
    given = Evidence(failed, traffic, deploys, limits or Limits())
    refused = (failed["error_name"].astype("string") == "upstream.tls_failed") & failed["error_detail"].astype(
        "string"
    ).str.contains("certificate", case=False, regex=False)
    refused_rows = failed[refused.fillna(value=False)]
    findings = [of_upstream(each, rows) for each, rows in refused_rows.groupby(upstream_of(refused_rows).fillna(""), sort=True)]
    if errors is not None:
        own = share(errors, "certificate")
        asked = words(own).map(address).fillna("") if len(own) else pd.Series(dtype=object)
        findings += [
            finding_of(
                SIGNATURE.name,
                found,
                given,
                {"problem": problem(words(found.errors)), "whose": str(where) or None, "side": "dependency"},
                subject=str(where),
                remedy=shown(str(where)),
                verify=shown(str(where)),
                places=upstreams_of(found.requests) | (frozenset({str(where)}) - {""}),
            )
            for where, rows in own.groupby(asked, sort=True)
            if (found := joined(rows, given))
        ]
    if alerts is not None and len(alerts):
        findings += of_clients(alerts, traffic, given.limits)
    return findings


def problem(said: pd.Series) -> str | None:
    """What is wrong with the certificate, as most of the texts say."""
    kinds = said.map(lambda text: first_match(PROBLEMS, text)).dropna().value_counts()
    return str(kinds.index[0]) if len(kinds) else None


def shown(where: str) -> tuple[str, ...]:
    """The command that shows from when to when the certificate is valid, and for which name."""
    if not where or where.startswith("unix:"):
        return ()
    host, _, port = where.rpartition(":")
    target = where if port.isdigit() and host else f"{where}:443"
    return (f"openssl s_client -connect {quoted(target)} </dev/null | openssl x509 -noout -dates -subject -issuer",)


def of_upstream(where: Hashable, rows: pd.DataFrame) -> Finding:
    """The finding of a service behind nginx whose certificate it does not accept."""
    rows = rows.sort_values(["timestamp_us", "request_key"])
    start, end = int(rows["started_us"].min()), int(rows["timestamp_us"].max())
    facts: dict[str, Fact] = {
        "problem": problem(rows["error_detail"].astype(object)),
        "whose": str(where) or None,
        "side": "upstream",
        "requests": len(rows),
        "matched_by": "request",
        "first_at": iso(start),
        "last_at": iso(end),
    }
    return Finding(
        SIGNATURE.name,
        "fired",
        "cause",
        "critical",
        0.97,
        start,
        end,
        str(where),
        facts,
        tuple(dict.fromkeys([error_line(rows.iloc[0]), error_line(rows.iloc[-1]), cite(rows.iloc[0])])),
        remedy=("renew the certificate of the service behind nginx, or the authorities that nginx trusts", *shown(str(where))),
        verify=shown(str(where)),
        explains=rows["request_key"].to_numpy(),
        places=frozenset({str(where)} - {""}),
    )


def of_clients(alerts: pd.DataFrame, traffic: pd.DataFrame, limits: Limits) -> list[Finding]:
    """The finding of the server's own certificate, where clients turn away from it and requests fall with that."""
    counts = alerts.groupby("second")["alerts"].sum().rename("failed")
    whole = traffic.set_index("second")["requests"].to_frame().join(counts, how="outer").fillna(0).astype("int64").sort_index()
    tries = whole["requests"] + whole["failed"]
    moments = pd.DataFrame({"second": whole.index, "requests": tries.to_numpy(), "failed": whole["failed"].to_numpy()})
    last = int(alerts["second"].max())
    split = change_point(moments[moments["second"] <= last])
    if split is None:
        return []
    begin, first = split // SECOND, int(traffic["second"].min())
    during = whole[(whole.index >= begin) & (whole.index <= last)]
    before = whole[whole.index < begin]
    turned, went = int(during["failed"].sum()), int(during["requests"].sum())
    turned_before, went_before = int(before["failed"].sum()), int(before["requests"].sum())
    chance = statistics.chance_of_more(turned, turned + went, turned_before, turned_before + went_before)
    length, length_before = last - begin + 1, begin - first
    if chance >= limits.significant or length_before <= 0 or not went_before:
        return []
    # of all requests as many would have come in this time if half as many came as before
    half = 0.5 * length / (length_before + 0.5 * length)
    if statistics.interval(went, went + went_before)[1] >= half:
        return []
    own = alerts[alerts["second"] >= begin].sort_values(["second", "event_id"])
    kinds = own.groupby("kind")["alerts"].sum().sort_values(ascending=False, kind="stable")
    facts: dict[str, Fact] = {
        "problem": str(kinds.index[0]),
        "whose": "the server",
        "side": "client",
        "requests": 0,
        "without_requests": True,
        "matched_by": "time",
        "alerts": turned,
        "alerts_before": turned_before,
        "requests_before": went_before,
        "requests_during": went,
        "before_s": length_before,
        "during_s": length,
        "chance": chance,
        "first_at": iso(split),
        "last_at": iso(last * SECOND),
    }
    return [
        Finding(
            SIGNATURE.name,
            "fired",
            "cause",
            "critical",
            0.9,
            split,
            (last + 1) * SECOND,
            "the server's own certificate",
            facts,
            tuple(dict.fromkeys([cite(own.iloc[0]), cite(own.iloc[-1])])),
            remedy=("renew the certificate and reload nginx, which keeps the one that it began with",),
            verify=(
                "openssl s_client -connect HOST:443 </dev/null | openssl x509 -noout -dates  # HOST: the name of the site",
            ),
        )
    ]


SIGNATURE: Final = Signature(
    name="certificate_problem",
    role="cause",
    title="a certificate that is not accepted",
    claim="the certificate of {whose} is not accepted ({problem}): {requests} requests failed",
    judge=judge,
    needs={"failed": FAILED_REQUESTS, "traffic": TRAFFIC},
    improves={"errors": APPLICATION_ERRORS, "alerts": TLS_ALERTS, "deploys": DEPLOYS},
)
