"""Recordings with their answers: which report is right, which is weaker, which is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import logcorr

ANSWERS = {"truth.json", "expected.json", "client_record.csv.gz", "client_record.csv", "README.md"}
#: a cause of at least this confidence is a claim with confidence
CONFIDENT = 0.8
Kind = Literal["right", "weaker", "wrong"]


@dataclass(frozen=True)
class Recording:
    """A folder of evidence with what a right report says of it."""

    folder: Path
    expected: dict[str, Any]
    truth: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def healthy(self) -> bool:
        """Whether nothing was wrong."""
        return self.expected["verdict"] == "healthy"

    @property
    def files(self) -> list[Path]:
        """The evidence without the answers."""
        return sorted(path for path in self.folder.iterdir() if path.is_file() and path.name not in ANSWERS)

    def copy(self, target: Path) -> Path:
        """The evidence alone, in another folder."""
        target.mkdir(parents=True)
        for path in self.files:
            shutil.copyfile(path, target / path.name)
        return target


@dataclass
class Outcome:
    """One run: what was done to a recording, how the answer was, and the causes that were claimed."""

    recording: str
    change: str
    kind: Kind
    verdict: str
    lead: str
    confidence: float
    claims: list[tuple[str, str, bool]] = field(default_factory=list)  # grade, signature, whether it is an acceptable cause

    def __str__(self) -> str:
        """One line."""
        return f"{self.kind:7} {self.recording:28} {self.change:40} {self.verdict:12} {self.lead} {self.confidence or ''}"


def recordings(folders: Iterable[Path]) -> list[Recording]:
    """The recordings in some folders, by name."""
    found = [path.parent for folder in folders for path in sorted(folder.glob("*/expected.json"))]
    return [
        Recording(path, json.loads((path / "expected.json").read_text()), json.loads((path / "truth.json").read_text()))
        for path in found
    ]


def judged(recording: Recording, evidence: Path, change: str = "as recorded", *, weaker: bool = False) -> Outcome:
    """How the report on some evidence of a recording compares with its answer.

    ``weaker``: the evidence is poorer than it was, so that no failing requests at all may be left to see; else ``healthy`` is wrong
    where something was.
    """
    report = logcorr.diagnose(evidence).to_dict()
    incidents = report["incidents"]
    causes = incidents[0]["causes"] if incidents else []
    lead = causes[0] if causes else {"signature": "", "confidence": 0.0}
    acceptable, forbidden = set(recording.expected["causes"]), set(recording.expected.get("forbidden", ()))
    told = [(each["grade"], each["signature"], each["signature"] in acceptable) for each in causes[:1]]
    surely_wrong = [
        each["signature"]
        for incident in incidents
        for each in incident["causes"]
        if each["confidence"] >= CONFIDENT and each["signature"] in forbidden
    ]
    kind: Kind
    if surely_wrong:
        kind = "wrong"
    elif recording.healthy:
        kind = "right" if report["verdict"] == "healthy" else "weaker"
    elif lead["signature"] in acceptable:
        kind = "right"
    elif report["verdict"] == "healthy" and not weaker:
        kind = "wrong"
    else:
        kind = "weaker"
    return Outcome(recording.name, change, kind, report["verdict"], lead["signature"], lead["confidence"], told)


def instant(text: str) -> datetime:
    """A time of the answers."""
    return datetime.fromisoformat(text)
