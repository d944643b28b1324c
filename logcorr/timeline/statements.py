"""What the caller knows beside the files: deploys and complaints, made evidence of their own with lines that can be quoted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final

from logcorr.errors import EvidenceError, TimeError
from logcorr.evidence import EvidenceFile, gather, in_memory
from logcorr.formats import complaints as complaints_format
from logcorr.formats.human_time import DAY_S, MINUTE_S
from logcorr.formats.month_names import MONTH_NAMES
from logcorr.reading import FileFacts
from logcorr.reading.documents import read_document
from logcorr.timeline.build import parts_of
from logcorr.timeline.clocks import Anchor, Given, Zone, server_offset
from logcorr.timeline.typed_times import HINT, Window, dated, parse

DEPLOYS: Final = "--deploy"
COMPLAINTS: Final = "--complaint"


def window_of(facts: Sequence[FileFacts]) -> Callable[[], Window | None]:
    """Asks for the stretch of time that the evidence covers, less strays; it is worked out when first asked for."""

    @cache
    def window() -> Window | None:
        anchor = Anchor.of([part for each in facts for part in parts_of(each)])
        return (anchor.start_us, anchor.end_us) if anchor else None

    return window


def as_evidence_of_complaints(texts: Iterable[str]) -> list[EvidenceFile]:
    """The complaints as a table in memory; no file without any.

    Raises:
        TimeError: a complaint does not begin with a time.
    """
    given = list(texts)
    if not given:
        return []
    try:
        return [in_memory(COMPLAINTS, complaints_format.as_table(given))]
    except ValueError as error:
        raise TimeError(
            f"a complaint: {error}", hint='begin it with its time: --complaint "2026-11-23 10:57 login fails"'
        ) from error


def as_evidence_of_deploys(times: Iterable[str], facts: Sequence[FileFacts], given: Given) -> list[EvidenceFile]:
    """The deploys as a log in memory, a line a deploy; no file without any.

    A time without a zone is read as every other one without (``--zone``, else what the other evidence shows). One without a date lies
    in the stretch that the evidence covers, or on the day before it; its line has then no year, so that the timeline marks
    it as worked out.

    Raises:
        TimeError: no time, or one without a date that lies on several days of the evidence.
    """
    lines = [line_of(text, facts, given) for text in times]
    return [in_memory(DEPLOYS, "".join(lines))] if lines else []


def line_of(text: str, facts: Sequence[FileFacts], given: Given) -> str:
    """One deploy as a line of a deploy's log."""
    time = parse(text)
    if time.resolution_s == DAY_S:
        raise TimeError(f"a day, and no time of a deploy: {text!r}", hint=HINT)
    full = dated(time, window_of(facts), zones_of(facts, given), before=True)
    seconds = "" if time.resolution_s >= MINUTE_S else f":{full.clock:%S}"
    zone = "" if time.offset_s is None else f" {Zone('', time.offset_s)}"
    day = f"{full.clock:%Y-%m-%d}" if time.has_year else f"{MONTH_NAMES[full.clock.month - 1]} {full.clock.day:2d}"
    said = {"event": "deployment", "timestamp": f"{day} {full.clock:%H:%M}{seconds}{zone}", "said": text}
    return json.dumps(said, ensure_ascii=False) + "\n"


def zones_of(facts: Sequence[FileFacts], given: Given) -> list[str]:
    """The zones in which a deploy's time may be meant: the given one, else the server's and UTC."""
    stated = given.zones.get("deploy", given.zones.get(""))
    if stated is not None:
        return [stated]
    offset = server_offset([part for each in facts for part in parts_of(each)])
    return ["", *([] if offset is None else [str(Zone("", offset))])]


def demand_complaints(paths: Iterable[str]) -> None:
    """Refuse files that are not read as complaints.

    Raises:
        EvidenceError: a file does not exist, or is something else.
    """
    for path in paths:
        (file, *others) = gather([path])
        if others or (not file.problem and complaints_format.FORMAT.name not in read_document(file).formats):
            hint = 'a table with a header, as in "time,user,text", or a list below the word "Complaints:"'
            raise EvidenceError(f"no complaints can be read in {path}", hint=hint)
        if file.problem:
            raise EvidenceError(f"{path}: {file.problem}")
