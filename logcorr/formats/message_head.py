r"""What stands between the clock and the message of a line: level, thread, process, logger, in any usual order.

Heads, each behind its clock::

     INFO 93649 --- [shop] [nio-8080-exec-1] c.e.shop.PayController : no rate        Spring Boot
     [main] ERROR com.example.Pay - no rate                                          log4j, logback
     | WARN  | pay-3 | com.example.Pay | no rate                                     log4j
    ][ERROR][o.e.n.Node ] [node-1] no rate                                           Elasticsearch
     [8][error][pay] [source/pay.cc:168] no rate                                     spdlog
        error	pay/pay.go:87	no rate                                                    zap
     - pay - ERROR - no rate                                                         Python

A level is a word of ``request_words.LEVEL_WORDS``. In any case it counts where it stands first, in brackets or between marks; behind other
words it counts in capitals alone. What cannot be told from the message stays in it.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.request_words import LEVEL_WORDS, severity_of
from logcorr.formats.tokenise import blank_as_null, extract, to_int

_ANY: Final = f"(?i:{LEVEL_WORDS})"
_CAPITALS: Final = f"(?:{LEVEL_WORDS.upper()})"
_NAME: Final = r"[A-Za-z_#][\w.$/\-#]{0,150}"
_MARKS: Final = r"[\s\])>\"',:;|-]*"
#: a piece that may stand before the level
_BRACKETED: Final = r"(?:\[[^\[\]]{0,160}(?:\[[^\[\]]{0,80}\][^\[\]]{0,80})?\]|\([^()]{0,120}\)|<[^<>]{0,80}>)"

_PIECE: Final = (
    _BRACKETED + r"[\s:|,/-]*|[\w:@.=/-]{1,80}(?:\[\d+\])?(?:\s?[|:,]+\s*|\s+-+\s+|\t\s*|\s\s+)|\d{1,12}[\s:]+|-+\s+|"
    r"[A-Za-z_][A-Za-z_$]*[.\d/@-][\w.$/@:-]{0,80} |main "
)

#: "INFO msg", "[error] msg", "<warn>: msg", "ERROR/ForkPoolWorker-1] msg", "WARN574240[Thread-35] - msg"
FIRST: Final = (
    r"^"
    + _MARKS
    + r"(?P<open>[\[(<{]?)\s*(?P<level>"
    + _ANY
    + r"|(?:[DIWEFTCV]))(?P<code>\d{0,8})\s*(?:/[^\]\s]{1,60})?(?P<close>[\])>}]?)"
    r"(?P<mark>[\s:,;|\[\](-]|$)(?P<rest>.*)$"
)
#: "[main] INFO msg", "7:main [error] msg", "- pay - ERROR - msg", "| main | INFO | msg"
BEHIND: Final = (
    r"^" + _MARKS + r"(?P<before>(?:" + _PIECE + r"){1,5}?)"
    r"(?:[\[(<](?P<enclosed>\s*" + _ANY + r")\s*[\])>]|(?P<level>" + _CAPITALS + r"))(?P<mark>[\s:,;|\[\](-]|$)(?P<rest>.*)$"
)

#: behind the level: "93649 --- [shop] [exec-1] c.e.Pay : msg", "[82] invoices: msg", "[o.e.n.Node ] [node-1] msg", "(c.e.Pay) msg"
AFTER: Final = (
    r"^[\s:|,-]*(?:[\[(]?(?:pid[ :=])?(?P<pid>\d{1,10})(?:[\])]|\s+---|\s?[:|]|\s+-\s)[\s:|]*)?"
    r"(?:(?P<first>" + _BRACKETED + r")[\s:|]*)?(?:-\s+)?(?P<more>(?:" + _BRACKETED + r"[\s:|]*){0,3})(?:-\s+)?"
    r"(?:(?:in )?(?P<logger>" + _NAME + r")(?:[:@(]\d+\)?)?(?P<between>: |\s+: |\s+-+ |\s+\| |:|\t|\s+))?"
    r"(?P<body>.*)$"
)
#: Android: "1000 23402 V VirtualCameraSession: msg"; ESX: "Db(167) Hostd[1392583]: msg"
ANDROID: Final = (
    r"^\s+(?:(?:\w+\s+)?(?P<pid>\d{1,10})\s+\d{1,10}\s+(?:\d{1,10}\s+)?(?P<level>[VDIWEFA]) (?:(?P<logger>[^:\s]{1,80}?)\s*: )?"
    r"|(?P<level_first>Db|In|No|Wa|Er|Cr|Al|Em)\(\d{1,3}\)(?:\[\+\])? )(?P<body>.*)$"
)
#: what every such text begins with
_ANDROIDS: Final = r"^\s+(?:\d|\w+\s+\d|(?:Db|In|No|Wa|Er|Cr|Al|Em)\()"
_DOTTED: Final = r"[A-Za-z_$][\w$-]*(?:\.[\w$-]+)+|[\w/.-]+\.(?:go|py|rb|js|ts|rs|cc|cpp|java)(?::\d+)?"
#: "msg (kafka.server.ReplicaManager)"
BEHIND_MESSAGE: Final = r"^(?P<body>.*) \((?P<logger>[a-z][\w$]*(?:\.[\w$]+)+)\)$"
#: "KeyError: 'rate'" names no logger
EXCEPTION: Final = r"(?:Error|Exception|Warning|Traceback|Throwable)$"


def field(found: pa.Array, name: str) -> pa.Array:
    """A group that took part, as text; null where it did not, or is empty."""
    return blank_as_null(pc.struct_field(found, name))


def read_heads(rests: pa.Array) -> dict[str, pa.Array]:
    """Level, logger, process and message of what stands behind a clock.

    Returns:
        ``severity_text``, ``severity_number``, ``logger``, ``process_pid`` and ``body``, each as long as ``rests``; ``severity_text`` is
        null where no level could be told, and ``body`` then is all of the text.
    """
    if isinstance(rests, pa.ChunkedArray):
        rests = rests.combine_chunks()
    first = pc.extract_regex(rests, FIRST)
    sure = is_sure(first)
    first = pc.if_else(sure, first, pa.scalar(None, first.type))
    behind = extract(pc.if_else(pc.is_valid(first), pa.scalar(None, pa.string()), rests), BEHIND)
    android = extract(pc.if_else(pc.match_substring_regex(rests, _ANDROIDS), rests, pa.scalar(None, pa.string())), ANDROID)
    level = pc.coalesce(
        field(android, "level"),
        field(android, "level_first"),
        field(first, "level"),
        pc.utf8_trim_whitespace(field(behind, "enclosed")),
        field(behind, "level"),
    )
    after = pc.coalesce(pc.struct_field(first, "rest"), pc.struct_field(behind, "rest"))
    mark = pc.coalesce(pc.struct_field(first, "mark"), pc.struct_field(behind, "mark"))
    opened = pc.is_in(mark, pa.array(["[", "("]))
    after = pc.if_else(opened, pc.binary_join_element_wise(mark, after, ""), after)
    told = parts_of(after)
    earlier = extract(field(behind, "before"), r"(?:^|[\s\[(:|])(?P<logger>" + _DOTTED + r"|[A-Za-z][\w.-]*)[\s\]):|-]*$")
    plain = pc.utf8_ltrim(pc.replace_substring_regex(rests, r"^[\])>\"']+", ""), " \t:,;|-")
    kept = pc.fill_null(pc.and_(pc.equal(mark, " "), loose(first)), fill_value=False)
    return {
        "severity_text": level,
        "severity_number": severity_of(level),
        "logger": pc.coalesce(field(android, "logger"), told["logger"], field(earlier, "logger")),
        "process_pid": to_int(pc.coalesce(field(android, "pid"), told["pid"])),
        "body": pc.fill_null(pc.coalesce(field(android, "body"), pc.if_else(kept, plain, told["body"]), plain), ""),
    }


def is_sure(first: pa.Array) -> pa.Array:
    """Whether a level that stands first is one: a single letter only alone between brackets, bars or blanks, in capitals."""
    level, mark = pc.struct_field(first, "level"), pc.struct_field(first, "mark")
    spoken = pc.is_in(pc.utf8_lower(level), pa.array(["fine", "finer", "finest", "note", "silly"]))
    letter = pc.equal(pc.utf8_length(level), 1)
    bracketed = pc.is_in(pc.struct_field(first, "open"), pa.array(["[", "(", "<", "{"]))
    alone = pc.or_(bracketed, pc.is_in(mark, pa.array([" ", "|", "\t", "]"])))
    told = pc.and_(pc.or_(pc.invert(letter), alone), pc.invert(pc.and_(spoken, loose(first))))
    return pc.fill_null(told, fill_value=False)


def loose(first: pa.Array) -> pa.Array:
    """Whether a level may be a word of the message: in small letters, and nothing but a blank behind it."""
    level = pc.struct_field(first, "level")
    capitals = pc.equal(level, pc.utf8_upper(level))
    bracketed = pc.is_in(pc.struct_field(first, "open"), pa.array(["[", "(", "<", "{"]))
    return pc.fill_null(pc.and_(pc.invert(capitals), pc.invert(bracketed)), fill_value=False)


def parts_of(texts: pa.Array) -> dict[str, pa.Array]:
    """``logger``, ``pid`` and ``body`` of what stands behind the level."""
    found = extract(texts, AFTER)
    name, between = field(found, "logger"), pc.struct_field(found, "between")
    body = pc.struct_field(found, "body")
    dotted = pc.match_substring_regex(name, f"^(?:{_DOTTED})$")
    small = pc.match_substring_regex(name, r"^[a-z_#][\w$/\-#]*$")
    marked = pc.is_in(pc.utf8_trim_whitespace(between), pa.array(["-", "|", "--", "---"]))
    colon = pc.equal(pc.utf8_trim_whitespace(between), ":")
    spaced = pc.and_(colon, pc.match_substring_regex(between, r"^\s+:"))
    named = pc.or_(pc.or_(marked, spaced), pc.or_(pc.and_(colon, pc.or_(small, dotted)), dotted))
    named = pc.and_(named, pc.invert(pc.match_substring_regex(name, EXCEPTION)))
    named = pc.fill_null(named, fill_value=False)
    whole = pc.binary_join_element_wise(pc.fill_null(name, ""), pc.fill_null(between, ""), pc.fill_null(body, ""), "")
    message = pc.if_else(named, body, whole)
    tail = pc.extract_regex(message, BEHIND_MESSAGE)
    bracket = pc.utf8_trim(field(found, "first"), "[]()<> ")
    bracketed = pc.if_else(pc.match_substring_regex(bracket, f"^(?:{_DOTTED}|{_NAME})$"), bracket, pa.scalar(None, pa.string()))
    message = pc.if_else(pc.is_valid(texts), message, pa.scalar(None, pa.string()))
    return {
        "logger": pc.coalesce(
            pc.if_else(named, pc.utf8_ltrim(name, "#"), pa.scalar(None, pa.string())), field(tail, "logger"), bracketed
        ),
        "pid": field(found, "pid"),
        "body": pc.coalesce(field(tail, "body"), message),
    }
