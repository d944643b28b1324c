"""Log forensics and correlation: what broke, since when, for whom, why, and the lines that prove it.

>>> import logcorr
>>> timeline = logcorr.read("sample_logs/story")
>>> report = logcorr.diagnose(timeline)
>>> report.incidents[0].causes[0].signature
'reload_failed'
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from logcorr.errors import EvidenceError, LogcorrError, MessageError, ZoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from logcorr.report.result import Report
    from logcorr.timeline.timeline import Timeline

__version__ = "0.1.0"

__all__ = [
    "EvidenceError",
    "LogcorrError",
    "MessageError",
    "Report",
    "Timeline",
    "ZoneError",
    "__version__",
    "diagnose",
    "read",
]


def read(
    evidence: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    zone: str | Iterable[str] = (),
    year: int | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Timeline:
    """Read the evidence of an incident into one timeline.

    Args:
        evidence: a folder (read whole), a file, a glob, or several of them. What each file is, its content tells.
        zone: of stamps that state none: ``"Europe/Berlin"``, ``"+02:00"``, or for one source ``"app_text=UTC"``. Without it the zone
            is inferred from the other evidence, and marked so.
        year: of stamps that state none; else inferred likewise.
        progress: is told the name of a file and how many bytes of it were read since the last time.

    Returns:
        The timeline; all its times are in UTC.

    Raises:
        EvidenceError: a path does not exist, there is no file, or none can be read.
        ZoneError: a zone or year that means nothing.
    """
    from logcorr.evidence import gather
    from logcorr.reading import read_files
    from logcorr.timeline.build import build
    from logcorr.timeline.clocks import parse_zones

    given = parse_zones([zone] if isinstance(zone, str) else zone, year)
    files = gather([evidence] if isinstance(evidence, (str, os.PathLike)) else evidence)
    facts = read_files(files, progress)
    if not any(each.lines for each in facts):
        problems = "; ".join(f"{each.file.name}: {each.problem}" for each in facts[:3] if each.problem)
        raise EvidenceError("nothing in the evidence can be read" + (f" ({problems})" if problems else ": the files are empty"))
    return build(facts, given)


def diagnose(
    evidence: Timeline | str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    zone: str | Iterable[str] = (),
    year: int | None = None,
) -> Report:
    """Find out what broke, since when, for whom, and why.

    Args:
        evidence: a timeline, or what ``read`` takes.
        zone: as for ``read``; not used for a timeline.
        year: as for ``read``; not used for a timeline.

    Returns:
        The report; ``report.verdict`` is ``incident``, ``healthy`` or ``undetermined``.

    Raises:
        EvidenceError, ZoneError: as for ``read``.
    """
    from logcorr.diagnosis.diagnose import diagnose as judge
    from logcorr.report.result import Report
    from logcorr.signatures.evaluate import evaluate
    from logcorr.signatures.table import SIGNATURES
    from logcorr.timeline.needs import Engine
    from logcorr.timeline.timeline import Timeline

    timeline = evidence if isinstance(evidence, Timeline) else read(evidence, zone=zone, year=year)
    engine = Engine(timeline)
    findings, failures = evaluate(SIGNATURES, engine)
    return Report(timeline, judge(findings, engine, timeline.cut_short), failures)


def __getattr__(name: str) -> Any:  # noqa: ANN401 (what a module holds)
    if name == "Timeline":
        from logcorr.timeline.timeline import Timeline

        return Timeline
    if name == "Report":
        from logcorr.report.result import Report

        return Report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
