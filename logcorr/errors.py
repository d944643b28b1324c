"""Errors of the caller: each says what is wrong, where, and what to do about it."""

from __future__ import annotations


class LogcorrError(Exception):
    """The caller erred; ``hint`` says what would work."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class EvidenceError(LogcorrError):
    """There is no evidence to read: a path does not exist, or nothing in it can be read."""


class ZoneError(LogcorrError):
    """A ``--zone`` or ``--year`` that means nothing."""


class TimeError(LogcorrError):
    """A time that the caller typed: it is none, or it is not certain which."""


class MessageError(LogcorrError):
    """A file of known messages is not valid; the text names file and message."""
