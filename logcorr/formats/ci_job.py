"""The log of a job of GitHub Actions or GitLab CI: when it ran, whether it failed, and whether it was a deploy.

Real lines::

    2026-11-23T09:47:03.1234567Z ##[group]Run ./deploy.sh production
    2026-11-23T09:47:19.0070012Z ##[error]Process completed with exit code 1.
    2026-11-23T09:47:20.1119123Z Cleaning up orphan processes

    Running with gitlab-runner 17.5.0 (66a723c3)
    section_start:1795427223:step_script
    $ cap production deploy
    section_end:1795427239:step_script
    Job succeeded

A job is a deploy if a command in it says so (deploy, release, rollout, rsync, ...), else ``automation``: a build or a test changes
nothing that serves requests. What else the job printed is not read.

Clock: UTC, of the runner. GitHub stamps each line; in ``gh run view --log`` job and step stand before it.

Grammar: actions/runner ``src/Runner.Common/JobServerQueue.cs``, workflow commands; gitlab-runner ``common/build.go``
(``section_start``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.date import clock_as_written
from logcorr.formats.grammar import DocumentFormat, Fact, Sample

STAMPED: Final = re.compile(
    r"\ufeff?(?:[^\t]{1,200}\t[^\t]{0,200}\t)?\ufeff?(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(?P<fraction>\d{7})Z(?: (?P<text>.*))?"
)
MARKED: Final = re.compile(r"##\[(?:group|endgroup|error|warning|debug|section|command)\]")
ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
SECTION: Final = re.compile(r"section_(?P<edge>start|end):(?P<epoch>\d{10}):(?P<name>[\w.-]+)")
RUNNER: Final = re.compile(r"Running with gitlab-runner \S+.*")
#: gitlab's own stamps: 2026-11-23T09:47:03.123456Z 00O
RUNNER_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \d\d[OE][ +]")
FAILED: Final = re.compile(r"(?:##\[error\]|ERROR: Job failed\b).*")
CLEANED: Final = re.compile(r"Cleaning up orphan processes|Job succeeded|Post job cleanup\.")
COMMAND: Final = re.compile(r"(?:##\[group\]Run |\[command\]|\$ )(?P<command>.+)")
DEPLOYING: Final = re.compile(
    r"deploy|(?:^|[\s/._-])(?:release|rollout|roll-out|rsync|capistrano|ansible-playbook)(?:$|[\s/._-])|\bkubectl (?:apply|set "
    r"image|rollout)"
    r"|\bhelm (?:upgrade|install)|\bsystemctl (?:reload|restart)|\bterraform apply",
    re.IGNORECASE,
)
REVISION: Final = re.compile(
    r"HEAD is now at (?P<head>[0-9a-f]{7,64})\b|Checking out (?P<out>[0-9a-f]{7,64}) as |'?(?P<alone>[0-9a-f]{40})'?$"
)


def texts_of(lines: Sequence[str]) -> list[str]:
    """The lines as they were to be seen, without the runner's stamps."""
    texts = []
    for line in lines:
        text = ESCAPES.sub("", line)
        stamped = STAMPED.fullmatch(text)
        texts.append((stamped["text"] or "") if stamped else RUNNER_STAMP.sub("", text, count=1))
    return texts


def is_github(lines: Sequence[str]) -> bool:
    """Whether every line is stamped as GitHub's runner does, and one is a mark of it."""
    marked = False
    for line in lines:
        text = line.rstrip("\r")
        stamped = STAMPED.fullmatch(text)
        if text.strip() and not stamped:
            return False
        marked = marked or bool(stamped and MARKED.match(stamped["text"] or ""))
    return marked


def is_gitlab(lines: Sequence[str]) -> bool:
    """Whether it begins as a runner's log does, and has sections."""
    head = [text for text in texts_of(lines[:5]) if text.strip()]
    return any(RUNNER.fullmatch(text.strip()) for text in head) and any(SECTION.search(line) for line in lines)


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is the log of a job."""
    first = next((line for line in lines if line.strip()), "")
    if STAMPED.fullmatch(first.rstrip("\r")):
        return is_github(lines)
    return is_gitlab(lines)


def clocks(lines: Sequence[str]) -> list[tuple[int, dict[str, object]]]:
    """The stamps in order, with their lines."""
    found: list[tuple[int, dict[str, object]]] = []
    for number, line in enumerate(lines, 1):
        if stamped := STAMPED.fullmatch(line.rstrip("\r")):
            found.append((number, clock_as_written(stamped["second"], "iso", fraction=stamped["fraction"], zone="Z")))
        elif section := SECTION.search(line):
            micros = int(section["epoch"]) * 1_000_000
            found.append((number, {"naive_us": micros, "offset_s": 0, "resolution_s": 1.0, "yearless": False}))
    return [(number, clock) for number, clock in found if clock["naive_us"] is not None]


def read(lines: Sequence[str]) -> list[Fact]:
    """The beginning of the job, and its end where it has one."""
    stamps = clocks(lines)
    if not stamps:
        return []
    texts = texts_of(lines)
    commands = [found["command"] for text in texts if (found := COMMAND.match(text))]
    deploying = next((command for command in commands if DEPLOYING.search(command)), None)
    revisions = (found for text in texts if (found := REVISION.match(text.strip())))
    revision = next((found["head"] or found["out"] or found["alone"] for found in revisions), None)
    about = {"change_kind": "deploy" if deploying else "automation", "vcs_ref_head_revision": revision}
    first, begun = stamps[0]
    facts = [Fact("deploys", first, first, {**begun, **about, "deployment_status": "started", "exit_code": deploying})]
    failed = next((number for number, text in enumerate(texts, 1) if FAILED.match(text.strip())), None)
    ended = next((number for number in range(len(texts), 0, -1) if CLEANED.match(texts[number - 1].strip())), None)
    last, clock = stamps[-1]
    if (failed or ended) and last > first:
        place = failed or ended or last
        said = texts[place - 1].strip().removeprefix("##[error]")
        status = "failed" if failed else "completed"
        end = Fact("deploys", place, place, {**clock, **about, "deployment_status": status, "exit_code": said})
        facts.append(end)
    return sorted(facts, key=lambda fact: fact.line)


FORMAT = DocumentFormat(
    name="ci_job",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "2026-11-23T09:47:01.1234567Z Current runner version: '2.320.0'\n"
            "2026-11-23T09:47:02.1234567Z HEAD is now at 9f3c1ab fix the rate\n"
            "2026-11-23T09:47:03.1234567Z ##[group]Run ./deploy.sh production\n"
            "2026-11-23T09:47:19.0070012Z ##[error]Process completed with exit code 1.\n"
            "2026-11-23T09:47:20.1119123Z Cleaning up orphan processes",
            {
                "family": "deploys",
                "naive_us": 1_795_427_221_123_456,
                "offset_s": 0,
                "deployment_status": "started",
                "change_kind": "deploy",
                "vcs_ref_head_revision": "9f3c1ab",
                "exit_code": "./deploy.sh production",
                "line": 1,
            },
        ),
        Sample(
            "test\tRun tests\t2026-11-23T09:47:03.1234567Z ##[group]Run pytest -q\n"
            "test\tRun tests\t2026-11-23T09:47:04.1234567Z Cleaning up orphan processes",
            {"change_kind": "automation", "deployment_status": "started", "exit_code": None},
        ),
        Sample(
            "\x1b[0KRunning with gitlab-runner 17.5.0 (66a723c3)\x1b[0;m\nsection_start:1795427223:step_script\r\x1b[0K\n"
            "\x1b[32;1m$ cap production deploy\x1b[0;m\nsection_end:1795427239:step_script\r\x1b[0K\n\x1b[32;1mJob succeeded\x1b[0;m",
            {"naive_us": 1_795_427_223_000_000, "change_kind": "deploy", "exit_code": "cap production deploy", "line": 2},
        ),
        Sample("2026-11-23T09:47:03.1234567Z worker 3 gave up"),
        Sample("2026-11-23T09:47:03.1234567Z ##[group]Run x\nNov 23 10:55:00 web1 systemd[1]: Reloading."),
        Sample("Running with gitlab-runner 17.5.0 (66a723c3)"),
    ),
)
