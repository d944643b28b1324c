r"""Exceptions in the text of an event: the message and the lines that followed it.

The ends of traces that are told apart::

    KeyError: 'rate'                                                  Python: the last exception of a chain
    PHP Fatal error:  Uncaught TypeError: no in /srv/x.php:12         PHP: the first, which the others wrap
    Caused by: java.net.ConnectException: refused                     Java: the last cause
    TypeError: x is undefined / at pay (/srv/pay.js:7:3)              JavaScript
     ---> System.IO.IOException: gone                                 C#: the innermost
    panic: no such rate / goroutine 1 [running]:                      Go
    pay.rb:7:in 'pay': no rate (KeyError)                             Ruby
    Unhandled exception: / Bad state: no rate / #0      main (...)    Dart
    thread 'main' panicked at src/main.rs:2:5: / no rate              Rust

Each text is read line by line, each line once; no expression can go back over more than one word of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import pyarrow as pa

#: longer lines tell nothing more about an exception's type and message
LINE_LENGTH: Final = 4000

_NAME = r"[A-Za-z_$][\w$]*(?:(?:\.|::|\\|/)[A-Za-z_$][\w$]*)*"
_HEAD = re.compile(rf"({_NAME})(?: \[[^\]]*\])?(?::\s*(.*))?$")
_NAMED = re.compile(r"(?<![\w$.\\])((?:[\w$]+[.\\])*[\w$]*(?:Exception|Error|Throwable))(?![\w$.\\])(?::\s*(.*))?")
_PYTHON = re.compile(r"([A-Za-z_][\w.]*)(?::\s(.*))?$")
_PREFIX = re.compile(r"^(?:Exception in thread \"[^\"]{0,200}\" |Uncaught (?:\(in promise\) )?|Unhandled exception\. )")
_FRAME = re.compile(r"\s*at \S")
_OBJECT = re.compile(r"\[object\] \(([\w\\]+)\(code: [^)]*\): (.*)")
_OLD_PHP = re.compile(r"exception '([\w\\]+)' with message '(.*)")
_PHP_PLACE = re.compile(r"(?: in| at) (?:/|[A-Za-z]:\\)[^\s:]*(?::\d+\)?| on line \d+)")
_RUBY = re.compile(r"\S[^:]*:\d+:in ")
_RUST = re.compile(r"thread '[^']*' (?:\(\d+\) )?panicked at (?:'(.*)', )?\S+:\d+")
_RAILS = re.compile(r"([A-Z]\w*(?:::[A-Z]\w*)*) \((.*)\):?\s*$")

TRACEBACK: Final = "Traceback (most recent call last):"


class Trace(NamedTuple):
    """An exception, and the first line of its trace, counted from 0."""

    kind: str
    message: str | None
    first: int


def python_trace(lines: list[str]) -> Trace | None:
    """The last exception of a Python traceback: what was raised in the end."""
    starts = [at for at, line in enumerate(lines) if TRACEBACK in line]
    if not starts:
        return None
    margin = re.match(r"[\s+|]*", lines[starts[-1]])
    width = margin.end() if margin else 0
    for line in lines[starts[-1] + 1 :]:
        text = line[width:] if not line[:width].strip(" +|") else line
        if text and not text[0].isspace() and (found := _PYTHON.match(text)):
            return Trace(found[1], found[2], starts[0])
    return None


def php_trace(lines: list[str]) -> Trace | None:
    """The first exception that PHP names: ``Uncaught X``, ``exception 'X' with message``, or Monolog's ``[object] (X``."""
    for at, line in enumerate(lines):
        if found := _OBJECT.search(line) or _OLD_PHP.search(line):
            kind, message = found[1].replace("\\\\", "\\"), found[2]
        elif "Uncaught " in line and (head := _HEAD.match(line.partition("Uncaught ")[2])) and _is_php(line, lines):
            kind, message = head[1], head[2] or ""
        else:
            continue
        place = _PHP_PLACE.search(message)
        message = message[: place.start()] if place else message
        return Trace(kind, message.removesuffix("'") if found and found.re is _OLD_PHP else message, at)
    return None


def _is_php(line: str, lines: list[str]) -> bool:
    return "PHP " in line or "Fatal error" in line or any(other.startswith(("Stack trace:", "#0 ")) for other in lines)


def frames_trace(lines: list[str]) -> Trace | None:
    """Java, JavaScript and C#: an exception over lines that begin with ``at``; of a chain the innermost."""
    frame = next((at for at, line in enumerate(lines) if at and _FRAME.match(line)), None)
    if frame is None:
        return None
    found = None
    for first in range(frame - 1, -1, -1):
        line = _PREFIX.sub("", lines[first].strip())
        head = _HEAD.match(line)
        found = head if head and ("." in head[1] or _NAMED.match(head[1])) else _NAMED.search(line)
        if found:
            break
    if not found:
        return None
    kind, message = found[1], found[2]
    indent = len(lines[first]) - len(lines[first].lstrip())
    for line in lines[first:]:
        inner = line.rpartition("---> ")[2] if "---> " in line else ""
        if not inner and line[indent:].startswith("Caused by: "):
            inner = line[indent:].removeprefix("Caused by: ")
        if inner and (cause := _HEAD.match(inner)):
            kind, message = cause[1], cause[2]
    return Trace(kind, message, first)


def go_trace(lines: list[str]) -> Trace | None:
    """A panic of Go, or a fatal error of its runtime."""
    if not any(line.lstrip().startswith(("goroutine ", "[signal ")) for line in lines):
        return None
    for at, line in enumerate(lines):
        for mark in ("panic: ", "fatal error: ", "panic serving "):
            if mark in line:
                message = line.partition(mark)[2]
                message = message.partition(": ")[2] if mark == "panic serving " else message
                return Trace(mark.strip().rstrip(":").removesuffix(" serving"), message.removesuffix(" [recovered]"), at)
    return None


def ruby_trace(lines: list[str]) -> Trace | None:
    """Ruby: ``file:7:in 'x': message (Type)``, or Rails' ``Type (message):`` over such lines."""
    for at, line in enumerate(lines):
        if _RUBY.match(line) and line.rstrip().endswith(")"):
            text, _, kind = line.rstrip()[:-1].rpartition(" (")
            message = re.split(r"['`]: ", text, maxsplit=1)[-1]
            if re.fullmatch(_NAME, kind):
                return Trace(kind, message, at)
    if any(_RUBY.match(line.strip()) for line in lines):
        for at, line in enumerate(lines):
            if found := _RAILS.match(line.strip()):
                return Trace(found[1], found[2], at)
            if (named := _NAMED.match(line.strip())) and not _RUBY.match(line):
                return Trace(named[1], named[2], at)
    return None


def dart_trace(lines: list[str]) -> Trace | None:
    """Dart: ``Unhandled exception:``, what was thrown, then frames with numbers."""
    for at, line in enumerate(lines[:-1]):
        if line.strip().startswith("Unhandled exception:") and not _FRAME.match(lines[at + 1]):
            said = lines[at + 1].strip()
            head = _HEAD.match(said)
            if head and (_NAMED.match(head[1]) or head[2] is None) and " " not in head[1]:
                return Trace(head[1], head[2], at)
            return Trace("Unhandled exception", said, at)
    return None


def rust_trace(lines: list[str]) -> Trace | None:
    """Rust: ``thread 'main' panicked at src/main.rs:2:5:`` and the message behind it; before 1.73 inside the line."""
    for at, line in enumerate(lines):
        if found := _RUST.search(line):
            return Trace("panic", found[1] or (lines[at + 1].strip() if at + 1 < len(lines) else None), at)
    return None


READERS: Final[tuple[Callable[[list[str]], Trace | None], ...]] = (
    python_trace,
    php_trace,
    go_trace,
    ruby_trace,
    dart_trace,
    rust_trace,
    frames_trace,
)


def exception_of(text: str) -> tuple[str, str | None, str] | None:
    """Type, message and trace of the exception that a text of several lines shows; None where it shows none."""
    if "\n" not in text:
        return None
    whole = text.replace("\r\n", "\n").split("\n")
    lines = [line[:LINE_LENGTH].rstrip() for line in whole]
    for reader in READERS:
        if found := reader(lines):
            return found.kind, (found.message or "").strip() or None, "\n".join(whole[found.first :])
    return None


def exceptions_of(bodies: pa.Array) -> dict[str, pa.Array]:
    """The exceptions that texts of several lines show.

    Columns: ``exception_type``, ``exception_message``, ``exception_stacktrace`` (from the first line of the trace to the end),
    each as long as ``bodies``, null where a text shows none. Equal texts are read once.
    """
    if isinstance(bodies, pa.ChunkedArray):
        bodies = bodies.combine_chunks()
    encoded = bodies.dictionary_encode()
    found = [exception_of(text) if text is not None else None for text in encoded.dictionary.to_pylist()]
    columns = zip(*((entry or (None, None, None)) for entry in found), strict=True) if found else ((), (), ())
    names = ("exception_type", "exception_message", "exception_stacktrace")
    return {
        name: pa.array(list(column), pa.string()).take(encoded.indices) for name, column in zip(names, columns, strict=True)
    }
