"""What Ansible did: the file that ``log_path`` names.

Real lines::

    2026-11-23 10:47:03,123 p=12345 u=deploy n=ansible | PLAY [deploy the shop] ***********************
    2026-11-23 10:47:09,871 p=12345 u=deploy n=ansible INFO| TASK [reload php-fpm] *********************
    2026-11-23 10:47:12,004 p=12345 u=deploy n=ansible | fatal: [web1]: FAILED! => {"msg": "Unable to reload service"}
    2026-11-23 10:47:12,301 p=12345 u=deploy n=ansible | web1   : ok=5    changed=2    unreachable=0    failed=1    skipped=0

A play is a deploy that begins, a host's row of the recap one that ended, failed where anything failed or could not be reached; errors that
were told to be ignored do not count there. Handlers (reloads) run at the end of a play.

Clock: local to the machine that Ansible ran on, milliseconds, no zone. Continuation: lines without a stamp.

Grammar: ansible ``lib/ansible/utils/display.py`` (``logging.basicConfig``), ``lib/ansible/plugins/callback/default.py``.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.changes import change
from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_words import severity_of
from logcorr.formats.tokenise import accept, table, to_int

HEAD: Final = (
    r"^(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(?P<fraction>\d{3}) p=(?P<pid>\d{1,10}) u=\S+ (?:n=\S+ ?)"
    r"?(?P<level>[A-Z]{4,8})? ?\|(?: {1,2}|$)"
)
CHANGE: Final = HEAD + (
    r"(?P<what>PLAY \[[^\]]*\] \**|(?P<host>\S+) +: (?P<counts>ok=\d+ +changed=\d+ +unreachable=(?P<unreachable>\d+) "
    r"+failed=(?P<failed>\d+)[ a-z=\d]*))\s*$"
)
STEP: Final = HEAD + r"(?P<body>.*)$"
SEVERE: Final = r"^(?:fatal: |failed: |ERROR! |\[ERROR\]|An exception occurred)"
WARNED: Final = r"^\s*\[?(?:WARNING|DEPRECATION WARNING)\]?:"
BEGINS: Final = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} p=\d+ u="


def read(lines: pa.Array) -> pa.Table:
    """Columns of plays and of the hosts in their recaps."""
    head = accept(lines, CHANGE)
    broken = pc.or_(pc.greater(to_int(head["failed"]), 0), pc.greater(to_int(head["unreachable"]), 0))
    ended = pc.if_else(pc.fill_null(broken, fill_value=False), "failed", "completed")
    counts = pc.replace_substring_regex(pc.utf8_rtrim_whitespace(head["counts"]), " +", " ")
    return table(
        head["row"],
        {
            **read_clock(head["second"], "iso", fraction=head["fraction"]),
            **change(len(head), "deploy"),
            "host_name": head["host"],
            "deployment_status": pc.if_else(pc.is_valid(head["host"]), ended, "started"),
            "exit_code": pc.coalesce(counts, pc.utf8_rtrim(head["what"], "* ")),
        },
    )


def read_steps(lines: pa.Array) -> pa.Table:
    """Columns of all other lines."""
    head = accept(lines, STEP)
    head = head.filter(pc.invert(pc.is_in(head["row"], accept(lines, CHANGE)["row"].combine_chunks())))
    body = pc.fill_null(head["body"], "").combine_chunks()
    number = pc.if_else(
        pc.match_substring_regex(body, SEVERE),
        pa.scalar(17, pa.int8()),
        pc.if_else(pc.match_substring_regex(body, WARNED), pa.scalar(13, pa.int8()), severity_of(head["level"])),
    )
    return table(
        head["row"],
        {
            **read_clock(head["second"], "iso", fraction=head["fraction"]),
            "process_pid": to_int(head["pid"]),
            "severity_text": head["level"],
            "severity_number": number,
            "body": body,
        },
    )


FORMATS = (
    LineFormat(
        name="ansible",
        source="ansible",
        family="deploys",
        writer="deploy",
        begins=BEGINS,
        read=read,
        continues=True,
        samples=(
            Sample(
                "2026-11-23 10:47:03,123 p=12345 u=deploy n=ansible | PLAY [deploy the shop] ***********************",
                {
                    "naive_us": 1_795_430_823_123_000,
                    "offset_s": None,
                    "deployment_status": "started",
                    "change_kind": "deploy",
                    "host_name": None,
                    "exit_code": "PLAY [deploy the shop]",
                },
            ),
            Sample(
                "2026-11-23 10:47:12,301 p=12345 u=deploy |  web1   : ok=5    changed=2    unreachable=0    failed=1  ",
                {"deployment_status": "failed", "host_name": "web1", "exit_code": "ok=5 changed=2 unreachable=0 failed=1"},
            ),
            Sample(
                "2026-11-23 10:47:12,301 p=1 u=x n=ansible INFO| web1 : ok=5 changed=2 unreachable=0 failed=0 skipped=1 "
                "rescued=0 ignored=0",
                {"deployment_status": "completed"},
            ),
            Sample("2026-11-23 10:47:09,871 p=12345 u=deploy n=ansible | TASK [reload php-fpm] ****"),
            Sample("2026-11-23 10:47:09,871 PLAY [deploy the shop] ****"),
        ),
    ),
    LineFormat(
        name="ansible:step",
        source="ansible",
        family="log",
        writer="deploy",
        begins=BEGINS,
        read=read_steps,
        continues=True,
        samples=(
            Sample(
                "2026-11-23 10:47:09,871 p=12345 u=deploy n=ansible | TASK [reload php-fpm] ****",
                {"process_pid": 12_345, "body": "TASK [reload php-fpm] ****", "severity_number": None},
            ),
            Sample(
                '2026-11-23 10:47:12,004 p=12345 u=deploy n=ansible | fatal: [web1]: FAILED! => {"msg": "no"}',
                {"severity_number": 17, "body": 'fatal: [web1]: FAILED! => {"msg": "no"}'},
            ),
            Sample("2026-11-23 10:47:12,004 p=1 u=x n=ansible INFO|", {"severity_number": 9, "body": ""}),
            Sample("2026-11-23 10:47:12,301 p=12345 u=deploy |  web1   : ok=5    changed=2    unreachable=0    failed=1  "),
            Sample("2026-11-23 10:47:12,301 INFO p=1 u=x"),
        ),
    ),
)
