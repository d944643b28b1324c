"""What was changed shortly before requests began to fail: candidates, the nearest first; none is a cause by its nearness alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logcorr.diagnosis.case import SECOND, SLACK_US
from logcorr.signatures.finding import text
from logcorr.signatures.lifecycle import DEATHS, episodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

#: what is changed shows within minutes of traffic, as for errors after a deploy
WINDOW_US: Final = 600 * SECOND
#: triggers that are told
MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Trigger:
    """A change at ``at_us``: its kind (deploy, package, rotation, reload, restart, end, ...), what was changed, and its line."""

    kind: str
    name: str
    at_us: int
    file: str
    line: int


def triggers(start_us: int, changed: pd.DataFrame | None, lifecycle: pd.DataFrame | None) -> tuple[Trigger, ...]:
    """What was changed in the ten minutes before requests began to fail, the nearest first; each kind of each thing once."""
    found = [*announced(changed), *of_services(lifecycle)]
    near = [each for each in found if start_us - WINDOW_US <= each.at_us <= start_us + SLACK_US]
    nearest: dict[tuple[str, str], Trigger] = {}
    for each in sorted(near, key=lambda each: (-each.at_us, each.kind, each.name, each.file, each.line)):
        nearest.setdefault((each.kind, each.name), each)
    return tuple(nearest.values())[:MOST]


def announced(changed: pd.DataFrame | None) -> Iterator[Trigger]:
    """Deploys, packages and whatever else was announced, by the beginning where it is known."""
    if changed is None:
        return
    for _, row in changed[changed["timestamp_us"].notna()].iterrows():
        begun = row["started_us"] if row["started_us"] == row["started_us"] else row["timestamp_us"]
        release = text(row["service_version"]) or text(row["vcs_ref_head_revision"])
        name = " ".join(filter(None, (text(row["service_name"]), release)))
        yield Trigger(text(row["change_kind"]) or "deploy", name, int(begun), str(row["file"]), int(row["line"]))


def of_services(lifecycle: pd.DataFrame | None) -> Iterator[Trigger]:
    """Reloads, restarts and ends of services."""
    if lifecycle is None:
        return
    for episode in episodes(lifecycle):
        if len(episode.told):
            row = episode.told.iloc[0]
            yield Trigger(episode.kind, episode.unit, episode.begin_us, str(row["file"]), int(row["line"]))
    for _, row in lifecycle[lifecycle["event_name"].isin(DEATHS) & lifecycle["unit"].notna()].iterrows():
        yield Trigger("end", str(row["unit"]), int(row["timestamp_us"]), str(row["file"]), int(row["line"]))
