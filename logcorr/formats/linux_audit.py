r"""The log of Linux's audit daemon.

Lines::

    type=AVC msg=audit(1795428975.090:5741): avc:  denied  { connectto } for  pid=812 comm="nginx" path="/run/shop.sock" tcontext=...
    type=SYSCALL msg=audit(1795428975.090:5741): arch=c000003e syscall=42 success=no exit=-13 ppid=1 pid=812 uid=33 comm="nginx"
    node=web1 type=USER_LOGIN msg=audit(1795428976.001:5742): pid=900 uid=0 msg='op=login acct="root" res=failed'

Clock: seconds since 1970 with milliseconds. Continuation: none.

Grammar: https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Enrichment, auditd.conf(5).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_epoch
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, blank_as_null, constant, table, to_int

LINE: Final = (
    r"^(?:node=(?P<node>\S+) )?type=(?P<kind>[A-Z0-9_]+|UNKNOWN\[\d+\]) msg=audit\((?P<number>\d{10}\.\d{3}):(?P<record>\d{1,18})\): ?"
    r"(?P<body>.*)$"
)
#: negative numbers of ``exit``
FAILED: Final = r"\bsuccess=no exit=-(?P<errno>\d{1,4})\b"
_WARNING: Final = 13


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines that are records."""
    head = accept(lines, LINE)
    body = pc.fill_null(head["body"].combine_chunks(), "")
    pid = pc.extract_regex(body, r"(?:^|\s)pid=(?P<pid>\d{1,10})\b")
    failed = pc.extract_regex(body, FAILED)
    denied = pc.or_(
        pc.match_substring_regex(body, r"^(?:avc|apparmor)[:=].*(?i:denied)"), pc.is_in(head["kind"], pa.array(["ANOM_ABEND"]))
    )
    return table(
        head["row"],
        {
            **read_epoch(head["number"].combine_chunks()),
            "host_name": head["node"],
            "service_name": constant("audit", head.num_rows),
            "process_pid": to_int(blank_as_null(pc.struct_field(pid, "pid"))),
            "logger": head["kind"],
            "severity_number": pc.if_else(denied.combine_chunks(), pa.scalar(_WARNING, pa.int8()), pa.scalar(None, pa.int8())),
            "errno": to_int(blank_as_null(pc.struct_field(failed, "errno")), pa.int32()),
            "body": body,
            "attributes": pc.binary_join_element_wise('{"audit_record": "', head["record"], '"}', ""),
        },
    )


FORMAT = LineFormat(
    name="linux_audit",
    source="linux_audit",
    family="log",
    writer="audit",
    begins=r"^(?:node=\S+ )?type=[A-Z0-9_\[\]]+ msg=audit\(",
    read=read,
    samples=(
        Sample(
            'type=AVC msg=audit(1795428975.090:5741): avc:  denied  { connectto } for  pid=812 comm="nginx" path="/run/shop.sock"',
            {
                "naive_us": 1795428975090000,
                "offset_s": 0,
                "service_name": "audit",
                "process_pid": 812,
                "logger": "AVC",
                "severity_number": 13,
                "body": 'avc:  denied  { connectto } for  pid=812 comm="nginx" path="/run/shop.sock"',
                "attributes": '{"audit_record": "5741"}',
            },
        ),
        Sample(
            'node=web1 type=SYSCALL msg=audit(1795428975.090:5741): arch=c000003e syscall=42 success=no exit=-13 pid=812 comm="nginx"',
            {"host_name": "web1", "errno": 13, "severity_number": None, "process_pid": 812},
        ),
        Sample("type=AVC msg=audit(yesterday:5741): avc:  denied"),
        Sample("audit(1795428975.090:5741) no rate"),
    ),
)
