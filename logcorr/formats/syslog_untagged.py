"""Lines of a syslog file that name no program in the usual way.

Real lines::

    Nov 23 11:25:46 gw.local system,error,critical login failure for user admin from 192.0.2.6 via web
    Nov 23 09:23:38 shop-prod-2 lookup for opt failed
    Nov 23 18:57:57 HORDE [error] [imp] FAILED LOGIN for greta to {mx.example.com:993}
    Nov 23 22:14:15 cron: no host, no process

What stands first counts as the host only if it looks like one, so that a message does not become the name of a machine.

Clock, continuation: as in ``journal_short``; this is its last resort, and only in a file that it takes too does it speak for a syslog.
"""

from __future__ import annotations

import pyarrow as pa

from logcorr.formats.clock import in_english, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_short import CLOCK
from logcorr.formats.syslog_tags import BARE_TAILS, ODD_TAILS, TAIL, accept_said, said
from logcorr.formats.tokenise import table


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines with a syslog's stamp, whatever follows."""
    head = accept_said(lines, CLOCK, (TAIL, *ODD_TAILS, *BARE_TAILS), proved=True)
    return table(head["row"], {**read_clock(in_english(head["second"]), "syslog", fraction=head["fraction"]), **said(head)})


FORMAT = LineFormat(
    name="syslog_untagged",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^\pL{3,5}\.? {1,2}\d{1,2} \d\d:",
    read=read,
    continues=True,
    indents=True,
    fallback=True,
    samples=(
        Sample(
            "Nov 23 11:25:46 gw.local system,error,critical login failure for user admin from 192.0.2.6 via web",
            {
                "host_name": "gw.local",
                "service_name": None,
                "body": "system,error,critical login failure for user admin from 192.0.2.6 via web",
            },
        ),
        Sample("Nov 23 09:23:38 veridian lookup for opt failed", {"host_name": None, "body": "veridian lookup for opt failed"}),
        Sample(
            "Nov 23 18:57:57 HORDE [error] [imp] FAILED LOGIN", {"service_name": "HORDE", "body": "[error] [imp] FAILED LOGIN"}
        ),
        Sample("Nov 23 22:14:15 cron: no host, no process", {"service_name": "cron", "body": "no host, no process"}),
        Sample("Nov 31 11:25:46 gw.local no such day"),
        Sample("2026-11-23T11:25:46Z gw.local login failure"),
    ),
)
