"""A log's times are wrong by whole quarters of an hour: its zone, stated or given, is not the one that its clock shows.

Looks for
    records that stand in two logs (by their request id): nine in ten of at least five differ by the same time, which is within ten seconds
    of whole quarters of an hour. A zone that no line states is found out by the same records and is no mismatch.

Matters because
    a log that writes local time and calls it UTC puts an effect hours before its cause. Times are put on the access log's clock.

Can mislead when
    the access log is the one that is wrong: the difference is certain, whose fault it is not. A clock that is off by a quarter of an hour
    exactly looks the same.

Evidence given
    lines of both logs about the same requests, from the first to the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from logcorr.signatures.clock_skew import lines_of
from logcorr.signatures.finding import Fact, Finding, Signature
from logcorr.timeline.quality_needs import CLOCKS

if TYPE_CHECKING:
    import pandas as pd


def judge(clocks: pd.DataFrame) -> Sequence[Finding]:
    """One finding a source in a file."""
    return [finding(rows) for _, rows in clocks[clocks["zone_s"] != 0].groupby(["source", "file"], sort=True)]


def finding(rows: pd.DataFrame) -> Finding:
    """The finding for one source."""
    first = rows.iloc[0]
    zone_s = int(first["zone_s"])
    facts: dict[str, Fact] = {
        "source": str(first["source"]),
        "file": str(first["file"]),
        "reference": str(first["reference"]),
        "zone_s": zone_s,
        "hours": f"{abs(zone_s) / 3600:g}",
        "direction": "later" if zone_s > 0 else "earlier",
        "said_by": "you" if first["zone_basis"] == "zone_given" else "its lines",
        "left_s": round(float(first["ahead_s"]) - zone_s, 3),
        "matches": int(first["matches"]),
        "records": int(first["records"]),
        "runner_up": int(first["runner_up"]),
    }
    return Finding(
        signature=SIGNATURE.name,
        state="fired",
        role="evidence_quality",
        level="medium",
        confidence=0.95,
        subject=str(first["file"]),
        facts=facts,
        evidence=lines_of(rows),
    )


SIGNATURE: Final = Signature(
    name="zone_mismatch",
    role="evidence_quality",
    title="a wrong time zone",
    claim="for the same requests {file} shows times {hours} h {direction} than {reference}; they are put on the clock of {reference}",
    judge=judge,
    needs={"clocks": CLOCKS},
)
