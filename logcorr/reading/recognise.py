"""Which format a log is in, told from lines of its beginning, its middle and its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence import EvidenceFile, head_of
from logcorr.formats.grammar import LineFormat
from logcorr.formats.guessed_format import guess
from logcorr.formats.nginx_access import access_format
from logcorr.formats.w3c_extended import formats_of
from logcorr.reading.colours import SEQUENCE
from logcorr.reading.envelopes import opened
from logcorr.reading.plain import is_output

SAMPLE_BYTES: Final = 256 << 10
SAMPLE_LINES: Final = 200
#: a log is taken for what it is when at least this share of the sample's lines begin an event; tracebacks leave few of them
LEAST_SHARE: Final = 0.02
#: a guessed format must take this share of the lines, and is not looked for where another takes so many of them
PROOF: Final = 0.8
ENOUGH: Final = 0.97
GUESSED: Final = "guessed"
#: whose lines may stand among whose: a container writes both logs of its server to one stream, and every error begins with a clock,
#: which a request cannot put at the beginning of an access line
BESIDE: Final = {"nginx-access": frozenset({"nginx", "apache"})}


def takers(sample: Sequence[str], formats: Sequence[LineFormat]) -> list[tuple[LineFormat, set[int]]]:
    """The formats that take any of the lines that are not blank, and which; those of the last resort only where no other does."""
    texts = pa.array([line for line in sample if line.strip()], pa.string())
    separated = pa.array(list(sample), pa.string())
    known = [*formats_of(sample), *(each for each in formats if not (each.fallback or each.general or each.plain))]
    shown = [(each, rows_taken(each, texts if each.separator == b"\n" else separated)) for each in known]
    taken = [(each, rows) for each, rows in shown if rows]
    if len(set().union(*(rows for _, rows in taken))) >= len(texts):
        return taken  # nothing is left to those who understand less
    general = [(each, rows) for each in formats if each.general and (rows := rows_taken(each, texts))]
    # a guess tells more of a request than what knows no server
    most = max((len(rows) for each, rows in (*taken, *general) if not (each.general and each.family == "requests")), default=0)
    taken += guessed(texts, most)
    last = [(each, rows) for each in formats if each.fallback and not each.plain and (rows := rows_taken(each, texts))]
    for each, rows in (*general, *last):
        # of two that understand nothing, that of the file's writer is chosen below
        left = rows.difference(*(others for other, others in taken if not other.fallback or other.writer == each.writer))
        taken += [(each, left)] if left else []
    return taken


def guessed(lines: pa.Array, most: int) -> list[tuple[LineFormat, set[int]]]:
    """The access log's format that is guessed from the lines, if they prove it and no known format takes as many."""
    if most >= ENOUGH * len(lines) or not (text := guess(lines.to_pylist())):
        return []
    format_ = access_format(GUESSED, text)
    rows = rows_taken(format_, lines)
    return [(format_, rows)] if len(rows) > most and len(rows) >= PROOF * len(lines) else []


def recognise(sample: Sequence[str], formats: Sequence[LineFormat]) -> tuple[LineFormat, ...]:
    """The format that takes most lines of a sample, then those of the same writer that take some of the rest."""
    filled = [line for line in sample if line.strip()]
    taken = takers(sample, formats)
    best, rows = best_of(filled, taken)
    if best is None:
        return output_formats(filled, (), set(), formats)
    if best.unwrap:
        return (best, *inside(filled, best, [each for each in formats if not each.unwrap and not each.plain]))
    chosen = [best]
    for each, others in sorted(taken, key=lambda item: -len(item[1])):
        together = each.writer == best.writer or each.writer in BESIDE.get(best.writer, ())
        # the second line of a record looks like a line without a time
        if each is not best and together and not (each.least and best.whole) and others - rows:
            chosen.append(each)
            rows = rows | others
    # what knows a program goes first
    chosen.sort(key=lambda each: (each.fallback, each.general))
    return output_formats(filled, tuple(chosen), rows, formats)


def inside(lines: Sequence[str], envelope: LineFormat, formats: Sequence[LineFormat]) -> list[LineFormat]:
    """The formats of the lines inside an envelope; where it names services, each of them has a log of its own."""
    without = opened(pa.array(lines, pa.string()), envelope)
    outer = without.outer
    service = outer["service_name"].to_pylist() if "service_name" in outer.column_names else [None] * outer.num_rows
    texts = without.lines.to_pylist()
    found: list[LineFormat] = []
    for name in dict.fromkeys(service):
        own = [texts[row] for row, other in zip(outer["row"].to_pylist(), service, strict=True) if other == name]
        found += [each for each in recognise(own, formats) if each not in found]
    return sorted(found, key=lambda each: (each.fallback, each.general))


def best_of(lines: Sequence[str], taken: Sequence[tuple[LineFormat, set[int]]]) -> tuple[LineFormat | None, set[int]]:
    """The format that takes most lines, and which; none where too few are taken."""
    return max(
        ((each, rows) for each, rows in taken if is_enough(each, rows, lines)),
        key=lambda item: (not item[0].fallback, len(with_siblings(item[0], taken))),
        default=(None, set[int]()),
    )


def is_enough(format_: LineFormat, rows: set[int], lines: Sequence[str]) -> bool:
    """Whether a file may be of a format that takes these of its lines."""
    if format_.least:
        return len(rows) >= format_.least * sum(1 for line in lines if not line[:1].isspace())
    return format_.separator != b"\n" or len(rows) >= LEAST_SHARE * len(lines) or 0 in rows


def output_formats(
    lines: Sequence[str], chosen: tuple[LineFormat, ...], heads: set[int], formats: Sequence[LineFormat]
) -> tuple[LineFormat, ...]:
    """The formats of a log, and those for the output of an application where it is that."""
    plain = tuple(each for each in formats if each.plain)
    if plain and all(each.writer == "application" for each in chosen) and is_output(lines, heads):
        return (*chosen, *plain)
    return chosen


def with_siblings(format_: LineFormat, taken: Sequence[tuple[LineFormat, set[int]]]) -> set[int]:
    """The rows that a format takes, and those of the formats of the same log that begin alike: lines of one program, by their kinds."""
    alike = [
        rows
        for each, rows in taken
        if each is format_ or (each.source == format_.source and each.begins and each.begins == format_.begins)
    ]
    return set().union(*alike)


def rows_taken(format_: LineFormat, lines: pa.Array) -> set[int]:
    """Which lines a format takes as the first of an event."""
    if format_.begins and not pc.any(pc.match_substring_regex(lines, format_.begins)).as_py():
        return set()
    return set(format_.read(lines)["row"].to_pylist())


def sample_of(file: EvidenceFile) -> list[str]:
    """Lines from the beginning of a file and, where it can be reached at no cost, from its middle and its end."""
    with file.open() as stream:
        raw = head_of(stream, SAMPLE_BYTES)
        pieces = [raw]
        if not file.compression and not file.is_journal and len(raw) == SAMPLE_BYTES:
            size = file.size
            pieces += [tail for at in (size // 2, size - SAMPLE_BYTES) if at > SAMPLE_BYTES and (tail := piece(stream, at))]
    lines: list[str] = []
    for each in pieces:
        text = each.decode(errors="replace").removeprefix("\ufeff")
        whole = (re.sub(SEQUENCE, "", text) if "\x1b[" in text else text).split("\n")
        is_whole = len(each) < SAMPLE_BYTES and each is raw  # then the last line is no piece of one
        lines += (whole if is_whole else whole[:-1] or whole)[:SAMPLE_LINES]
    return lines


def piece(stream: BinaryIO, at: int) -> bytes:
    """Some whole lines from the place ``at`` on."""
    stream.seek(at)
    return stream.read(SAMPLE_BYTES).partition(b"\n")[2]
