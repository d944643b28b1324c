"""The fast way of reading an access log equals the exact way, for any `log_format` and any line."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace

import pytest
from conftest import ROOT

from logcorr.evidence import Block, gather
from logcorr.formats.grammar import LineFormat
from logcorr.formats.log_format import COMBINED, COMMON, LogFormat, tokens_of
from logcorr.formats.nginx_access import WELL_KNOWN, access_format, can_be_read
from logcorr.reading.blocks import lines_of, read_block
from logcorr.reading.documents import log_formats, read_document

HEAD = "192.0.2.6 - - [23/Nov/2026:10:55:01 +0100]"
GET = '"GET /a?b=c HTTP/1.1"'
TIMED = f'{COMBINED} rt=$request_time urt="$upstream_response_time" us="$upstream_status" ua="$upstream_addr" rid=$request_id'

#: name -> the text of the format and lines of it
FORMATS = {
    "combined": (COMBINED, [f'{HEAD} {GET} 200 2179 "-" "curl"']),
    "common": (COMMON, [f"{HEAD} {GET} 200 2179"]),
    "forwarded": (WELL_KNOWN["combined_forwarded"], [f'{HEAD} {GET} 200 2179 "-" "curl" "10.0.0.1, 10.0.0.2"']),
    "timed": (WELL_KNOWN["combined_timed"], [f'{HEAD} {GET} 200 2179 "-" "curl" 0.110']),
    "vhost": (WELL_KNOWN["vhost_combined"], [f'shop:443 {HEAD} {GET} 200 2179 "-" "curl"']),
    "upstream quoted": (
        TIMED,
        [
            f'{HEAD} {GET} 200 2179 "-" "curl" rt=0.026 urt="0.026" us="200" ua="unix:/x" rid=a8',
            f'{HEAD} {GET} 200 2179 "-" "curl" rt=0.026 urt="0.001, 0.025" us="502, 200" ua="10.0.0.1:80, 10.0.0.2:80" rid=a9',
            f'{HEAD} {GET} 200 2179 "-" "curl" rt=0.026 urt="0.001 : 0.025" us="502 : 200" ua="unix:/x : unix:/y" rid=b0',
            f'{HEAD} {GET} 499 0 "-" "curl" rt=0.026 urt="-" us="-" ua="-" rid=b1',
            f'{HEAD} {GET} 499 0 "-" "curl" rt=0.026 urt="" us="" ua="" rid=b2',
        ],
    ),
    "upstream bare": (
        '$remote_addr [$time_local] "$request" $status $upstream_addr $upstream_status $upstream_response_time',
        [
            f"192.0.2.1 [23/Nov/2026:10:55:01 +0100] {GET} 502 10.0.0.1:80, 10.0.0.2:80 502, 200 0.001, 0.002",
            f"192.0.2.1 [23/Nov/2026:10:55:01 +0100] {GET} 200 unix:/x 200 0.002",
            f"192.0.2.1 [23/Nov/2026:10:55:01 +0100] {GET} 200  200 0.002",
        ],
    ),
    "json": (
        'escape=json{"t":"$time_iso8601","s":$status,"r":"$request","ua":"$http_user_agent"}',
        [
            '{"t":"2026-11-23T10:55:01+01:00","s":200,"r":"GET / HTTP/1.1","ua":"curl"}',
            '{"t":"2026-11-23T09:55:01Z","s":200,"r":"GET /\\u00e9 HTTP/1.1","ua":"a \\"b\\" \\\\c"}',
        ],
    ),
    "msec": ('$msec $status "$request" $host', [f"1795427779.280 200 {GET} shop"]),
    "iso": ('$time_iso8601 "$request" $status $connection', [f"2026-11-23T10:55:01+01:00 {GET} 200 4711"]),
    "two in a word": ('$remote_addr:$remote_port [$time_local] "$request" $status', [f"192.0.2.1:99 {HEAD[14:]} {GET} 200"]),
    "no quotes": ("$msec $status $request_method $uri $request_time", ["1795427779.280 200 GET /a 0.110"]),
    "literal behind": ('$msec $status "$request" "$host" rt $http_x', [f'1795427779.280 200 {GET} "shop" rt 12']),
}
NAMES = sorted(FORMATS)
BITS = ('"', "\\", '\\"', "\\x22", " ", "  ", "\r", "\t", "\x0b", "\f", "\x00", "é", "\u2028", "\u00a0", "\u0085", "\ufeff")
BITS += ("-", "", ",", ", ", " : ", '"-"', ":", "[", "]", "/", "9", "\\n", "\U0001f600")


def by_row(table) -> dict[int, dict[str, object]]:
    return {row["row"]: row for row in table.to_pylist()}


def read_whole(block: bytes, *formats: LineFormat):
    """What a block gives, in an order that does not tell which way it was read."""
    found = read_block(Block(block, 1), formats)
    events = sorted((row for _, table in found.tables for row in table.to_pylist()), key=lambda row: row["line"])
    return events, found.lines, found.blank, found.continuation, found.orphans.tolist(), found.unparsed.to_pylist()


def check(text: str, block: bytes) -> None:
    """The two ways agree on a block."""
    grammar = LogFormat(text)
    lines = lines_of(Block(block, 1).text())
    exact = by_row(grammar.read(lines))
    cut = grammar.cut(Block(block, 1).text())
    if cut is not None:
        table, count = cut
        assert count == len(lines)
        for row, values in by_row(table).items():
            assert values == exact.get(row), lines[row]
    format_ = access_format("tried", text)
    assert read_whole(block, format_) == read_whole(block, replace(format_, cut=None))


def mutated(rng: random.Random, line: str) -> str:
    for _ in range(rng.randint(1, 3)):
        at, how = rng.randrange(len(line) + 1), rng.random()
        if how < 0.5:
            line = line[:at] + rng.choice(BITS) + line[at:]
        elif how < 0.8:
            line = line[:at] + rng.choice(BITS) + line[at + 1 :]
        elif how < 0.9:
            line = line[:at]
        else:
            words = line.split(" ")
            del words[rng.randrange(len(words))]
            line = " ".join(words)
    return line


@pytest.mark.parametrize("name", NAMES)
def test_lines_of_the_format_are_read(name):
    text, lines = FORMATS[name]
    block = ("\n".join(lines) + "\n").encode()
    check(text, block)
    events, count, *_, unparsed = read_whole(block, access_format(name, text))
    assert (len(events), count, unparsed) == (len(lines), len(lines), [])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_ways_agree_on_mutated_lines(name, seed):
    rng = random.Random(f"{name} {seed}")  # noqa: S311 (the same lines every time)
    text, good = FORMATS[name]
    for _ in range(60):
        lines = [rng.choice(good) if rng.random() < 0.2 else mutated(rng, rng.choice(good)) for _ in range(rng.randint(1, 4))]
        check(text, ("\n".join(lines) + rng.choice(["\n", ""])).encode())


@pytest.mark.parametrize("name", NAMES)
def test_ways_agree_where_values_go_together(name):
    """Lines that repeat are cut in runs of pieces, and each distinct run once."""
    rng = random.Random(name)  # noqa: S311 (the same lines every time)
    text, good = FORMATS[name]
    for _ in range(30):
        lines = [rng.choice(good), *(mutated(rng, rng.choice(good)) for _ in range(rng.randint(0, 2)))] * 8
        check(text, ("\n".join(lines) + "\n").encode())


@pytest.mark.parametrize("agent", ['a \\"b\\" c', "a \\\\", '\\"', "\\\\\\\\", '\\\\\\"', "\\x22 b"])
def test_escaped_quotes_are_cut_too(agent):
    line = f'{HEAD} {GET} 200 2179 "-" "{agent}"\n'.encode()
    other = f'{HEAD} {GET} 200 2179 "-" "curl"\n'.encode()
    check(COMBINED, line + other)
    table, _ = LogFormat(COMBINED).cut(line + other)
    assert table["row"].to_pylist() == [0, 1]


def test_a_block_without_an_unused_character_is_not_cut():
    line = f'{HEAD} {GET} 200 2179 "-" "a \\"b{"".join(map(chr, range(1, 9)))}"\n'.encode()
    assert LogFormat(COMBINED).cut(line) is None
    check(COMBINED, line)


@pytest.mark.parametrize(
    "middle",
    [
        b"",
        b"\n",
        b"\n\n \n",
        b"\r\n",
        b"a\rb\n",
        b'a"b"c\n',
        b'\\"\n',
        b"\\x22\n",
        b"\x00\n",
        b"\xff\xfe\n",
        b'"' * 30 + b"\n",
        b" " * 30 + b"\n",
        b'192.0.2.6 - a"b"c [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 1 "-" "x"\n',
        b'192.0.2.6 - ann b [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 1 "-" "x"\n',
        b'192.0.2.6 - - [23/Nov/2026:10:55:01 +0100] "GET /\\x22 HTTP/1.1" 200 1 "-" "a \\"b\\" c"\n',
        b'192.0.2.6 - - [30/Feb/2026:10:55:01 +0100] "GET / HTTP/1.1" 200 1 "-" "x"\n',
        b'192.0.2.6 - - [23/Nov/2026:10:55:01 +0100] "" 400 0 "-" "-"\n',
    ],
)
def test_ways_agree_on_hostile_blocks(middle):
    good = f'{HEAD} {GET} 200 2179 "-" "curl"\n'.encode()
    for block in (middle, good + middle, middle + good, good + middle + good):
        if block:
            check(COMBINED, block)
    events, *_ = read_whole(good + middle + good, access_format("combined", COMBINED))
    assert [row["user_agent_original"] for row in events if row["line"] == 0] == ["curl"]


@pytest.mark.parametrize("folder", ["story", "app_bug", "healthy_reload"])
def test_ways_agree_on_recorded_logs(folder):
    files = gather([ROOT / "sample_logs" / folder])
    ((name, text),) = log_formats([read_document(file) for file in files])
    path = ROOT / "sample_logs" / folder / "access.log.gz"
    block = gzip.decompress(path.read_bytes())
    check(text, block)
    events, count, *_ = read_whole(block, access_format(name, text))
    assert len(events) == count > 0
    table, _ = LogFormat(text).cut(block)
    assert table.num_rows > 0.95 * count  # the fast way is worth its name


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        (
            f'{HEAD} {GET} 200 2179 "-" "curl" rt=0.026 urt="0.001, 0.025" us="502, 200" ua="a:1, b:2" rid=x',
            "upstream_status",
            "502, 200",
        ),
        (f'{HEAD} {GET} 200 2179 "-" "curl" rt=0.026 urt="" us="" ua="" rid=x', "upstream_address", ""),
        (f'{HEAD} {GET} 200 2179 "-" "curl" rt=0.026 urt="-" us="-" ua="-" rid=x', "upstream_address", "-"),
        (
            f'{HEAD} {GET} 200 2179 "-" "a \\x22b\\x22" rt=0.026 urt="-" us="-" ua="-" rid=x',
            "user_agent_original",
            'a "b"',
        ),
        (
            f'192.0.2.6 - ann b [23/Nov/2026:10:55:01 +0100] {GET} 200 1 "-" "c" rt=1.0 urt="-" us="-" ua="-" rid=x',
            "user_id",
            "ann b",
        ),
    ],
)
def test_values_are_as_written(line, column, value):
    (event,), *_ = read_whole(f"{line}\n".encode(), access_format("x", TIMED))
    assert event[column] == value


def test_json_escapes_are_undone():
    text, lines = FORMATS["json"]
    (event,), *_ = read_whole(f"{lines[1]}\n".encode(), access_format("x", text))
    assert event["user_agent_original"] == 'a "b" \\c'
    assert event["url_path"] == "/é"


@pytest.mark.parametrize("cut", ["\\u", "\\u00", "\\uzzzz", "\\ud800", "\\x22"])
def test_broken_json_escapes_stay_readable(cut):
    line = '{"t":"2026-11-23T10:55:01+01:00","s":200,"r":"GET / HTTP/1.1","ua":"aCUT"}\n'.replace("CUT", cut)
    (event,), *_ = read_whole(line.encode(), access_format("x", FORMATS["json"][0]))
    assert event["user_agent_original"].startswith("a")
    assert event["http_response_status_code"] == 200


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        (COMBINED, True),
        ("$msec $status", True),
        ("${time_local} ${status}", True),
        ("$remote_addr $status", False),
        ("$time_iso8601 $request", False),
        ("", False),
    ],
)
def test_format_needs_a_time_and_a_status(text, readable):
    assert can_be_read(text) is readable


def test_braces_name_a_variable():
    assert tokens_of("${status}s") == tokens_of("$status")[:1] + tokens_of("s")
