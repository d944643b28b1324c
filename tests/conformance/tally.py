"""What one suite gave: the sums of its files, and which expected fields are met."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

import logcorr
from logcorr import Timeline


@dataclass
class Tally:
    """The sums of a suite.

    ``explained``: case (or ``case:field``) -> why our answer differs; a difference without a reason fails the run, and so does a reason
    without a difference.
    """

    name: str
    explained: Mapping[str, str] = field(default_factory=dict)
    files: int = 0
    lines: int = 0
    events: int = 0
    fallback: int = 0
    unparsed: int = 0
    asked: int = 0
    met: int = 0
    differences: list[tuple[str, str]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    used: set[str] = field(default_factory=set)

    def read(self, *paths: Path, **given: Any) -> Timeline:
        """Read files of the corpus, and count their lines."""
        return self.counted(logcorr.read(list(paths), **given))

    def read_texts(self, texts: Mapping[str, str | bytes], **given: Any) -> Timeline:
        """Read each text as a file of its own, all at once, and count their lines; the file is named as its key."""
        streams = []
        for name, text in texts.items():
            stream = BytesIO(text.encode(errors="surrogatepass") if isinstance(text, str) else text)
            stream.name = name
            streams.append(stream)
        return self.counted(logcorr.read(streams, **given))

    def counted(self, timeline: Timeline) -> Timeline:
        """Add the sums of each file; every line must be accounted for."""
        for each in timeline.files:
            self.files += 1
            self.lines += each.lines
            self.events += each.events
            self.fallback += each.fallback
            self.unparsed += each.refused
            total = each.events + each.continuation + each.blank + each.refused
            if total != each.lines:
                self.differ(each.file.name, f"{each.lines} lines, {total} accounted for")
        return timeline

    def expect(self, case: str, name: str, got: object, wanted: object) -> None:
        """One expected field: equal, or numbers within a millionth; null, NaN and NaT are equal to None."""
        self.asked += 1
        got, wanted = plain(got), plain(wanted)
        both_numbers = isinstance(got, (int, float)) and isinstance(wanted, (int, float))
        if got == wanted or (both_numbers and math.isclose(got, wanted, rel_tol=0, abs_tol=1e-6)):
            self.met += 1
        else:
            self.differ(case, f"{name}: {got!r} instead of {wanted!r}", name)

    def differ(self, case: str, what: str, name: str = "") -> None:
        """Note a difference, unless its reason is known."""
        for key in (f"{case}:{name}", case):
            if key in self.explained:
                self.used.add(key)
                self.reasons[self.explained[key]] += 1
                return
        self.differences.append((case, what))

    @property
    def idle(self) -> set[str]:
        """Reasons that explain nothing (any more)."""
        return set(self.explained) - self.used


def plain(value: object) -> object:
    """A value without pandas' types: times as ISO text in UTC, what is missing as None."""
    if isinstance(value, pd.Timestamp):
        return None if value is pd.NaT else value.tz_convert("UTC").isoformat().replace("+00:00", "Z")
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if hasattr(value, "item") else value
