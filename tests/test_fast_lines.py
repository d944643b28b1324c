"""What reads most lines quickly gives what the expressions give: on recorded lines, and on the same with some characters changed."""

import random
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from conftest import ROOT

from logcorr.formats import (
    journal_short,
    journal_short_full,
    journal_short_iso,
    key_values,
    logfmt,
    monolog,
    nginx_context,
    nginx_error,
    python_logging,
    request_words,
    syslog_3164,
    syslog_5424,
    syslog_tags,
    syslog_untagged,
)
from logcorr.formats.clock import parse_second, read_seconds
from logcorr.formats.engine import cursor
from logcorr.formats.fixed_clocks import SHAPES
from logcorr.formats.json_lines import paths_of, values_of
from logcorr.formats.record_keys import KEYS
from logcorr.formats.table import LINE_FORMATS
from logcorr.formats.tokenise import holds

PIECES = [
    '"',
    "\\",
    " ",
    "  ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\t",
    "- ",
    "] ",
    "=",
    "null",
    ", client: 192.0.2.7",
    '{"',
    "'",
    "é",
    "\x1b[31m",
]


#: lines whose head could be taken to end too early
TRAPS = [
    "2026-11-23 04:56:22,326 [ERROR x: y] INFO z: no rate",
    "2026-11-23 04:56:22,326 - ERROR x: - INFO - no rate",
    "Nov 23 10:16:15 shop-prod-2 a:b[7]: c: d",
    "Nov 23 10:16:15 shop-prod-2 a b: c[7]: d",
    "Nov 23 10:16:15 shop-prod-2 a:",
    "[2026-11-23 09:55:02] shop.INFO:a: b",
    '[2026-11-23 09:55:02] shop.INFO: a {b: shop.ERROR: c {"user":"x"}',
    '<34>1 2026-11-23T10:16:15Z shop-prod-2 su - ID47 [a b="] c: d"] e',
    "2026/11/23 10:55:00 [error] 76#76: *x y: z",
]


def sent(line: str) -> str:
    """A line of rsyslog's as RFC 5424 has it."""
    stamp, host, rest = line.split(" ", 2)
    return f'<30>1 {stamp} {host} {rest.partition("[")[0].partition(":")[0]} 17 ID47 [a@1 b="c ] d"][e] {rest}'


def recorded() -> list[str]:
    """Lines of the samples, of each format and of each log."""
    lines = 8 * [line for each in LINE_FORMATS for sample in each.samples for line in sample.text.split("\n")]
    for path in sorted((ROOT / "sample_logs").glob("*/*")):
        if path.suffix in {".log", ".txt"} or path.name == "syslog":
            own = path.read_text(errors="replace").split("\n")
            lines += own[:: max(1, len(own) // 150)]
            lines += [sent(line) for line in own[:40] if path.name == "syslog" and line.count(" ") > 2]
            lines += [f"<34>{line}" for line in own[:40] if path.name.startswith("journal-short")]
    return lines + 8 * TRAPS


def changed(lines: list[str], seed: int) -> list[str]:
    """The lines with some of their characters gone, doubled, or others among them."""
    rng = random.Random(seed)  # noqa: S311 (the same lines every time)
    result = []
    for line in lines:
        text = line
        for _ in range(rng.choice((1, 1, 2, 4))):
            at = rng.randrange(len(text) + 1)
            end = at + rng.choice((0, 1, 1, 9))
            text = text[:at] + rng.choice(["", *PIECES, text[at:end] * 2]) + text[end:]
        result.append(text.replace("\n", " "))
    return result


LINES = recorded()
TEXTS = pa.array([*LINES, *changed(LINES, 1), *changed(LINES, 2)], pa.string())


def nothing(*_: object, **__: object) -> None:
    """No line is taken apart quickly."""


def none_of(lines: pa.Array, keys: dict[str, tuple[str, ...]], _: object) -> tuple[pa.Table, np.ndarray]:
    """No line is cut into pairs."""
    empty = values_of(pa.array([], pa.string()), keys)
    return empty, np.zeros(len(lines), dtype=bool)


def slow_context(contexts: pa.Array) -> tuple[dict[str, pa.Array], np.ndarray]:
    """No context is cut at its quotes."""
    return {name: pa.nulls(len(contexts), pa.string()) for name in nginx_context.PARTS}, np.zeros(len(contexts), dtype=bool)


READERS: list[tuple[ModuleType, ModuleType, str, object]] = [
    (journal_short, syslog_tags, "accept_heads", nothing),
    (journal_short_iso, syslog_tags, "accept_heads", nothing),
    (journal_short_full, syslog_tags, "accept_heads", nothing),
    (syslog_3164, syslog_tags, "accept_heads", nothing),
    (syslog_untagged, syslog_tags, "accept_heads", nothing),
    (syslog_5424, syslog_5424, "accept_heads", nothing),
    (nginx_error, nginx_error, "accept_heads", nothing),
    (nginx_error, nginx_context, "usual_context", slow_context),
    (monolog, monolog, "accept_heads", nothing),
    (python_logging, python_logging, "accept_heads", nothing),
    (logfmt, logfmt, "values_of_pairs", none_of),
    (python_logging, request_words, "ARROW", r"(?P<method>a\A)(?P<target>a\A)(?P<status>a\A)"),
]


@pytest.mark.parametrize(("format_", "where", "name", "slow"), READERS, ids=lambda each: getattr(each, "__name__", None))
def test_quick_way_equals_expressions(
    format_: ModuleType, where: ModuleType, name: str, slow: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = format_.FORMAT.read(TEXTS)
    assert quick.num_rows > 20
    monkeypatch.setattr(where, name, slow)
    exact = format_.FORMAT.read(TEXTS)
    for column in exact.column_names:
        assert quick[column].to_pylist() == exact[column].to_pylist(), column


def test_contexts_of_monolog_equal_the_search() -> None:
    rests = pc.replace_substring_regex(TEXTS, r"^\[[^\]]*\] \w+\.\w+: ", "")
    quick, exact = monolog.context_of(rests), monolog.searched(rests)
    assert pc.sum(pc.is_valid(quick["context"])).as_py() > 100
    for name, texts in exact.items():
        assert quick[name].to_pylist() == texts.to_pylist(), name


def test_pairs_are_cut_where_nothing_is_escaped() -> None:
    lines = pa.array(
        ['level=info msg="a b" x= y', 'level=info msg="a \\" b"', "level=info  a=b", "a=b", 'level=in"fo', "", "=a level=b"]
    )
    values, told = key_values.values_of_pairs(lines, {"level": ("level",), "text": ("msg",)}, ("level",))
    assert told.tolist() == [True, False, False, False, False, False, False]
    assert values["line"].to_pylist() == ['{"level":"info","msg":"a b","x":"","y":""}']
    assert values["text"].to_pylist() == ["a b"]


@pytest.mark.parametrize("layout", SHAPES)
def test_fixed_clocks_equal_parsed_ones(layout: str) -> None:
    rng = random.Random(layout)  # noqa: S311 (the same clocks every time)
    texts: list[str | None] = [None, ""]
    for _ in range(3000):
        shape = rng.choice(SHAPES[layout]).replace("MMM", rng.choice(["Jan", "Feb", "Nov", "Dec", "nov", "Mai"]))
        text = "".join(rng.choice("01112223 " if mark == "9" else "0011223345") if mark in "09" else mark for mark in shape)
        at = rng.randrange(len(text))
        texts += [text, text[:at] + rng.choice("9 T:-x\u0663") + text[at + 1 :], text[:at]]
    read = read_seconds(pa.array(["", *texts], pa.string())[1:], layout).to_pylist()
    assert read == [None if text is None else parse_second(text, layout) for text in texts]
    assert sum(each is not None for each in read) > 100


def test_values_of_keys_equal_those_looked_up_one_by_one() -> None:
    objects = [line for line in LINES if line.lstrip().startswith("{")]
    lines = pa.array([*objects, *changed(objects, 3), *changed(objects, 4)], pa.string())
    keys = {name: own for name, own in KEYS.items() if name != "time"}  # a time must also look like one
    found = values_of(lines, keys)
    assert found.num_rows > 100
    with cursor() as connection:
        connection.register("objects", found.select(["row", "line"]))
        for name, own in keys.items():
            paths = [f"nullif(json_extract_string(line, '{path}'), '')" for key in own for path in paths_of(key)]
            query = f"SELECT coalesce({', '.join(paths)}, NULL) FROM objects ORDER BY row"  # noqa: S608 - our constants
            assert found[name].to_pylist() == [value for (value,) in connection.sql(query).fetchall()], name


def test_a_piece_is_found_at_both_ends_of_a_column() -> None:
    texts = pa.array(['@t"x', "y", 'z"@t"'])
    assert holds(texts, b'@t"x')
    assert holds(texts, b'"@t"')
    assert not holds(texts, b'"@t"x')
    assert not holds(pa.array([], pa.string()), b"x")
