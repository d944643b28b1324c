r"""What a known message is, and how a file of them is read and proved.

A file::

    program = "php-fpm"
    sources = ["php_fpm"]                 # formats that are this program's own log
    identifiers = '^php-fpm[0-9.]*$'      # the journal's or syslog's identifier of the program itself
    framing = '^\[...\] ERROR: (?P<body>.*)'  # the program's own line, where another one passes it on; or a list; also `level`
    prefix = '^(?:ERROR: )?(?P<body>.*)'  # what stands before a message under the program's own identifier without the framing
    context = ", client: "                # what follows this text is not the message

    [[message]]
    id = "php-fpm.another_instance"
    event_name = "listen.address_in_use"
    anchor = "nother FPM instance"        # must stand in the body
    pattern = '...(?P<address>\S+)'       # from the start of the body
    sample = "..."                        # or samples = [...]
    near_miss = "..."                     # or [...]

Optional in a message: ``severity``, ``about``, ``versions``, ``source``, ``levels`` (only with one of these levels, where the
line states one), ``unless`` (an expression: a body that it matches is something else).

All expressions are in RE2's syntax (linear time). What a group captures stands as the program wrote it. The first message of a
file that matches a body wins.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.errors import MessageError
from logcorr.families import CAPTURES

_HEADER: Final[dict[str, type | tuple[type, ...]]] = {
    "program": str,
    "sources": list,
    "identifiers": str,
    "framing": (str, list),
    "prefix": str,
    "pid": int,
    "context": str,
    "message": list,
}
_TEXTS: Final = ("id", "event_name", "anchor", "pattern", "unless", "severity", "about", "versions", "source")
_LISTS: Final = ("levels", "sample", "samples", "near_miss")
_REQUIRED: Final = ("id", "event_name", "anchor", "pattern", "near_miss")
_HEAD_OF_MESSAGE = re.compile(r"\s*\[\[\s*message\s*\]\]")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


@dataclass(frozen=True, slots=True)
class Message:
    """One known message; ``pattern`` and ``unless`` are searched, ``pattern`` begins with ``^``."""

    id: str
    event_name: str
    anchor: str
    pattern: str
    samples: tuple[str, ...]
    near_misses: tuple[str, ...]
    unless: str = ""
    levels: tuple[str, ...] = ()
    severity: str = ""
    about: str = ""
    versions: str = ""
    source: str = ""

    def takes(self, body: str) -> bool:
        """Whether the body, which is one line, is this message (at any level)."""
        if self.anchor not in body:
            return False
        text = pa.array([body])
        found = pc.extract_regex(text, self.pattern)[0].is_valid
        return found and not (self.unless and pc.match_substring_regex(text, self.unless)[0].as_py())


@dataclass(frozen=True, slots=True)
class Program:
    """A program's messages, in order, and where they may stand."""

    name: str
    sources: tuple[str, ...]
    identifiers: str
    messages: tuple[Message, ...]
    framing: tuple[str, ...] = ()
    prefix: str = ""
    context: str = ""
    pid: int | None = None
    file: str = ""


def load(source: Path | Traversable | str, *, prove: bool = True) -> Program:
    """The messages of one program, from a file, its path, or its text (text of several lines).

    ``prove`` tries samples and near misses too, which takes longer than all the rest.

    Raises ``MessageError`` with file, line and message for everything that does not hold: an expression that is not RE2's, a
    capture without a column, a sample that is not matched or is taken by an earlier message, a near miss that is matched, ...
    """
    if isinstance(source, str):
        if "\n" in source:
            return _Reader("<text>", source, prove=prove).program()
        source = Path(source)
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MessageError(f"{source}: cannot be read: {error}") from error
    name = str(source) if isinstance(source, Path) else source.name
    return _Reader(name, text, prove=prove).program()


class _Reader:
    """Reads one file; knows on which line a key or a text stands."""

    def __init__(self, name: str, text: str, *, prove: bool) -> None:
        self.name = name
        self.prove = prove
        self.text = text
        self.lines = text.splitlines()
        self.starts = [at for at, line in enumerate(self.lines) if _HEAD_OF_MESSAGE.match(line)]

    def program(self) -> Program:
        """The program, or the first error."""
        try:
            raw = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            line = int(found[1]) if found and found[1] else len(self.lines)
            raise MessageError(f"{self.name}:{line}: not TOML: {_AT_LINE.sub('', str(error))}") from error
        self.header(raw)
        context = raw.get("context", "")
        messages: list[Message] = []
        for at, table in enumerate(raw["message"]):
            message = self.message(at, table)
            if any(message.id == other.id for other in messages):
                self.fail(at, "id", "duplicate id")
            if self.prove:
                self.proof(at, message, messages, context)
            messages.append(message)
        return Program(
            name=raw["program"],
            sources=tuple(raw.get("sources", ())),
            identifiers=raw["identifiers"],
            messages=tuple(messages),
            framing=_texts(raw.get("framing")),
            prefix=raw.get("prefix", ""),
            pid=raw.get("pid"),
            context=context,
            file=self.name,
        )

    def header(self, raw: Mapping[str, Any]) -> None:
        """Fail where what stands before the messages does not hold."""
        for key, value in raw.items():
            if key not in _HEADER:
                self.fail(None, key, f"unknown key {key!r}", hint=f"a file has {', '.join(_HEADER)}")
            if not isinstance(value, _HEADER[key]):
                self.fail(None, key, f"{key} is of the wrong type")
        for key in ("program", "identifiers", "message"):
            if not raw.get(key):
                self.fail(None, key, f"no {key}")
        self.expression(None, "identifiers", raw["identifiers"], ())
        for key in ("framing", "prefix"):
            for pattern in _texts(raw.get(key)):
                if "body" not in self.expression(None, key, pattern, ("body", "level")):
                    self.fail(None, key, f"{key} has no group 'body'")

    def message(self, at: int, table: Mapping[str, Any]) -> Message:
        """The message, its keys and expressions checked."""
        for key, value in table.items():
            if key not in (*_TEXTS, *_LISTS):
                self.fail(at, key, f"unknown key {key!r}", hint=f"a message has {', '.join((*_TEXTS, *_LISTS))}")
            texts = value if key in _LISTS and isinstance(value, list) else [value]
            if not all(isinstance(text, str) and text for text in texts):
                self.fail(at, key, f"{key} must be text" if key in _TEXTS else f"{key} must be text or a list of text")
        for key in _REQUIRED:
            if not table.get(key):
                self.fail(at, "id", f"no {key}")
        self.expression(at, "pattern", table["pattern"], tuple(CAPTURES))
        if "unless" in table:
            self.expression(at, "unless", table["unless"], ())
        message = Message(
            pattern=f"^(?:{table['pattern']})",
            samples=(*_texts(table.get("sample")), *_texts(table.get("samples"))),
            near_misses=_texts(table["near_miss"]),
            levels=_texts(table.get("levels")),
            **{key: table.get(key, "") for key in _TEXTS if key != "pattern"},
        )
        if not message.samples:
            self.fail(at, "id", "no sample")
        return message

    def proof(self, at: int, message: Message, earlier: list[Message], context: str) -> None:
        """Fail where a sample is not this message, or an earlier one's, or a near miss is it."""
        for sample in message.samples:
            body = first_part(sample, context)
            if message.anchor not in body:
                self.fail(at, "sample", f"anchor {message.anchor!r} not in sample {sample!r}", value=sample)
            if not message.takes(body):
                self.fail(at, "sample", f"sample not matched: {sample!r}", value=sample)
            for other in earlier:
                if not other.levels and other.takes(body):
                    self.fail(at, "sample", f"sample is taken by the earlier {other.id}: {sample!r}", value=sample)
        for near_miss in message.near_misses:
            if message.takes(first_part(near_miss, context)):
                self.fail(at, "near_miss", f"near miss matched: {near_miss!r}", value=near_miss)

    def expression(self, at: int | None, key: str, pattern: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """The groups of an expression; fails where it is not RE2's or captures what has no place."""
        try:
            kind = pc.extract_regex(pa.array([""]), pattern).type
        except pa.ArrowInvalid as error:
            self.fail(at, key, f"{key} is not RE2: {error}", hint="no look-around, no back-reference; every group named or (?:")
        groups = tuple(field.name for field in kind)
        for group in groups:
            if group not in allowed:
                self.fail(at, key, f"unknown capture {group!r}", hint=f"allowed: {', '.join(allowed) or 'none'}")
        return groups

    def line_of(self, at: int | None, key: str, value: str = "") -> int:
        """The line, from 1, of a text under a key of a message (None: of the header)."""
        start = 0 if at is None else self.starts[at]
        following = 0 if at is None else at + 1
        stop = self.starts[following] if following < len(self.starts) else len(self.lines)
        block = range(start, stop)
        keyed = next((n for n in block if re.match(rf"\s*{re.escape(key)}s?\s*=", self.lines[n])), start)
        return next((n for n in range(keyed, stop) if value and value in self.lines[n]), keyed) + 1

    def fail(self, at: int | None, key: str, what: str, *, value: str = "", hint: str = "") -> NoReturn:
        """Raise with file, line and message."""
        line = self.line_of(at, key, value)
        ids = (self.lines[n] for n in _block(self.starts, at, len(self.lines)))
        found = next((match[1] for text in ids if (match := re.match(r"\s*id\s*=\s*[\"'](.*)[\"']", text))), "")
        place = "" if at is None else f"{found or 'message ' + str(at + 1)}: "
        raise MessageError(f"{self.name}:{line}: {place}{what}", hint=hint)


def first_part(body: str, context: str) -> str:
    """What is matched of a body: its first line, before the program's own context."""
    line = body.partition("\n")[0]
    return line.partition(context)[0] if context else line


def _block(starts: list[int], at: int | None, end: int) -> Iterator[int]:
    if at is None:
        return iter(())
    return iter(range(starts[at], starts[at + 1] if at + 1 < len(starts) else end))


def _texts(value: str | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
