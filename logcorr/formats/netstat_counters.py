"""Counters of the network: ``netstat -s``.

Real lines::

    Tcp:
        1203 active connection openings
        3 failed connection attempts
    TcpExt:
        107 times the listen queue of a socket overflowed
        107 SYNs to LISTEN sockets dropped

``subject`` is the protocol, ``body`` the line: that queues of listeners overflow stands nowhere else. No clock: counted since the boot.

Grammar: net-tools ``statistics.c``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

_PROTOCOLS: Final = "Ip|Ip6|Icmp|Icmp6|IcmpMsg|Tcp|TcpExt|Udp|Udp6|UdpLite|UdpLite6|IpExt|MPTcpExt|Sctp"
SECTION: Final = re.compile(rf"(?P<name>{_PROTOCOLS}):")
COUNTER: Final = re.compile(r"\s+(?P<text>\S.*)")
NUMBERED: Final = re.compile(r"\s+(?:\d+ [a-zA-Z]|.*: \d+$)")
PROBLEM: Final = re.compile(r"error parsing /proc/net/\S+: .+")


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is sections of protocols with counters in them, and nothing else."""
    inside = counted = False
    for line in lines:
        text = line.rstrip()
        if SECTION.fullmatch(text):
            inside = True
        elif inside and COUNTER.fullmatch(text):
            counted = counted or bool(NUMBERED.match(text))
        elif text and not PROBLEM.fullmatch(text):
            return False
    return counted


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a counter."""
    facts = []
    section = None
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        if head := SECTION.fullmatch(text):
            section = head["name"]
        elif section and (counter := COUNTER.fullmatch(text)):
            columns = {"naive_us": None, "subject": section, "subject_kind": "counter", "body": counter["text"]}
            facts.append(Fact("states", number, number, columns))
    return facts


FORMAT = DocumentFormat(
    name="network_counters",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "Tcp:\n    1203 active connection openings\nTcpExt:\n    107 times the listen queue of a socket overflowed",
            {
                "subject": "Tcp",
                "subject_kind": "counter",
                "body": "1203 active connection openings",
                "line": 2,
                "naive_us": None,
            },
        ),
        Sample("Tcp:\n    no counter here"),
        Sample("Tcp:"),
        Sample("    107 times the listen queue of a socket overflowed"),
    ),
)
