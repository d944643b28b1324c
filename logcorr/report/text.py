"""The report as text for a terminal: the answer first, then what proves it, then what it cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.console import Console

from logcorr.report.changes import changed
from logcorr.report.completeness import completeness
from logcorr.report.fields import Fields, count, many, not_looked_for, number, one, texts, word
from logcorr.report.page import STEP, Page
from logcorr.report.proof import also_seen, proof
from logcorr.report.visible import visible
from logcorr.report.words import (
    amount,
    claim,
    grade,
    interval,
    lasting,
    lead,
    moment,
    percent,
    plural,
    share,
    title,
)

#: of complaints, deploys and the like
SHOWN: Final = 10
#: so many requests are named of one complaint
MOST_MATCHES: Final = 20
#: what is not certain of the time of a complaint
DAYS: Final = {"year_inferred": " (its date is not said: the one that fits the evidence)"}
BASES: Final = {
    "day_inferred": " (the day is that of the evidence)",
    "zone_assumed": " (the zone is not certain: say it with --zone complaint=ZONE)",
}


def render(report: Mapping[str, object], console: Console, *, verbose: bool = False, quiet: bool = False) -> None:
    """Print a report.

    Args:
        report: the plain values of ``Report.to_dict()``; missing keys count as empty.
        console: where to; it decides on colour and width.
        verbose: show all facts and all lines of the evidence.
        quiet: show the answer alone.
    """
    compose(Page(console, [word(each, "file") for each in many(report, "evidence")], verbose=verbose), report, quiet=quiet)


def compose(page: Page, report: Fields, *, quiet: bool = False) -> None:
    """Put a report on a page, the answer first; ``quiet``: the answer alone."""
    incidents = many(report, "incidents")
    verdict = word(report, "verdict")
    if verdict == "incident" and incidents:
        answer_incident(page, incidents)
    elif verdict == "healthy":
        answer_healthy(page, report)
    else:
        answer_undetermined(page, report)
    if quiet:
        return
    for at, incident in enumerate(incidents):
        proof(page, incident, report, f"INCIDENT {at + 1}: " if len(incidents) > 1 else "")
    also_seen(page, report)
    if verdict == "healthy":
        checked(page, report)
    deploys(page, report)
    changed(page, report)
    complaints(page, report)
    ruled_out(page, report)
    cannot_tell(page, report)
    completeness(page, report)


def answer_incident(page: Page, incidents: list[Fields]) -> None:
    """The answer in five lines: what, how much, why, how sure, what to run; then the rest of what to run."""
    incident = incidents[0]
    page.say(f"INCIDENT, {since(incident)}", style="bold red")
    page.say(extent(incident))
    causes = many(incident, "causes")
    if causes:
        label = f"{lead(causes[0])}:"
        subject = visible(word(incident, "subject"))
        page.say(title(word(causes[0], "signature")) + (f": {subject}" if subject else ""), label=label)
        page.say(grade(causes[0]), indent=len(label) + 1)
    else:
        page.say("none that could be looked for fits", label="Cause:")
    run = next((texts(each, "remedy") for each in (*causes, *many(incident, "mechanisms")) if texts(each, "remedy")), [])
    check = next((texts(each, "verify") for each in (*causes, *many(incident, "mechanisms")) if texts(each, "verify")), [])
    page.commands(run, label="If it returns:" if word(incident, "state") == "ended" else "Run now:")
    page.commands(check, label="Check:")
    for other in incidents[1:]:
        page.say(f"{visible(word(other, 'title')) or 'requests failed'}: {extent(other)}", label="Also:")


def answer_healthy(page: Page, report: Fields) -> None:
    """Nothing wrong found, and in what."""
    page.say("HEALTHY: Nothing wrong found.", style="bold green")
    page.say(looked_at(report))
    if (most := number(one(report, "checked"), "share_high")) is not None:
        page.say(
            f"So many requests show, with 95 % certainty, that no more than {percent(most)} fail, if failures fall by chance."
        )
    for each in many(report, "findings"):
        if word(each, "state") == "fired" and word(each, "signature") == "restart_blip":
            page.say(claim(each), label="Harmless now:")
    unable = not_looked_for(report)
    if unable:
        page.say(f"{plural(len(unable), 'kind')} of failure could not be looked for; see NOT CHECKED below.")


def fired_cause(finding: Fields) -> bool:
    """Whether a finding is a cause that was found, be it of nothing that failed."""
    return word(finding, "state") == "fired" and word(finding, "role") == "cause"


def answer_undetermined(page: Page, report: Fields) -> None:
    """What is known, why no cause is named, what to fetch."""
    incidents = many(report, "incidents")
    questions = many(report, "cannot_tell")
    unsure = not_looked_for(report)
    if incidents:
        page.say("UNDETERMINED: requests failed, and no cause can be named", style="bold magenta")
        told = since(incidents[0])
        page.say(f"{told[:1].upper()}{told[1:]}.")
        page.say(f"{extent(incidents[0])}.")
        why = "of the causes that were looked for, none fits"
    elif count(one(report, "checked"), "requests") and not any(fired_cause(each) for each in many(report, "findings")):
        page.say("UNDETERMINED: no failed request is seen, in evidence that is not whole", style="bold magenta")
        page.say(looked_at(report))
        why = "what is missing may hold the failures"
    elif count(one(report, "checked"), "requests"):
        page.say("UNDETERMINED: something is wrong, but no failed request shows what it did", style="bold magenta")
        page.say(looked_at(report))
        why = "a cause is named only for requests that failed"
    else:
        page.say("UNDETERMINED: the evidence does not tell whether requests failed", style="bold magenta")
        page.say(looked_at(report))
        why = "there are no requests to judge by"
    page.say(why + (f"; {len(unsure)} could not be looked for" if unsure else "") + ".", label="Why no cause is named:")
    fetch = list(dict.fromkeys(visible(word(each, "fetch")) for each in questions))
    page.say(
        "; ".join(fetch[:2]) or "the access log, nginx's error log, the application's log and the journal for that time",
        label="Fetch next:",
    )


def since(incident: Fields) -> str:
    """Whether it goes on, from when to when, how long; one that began before the logs is told as such."""
    start, end = word(incident, "start"), word(incident, "end")
    state = word(incident, "state")
    if state == "began_before":
        return f"older than the logs: failures from {interval(start, end)}"
    if state == "ongoing":
        return f"going on since {moment(start)}, last failure at {moment(end, day=start[:10] != end[:10])}"
    long = lasting(start, end)
    return f"{'over: ' if state == 'ended' else ''}failures from {interval(start, end)}" + (f" ({long})" if long else "")


def extent(incident: Fields) -> str:
    """How many of how many, which share, for whom."""
    affected = one(incident, "affected")
    if not affected:
        return "How many requests failed is not known."
    if not count(affected, "requests"):
        return "How many were turned away is not known: they left no request."
    people = [plural(count(affected, f"{who}s"), who) for who in ("client", "user") if number(affected, f"{who}s") is not None]
    whom = f"; {', '.join(people)}" if people else ""
    counted = f"{amount(count(affected, 'failed'))} of {plural(count(affected, 'requests'), 'request')} failed"
    return f"{counted}: {share(affected)}{whom}"


def looked_at(report: Fields) -> str:
    """Requests, files and the time that the evidence covers."""
    window, checks = one(report, "window"), one(report, "checked")
    files = many(report, "evidence")
    requests = count(checks, "requests") or sum(count(each, "events") for each in files if "access" in word(each, "format"))
    failed = f", {amount(count(checks, 'failed'))} of them failed" if number(checks, "failed") is not None else ""
    when = f", {interval(word(window, 'start'), word(window, 'end'))}" if word(window, "start") else ""
    return f"Looked at {plural(requests, 'request')}{failed}, in {plural(len(files), 'file')}{when}."


def checked(page: Page, report: Fields) -> None:
    """What was looked for and is not there, and what could not be."""
    clear = [each for each in many(report, "findings") if word(each, "state") == "clear"]
    if clear:
        page.heading("CHECKED, NOT FOUND")
        for each in clear:
            lacking = texts(each, "missing")
            page.item(title(word(each, "signature")) + (f" (without: {visible('; '.join(lacking))})" if lacking else ""))
    unable = not_looked_for(report)
    if unable:
        page.heading("NOT CHECKED")
        for each in unable:
            page.item(
                f"{title(word(each, 'signature'))}: missing is {visible('; '.join(texts(each, 'missing'))) or 'what it needs'}"
            )


def deploys(page: Page, report: Fields) -> None:
    """When what was deployed."""
    rows = many(report, "deploys")
    if not rows:
        return
    page.heading("DEPLOYS")
    for each in rows if page.verbose else rows[-SHOWN:]:
        ends = word(each, "end") not in {"", word(each, "start")}
        when = interval(word(each, "start"), word(each, "end")) if ends else moment(word(each, "start"))
        when += DAYS.get(word(each, "time_basis"), "")
        what = f"release {visible(word(each, 'release'))}" if word(each, "release") else ""
        commit = f"commit {visible(word(each, 'commit'))}" if word(each, "commit") else ""
        page.item(", ".join(filter(None, (when, what, commit, page.place(word(each, "file"), count(each, "line"))))))


def complaints(page: Page, report: Fields) -> None:
    """What people said, and which failed requests that fits."""
    rows = many(report, "complaints")
    if not rows:
        return
    page.heading("COMPLAINTS")
    for each in rows if page.verbose else rows[:SHOWN]:
        said = f'{reported(each)} {visible(word(each, "user")) or "somebody"}: "{visible(word(each, "text"))}"'
        page.item(said + fitting(page, each))
    if len(rows) > SHOWN and not page.verbose:
        page.say(f"and {len(rows) - SHOWN} more (--verbose shows all)", indent=STEP)


def reported(complaint: Fields) -> str:
    """When a complaint was made: a moment, or from when to when where the words were rough; how its day is known."""
    start, end = word(complaint, "from"), word(complaint, "to")
    rough = lasting(start, end) not in {"", "1 s", "1 min 0 s"}
    when = f"between {interval(start, end)}".replace(" to ", " and ", 1) if rough else moment(word(complaint, "time"))
    return when + BASES.get(word(complaint, "time_basis"), "")


def fitting(page: Page, complaint: Fields) -> str:
    """The failed requests that a complaint fits; empty where that was not looked for."""
    if not isinstance(complaint.get("matches"), (list, tuple)):
        return ""
    matches = many(complaint, "matches")
    if complaint.get("refused") is not None:
        there = "a refused request (4xx) fits it" if complaint.get("refused") else "no refused request (4xx) fits it"
        return f"; about no failure: {there}"
    if not matches:
        return "; fits no failed request"
    first = page.place(word(matches[0], "file"), count(matches[0], "line"))
    chance = number(complaint, "chance")
    luck = f"; by chance alone: {percent(chance)}" if chance is not None else ""
    known = f"{len(matches)} or more" if len(matches) >= MOST_MATCHES else str(len(matches))
    fits = f"{known} failed requests" if len(matches) > 1 else "1 failed request"
    return f"; fits {fits} ({first}{' and others' if len(matches) > 1 else ''}{luck})"


def ruled_out(page: Page, report: Fields) -> None:
    """What it was not, and why."""
    rows = many(report, "ruled_out") if word(report, "verdict") != "healthy" else []
    if rows:
        page.heading("RULED OUT")
    for each in rows:
        page.item(f"{title(word(each, 'signature'))}: {visible(word(each, 'reason'))}")


def cannot_tell(page: Page, report: Fields) -> None:
    """Open questions, and what would answer them."""
    rows = many(report, "cannot_tell")
    if word(report, "verdict") == "healthy":  # what could not be looked for stands under NOT CHECKED
        unable = not_looked_for(report)
        told = {lack for each in unable for lack in texts(each, "missing")}
        rows = [each for each in rows if word(each, "fetch") not in told]
    if rows:
        page.heading("CANNOT TELL")
    by_question: dict[str, list[str]] = {}
    for each in rows:
        by_question.setdefault(word(each, "question"), []).append(word(each, "fetch"))
    for question, fetch in by_question.items():
        page.item(visible(question))
        page.say(visible("; ".join(fetch)) or "not known", label="fetch:", indent=2 * STEP)
