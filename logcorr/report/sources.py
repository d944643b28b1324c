"""What the report says of each file of the evidence, and of what the sources cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logcorr.signatures.moments import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

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


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a source covers, in microseconds; ``holes`` are stretches in which it tells nothing while others go on."""

    source: str
    start_us: int
    end_us: int
    holes: frozenset[tuple[int, int]]


def stretches(timeline: Timeline) -> list[Stretch]:
    """What each source covers, by name."""
    covered = timeline.coverage.dropna(subset=["start"])
    return [
        Stretch(
            str(source),
            rows["start"].min().value // 1000,
            rows["end"].max().value // 1000,
            frozenset((first.value // 1000, last.value // 1000) for gaps in rows["gaps"] for first, last in gaps),
        )
        for source, rows in covered.groupby("source")
    ]


def coverage_of(covered: Sequence[Stretch], finding: Finding) -> list[dict[str, Any]]:
    """How much of the finding's time each source covers."""
    if finding.start_us is None:
        return []
    start, end = finding.start_us, max(finding.end_us or finding.start_us, finding.start_us + 1)
    shares = {}
    for each in covered:
        low, high = max(start, each.start_us), min(end, each.end_us)
        lost = sum(max(0, min(high, last) - max(low, first)) for first, last in each.holes)
        shares[each.source] = max(0.0, (high - low - lost) / (end - start))
    return [{"source": source, "share": round(share, 4)} for source, share in sorted(shares.items())]
