"""What a report and a timeline show of themselves in a notebook: pictures, pages, parts to look at, the rows behind a claim."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from logcorr.timeline.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from logcorr.diagnosis.diagnose import Diagnosis
    from logcorr.diagnosis.grades import Graded
    from logcorr.diagnosis.incidents import Incident
    from logcorr.report.display import Shown
    from logcorr.report.page import Page
    from logcorr.report.result import Report
    from logcorr.signatures.finding import Finding


class ReportViews(ABC):
    """The part of ``Report`` that is looked at."""

    timeline: Timeline
    diagnosis: Diagnosis

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The report in plain values."""

    def plot(self, ax: Any = None, zone: str = "UTC") -> Any:  # noqa: ANN401 (arrays of axes have no type)
        """Draw the incidents in their time, how quickly requests failed, and where; a picture without anything to show is left out.

        Args:
            ax: axes to draw on: one for the time alone, up to three for all. Without them a new figure of ``pyplot``, which a
                notebook shows by itself.
            zone: of the times: ``"Europe/Berlin"``, ``"+02:00"``.

        Returns:
            An array of matplotlib's axes.

        Raises:
            ZoneError: there is no such zone.
        """
        from logcorr.report.pictures import whole

        return whole.draw(cast("Report", self), ax, zone)

    def show(self, part: Incident | Graded | Finding, *, verbose: bool = False) -> Shown:
        """An incident, a cause or a finding of this report in words, with its lines: HTML in a notebook, text elsewhere.

        ``verbose``: all facts and all lines.

        Raises:
            ValueError: it is not of this report.
        """
        from logcorr.report.display import Shown

        told = self.to_dict()
        if not any(part is each for each in self._parts()):
            raise ValueError("this is no incident, cause or finding of this report")
        files = [each["file"] for each in told["evidence"]]
        return Shown(files, lambda page: self._write(page, part, told), verbose=verbose)

    def rows(self, part: Incident | Graded | Finding) -> pd.DataFrame:
        """The rows of the timeline that an incident, a cause or a finding cites, in order of time, with the columns of ``events``."""
        from logcorr.timeline.quoting import rows_at

        cited = [each for finding in findings_of(part) for each in (*finding.evidence, *finding.counter_evidence)]
        return rows_at(self.timeline, {(each.file, each.line) for each in cited})

    def _repr_html_(self) -> str:
        from logcorr.report.display import report_html

        return report_html(self.to_dict())

    def _write(self, page: Page, part: Incident | Graded | Finding, told: Mapping[str, Any]) -> None:
        from logcorr.report import proof
        from logcorr.report.text import answer_incident
        from logcorr.report.words import lead

        for incident, values in zip(self.diagnosis.incidents, told["incidents"], strict=True):
            if incident is part:
                answer_incident(page, [values])
                proof.proof(page, values, told, "")
                return
            for cause, graded in zip(values["causes"], incident.causes, strict=True):
                if graded is part:
                    proof.stated(page, cause, lead(cause), most=proof.OF_CAUSE)
                    proof.obligations(page, cause)
                    proof.against(page, proof.finding_of(told, cause))
                    _commands(page, cause)
                    return
        for finding, values in zip(self.diagnosis.findings, told["findings"], strict=True):
            if finding is part:
                _finding(page, values)

    def _parts(self) -> Iterator[object]:
        for each in self.diagnosis.incidents:
            yield from (each, *each.causes)
        yield from self.diagnosis.findings


class TimelineViews:
    """The part of ``Timeline`` that is looked at; ``attach`` puts it there."""

    def plot(
        self,
        timeline: Timeline,
        ax: Axes | None,
        zone: str,
        start: str | pd.Timestamp | None,
        end: str | pd.Timestamp | None,
    ) -> Axes:
        """As ``Timeline.plot``."""
        from logcorr.report.pictures import canvas, course, over_time

        canvas.zone_of(zone)
        found = course.course(timeline, start, end)
        if ax is None:
            ax = canvas.new_figure(over_time.inches(found)).subplots()
        return over_time.draw(found, ax, zone)

    def html(self, timeline: Timeline) -> str:
        """As ``Timeline._repr_html_``."""
        from logcorr.report.display import timeline_html

        return timeline_html(timeline)


def attach() -> None:
    """Let timelines draw and show themselves: they know nothing of this room, since imports go one way."""
    Timeline.views = TimelineViews()


def findings_of(part: Incident | Graded | Finding) -> Sequence[Finding]:
    """The findings that an incident, a cause or a finding stands for."""
    from logcorr.diagnosis.grades import Graded
    from logcorr.diagnosis.incidents import Incident

    if isinstance(part, Incident):
        return [*(each.finding for each in part.causes), *part.mechanisms, *part.symptoms]
    return [part.finding] if isinstance(part, Graded) else [part]


def _finding(page: Page, finding: Mapping[str, Any]) -> None:
    from logcorr.report import proof
    from logcorr.report.explanation import ROLES
    from logcorr.report.words import title

    if finding["state"] == "fired":
        proof.stated(page, finding, finding["role"].replace("_", " ").capitalize(), most=proof.OF_CAUSE)
        proof.against(page, finding)
        _commands(page, finding)
        return
    said = "looked for, not found" if finding["state"] == "clear" else "could not be looked for"
    page.state(f"{title(finding['signature'])}:", f"{said} ({ROLES[finding['role']].partition(':')[0]})")
    for lack in finding["missing"]:
        page.say(f"missing is {lack}", indent=2)


def _commands(page: Page, claimed: Mapping[str, Any]) -> None:
    page.commands(claimed["remedy"], label="Run:", indent=2)
    page.commands(claimed["verify"], label="Check:", indent=2)
