"""Who listens where: ``ss -lx``, ``ss -ltnp`` and their kin, ``/proc/net/unix``, ``netstat``.

Real lines::

    Netid State  Recv-Q Send-Q                              Local Address:Port   Peer Address:PortProcess
    u_str LISTEN 0      4096                     /run/php/php8.2-fpm.sock 251583            * 0
    u_str LISTEN 0      4096  /run/php/php8.2-fpm.sock 84023 * 0 users:(("php-fpm8.2",pid=83,fd=10)) <-> ino:540 dev:0/63 peers:
    LISTEN 107   2048                   /run/reports/gunicorn.sock 875068            * 0
    tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN      0          11821      4009/nginx: master

No clock: it is the state at the time of the call. The number after a path is the inode of the socket, not of the file (``-e``
adds that as ``ino:``). Of a listener ``Recv-Q`` counts the connections that wait, ``Send-Q`` is how many may. A path may have
several rows, and a row may be of a path that was unlinked. Old versions wrap long rows: indented lines belong to the row above.

Grammar: iproute2 ``misc/ss.c``; kernel ``net/unix/af_unix.c`` (``unix_seq_show``); net-tools ``netstat.c``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

HEADER: Final = re.compile(r"(?:Netid\s+)?State\s+Recv-Q\s+Send-Q\s+Local Address:Port\s+Peer Address:Port.*")
PROC_HEADER: Final = re.compile(r"Num\s+RefCount\s+Protocol\s+Flags\s+Type\s+St\s+Inode\s+Path")
NETSTAT_HEADER: Final = re.compile(r"Proto\s+RefCnt\s+Flags\s+Type\s+State\s+I-Node.*Path")
INET_HEADER: Final = re.compile(r"Proto\s+Recv-Q\s+Send-Q\s+Local Address\s+(?:Foreign|Remote) Address(?:\s.*)?")
TITLES: Final = ("Active UNIX domain sockets", "Active Internet connections", "RTNETLINK answers: ")
INET_ROW: Final = re.compile(
    r"(?:tcp|udp|udplite|raw|sctp)[46]{0,2}\s+(?P<waiting>\d+)\s+(?P<most>\d+)\s+(?P<local>\S+[:.][\d*a-z-]+)\s+(?P<peer>\S+[:.][\d*a-z-]+)"
    r"(?:\s+(?P<state>[A-Z][A-Z_]{3,11}[12]?))?(?:\s+\S+\s+(?P<inode>\d{1,18})(?=\s|$))?(?:\s+(?:(?P<pid>\d{1,10})(?:/(?P<program>.*?))?|-))?"
    r"(?:\s+(?:off|on|keepalive|timewait|unkn-\d+|probe) \([^)]*\))?\s*",
    re.ASCII,
)

ROW: Final = re.compile(
    r"(?:(?P<netid>[a-z?][\w?-]*)\s+)?"
    r"(?P<state>LISTEN|UNCONN|ESTAB|SYN-SENT|SYN-RECV|FIN-WAIT-[12]|TIME-WAIT|CLOSE-WAIT|LAST-ACK|CLOSING|CLOSED)\s+"
    r"(?P<waiting>\d+)\s+(?P<most>-?\d+)\s+(?P<rest>\S.*)"
)
PROC_ROW: Final = re.compile(
    r"[0-9a-f]{8,16}: [0-9A-F]{8} [0-9A-F]{8} (?P<flags>[0-9A-F]{8}) \d{4} (?P<state>\d\d) +(?P<inode>\d{1,18})"
    r"(?: (?P<path>.+))?"
)
NETSTAT_ROW: Final = re.compile(
    r"unix\s+\d+\s+\[ (?P<flags>[A-Z ]*)\]\s+[A-Z]+\s+(?:(?P<state>[A-Z]+)\s+)?(?P<inode>\d{1,18})\s*(?P<rest>.*)"
)
PID: Final = re.compile(r'\("[^"]*",(?:pid=)?(\d{1,10})')
FILE: Final = re.compile(r"\bino:\d+ dev:\S+")
SOCKET_INODE: Final = re.compile(r"\bino:(\d{1,18})\b")
#: the flag __SO_ACCEPTCON
ACCEPTS: Final = "00010000"


def listener(address: str, **columns: object) -> dict[str, object]:
    """The columns of one row."""
    return {"naive_us": None, "subject": address, "subject_kind": "listener", **columns}


def read_ss(text: str) -> dict[str, object] | None:
    """Columns of a row of ``ss``, its wrapped lines joined; None when it is none."""
    row = ROW.fullmatch(text)
    if not row:
        return None
    words = row["rest"].split()
    address, inode = words[0], None
    local = row["rest"].partition("users:((")[0]
    is_unix = (row["netid"] or ("u_" if local.startswith(("/", "@")) else "")).startswith("u_")
    if is_unix:
        numbers = (at for at in range(1, len(words) - 2) if words[at].isdecimal() and words[at + 2].isdecimal())
        at = next(numbers, None)
        if at is None:
            return None
        address, inode = " ".join(words[:at]), int(words[at][:18])
    elif number := SOCKET_INODE.search(row["rest"]):
        inode = int(number[1])
    _, mark, users = row["rest"].partition("users:((")
    users = f"{mark}{users.partition('))')[0]}))" if mark else ""
    pid = PID.search(users)
    file = FILE.search(row["rest"]) if is_unix else None
    return listener(
        address,
        listening=row["state"] == "LISTEN",
        inode=inode,
        process_pid=int(pid[1]) if pid else None,
        status=f"{row['state']} recv_q={row['waiting']} send_q={row['most']}",
        body=" ".join(part for part in (users, file[0] if file else "") if part) or None,
    )


def read_proc(text: str) -> dict[str, object] | None:
    """Columns of a row of ``/proc/net/unix``."""
    row = PROC_ROW.fullmatch(text)
    if not row:
        return None
    return listener(row["path"] or "*", listening=row["flags"] == ACCEPTS and row["state"] == "01", inode=int(row["inode"]))


def read_netstat(text: str) -> dict[str, object] | None:
    """Columns of a row of ``netstat -x``."""
    row = NETSTAT_ROW.fullmatch(text)
    if not row:
        return None
    process, slash, path = row["rest"].partition(" ") if not row["rest"].startswith(("/", "@")) else ("", "", row["rest"])
    pid, named, _ = process.partition("/")
    return listener(
        path.strip() if path or slash else row["rest"] or "*",
        listening="ACC" in row["flags"],
        inode=int(row["inode"]),
        process_pid=int(pid) if named and pid.isdecimal() and len(pid) <= len("4194304000") else None,
        status=row["state"],
    )


def read_inet(text: str) -> dict[str, object] | None:
    """Columns of a row of ``netstat -tunap``."""
    row = INET_ROW.fullmatch(text)
    if not row:
        return None
    state = row["state"] or "UNCONN"
    return listener(
        row["local"],
        listening=state == "LISTEN",
        inode=int(row["inode"]) if row["inode"] and int(row["inode"]) else None,
        process_pid=int(row["pid"]) if row["pid"] else None,
        status=f"{state} recv_q={row['waiting']} send_q={row['most']}",
        body=" ".join(part for part in (row["program"], "" if row["peer"].endswith("*") else f"peer={row['peer']}") if part)
        or None,
    )


READERS: Final[tuple[tuple[re.Pattern[str], Callable[[str], dict[str, object] | None]], ...]] = (
    (HEADER, read_ss),
    (PROC_HEADER, read_proc),
    (NETSTAT_HEADER, read_netstat),
    (INET_HEADER, read_inet),
)


def rows_of(lines: Sequence[str]) -> list[Fact] | None:
    """A fact of each row; None when a line is neither row nor header."""
    reader: Callable[[str], dict[str, object] | None] | None = None
    rows: list[tuple[int, list[str], Callable[[str], dict[str, object] | None]]] = []
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        if not text or text.startswith(TITLES):
            continue
        if new := next((each for header, each in READERS if header.fullmatch(text)), None):
            reader = new
        elif reader is None:
            return None
        elif text[0].isspace() and rows:
            rows[-1][1].append(text.strip())
        else:
            rows.append((number, [text], reader))
    facts = []
    for number, texts, each in rows:
        columns = each(" ".join(texts))
        if columns is None:
            return None
        facts.append(Fact("states", number, number + len(texts) - 1, columns))
    return facts if reader else None


def recognise(lines: Sequence[str]) -> bool:
    """Whether it begins with a header of ``ss`` or its kin, and all other lines are rows."""
    return rows_of(lines) is not None


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a socket."""
    return rows_of(lines) or []


_HEADER: Final = "Netid State  Recv-Q Send-Q                              Local Address:Port   Peer Address:PortProcess\n"

FORMAT = DocumentFormat(
    name="socket_list",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            _HEADER + "u_str LISTEN 0      4096                     /run/php/php8.2-fpm.sock 251583            * 0          ",
            {
                "naive_us": None,
                "subject": "/run/php/php8.2-fpm.sock",
                "subject_kind": "listener",
                "listening": True,
                "inode": 251_583,
                "process_pid": None,
                "body": None,
                "status": "LISTEN recv_q=0 send_q=4096",
                "line": 2,
            },
        ),
        Sample(
            _HEADER + 'u_str LISTEN 0 4096 /run/php/php8.2-fpm.sock 84023 * 0    users:(("php-fpm8.2",pid=83,fd=10),'
            '("php-fpm: pool",pid=76,fd=8)) <-> ino:540 dev:0/63 peers:',
            {
                "inode": 84_023,
                "process_pid": 83,
                "body": 'users:(("php-fpm8.2",pid=83,fd=10),("php-fpm: pool",pid=76,fd=8)) ino:540 dev:0/63',
            },
        ),
        Sample(
            "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
            'LISTEN 0      511          0.0.0.0:80        0.0.0.0:*    users:(("nginx",pid=76,fd=6),("nginx",pid=43,fd=6))',
            {"subject": "0.0.0.0:80", "listening": True, "process_pid": 76, "inode": None},
        ),
        Sample(_HEADER + "u_dgr UNCONN 0 0 /run/systemd/journal/syslog 251260 * 0", {"listening": False, "inode": 251_260}),
        Sample(
            "Netid  State      Recv-Q Send-Q Local Address:Port               Peer Address:Port\n"
            'tcp    LISTEN     0      128       *:111                   *:*      \n         users:(("rpcbind",953,9))',
            {"subject": "*:111", "process_pid": 953},
        ),
        Sample(
            "Num       RefCount Protocol Flags    Type St Inode Path\n"
            "0000000000000000: 00000002 00000000 00010000 0001 01 84023 /run/php/php8.2-fpm.sock",
            {"subject": "/run/php/php8.2-fpm.sock", "listening": True, "inode": 84_023},
        ),
        Sample(
            "Active UNIX domain sockets (only servers)\n"
            "Proto RefCnt Flags       Type       State         I-Node   PID/Program name     Path\n"
            "unix  2      [ ACC ]     STREAM     LISTENING     122241   83/php-fpm: master   /run/php/php8.2-fpm.sock",
            {"listening": True, "inode": 122_241, "process_pid": 83},
        ),
        Sample(
            "Active Internet connections (only servers)\n"
            "Proto Recv-Q Send-Q Local Address           Foreign Address         State       User       Inode      PID/Program name\n"
            "tcp        0    511 0.0.0.0:80              0.0.0.0:*               LISTEN      0          11821      43/nginx: master\n"
            "udp        0      0 127.0.0.53:53           0.0.0.0:*                           101        19022      612/systemd-resolve",
            {
                "subject": "0.0.0.0:80",
                "listening": True,
                "inode": 11_821,
                "process_pid": 43,
                "status": "LISTEN recv_q=0 send_q=511",
            },
        ),
        Sample("u_str LISTEN 0 4096 /run/php/php8.2-fpm.sock 251583 * 0"),
        Sample(_HEADER + "Nov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
        Sample("State of the union: LISTEN"),
    ),
)
