"""The public result: the diagnosis of one timeline, as objects, as a frame, as a plain dict and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from logcorr.report.sources import Stretch, coverage_of, file_told, stretches
from logcorr.report.views import ReportViews
from logcorr.signatures.moments import iso
from logcorr.timeline.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from logcorr.diagnosis.changes import Change
    from logcorr.diagnosis.diagnose import Diagnosis
    from logcorr.diagnosis.grades import Graded
    from logcorr.diagnosis.incidents import Incident
    from logcorr.signatures.evaluate import Failure
    from logcorr.signatures.finding import Citation, Finding, Matched
    from logcorr.timeline.timeline import Timeline

SCHEMA: Final = 1
#: a share in the report is given to so many digits
DIGITS: Final = 6


class Report(ReportViews):
    """What broke, since when, for whom, why, what it was not, and what cannot be told.

    ``verdict`` is ``incident``, ``healthy`` or ``undetermined``. ``incidents`` has the gravest first, the ``causes`` of each the
    likeliest first. ``failures`` are signatures that broke, with their tracebacks: faults of ours.
    """

    def __init__(self, timeline: Timeline, diagnosis: Diagnosis, failures: Sequence[Failure]) -> None:
        self.timeline = timeline
        self.diagnosis = diagnosis
        self.failures = list(failures)

    def __repr__(self) -> str:
        causes = ", ".join(cause.signature for each in self.incidents for cause in each.causes[:1])
        return f"<Report: {self.verdict}{': ' + causes if causes else ''}>"

    @property
    def verdict(self) -> str:
        """``incident``, ``healthy`` or ``undetermined``."""
        return self.diagnosis.verdict

    @property
    def incidents(self) -> list[Incident]:
        """The incidents, the gravest first."""
        return self.diagnosis.incidents

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row a finding: signature, state, role, level, confidence, start, end (UTC), subject, facts, missing."""
        import pandas as pd

        rows = [
            {
                "signature": each.signature,
                "state": each.state,
                "role": each.role,
                "level": each.level,
                "confidence": each.confidence,
                "start": pd.NaT if each.start_us is None else pd.Timestamp(each.start_us, unit="us", tz="UTC"),
                "end": pd.NaT if each.end_us is None else pd.Timestamp(each.end_us, unit="us", tz="UTC"),
                "subject": each.subject,
                "facts": dict(each.facts),
                "missing": list(each.missing),
            }
            for each in self.diagnosis.findings
        ]
        return pd.DataFrame(rows)

    def to_json(self) -> str:
        """One JSON object; the same evidence gives the same text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)

    def to_markdown(self, *, verbose: bool = False, quiet: bool = False) -> str:
        """The report for a ticket or a chat: the words of the text, the lines of the evidence in fenced blocks, the rest escaped."""
        from logcorr.report.markdown import render

        return render(self.to_dict(), verbose=verbose, quiet=quiet)

    def to_dict(self) -> dict[str, Any]:
        """The report in plain values: the object that ``logcorr report --format json`` prints."""
        import logcorr

        return {
            "logcorr": logcorr.__version__,
            "schema": SCHEMA,
            "verdict": self.verdict,
            "window": self._window(),
            "checked": {name: getattr(self.diagnosis, name) for name in ("requests", "failed", "share_high")},
            "evidence": [file_told(self.timeline, each) for each in self.timeline.files],
            "incidents": [self._incident(each) for each in self.incidents],
            "changes": [self._change(each) for each in self.diagnosis.changes],
            "findings": [self._finding(each) for each in self.diagnosis.findings],
            "deploys": self._deploys(),
            "complaints": self._complaints(),
            "ruled_out": [{"signature": name, "reason": reason} for name, reason in self.diagnosis.ruled_out],
            "cannot_tell": [{"question": question, "fetch": fetch} for question, fetch in self.diagnosis.cannot_tell],
        }

    @cached_property
    def _quotes(self) -> dict[Citation, list[dict[str, Any]]]:
        cited = [each for finding in self.diagnosis.findings for each in (*finding.evidence, *finding.counter_evidence)]
        return {
            citation: [
                {"file": span.file, "first_line": span.first_line, "last_line": span.last_line, "text": span.text}
                for span in spans
            ]
            for citation, spans in quote(self.timeline, cited).items()
        }

    @cached_property
    def _covered(self) -> list[Stretch]:
        return stretches(self.timeline)

    def _spans(self, citations: Iterable[Citation]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for citation in citations:
            found += [span for span in self._quotes.get(citation, ()) if span not in found]
        return found

    def _window(self) -> dict[str, str | None]:
        covered = self.timeline.coverage
        if covered.empty or covered["start"].isna().all():
            return {"start": None, "end": None}
        bounds = self.timeline.bounds  # deploys before them are kept
        start, asked = max(covered["start"].min().value // 1000, bounds.since_us or 0), bounds.edges
        return {"start": iso(start), "end": written(covered["end"].max()), **{name: iso(edge) for name, edge in asked.items()}}

    def _finding(self, finding: Finding) -> dict[str, Any]:
        return {
            "signature": finding.signature,
            "state": finding.state,
            "role": finding.role,
            "level": finding.level,
            "confidence": finding.confidence,
            "start": None if finding.start_us is None else iso(finding.start_us),
            "end": None if finding.end_us is None else iso(finding.end_us),
            "subject": finding.subject,
            "facts": dict(finding.facts),
            "evidence": self._spans(finding.evidence),
            "counter_evidence": self._spans(finding.counter_evidence),
            "remedy": list(finding.remedy),
            "verify": list(finding.verify),
            "coverage": coverage_of(self._covered, finding),
            "missing": list(finding.missing),
        }

    def _claim(self, finding: Finding, confidence: float, grade: str) -> dict[str, Any]:
        return {
            "signature": finding.signature,
            "confidence": confidence,
            "grade": grade,
            "facts": dict(finding.facts),
            "evidence": self._spans(finding.evidence),
            "remedy": list(finding.remedy),
            "verify": list(finding.verify),
        }

    def _cause(self, graded: Graded) -> dict[str, Any]:
        claim = self._claim(graded.finding, graded.confidence, graded.grade)
        return {
            **claim,
            "met": graded.met,
            "unmet": graded.unmet,
            "reasons": dict(graded.reasons),
            "explained": len(graded.explained),
        }

    def _incident(self, incident: Incident) -> dict[str, Any]:
        share = incident.affected
        return {
            "title": self._title(incident),
            "start": iso(incident.start_us),
            "end": iso(incident.end_us),
            "state": incident.state,
            "subject": incident.subject,
            "causes": [self._cause(each) for each in incident.causes],
            "mechanisms": [self._claim(each, each.confidence, "supported") for each in incident.mechanisms],
            "symptoms": [self._claim(each, each.confidence, "supported") for each in incident.symptoms],
            "chain": [
                {"from": link.cause, "to": link.effect, "met": list(link.met), "unmet": list(link.unmet)}
                for link in incident.chain
            ],
            "affected": {
                "requests": share.requests,
                "failed": share.failed,
                "share": round(share.share, DIGITS),
                "share_low": round(share.share_low, DIGITS),
                "share_high": round(share.share_high, DIGITS),
                "clients": share.clients,
                "users": share.users,
            },
            "made_by": incident.made_by,
            "apart": [asdict(each) for each in incident.apart],
            "triggers": [
                {"kind": each.kind, "name": each.name, "at": iso(each.at_us), "file": each.file, "line": each.line}
                for each in incident.triggers
            ],
            "reproduction": {"p": round(share.share, DIGITS), "tries_for_95": incident.tries_for_95},
        }

    def _change(self, change: Change) -> dict[str, Any]:
        return {
            "what": change.what,
            "at": iso(change.at_us),
            "before": {"part": change.old_part, "whole": change.old_whole},
            "after": {"part": change.part, "whole": change.whole},
            "slower_than_s": change.slower_than_s,
            "chance": change.chance,
        }

    def _title(self, incident: Incident) -> str:
        from logcorr.signatures.table import BY_NAME

        named = [each.finding for each in incident.causes] or incident.mechanisms or incident.symptoms
        return f"{BY_NAME[named[0].signature].title}: {named[0].subject}" if named else "requests that fail, the cause not told"

    def _deploys(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        rows = self.timeline.deploys
        for _, row in rows[rows["timestamp"].notna()].iterrows():
            started = row["deployment_status"] == "started"
            last = found[-1] if found else None
            known = {"release": none(row["service_version"]), "commit": none(row["vcs_ref_head_revision"])}
            if not started and last and last["end"] is None and all(last[name] == known[name] for name in known):
                last["end"] = written(row["timestamp"])
                continue
            begun = iso(int(row["started_us"]))
            found.append(
                {
                    "start": begun,
                    "end": None if started else written(row["timestamp"]),
                    **known,
                    "time_basis": none(row["timestamp_basis"]),
                    "file": row["file"],
                    "line": int(row["line"]),
                }
            )
        return found

    def _complaints(self) -> list[dict[str, Any]]:
        found = {place: matched for each in self.diagnosis.findings for place, matched in each.matches.items()}
        return [complaint(row, found.get((row["file"], int(row["line"])))) for _, row in self.timeline.complaints.iterrows()]


def complaint(row: pd.Series, matched: Matched | None) -> dict[str, Any]:
    """A complaint with the failed requests that it fits; ``matches`` is None where that could not be looked for."""
    timed = row["reported_from_us"] == row["reported_from_us"]
    chance = matched.chance if matched else None
    return {
        "time": written(row["timestamp"]) if timed else None,
        "user": none(row["user_id"]),
        "text": none(row["body"]),
        "matches": None if matched is None else [{"file": each.file, "line": each.line} for each in matched.requests],
        "chance": None if chance is None else round(chance, DIGITS),
        "refused": matched.refused if matched else None,
        "from": iso(int(row["reported_from_us"])) if timed else None,
        "to": iso(int(row["reported_to_us"])) if timed else None,
        "time_basis": none(row["timestamp_basis"]) if timed else None,
        "file": row["file"],
        "line": int(row["line"]),
    }


def written(stamp: pd.Timestamp) -> str:
    """A pandas time as ISO 8601 in UTC."""
    return iso(stamp.value // 1000)


def none(value: object) -> str | None:
    """A frame's text, None for a missing one."""
    return value if isinstance(value, str) else None
