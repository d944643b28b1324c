r"""What strace prints with times: the calls of a process, those that failed with their error.

Lines (``strace -f -ttt``)::

    812 1795428975.090279 connect(11, {sa_family=AF_UNIX, sun_path="/run/shop.sock"}) = -1 ENOENT (No such file or directory) <0.000019>
    [pid   812] 1795428975.090279 write(1, "ready\n", 6) = 6
    1795428975.090279 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER} ---

Clock: seconds since 1970, mostly with microseconds (``-ttt``). Of a time of day alone (``-t``, ``-tt``) no instant is known: it stays in
``attributes``. Continuation: none.

Grammar: strace(1).
"""

from __future__ import annotations

import errno
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct, read_epoch
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, blank_as_null, constant, to_int

LINE: Final = (
    r"^(?:\[pid +(?P<pid>\d{1,10})\] |(?P<process>\d{1,10}) +)?(?:(?P<number>\d{10}(?:\.\d{1,9})?)|(?P<time>\d\d:\d\d:\d\d(?:\.\d{1,9})?)) "
    r"(?P<body>(?:[a-z_][a-z0-9_]*\(|<\.\.\. [a-z_]|"
    r"\+\+\+ |--- (?:SIG|stopped)).*)$"
)
FAILED: Final = r" = -1 (?P<name>E[A-Z0-9]+) \("


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are calls, signals or ends of processes."""
    head = accept(lines, LINE)
    body = pc.fill_null(head["body"].combine_chunks(), "")
    failed = blank_as_null(pc.struct_field(pc.extract_regex(body, FAILED), "name"))
    return pa.table(
        {
            "row": head["row"],
            **read_epoch(head["number"].combine_chunks()),
            "service_name": constant("strace", head.num_rows),
            "process_pid": to_int(pc.coalesce(head["pid"], head["process"]).combine_chunks()),
            "errno": over_distinct(failed, lambda name: getattr(errno, name, None), pa.int32()),
            "body": body,
            "attributes": pc.binary_join_element_wise('{"time": "', head["time"].combine_chunks(), '"}', ""),
        }
    )


FORMAT = LineFormat(
    name="strace",
    source="strace",
    family="log",
    writer="strace",
    begins=r"^(?:\[pid +\d{1,10}\] |\d{1,10} +)?(?:\d{10}|\d\d:\d\d:\d\d)",
    read=read,
    samples=(
        Sample(
            '812 1795428975.090279 connect(11, {sa_family=AF_UNIX, sun_path="/run/shop.sock"}) = -1 ENOENT (No such file or directory)',
            {
                "naive_us": 1795428975090279,
                "offset_s": 0,
                "process_pid": 812,
                "errno": 2,
                "service_name": "strace",
                "body": 'connect(11, {sa_family=AF_UNIX, sun_path="/run/shop.sock"}) = -1 ENOENT (No such file or directory)',
            },
        ),
        Sample('[pid   812] 1795428975.090279 write(1, "ready", 5) = 5', {"process_pid": 812, "errno": None}),
        Sample("1795428975.090279 +++ exited with 0 +++", {"process_pid": None}),
        Sample("1795428975.090279 no rate"),
        Sample("812 10:16:15.090279 brk(0) = 0x1513000", {"naive_us": None, "attributes": '{"time": "10:16:15.090279"}'}),
        Sample("brk(0) = 0x1513000"),
    ),
)
