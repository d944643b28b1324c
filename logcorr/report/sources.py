"""What the report says of each file of the evidence, and of what the sources cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logcorr.signatures.moments import iso

if TYPE_CHECKING:
    from logcorr.reading import FileFacts
    from logcorr.signatures.finding import Finding
    from logcorr.timeline.timeline import Timeline


def file_told(timeline: Timeline, facts: FileFacts) -> dict[str, Any]:
    """One file: its sums, what it covers, how its times are known."""
    spans = timeline.coverage
    own = spans[(spans["file"] == facts.file.name) & spans["start"].notna()]
    zones = [zone for (file, _), zone in timeline.zones.items() if file == facts.file.name]
    zone = max(zones, key=lambda each: each.basis != "in_line") if zones else None
    told: dict[str, Any] = {}
    if zone is not None and zone.matches:
        told |= {"zone_matches": zone.matches, "zone_runner_up": zone.runner_up}
    years = [each.year_basis for each in zones if each.year_basis]
    ahead = [each.ahead_s for each in zones if each.ahead_s is not None]
    flags = timeline.flags.get(facts.file.name, {})
    told |= {"year_basis": years[0]} if years else {}
    told |= {"clock_ahead_s": ahead[0]} if ahead else {}
    told |= {"flags": flags} if flags else {}
    return {
        "file": facts.file.name,
        "sha256": facts.sha256,
        "format": facts.format or None,
        "lines": facts.lines,
        "events": facts.events,
        "continuation": facts.continuation,
        "blank": facts.blank,
        "unparsed": facts.refused,
        **({"skipped": facts.skipped} if facts.skipped else {}),
        "fallback": facts.fallback,
        "start": iso(own["start"].min().value // 1000) if len(own) else None,
        "end": iso(own["end"].max().value // 1000) if len(own) else None,
        "host": next((host for host in own["host_name"] if isinstance(host, str)), None),
        "zone": None if zone is None else str(zone) or None,
        "zone_basis": None if zone is None else zone.basis,
        **told,
        "problem": facts.problem or None,
    }


def coverage_of(timeline: Timeline, finding: Finding) -> list[dict[str, Any]]:
    """How much of the finding's time each source covers."""
    if finding.start_us is None:
        return []
    start, end = finding.start_us, max(finding.end_us or finding.start_us, finding.start_us + 1)
    covered = timeline.coverage.dropna(subset=["start"])
    shares = {}
    for source, rows in covered.groupby("source"):
        low, high = max(start, rows["start"].min().value // 1000), min(end, rows["end"].max().value // 1000)
        holes = {hole for gaps in rows["gaps"] for hole in gaps}
        lost = sum(max(0, min(high, last.value // 1000) - max(low, first.value // 1000)) for first, last in holes)
        shares[source] = max(0.0, (high - low - lost) / (end - start))
    return [{"source": source, "share": round(share, 4)} for source, share in sorted(shares.items())]
