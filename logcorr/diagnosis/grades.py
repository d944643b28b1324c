"""How well a cause stands: four obligations, each met, broken or not to be told, and the grade that follows from them.

| grade | when | confidence |
| --- | --- | --- |
| proved | all met, and seen directly (its own words, or its end ended the failures) | 0.95 |
| supported | time, place and share met, nothing against it | 0.8 |
| consistent | nothing against it, something not to be told | 0.5 |
| contradicted | one is broken | 0 |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from logcorr.signatures.finding import Fact, Finding
from logcorr.signatures.serving import Answer

Grade = Literal["proved", "supported", "consistent", "contradicted"]
CONFIDENCE: Final[dict[Grade, float]] = {"proved": 0.95, "supported": 0.8, "consistent": 0.5, "contradicted": 0.0}
ORDER: Final[tuple[Grade, ...]] = ("proved", "supported", "consistent", "contradicted")
OBLIGATIONS: Final = ("time", "place", "share", "counter_test")


@dataclass
class Graded:
    """A finding as a cause of one incident; ``answers`` and ``reasons`` are by obligation."""

    finding: Finding
    answers: dict[str, Answer] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    seen_directly: bool = False
    #: the ``request_key`` of the group's requests that it explains
    explained: np.ndarray = field(default_factory=lambda: np.array([], np.int64))

    def say(self, obligation: str, answer: Answer, reason: str) -> None:
        """Record what an obligation comes to."""
        self.answers[obligation] = answer
        self.reasons[obligation] = reason

    @property
    def signature(self) -> str:
        """The identifier of the cause."""
        return self.finding.signature

    @property
    def facts(self) -> Mapping[str, Fact]:
        """What is known of it, by name."""
        return self.finding.facts

    @property
    def grade(self) -> Grade:
        """From the obligations alone."""
        answers = [self.answers.get(name, "unknown") for name in OBLIGATIONS]
        if "unmet" in answers:
            return "contradicted"
        if all(answer == "met" for answer in answers) and self.seen_directly:
            return "proved"
        return "supported" if all(answer == "met" for answer in answers[:3]) else "consistent"

    @property
    def confidence(self) -> float:
        """The grade's, never more than that the claim itself is true."""
        return (
            min(CONFIDENCE[self.grade], self.finding.confidence)
            if self.grade in {"proved", "supported"}
            else CONFIDENCE[self.grade]
        )

    @property
    def met(self) -> list[str]:
        """The obligations that are met."""
        return [name for name in OBLIGATIONS if self.answers.get(name) == "met"]

    @property
    def unmet(self) -> list[str]:
        """The obligations that are broken or cannot be told."""
        return [name for name in OBLIGATIONS if self.answers.get(name) != "met"]
