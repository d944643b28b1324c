"""From the journal's fields to columns: what the JSON and the export format share.

Fields whose name begins with an underscore are journald's word; all others are whatever the sender claimed. Hence ``UNIT`` and
``JOB_RESULT`` count only from root's processes, and ``USER_UNIT`` only from inside of ``user@UID.service``: an application
cannot claim that the service manager failed to reload another unit.

Fields: ``man systemd.journal-fields``; selection of units as in systemd ``src/shared/logs-show.c`` (``add_matches_for_unit``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.tokenise import blank_as_null, holds, to_int

#: copied into ``attributes``, in the order of the alphabet
ATTRIBUTES: Final = (
    "CODE_FUNC",
    "COMMAND",
    "EXIT_CODE",
    "EXIT_STATUS",
    "N_RESTARTS",
    "UNIT_RESULT",
    "_SYSTEMD_UNIT",
    "_TRANSPORT",
)

FIELDS: Final = (
    "__CURSOR",
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
    "_BOOT_ID",
    "_COMM",
    "_HOSTNAME",
    "_PID",
    "_SYSTEMD_INVOCATION_ID",
    "_UID",
    "COREDUMP_UNIT",
    "ERRNO",
    "INVOCATION_ID",
    "JOB_ID",
    "JOB_RESULT",
    "JOB_TYPE",
    "MESSAGE",
    "MESSAGE_ID",
    "OBJECT_SYSTEMD_UNIT",
    "PRIORITY",
    "SYSLOG_IDENTIFIER",
    "SYSLOG_PID",
    "UNIT",
    "USER_UNIT",
    *ATTRIBUTES,
)

#: OpenTelemetry severity numbers and syslog's words, by PRIORITY
SEVERITY: Final = {"0": 21, "1": 19, "2": 18, "3": 17, "4": 13, "5": 10, "6": 9, "7": 5}
WORDS: Final = pa.array(["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"])

#: of messages meant for a terminal; ``journalctl`` leaves it out of its short modes too
COLOUR: Final = r"\x1b\[[0-9;:]{0,30}[mK]"

#: journald's own bound of a valid clock (VALID_REALTIME)
LATEST_US: Final = 1 << 55


def realtime(texts: pa.Array) -> pa.Array:
    """Microseconds since 1970; null where systemd would not call them a time."""
    numbers = to_int(texts)
    valid = pc.and_(pc.greater(numbers, 0), pc.less(numbers, LATEST_US))
    return pc.if_else(valid, numbers, pa.scalar(None, pa.int64()))


def realtime_clock(*texts: pa.Array) -> dict[str, pa.Array]:
    """The columns of ``families.CLOCK`` for microseconds since 1970; the first text that is a time counts."""
    return {
        "naive_us": pc.coalesce(*(realtime(text) for text in texts)),
        "offset_s": pa.repeat(pa.scalar(0, pa.int32()), len(texts[0])),
        "resolution_s": pa.repeat(pa.scalar(1e-6, pa.float32()), len(texts[0])),
        "yearless": pa.repeat(pa.scalar(value=False), len(texts[0])),
    }


def attributes(fields: Mapping[str, pa.Array]) -> pa.Array:
    """The fields of ``ATTRIBUTES`` that are present, as a JSON object; null where there is none."""
    pairs = []
    for name in ATTRIBUTES:
        encoded = fields[name].dictionary_encode()
        pair = [f', "{name}": {json.dumps(text, ensure_ascii=False)}' for text in encoded.dictionary.to_pylist()]
        pairs.append(pc.fill_null(pa.array(pair, pa.string()).take(encoded.indices), ""))
    joined = blank_as_null(pc.utf8_slice_codeunits(pc.binary_join_element_wise(*pairs, ""), 2))
    return pc.binary_join_element_wise("{", joined, "}", "")


def columns_of(fields: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The columns of entries whose fields are given as text, null where an entry lacks one.

    ``fields`` has all of ``FIELDS``, equally long. Clock: that of the sender where journald recorded it, else that of receipt;
    ``naive_us`` is null where neither is a time.
    """
    nothing = pa.scalar(None, pa.string())
    own = fields["_SYSTEMD_UNIT"]
    rooted = pc.fill_null(pc.equal(fields["_UID"], "0"), fill_value=True)
    in_user = pc.fill_null(pc.starts_with(own, "user@"), fill_value=True)
    trusted = pc.or_(rooted, in_user)
    system_unit = pc.coalesce(fields["UNIT"], fields["OBJECT_SYSTEMD_UNIT"], fields["COREDUMP_UNIT"])
    claimed = {
        name: pc.if_else(trusted, fields[name], nothing) for name in ("JOB_TYPE", "JOB_ID", "JOB_RESULT", "INVOCATION_ID")
    }
    priority, body = fields["PRIORITY"], fields["MESSAGE"]
    severity = over_distinct(priority, SEVERITY.get, pa.int8())
    errno = pc.if_else(pc.match_substring_regex(fields["ERRNO"], r"^\d{1,9}$"), fields["ERRNO"], nothing)
    return {
        **realtime_clock(fields["_SOURCE_REALTIME_TIMESTAMP"], fields["__REALTIME_TIMESTAMP"]),
        "host_name": fields["_HOSTNAME"],
        "service_name": pc.coalesce(fields["SYSLOG_IDENTIFIER"], fields["_COMM"]),
        "process_pid": pc.coalesce(to_int(fields["_PID"]), to_int(fields["SYSLOG_PID"])),
        "severity_number": severity,
        "severity_text": WORDS.take(pc.if_else(pc.is_valid(severity), to_int(priority), pa.scalar(None, pa.int64()))),
        "body": pc.replace_substring_regex(body, COLOUR, "") if holds(body, b"\x1b") else body,
        "unit": pc.coalesce(
            pc.if_else(rooted, system_unit, nothing),
            pc.if_else(in_user, fields["USER_UNIT"], nothing),
            pc.if_else(pc.equal(own, "init.scope"), nothing, own),
        ),
        "job_type": claimed["JOB_TYPE"],
        "job_id": claimed["JOB_ID"],
        "job_result": claimed["JOB_RESULT"],
        "invocation_id": pc.coalesce(claimed["INVOCATION_ID"], fields["_SYSTEMD_INVOCATION_ID"]),
        "boot_id": fields["_BOOT_ID"],
        "journal_message_id": fields["MESSAGE_ID"],
        "errno": to_int(errno, pa.int32()),
        "attributes": attributes(fields),
    }
