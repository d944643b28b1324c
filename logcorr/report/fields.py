"""Reading the report's plain values: what is missing, or of another kind, is as good as empty."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Final, TypeAlias

Fields: TypeAlias = Mapping[str, object]
NONE: Final[Fields] = {}


def one(fields: Fields, key: str) -> Fields:
    """An object; empty when there is none."""
    value = fields.get(key)
    return value if isinstance(value, Mapping) else NONE


def many(fields: Fields, key: str) -> list[Fields]:
    """A list of objects."""
    value = fields.get(key)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, (list, tuple)) else []


def texts(fields: Fields, key: str) -> list[str]:
    """A list of texts."""
    value = fields.get(key)
    return [each for each in value if isinstance(each, str)] if isinstance(value, (list, tuple)) else []


def word(fields: Fields, key: str) -> str:
    """A text."""
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def number(fields: Fields, key: str) -> float | None:
    """A finite number."""
    value = fields.get(key)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) else None


def count(fields: Fields, key: str) -> int:
    """A whole number, 0 when there is none."""
    return int(number(fields, key) or 0)


def not_looked_for(report: Fields) -> list[Fields]:
    """The kinds of failure that the evidence did not suffice for; clocks and gaps of the evidence itself are none."""
    return [
        each
        for each in many(report, "findings")
        if word(each, "state") == "not_evaluable" and word(each, "role") != "evidence_quality"
    ]
