"""What each stage of a question costs, on the wall clock: what ``--timings`` prints.

Stages are marked where the work is done, in whatever thread. While the main thread waits for others, its time is theirs, in the
proportion of what they did meanwhile, so that all stages together are the whole.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident, local, main_thread
from typing import Final

#: in order; ``start`` is what passes before the evidence is looked at, ``other`` what no stage is marked for
STAGES: Final = (
    "start",
    "recognise",
    "read",
    "tokenise",
    "type",
    "match",
    "store",
    "query",
    "judge",
    "render",
    "other",
)
#: about when this process began
STARTED: Final = time.perf_counter() - time.process_time()
#: the main thread waits for those that read
WAIT: Final = "wait"


class Timings:
    """Seconds by stage; each moment of a thread belongs to its innermost stage."""

    def __init__(self, begun: float) -> None:
        self._own: defaultdict[str, float] = defaultdict(float)  # of the main thread
        self._others: defaultdict[str, float] = defaultdict(float)
        self._turn = Lock()
        self._open = local()
        self._begun = begun
        self._own["start"] = time.perf_counter() - begun

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of what is done inside for a stage, less what other stages in it take."""
        outer: list[float] | None = getattr(self._open, "inner", None)
        inner = self._open.inner = [0.0]
        begun = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - begun
            self._open.inner = outer
            if outer is not None:
                outer[0] += spent
            with self._turn:
                counts = self._own if get_ident() == main_thread().ident else self._others
                counts[name] += spent - inner[0]

    def by_stage(self) -> dict[str, float]:
        """The seconds of each stage, in order; they add up to those since the beginning."""
        whole = time.perf_counter() - self._begun
        with self._turn:
            own, others = defaultdict(float, self._own), dict(self._others)
        waited, done = own.pop(WAIT, 0.0), sum(others.values())
        for name, spent in others.items():
            own[name] += waited * spent / done
        own["other"] += whole - sum(own.values())
        return {name: own[name] for name in STAGES}


_running: list[Timings] = []


@contextmanager
def measured(begun: float | None = None) -> Iterator[Timings]:
    """Measure all that is done inside, in all threads; one at a time. ``begun``: when the process began (``time.perf_counter``)."""
    timings = Timings(time.perf_counter() if begun is None else begun)
    _running.append(timings)
    try:
        yield timings
    finally:
        _running.remove(timings)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Mark what is done inside as one of ``STAGES``; costs next to nothing where nobody measures."""
    if not _running:
        yield
        return
    with _running[-1].stage(name):
        yield
