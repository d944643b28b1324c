"""Times as findings carry them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def iso(microseconds: int) -> str:
    """ISO 8601 in UTC with ``Z``, to the millisecond where there is one: ``2026-11-23T09:56:25.902Z``."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.isoformat(timespec="milliseconds" if microseconds % 1_000_000 else "seconds").replace("+00:00", "Z")
