"""The web server turned requests away because it is told to limit them.

Looks for
    nginx's lines "limiting requests" and "limiting connections", by client and zone.

Matters because
    these answers (503, or what ``limit_req_status`` says) are no outage: they are not counted as failed. But a limit that meets
    ordinary people is a fault of the configuration.

Can mislead when
    many people share one address (an office, a mobile network, another proxy): then one client is many. A dry run turns nobody away.
    Delayed requests were served. At ``limit_req_log_level notice`` a log of level ``error`` does not show them.

Evidence given
    the first line of the clients that were turned away most, the first and the last access line answered 5xx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.signatures.by_upstream import ends
from logcorr.signatures.failures import is_refused, kinds
from logcorr.signatures.finding import Fact, Finding, Signature, cite, text
from logcorr.signatures.moments import iso
from logcorr.signatures.proxy_limits import USUAL, not_told
from logcorr.timeline.needs import FAILED_REQUESTS, TRAFFIC
from logcorr.timeline.proxy_needs import PROXY_COMPLAINTS, PROXY_LOG

if TYPE_CHECKING:
    import pandas as pd

SECOND: Final = 1_000_000
NAMED: Final = 3


def judge(
    lines: pd.DataFrame, failed: pd.DataFrame | None, traffic: pd.DataFrame | None, log: pd.DataFrame | None
) -> list[Finding]:
    """One finding for all of them."""
    names = lines["event_name"].astype("string")
    told = lines[names == "request.limited"].sort_values(["first_us", "event_id"])
    if told.empty:
        if failed is None:
            return []
        doubtful = (kinds(failed) == "alone") & failed["error_event_id"].isna()
        return not_told(SIGNATURE.name, SIGNATURE.role, doubtful & (failed["http_response_status_code"] == USUAL), log)
    start, end = int(told["first_us"].min()), int(told["last_us"].max())
    by_client = told.groupby("client_address", sort=True)["lines"].sum().sort_values(ascending=False, kind="stable")
    zones = told["detail"].astype("string").str.extract(r'zone "([^"]*)"')[0].dropna().unique()
    firsts = [told[told["client_address"] == client].iloc[0] for client in by_client.index[:NAMED]] or [told.iloc[0]]
    refused = failed[is_refused(failed)].sort_values(["timestamp_us", "request_key"]) if failed is not None else None
    facts: dict[str, Fact] = {
        "requests": int(told["lines"].sum()),
        "clients": len(by_client),
        "client": text(by_client.index[0]) if len(by_client) else None,
        "of_client": int(by_client.iloc[0]) if len(by_client) else 0,
        "zone": ", ".join(sorted(map(str, zones))) or None,
        "delayed": int(lines.loc[names == "request.delayed", "lines"].sum()),
        "answered_5xx": None if refused is None else len(refused),
        "all_requests": None if traffic is None else requests_between(traffic, start, end),
        "first_at": iso(start),
        "last_at": iso(end),
    }
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired",
            role="context",
            level="informational" if len(by_client) < NAMED else "low",
            confidence=0.98,
            start_us=start,
            end_us=end,
            subject=str(facts["zone"] or ""),
            facts=facts,
            evidence=tuple(dict.fromkeys([*map(cite, firsts), *map(cite, ends(refused) if refused is not None else ())])),
        )
    ]


def requests_between(traffic: pd.DataFrame, start_us: int, end_us: int) -> int:
    """All requests of that time."""
    inside = (traffic["second"] >= start_us // SECOND) & (traffic["second"] <= end_us // SECOND)
    return int(traffic.loc[inside, "requests"].sum())


SIGNATURE: Final = Signature(
    name="rate_limited",
    role="context",
    title="requests that a limit turned away",
    claim="nginx turned away {requests} requests of {clients} clients because of its limit {zone}; they are not counted as failed",
    judge=judge,
    needs={"lines": PROXY_COMPLAINTS},
    improves={"failed": FAILED_REQUESTS, "traffic": TRAFFIC, "log": PROXY_LOG},
)
