"""What Debian's and Ubuntu's nightly upgrades say: ``/var/log/unattended-upgrades/unattended-upgrades.log``.

Real lines::

    2026-11-23 06:12:30,118 INFO Starting unattended upgrades script
    2026-11-23 06:12:33,907 INFO Packages that will be upgraded: php8.2-fpm nginx
    2026-11-23 06:12:34,001 INFO Writing dpkg log to /var/log/unattended-upgrades/unattended-upgrades-dpkg.log
    2026-11-23 06:12:46,733 INFO All upgrades installed

Its layout is Python's usual one, so that only its own messages are taken. A change begins with the packages that will be upgraded; a
run that finds none changes nothing.

Clock: local, without a zone, milliseconds. Continuation: lines without a stamp.

Grammar: unattended-upgrades ``unattended-upgrade`` (``logging.basicConfig``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.changes import PACKAGE, change, steps, that_matter
from logcorr.formats.clock import over_distinct, read_clock
from logcorr.formats.grammar import LineFormat, Sample
from logcorr.formats.tokenise import accept, table

HEAD: Final = r"^(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(?P<fraction>\d{3}) (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) "
CHANGE: Final = (
    HEAD + r"(?P<what>Packages that will be upgraded:(?P<names>.*)|All upgrades installed|Installing the upgrades failed!)\s*$"
)
#: how its messages begin
_MESSAGES: Final = (
    r"Starting unattended upgrades script|Initial (?:blacklist|whitelist)|Allowed origins are:|Marking not allowed |Applying pinning:"
    r"|Writing dpkg log to |No packages found that can be upgraded|Packages that (?:were|are|attempted) |Packages were successfully"
    r"|Packages blacklist due to |Package \S+ is kept back|[Pp]ackage '?\S+'? (?:has|is|upgradable|not|marked)|Removing unused "
    r"kernel packages:"
    r"|Keeping (?:the following )?auto-removable |Checking (?:if system is running on battery|for version upgrades)|Checking: |Option --"
    r"|dpkg returned an error|error message: |Found \S+, (?:but|rebooting)|Found .+rebooting|Lock could not be acquired|Cache (?:has|lock) "
    r"|Download finished|SIGTERM or SIGHUP received|Running on the development release|System is on (?:battery|metered) |"
    r"Running unattended-upgrades"
    r"|Unclean |Sanity |pkgs that look like they should be upgraded|Fetched |fetch\.run\(\) result|adjusting candidate|Using "
    r"(?:\(|.*procedure)"
    r"|blacklist: |whitelist: |An error occurred|Skip(?:ping)? |Exception happened during upgrade|Traceback|Reboot|Shutdown |"
    r"Giving up on lockfile"
    r"|Unattended-upgrades? |unattended-upgrades? |Could not figure out|Extracting content from|dpkg (?:is|was) interrupted|InstCount="
    r"|ending autoremoval|Dpkg::|sending mail|mail returned|The URI |left to upgrade|sending |falling back to adjusting|Autoremoval "
)
STEP: Final = HEAD + rf"(?P<body>(?:{_MESSAGES}).*)$"
BEGINS: Final = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) "


def read(lines: pa.Array) -> pa.Table:
    """Columns of the beginning and the end of an upgrade."""
    head = accept(lines, CHANGE)
    installed = pc.equal(head["what"], "All upgrades installed")
    failed = pc.starts_with(head["what"], "Installing")
    names = over_distinct(head["names"], lambda text: that_matter(text.split()), pa.string())
    return table(
        head["row"],
        {
            **read_clock(head["second"], "iso", fraction=head["fraction"]),
            **change(len(head), PACKAGE),
            "service_name": names,
            "deployment_status": pc.if_else(installed, "completed", pc.if_else(failed, "failed", "started")),
            "exit_code": head["what"],
        },
    )


def read_steps(lines: pa.Array) -> pa.Table:
    """Columns of its other messages."""
    head = accept(lines, STEP)
    return steps(head, read_clock(head["second"], "iso", fraction=head["fraction"]), "unattended-upgrades")


FORMATS = (
    LineFormat(
        name="unattended_upgrades",
        source="unattended_upgrades",
        family="deploys",
        writer="packages",
        begins=BEGINS,
        read=read,
        continues=True,
        samples=(
            Sample(
                "2026-11-23 06:12:33,907 INFO Packages that will be upgraded: libmagic1 php8.2-fpm nginx",
                {
                    "naive_us": 1_795_414_353_907_000,
                    "deployment_status": "started",
                    "change_kind": "package",
                    "service_name": "php8.2-fpm nginx",
                },
            ),
            Sample(
                "2026-11-23 06:12:46,733 INFO All upgrades installed", {"deployment_status": "completed", "service_name": None}
            ),
            Sample("2026-11-23 06:12:46,733 ERROR Installing the upgrades failed!", {"deployment_status": "failed"}),
            Sample("2026-11-23 06:12:46,733 INFO All upgrades installed, thanks"),
            Sample("2026-11-23 06:12:30,118 INFO Starting unattended upgrades script"),
        ),
    ),
    LineFormat(
        name="unattended_upgrades:step",
        source="unattended_upgrades",
        family="log",
        writer="packages",
        begins=BEGINS,
        read=read_steps,
        continues=True,
        samples=(
            Sample(
                "2026-11-23 06:12:30,118 INFO Starting unattended upgrades script",
                {"severity_number": 9, "logger": "unattended-upgrades", "body": "Starting unattended upgrades script"},
            ),
            Sample("2026-11-23 06:12:46,733 ERROR Installing the upgrades failed!"),
            Sample("2026-11-23 06:12:46,733 INFO worker started"),
        ),
    ),
)
