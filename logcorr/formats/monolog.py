r"""Monolog's lines, as Laravel and Symfony write them.

Real lines; the last is a layout of Monolog 2::

    [2026-11-23 09:55:02] production.INFO: User logged in {"user":"viktor.patel","request_id":"45cfd3fe281f572954"}
    [2026-11-23 10:10:55] production.WARNING: Slow query {"sql":"select * from products","ms":3935}
    [2026-11-23T21:47:03.123456+00:00] app.ERROR: no rate {"user_id":7} {"request_id":"9bb8ce4fb876"}

Behind the message stand two JSON values, the context and the extra; Laravel leaves out what is empty.

Clock: Monolog 2 states its offset; Laravel writes in the zone of its configuration (often UTC, not the server's) without it.
Continuation: the stack of an exception, whose context then ends in a later line (``"}``).

Grammar: Monolog ``src/Monolog/Formatter/LineFormatter.php`` (``SIMPLE_FORMAT``, ``formatException``).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.engine import cursor
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.heads import accept_heads, byte_lengths, cut
from logcorr.formats.json_lines import paths_of, values_of
from logcorr.formats.request_words import IDENTIFIERS, nobody_as_null, request_of
from logcorr.formats.tokenise import accept, blank_as_null, table

_LEVEL: Final = r"(?i:DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY)"
CLOCK: Final = r"^\[(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?(?P<offset>Z|[+-]\d\d:?\d\d)?\] "
CHANNEL: Final = rf"(?P<channel>[^\s:\[\]]+)\.(?P<level>{_LEVEL}|)"
HEAD: Final = (
    rf"{CLOCK}(?:{CHANNEL}|(?P<before>[^\n]{{1,200}}?) (?P<channel_behind>[a-z][\w-]{{0,60}})\.(?P<level_behind>{_LEVEL})): ?"
    r"(?P<rest>.*)$"
)

SEVERITY: Final = {
    "DEBUG": 5,
    "INFO": 9,
    "NOTICE": 10,
    "WARNING": 13,
    "ERROR": 17,
    "CRITICAL": 18,
    "ALERT": 19,
    "EMERGENCY": 21,
}

#: the message ends where the first object begins that reaches to the end; empty values stand as []
TAIL: Final = r"^(?P<message>.*?)(?:^|\s)(?P<values>\{\".*\}(?: (?:\[\]|\[.*\]))?|\[\] \{\".*\}|\[\".*\] \{\".*\}|\[\] \[\])$"
LAST: Final = r"^(?P<message>.*)(?:^|\s)(?P<values>\{\"[^{}]*\})(?: \[\])?$"
#: a context that a stack trace breaks off
BROKEN: Final = r"^(?P<message>.*?)(?:^|\s)(?P<values>\{\"(?:[^\"]{1,60}\":[^{}]{0,200}?,\")?exception\":\"\[object\] \(.*)$"
EXCEPTION: Final = (
    r"\"exception\":\"(?P<trace>\[object\] \((?P<type>[A-Za-z0-9_\\@/:.$]+)\(code: [^)]*\): (?P<message>.*?) at "
    r"[^\s\"]*?:[0-9]+\))"
)

#: every place in the context and the extra that is looked at
PATHS: Final = [path for keys in IDENTIFIERS.values() for key in keys for path in paths_of(key)]


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that begin a record."""
    head = accept_lines(lines)
    rest = pc.utf8_rtrim_whitespace(pc.fill_null(head["rest"], "")).combine_chunks()
    tail = context_of(rest)
    thrown = exception_in(rest)
    request = request_of(tail["body"])
    level = pc.coalesce(head["level"], head["level_behind"])
    columns = {
        **read_clock(head["second"], "iso", fraction=head["fraction"], offset=head["offset"]),
        "logger": pc.coalesce(head["channel"], head["channel_behind"]),
        "severity_text": level,
        "severity_number": over_distinct(level, lambda word: SEVERITY.get(word.upper()), pa.int8()),
        **request,
        "body": tail["body"],
        **{name: tail[name] for name in ("request_id", "trace_id", "session_id")},
        "user_id": pc.coalesce(nobody_as_null(tail["user_id"]), request["user_id"]),
        "exception_type": thrown["type"],
        "exception_message": thrown["message"],
        "exception_stacktrace": thrown["trace"],
        "attributes": tail["context"],
    }
    return table(head["row"], columns)


def accept_lines(lines: pa.Array) -> pa.Table:
    """The groups of ``HEAD`` of the lines that it matches, each different channel and level taken apart once."""
    left: np.ndarray = np.arange(len(lines), dtype=np.int32)
    found = []
    if heads := accept_heads(lines, CLOCK, f"{CHANNEL}: ?(?P<body>.*)$"):
        usual = heads.table()
        usual = usual.rename_columns({name: "rest" if name == "body" else name for name in usual.column_names})
        for name in ("before", "channel_behind", "level_behind"):
            usual = usual.append_column(name, pa.nulls(usual.num_rows, pa.string()))
        found.append(usual)
        left = np.delete(left, heads.rows.to_numpy())
    if len(left) or not found:
        odd = accept(lines.take(pa.array(left)), HEAD)
        found.append(odd.set_column(0, "row", pa.array(left[odd["row"].to_numpy()], pa.int32())))
    whole = pa.concat_tables([each.select(found[-1].column_names) for each in found])
    return (whole.sort_by("row") if len(found) > 1 else whole).combine_chunks()


def exception_in(rests: pa.Array) -> dict[str, pa.Array]:
    """Type, message and text of the exception that stands in each context."""
    mask = pc.match_substring(rests, '"exception":"[object] (')
    if not pc.any(mask).as_py():
        return {name: pa.nulls(len(rests), pa.string()) for name in ("trace", "type", "message")}
    thrown = pc.extract_regex(rests.filter(mask), EXCEPTION)
    nothing = pa.nulls(len(rests), pa.string())
    return {
        name: pc.replace_with_mask(nothing, mask, unescaped(blank_as_null(pc.struct_field(thrown, name))))
        for name in ("trace", "type", "message")
    }


def unescaped(texts: pa.Array) -> pa.Array:
    """Texts cut out of JSON, as they were before: backslashes, slashes and quotes."""
    return pc.replace_substring_regex(texts, r'\\([\\/"])', r"\1")


def context_of(rests: pa.Array) -> dict[str, pa.Array]:
    """What stands behind the head, taken apart: ``body``, ``context`` (valid JSON or null), and the identifiers in it."""
    begins = pc.find_substring(rests, '{"').to_numpy()
    bracket = pc.find_substring(rests, "[").to_numpy()
    bare = (bracket < 0) & (begins < 0)
    # a message, a blank and an object to the end: no other reading comes before it
    whole = (begins > 0) & ((bracket < 0) | (bracket > begins)) & pc.ends_with(rests, "}").to_numpy(zero_copy_only=False)
    message, values = cut(rests, np.where(whole, begins, byte_lengths(rests)).astype(np.int32))
    whole &= pc.ends_with(message, " ").to_numpy(zero_copy_only=False)
    objects = values_of(pc.if_else(pa.array(whole), values, pa.scalar(None, pa.string())), IDENTIFIERS)
    own = {name: objects[name].combine_chunks() for name in objects.column_names}
    rows = own.pop("row")
    sound = pc.equal(own["line"], values.take(rows))  # what had to be repaired is no object
    for name in IDENTIFIERS:
        sound = pc.and_not(sound, pc.fill_null(pc.match_substring_regex(own[name], r"^[\[{]"), fill_value=False))
    usual: np.ndarray = np.full(len(rests), -1, np.int64)
    usual[rows.filter(sound).to_numpy()] = np.flatnonzero(sound.to_numpy(zero_copy_only=False))
    places = pa.array(usual, mask=usual < 0)
    told = {"context": own["line"].take(places), **{name: own[name].take(places) for name in IDENTIFIERS}}
    told = {"body": pc.utf8_rtrim(message, " "), **told}
    odd = (usual < 0) & ~bare
    if odd.any():
        others = searched(rests.filter(pa.array(odd)))
        told = {name: pc.replace_with_mask(texts, pa.array(odd), others[name]) for name, texts in told.items()}
    return told


def searched(rests: pa.Array) -> dict[str, pa.Array]:
    """The same, where a message holds brackets, two values stand behind it, or one is broken off."""
    tail = pc.extract_regex(rests, TAIL)
    columns = {
        "place": pa.array(range(len(rests)), pa.int64()),
        "rest": rests,
        "tail_message": pc.struct_field(tail, "message"),
        "tail_values": pc.struct_field(tail, "values"),
    }
    identifiers = ", ".join(f"coalesce({', '.join(look_ups(keys))}, NULL) AS {name}" for name, keys in IDENTIFIERS.items())
    paths = ", ".join(f"'{path}'" for path in PATHS)
    query = rf"""
        WITH cut AS (
            SELECT *, regexp_replace(regexp_replace(tail_values, ' \[\]$', ''), '^\[\] ?', '') AS whole FROM rests),
        tried AS (SELECT *, coalesce(whole = '' OR json_valid(whole), false) AS is_whole FROM cut),
        split AS (
            SELECT *, CASE WHEN NOT is_whole
                THEN regexp_extract(tail_values, '^(\{{".*?\}}|\[".*?\]) (\{{".*\}})$', ['first', 'second']) END AS pair
            FROM tried),
        judged AS (
            SELECT *, coalesce(json_valid(pair.first) AND json_valid(pair.second), false) AS is_pair FROM split),
        searched AS (
            SELECT *, CASE WHEN NOT is_whole AND NOT is_pair
                THEN regexp_extract(rest, $last, ['message', 'values']) END AS last,
                CASE WHEN NOT is_whole AND NOT is_pair
                THEN nullif(regexp_extract(rest, $broken, ['message', 'values']), {{'message': '', 'values': ''}}) END AS broken
            FROM judged),
        kept AS (  -- what a context holds before the exception that breaks it off
            SELECT *, regexp_replace(broken.values, ',?"exception":".*$', '}}', 's') AS before FROM searched),
        found AS (
            SELECT place,
                CASE WHEN is_whole OR is_pair THEN tail_message WHEN json_valid(last.values) THEN last.message
                    ELSE coalesce(broken.message, rest) END AS body,
                CASE WHEN is_whole THEN nullif(whole, '') WHEN is_pair THEN pair.first
                    WHEN json_valid(last.values) THEN last.values
                    WHEN json_valid(before) THEN before END AS context,
                CASE WHEN is_pair THEN pair.second END AS extra
            FROM kept)
        SELECT rtrim(body) AS body, context, {identifiers}
        FROM (SELECT *, json_extract_string(context, [{paths}]) AS c, json_extract_string(extra, [{paths}]) AS e FROM found)
        ORDER BY place
        """  # noqa: S608 - made of the constants above
    with cursor() as connection:
        connection.register("rests", pa.table(columns))
        found = connection.sql(query, params={"last": LAST, "broken": BROKEN}).to_arrow_table().combine_chunks()
    return {name: found[name].combine_chunks() for name in found.column_names}


def look_ups(keys: tuple[str, ...]) -> list[str]:
    """Expressions that look for keys in the context, then in the extra; a nested value is no identifier."""
    places = [PATHS.index(path) + 1 for key in keys for path in paths_of(key)]
    return [f"nullif(regexp_replace({values}[{place}], '^[{{\\[].*', ''), '')" for values in ("c", "e") for place in places]


FORMAT = LineFormat(
    name="app_text_monolog",
    source="app_text",
    family="log",
    writer="application",
    begins=r"^\[\d{4}-",
    read=read,
    continues=True,
    samples=(
        Sample(
            '[2026-11-23 09:55:02] production.INFO: User logged in {"user":"viktor.patel","request_id":"45cfd3fe281f"} ',
            {
                "naive_us": 1795427702000000,
                "offset_s": None,
                "resolution_s": 1.0,
                "logger": "production",
                "severity_text": "INFO",
                "severity_number": 9,
                "body": "User logged in",
                "user_id": "viktor.patel",
                "request_id": "45cfd3fe281f",
                "attributes": '{"user":"viktor.patel","request_id":"45cfd3fe281f"}',
            },
        ),
        Sample(
            '[2026-11-23 10:09:51] production.INFO: Order placed {"order_id":386903,"user":null,"sku":"SKU-1008","bytes":54} ',
            {"body": "Order placed", "user_id": None, "request_id": None},
        ),
        Sample(
            '[2026-11-23T21:47:03.123456+00:00] app.ERROR: no rate {"user_id":7} {"request_id":"9bb8ce4fb876"}',
            {
                "naive_us": 1795470423123456,
                "offset_s": 0,
                "body": "no rate",
                "user_id": "7",
                "request_id": "9bb8ce4fb876",
                "attributes": '{"user_id":7}',
            },
        ),
        Sample(
            "[2026-11-23T21:47:03.123456+00:00] app.DEBUG: GET /a -> 404 [] []", {"body": "GET /a -> 404", "url_path": "/a"}
        ),
        Sample(
            r'[2026-11-23 21:47:03] local.ERROR: no rate {"userId":7,"exception":"[object] (App\\NoRate(code: 0): no rate at '
            "/srv/Rates.php:12)\n"
            "[stacktrace]\n"
            "#0 {main}\n"
            '"} ',
            {"body": "no rate", "exception_type": r"App\NoRate", "exception_message": "no rate", "attributes": '{"userId":7}'},
        ),
        Sample(
            '[2026-11-23 21:47:03] local.ERROR: said {"a":{"b":1} and {"user":"x"}',
            {"body": 'said {"a":{"b":1} and', "user_id": "x"},
        ),
        Sample("[2026-11-23 04:55:04 -0500] [32] [INFO] Starting gunicorn 20.1.0"),
        Sample("[2026-11-23 04:56:22,326] ERROR in app: Exception on /login [POST]"),
        Sample("[23-Nov-2026 10:55:00] NOTICE: fpm is running, pid 33"),
        Sample("[2026-11-23 10:16:15] [ERROR] no rate for EUR"),
    ),
)
