"""What nginx appends to an error: the client, the server, the request, the upstream that it was about.

Tails::

    , client: 198.51.100.167, server: shop, request: "GET /dashboard HTTP/1.1", upstream: "fastcgi://unix:/run/php/shop.sock:", host: "shop"
    , client: 192.0.2.7, server: 0.0.0.0:5432, upstream: "192.0.2.9:5432", bytes from/to client:0/0, bytes from/to upstream:0/0

Nothing is escaped here, so that a path or a referrer may look like a tail of its own. Where ``, client: `` stands more than once, only
what all such places agree on is taken.

Most tails are cut at their quotes and commas, all of a block at once; what is not as usual goes to the expressions.

Grammar: nginx ``src/http/ngx_http_request.c`` and ``src/stream/ngx_stream_handler.c`` (their handlers of ``ngx_log_t``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import distinct_columns, over_distinct
from logcorr.formats.heads import byte_lengths
from logcorr.formats.tokenise import blank_as_null

_CLIENT: Final = r", client: (?P<client>[0-9a-fA-F.:]+|unix:)"
_REQUEST: Final = r"(?P<method>[A-Z][A-Z_-]{2,19}) (?P<target>\S*)"
#: the context that nginx appends; each part is missing where nginx does not know it
CONTEXT: Final = (
    _CLIENT + r"(?:, server: (?P<server>[^,\"]*))?"
    r"(?:, login: \"[^\"]*\")?"
    r"(?:, request: \"(?:" + _REQUEST + r"(?: HTTP/[0-9.]+)?|.*?)\")?"
    r"(?:, subrequest: \"(?P<subrequest>\S*)\")?"
    r"(?:, upstream: \"(?P<upstream>\S*)\")?"
    r"(?:, host: \"(?P<host>[^\"]*)\")?"
    r"(?:, referrer: \"(?P<referrer>.*)\")?"
    r"(?:, bytes from/to [a-z]+:.*)?$"
)
#: its beginning, where the line was cut off
CUT: Final = (
    _CLIENT + r"(?:, server: (?P<server>[^,\"]*), (?:request: \"" + _REQUEST + r" HTTP/[0-9.]+\", "
    r"(?:upstream: \"(?P<upstream>[^\s\"]*)\", )?)?)?"
)
_PLACES: Final = {
    name: re.compile(grammar)
    for name, grammar in {
        "client": r", client: ([0-9a-fA-F.:]+|unix:)",
        "server": r", server: ([^,\"]*)",
        "method": r", request: \"([A-Z][A-Z_-]{2,19}) \S",
        "target": r", request: \"[A-Z][A-Z_-]{2,19} (\S*)",
        "upstream": r", upstream: \"(\S*)\"",
    }.items()
}
PARTS: Final = ("client", "server", "method", "target", "subrequest", "upstream", "host", "referrer")

#: what RE2 means by ``\\S*``
_WORD: Final = re.compile(r"[^\t\n\f\r ]*")
_ADDRESS: Final = re.compile(r"[0-9a-fA-F.:]+|unix:")
#: what stands between quotes, in this order, and what its value must be
_LABELS: Final = {", subrequest: ": _WORD, ", upstream: ": _WORD, ", host: ": None, ", referrer: ": None}
_NAMES: Final = ("subrequest", "upstream", "host", "referrer")
#: the pieces before the first quote, at the commas
_BEGINNING: Final = ("", "client: ", "server: ", "request: ")


def tail(bodies: pa.Array, contexts: pa.Array) -> dict[str, pa.Array]:
    """The parts of the context; null where a body has none, or where they cannot be told from what a client sent.

    ``contexts`` are the bodies from their first ``, client: `` on.
    """
    parts, told = usual_context(contexts)
    told |= byte_lengths(contexts) == 0
    if told.all():
        return parts
    others = pa.array(~told)
    return filled(parts, bodies, others, odd_tail)


def odd_tail(bodies: pa.Array) -> dict[str, pa.Array]:
    """The same, by the expressions."""
    parts = fields(bodies, "(?s)" + CONTEXT)
    times = pc.count_substring(bodies, ", client: ")
    parts = filled(parts, bodies, pc.and_(pc.is_null(parts["client"]), pc.equal(times, 1)), lambda texts: fields(texts, CUT))
    return filled(parts, bodies, pc.greater(times, 1), agreed)


def filled(
    parts: dict[str, pa.Array], bodies: pa.Array, which: pa.Array, read: Callable[[pa.Array], dict[str, pa.Array]]
) -> dict[str, pa.Array]:
    """The parts with those that ``read`` finds in some of the bodies."""
    if not pc.any(which).as_py():
        return parts
    return parts | {name: pc.replace_with_mask(parts[name], which, texts) for name, texts in read(bodies.filter(which)).items()}


def agreed(bodies: pa.Array) -> dict[str, pa.Array]:
    """What is the same in all places that look like a context; of lines that a client has tampered with, so there are few."""
    found: dict[str, list[str | None]] = {name: [] for name in PARTS}
    for body in bodies.to_pylist():
        for name in PARTS:
            values = set(_PLACES[name].findall(body)) if name in _PLACES else set()
            found[name].append(values.pop() if len(values) == 1 else None)
    return {name: blank_as_null(pa.array(values, pa.string())) for name, values in found.items()}


def fields(bodies: pa.Array, pattern: str) -> dict[str, pa.Array]:
    """The named parts of the bodies that ``pattern`` matches; what is empty is null."""
    found = pc.extract_regex(bodies, pattern)
    return {found.type.field(at).name: blank_as_null(pc.struct_field(found, at)) for at in range(found.type.num_fields)}


def usual_context(contexts: pa.Array) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    """The parts of the contexts that have client, server, request and then what follows in its order, and which those are."""
    pieces = pc.split_pattern(contexts, '"')
    borders = pieces.offsets.to_numpy()
    first, count = borders[:-1].astype(np.int64), np.diff(borders)
    told = (count > 2) & (count % 2 == 1)  # noqa: PLR2004 (the beginning, the request and what follows)
    told &= pc.equal(pc.count_substring(contexts, ", client: "), 1).to_numpy(zero_copy_only=False)
    texts = pieces.values
    request, right = usual_request(texts.take(pa.array(np.where(told, first + 1, 0))))
    told &= right
    beginning, right = usual_beginning(texts.take(pa.array(first)))
    told &= right
    parts = {**beginning, **request}
    values, right = usual_values(texts, first + 2, np.where(told, count - 2, 0))
    told &= right
    nothing = pa.scalar(None, pa.string())
    return {name: pc.if_else(pa.array(told), text, nothing) for name, text in {**parts, **values}.items()}, told


def usual_beginning(texts: pa.Array) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    """Client and server of what stands before the request, and where it is as usual."""
    words = pc.split_pattern(texts, ", ")
    right = pc.equal(pc.list_value_length(words), len(_BEGINNING)).to_numpy(zero_copy_only=False)
    borders = words.offsets.to_numpy()[:-1]
    told = {}
    for at, label in enumerate(_BEGINNING):
        word = words.values.take(pa.array(np.where(right, borders + at, 0)))
        right = right & pc.starts_with(word, label).to_numpy(zero_copy_only=False)
        told[label] = pc.utf8_slice_codeunits(word, len(label))
    right &= (byte_lengths(told[""]) == 0) & (byte_lengths(told["request: "]) == 0)
    client = over_distinct(told["client: "], lambda text: text if _ADDRESS.fullmatch(text) else None, pa.string())
    right &= pc.is_valid(client).to_numpy(zero_copy_only=False)
    server = told["server: "]
    right &= ~pc.match_substring(server, ",").to_numpy(zero_copy_only=False)
    return {"client": client, "server": blank_as_null(server)}, right


def usual_request(texts: pa.Array) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    """Method and target of what stands between the quotes of the request, and where it is one."""
    found = distinct_columns(texts, lambda distinct: fields(distinct, rf"^{_REQUEST}(?: HTTP/[0-9.]+)?$"))
    return found, pc.is_valid(found["method"]).to_numpy(zero_copy_only=False)


def usual_values(
    texts: pa.Array, first: npt.NDArray[np.int64], count: npt.NDArray[np.int64]
) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    """What stands between the quotes behind the request, and where each label has its place.

    ``first`` is the place in ``texts`` of each context's first label; labels and values follow each other, ``count`` in all, and the last
    label is empty.
    """
    right: npt.NDArray[np.bool_] = count > 0
    at: npt.NDArray[np.int64] = np.zeros(len(count), np.int64)
    told = {}
    for name, (label, grammar) in zip(_NAMES, _LABELS.items(), strict=True):
        there = right & (at + 1 < count)
        own = texts.take(pa.array(np.where(there, first + at, 0)))
        there &= pc.equal(own, label).to_numpy(zero_copy_only=False)
        value = texts.take(pa.array(first + at + 1, mask=~there))
        if grammar:
            fits = over_distinct(value, partial(is_whole, grammar), pa.bool_())
            right &= pc.fill_null(fits, fill_value=True).to_numpy(zero_copy_only=False)
        told[name] = blank_as_null(value)
        at = np.where(there, at + 2, at)
    last = texts.take(pa.array(np.where(right, first + at, 0)))
    right &= (at == count - 1) & pc.equal(last, "").to_numpy(zero_copy_only=False)
    return told, right


def is_whole(grammar: re.Pattern[str], text: str) -> bool:
    """Whether all of a text is of a grammar."""
    return grammar.fullmatch(text) is not None
