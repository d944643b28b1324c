"""How the shop writes its log: text or JSON, in UTC or in the server's own time."""

import json
import logging
import sys
import time
from datetime import UTC, datetime

TEXT = "%(asctime)s %(levelname)s [%(process)d] %(name)s: %(message)s"


class AsJson(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as JSON, a traceback within it."""
        stamp = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {"ts": stamp, "level": record.levelname.lower(), "logger": record.name, "pid": record.process}
        said["msg"] = record.getMessage()
        if record.exc_info:
            said["exc_info"] = self.formatException(record.exc_info)
        return json.dumps(said)


def set_up(style: str) -> None:
    """`text` (local time), `text-utc` (UTC, without a zone) or `json`."""
    formatter: logging.Formatter = AsJson() if style == "json" else logging.Formatter(TEXT)
    if style == "text-utc":
        formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
