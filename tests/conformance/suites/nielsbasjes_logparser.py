"""Values of single variables of nginx's ``log_format``, and some whole lines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa

from logcorr.formats.log_format import LogFormat
from logcorr.formats.nginx_access import access_format
from tests.conformance.tally import Tally

FOLDER = "nielsbasjes-logparser"
EXPLAINED: dict[str, str] = {
    "nielsbasjes/44": "values come out unescaped",
    "nielsbasjes/16": "values come out unescaped: the four bytes of an address",
}
#: variable of a whole line -> our column
COLUMNS = {
    "remote_addr": "client_address",
    "remote_user": "user_id",
    "method": "http_request_method",
    "request_method": "http_request_method",
    "path": "url_path",
    "status": "http_response_status_code",
    "body_bytes_sent": "http_response_body_size",
    "request_time_s": "duration_s",
    "request_time": "duration_s",
    "http_user_agent": "user_agent_original",
}


def run(folder: Path, tally: Tally) -> None:
    """Compile each format, read its line, compare."""
    for line in (folder / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        tally.lines += 1
        lines = pa.array([case["input"]])
        grammar = LogFormat(case["log_format"])
        values = grammar.read(lines).to_pylist()
        tally.events += len(values)
        typed = access_format("x", case["log_format"]).read(lines).to_pylist() if "status" in grammar.variables else []
        for name, wanted in case["expected"].items():
            check(tally, (case["id"], name), wanted, values[0] if values else {}, typed[0] if typed else {})


def check(tally: Tally, field: tuple[str, str], wanted: Any, values: dict[str, Any], typed: dict[str, Any]) -> None:
    """One expected field, as case and name."""
    case, name = field
    names = [each for each in values if each != "row"]
    if name == "value":
        value = " ".join(str(values[each]) for each in names)
        tally.expect(case, name, None if value == "-" else value, plain(wanted, value))
    elif name in COLUMNS and typed:
        number = isinstance(typed.get(COLUMNS[name]), (int, float)) and isinstance(wanted, str)
        tally.expect(case, name, typed.get(COLUMNS[name]), float(wanted) if number else wanted)
    elif name in values and isinstance(wanted, list):
        tally.expect(case, name, tries(str(values[name])), wanted)
    elif name in values:
        tally.expect(case, name, values[name], wanted)


def plain(wanted: Any, value: str) -> Any:
    """What is expected of a text; values that they have taken apart further are compared as text."""
    if not isinstance(wanted, dict):
        return wanted
    if "value" in wanted:
        return wanted["value"]
    if "ip" in wanted:
        return wanted["ip"]
    return value or None


def tries(text: str) -> list[list[Any]]:
    """``[address or number, where it was redirected to]`` for each upstream that was tried."""

    def typed(each: str) -> Any:
        return float(each) if re.fullmatch(r"\d+\.\d+", each) else int(each) if each.isdigit() else each

    found = []
    for each in text.split(", "):
        first, _, other = each.partition(" : ")
        found.append([typed(first), typed(other or first)])
    return found
