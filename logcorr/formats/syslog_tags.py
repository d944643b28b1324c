r"""Who said what, behind the clock of a syslog line: host, tag with process, message.

What follows the clock::

    shop-prod-2 php-fpm8.2[1946]: [23-Nov-2026 09:56:26] ERROR: FPM initialization failed
    systemd[1]: Reloading.                                   (journalctl --no-hostname)
    2001:db8::17 kernel: Out of memory: Killed process 4711 (node)
    shop-prod-2 auth.info sshd[811]: Accepted publickey       (busybox; BSD's syslogd: ``<auth.info> shop-prod-2 sshd[811]: ...``)
    shop-prod-2 last message repeated 3 times
    mac-7 com.apple.xpc.launchd[1] (com.apple.mdworker[50989]): Service exited

A tag ends with a colon; what stands before the process may be a path or have a slash. Without a host, a line must name its process, or
be the kernel's, to be told from an application's own line.

Bodies stay as they are written: rsyslog's ``#011`` (tab) and ``#012`` (line end) too, as a text may hold them by itself.

Grammar: RFC 3164 section 4.1; systemd ``src/shared/logs-show.c`` (``output_short``); rsyslog ``tools/pmrfc3164.c``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import over_distinct
from logcorr.formats.heads import accept_heads
from logcorr.formats.syslog_priority import NAMED, facility_attribute, severity
from logcorr.formats.tokenise import accept, to_int

HOST: Final = r"[^\s\[\]\"'={}()<>]*[^\s\[\]\"'={}()<>:,]"

#: what follows the clock in all of journalctl's short modes and in syslog files; ``--no-hostname`` leaves out the host
TAIL: Final = (
    r"(?:<(?P<marked>[a-z0-9]{1,10}\.[a-z0-9]{1,10})> )?(?:(?P<host>" + HOST + r") )?(?:(?P<named>" + NAMED + r") )?"
    r"(?P<ident>[^\s\"'={}\[][^\s\"'={}]*?)(?:\[(?P<pid>\d{1,10})\])?:(?: (?P<body>.*))?$"
)  # fmt: skip

#: the same where a tag has its process but no colon, a name of several words, or where syslogd itself speaks
ODD_TAILS: Final = (
    r"(?:(?P<host>" + HOST + r"):? )?(?:--- )?(?P<repeated>last message (?:repeated|buffered) \d{1,9} times?)(?: ---)?$",
    r" *(?:(?P<host>" + HOST + r") )?(?P<ident>[^\s\"'={}\[\]:]+) ?\[(?P<pid>\d{1,10})\](?::\s?|\s)(?P<body>.*)$",
    r"(?P<host>" + HOST + r") (?P<ident>[A-Za-z][\w.-]*(?: [\w.-]+){1,3})\[(?P<pid>\d{1,10})\]: (?P<body>.*)$",
)

#: tags without a process and without a host, or without a colon: only where something else proves that a syslog wrote the line
BARE_TAILS: Final = (
    r"(?P<ident>[A-Za-z_][\w./@+-]{0,47}|%[A-Z][\w-]{2,60}):(?: (?P<body>.*))?$",
    r"(?:(?P<host>" + HOST + r") )?: ?(?P<body>%[A-Z].*)$",
    r"(?P<host>" + HOST + r") (?P<ident>[A-Za-z][\w./,-]*) (?P<body>[\[('<\d].*)$",
    r"(?P<ident>[A-Za-z][\w./-]*) (?P<body>\[.*)$",
    r"(?P<host>[A-Za-z0-9][\w-]*(?:[.-]\w[\w-]*)+|\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}) (?P<body>.+)$",
    r"(?P<body>.+)$",
)

#: the kernel's own clock before its text, as kern.log has it
UPTIME: Final = r"^\[ *(?P<monotonic>\d{1,10}\.\d{6})\] "

COLUMNS: Final = ("marked", "host", "named", "ident", "pid", "body", "repeated")

_NAMED_ALONE: Final = re.compile(NAMED)

#: where these stand in place of the host, an application wrote the line: ``2026-11-23T10:55:00+00:00 INFO main: started``
LEVELS: Final = pa.array(
    [
        *("trace", "verbose", "debug", "info", "notice", "warn", "warning", "error", "err"),
        *("crit", "critical", "alert", "emerg", "fatal", "panic"),
    ]
)


def accept_said(
    lines: pa.Array, clock: str, tails: Sequence[str] = (TAIL, *ODD_TAILS), *, proved: bool = False, usual: str = ""
) -> pa.Table:
    """The lines that the expression ``clock`` begins and one of the ``tails`` ends, the first that does.

    A line must name a host, a process or the kernel, unless it is ``proved`` that a syslog wrote it. ``usual`` is the clock as most lines
    have it, where ``clock`` takes long to try.
    """
    found: list[pa.Table] = []
    left: np.ndarray = np.arange(len(lines), dtype=np.int32)
    if tails[0] == TAIL and (heads := accept_heads(lines, usual or clock, TAIL, keep=None if proved else is_syslogs)):
        found.append(completed(heads.table()))
        left = np.delete(left, heads.rows.to_numpy())
    for tail in tails:
        if found and not len(left):
            break
        head = completed(accept(lines if len(left) == len(lines) else lines.take(pa.array(left)), clock + tail))
        head = head if proved else head.filter(is_syslogs(head))
        taken = head["row"].to_numpy()
        found.append(head.set_column(head.column_names.index("row"), "row", pa.array(left[taken], pa.int32())))
        left = np.delete(left, taken)
    whole = pa.concat_tables(found, promote_options="default")
    return (whole.sort_by("row") if len(found) > 1 else whole).combine_chunks()


def completed(head: pa.Table) -> pa.Table:
    """The groups of a tail, with those that it lacks as null."""
    for name in COLUMNS:
        if name not in head.column_names:
            head = head.append_column(name, pa.nulls(head.num_rows, pa.string()))
    return head


def is_syslogs(head: pa.Table) -> pa.ChunkedArray:
    """Which lines name a host, a process or the kernel, and no level in place of them."""
    head = completed(head)
    named = pc.or_(pc.is_valid(head["host"]), pc.is_valid(head["pid"]))
    kernel = pc.fill_null(pc.equal(head["ident"], "kernel"), fill_value=False)
    named = pc.or_(named, pc.or_(kernel, pc.is_valid(head["repeated"])))
    level = pc.is_in(pc.utf8_lower(pc.coalesce(head["host"], head["ident"])), LEVELS)
    return pc.fill_null(pc.and_not(named, level), fill_value=False)


def said(head: pa.Table) -> dict[str, pa.Array]:
    """The columns of what the tails captured; ``pri`` is a priority that stood before the clock."""
    named = head["named"]
    host = head["host"]
    only = over_distinct(host, lambda text: bool(_NAMED_ALONE.fullmatch(text)), pa.bool_())  # busybox without hosts
    only = pc.fill_null(only, fill_value=False)
    named = pc.if_else(only, host, named)
    priority = pc.coalesce(*([head["pri"]] if "pri" in head.column_names else []), head["marked"], named)
    ident = pc.if_else(pc.is_valid(head["repeated"]), pa.scalar("syslogd"), head["ident"])
    body = pc.fill_null(pc.coalesce(head["body"], head["repeated"]), "")
    uptime = pa.nulls(head.num_rows, pa.string())
    if pc.any(kernels := pc.equal(ident, "kernel")).as_py():
        own = pc.if_else(kernels, body, pa.scalar(None, pa.string())).combine_chunks()
        uptime = pc.struct_field(pc.extract_regex(own, UPTIME), "monotonic")
        body = pc.if_else(pc.is_valid(uptime), pc.replace_substring_regex(body, UPTIME, ""), body)
    return {
        "host_name": pc.if_else(only, pa.scalar(None, pa.string()), host),
        "service_name": ident,
        "process_pid": to_int(head["pid"]),
        "body": body,
        **severity(priority),
        "attributes": pc.coalesce(monotonic_attribute(uptime), facility_attribute(priority)),
    }


def monotonic_attribute(seconds: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """``{"monotonic_s": 57.230935}``, or null: seconds since the boot, where a line shows them."""
    return pc.binary_join_element_wise('{"monotonic_s": ', seconds, "}", "")
