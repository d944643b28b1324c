"""Log forensics and correlation: what broke, since when, for whom, why, and the lines that prove it.

>>> import logcorr
>>> timeline = logcorr.read("sample_logs/story")
>>> report = logcorr.diagnose(timeline)
>>> report.incidents[0].causes[0].signature
'reload_failed'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logcorr.errors import EvidenceError, LogcorrError, MessageError, TimeError, ZoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from pyspark.sql import SparkSession

    from logcorr.evidence import Given
    from logcorr.report.result import Report
    from logcorr.timeline.timeline import Timeline

__version__ = "0.1.0"

__all__ = [
    "EvidenceError",
    "LogcorrError",
    "MessageError",
    "Report",
    "TimeError",
    "Timeline",
    "ZoneError",
    "__version__",
    "diagnose",
    "read",
]


def read(  # noqa: PLR0913 (each is one thing that the caller knows)
    evidence: Given | Iterable[Given],
    *,
    zone: str | Iterable[str] = (),
    year: int | None = None,
    deploys: str | Iterable[str] = (),
    complaints: str | Iterable[str] = (),
    since: str | None = None,
    until: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    cache: bool = True,
    engine: SparkSession | None = None,
    messages: str | PathLike[str] | Iterable[str | PathLike[str]] = (),
) -> Timeline:
    """Read the evidence of an incident into one timeline.

    Args:
        evidence: a folder (read whole), a file, a glob, a URI (``hdfs://``, ``s3://``), a file that is open for reading, or several of
            them. What each file is, its content tells.
        zone: of stamps that state none: ``"Europe/Berlin"``, ``"+02:00"``, or for one source ``"app_text=UTC"``. Without it the zone
            is inferred from the other evidence, and marked so.
        year: of stamps that state none; else inferred likewise.
        deploys: times of deploys that no file tells of: ``"2026-11-23 10:56"``, ``"2026-11-23T10:56:00+01:00"``, or ``"21:47"``, if that
            is on one day of the evidence. They stand in the evidence as ``--deploy``, a line each; without a zone they are read as
            every stamp without one.
        complaints: what people said, each text beginning with its time: ``"2026-11-23 10:57 login fails"``; in the evidence as
            ``--complaint``.
        since: leave out what happened earlier. The same times; in UTC where neither they nor ``zone`` say otherwise. Earlier deploys stay,
            since they may be the cause, and so do settings and what was observed of the machine. Of a large log only what lies
            within, and an hour around it, is read; the sums of each file still count all lines.
        until: leave out what happened later.
        progress: is told the name of a file, how many bytes of it were read since the last time, and how many there are in all
            files. Without it, a notebook shows a bar while much is read.
        cache: keep what was read of large logs in the platform's cache folder, and read from there what was read before.
        engine: a session of Spark's whose machines read the logs and answer what signatures ask; without it this machine does.
            What they read is not kept in the cache.
        messages: files of known messages of your own (TOML, as ``logcorr/messages`` holds them); this process knows them from then on.

    Returns:
        The timeline; all its times are in UTC.

    Raises:
        EvidenceError: a path does not exist, there is no file, none can be read, or nothing lies between ``since`` and ``until``.
        TimeError: a deploy, a complaint or a bound whose time is none, or not certain.
        ZoneError: a zone or year that means nothing.
        MessageError: a file of ``messages`` that does not hold, with its line.
    """
    from logcorr.timings import stage

    with stage("start"):
        from contextlib import nullcontext

        from logcorr.evidence import gather
        from logcorr.reading import read_files
        from logcorr.report.progress import in_notebook
        from logcorr.report.views import attach
        from logcorr.storage.cache import Cache
        from logcorr.timeline.bounds import bounds_of, told_beforehand
        from logcorr.timeline.build import build
        from logcorr.timeline.clocks import parse_zones
        from logcorr.timeline.statements import as_evidence_of_complaints, as_evidence_of_deploys, window_of

    if messages:
        from logcorr.messages.known import add_all

        add_all(messages)
    given = parse_zones([zone] if isinstance(zone, str) else zone, year)
    said = as_evidence_of_complaints([complaints] if isinstance(complaints, str) else complaints)
    cluster = None
    if engine is not None:
        from logcorr.spark import SparkCluster, own_session, place

        engine = own_session(engine)
        cluster = SparkCluster(engine)
    files = gather(evidence)
    within = told_beforehand(since, until, given.zones.get("", ""))
    with nullcontext(progress) if progress else in_notebook() as told:
        facts = read_files([*files, *said], told, Cache() if cache else None, within, cluster)
    if not any(each.lines for each in facts[: len(files)]):
        problems = "; ".join(f"{each.file.name}: {each.problem}" for each in facts[:3] if each.problem)
        raise EvidenceError("nothing in the evidence can be read" + (f" ({problems})" if problems else ": the files are empty"))
    bounds = bounds_of(since, until, window_of(facts), given.zones.get("", ""))
    known = as_evidence_of_deploys([deploys] if isinstance(deploys, str) else deploys, facts, given)
    attach()
    with stage("match"):
        timeline = build([*facts, *read_files(known)], given, bounds)
    if engine is not None:
        place(engine, timeline)
    return timeline


def diagnose(  # noqa: PLR0913 (as for ``read``)
    evidence: Timeline | Given | Iterable[Given],
    *,
    zone: str | Iterable[str] = (),
    year: int | None = None,
    deploys: str | Iterable[str] = (),
    complaints: str | Iterable[str] = (),
    since: str | None = None,
    until: str | None = None,
) -> Report:
    """Find out what broke, since when, for whom, and why.

    Args:
        evidence: a timeline, or what ``read`` takes.
        zone: as for ``read``; like all that follow not used for a timeline.
        year: as for ``read``.
        deploys: as for ``read``.
        complaints: as for ``read``.
        since: as for ``read``.
        until: as for ``read``.

    Returns:
        The report; ``report.verdict`` is ``incident``, ``healthy`` or ``undetermined``.

    Raises:
        EvidenceError, TimeError, ZoneError: as for ``read``.
    """
    from logcorr.timings import stage

    with stage("start"):
        from logcorr.diagnosis.diagnose import diagnose as judge
        from logcorr.report.result import Report
        from logcorr.signatures.evaluate import evaluate
        from logcorr.signatures.table import SIGNATURES
        from logcorr.timeline.engine import Engine
        from logcorr.timeline.timeline import Timeline

    timeline = (
        evidence
        if isinstance(evidence, Timeline)
        else read(evidence, zone=zone, year=year, deploys=deploys, complaints=complaints, since=since, until=until)
    )
    with stage("judge"):
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
