"""The kernel's ring buffer, as ``dmesg`` prints it.

Real lines::

    [    3.798085] usb 1-1: New USB device found, idVendor=1d6b, idProduct=0002, bcdDevice= 6.01
    [Mon Nov 23 10:55:00 2026] Out of memory: Killed process 4711 (node) total-vm:1207356kB
    kern  :err   : [ 8211.220113] EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm node: reading directory lblock 0
    <6>[    0.000000] Linux version 6.1.0-25-amd64
    2026-11-23T10:55:00,123456+01:00 nginx[4711]: segfault at 0 ip 000055d0c0ffee00 sp 00007ffd0badf00d error 4 in nginx

Clock: none by itself (seconds since the boot, in ``attributes`` as ``monotonic_s``). ``-T`` works out the server's wall clock, without a
zone, and is wrong after a suspend; ``--time-format iso`` adds the offset. The minutes and differences of ``-H`` are no clock.
Continuation: the further lines of a message are indented.
Apache's old errors and PHP's own server begin with the same date; what follows it tells them apart.
Everything is the kernel's word but what systemd writes into its buffer. ``journalctl -o short-monotonic`` looks alike; its lines name host
and process.

Grammar: util-linux ``sys-utils/dmesg.c``; Linux ``kernel/printk/printk.c`` (``print_prefix``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.clock import read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.syslog_priority import severity
from logcorr.formats.syslog_tags import HOST, monotonic_attribute
from logcorr.formats.tokenise import accept, to_int

PREFIX: Final = r"^(?:<(?P<pri>\d{1,3})>|(?P<facility>[a-z]{2,8}[0-7]?) *: ?(?P<level>[a-z]{3,6}) *: ?)?"
STAMP: Final = (
    r"(?:\[ *(?P<monotonic>\d{1,10}\.\d{6})(?: < *\d{1,10}\.\d{6}>)?\](?: ?\[ *[TC]\d{1,7}\])?"
    r"|\[(?P<wall>[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4})\]"
    r"|\[ *\+\d{1,10}\.\d{6}\]|\[[A-Z][a-z]{2} ?\d{1,2} \d\d:\d\d\]"
    r"|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d),(?P<fraction>\d{6})(?P<offset>[+-]\d\d:\d\d|Z))"
)
WRITERS: Final = r"(?:systemd[a-z-]*|\(sd-[a-z]+\)|dracut[a-z-]*|udevd|init)"
BODY: Final = r" (?:kernel: )?(?:(?P<ident>" + WRITERS + r")(?:\[(?P<pid>\d{1,10})\])?: )?(?P<body>.*)$"
#: what others write behind such a date: Apache's errors, PHP's own server, levels
OTHERS: Final = (
    r"^(?:\[|PHP |\d{1,3}(?:\.\d{1,3}){3}(?::\d|\s)|"
    r"(?i:trace|debug|info|notice|warn|warning|error|err|critical|crit|alert|fatal|emergency)\b)"
)
_CLOCK: Final = r"^\[ *\d{1,10}\.\d{6}\] "
#: a line of ``short-monotonic``, with its host, or by its process alone
JOURNALS: Final = _CLOCK + HOST + r" (?:[^\s\"'={}]+\[\d{1,10}\]|kernel|audit|unknown):(?: |$)"
PROCESS: Final = _CLOCK + r"[^\s\"'={}\[]+\[\d{1,10}\]: "
#: but for what the kernel says of a process, and who writes into the kernel's buffer
KERNELS: Final = (
    _CLOCK
    + r"(?:"
    + WRITERS
    + r"\[\d{1,10}\]|[^\s\[]+\[\d{1,10}\]: (?:segfault|unhandled|bad frame|vsyscall|general protection|trap)\b)"
)


def is_journals(lines: pa.Array) -> pa.Array:
    """Which lines are those of ``journalctl -o short-monotonic``."""
    alone = pc.and_not(pc.match_substring_regex(lines, PROCESS), pc.match_substring_regex(lines, KERNELS))
    return pc.or_(pc.match_substring_regex(lines, JOURNALS), alone)


def read(lines: pa.Array) -> pa.Table:
    """Columns of the lines of the kernel's buffer."""
    head = accept(lines, PREFIX + STAMP + BODY)
    head = head.filter(pc.invert(is_journals(lines.take(head["row"].combine_chunks()))))
    others = pc.match_substring_regex(pc.fill_null(head["body"], ""), OTHERS)
    head = head.filter(pc.invert(pc.and_(pc.is_valid(head["wall"]), others)))
    wall = read_clock(head["wall"], "lstart")
    iso = read_clock(head["iso"], "iso", fraction=head["fraction"], offset=head["offset"])
    dated = pc.or_(pc.is_valid(head["wall"]), pc.is_valid(head["iso"]))
    named = pc.binary_join_element_wise(head["facility"], head["level"], ".")
    count = head.num_rows
    columns = {
        "row": head["row"],
        "naive_us": pc.coalesce(wall["naive_us"], iso["naive_us"]),
        "offset_s": iso["offset_s"],
        "resolution_s": pc.if_else(pc.is_valid(head["iso"]), iso["resolution_s"], wall["resolution_s"]),
        "yearless": pa.repeat(pa.scalar(value=False), count),
        "service_name": pc.fill_null(head["ident"], "kernel"),
        "process_pid": to_int(head["pid"]),
        **severity(pc.coalesce(head["pri"], named)),
        "body": pc.fill_null(head["body"], ""),
        "attributes": monotonic_attribute(head["monotonic"]),
    }
    found = pa.table(columns)
    return found.filter(pc.or_(pc.is_valid(found["naive_us"]), pc.invert(dated)))


FORMAT = LineFormat(
    name="dmesg",
    source="journal",
    family="log",
    writer="journal",
    begins=(
        r"^(?:<\d{1,3}>|[a-z]{2,8}[0-7]? *: ?[a-z]{3,6} *: ?)?"
        r"(?:\[[ +]*\d{1,10}\.\d{6}[ \]]|\[[A-Z][a-z]{2} ?[A-Z\d]|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,)"
    ),
    read=read,
    continues=True,
    indents=True,
    samples=(
        Sample(
            "[    3.798085] usb 1-1: New USB device found, idVendor=1d6b, idProduct=0002, bcdDevice= 6.01",
            {
                "naive_us": None,
                "service_name": "kernel",
                "body": "usb 1-1: New USB device found, idVendor=1d6b, idProduct=0002, bcdDevice= 6.01",
                "attributes": '{"monotonic_s": 3.798085}',
            },
        ),
        Sample(
            "[Mon Nov 23 10:55:00 2026] Out of memory: Killed process 4711 (node) total-vm:1207356kB",
            {"naive_us": 1_795_431_300_000_000, "offset_s": None, "service_name": "kernel", "attributes": None},
        ),
        Sample(
            "kern  :err   : [ 8211.220113] EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm node",
            {
                "severity_number": 17,
                "severity_text": "err",
                "body": "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm node",
            },
        ),
        Sample(
            "<6>[    0.000000] Linux version 6.1.0-25-amd64", {"severity_number": 9, "body": "Linux version 6.1.0-25-amd64"}
        ),
        Sample(
            "[    0.004112][    T0] Dentry cache hash table entries: 262144",
            {"body": "Dentry cache hash table entries: 262144"},
        ),
        Sample(
            "2026-11-23T10:55:00,123456+01:00 nginx[4711]: segfault at 0 ip 000055d0c0ffee00 error 4 in nginx",
            {"naive_us": 1_795_431_300_123_456, "offset_s": 3600, "service_name": "kernel", "process_pid": None},
        ),
        Sample(
            "[    3.901234] systemd[1]: Inserted module 'autofs4'",
            {"service_name": "systemd", "process_pid": 1, "body": "Inserted module 'autofs4'"},
        ),
        Sample(
            "[ 8211.220113] nginx[4711]: segfault at 0 ip 000055d0c0ffee00 sp 00007ffd0badf00d error 4 in nginx",
            {
                "service_name": "kernel",
                "body": "nginx[4711]: segfault at 0 ip 000055d0c0ffee00 sp 00007ffd0badf00d error 4 in nginx",
            },
        ),
        Sample("[ 1464.736799] shop-prod-2 systemd-journald[17]: Journal started"),
        Sample("[ 1464.736799] nginx[4711]: reopening logs"),
        Sample("[Mon Feb 30 10:55:00 2026] Out of memory: Killed process 4711 (node)"),
        Sample("[Mon Nov 23 10:55:00 2026] [error] [client 192.0.2.7] File does not exist: /srv/www/favicon.ico"),
        Sample("[    12.345] (II) Loading extension GLX"),
        Sample('{"msg":"[    3.798085] Out of memory: Killed process 4711 (node)"}'),
    ),
)
