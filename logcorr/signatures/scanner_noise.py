"""Scanners and bots ask for what is not there: noise that is no incident.

Looks for
    clients that mostly ask for pages that are not there, at least three different ones (``Limits``), far more than all others (Fisher's
    exact test, for as many clients as are looked at); and requests, of whomever, for what scanners ask every server for (``/.env``,
    ``/wp-login.php``), at least three such paths that this server does not have.

Matters because
    such requests make up most of a public server's 404 and hide what people meet; where only they fail, nobody is hurt.

Can mislead when
    pages are missing for people too (after a deploy that lost them): then many clients ask for them, and none stands out; parts of pages
    (scripts, pictures) are not counted, since a broken page asks for them. A crawler of a search engine that follows old links looks
    like a scanner, and what it finds missing may be missing. Behind a load balancer all clients are one: only paths tell then.

Evidence given
    the first page not found of the busiest such clients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from logcorr import statistics
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.client_needs import MISSING_PAGES, PROBED_PATHS, REFUSALS
from logcorr.timeline.needs import FAILED_REQUESTS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    fewest_pages: int = 3  # one or two missing pages are an old bookmark
    fewest_paths: int = 3  # one or two paths of scanners may be a curious person
    named: int = 3
    significant: float = statistics.SIGNIFICANT


def judge(
    clients: pd.DataFrame, paths: pd.DataFrame, statuses: pd.DataFrame, failed: pd.DataFrame, limits: Limits | None = None
) -> Sequence[Finding]:
    """One finding for all scanners."""
    limits = limits or Limits()
    whole = whole_clients(clients)
    requests, not_found, refused = (int(statuses[name].sum()) for name in ("requests", "not_found", "refused"))
    scanning = whole[is_scanner(whole, requests, not_found, limits)]
    if scanning.empty and len(paths) < limits.fewest_paths:
        return []
    others = whole[~whole["client_address"].isin(scanning["client_address"])]
    probes = int(others["probes"].sum())
    theirs = is_theirs(failed, scanning, paths)
    asking = whole[whole["client_address"].isin(scanning["client_address"]) | (whole["probes"] > 0)]
    asking, busiest = (
        each.sort_values(["not_found", "client_address"], ascending=[False, True]) for each in (asking, scanning)
    )
    popular = paths.sort_values(["not_found", "url_path"], ascending=[False, True])
    first, last = int(asking["first_us"].min()), int(asking["last_us"].max())
    facts: dict[str, Fact] = {
        "clients": len(scanning),
        "client": str((busiest if len(busiest) else asking)["client_address"].iloc[0]),
        "requests": int(scanning["requests"].sum()) + probes,
        "all_requests": requests,
        "probes_of_others": probes,
        "not_found": int(scanning["not_found"].sum()) + probes,
        "all_not_found": not_found,
        "refused": int(scanning["refused"].sum()) + probes,
        "all_refused": refused,
        "paths": len(paths),
        "path": ", ".join(popular["url_path"].head(limits.named)) or None,
        "failed": int(theirs.sum()),
        "all_failed": len(failed),
        "only_they_failed": bool(theirs.all()) if len(failed) else None,
        "first_at": iso(first),
        "last_at": iso(last),
    }
    return [
        Finding(
            signature=SIGNATURE.name,
            state="fired",
            role="context",
            level="informational",
            confidence=0.9,
            start_us=first,
            end_us=last,
            facts=facts,
            evidence=tuple(cite(row) for _, row in asking.head(limits.named).iterrows()),
        )
    ]


def whole_clients(clients: pd.DataFrame) -> pd.DataFrame:
    """The clients, each once however many files they are in; the file is that of the most pages not found."""
    ordered = clients.sort_values(["client_address", "not_found", "file"], ascending=[True, False, True])
    # a part of a page counts as one more page to the engine
    ordered["pages"] = ordered["pages"] - (ordered["not_found"] > ordered["missing_pages"])
    grouped = ordered.groupby("client_address", as_index=False, sort=True, observed=True)
    sums, firsts = ("not_found", "missing_pages", "probes"), ("requests", "failed", "refused", "file", "line")
    return grouped.agg(
        {**dict.fromkeys(sums, "sum"), **dict.fromkeys(firsts, "first"), "pages": "max", "first_us": "min", "last_us": "max"}
    )


def is_scanner(clients: pd.DataFrame, requests: int, not_found: int, limits: Limits) -> np.ndarray:
    """Which clients mostly ask for pages that are not there, far more than all others."""
    names = ("missing_pages", "requests", "not_found")
    counts = clients[list(names)].to_numpy(np.int64)
    found: np.ndarray = np.zeros(len(clients), dtype=bool)
    possible = np.flatnonzero(clients["pages"] >= limits.fewest_pages)
    alike, places = np.unique(counts[possible], axis=0, return_inverse=True)
    told: np.ndarray = np.zeros(len(alike), dtype=bool)
    for at, (missing, own, lost) in enumerate(alike.tolist()):
        if statistics.interval(missing, own)[0] > 0.5:  # noqa: PLR2004 (more than half)
            chance = statistics.chance_of_more(missing, own, max(not_found - lost, 0), requests - own)
            told[at] = chance < limits.significant / len(possible)
    found[possible] = told[places.ravel()]
    return found


def is_theirs(failed: pd.DataFrame, scanning: pd.DataFrame, paths: pd.DataFrame) -> np.ndarray:
    """Which failed requests are those of scanners: by client, or for a path that only scanners ask for."""
    by_client = failed["client_address"].astype(object).isin(set(scanning["client_address"].astype(object)))
    return (by_client | failed["url_path"].isin(set(paths["url_path"]))).to_numpy(dtype=bool)


SIGNATURE: Final = Signature(
    name="scanner_noise",
    role="context",
    title="requests of scanners and bots for what is not there",
    claim="{not_found} of {all_not_found} requests that were not found (404) come from scanners; they ask for {path}",
    judge=judge,
    needs={"clients": MISSING_PAGES, "paths": PROBED_PATHS, "statuses": REFUSALS, "failed": FAILED_REQUESTS},
)
