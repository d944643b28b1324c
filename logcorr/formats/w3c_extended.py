r"""Access logs in the W3C's extended format: IIS, CloudFront, Azure, and others that name their fields in a directive.

Lines of IIS, and of CloudFront (tabs)::

    #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status time-taken
    2026-11-23 10:16:15 10.0.0.1 GET /find q=oak 80 - 192.0.2.7 curl/8+(x) 200 110
    2026-11-23	10:16:15	FRA2-C1	2347	192.0.2.7	GET	d1.cloudfront.net	/find	200	-	curl/8	q=oak	-	Miss	...

The directives that stand among the lines looked at say how lines are read; without any, those of IIS and CloudFront as they are set up.
A value has no blank, or stands in quotes. ``+`` stands for a blank in user agents; ``time-taken`` is in milliseconds if it is
whole, as IIS writes it, else in seconds.

Clock: UTC, as the format prescribes, but for fields called ``local``; the END of the request. A time without a date is that of the
directive ``#Date``, if there is but one. Continuation: directives.

Grammar: https://www.w3.org/TR/WD-logfile, https://learn.microsoft.com/windows/win32/http/w3c-logging,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.request_columns import type_columns
from logcorr.formats.tokenise import accept, dash_as_null

_FIELDS: Final = re.compile(r"#Fields:\s*(\S.*)", re.IGNORECASE)
_DATE: Final = re.compile(r"#(?:Start-)?Date:\s*(\d{4}-\d\d-\d\d)\b", re.IGNORECASE)
#: directives; no heading of a boot is among them
DIRECTIVES: Final = (
    r"^#(?i:Version|Fields|Software|Start-Date|End-Date|Date|Remark|GMT-Offset|Log-[A-Za-z-]+):(?:.*)(?P<boot>)(?P<boot_id>)$"
)
_VALUE: Final = r'(?:"(?:[^"]|"")*"|[^\s"]\S*)'
_MOST: Final = 100

#: field, in small letters -> variable
VARIABLES: Final = {
    "c-ip": "remote_addr",
    "cs-username": "remote_user",
    "cs-method": "request_method",
    "cs-uri": "target",
    "cs-uri-stem": "target",
    "cs-uri-query": "args",
    "sc-status": "status",
    "sc-bytes": "body_bytes_sent",
    "bytes": "body_bytes_sent",
    "time-taken": "taken",
    "timetakenms": "taken",
    "cs(user-agent)": "http_user_agent",
    "cs(referer)": "http_referer",
    "cs(referrer)": "http_referer",
    "cs-host": "host",
    "cs(host)": "host",
    "s-computername": "hostname",
    "x-edge-request-id": "request_id",
}
#: what proves that a value is of its field
PROOFS: Final = {
    "date": r'"?\d{4}-\d\d-\d\d"?',
    "date-local": r'"?\d{4}-\d\d-\d\d"?',
    "time": r'"?\d\d:\d\d:\d\d(?:\.\d{1,9})?"?',
    "time-local": r'"?\d\d:\d\d:\d\d(?:\.\d{1,9})?"?',
    "sc-status": r'"?[1-9]\d\d"?|""|-',
    "cs-method": r'"?(?:[A-Z][A-Z_-]{2,19}|-|\[\d+\][A-Za-z]+)"?',
}

IIS: Final = (
    *("date", "time", "s-ip", "cs-method", "cs-uri-stem", "cs-uri-query", "s-port", "cs-username", "c-ip", "cs(User-Agent)"),
    *("cs(Referer)", "sc-status", "sc-substatus", "sc-win32-status", "time-taken"),
)
CLOUDFRONT: Final = (
    *(
        "date",
        "time",
        "x-edge-location",
        "sc-bytes",
        "c-ip",
        "cs-method",
        "cs(Host)",
        "cs-uri-stem",
        "sc-status",
        "cs(Referer)",
    ),
    *(
        "cs(User-Agent)",
        "cs-uri-query",
        "cs(Cookie)",
        "x-edge-result-type",
        "x-edge-request-id",
        "x-host-header",
        "cs-protocol",
    ),
    *("cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher", "x-edge-response-result-type"),
    *(
        "cs-protocol-version",
        "fle-status",
        "fle-encrypted-fields",
        "c-port",
        "time-to-first-byte",
        "x-edge-detailed-result-type",
    ),
    *("sc-content-type", "sc-content-len", "sc-range-start", "sc-range-end"),
)


def formats_of(lines: Sequence[str]) -> list[LineFormat]:
    """A format for each different list of fields that the directives among some lines name."""
    fields = dict.fromkeys(tuple(found[1].split()) for line in lines if (found := _FIELDS.match(line)))
    dates = {found[1] for line in lines if (found := _DATE.match(line))}
    date = dates.pop() if len(dates) == 1 else ""
    return [format_of(each, date=date) for each in fields if len(each) <= _MOST and readable(each, date)]


def readable(fields: Sequence[str], date: str) -> bool:
    """Whether the fields tell a time and what was asked for."""
    names = {field.lower() for field in fields}
    dated = names & {"date", "date-local"} or date
    return bool(dated and names & {"time", "time-local"} and names & {"cs-uri-stem", "cs-uri", "cs-method"})


def format_of(
    fields: Sequence[str], *, date: str = "", name: str = "w3c_extended", samples: tuple[Sample, ...] = ()
) -> LineFormat:
    """The format of lines with these fields; ``date`` is that of times without one."""
    lower = [field.lower() for field in fields]
    groups: list[str] = []
    for at, field in enumerate(lower):
        grammar = f"(?:{PROOFS.get(field, _VALUE)})"
        first = lower.index(field) == at
        variable = {**VARIABLES, "date": "date", "time": "time", "date-local": "date", "time-local": "time"}.get(field, "")
        known = variable and first and not any(f"(?P<{variable}>" in group for group in groups)
        groups.append(f"(?P<{variable}>{grammar})" if known else grammar)
    pattern = r"^\s?" + r"[ \t]+".join(groups) + r"\s*$"
    utc = not {"time-local", "date-local"} & set(lower)

    def read(lines: pa.Array) -> pa.Table:
        return requests(accept(lines, pattern), date=date, utc=utc)

    return LineFormat(
        name=name,
        source="w3c_extended",
        family="requests",
        writer="w3c-access",
        begins=r"\d\d:\d\d:\d\d",
        read=read,
        samples=samples,
        asides=DIRECTIVES,
    )


def requests(head: pa.Table, *, date: str, utc: bool) -> pa.Table:
    """The columns of requests from the values of their fields."""
    text = {
        name: dash_as_null(over_distinct(head[name].combine_chunks(), unquoted, pa.string()))
        for name in head.column_names
        if name != "row"
    }
    stamp = pc.binary_join_element_wise(text.pop("date", pa.scalar(date)), text.pop("time"), "T")
    variables = {name: values for name, values in text.items() if name not in {"taken", "http_user_agent"}}
    variables["stamp"] = pc.binary_join_element_wise(stamp, "Z" if utc else "", "")
    if "taken" in text:
        whole = pc.match_substring_regex(text["taken"], r"^\d+$")
        none = pa.scalar(None, pa.string())
        variables["request_time_ms"] = pc.if_else(whole, text["taken"], none)
        variables["request_time"] = pc.if_else(whole, none, text["taken"])
    if "http_user_agent" in text:
        variables["http_user_agent"] = over_distinct(text["http_user_agent"], agent, pa.string())
    filled = {name: pc.fill_null(values, "-") if name != "stamp" else values for name, values in variables.items()}
    return type_columns(pa.table({"row": head["row"], **filled}))


def unquoted(text: str) -> str:
    """A value without its quotes."""
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def agent(text: str) -> str:
    """A user agent with its blanks; CloudFront writes them as ``%20``."""
    return text if " " in text else unquote(text.replace("+", " ")) if "%" in text else text.replace("+", " ")


_REQUEST: Final = {
    "naive_us": 1795428975000000,
    "offset_s": 0,
    "client_address": "192.0.2.7",
    "http_request_method": "GET",
    "url_path": "/find",
    "url_query": "q=oak",
    "http_response_status_code": 200,
    "duration_s": 0.11,
    "user_id": None,
}

FORMATS: Final = (
    format_of(
        IIS,
        samples=(
            Sample(
                "2026-11-23 10:16:15 10.0.0.1 GET /find q=oak 443 - 192.0.2.7 Mozilla/5.0+(X11) - 200 0 0 110",
                {**_REQUEST, "user_agent_original": "Mozilla/5.0 (X11)", "http_request_referer": None},
            ),
            Sample("2026-11-23 10:16:15 10.0.0.1 GET /find q=oak 443 - 192.0.2.7 Mozilla/5.0+(X11) - 200 0 0"),
            Sample("#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip sc-status time-taken"),
        ),
    ),
    format_of(
        CLOUDFRONT,
        name="w3c_extended:cloudfront",
        samples=(
            Sample(
                "2026-11-23\t10:16:15\tFRA2-C1\t392\t192.0.2.7\tGET\td1.cloudfront.net\t/find\t200\t-\tMozilla/5.0%20(X11)\tq=oak\t-\tHit\t"
                "SOX4xwn4==\tshop.example\thttps\t23\t0.110\t-\tTLSv1.2\tECDHE\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-",
                {
                    **_REQUEST,
                    "http_response_body_size": 392,
                    "request_id": "SOX4xwn4==",
                    "user_agent_original": "Mozilla/5.0 (X11)",
                },
            ),
            Sample("2026-11-23\t10:16:15\tFRA2-C1\t392\t192.0.2.7\tGET\td1.cloudfront.net\t/find"),
        ),
    ),
)
