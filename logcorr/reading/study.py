"""Why a file is taken for what it is: which formats take how many of the lines that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logcorr.evidence.blocks import BROKEN
from logcorr.formats import table
from logcorr.formats.grammar import DocumentFormat, Format
from logcorr.formats.guessed_format import guess
from logcorr.formats.nginx_access import access_format, can_be_read
from logcorr.formats.table import DOCUMENT_FORMATS, LINE_FORMATS
from logcorr.reading.documents import log_formats
from logcorr.reading.facts import FileFacts
from logcorr.reading.recognise import GUESSED, sample_of, takers


@dataclass(frozen=True, slots=True)
class Study:
    """What was looked at in one file.

    ``whole``: it is a document, told by all its lines. Else ``sampled`` lines were shown to all formats, and ``taken`` says which
    format takes how many, most first. ``guessed`` is the ``log_format`` that was guessed from them, if the file is read by it.
    """

    whole: bool
    sampled: int = 0
    taken: tuple[tuple[str, int], ...] = ()
    guessed: str = ""


def study(facts: Sequence[FileFacts]) -> list[Study]:
    """The study of each file."""
    access = [access_format(name, text) for name, text in log_formats(facts) if can_be_read(text)]
    return [study_file(each, (*access, *LINE_FORMATS)) for each in facts]


def study_file(facts: FileFacts, formats: Sequence[Format]) -> Study:
    """The study of one file."""
    if any(each.name in facts.formats for each in DOCUMENT_FORMATS):
        return Study(whole=True)
    if facts.file.problem:
        return Study(whole=False)
    try:
        sample = sample_of(facts.file)
    except BROKEN:
        return Study(whole=False)
    logs = [each for each in formats if not isinstance(each, DocumentFormat)]
    taken = sorted(((each.name, len(rows)) for each, rows in takers(sample, logs)), key=lambda item: -item[1])
    filled = [line for line in sample if line.strip()]
    layout = guess(filled) if f"nginx_access:{GUESSED}" in facts.formats else None
    return Study(whole=False, sampled=len(filled), taken=tuple(taken), guessed=layout or "")


@dataclass(frozen=True, slots=True)
class Known:
    """A format that is known: its name, what it is, texts that it takes."""

    name: str
    about: str
    samples: tuple[str, ...]


def known_formats() -> list[Known]:
    """All formats, in the order in which they are asked; the layouts of one are one."""
    modules = {
        id(each): module
        for module in vars(table).values()
        for each in (getattr(module, "FORMATS", None) or [getattr(module, "FORMAT", None)])
    }
    found: dict[str, Known] = {}
    listed: tuple[Format, ...] = (*LINE_FORMATS, *DOCUMENT_FORMATS)
    for each in listed:
        name = each.name.partition(":")[0]
        about = (modules[id(each)].__doc__ or "").strip().partition("\n")[0].rstrip(".:").replace("``", "`")
        earlier = found[name].samples if name in found else ()
        found[name] = Known(name, about, (*earlier, *(sample.text for sample in each.samples if not sample.refused)))
    return list(found.values())
