r"""Syslog as RFC 5424 has it, stored as it was sent.

Real lines::

    <165>1 2026-11-23T10:16:15.003Z shop-prod-2 evntslog - ID47 [exampleSDID@32473 iut="3" eventID="1011"] BOMAn application event
    <34>1 2026-11-23T10:16:15.090279+01:00 shop-prod-2 su 4711 - - 'su root' failed for greta on /dev/pts/8
    98 <30>1 - - systemd 1 - - Started nginx.service - A high performance web server and a reverse proxy server.
    1 2026-11-23T10:16:15Z shop-prod-2 su - ID47 - a relay that leaves out the priority

``-`` is an absent value. Structured data, message id, facility, and a process id that is no number are kept in ``attributes``. A length
may stand before the priority (octet counting of RFC 6587), a NUL at the end.

Clock: with its offset, down to a microsecond; ``-``: none.
Continuation: a message may have several lines where its carrier allows them.

Grammar: RFC 5424 section 6; RFC 6587 section 3.4.1; rsyslog ``RSYSLOG_SyslogProtocol23Format``.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.heads import Lengths, accept_heads, byte_lengths, end_of
from logcorr.formats.syslog_priority import facility, severity
from logcorr.formats.tokenise import accept, dash_as_null, json_object, to_int

STAMP: Final = r"(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?P<offset>Z|[+-]\d\d:\d\d)"
DATA: Final = r'(?:\[[^ =\]"]{1,64}(?: +[^ =\]"]{1,64}= ?"(?:[^"\\]|\\.)*")* *\])+'
REST: Final = (
    r" (?P<host>[!-~]{1,255}) (?P<app>\S{1,128}) (?P<process>\S{1,128}) (?P<msgid>\S{1,64}) (?:-|(?P<data>"
    + DATA
    + r"))(?: (?P<body>.*))?$"
)
LINE: Final = r"^(?:\d{1,6} )?<(?P<pri>\d{1,3})>[1-9]\d? (?:" + STAMP + r"|-)" + REST
#: what begins most of them: a time behind a priority
USUAL: Final = r"^<(?P<pri>\d{1,3})>[1-9]\d? (?P<stamp>" + re.sub(r"\?P<\w+>", "?:", STAMP) + ") "
BARE: Final = r"^1 " + STAMP + REST

_ELEMENT: Final = re.compile(r'\[([^ =\]"]+)((?: +[^ =\]"]+= ?"(?:[^"\\]|\\.)*")*) *\]')
_PARAMETER: Final = re.compile(r' +([^ =\]"]+)= ?"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r'\\(["\\\]])')
_BETWEEN: Final = "\x1f"


def structured(data: str) -> dict[str, dict[str, str]]:
    """The elements of structured data and their parameters; of several with one name the last."""
    return {
        name: {key: _ESCAPED.sub(r"\1", value) for key, value in _PARAMETER.findall(parameters)}
        for name, parameters in _ELEMENT.findall(data)
    }


def other(joined: str) -> str | None:
    """What else a line carried, as a JSON object."""
    facility_, msgid, process, data = joined.split(_BETWEEN, 3)
    pairs: list[tuple[str, object]] = [("facility", facility_), ("msgid", msgid), ("procid", process)]
    pairs = [(name, value) for name, value in pairs if value]
    if data:
        pairs.append(("structured_data", structured(data)))
    return json_object(pairs) if pairs else None


def accept_lines(lines: pa.Array) -> pa.Table:
    """The groups of ``LINE`` or ``BARE`` of the lines that are such; each different head is taken apart once."""
    left: np.ndarray = np.arange(len(lines), dtype=np.int32)
    found = []
    if heads := accept_heads(lines, USUAL, REST[1:], end_of_head):
        usual = heads.table()
        stamp = accept(usual["stamp"].combine_chunks(), f"^{STAMP}$")
        for name in ("second", "fraction", "offset"):
            usual = usual.append_column(name, stamp[name])
        found.append(usual)
        left = np.delete(left, heads.rows.to_numpy())
    if len(left) or not found:
        rest = lines.take(pa.array(left))
        for pattern in (LINE, BARE):
            own = accept(rest, pattern)
            own = own if "pri" in own.column_names else own.append_column("pri", pa.nulls(own.num_rows, pa.string()))
            found.append(own.set_column(0, "row", pa.array(left[own["row"].to_numpy()], pa.int32())))
    return pa.concat_tables([each.select(found[-1].column_names) for each in found]).sort_by("row").combine_chunks()


def end_of_head(texts: pa.Array) -> Lengths:
    """How many bytes four words and the structured data behind them have, or all of a text."""
    lengths = byte_lengths(texts)
    words = pc.split_pattern(texts, " ", max_splits=4)
    whole = pc.equal(pc.list_value_length(words), 5)
    data = pc.list_element(words.filter(whole), 4)
    nothing = pc.starts_with(data, "- ").to_numpy(zero_copy_only=False)
    ends = np.where(nothing, len("- "), end_of(data, "] "))
    places = np.flatnonzero(whole.to_numpy(zero_copy_only=False))
    lengths[places] += (ends - byte_lengths(data)).astype(np.int32)
    return lengths


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines of RFC 5424."""
    head = accept_lines(lines)
    clock = read_clock(head["second"], "iso", fraction=head["fraction"], offset=head["offset"])
    pid = to_int(dash_as_null(head["process"]))
    parts = (
        facility(head["pri"]),
        dash_as_null(head["msgid"]),
        pc.if_else(pc.is_valid(pid), pa.scalar(None, pa.string()), dash_as_null(head["process"])),
        head["data"],
    )
    joined = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), _BETWEEN)
    body = pc.utf8_rtrim(pc.utf8_ltrim(pc.fill_null(head["body"], ""), "\ufeff"), "\0")
    columns = {
        "row": head["row"],
        **clock,
        "host_name": dash_as_null(head["host"]),
        "service_name": dash_as_null(head["app"]),
        "process_pid": pid,
        **severity(head["pri"]),
        "body": body,
        "attributes": over_distinct(joined, other, pa.string()),
    }
    return pa.table(columns).filter(pc.or_(pc.is_null(head["second"]), pc.is_valid(clock["naive_us"])))


FORMAT = LineFormat(
    name="syslog_5424",
    source="syslog",
    family="log",
    writer="journal",
    begins=r"^(?:(?:\d{1,6} )?<\d{1,3}>[1-9]\d? (?:\d{4}-|- )|1 \d{4}-\d\d-\d\dT)",
    read=read,
    continues=True,
    samples=(
        Sample(
            "<165>1 2026-11-23T10:16:15.003Z shop-prod-2 evntslog - ID47 "
            '[exampleSDID@32473 iut="3" said="a \\"b\\" \\] \\\\"][empty] An event',
            {
                "naive_us": 1_795_428_975_003_000,
                "offset_s": 0,
                "host_name": "shop-prod-2",
                "service_name": "evntslog",
                "process_pid": None,
                "severity_number": 10,
                "severity_text": "notice",
                "body": "An event",
                "attributes": '{"facility": "local4", "msgid": "ID47", "structured_data": '
                '{"empty": {}, "exampleSDID@32473": {"iut": "3", "said": "a \\"b\\" ] \\\\"}}}',
            },
        ),
        Sample(
            "<34>1 2026-11-23T10:16:15.090279+01:00 shop-prod-2 su 4711 - - \ufeff'su root' failed for greta on /dev/pts/8\0",
            {
                "offset_s": 3600,
                "process_pid": 4711,
                "severity_number": 18,
                "body": "'su root' failed for greta on /dev/pts/8",
                "attributes": '{"facility": "auth"}',
            },
        ),
        Sample(
            "98 <30>1 - - systemd 1 - - Started nginx.service - A high performance web server and a reverse proxy server.",
            {"naive_us": None, "host_name": None, "service_name": "systemd", "process_pid": 1},
        ),
        Sample("1 2026-11-23T10:16:15Z shop-prod-2 su main ID47 -", {"severity_number": None, "body": "", "process_pid": None}),
        Sample("<34>1 2026-02-30T10:16:15Z shop-prod-2 su - ID47 - no such day"),
        Sample("<34>Nov 23 10:16:15 shop-prod-2 su: 'su root' failed"),
        Sample("2026-11-23T10:16:15Z shop-prod-2 su - ID47 - no version"),
        Sample('{"msg":"<34>1 2026-11-23T10:16:15Z shop-prod-2 systemd 1 - - Reload failed for nginx.service."}'),
    ),
)
