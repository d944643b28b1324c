"""Promises that every format keeps: its samples hold, nothing raises, nothing of another format is taken, the sums come out."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import re
from itertools import product

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from conftest import ROOT

import logcorr
from logcorr.evidence import gather
from logcorr.families import CLOCK, FAMILIES
from logcorr.formats.grammar import DocumentFormat, LineFormat, Sample
from logcorr.formats.table import DOCUMENT_FORMATS, LINE_FORMATS
from logcorr.reading import FileFacts, read_files

FORMATS = (*LINE_FORMATS, *DOCUMENT_FORMATS)
TAKEN = [(each, sample) for each in FORMATS for sample in each.samples if not sample.refused]
REFUSED = [(each, sample) for each in FORMATS for sample in each.samples if sample.refused]

#: what no format may stumble over
HOSTILE = (
    "",
    " ",
    "\t",
    "\x00",
    "\x00" * 50,
    "\r",
    "\ufeff",
    "\ufffd",
    "\\ud800",
    '{"a": "\\ud800"}',
    '{"MESSAGE": "\\udcff\\ud800", "__REALTIME_TIMESTAMP": "1795427700173717"}',
    '{"timestamp": 1e400, "level": [1], "message": {"a": null}}',
    '{"timestamp": "2026-11-23T10:16:15Z", "message": "' + "\\" * 4001 + '"}',
    '{"a":' * 5000,
    "[" * 100_000,
    '"' * 100_001,
    "a" * 1_000_000,
    "a=" * 50_000,
    "[Section]\n" * 3,
    "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff",
    "MESSAGE\n" + "\x00" * 7,
    "2026-11-23 99:99:99,999 ERROR [1] x: y",
    "9999999999999999999999999999",
    "0000-00-00T00:00:00Z",
    "2026-11-23T10:16:15+99:99 x",
    "Nov 31 10:55:00 host app[99999999999999999999]: x",
    "\U0001f600" * 1000,
    "\x1b[31mred\x1b[0m",
    "٢٠٢٦-11-23 10:16:15 x",
)


def named(items: list[tuple[LineFormat | DocumentFormat, Sample]]) -> list[str]:
    return [f"{each.name}-{each.samples.index(sample)}" for each, sample in items]


def first_of(format_: LineFormat, sample: Sample) -> dict[str, object]:
    """The columns of the event in a sample, which its first line begins."""
    rows = format_.read(lines_array(sample.text)).to_pylist()
    assert rows, f"{format_.name} refuses its sample {sample.text!r}"
    assert rows[0]["row"] == 0
    return rows[0]


def lines_array(text: str) -> pa.Array:
    return pa.array(text.split("\n"), pa.string())


def facts_of(path) -> FileFacts:
    (facts,) = read_files(gather([path]))
    return facts


@pytest.mark.parametrize(("format_", "sample"), TAKEN, ids=named(TAKEN))
def test_sample_gives_its_values(format_, sample):
    if isinstance(format_, LineFormat):
        found = first_of(format_, sample)
    else:
        lines = sample.text.split("\n")
        assert format_.recognise(lines)
        fact = format_.read(lines)[0]
        found = {**fact.columns, "family": fact.family, "line": fact.line, "line_last": fact.line_last}
    for name, value in sample.gives.items():
        if isinstance(value, float):
            assert found[name] == pytest.approx(value), name
        else:
            assert found.get(name) == value, name


@pytest.mark.parametrize(("format_", "sample"), REFUSED, ids=named(REFUSED))
def test_refused_sample_is_refused(format_, sample):
    if isinstance(format_, LineFormat):
        assert format_.read(lines_array(sample.text)).num_rows == 0
    else:
        assert not format_.recognise(sample.text.split("\n"))


def test_every_format_shows_what_it_takes_and_what_it_refuses():
    both = {True, False}
    lacking = {each.name for each in FORMATS if {sample.refused for sample in each.samples} != both}
    lacking -= {each.name for each in LINE_FORMATS if each.source == "nginx_access"}  # one grammar in several log_formats
    assert lacking == {"not_evidence"}  # it gives nothing


def wrongly_typed(format_: LineFormat, table: pa.Table) -> list[str]:
    """The columns that are not of the type that the family says."""
    schema = {"row": pa.int32(), **CLOCK, **FAMILIES[format_.family]}
    kinds = {name: (kind.value_type if pa.types.is_dictionary(kind) else kind) for name, kind in schema.items()}
    plain = {field.name: field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in table.schema}
    return [name for name, kind in plain.items() if kind != kinds.get(name)]


@pytest.mark.parametrize("format_", LINE_FORMATS, ids=lambda each: each.name)
def test_columns_have_their_types(format_):
    for sample in format_.samples:
        assert not wrongly_typed(format_, format_.read(lines_array(sample.text)))


@pytest.mark.parametrize("format_", LINE_FORMATS, ids=lambda each: each.name)
def test_no_line_gives_an_empty_table_of_the_same_columns(format_):
    empty = format_.read(pa.array([], pa.string()))
    full = format_.read(lines_array(next(sample.text for sample in format_.samples if not sample.refused)))
    assert empty.num_rows == 0
    assert set(empty.column_names) == set(full.column_names)
    assert not wrongly_typed(format_, empty)


@pytest.mark.parametrize("format_", DOCUMENT_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize("lines", [[], [""], ["", " ", "\t"]], ids=["nothing", "one", "blank"])
def test_nothing_is_no_document(format_, lines):
    assert not format_.recognise(lines)
    assert format_.read(lines) == []


def noise(seed: int) -> list[str]:
    """Lines of random bytes, and the samples of all formats with some of their bytes changed."""
    rng = random.Random(seed)  # noqa: S311 (the same lines every time)
    lines = [rng.randbytes(rng.randrange(200)).decode(errors="replace") for _ in range(100)]
    for each in FORMATS:
        for sample in each.samples:
            raw = bytearray(sample.text.encode())
            for _ in range(rng.randrange(1, 5)):
                if raw:
                    raw[rng.randrange(len(raw))] = rng.choice([0, 9, 10, 13, 32, 34, 48, 92, 127, 255, rng.randrange(256)])
            lines += raw.decode(errors="replace").split("\n")
    return [line.replace("\n", " ") for line in lines]


@pytest.mark.parametrize("format_", LINE_FORMATS, ids=lambda each: each.name)
def test_no_text_raises(format_):
    for lines in (HOSTILE, *(noise(seed) for seed in range(5))):
        texts = pa.array([line.replace("\n", " ") for line in lines], pa.string())
        table = format_.read(texts)
        rows = table["row"].to_pylist()
        assert rows == sorted(set(rows))
        assert not wrongly_typed(format_, table)
        begun = pc.match_substring_regex(texts, format_.begins).to_pylist() if format_.begins else [True] * len(texts)
        assert [texts[row].as_py() for row in rows if not begun[row]] == []


@pytest.mark.parametrize("format_", DOCUMENT_FORMATS, ids=lambda each: each.name)
def test_no_text_raises_in_a_document(format_):
    texts = [line.split("\n") for line in HOSTILE] + [noise(seed) for seed in range(5)]
    samples = [sample.text.split("\n") for each in FORMATS for sample in each.samples]
    rng = random.Random(7)  # noqa: S311 (the same lines every time)
    for lines in [*texts, *samples, *([*rng.sample(lines, len(lines)), *rng.choice(texts)] for lines in samples)]:
        assert format_.recognise(lines) in {True, False}
        for fact in format_.read(lines):
            assert 1 <= fact.line <= fact.line_last <= len(lines)


@pytest.mark.parametrize("format_", LINE_FORMATS, ids=lambda each: each.name)
def test_begins_matches_every_line_that_is_read(format_):
    texts = [sample.text for sample in format_.samples if not sample.refused]
    recorded = sorted((ROOT / "sample_logs").glob("*/*"))
    texts += [path.read_text() for path in recorded if path.suffix not in {".gz", ".md"}]
    lines = pa.array([line for text in texts for line in text.split("\n")], pa.string())
    read = set(format_.read(lines)["row"].to_pylist())
    assert read
    if format_.begins:
        begun = set(pc.indices_nonzero(pc.match_substring_regex(lines, format_.begins)).to_pylist())
        assert read <= begun


#: the taker, the owner, and why it rightly takes the owner's sample
SHARED = {
    (
        "nginx_error",
        "config_test",
    ): "a failed `nginx -t` prints its reason as a line of the error log; the document is asked first",
    (
        "app_text_python",
        "unattended_upgrades",
    ): "they are written by Python's logging; only their messages are those of one program",
    ("app_text_python", "unattended_upgrades:step"): "the same",
    ("journal_iso", "yum"): "a host and a program could be called like a level and a step of dnf, which is asked first",
    ("journal_iso", "yum:step"): "the same",
}


def taken_by(format_: LineFormat | DocumentFormat) -> list[int]:
    """Which of the samples in `TAKEN` a format takes from their first line on."""
    if isinstance(format_, DocumentFormat):
        return [at for at, (_, sample) in enumerate(TAKEN) if format_.recognise(sample.text.split("\n"))]
    texts = [sample.text.split("\n") for _, sample in TAKEN]
    starts = {sum(map(len, texts[:at])) + at: at for at in range(len(texts))}
    lines = [line for text in texts for line in (*text, "")]  # an empty line ends an event of several
    rows = format_.read(pa.array(lines, pa.string()))["row"].to_pylist()
    return [starts[row] for row in rows if row in starts]


@pytest.mark.parametrize(
    "format_",
    [
        each
        for each in FORMATS
        if not (getattr(each, "fallback", False) or getattr(each, "general", False)) and each.name != "not_evidence"
    ],
    ids=lambda each: each.name,
)
def test_no_format_takes_the_sample_of_another(format_):
    found = [TAKEN[at] for at in taken_by(format_)]
    assert format_ in [owner for owner, _ in found]  # its own
    taken = [
        (owner.name, sample.text)
        for owner, sample in found
        if owner is not format_ and (format_.name, owner.name) not in SHARED
    ]
    assert taken == []


#: a format whose lines alone are not told from another's, and that other one
OUTDONE = {"syslog_untagged": "timestamped"}


@pytest.mark.parametrize(("format_", "sample"), TAKEN, ids=named(TAKEN))
def test_sums_come_out_for_every_sample(format_, sample, write):
    once = f"{sample.text}\n"
    text = f"{once}\n{once}" if isinstance(format_, LineFormat) else once
    facts = facts_of(write({"evidence": text}))
    assert facts.lines == text.count("\n")
    assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused
    assert facts.events >= 1
    if isinstance(format_, LineFormat):
        assert facts.format == OUTDONE.get(format_.name, format_.name)


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "sample_logs").iterdir() if path.is_dir()))
def test_sums_come_out_for_recorded_logs(folder):
    for facts in read_files(gather([ROOT / "sample_logs" / folder])):
        assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused, facts.file.name
        assert facts.refused == 0, facts.file.name
        assert facts.fallback == 0, facts.file.name


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
@pytest.mark.parametrize("name", ["error.log", "app.log", "journal-export.txt", "complaints.csv"])
def test_packed_is_read_as_plain(name, suffix, pack, write):
    path = next(each for each in sorted((ROOT / "sample_logs").glob(f"*/{name}")) if each.stat().st_size)
    raw = path.read_bytes()
    plain = logcorr.read(write({"plain/x": raw}) / "plain")
    packed = logcorr.read(write({f"packed/x{suffix}": pack(raw)}) / "packed")
    for family, table in plain.tables.items():
        other = packed.tables[family]
        kept = [each for each in table.column_names if each != "file"]
        assert table.select(kept).to_pylist() == other.select(kept).to_pylist(), family
    assert [each.lines for each in plain.files] == [each.lines for each in packed.files]
    assert any(table.num_rows for table in plain.tables.values())


@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_are_all_accounted_for(seed, write):
    """Those in a log are refused line by line; a file of nothing else is named as not read."""
    rng = random.Random(seed)  # noqa: S311 (the same lines every time)
    noise = b"\n".join(rng.randbytes(rng.randrange(100)).replace(b"\n", b" ") for _ in range(500))
    log = b'192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 2347 "-" "okhttp/4"\n' * 300
    facts = facts_of(write({"evidence": log + noise}))
    assert facts.format == "nginx_access:combined"
    assert facts.lines == 300 + 500
    assert facts.refused > 450
    assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused
    assert facts_of(write({"evidence": noise})).problem == "binary: not read"


def test_expressions_are_of_linear_time():
    """What `begins` may say is RE2's, without the look-around that Python would take."""
    for each in LINE_FORMATS:
        assert not re.search(r"\(\?[=!<]|\\[1-9]", each.begins.replace("(?P<", "")), each.name


def test_names_are_unique():
    names = [each.name for each in FORMATS]
    assert sorted(names) == sorted(set(names))
    assert not [(a.name, b.name) for a, b in product(LINE_FORMATS, DOCUMENT_FORMATS) if a.name == b.name]
