"""Access lines without a configuration: the format is guessed from one line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.tally import Tally

FOLDER = "netdata"
_NO_STATUS = "without a status it is no request for us"
EXPLAINED: dict[str, str] = dict.fromkeys(("netdata/json11", "netdata/json12"), _NO_STATUS)

#: their field -> our column
COLUMNS = {
    "client.address": "client_address",
    "@timestamp": "timestamp",
    "method": "http_request_method",
    "url": "url_path",
    "status": "http_response_status_code",
    "bytes": "http_response_body_size",
    "host": "server_address",
    "request_time_s": "duration_s",
}


def run(folder: Path, tally: Tally) -> None:
    """Read each line as a file of its own."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    for case in cases:
        rows = tally.read_texts({case["id"]: case["input"] + "\n"}).requests
        row = {} if rows.empty else rows.iloc[0]
        for name, wanted in (case.get("expected") or {}).items():
            if name in COLUMNS:
                tally.expect(case["id"], name, row.get(COLUMNS[name]), wanted)
            elif name == "upstream_response_time_s":
                times = str(row.get("upstream_response_time"))
                tally.expect(case["id"], name, [float(each) for each in times.split(",") if each[:1].isdigit()], wanted)
