r"""Which lines of a text are a stack trace: of Python, Java, JavaScript, C#, PHP, Go, Ruby, Dart and Rust.

A trace is told by the line that begins it, where no other line looks like that (``Traceback (most recent call last):``, ``panic: ``),
else by its frames, before which its head is looked for. Each runs as long as lines belong to it by their form; blank lines only where
more of the trace follows. Two traces in a row are two.

Layouts: Python ``Lib/traceback.py``; Java ``Throwable.printStackTrace``; V8 ``Error.prepareStackTrace``; .NET ``Exception.ToString``;
PHP ``Zend/zend_exceptions.c``; Go ``runtime/panic.go``, ``runtime/traceback.go``; Ruby ``error.c``; Dart ``StackTrace.toString``;
Rust ``std::panicking``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import takewhile
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

#: how far before its first frame the head of a trace may stand, and how much of a message of several lines is looked at
LOOK_BACK: Final = 12
LINE_LENGTH: Final = 1000

_PYTHON: Final = r"^[\s|+]*(?:Exception Group )?Traceback \(most recent call last\)"
_GO: Final = r"^\s*(?:panic: |fatal error: |\S.{0,80}: panic serving |goroutine \d+ \[)"
_DART: Final = r"^\s*(?:Unhandled exception|══╡ EXCEPTION)"
_RUST: Final = r"^\s*thread '[^']*' (?:\(\d+\) )?panicked at "
_RUBY: Final = r"^\s*[^\s:]\S*:\d+:in ['`].*: .*\([A-Z][\w:]*\)$"
_STARTS: Final = rf"{_PYTHON}|{_GO}|{_DART}|{_RUST}"
_FRAMES: Final = (
    r"^\s+at \S|^\s+eval at |^\s*Stack trace:\s*$|^\s*#0 +\S.*(?:\{main\}|\(\d+\)|\)|:\d+)|"
    r"^\s*(?:from )?(?:\S+ \([0-9.]+\) )?\S+:\d+:in ['`]"
)
#: lines that can only be part of a trace, or begin one
CANDIDATE: Final = f"{_STARTS}|{_FRAMES}"

_python = re.compile(_PYTHON)
_go = re.compile(_GO)
_dart = re.compile(_DART)
_rust = re.compile(_RUST)
_frame = re.compile(r"\s+(?:eval )?at \S")
_ruby = re.compile(r"\s*(?:\d+: )?(?:from )?(?:\S+ \([0-9.]+\) )?[^\s:]\S*:\d+:in ['`]")
_php = re.compile(r"\s*(?:#\d+ |Stack trace:|thrown in |\{main\}|Next [\w\\]+)")
_php_head = re.compile(r"Uncaught |exception '[\w\\]+' with message|\[object\] \(")
_dart_frame = re.compile(r"\s*(?:#\d+ |<asynchronous suspension>)")
_named = re.compile(
    r"\s*(?:Exception in thread .*|Uncaught |Unhandled exception[.:] )?(?:[\w$]+[.:\\/])*[\w$]*(?:Exception|Error|Throwable|Failure)\b"
)
_java_more = re.compile(
    r"\s*(?:Caused by: |Suppressed: |Wrapped by: |\.\.\. \d+ (?:more|common frames omitted|lines matching)|---> |--- End of |"
    r"\[CIRCULAR REFERENCE|Emitted '|\(Inner Exception #\d+\)|nested exception is:)"
)
_cause = re.compile(r"\s*(?:Caused by: |Suppressed: |Wrapped by: |---> |nested exception is:)")
_object_open = re.compile(r"\{\s*$")
_chained = re.compile(r"\s*(?:During handling of the above exception|The above exception was the direct cause)")
_grouped = re.compile(r"\s*(?:\| |\|$|\+-|\+ )")
_go_more = re.compile(
    r"\s*\t/\S+$|\s*(?:goroutine \d+ |created by |\[signal |\[recovered\]|\.\.\.additional frames|exit status \d+$|r[a-z0-9]+ +0x|"
    r"(?:rip|rflags|cs|fs|gs) +0x|runtime: |runtime stack:|\S.*\.(?:go|s|c):\d+|[\w./*()\[\]{}·~$%,\-]+\(.*\)$|\S+\(\.\.\.\)$)"
)
_rust_more = re.compile(r"(?:stack backtrace:|\s+\d+: |\s+at |note: )")
_ruby_head = re.compile(_RUBY)
#: beginnings that nothing of another trace looks like
_again = re.compile(rf"{_DART}|{_RUST}|{_RUBY}")
_caret = re.compile(r"\s*\^[\s^~]*$")
_node_place = re.compile(r"\S.*:\d+$")
_node_version = re.compile(r"Node\.js v\d")


def trace_spans(lines: pa.Array, heads: Collection[int] = ()) -> list[tuple[int, int]]:
    """First and last line of each trace, counted from 0, in order.

    ``heads`` are lines that begin an event by themselves: one may be the first line of a trace, none lies inside one.
    """
    if isinstance(lines, pa.ChunkedArray):
        lines = lines.combine_chunks()
    candidates = pc.indices_nonzero(pc.match_substring_regex(lines, CANDIDATE)).to_pylist()
    spans: list[tuple[int, int]] = []
    text = Lines(lines, heads)
    end = -1
    for at in candidates:
        if at > end and (span := span_at(text, at, end + 1)):
            spans.append(span)
            end = span[1]
    return spans


class Lines:
    """The lines of a block, each turned into text when it is looked at."""

    def __init__(self, lines: pa.Array, heads: Collection[int]) -> None:
        """Look at ``lines``, of which ``heads`` begin events."""
        self.lines = lines
        self.heads = heads if isinstance(heads, (set, frozenset)) else frozenset(heads)

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, at: int) -> str:
        """A line; nothing beyond the last, and nothing of one that begins another event."""
        return (self.lines[at].as_py() or "")[:LINE_LENGTH].rstrip() if 0 <= at < len(self.lines) else ""

    def inner(self, at: int) -> str | None:
        """A line that may be inside a trace; None for one that begins another event, and beyond the last."""
        return None if at in self.heads or at >= len(self.lines) else self[at]


def span_at(lines: Lines, at: int, earliest: int) -> tuple[int, int] | None:
    """The trace of which the line ``at`` is the first that shows it; it begins at ``earliest`` at the earliest."""
    line = lines[at]
    if _python.match(line):
        return at, python_end(lines, at)
    if _go.match(line):
        return go_span(lines, at)
    if _dart.match(line) and not _frame.match(lines[at + 1]):
        return dart_span(lines, at)
    if _rust.match(line):
        return at, run(lines, at, lambda text: bool(_rust_more.match(text)), gap=2)
    return None if at in lines.heads else framed_span(lines, at, earliest)


def framed_span(lines: Lines, at: int, earliest: int) -> tuple[int, int] | None:
    """The trace of which the line ``at`` is the first frame."""
    line = lines[at]
    if _frame.match(line):
        return frames_span(lines, at, earliest)
    if line.strip() == "Stack trace:" or line.lstrip().startswith("#0"):
        first = head_of(lines, at, earliest, lambda text: bool(_php_head.search(text)))
        return first, run(lines, at, lambda text: bool(_php.match(text)))
    if _ruby.match(line):
        return ruby_span(lines, at, earliest)
    return None


def run(lines: Lines, at: int, belongs: Callable[[str], bool], gap: int = 1) -> int:
    """The last line of a run: of up to ``gap`` lines that do not belong by themselves, more of it must follow."""
    end = at
    while True:
        for step in range(1, gap + 2):
            text = lines.inner(end + step)
            if text is None or _again.search(text):
                return end
            if belongs(text):
                break
            if step == 1 + gap or (gap == 1 and text.strip()):
                return end
        end += step


def head_of(lines: Lines, at: int, earliest: int, names: Callable[[str], bool]) -> int:
    """The line before a frame that names the exception, else the line just before it that is not blank."""
    nearest = None
    for back in range(at - 1, max(earliest, at - LOOK_BACK) - 1, -1):
        text = lines[back]
        if names(text):
            return back
        if text.strip() and nearest is None:
            nearest = back
        if back in lines.heads:
            break
    return at if nearest is None else nearest


def python_end(lines: Lines, at: int) -> int:
    """The last line of a Python traceback, with those that it is chained to, and those that a group holds."""
    end = traceback_end(lines, at)
    while True:
        step = end + 1
        while step < end + 4 and (text := lines.inner(step)) is not None and (not text.strip() or _chained.match(text)):
            step += 1
        chained = any(_chained.match(lines[each]) for each in range(end + 1, step))
        if not chained or (text := lines.inner(step)) is None or not _python.match(text):
            return end
        end = traceback_end(lines, step)


def traceback_end(lines: Lines, at: int) -> int:
    """The last line of one traceback, or of a group."""
    first = lines[at]
    margin = len(first) - len(first.lstrip(" |+"))
    grouped = "|" in first[:margin] or "+" in first[:margin]
    end = at
    while (text := lines.inner(end + 1)) is not None:
        inner = text[margin:] if not text[:margin].strip(" +|") else text
        if grouped and (not _grouped.match(text) or text == first):
            break
        if not grouped and text.strip() and not inner[:1].isspace():
            return message_end(lines, end + 1, margin)  # the exception itself
        if not text.strip() and not lines[end + 2].startswith((" ", "\t")):
            break
        end += 1
    return end


def message_end(lines: Lines, at: int, margin: int) -> int:
    """The last line of the message of an exception that begins at ``at``: it may be indented, or point at a place in it."""
    end = at
    while (more := lines.inner(end + 1)) and more[margin : margin + 1] in {" ", "\t"} and not _python.match(more):
        end += 1
    pointed = (lines.inner(end + step) or "" for step in (1, 2, 3))
    found = next((step for step, text in enumerate(pointed, 1) if _caret.match(text)), 0)
    return end + found


def dart_span(lines: Lines, at: int) -> tuple[int, int] | None:
    """An exception of Dart: its message up to the first frame, and the frames; None where there are none."""
    for step in range(1, LOOK_BACK):
        text = lines.inner(at + step)
        if text is None or _dart.match(text):
            return None
        if _dart_frame.match(text):
            return at, run(lines, at + step, lambda text: bool(_dart_frame.match(text)))
    return None


def go_span(lines: Lines, at: int) -> tuple[int, int] | None:
    """A panic of Go with its goroutines; None where none follow."""
    deeper = re.compile(re.escape(lines[at][: -len(lines[at].lstrip())]) + r"\s+panic: ")
    end = run(lines, at, lambda text: bool(_go_more.match(text) or deeper.match(text)))
    lone = end == at and not lines[at].lstrip().startswith(("panic: ", "fatal error: "))
    return None if lone else (at, end)


def frames_span(lines: Lines, at: int, earliest: int) -> tuple[int, int] | None:
    """Frames that begin with ``at``, with the head before them and the causes behind."""
    first = head_of(lines, at, earliest, lambda text: bool(_named.match(text)))
    if first == at:
        return None
    if first > earliest and "nested exception is:" in lines[first - 1]:
        first = max(earliest, first - 2)
    before = first - 1 if lines[first - 1].strip() else first - 2
    if before - 2 >= earliest and _caret.match(lines[before]) and _node_place.match(lines[before - 2]):
        first = before - 2
    end = at
    while True:
        opened = bool(_object_open.search(lines[end]))
        end = run(lines, end, lambda text: bool(_frame.match(text) or _java_more.match(text)))
        if opened or _object_open.search(lines[end]):
            end = closing(lines, end)
        between = list(takewhile(lambda step: lines[end + step] != lines[first], range(1, LOOK_BACK)))  # noqa: B023 (used at once)
        step = next((step for step in between if follows_cause(lines, end, step)), 0)
        if not step:
            break
        end += step
    for step in (1, 2):
        if (text := lines.inner(end + step)) and _node_version.match(text):
            return first, end + step
    return first, end


def closing(lines: Lines, at: int) -> int:
    """The line that closes the object which Node prints behind the last frame."""
    for step in range(1, 4 * LOOK_BACK):
        text = lines.inner(at + step)
        if text is None:
            return at
        if text.strip() in {"}", "},"} and not text[:1].isspace():
            return at + step
    return at


def follows_cause(lines: Lines, end: int, step: int) -> bool:
    """Whether the line ``step`` behind the end is a frame again, and only the message of a cause stands between."""
    text = lines.inner(end + step)
    return bool(text is not None and _cause.match(lines[end]) and (_frame.match(text) or _java_more.match(text)))


def ruby_span(lines: Lines, at: int, earliest: int) -> tuple[int, int]:
    """Frames of Ruby; where the first does not name the exception itself, the line before them does."""
    first = at
    if not _ruby_head.match(lines[at]):
        nearest = head_of(lines, at, max(earliest, at - 3), lambda text: bool(re.match(r"\s*[A-Z][\w:]* \(.*\)?:?\s*$", text)))
        first = nearest
    return first, run(lines, at, lambda text: bool(_ruby.match(text)))


def traces_in(lines: Sequence[str]) -> list[str]:
    """The text of each trace."""
    return ["\n".join(lines[first : last + 1]) for first, last in trace_spans(pa.array(lines, pa.string()))]
