"""Evidence of any size from a recording: its logs repeated, each time earlier, with fresh addresses, identifiers and numbers in paths.

usage: evidence.py FOLDER LINES

FOLDER is made: sample_logs/story with an access log of so many lines, and error and application logs to match. A token that stands in
several logs (an address, a request id) is replaced in all of them by the same one.
"""

from __future__ import annotations

import gzip
import re
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

STORY = Path(__file__).parents[2] / "sample_logs" / "story"
LENGTH = timedelta(seconds=300)
#: log -> its stamp and how that is written
LOGS = {
    "access.log.gz": (rb"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d(?= [+-]\d{4}\])", "%d/%b/%Y:%H:%M:%S"),
    "error.log": (rb"(?m:^)\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "%Y/%m/%d %H:%M:%S"),
    "laravel.log": (rb"(?m:^)\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[%Y-%m-%d %H:%M:%S"),
}
_TOKEN = rb"(?P<address>\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}\b)|(?P<id>\b[0-9a-f]{32}\b)|(?P<number>(?<=/)\d{1,9}(?=[ ?/]))"


class Log:
    """One log, taken apart into texts that stay and tokens that each round replaces."""

    def __init__(self, text: bytes, stamp: bytes, layout: str) -> None:
        self.lines = text.count(b"\n")
        self.layout = layout
        places: dict[tuple[str, bytes], int] = {}
        self.order: list[int] = []
        at = 0

        def put(kind: str, token: bytes) -> None:
            self.order.append(places.setdefault((kind, token), len(places)))

        for found in re.finditer(rb"(?P<stamp>" + stamp + rb")|" + _TOKEN + rb"|(?P<end>\n)", text):
            put("text", text[at : found.start()])
            put(found.lastgroup or "", found[0])
            at = found.end()
        self.tokens = list(places)
        newline = places["end", b"\n"]
        self.ends = [place for place, token in enumerate(self.order) if token == newline]

    def round(self, number: int, lines: int | None = None) -> bytes:
        """The log ``number`` times its length earlier; the first ``lines`` of it."""
        table = [self.fresh(kind, token, number) for kind, token in self.tokens]
        order = self.order if lines is None else self.order[: self.ends[lines - 1] + 1]
        return b"".join(map(table.__getitem__, order))

    def fresh(self, kind: str, token: bytes, number: int) -> bytes:
        """What stands for a token in one round."""
        if kind == "stamp":
            moved = datetime.strptime(token.decode(), self.layout) - number * LENGTH  # noqa: DTZ007 (a wall clock)
            return moved.strftime(self.layout).encode()
        if kind == "address" and number:
            return b"10.%d.%d.%s" % (number >> 8 & 255, number & 255, token.rpartition(b".")[2])
        if kind == "id":
            return b"%08x" % (int(token[:8], 16) ^ number) + token[8:]
        if kind == "number":
            return b"%d" % (int(token) + 1000 * number)
        return token


def evidence(folder: Path, lines: int) -> Path:
    """The story with an access log of so many lines, which is returned."""
    shutil.copytree(STORY, folder, ignore=shutil.ignore_patterns(*LOGS))
    for name, (stamp, layout) in LOGS.items():
        raw = (STORY / name).read_bytes()
        log = Log(gzip.decompress(raw) if name.endswith(".gz") else raw, stamp, layout)
        if name == "access.log.gz":
            rounds, last = -(-lines // log.lines), lines
        with (folder / name.removesuffix(".gz")).open("wb") as stream:
            for number in range(rounds - 1, -1, -1):
                part = min(last, log.lines) if name == "access.log.gz" else None
                stream.write(log.round(number, part))
                last -= part or 0
    return folder / "access.log"


if __name__ == "__main__":
    print(evidence(Path(sys.argv[1]), int(sys.argv[2])))
