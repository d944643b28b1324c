"""What is done to a recording before it is read again: each function writes changed evidence into the folder that it is given.

A change returns a description, or None where it cannot be made of this recording.
"""

from __future__ import annotations

import gzip
import random
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from shifting import shift_text

from tests.accuracy.recordings import Recording, instant

Change = Callable[[Recording, Path, random.Random], str | None]
ACCESS = ("access.log.gz", "access.log")
LOGS = re.compile(r"(?:log|journal|syslog)", re.IGNORECASE)
ID = re.compile(r"\b[0-9a-f]{32}\b")


def text_of(path: Path) -> str | None:
    """A file's text, unpacked; None for one that is none."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def texts_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files of a folder that are text."""
    for path in sorted(folder.iterdir()):
        if (text := text_of(path)) is not None:
            yield path, text


def put(path: Path, text: str) -> None:
    """Write a text, packed where the file was."""
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())


def is_log(path: Path) -> bool:
    """Whether a file of a recording grows with time."""
    return LOGS.search(path.name) is not None and not path.name.endswith((".conf", ".json.gz"))


def another_zone(recording: Recording, folder: Path, chance: random.Random) -> str | None:
    """All stamps of one log are an hour or more off, as if its program had another zone; those that state an offset state it still."""
    recording.copy(folder)
    candidates = [path for path, text in texts_of(folder) if is_log(path) and path.name not in ACCESS and text]
    if not candidates:
        return None
    path, hours = chance.choice(candidates), chance.choice([-5, -1, 1, 2, 8])
    zone = ZoneInfo("UTC")
    put(path, shift_text(text_of(path) or "", timedelta(hours=hours), zone, zone))
    return f"{path.name} {hours:+d} h"


def skewed_clock(recording: Recording, folder: Path, chance: random.Random) -> str | None:
    """The clock of one log is 40 s ahead or behind."""
    recording.copy(folder)
    candidates = [path for path, text in texts_of(folder) if is_log(path) and path.name not in ACCESS and text]
    if not candidates:
        return None
    path, seconds = chance.choice(candidates), chance.choice([-40, 40])
    zone = ZoneInfo("UTC")
    put(path, shift_text(text_of(path) or "", timedelta(seconds=seconds), zone, zone))
    return f"{path.name} {seconds:+d} s"


def _share_of_access(recording: Recording, at: str) -> float | None:
    """Where in its traffic a moment of a recording is, 0..1."""
    marks = recording.truth.get("marks", {})
    window = recording.truth.get("fault_window")
    begin, end = marks.get("traffic_start"), marks.get("traffic_end")
    moment = window and window[0 if at == "start" else 1]
    if not (begin and end and moment):
        return None
    whole = instant(end) - instant(begin)
    return max(0.0, min(1.0, (instant(moment) - instant(begin)) / whole))


def _cut(recording: Recording, folder: Path, keep: Callable[[list[str]], list[str]]) -> None:
    recording.copy(folder)
    for path, text in texts_of(folder):
        if path.name in ACCESS:
            put(path, "".join(keep(text.splitlines(keepends=True))))


def begins_within(recording: Recording, folder: Path, _: random.Random) -> str | None:
    """The access log begins a little after the fault did."""
    share = _share_of_access(recording, "start")
    if share is None:
        return None
    _cut(recording, folder, lambda lines: lines[int(len(lines) * min(0.9, share + 0.1)) :])
    return "access log begins after the fault"


def ends_within(recording: Recording, folder: Path, _: random.Random) -> str | None:
    """The access log ends before the fault did."""
    start, end = _share_of_access(recording, "start"), _share_of_access(recording, "end")
    if start is None or end is None:
        return None
    _cut(recording, folder, lambda lines: lines[: int(len(lines) * (start + 0.7 * (end - start)))])
    return "access log ends before the recovery"


def without_ids(recording: Recording, folder: Path, _: random.Random) -> str | None:
    """No line carries a request's id."""
    recording.copy(folder)
    changed = 0
    for path, text in texts_of(folder):
        if is_log(path) and ID.search(text):
            put(path, ID.sub("-", text))
            changed += 1
    return f"no request ids in {changed} files" if changed else None


def thinned(recording: Recording, folder: Path, chance: random.Random) -> str | None:
    """Nine clients in ten were never there: their access lines, their error lines and the lines that name their requests are gone."""
    recording.copy(folder)
    access = next((path for path, _ in texts_of(folder) if path.name in ACCESS), None)
    lines = (text_of(access) or "").splitlines(keepends=True) if access else []
    address = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7})(?![\w.:])")
    clients = sorted({found[0] for line in lines if (found := address.search(line))})
    kept = set(chance.sample(clients, max(1, len(clients) // 10))) if clients else set()
    if access is None or len(kept) == len(clients):
        return None
    gone: set[str] = set()
    left = []
    for line in lines:
        found = address.search(line)
        if found is None or found[0] in kept:
            left.append(line)
        else:
            gone |= set(ID.findall(line))
    put(access, "".join(left))
    for path, text in texts_of(folder):
        if path == access or not is_log(path):
            continue
        client = re.compile(r"client: ([^,]+),")
        put(
            path,
            "".join(
                line
                for line in text.splitlines(keepends=True)
                if not ((found := client.search(line)) and found[1] not in kept) and not (gone & set(ID.findall(line)))
            ),
        )
    return "a tenth of the clients"


def beside_a_healthy_host(recording: Recording, folder: Path, _: random.Random, healthy: Recording | None = None) -> str | None:
    """Another host's logs of the same time lie beside it, and nothing was wrong there."""
    own, other = (each and each.truth.get("marks", {}).get("traffic_start") for each in (recording, healthy))
    if healthy is None or not own or not other or recording.healthy:
        return None
    recording.copy(folder / "one")
    beside = folder / "two"
    beside.mkdir()
    by, zone = instant(own) - instant(other), ZoneInfo(healthy.truth.get("host_timezone", "UTC"))
    for path in healthy.files:
        text = text_of(path)
        if text is None or path.name.startswith("complaints"):
            continue
        naive = ZoneInfo("UTC") if path.name == "laravel.log" else zone
        put(beside / path.name.removesuffix(".gz"), shift_text(text, by, zone, naive))
    return f"beside {healthy.name}"


def renamed(recording: Recording, folder: Path, chance: random.Random) -> str | None:
    """Files have numbers for names, and the host and the application are called otherwise everywhere."""
    copied = recording.copy(folder / "kept")
    host = recording.truth.get("hostname")
    words = {host: "kx-17"} if host else {}
    release = re.search(r'"app":\s*"(\w{3,})"', "".join(text for _, text in texts_of(copied)))
    if release and release[1] not in {"app", "web", "php"}:
        words[release[1]] = "zonk"
    paths = sorted(copied.iterdir())
    chance.shuffle(paths)
    for number, path in enumerate(paths, 1):
        text = text_of(path)
        if text is None:
            shutil.copyfile(path, folder / f"f{number:02}")
            continue
        for word, other in words.items():
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", other, text)
        (folder / f"f{number:02}").write_text(text, encoding="utf-8")
    shutil.rmtree(copied)
    return f"renamed ({', '.join(words)})"


CHANGES: dict[str, Change] = {
    "another zone": another_zone,
    "skewed clock": skewed_clock,
    "begins within": begins_within,
    "ends within": ends_within,
    "without ids": without_ids,
    "thinned": thinned,
    "renamed": renamed,
}
