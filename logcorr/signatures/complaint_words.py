"""What the text of a complaint says of the request that it is about: statuses, paths, words."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

#: reason phrases as browsers and servers show them (RFC 9110, section 15), with the spellings of nginx's own pages
PHRASES: Final = {
    500: r"internal server error",
    502: r"bad gateway",
    503: r"service (?:temporarily )?unavailable",
    504: r"gateway time-?\s?out",
    403: r"forbidden",
    404: r"(?:page |file |url )?not found",
    410: r"\bgone\b(?= \(410\))",
    413: r"(?:request entity|content|payload) too large",
    429: r"too many requests",
}
_STATUS: Final = re.compile(
    r"(?<![\w./:#-])([45]\d\d)(?![\w/:%]|[.,-]\d|\s*(?:ms|s|secs?|seconds|minutes|%|users?|people|customers?|times|orders?|items?)\b)"
)
_PHRASES: Final = {status: re.compile(phrase, re.IGNORECASE) for status, phrase in PHRASES.items()}
_URL: Final = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
_PATH: Final = re.compile(r"(?<![\w/:.<])/[A-Za-z0-9._~%-][A-Za-z0-9._~%/@+-]*")
_WORD: Final = re.compile(r"[a-z]{4,}")
_FAILED: Final = 500


def statuses_in(text: str) -> frozenset[int]:
    """The HTTP statuses that a text names, by number or by their phrase."""
    found = {int(number) for number in _STATUS.findall(text)}
    return frozenset(found | {status for status, phrase in _PHRASES.items() if phrase.search(text)})


def paths_in(text: str) -> frozenset[str]:
    """The paths that a text names: ``/dashboard``, or those of addresses such as ``https://shop.example/dashboard?tab=1``."""
    urls = _URL.findall(text)
    rest = _URL.sub(" ", text)
    named = [urlsplit(url).path for url in urls] + _PATH.findall(rest)
    return frozenset(path for name in named if (path := name.rstrip(".,;:!?)/")) and re.search(r"[A-Za-z]", path))


def words_in(text: str) -> frozenset[str]:
    """Words of a text that may be a part of a path."""
    return frozenset(_WORD.findall(text.lower()))


def lies_under(path: str, named: str) -> bool:
    """Whether a path is the named one, or lies below it."""
    return path.rstrip("/") == named or path.startswith(f"{named}/")


def is_of_failures(statuses: frozenset[int]) -> bool:
    """Whether a complaint that names these statuses can be about a failed request: one that only speaks of 404 is not."""
    return not statuses or any(status >= _FAILED for status in statuses)
