"""Names for the shell to complete, read from the files that declare them: nothing is imported for it."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

_SIGNATURE: Final = re.compile(r"^SIGNATURE(?:: Final)? = ", re.MULTILINE)
_SOURCE: Final = re.compile(r"\bsource=\"(\w+)\"")
_DOCUMENT: Final = re.compile(r"DocumentFormat\(\s*name=\"(\w+)\"")
_MESSAGE: Final = re.compile(r"^id = [\"'](.+)[\"']$", re.MULTILINE)


def signatures(incomplete: str) -> list[str]:
    """Signatures; known messages too, once their program is typed with its dot."""
    found = [name for name, text in files("signatures", ".py") if _SIGNATURE.search(text)]
    if "." in incomplete:
        found += [each for _, text in files("messages", ".toml") for each in _MESSAGE.findall(text)]
    return beginning(found, incomplete)


def sources(incomplete: str) -> list[str]:
    """Sources of events, as formats name them; of a document, its format."""
    texts = [text for _, text in files("formats", ".py")]
    found = [each for text in texts for pattern in (_SOURCE, _DOCUMENT) for each in pattern.findall(text)]
    return beginning(found, incomplete)


def files(folder: str, ending: str) -> list[tuple[str, str]]:
    """Names and texts of the files of one folder of the package."""
    found = (each for each in (resources.files("logcorr") / folder).iterdir() if each.name.endswith(ending))
    return [(each.name.removesuffix(ending), each.read_text(encoding="utf-8")) for each in found]


def beginning(names: list[str], incomplete: str) -> list[str]:
    """The names that begin so, in order."""
    return sorted({name for name in names if name.startswith(incomplete)})
