"""Runs signatures: brings them what they need, and turns what they lack, and what breaks in them, into an answer."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass

from logcorr.signatures.finding import Finding, Signature
from logcorr.signatures.hosts import by_host
from logcorr.timeline.engine import Engine


@dataclass(frozen=True, slots=True)
class Failure:
    """A signature that broke: a fault of ours, with its traceback."""

    signature: str
    traceback: str


def evaluate(signatures: Iterable[Signature], engine: Engine) -> tuple[list[Finding], list[Failure]]:
    """The findings of all signatures, in order, and the signatures that broke (their state is ``not_evaluable``)."""
    findings: list[Finding] = []
    failures: list[Failure] = []
    for signature in signatures:
        try:
            findings += answer(signature, engine)
        except Exception:  # noqa: BLE001 (one broken signature must not take the report with it; the traceback is kept)
            failures.append(Failure(signature.name, traceback.format_exc()))
            missing = ("a fault of logcorr's own kept this from being looked at",)
            findings.append(Finding(signature.name, "not_evaluable", signature.role, missing=missing))
    return findings, failures


def answer(signature: Signature, engine: Engine) -> list[Finding]:
    """What one signature says of the timeline."""
    frames = {name: engine.get(need) for name, need in signature.needs.items()}
    missing = tuple(dict.fromkeys(need.missing for name, need in signature.needs.items() if frames[name] is None))
    if missing:
        return [Finding(signature.name, "not_evaluable", signature.role, missing=missing)]
    improving = {name: engine.get(need) for name, need in signature.improves.items()}
    # frames of its own (pandas copies on write): what one signature changes no other sees
    arguments = {name: None if each is None else each.copy(deep=False) for name, each in {**frames, **improving}.items()}
    found = by_host(signature, arguments) if signature.of_one_host else list(signature.judge(**arguments))
    lacking = tuple(dict.fromkeys(need.missing for name, need in signature.improves.items() if improving[name] is None))
    return found or [Finding(signature.name, "clear", signature.role, confidence=0.9, missing=lacking)]
