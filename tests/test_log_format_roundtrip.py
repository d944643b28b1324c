"""What nginx writes with a `log_format` comes back, whatever the values are; of a line with two readings nothing comes back."""

from __future__ import annotations

import json
import re

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logcorr.evidence import Block
from logcorr.formats import access_json, ltsv, nginx_error
from logcorr.formats.guessed_format import guess
from logcorr.formats.log_format import COMBINED, LogFormat
from logcorr.formats.nginx_access import access_format, can_be_read
from logcorr.reading.blocks import lines_of, read_block

settings.register_profile("logs", deadline=None, max_examples=120, derandomize=True)
settings.load_profile("logs")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
AWKWARD = st.sampled_from(
    ['"', "\\", "a b", "-", "|", "\t", "\n", ", ", " : ", '" 200 0 "', "\\x22", "[", "é", "\x00", "x\\", "\u2028", "\x85"]
)
FREE = st.lists(st.one_of(TEXT, AWKWARD), min_size=1, max_size=4).map("".join)
ENTRY = st.sampled_from(["unix:/run/a.sock", "10.0.0.1:80", "[2001:db8::1]:443"])
SECONDS = st.integers(0, 10**7).map(lambda ms: f"{ms // 1000}.{ms % 1000:03d}")

#: variable -> what nginx may write for it
VALUES = {
    "remote_addr": st.sampled_from(["192.0.2.1", "2001:db8::7", "unix:"]),
    "remote_user": FREE,
    "time_iso8601": st.just("2026-11-23T10:55:01+01:00"),
    "msec": st.just("1795427779.280"),
    "request": FREE,
    "status": st.sampled_from(["200", "499", "009", "000"]),
    "body_bytes_sent": st.integers(0, 10**12).map(str),
    "http_referer": FREE,
    "http_user_agent": FREE,
    "request_time": SECONDS,
    "request_method": st.sampled_from(["GET", "POST", "-"]),
    "request_uri": TEXT.map(lambda text: "/" + text),
    "host": st.sampled_from(["shop", "shop.example.com", "192.0.2.9"]),
    "upstream_addr": st.lists(ENTRY, min_size=1, max_size=3).map(", ".join),
    "upstream_response_time": st.lists(SECONDS, min_size=1, max_size=3).map(" : ".join),
    "request_id": st.sampled_from(["5b0c1f2e3d4c5b6a79880706050403ff", "-"]),
    "own_variable": FREE,
    "scheme": st.sampled_from(["http", "https"]),
    "server_port": st.sampled_from(["80", "8443"]),
    "pipe": st.sampled_from([".", "p"]),
}
LITERALS = (" ", "|", "\t", ":", " - ", "] [", "=", " rt=", '" "', ";", "", "/")


def escaped(value: str, how: str) -> str:
    """A value as nginx writes it."""
    if how == "json":
        return re.sub(r'[\x00-\x1f"\\]', lambda found: json.dumps(found[0])[1:-1], value)
    if how == "none":
        return value
    return "".join(chr(byte) if 32 <= byte <= 126 and byte not in b'"\\' else f"\\x{byte:02X}" for byte in value.encode())


@st.composite
def written(draw: st.DrawFn, *, quoted: bool) -> tuple[str, str, dict[str, str]]:
    """A format, a line of it, and the values in it."""
    how = draw(st.sampled_from(["default", "json"] if quoted else ["default", "json", "none"]))
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=2, max_size=7, unique=True))
    values = {name: draw(VALUES[name]) for name in names}
    if how == "none":
        assume(not any("\n" in value or "\r" in value for value in values.values()))
    between = (
        [' "' if not at else '" "' for at in range(len(names))]
        if quoted
        else ["x"] + [draw(st.sampled_from(LITERALS)) for _ in names[1:]]
    )
    end = '"' if quoted else draw(st.sampled_from(["", "]", " end"]))
    text = "".join(f"{literal}${{{name}}}" for literal, name in zip(between, names, strict=True)) + end
    line = "".join(literal + escaped(values[name], how) for literal, name in zip(between, names, strict=True)) + end
    return (f"escape={how} " if how != "default" else "") + text, line, values


def read_back(text: str, line: str) -> list[dict[str, str]]:
    rows = LogFormat(text).read(pa.array([line], pa.string())).to_pylist()
    return [{name: value for name, value in row.items() if name != "row"} for row in rows]


@given(written(quoted=True))
def test_values_between_quotes_come_back(case):
    text, line, values = case
    assert read_back(text, line) == [values]


@given(written(quoted=False))
def test_no_value_comes_back_wrong(case):
    text, line, values = case
    assume("\r" not in line)
    assert read_back(text, line) in ([values], [])


@pytest.mark.parametrize(
    ("text", "line", "values"),
    [
        ("$remote_addr:$remote_port $status", "2001:db8::7:4711 200", ["2001:db8::7", "4711", "200"]),
        ("$scheme$host $status", "httpshop 200", None),
        (
            "$scheme://$host$request_uri $status",
            "https://shop.example.com/a/b 200",
            ["https", "shop.example.com", "/a/b", "200"],
        ),
        ("$request_method$request_uri$server_protocol $status", "GET/a 200", ["GET", "/a", "", "200"]),
        ("$msec$status$body_bytes_sent", "1795427779.28020012", ["1795427779.280", "200", "12"]),
        ("$body_bytes_sent$connection $status", "123 200", None),
        ("$status$pipe $request_time", "200. 0.1", ["200", ".", "0.1"]),
        ("$http_a$http_b $status", "ab 200", None),
        ("$http_a|$http_b|$status", "a|b|c|200", None),
        ("$request_uri|$status|$args", "/a|200|b|c", ["/a", "200", "b|c"]),
        ("$uri$is_args$args $status", "/a?b=c 200", ["/a?b=c", "200"]),
        ("$upstream_addr $upstream_status $status", "unix:/x, [::1]:80 502, 200 200", ["unix:/x, [::1]:80", "502, 200", "200"]),
    ],
)
def test_values_side_by_side(text, line, values):
    rows = [list(row.values()) for row in read_back(text, line)]
    assert rows == ([] if values is None else [values])


@st.composite
def blocks(draw: st.DrawFn) -> tuple[str, bytes]:
    """A format and a block of its lines with some bytes changed."""
    pieces = []
    text, line, _ = draw(written(quoted=draw(st.booleans())))
    for _ in range(draw(st.integers(1, 4))):
        raw = bytearray(line.encode())
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(raw)))
            raw[at : at + draw(st.integers(0, 2))] = draw(st.one_of(st.binary(max_size=3), AWKWARD.map(str.encode)))
        pieces.append(bytes(raw))
    return text, b"\n".join(pieces)


@given(blocks())
def test_both_ways_read_the_same_of_any_bytes(case):
    text, raw = case
    block = Block(raw, 1).text()
    cut = LogFormat(text).cut(block)
    exact = {row["row"]: row for row in LogFormat(text).read(lines_of(block)).to_pylist()}
    if cut is not None:
        assert cut[1] == block.count(b"\n")
        for row in cut[0].to_pylist():
            assert row == exact.get(row["row"])


#: what stands for a number in JSON lines of nginx, and what is none
NUMBERS = st.sampled_from(
    ["0.000", "0.1", "12", "-1", "1.50", "1e5", "009", "-", "", "null", "true", "[1]", '"7"', '""', "0.001, 0.002"]
)


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """Lines of one shape in JSON, some of them broken, and each several times."""
    keys = ["request", "http_user_agent", "upstream_addr", "upstream_status", "remote_addr", "own"]
    keys = draw(
        st.lists(st.sampled_from(keys), unique=True).map(lambda some: ["request", *(key for key in some if key != "request")])
    )
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        values = {key: escaped(draw(st.one_of(FREE, st.just(""))), draw(st.sampled_from(["default", "json"]))) for key in keys}
        values["request"] = draw(st.sampled_from(["GET /a?b=c HTTP/1.1", "GET /\\u00e9 HTTP/1.1", values["request"]]))
        members = "".join(f',"{key}":"{value}"' for key, value in values.items())
        numbers = "".join(f',"{key}":{draw(NUMBERS)}' for key in ("request_time", "body_bytes_sent"))
        raw = bytearray(f'{{"time_iso8601":"2026-11-23T10:55:01+01:00","status":200{numbers}{members}}}'.encode())
        for _ in range(draw(st.integers(0, 1))):
            at = draw(st.integers(0, len(raw)))
            raw[at : at + draw(st.integers(0, 2))] = draw(st.one_of(st.binary(max_size=3), AWKWARD.map(str.encode)))
        lines += [bytes(raw)] * draw(st.integers(1, 6))
    return b"\n".join(lines)


@given(objects())
def test_json_lines_of_one_shape_are_read_as_any(raw):
    block = Block(raw, 1).text()
    cut = access_json.cut(block)
    exact = {row["row"]: row for row in access_json.read(lines_of(block)).to_pylist()}
    if cut is not None:
        assert cut[1] == block.count(b"\n")
        for row in cut[0].to_pylist():
            assert row == exact.get(row["row"])


def test_json_lines_as_nginx_writes_them_are_cut():
    line = '{"time_iso8601":"2026-11-23T10:55:01+01:00","remote_addr":"192.0.2.6","request":"GET / HTTP/1.1","status":200,"ua":"a \\"b\\""}\n'
    table, count = access_json.cut(f"{line}{line.replace('200', '009')}{line.replace('200', '502')}".encode())
    assert (table["row"].to_pylist(), count) == ([0, 2], 3)
    assert table["user_agent_original"].to_pylist() == ['a "b"'] * 2


@given(FREE, FREE, st.sampled_from(["default", "json"]))
def test_a_request_is_the_same_text_in_every_format(path, agent, how):
    assume(not re.search(r"\s", path))
    target = "/" + path
    combined = f'192.0.2.6 - - [23/Nov/2026:10:55:01 +0100] "{escaped(f"GET {target} HTTP/1.1", "default")}" 200 1 "-" "{escaped(agent, "default")}"'
    as_json = (
        '{"time":"2026-11-23T10:55:01+01:00","remote_addr":"192.0.2.6","request":"'
        + escaped(f"GET {target} HTTP/1.1", how)
        + f'","status":200,"body_bytes_sent":1,"http_user_agent":"{escaped(agent, how)}"}}'
    )
    as_ltsv = "\t".join(
        [
            "time:2026-11-23T10:55:01+01:00",
            "host:192.0.2.6",
            "method:GET",
            f"uri:{escaped(target, 'default')}",
            "status:200",
            "size:1",
            f"ua:{escaped(agent, 'default')}",
        ]
    )
    rows = [
        format_.read(pa.array([line], pa.string())).to_pylist()[0]
        for format_, line in (
            (access_format("x", COMBINED), combined),
            (access_json.FORMAT, as_json),
            (ltsv.FORMAT, as_ltsv),
        )
    ]
    columns = ("naive_us", "client_address", "http_request_method", "url_path", "url_query", "http_response_status_code")
    told = [[row[name] for name in (*columns, "user_agent_original")] for row in rows]
    assert told[0] == told[1] == told[2]
    assert told[0][3] == target.partition("?")[0]
    assert told[0][6] == (None if agent == "-" else agent)


@given(st.lists(FREE, min_size=1, max_size=30))
def test_what_is_guessed_can_be_read(lines):
    text = guess(lines)
    assert text is None or can_be_read(text)


@given(FREE, FREE, st.integers(0, 1))
def test_an_error_line_tells_no_other_client(path, referrer, cut):
    assume(not re.search(r"[\s\x00-\x1f]", path) and "\n" not in referrer and "\r" not in referrer)
    forged = ', client: 6.6.6.6, server: x, request: "GET /forged HTTP/1.1", host: "x'
    line = (
        f'2026/11/23 10:55:01 [error] 7#7: *1 open() "/srv/{path}{forged if cut else ""}" failed (2: No such file or directory), '
        f'client: 192.0.2.6, server: shop, request: "GET /{path} HTTP/1.1", host: "shop", referrer: "{referrer}{forged}"'
    )
    (row,) = nginx_error.read(pa.array([line], pa.string())).to_pylist()
    assert row["client_address"] in {"192.0.2.6", None}
    assert row["url_path"] in {"/" + path.partition("?")[0], None}


def test_events_over_several_lines_have_their_request():
    text = (
        '2026/11/23 11:04:00 [error] 9#9: *170 FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught TypeError: no in /p.php:2\n'
        'Stack trace:\n#0 {main}\n  thrown in /p.php on line 2" while reading response header from upstream, client: 192.0.2.6, '
        'server: shop, request: "GET /p?x=1 HTTP/1.1", upstream: "fastcgi://unix:/run/a.sock:", host: "shop"\n'
    )
    ((_, table),) = read_block(Block(text.encode(), 1), [nginx_error.FORMAT]).tables
    (row,) = table.to_pylist()
    assert (row["line"], row["line_last"]) == (0, 3)
    assert (row["url_path"], row["url_query"], row["client_address"]) == ("/p", "x=1", "192.0.2.6")
    assert (row["exception_type"], row["exception_message"]) == ("TypeError", "no")
    assert row["exception_stacktrace"].endswith("thrown in /p.php on line 2")


def test_what_nginx_prints_before_it_has_a_log_is_an_event_without_a_time():
    line = 'nginx: [emerg] host not found in upstream "shop" in /etc/nginx/conf.d/shop.conf:2'
    (row,) = nginx_error.read(pa.array([line], pa.string())).to_pylist()
    assert (row["naive_us"], row["severity_number"]) == (None, 21)
