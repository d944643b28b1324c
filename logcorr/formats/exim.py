r"""The main, reject and panic logs of Exim.

Lines::

    2026-11-23 10:16:15 1vN3c5-0000Dq-8i <= ann@shop.example H=(client) [192.0.2.7] P=esmtpsa S=2347
    2026-11-23 10:16:15.090 +0100 [812] 1vN3c5-000000001Xh-2abc == bob@example.com R=dnslookup defer (110): Connection timed out
    2026-11-23 10:16:15 plain_server authenticator failed for (client) [192.0.2.7]: 535 Incorrect authentication data (set_id=ann)

Severity: a delivery that failed (``**``) is an error, one put off (``==``) a warning.

Clock: local time, with its offset if ``log_timezone`` is set, and with milliseconds if ``millisec`` is. Continuation: headers of rejected
messages.

Grammar: https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.stamps import read_stamps
from logcorr.formats.tokenise import accept, constant, json_object, table, to_int

_STAMP: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?(?: [+-]\d{4})?"
_NUMBER: Final = r"(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{6}-[0-9A-Za-z]{11}-[0-9A-Za-z]{4})"
#: beginnings of what is said of no message
_SAID: Final = (
    r"(?:H=|F=|U=|I=\[|SMTP |TLS |exim \S+ daemon |Start queue run|End queue run|no (?:host name|IP address|MAIL) |"
    r"[\w.-]+ authenticator failed |unexpected disconnection |rejected |refused |remote host |Connection from |"
    r"SSL_\w+ |LOG: |ignoring |login=|fixed_\w+ |auth_\w+ )"
)
LINE: Final = (
    r"^(?P<stamp>" + _STAMP + r") (?:\[(?P<pid>\d{1,10})\] )?"
    r"(?:(?P<number>" + _NUMBER + r") (?P<what>(?P<flag><=|=>|->|>>|\*>|\*\*|==)?.*)|(?P<said>" + _SAID + r".*))$"
)
SEVERITY: Final = {"**": 17, "==": 13}


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines of the server."""
    head = accept(lines, LINE)
    clock = read_stamps(head["stamp"], ("iso",), numbers=False)
    clock.pop("rest")
    return table(
        head["row"],
        {
            **clock,
            "service_name": constant("exim", head.num_rows),
            "process_pid": to_int(head["pid"].combine_chunks()),
            "severity_number": over_distinct(head["flag"].combine_chunks(), SEVERITY.get, pa.int8()),
            "body": pc.fill_null(pc.coalesce(head["what"], head["said"]), ""),
            "attributes": over_distinct(
                head["number"].combine_chunks(), lambda number: json_object([("message", number)]), pa.string()
            ),
        },
    )


FORMAT = LineFormat(
    name="exim",
    source="exim",
    family="log",
    writer="exim",
    begins=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    read=read,
    continues=True,
    samples=(
        Sample(
            "2026-11-23 10:16:15 1vN3c5-0000Dq-8i <= ann@shop.example H=(client) [192.0.2.7] P=esmtpsa S=2347",
            {
                "naive_us": 1795428975000000,
                "offset_s": None,
                "service_name": "exim",
                "severity_number": None,
                "attributes": '{"message": "1vN3c5-0000Dq-8i"}',
                "body": "<= ann@shop.example H=(client) [192.0.2.7] P=esmtpsa S=2347",
            },
        ),
        Sample(
            "2026-11-23 10:16:15.090 +0100 [812] 1vN3c5-000000001Xh-2abc == bob@example.com defer (110): Connection timed out",
            {"naive_us": 1795428975090000, "offset_s": 3600, "process_pid": 812, "severity_number": 13},
        ),
        Sample("2026-11-23 10:16:15 1vN3c5-0000Dq-8i ** bob@example.com: Unrouteable address", {"severity_number": 17}),
        Sample("2026-11-23 10:16:15 plain_server authenticator failed for [192.0.2.7]: 535 x", {"attributes": None}),
        Sample("2026-11-23 10:16:15 no rate for EUR"),
        Sample("2026-11-23 10:16:15 1vN3c5 <= ann"),
    ),
)
