"""Stretches in which nothing was wrong, put together at random: traffic without a fault, with errors that a noisy application logs all day."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.accuracy.changes import ACCESS, is_log, put, text_of
from tests.accuracy.recordings import Recording, instant

ERROR = re.compile(
    r"error|exception|fatal|refused|timed? ?out|no space|too many|denied|failed|unavailable|killed|crash", re.IGNORECASE
)
#: what an application may say all day while all goes well; words of failures that are none of this time and place
OWN = (
    "Mail delivery failed: connect ECONNREFUSED 10.9.8.7:25, will retry",
    "cURL error 60: SSL certificate problem: certificate has expired (partner feed), using yesterday's",
    "could not write thumbnail: No space left on device (/mnt/thumbs), skipped",
    "SQLSTATE[42S22]: Column not found: 1054 Unknown column 'legacy_id' in nightly export",
    "worker report: Allowed memory size of 134217728 bytes exhausted in batch 17, splitting",
    "Redis is loading the dataset in memory; falling back to the database",
    "webhook of a customer timed out after 10 s",
    'user said: "Reload failed for php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager."',
)


def public_errors(corpus: Path | None) -> list[str]:
    """Lines of real logs of other programs that speak of failures; those above where there is no such corpus."""
    found = list(OWN)
    for path in sorted(corpus.rglob("*")) if corpus else ():
        if path.is_file() and path.stat().st_size < 2_000_000 and len(found) < 5_000:
            text = text_of(path)
            found += [line.strip()[:300] for line in (text or "").splitlines()[:4_000] if ERROR.search(line)][:60]
    return found


def without_fault(recording: Recording) -> tuple[float, float] | None:
    """The part of a recording's traffic in which nothing was wrong, as shares of its time."""
    marks, window = recording.truth.get("marks", {}), recording.truth.get("fault_window")
    if recording.healthy:
        return 0.0, 1.0
    if not (window and marks.get("traffic_start") and marks.get("traffic_end")):
        return None
    begin, whole = instant(marks["traffic_start"]), instant(marks["traffic_end"]) - instant(marks["traffic_start"])
    deploys = [instant(each["start"]) for each in recording.truth.get("deploys", ())]
    until = min([instant(window[0]), *deploys]) - timedelta(seconds=3)
    # a share of the time is not the same share of the lines: traffic comes and goes
    return (0.0, 0.8 * ((until - begin) / whole)) if until > begin + timedelta(seconds=20) else None


def stretch(recording: Recording, folder: Path, chance: random.Random, errors: list[str]) -> str | None:
    """Write a random stretch of the good part, some files left out, with a log of errors that stand for nothing."""
    part = without_fault(recording)
    marks = recording.truth.get("marks", {})
    if part is None or not marks.get("traffic_start"):
        return None
    length = (part[1] - part[0]) * chance.uniform(0.4, 1.0)
    first = part[0] + chance.uniform(0.0, part[1] - part[0] - length)
    folder.mkdir(parents=True)
    for path in recording.files:
        text = text_of(path)
        if path.name in ACCESS and text is not None:
            lines = text.splitlines(keepends=True)
            put(folder / path.name, "".join(lines[int(len(lines) * first) : int(len(lines) * (first + length))]))
        # what services logged is of the whole time: of a recording with a fault only the settings are left
        elif text is not None and (recording.healthy or is_setting(path)) and chance.random() < 0.8:
            put(folder / path.name, text)
    begin = instant(marks["traffic_start"]).astimezone(UTC)
    seconds = (instant(marks["traffic_end"]) - instant(marks["traffic_start"])).total_seconds()
    times = sorted(
        begin + timedelta(seconds=seconds * chance.uniform(first, first + length)) for _ in range(chance.randrange(5, 120))
    )
    (folder / "noise.log").write_text(
        "".join(noise(moment, chance.choice(errors), chance) for moment in times), encoding="utf-8"
    )
    return f"{length:.0%} of it, {len(times)} errors"


def is_setting(path: Path) -> bool:
    """Whether a file says nothing of what happened."""
    return not (is_log(path) or path.name.startswith(("complaints", "ps", "ss", "ls", "stat", "systemctl", "nginx-t")))


def noise(moment: datetime, message: str, chance: random.Random) -> str:
    """One error of an application."""
    level = chance.choice(["ERROR", "ERROR", "CRITICAL", "WARNING"])
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z {level} batch: {message}\n"
