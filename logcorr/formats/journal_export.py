r"""The journal's export format: ``journalctl -o export``, fields on lines, entries separated by an empty line.

Real lines (shortened)::

    __CURSOR=s=f83eaf3db8764fe7b26b1ffea3a8a9ba;i=26;b=145468c7c1284b1cba3344ceb9d21910;m=7b480fea;t=660ee9649eb95;x=30a49f98
    __REALTIME_TIMESTAMP=1795427700173717
    UNIT=nginx.service
    MESSAGE=Starting nginx.service - A high performance web server and a reverse proxy server...

Text that is not printable UTF-8, or has several lines, follows its name in binary: the name alone on a line, eight bytes of
length (little-endian), the bytes, a newline. Decoded, bytes from 0x80 in the length are replaced; the end of the value is then
the first line end that fits the rest of the length and that a field follows, or an entry whose cursor names the same journal.

Clock: as in the journal's JSON. Continuation: none, an entry's lines are its own.

Grammar: https://systemd.io/JOURNAL_EXPORT_FORMATS/, systemd ``src/shared/logs-show.c`` (``output_export``).
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.journal_fields import FIELDS, columns_of
from logcorr.formats.tokenise import blank_as_null, table

FIELD: Final = r"^(?P<name>" + "|".join(FIELDS) + r")=(?P<value>.*)$"
FIRST: Final = "__CURSOR="
BINARY: Final = r"^[A-Z_][A-Z0-9_]{0,63}$"

_FOLLOWING = re.compile(r"[A-Z_][A-Z0-9_]{0,63}(?:=|$)")
#: a length below 16 MiB: up to three bytes, then zeros
_LENGTH = re.compile(r"[\s\S]{1,3}?\0{5,7}")
_REPLACED = "\ufffd"


def bounds(length: str) -> tuple[int, int]:
    """Between which sizes a length lies; a replaced character was a byte from 0x80, or more than one."""
    low = length.rstrip("\0")
    count = max(len(low), 8 - (len(length) - len(low)))
    if len(low) < count:
        low = _REPLACED * count
    known = [(0x80, 0xFF) if mark == _REPLACED else (ord(mark), ord(mark)) for mark in low]
    return sum(least << 8 * i for i, (least, _) in enumerate(known)), sum(most << 8 * i for i, (_, most) in enumerate(known))


def has_length(lines: list[str | None], begin: int) -> bool:
    """Whether a binary value begins on the line ``begin``."""
    return _LENGTH.match("\n".join(line or "" for line in lines[begin : begin + 4])) is not None


def ends_value(lines: list[str | None], after: int, journal: str) -> bool:
    """Whether a binary value may end before the line ``after``: a field follows, or the next entry of the same journal."""
    following = lines[after] if after < len(lines) else ""
    if following:
        alone = "=" not in following
        return _FOLLOWING.match(following) is not None and (not alone or has_length(lines, after + 1))
    return after + 1 >= len(lines) or (lines[after + 1] or "").startswith(journal)


def binary_value(lines: list[str | None], begin: int) -> tuple[str, int] | None:
    """The value whose length begins on the line ``begin``, and the line after it; None where there is none."""
    head = "\n".join(line or "" for line in lines[begin : begin + 4])
    found = _LENGTH.match(head)
    if not found:
        return None
    length = found.group()[:8]
    least, most = bounds(length)
    journal = next(
        (line for line in lines[begin - 1 : max(begin - 100, 0) : -1] if line and line.startswith("__CURSOR=")), FIRST
    )
    journal = journal.partition(";")[0]
    end = begin + 1 + length.count("\n")
    parts = ["\n".join(line or "" for line in lines[begin:end])[len(length) :]]
    size, replaced = len(parts[0].encode()), parts[0].count(_REPLACED)
    fallback = None
    while size - 2 * replaced <= most:
        if ends_value(lines, end, journal):
            if size >= least:
                return "\n".join(parts), end
            fallback = fallback or ("\n".join(parts), end)
        if end >= len(lines):
            break
        part = lines[end] or ""
        parts.append(part)
        size, replaced, end = size + 1 + len(part.encode()), replaced + part.count(_REPLACED), end + 1
    return fallback


def binary_fields(lines: pa.Array) -> tuple[np.typing.NDArray[np.bool_], list[tuple[int, str, str]]]:
    """Which lines belong to binary values, and those values with the line of their name; a loop over such values alone."""
    inside: np.typing.NDArray[np.bool_] = np.zeros(len(lines), dtype=bool)
    values: list[tuple[int, str, str]] = []
    names = pc.indices_nonzero(pc.match_substring_regex(lines, BINARY)).to_pylist()
    texts: list[str | None] = lines.to_pylist() if names else []
    for at in names:
        found = None if inside[at] else binary_value(texts, at + 1)
        if found:
            value, end = found
            inside[at + 1 : end] = True
            values.append((at, texts[at] or "", value))
    return inside, values


def first_of_each(groups: np.typing.NDArray[np.int64], count: int) -> pa.Array:
    """The position of the first member of each group; null where it has none."""
    first: np.typing.NDArray[np.int64] = np.full(count, -1, dtype=np.int64)
    first[groups[::-1]] = np.arange(len(groups))[::-1]
    return pa.array(first, mask=first < 0)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the entries of the journal; ``row`` is the first line of each."""
    inside, binary = binary_fields(lines)
    text = pc.if_else(pa.array(inside), pa.scalar(None, pa.string()), lines)
    blank = pc.fill_null(pc.equal(text, ""), fill_value=False).to_numpy(zero_copy_only=False)
    entry = np.cumsum(blank)
    count = int(entry[-1]) + 1 if len(entry) else 0

    own_lines = np.flatnonzero(~blank)
    begin = pa.array(own_lines).take(first_of_each(entry[own_lines], count))
    known = pc.fill_null(pc.match_substring_regex(text.take(begin), r"^__(?:CURSOR|REALTIME_TIMESTAMP)="), fill_value=False)

    parts = pc.extract_regex(text, FIELD)
    at = np.concatenate([np.flatnonzero(pc.is_valid(parts).to_numpy(zero_copy_only=False)), [place for place, _, _ in binary]])
    at = at.astype(np.int64)
    taken = parts.filter(pc.is_valid(parts))
    names = pa.concat_arrays([pc.struct_field(taken, "name"), pa.array([name for _, name, _ in binary], pa.string())])
    values = pa.concat_arrays([pc.struct_field(taken, "value"), pa.array([value for _, _, value in binary], pa.string())])
    fields = {}
    for name in FIELDS:
        places = pc.indices_nonzero(pc.equal(names, name)).to_numpy()
        places = places[np.argsort(at[places], kind="stable")]
        fields[name] = blank_as_null(values.take(pa.array(places)).take(first_of_each(entry[at[places]], count)))
    other = pc.coalesce(fields["__CURSOR"], fields["_BOOT_ID"], fields["MESSAGE"])
    complete = pc.and_(known, pc.and_(pc.is_valid(fields["__REALTIME_TIMESTAMP"]), pc.is_valid(other)))
    columns = {name: column.filter(complete) for name, column in columns_of(fields).items()}
    return table(begin.filter(complete).cast(pa.int32()), columns)


FORMAT = LineFormat(
    name="journal_export",
    source="journal",
    family="log",
    writer="journal",
    begins=r"^__(?:CURSOR|REALTIME_TIMESTAMP)=",
    read=read,
    separator=b"\n\n",
    samples=(
        Sample(
            "__CURSOR=s=f83eaf3db8764fe7b26b1ffea3a8a9ba;i=4d;b=145468c7c1284b1cba3344ceb9d21910;m=80653bd5;t=660ee9b671781;x=1010475317b2a8de\n"
            "__REALTIME_TIMESTAMP=1795427785971585\n__MONOTONIC_TIMESTAMP=2154118101\n"
            "_BOOT_ID=145468c7c1284b1cba3344ceb9d21910\nSYSLOG_FACILITY=3\n_UID=0\n_GID=0\n"
            "_MACHINE_ID=948dbe6883b645039c7be98277a6f7e6\n_HOSTNAME=shop-prod-2\n_RUNTIME_SCOPE=system\nTID=1\n"
            "CODE_FILE=src/core/job.c\nSYSLOG_IDENTIFIER=systemd\n_TRANSPORT=journal\n_PID=1\n_COMM=systemd\n"
            "_EXE=/usr/lib/systemd/systemd\n_CMDLINE=/usr/lib/systemd/systemd\n_CAP_EFFECTIVE=fcecbfff\n"
            "_SYSTEMD_CGROUP=/init.scope\n_SYSTEMD_UNIT=init.scope\n_SYSTEMD_SLICE=-.slice\nCODE_LINE=767\n"
            "CODE_FUNC=job_emit_done_message\nINVOCATION_ID=ecb822f87f264d488ceac6b0cbbecb9e\n"
            "UNIT=php8.2-fpm.service\nJOB_TYPE=reload\nMESSAGE_ID=7b05ebc668384222baa8881179cfda54\nJOB_ID=93\n"
            "PRIORITY=3\nMESSAGE=Reload failed for php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.\n"
            "JOB_RESULT=failed\n_SOURCE_REALTIME_TIMESTAMP=1795427785971580",
            {
                "naive_us": 1795427785971580,
                "offset_s": 0,
                "host_name": "shop-prod-2",
                "service_name": "systemd",
                "process_pid": 1,
                "severity_number": 17,
                "severity_text": "err",
                "unit": "php8.2-fpm.service",
                "job_type": "reload",
                "job_id": "93",
                "job_result": "failed",
                "journal_message_id": "7b05ebc668384222baa8881179cfda54",
                "body": "Reload failed for php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.",
            },
        ),
        Sample(
            "__CURSOR=s=f83eaf3db8764fe7b26b1ffea3a8a9ba;i=4c;b=145468c7c1284b1cba3344ceb9d21910;m=80653b3c;t=660ee9b6716e7;x=c9107ee6af83c9fc\n"
            "__REALTIME_TIMESTAMP=1795427785971431\n__MONOTONIC_TIMESTAMP=2154117948\n"
            "_BOOT_ID=145468c7c1284b1cba3344ceb9d21910\nSYSLOG_FACILITY=3\n_UID=0\n_GID=0\n"
            "_MACHINE_ID=948dbe6883b645039c7be98277a6f7e6\n_HOSTNAME=shop-prod-2\n_RUNTIME_SCOPE=system\nTID=1\n"
            "SYSLOG_IDENTIFIER=systemd\n_TRANSPORT=journal\n_PID=1\n_COMM=systemd\n_EXE=/usr/lib/systemd/systemd\n"
            "_CMDLINE=/usr/lib/systemd/systemd\n_CAP_EFFECTIVE=fcecbfff\n_SYSTEMD_CGROUP=/init.scope\n"
            "_SYSTEMD_UNIT=init.scope\n_SYSTEMD_SLICE=-.slice\nPRIORITY=5\n"
            "INVOCATION_ID=ecb822f87f264d488ceac6b0cbbecb9e\nUNIT=php8.2-fpm.service\nCODE_FILE=src/core/unit.c\n"
            "CODE_LINE=5671\nCODE_FUNC=unit_log_process_exit\nMESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15\n"
            "MESSAGE=php8.2-fpm.service: Control process exited, code=exited, status=70/SOFTWARE\n"
            "EXIT_CODE=exited\nEXIT_STATUS=70\nCOMMAND=ExecReload\n_SOURCE_REALTIME_TIMESTAMP=1795427785971420",
            {
                "body": "php8.2-fpm.service: Control process exited, code=exited, status=70/SOFTWARE",
                "unit": "php8.2-fpm.service",
                "attributes": '{"CODE_FUNC": "unit_log_process_exit", '
                '"COMMAND": "ExecReload", "EXIT_CODE": "exited", "EXIT_STATUS": "70", '
                '"_SYSTEMD_UNIT": "init.scope", "_TRANSPORT": "journal"}',
            },
        ),
        Sample(
            "__CURSOR=s=6902;i=26;t=660eecf253324\n__REALTIME_TIMESTAMP=1795428654068516\n_COMM=node\nMESSAGE\n"
            "Q\0\0\0\0\0\0\0Traceback:\n\n__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795428654068517\nUNIT=nginx.service\n_PID=1234\n",
            {
                "naive_us": 1795428654068516,
                "process_pid": 1234,
                "service_name": "node",
                "body": "Traceback:\n\n__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795428654068517\nUNIT=nginx.service",
                "unit": None,
            },
        ),
        Sample(
            "__CURSOR=s=6902;i=26;t=660eecf253324\nMESSAGE=an entry without its time",
        ),
        Sample(
            "MESSAGE=cut off before its first lines\n_PID=1\n__REALTIME_TIMESTAMP=1795428654068516",
        ),
        Sample(
            '{"msg":"__REALTIME_TIMESTAMP=1795428654068516\\n__CURSOR=s=1\\nMESSAGE=Reload failed for nginx.service."}',
        ),
        Sample(
            "Nov 23 10:55:00 shop-prod-2 systemd-journald[17]: Journal started",
        ),
        Sample(
            "[2026-11-23 09:56:26] production.ERROR: x\n__REALTIME_TIMESTAMP=1795428654068516\n"
            "MESSAGE=Reload failed for nginx.service.",
        ),
    ),
)
