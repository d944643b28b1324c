r"""Apache's error log, of httpd 2.4 and 2.2.

Real lines::

    [Mon Nov 23 10:55:00.123456 2026] [proxy_fcgi:error] [pid 812:tid 140012] (70007)The timeout specified has expired: [client
        192.0.2.6:4711] AH01075: Error dispatching request to : (polling), referer: https://shop/login     (one line)
    [Mon Nov 23 10:55:00 2026] [error] [client 192.0.2.6] File does not exist: /srv/www/favicon.ico
    [Mon Nov 23 10:55:00.123456 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.66 (Unix) configured -- resuming normal
        operations     (one line)

Clock: the server's local time, no zone, one second or a microsecond (``ErrorLogFormat`` may write it as access logs do, then with the
offset, or as ISO). Continuation: what an application writes to its standard error may have several lines. httpd writes quotes,
backslashes and control characters as escapes; bodies stay as written.

Grammar: https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat, ``server/core.c`` and ``server/log.c``; 2.2: ``server/log.c``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.escapes import json_objects
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import split_target
from logcorr.formats.stack_traces import exceptions_of
from logcorr.formats.tokenise import accept, table, to_int

#: layout of ``clock.LAYOUTS`` -> its grammar, the day and the year around the fraction taken together below
CTIME: Final = r"[A-Z][a-z]{2} (?P<day>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,6}))? (?P<year>\d{4})"
CLF: Final = r"(?P<clf>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)(?: (?P<offset>[+-]\d{4}))?"
ISO: Final = r"(?P<iso>\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?"

LEVELS: Final = "emerg|alert|crit|error|warn|notice|info|debug|trace[1-8]"
HEAD: Final = (
    r"^\[(?:" + f"{CTIME}|{CLF}|{ISO}" + r")\] "
    r"\[(?:(?P<module>[\w.]+|-?):)?(?P<level>" + LEVELS + r")\] "
    r"(?:\[pid (?P<pid>\d+)(?::tid (?P<tid>\d+))?\] )?"
    r"(?P<body>.*)$"
)
#: what stands before the text: where in httpd's source, the error of the system, who asked
BEFORE: Final = (
    r"^(?:[\w/.-]+\.c\(\d+\): )?(?:\((?P<errno>\d{1,6})\)(?P<error>[^:\[]*): )?"
    r"(?:\[(?:client|remote) (?P<client>[0-9A-Fa-f.:]+?|\[[0-9A-Fa-f:.]+\]|unix:)(?::(?P<port>\d{1,5}))?\] )?"
    r"(?:\((?P<errno2>\d{1,6})\)[^:]*: )?(?:(?P<code>AH\d{5}): )?"
)
#: an IPv6 address has eight groups where it has no "::"; one more is the port
_FULL: Final = r"^((?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}):\d{1,5}$"
REFERER: Final = r", referer: (?P<referer>\S*)$"
UPSTREAM: Final = r"(?:attempt to connect to|from remote server|reading from|writing to) (?P<address>[\w.:\[\]-]+:\d{1,5})\b"

#: errors of the Apache Portable Runtime are no error numbers of the system from here on
APR_ERRORS: Final = 1000

#: OpenTelemetry severity numbers
SEVERITY: Final = {
    "debug": 5,
    "info": 9,
    "notice": 10,
    "warn": 13,
    "error": 17,
    "crit": 18,
    "alert": 19,
    "emerg": 21,
    **{f"trace{at}": 1 for at in range(1, 9)},
}
_NO_TEXT: Final = pa.scalar(None, pa.string())


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are Apache error lines."""
    head = accept(lines, HEAD)
    part = {name: head[name].combine_chunks() for name in head.column_names}
    body = pc.fill_null(part["body"], "")
    before = pc.extract_regex(body, BEFORE)
    field = {before.type.field(at).name: blank(pc.struct_field(before, at)) for at in range(before.type.num_fields)}
    address = pc.struct_field(pc.extract_regex(body, UPSTREAM), "address")
    errno = to_int(pc.coalesce(field["errno"], field["errno2"]), pa.int32())
    said = {"code": field["code"], "port": field["port"], "tid": part["tid"]}
    said["referrer"] = pc.struct_field(pc.extract_regex(body, REFERER), "referer")
    return table(
        part["row"],
        {
            **clock(part),
            "process_pid": to_int(part["pid"]),
            "logger": blank(part["module"]),
            "severity_text": part["level"],
            "severity_number": over_distinct(part["level"], SEVERITY.get, pa.int8()),
            "body": body,
            "errno": pc.if_else(pc.less(errno, APR_ERRORS), errno, pa.scalar(None, pa.int32())),
            "client_address": pc.utf8_trim(clients(body, field["client"]), "[]"),
            "url_path": split_target(asked(body))["url_path"],
            "upstream_address": address,
            "attributes": json_objects(said),
            **uncaught(body),
        },
    )


def blank(texts: pa.Array) -> pa.Array:
    """Empty text as null."""
    return pc.if_else(pc.is_in(texts, pa.array(["", "-"])), _NO_TEXT, texts)


def clients(bodies: pa.Array, found: pa.Array) -> pa.Array:
    """Addresses without a port, also of IPv6, where httpd writes no brackets around them."""
    whole = pc.struct_field(pc.extract_regex(bodies, r"\[(?:client|remote) (?P<client>[0-9A-Fa-f:.]+)\]"), "client")
    many = pc.greater_equal(pc.count_substring(pc.fill_null(whole, ""), ":"), 2)
    address = pc.replace_substring_regex(whole, _FULL, r"\1")
    return pc.if_else(pc.fill_null(many, fill_value=False), address, found)


def asked(bodies: pa.Array) -> pa.Array:
    """The path that a message names, of those that name one."""
    grammar = r"(?:URI in request |Request URI: |AH00135: Invalid method in request [A-Z]+ |\[uri \"?)(?P<path>/[^\s\"\]?,]*)"
    return pc.struct_field(pc.extract_regex(bodies, grammar), "path")


def clock(part: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """The clock, in whichever way it is written."""
    day = pc.binary_join_element_wise(part["year"], pc.replace_substring(part["day"], "  ", " 0"), " ")
    dated = pc.replace_substring_regex(day, r"^(\d{4}) (\w{3}) (\d\d) (\S+)$", r"\3/\2/\1:\4")
    columns = read_clock(pc.coalesce(dated, part["clf"]), "clf", fraction=part["part"], offset=part["offset"])
    iso = read_clock(pc.replace_substring(part["iso"], "/", "-"), "iso", fraction=part["fraction"])
    return {name: pc.if_else(pc.is_valid(part["iso"]), iso[name], columns[name]) for name in columns}


def uncaught(bodies: pa.Array) -> dict[str, pa.Array]:
    r"""The exceptions that PHP names; line ends of a trace stand in the line as ``\n``."""
    said = pc.if_else(pc.match_substring(bodies, "Uncaught "), bodies, _NO_TEXT)
    said = pc.replace_substring(pc.replace_substring_regex(said, REFERER, ""), "\\n", "\n")
    return exceptions_of(pc.binary_join_element_wise(said, "\n", ""))


FORMAT = LineFormat(
    name="apache_error",
    source="apache_error",
    family="log",
    writer="apache",
    begins=r"^\[(?:[A-Z][a-z]{2} [A-Z][a-z]{2} |\d)",
    read=read,
    continues=True,
    samples=(
        Sample(
            "[Mon Nov 23 10:55:00.123456 2026] [proxy_fcgi:error] [pid 812:tid 140012] (70007)The timeout specified has expired: "
            "[client 192.0.2.6:4711] AH01075: Error dispatching request to : (polling), referer: https://shop/login",
            {
                "naive_us": 1795431300123456,
                "offset_s": None,
                "logger": "proxy_fcgi",
                "severity_text": "error",
                "severity_number": 17,
                "process_pid": 812,
                "client_address": "192.0.2.6",
                "errno": None,
                "attributes": '{"code": "AH01075", "port": "4711", "tid": "140012", "referrer": "https://shop/login"}',
            },
        ),
        Sample(
            "[Mon Nov  3 10:55:00 2026] [error] [client 2001:db8::6] File does not exist: /srv/www/favicon.ico",
            {"resolution_s": 1.0, "client_address": "2001:db8::6", "logger": None, "process_pid": None},
        ),
        Sample(
            "[Mon Nov 23 10:55:00.5 2026] [proxy:error] [pid 812] (111)Connection refused: AH00957: HTTP: attempt to connect to "
            "127.0.0.1:3000 (localhost) failed",
            {"errno": 111, "upstream_address": "127.0.0.1:3000", "client_address": None},
        ),
        Sample(
            "[Mon Nov 23 10:55:00.123456 2026] [php:error] [pid 9] [client 192.0.2.6:4711] PHP Fatal error:  Uncaught TypeError: no "
            "rate in /srv/pay.php:12\\nStack trace:\\n#0 {main}\\n  thrown in /srv/pay.php on line 12",
            {"exception_type": "TypeError", "exception_message": "no rate", "logger": "php"},
        ),
        Sample(
            "[Mon Nov 23 10:55:00.123456 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.66 (Unix) configured -- resuming "
            "normal operations",
            {"severity_number": 10, "process_pid": 1},
        ),
        Sample(
            "[23/Nov/2026:10:55:00 +0100] [core:warn] [pid 9] AH00045: child process 9 still did not exit", {"offset_s": 3600}
        ),
        Sample("[Mon Nov 23 10:55:00 2026] PHP Warning:  x in /srv/a.php on line 3"),
        Sample("[Mon Foo 23 10:55:00 2026] [error] no such month"),
        Sample("2026/11/23 10:55:00 [error] 76#76: *4868 connect() failed"),
    ),
)
