"""A recorded nginx: its requests in eight log formats at once beside what the client saw, and what ``nginx -t`` says of configurations."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from tests.conformance.tally import Tally

FOLDER = "nginx-real"
ZONE = "Europe/Berlin"
NAMES = ("combined", "ext", "pos", "vhost", "msec", "tsv", "json", "json_default")
#: what a log carries of a request's id is the client's
IDENTIFIED = ("ext", "json", "json_default", "msec")
_URI = "$uri is the path as nginx understands it: decoded, rewritten, merged; $args are those of the rewritten request"
_REFUSED = "$request has the form of a request line, but nginx refused it and gives it no method and no path"
_DECODED = (48, 52, 53, 73, 82)
_BAD_METHOD = (56, 93, 96, 98)
_BAD_PATH = (49, 50, *_BAD_METHOD)
COLUMNS = ("http_request_method", "url_path", "url_query", "http_response_status_code", "http_response_body_size")
EXPLAINED: dict[str, str] = {
    f"{how}/{name}/{line}:{column}": reason
    for how in ("configured", "guessed")
    for names, lines, column, reason in (
        (("msec",), _DECODED, "url_path", _URI),
        (("msec",), (82,), "url_query", _URI),
        (("msec", "tsv"), _BAD_METHOD, "http_request_method", _REFUSED),
        (("msec", "tsv"), _BAD_PATH, "url_path", _REFUSED),
    )
    for name in names
    for line in lines
}


def run(folder: Path, tally: Tally) -> None:
    """Compare the eight logs with each other and with the client's side, with the configuration and without it."""
    stack = folder / "stack-berlin"
    logs = [stack / f"access.{name}.log" for name in NAMES]
    truth = {row["id"]: row for row in map(json.loads, (stack / "ground_truth.jsonl").read_text().splitlines())}
    compare("configured", requests_of(tally, *logs, stack / "nginx.conf"), truth, tally)
    compare("guessed", pd.concat([requests_of(tally, log) for log in logs]), truth, tally)
    errors(stack, tally)
    for path in (each for each in sorted((folder / "nginx-t").glob("*.txt")) if each.stat().st_size):
        config_test(path, tally)


def requests_of(tally: Tally, *paths: Path) -> pd.DataFrame:
    """The requests of some files, with the name of the format."""
    rows = tally.read(*paths, zone=ZONE).tables["requests"].to_pandas()
    return rows.assign(name=rows["file"].astype(str).str.extract(r"access\.(\w+)\.log$")[0])


def compare(how: str, rows: pd.DataFrame, truth: dict[str, dict[str, object]], tally: Tally) -> None:
    """Every log says what the JSON log says of the same line, and that what the client saw."""
    told = {(row["name"], row["line"]): row for row in rows.to_dict("records")}
    for name in NAMES:
        own = [line for kind, line in told if kind == name]
        tally.expect(f"{how}/{name}", "lines", len(own), 122)
        for line in own:
            row, other = told[name, line], told.get(("json", line), {})
            case = f"{how}/{name}/{line}"
            for column in COLUMNS if name != "vhost" else COLUMNS[:-1]:  # vhost has $bytes_sent, with the head of the answer
                tally.expect(case, column, row[column], other.get(column))
            if name != "combined":
                tally.expect(case, "duration_s", row["duration_s"], other.get("duration_s"))
            if name in {"ext", "pos", "json_default"}:
                tally.expect(case, "upstream_status", row["upstream_status"], other.get("upstream_status"))
            if name not in {"pos", "msec", "tsv"}:
                tally.expect(case, "user_agent_original", row["user_agent_original"], other.get("user_agent_original"))
            if name in IDENTIFIED and row["request_id"] in truth:
                client(case, row, truth[row["request_id"]], tally)


def client(case: str, row: dict[str, object], seen: dict[str, object], tally: Tally) -> None:
    """One request as the client saw it; it saw no status where it gave up (499) or was hung up on (444)."""
    status = seen["client_seen_status"]
    if status is not None:
        tally.expect(case, "seen status", row["http_response_status_code"], status)
    done = float(str(seen["t_done"]))
    end = pd.Timestamp(str(row["timestamp"])).timestamp()
    precise = "msec" in case or "json" in case
    tally.expect(case, "seen end", abs(end - done) <= (0.1 if precise else 1.1), done > 0)


def errors(stack: Path, tally: Tally) -> None:
    """Every event of the error log begins with a date, and the failures lead to their requests."""
    text = (stack / "error.log").read_text(errors="replace")
    rows = tally.read(stack / "error.log", zone=ZONE).tables["log"].to_pandas()
    tally.expect("error.log", "events", len(rows), len(re.findall(r"^\d{4}/\d\d/\d\d ", text, re.MULTILINE)))
    asked = text.count(", client: ")
    tally.expect("error.log", "clients", int(rows["client_address"].notna().sum()), asked)
    tally.expect("error.log", "exceptions", rows["exception_type"].dropna().tolist(), ["RuntimeException"])
    tally.expect("error.log", "message", rows["exception_message"].dropna().tolist(), ["Payment gateway timed out"])


def config_test(path: Path, tally: Tally) -> None:
    """Accepted or rejected, the message, and the file in which it is wrong."""
    text = path.read_text()
    states = tally.read(path).tables["states"].to_pandas()
    case = path.stem
    verdict = "ok" if "test is successful" in text else "failed" if "[emerg]" in text else None
    own = states[states["subject_kind"] == "config_test"]
    tally.expect(case, "status", None if own.empty else own["status"].iloc[-1], verdict)
    if found := re.search(r"\[emerg\] (.*?(?: in (/\S+):\d+)?)$", text, re.MULTILINE):
        said = own.loc[own["body"] == found[1], "subject"].tolist()
        tally.expect(case, "message", len(said), 1)
        tally.expect(case, "file", said[0] if said else None, found[2])
