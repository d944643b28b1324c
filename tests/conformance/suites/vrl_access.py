"""VRL's parsers of access and error logs of nginx and Apache; each line alone in a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from tests.conformance.tally import Tally

FOLDER = "vrl"
EXPLAINED: dict[str, str] = {
    "vrl/parse_common_log/log_line_valid_with_timestamp_format": "without a status it is no request for us",
    "vrl/parse_apache_log/error_line_thread_id:timestamp": "they read the fraction .138633 as nanoseconds",
}
#: their field -> our column
REQUESTS = {
    "host": "client_address",
    "client": "client_address",
    "remote_addr": "client_address",
    "user": "user_id",
    "remote_user": "user_id",
    "timestamp": "timestamp",
    "method": "http_request_method",
    "path": "url_path",
    "status": "http_response_status_code",
    "size": "http_response_body_size",
    "body_bytes_size": "http_response_body_size",
    "agent": "user_agent_original",
    "http_user_agent": "user_agent_original",
    "referrer": "http_request_referer",
    "referer": "http_request_referer",
    "http_referer": "http_request_referer",
    "request_time": "duration_s",
    "upstream_addr": "upstream_address",
    "upstream_status": "upstream_status",
    "upstream_response_time": "upstream_response_time",
    "req_id": "request_id",
}
LOG = {
    "timestamp": "timestamp",
    "severity": "severity_text",
    "pid": "process_pid",
    "cid": "connection",
    "client": "client_address",
    "server": "server_address",
    "module": "logger",
}


def run(folder: Path, tally: Tally) -> None:
    """Read each line as a file of its own."""
    for text in (folder / "cases.jsonl").read_text().splitlines():
        case = json.loads(text)
        if "input" in case and re.search(r"nginx_log|apache_log|common_log", case["suite"]):
            timeline = tally.read_texts({case["id"]: case["input"] + "\n"}, zone=zone_of(case))
            error = case.get("options", {}).get("format") == "error"
            table = timeline.tables["log" if error else "requests"].to_pandas()
            row = {} if table.empty else table.iloc[0].to_dict()
            if not case["valid"]:
                wrong = len(timeline.tables["requests"])
                tally.expect(case["id"], "requests", wrong, 0)
            elif isinstance(case["expected"], dict):
                check(case, row, LOG if error else REQUESTS, tally)


def zone_of(case: dict[str, Any]) -> str:
    """The zone in which a case reads times without one."""
    return "Europe/Paris" if "Paris" in case.get("tz", "") else "UTC"


def check(case: dict[str, Any], row: dict[str, Any], columns: dict[str, str], tally: Tally) -> None:
    """The expected fields of one line."""
    for name, wanted in case["expected"].items():
        if name in columns:
            got = row.get(columns[name])
            if name in {"upstream_status", "upstream_response_time"} and got is not None:
                got = float(got)
            empty = wanted in {"", "-"} and bool(pd.isna(got))
            tally.expect(case["id"], name, wanted if empty else got, wanted)
        elif name == "request":
            path = row.get("url_path")
            target = re.match(r"[A-Z]+ (\S+)", wanted)
            query = row.get("url_query")
            got = f"{path}?{query}" if isinstance(query, str) else path
            tally.expect(case["id"], name, got, target[1] if target else None)
        elif name == "message":
            body = str(row.get("body") or row.get("url_path") or "")
            tally.expect(case["id"], name, body if wanted in body or body in wanted else None, body)
