"""Laravel's, nginx's, Apache's, php-fpm's, Redis' and PostgreSQL's logs, with what a log viewer reads in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.conformance.tally import Tally

FOLDER = "opcodesio-log-viewer"
EXPLAINED: dict[str, str] = {
    "opcodesio/apache_error/5:message": "the client, which has a column, stays in the text as Apache wrote it",
}

#: their key -> ours, in events and requests
PLAIN = {
    "pid": "process_pid",
    "role": "logger",
    "environment": "logger",
    "ip": "client_address",
    "method": "http_request_method",
    "path": "url_path",
    "status_code": "http_response_status_code",
    "content_length": "http_response_body_size",
    "user_agent": "user_agent_original",
}


def run(folder: Path, tally: Tally) -> None:
    """Read each case by itself, in UTC."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    texts = {case["id"]: case["input"] for case in cases if "input" in case}
    timeline = tally.read_texts(
        {name: text if text.endswith("\n") else f"{text}\n" for name, text in texts.items()}, zone="UTC"
    )
    rows = {name: timeline.tables[name].to_pylist() for name in ("log", "requests")}
    for case in cases:
        if case["id"] not in texts:
            continue
        name = case["id"]
        family = "requests" if "http_access" in name else "log"
        own = sorted((row for row in rows[family] if row["file"] == name), key=lambda row: row["line"])
        wanted: dict[str, Any] = case["expected"]
        tally.expect(name, "events", len(own), wanted.get("events", 1))
        for at, key in enumerate(("first", "second")):
            if key in wanted and len(own) > at:
                compare(tally, name, own[at], wanted[key])
        if "first" not in wanted and own:
            compare(tally, name, own[0], wanted)


def compare(tally: Tally, name: str, row: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The fields of one event."""
    for key, value in wanted.items():
        if key in {"datetime_local", "datetime"}:
            whole = value.rstrip("Z")
            tally.expect(name, key, row["timestamp"].isoformat()[: len(whole)], whole)
        elif key == "epoch":
            tally.expect(name, key, int(row["timestamp"].timestamp()), value)
        elif key == "level":
            said = row["severity_text"]
            tally.expect(name, key, said.lower() if isinstance(said, str) else None, value and value.lower())
        elif key == "message":
            line = (row["body"] or "").split("\n")[0]
            said = re.sub(r"^\*\d+ ", "", value)  # nginx's connection has a column of its own
            nginx = "nginx_error" in name  # and what it says of the request stays behind the message
            tally.expect(name, key, line[: len(said)] if nginx else line, said)
        elif key == "client":
            tally.expect(name, key, row["client_address"], value and value.rpartition(":")[0] if "apache" in name else value)
        elif key == "context" and isinstance(value, dict) and "{" in (row["attributes"] or ""):
            tally.expect(name, key, json.loads(row["attributes"]), value)
        elif key == "exception_frames":
            tally.expect(name, key, sum("#" in line for line in (row["body"] or "").split("\n")), value)
        elif key in PLAIN and key in wanted:
            tally.expect(name, key, row[PLAIN[key]], value)
