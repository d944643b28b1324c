"""From a deploy on, files that pages are made of are gone.

Looks for
    404 and 403 for scripts, styles, images and fonts whose path was answered well before the deploy, or that a page of the site itself
    refers to, and that were not missing before; more of them after the deploy than before it (Fisher's exact test, shared among
    the deploys).

Matters because
    no request fails with 5xx, and whoever loads the page afresh sees all well: those who had it open, or get it from a
    cache, click on a page without scripts and styles.

Can mislead when
    scanners guess names of files: nothing refers to these, and they were never there; browsers look for icons by themselves; a
    file was always missing; a page in a cache refers to old files for a while after any deploy that removes the ones before.

Evidence given
    the deploy's lines, the first and the last request for such a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from logcorr import statistics
from logcorr.signatures.deploy_traffic import SECOND, Deploy, deploys_of
from logcorr.signatures.finding import Fact, Finding, Signature, cite
from logcorr.signatures.moments import iso
from logcorr.timeline.needs import DEPLOYS, TRAFFIC
from logcorr.timeline.resource_needs import MISSING_ASSET_REQUESTS, MISSING_ASSETS

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOST: Final = r"^https?://([^/]+)/?"


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds."""

    significant: float = statistics.SIGNIFICANT
    clock_s: float = 2.0  # access logs are stamped to the second, with a cached clock


def judge(
    assets: pd.DataFrame, rows: pd.DataFrame, traffic: pd.DataFrame, deploys: pd.DataFrame, limits: Limits | None = None
) -> Sequence[Finding]:
    """One finding for each deploy from which on files are missing."""
    limits = limits or Limits()
    if assets.empty:
        return []
    known = deploys_of(deploys)
    ends = [each.begin_us for each in known[1:]] + [1 << 62]
    own = assets["referer"].astype("string").str.extract(_HOST)[0]
    hosts = assets.groupby(own)["referred"].sum().sort_values(ascending=False, kind="stable")
    # what most of the missing files are asked from is the site itself
    referred = own == hosts.index[0] if len(hosts) else pd.Series(data=False, index=assets.index)
    assets = assets.assign(of_page=referred.fillna(value=False).astype(bool))
    return [
        finding
        for each, until in zip(known, ends, strict=True)
        if (finding := of_deploy(each, until, assets, rows, traffic, limits, len(known)))
    ]


def of_deploy(  # noqa: PLR0913, PLR0917 (what is counted)
    deploy: Deploy,
    until: int,
    assets: pd.DataFrame,
    rows: pd.DataFrame,
    traffic: pd.DataFrame,
    limits: Limits,
    looked_at: int,
) -> Finding | None:
    """The finding of one deploy, if more files are missing after it than before it."""
    edge = deploy.begin_us - int(limits.clock_s * SECOND)
    new, old = assets["first_us"] >= edge, assets["last_us"] < edge
    there_before = (assets["found_us"] < edge).fillna(value=False)
    after = assets[new & (assets["first_us"] < until) & (there_before | assets["of_page"])]
    before = assets[old & (assets["found_us"].notna() | assets["of_page"])]
    hit = rows[rows["url_path"].isin(after["url_path"]) & (rows["timestamp_us"] >= edge) & (rows["timestamp_us"] < until)]
    missed_before = int(rows["url_path"].isin(before["url_path"]).sum())
    stamps = traffic["second"] * SECOND
    counts = (
        int(traffic.loc[(stamps >= edge) & (stamps < until), "requests"].sum()),
        int(traffic.loc[stamps < edge, "requests"].sum()),
    )
    chance = statistics.chance_of_more(len(hit), max(counts[0], len(hit)), missed_before, max(counts[1], missed_before))
    if hit.empty or chance >= limits.significant / looked_at:
        return None
    hit = hit.sort_values(["timestamp_us", "request_key"])
    start, end = int(hit["timestamp_us"].min()), int(hit["timestamp_us"].max())
    paths = hit["url_path"].value_counts()
    gone = after[after["url_path"].isin(paths.index)]
    facts: dict[str, Fact] = {
        "deploy_at": iso(deploy.begin_us),
        "release": deploy.release,
        "requests": len(hit),
        "clients": int(hit["client_address"].nunique()),
        "files": len(paths),
        "file": str(paths.index[0]),
        "files_there_before": int((gone["found_us"] < edge).sum()),
        "status": ", ".join(str(each) for each in sorted(hit["http_response_status_code"].unique())),
        "after_requests": counts[0],
        "before_missing": missed_before,
        "before_requests": counts[1],
        "chance": chance,
        "matched_by": "request",
        "first_at": iso(start),
        "last_at": iso(end),
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role=SIGNATURE.role,
        level="high",
        confidence=0.9,
        start_us=start,
        end_us=end,
        subject=str(facts["file"]),
        facts=facts,
        evidence=tuple(
            dict.fromkeys([cite(hit.iloc[0]), cite(hit.iloc[-1]), *(cite(row) for _, row in deploy.rows.iterrows())])
        ),
        remedy=(
            "put the files of the release before back beside the new ones, and keep them as long as pages that refer to them live",
        ),
        verify=("ask for the files that the page of the new release names, and for those of the release before",),
        beyond=hit,
    )


SIGNATURE: Final = Signature(
    name="missing_assets_after_deploy",
    role="cause",
    title="files of pages that are gone since a deploy",
    claim="from the deploy of {deploy_at} on {files} files of pages are missing ({status}): {requests} requests of {clients} clients",
    judge=judge,
    needs={"assets": MISSING_ASSETS, "rows": MISSING_ASSET_REQUESTS, "traffic": TRAFFIC, "deploys": DEPLOYS},
)
