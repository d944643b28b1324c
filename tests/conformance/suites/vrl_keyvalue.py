"""Keys and values: those lines that are records (they name a level, or a message or a request), with what Vector reads in them.

Other separators than ``=`` and blanks, and lines that name neither, are no log's; nothing is expected of them but that nothing breaks.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.tally import Tally

FOLDER = "vrl"
EXPLAINED: dict[str, str] = {}

LEVELS = ("level", "at")
TEXTS = ("msg", "message")


def run(folder: Path, tally: Tally) -> None:
    """Read each line by itself."""
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    cases = [case for case in cases if case["suite"] in {"vrl/parse_key_value", "vrl/parse_logfmt"}]
    timeline = tally.read_texts({case["id"]: case["input"].rstrip("\n") + "\n" for case in cases}, zone="UTC")
    rows = {row["file"]: row for row in timeline.tables["log"].to_pylist()}
    for case in cases:
        wanted = case.get("expected")
        if not case["valid"] or not isinstance(wanted, dict) or case["options"].get("key_value_delimiter", "=") != "=":
            continue
        text = next((wanted[key] for key in TEXTS if key in wanted), None)
        level = next((wanted[key] for key in LEVELS if key in wanted), None)
        if level is None or (text is None and "path" not in wanted):
            continue
        row = rows.get(case["id"])
        tally.expect(case["id"], "read", row is not None, True)  # noqa: FBT003 (what is compared)
        if row:
            tally.expect(case["id"], "level", row["severity_text"], level)
            tally.expect(case["id"], "text", row["body"], text or "")
            given = json.loads(row["attributes"])
            for key, value in wanted.items():
                tally.expect(case["id"], key, given.get(key), "" if value is True else value)
