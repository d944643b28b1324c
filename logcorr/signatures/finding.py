"""What a signature is, and what it answers: a claim in data, with the lines that prove it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logcorr.timeline.needs import Need

if TYPE_CHECKING:
    import pandas as pd

State = Literal["fired", "clear", "not_evaluable"]
Role = Literal["cause", "mechanism", "symptom", "context", "evidence_quality"]
Level = Literal["critical", "high", "medium", "low", "informational"]
Fact = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Citation:
    """The lines of one event: ``line`` to ``line_last`` of ``file``; ``words`` are those among them that show the claim."""

    file: str
    line: int
    line_last: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """What a complaint fits: failed requests, the best first, and how likely one fits by chance (None: it fits none).

    ``refused``: of one that speaks of a refusal (404) only, whether such a request fits it; None for all others.
    """

    requests: tuple[Citation, ...] = ()
    chance: float | None = None
    refused: bool | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim and what it rests on.

    ``start_us`` and ``end_us`` are microseconds since 1970 in UTC; ``end_us`` is None while nothing ended it. ``confidence`` is that
    the claim is true, 0..1. ``explains`` are the ``request_key`` values of the failed requests that the claim is about.
    ``places`` are the units and addresses that it happens at, by which it is joined to other findings; ``host`` is the one of several
    that they are on. ``matches`` are complaints, by file and line, with what they fit.
    """

    signature: str
    state: State
    role: Role
    level: Level = "informational"
    confidence: float = 0.0
    start_us: int | None = None
    end_us: int | None = None
    subject: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    evidence: tuple[Citation, ...] = ()
    counter_evidence: tuple[Citation, ...] = ()
    remedy: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    explains: np.ndarray = field(default_factory=lambda: np.array([], np.int64), compare=False, repr=False)
    places: frozenset[str] = frozenset()
    host: str = ""
    matches: Mapping[tuple[str, int], Matched] = field(default_factory=dict, compare=False, repr=False)
    beyond: pd.DataFrame | None = field(default=None, compare=False, repr=False)

    @property
    def keys(self) -> np.ndarray:
        """The ``request_key`` of all requests that it is about."""
        return self.explains if self.beyond is None else self.beyond["request_key"].to_numpy()


@dataclass(frozen=True)
class Signature:
    """One failure pattern.

    ``needs`` and ``improves`` map the arguments of ``judge`` to needs; without one of ``needs`` the answer is ``not_evaluable``,
    without one of ``improves`` its argument is None. ``judge`` returns a finding a subject, or nothing: the pattern is not there.
    ``title`` is a noun phrase; ``claim`` says it of a case, with the finding's facts in braces. ``of_one_host``: it is a pattern of one
    machine; where the evidence knows several, each is judged by itself, and the fact ``host`` says which it was.
    """

    name: str
    role: Role
    title: str
    claim: str
    judge: Callable[..., Sequence[Finding]]
    needs: Mapping[str, Need]
    improves: Mapping[str, Need] = field(default_factory=dict)
    of_one_host: bool = False

    @property
    def documentation(self) -> str:
        """What it looks for, why it matters, when it misleads: its module's docstring."""
        return inspect.cleandoc(sys.modules[self.judge.__module__].__doc__ or "")


def cite(row: Mapping[str, Any] | pd.Series, *words: str | None) -> Citation:
    """The lines of an event, from a row with ``file``, ``line`` and ``line_last``.

    Of an event of several lines those count that hold one of ``words``; without any, the one that holds its message.
    """
    line = int(row["line"])
    last = row.get("line_last")
    last = line if last is None or last != last else int(last)  # noqa: PLR0124 (NaN)
    if not words and last > line:
        words = (str(row.get("body") or "").partition("\n")[0],)
    return Citation(str(row["file"]), line, last, tuple(word for word in words if word))


def text(value: object) -> str | None:
    """A frame's text, None for a missing one."""
    return value if isinstance(value, str) and value else None
