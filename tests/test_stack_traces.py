"""Which lines are a stack trace, and what it says was thrown; one event between plain lines, two in a row are two."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from logcorr.evidence import gather
from logcorr.formats.stack_traces import exception_of
from logcorr.formats.trace_lines import trace_spans
from logcorr.reading import FileFacts, read_files

TRACES = {
    "python, chained": (
        (
            "Traceback (most recent call last):\n"
            '  File "/srv/pay.py", line 2, in pay\n    1/0\n    ~^~\n'
            "ZeroDivisionError: division by zero\n\n"
            "During handling of the above exception, another exception occurred:\n\n"
            'Traceback (most recent call last):\n  File "/srv/pay.py", line 5, in <module>\n    pay()\n'
            "KeyError: 'rate'"
        ),
        "KeyError",
        "'rate'",
    ),
    "python, a group": (
        (
            "  + Exception Group Traceback (most recent call last):\n"
            '  |   File "/srv/pay.py", line 3, in <module>\n'
            "  | ExceptionGroup: several (2 sub-exceptions)\n"
            "  +-+---------------- 1 ----------------\n"
            "    | ValueError: a\n"
            "    +------------------------------------"
        ),
        "ExceptionGroup",
        "several (2 sub-exceptions)",
    ),
    "python, a database's error": (
        (
            'Traceback (most recent call last):\n  File "/srv/pay.py", line 5, in pay\n'
            'psycopg2.errors.UndefinedColumn: column "rate" does not exist\nLINE 1: select rate\n               ^'
        ),
        "psycopg2.errors.UndefinedColumn",
        'column "rate" does not exist',
    ),
    "java": (
        (
            'Exception in thread "main" java.lang.RuntimeException: no\n\tat a.B.c(B.java:3)\n'
            "\tSuppressed: java.io.IOException: closed\n\t\tat a.B.d(B.java:9)\n\tat a.B.main(B.java:1)\n"
            "Caused by: java.lang.IllegalStateException: no rate\n  for EUR\n\tat a.B.e(B.java:8)\n\t... 42 more"
        ),
        "java.lang.IllegalStateException",
        "no rate",
    ),
    "node": (
        (
            "node:events:491\n      throw er; // Unhandled 'error' event\n      ^\n\n"
            "Error: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle [as _listen2] (node:net:1463:16)\n"
            "Emitted 'error' event on Server instance at:\n    at emitErrorNT (node:net:1490:8) {\n  code: 'EADDRINUSE',\n  port: 3000\n}\n\n"
            "Node.js v18.12.1"
        ),
        "Error",
        "listen EADDRINUSE: address already in use :::3000",
    ),
    "ruby": (
        "pay.rb:2:in `pay': no rate (RuntimeError)\n\tfrom pay.rb:5:in `serve'\n\tfrom pay.rb:9:in `<main>'",
        "RuntimeError",
        "no rate",
    ),
    "go": (
        "panic: no rate [recovered]\n\tpanic: no rate\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:4 +0x25\nexit status 2",
        "panic",
        "no rate",
    ),
    "php": (
        (
            "PHP Fatal error:  Uncaught Exception: no rate in /srv/x.php:3\nStack trace:\n#0 /srv/y.php(3): f()\n#1 {main}\n\n"
            "Next RuntimeException: again in /srv/x.php:9\nStack trace:\n#0 {main}\n  thrown in /srv/x.php on line 9"
        ),
        "Exception",
        "no rate",
    ),
    "c#": (
        (
            "Unhandled exception. System.AggregateException: One or more errors occurred. (gone)\n"
            " ---> System.IO.IOException: gone\n   at A.B() in /src/A.cs:line 3\n   --- End of inner exception stack trace ---\n"
            "   at A.Main() in /src/A.cs:line 9"
        ),
        "System.IO.IOException",
        "gone",
    ),
    "dart": (
        "Unhandled exception:\nBad state: no rate\n#0      main (file:///srv/main.dart:3:5)",
        "Unhandled exception",
        "Bad state: no rate",
    ),
    "rust": (
        "thread 'main' panicked at src/main.rs:2:5:\nno rate\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        "panic",
        "no rate",
    ),
}
PLAIN = ("listening on 8000", "worker 3 gave up")


def facts_of(folder) -> FileFacts:
    (facts,) = read_files(gather([folder]))
    assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused
    return facts


def spans_of(facts: FileFacts) -> list[tuple[int, int]]:
    rows = [row for table in facts.tables["log"] for row in table.to_pylist()]
    return sorted((row["line"], row["line_last"]) for row in rows)


@pytest.mark.parametrize("name", TRACES)
def test_trace_is_found_between_plain_lines(name):
    lines = TRACES[name][0].split("\n")
    count = len(lines)
    assert trace_spans(pa.array([PLAIN[0], *lines, PLAIN[1]])) == [(1, count)]
    assert trace_spans(pa.array([PLAIN[0], *lines, *lines, PLAIN[1]])) == [(1, count), (count + 1, 2 * count)]


@pytest.mark.parametrize("name", TRACES)
def test_trace_says_what_was_thrown(name):
    text, kind, message = TRACES[name]
    assert exception_of(text)[:2] == (kind, message)


@pytest.mark.parametrize("name", TRACES)
def test_trace_is_an_event_where_lines_carry_no_time(name, write):
    lines = TRACES[name][0].split("\n")
    facts = facts_of(write({"x": "\n".join([PLAIN[0], *lines, PLAIN[1], ""])}))
    assert facts.formats == ("stack_trace", "plain_text")
    assert spans_of(facts) == [(1, 1), (2, 1 + len(lines)), (2 + len(lines), 2 + len(lines))]
    assert facts.fallback == len(PLAIN)


@pytest.mark.parametrize("name", TRACES)
def test_trace_belongs_to_the_line_with_a_time_before_it(name, write):
    lines = TRACES[name][0].split("\n")
    facts = facts_of(write({"x": "\n".join(["2026-11-23 04:56:22,326 ERROR pay: failed", *lines, ""])}))
    assert spans_of(facts) == [(1, 1 + len(lines))]
    (table,) = facts.tables["log"]
    assert table["exception_type"].to_pylist() == [TRACES[name][1]]


@pytest.mark.parametrize("name", TRACES)
def test_trace_is_one_event_in_a_container(name, write):
    lines = [PLAIN[0], *TRACES[name][0].split("\n"), PLAIN[1]]
    texts = [json.dumps({"log": f"{line}\n", "stream": "stderr", "time": "2026-11-23T21:47:03.123456789Z"}) for line in lines]
    facts = facts_of(write({"x": "\n".join([*texts, ""])}))
    assert facts.events == len(PLAIN) + 1


@pytest.mark.parametrize(
    "text", ["Hello, World!\nHow are you?", "# A trace\n\nTraceback (most recent call last):\nKeyError: 1"]
)
def test_prose_is_no_output(text, write):
    assert facts_of(write({"x": f"{text}\n"})).formats == ()


def test_many_chained_tracebacks_are_one():
    link = [
        "Traceback (most recent call last):",
        '  File "x", line 1',
        "E: x",
        "",
        "During handling of the above exception, another:",
        "",
    ]
    assert len(trace_spans(pa.array(link * 3000))) == 1
