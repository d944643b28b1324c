"""Outputs of commands, each with what jc makes of it.

Names of files alone (``ls`` without ``-l``) and what sshd is told (``sshd -T``) tell no state: they are read, and nothing is expected.
jc's ``*_epoch`` are instants of a machine in Los Angeles, whatever the text says: dates are compared as they are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from posixpath import join
from typing import Any

from tests.conformance.tally import Tally

FOLDER = "jc"
_CUT = "jc takes the last letter of the last file of a directory for a line end"
_BLANK = "a blank line at the end of the output is no part of the last name"
EXPLAINED: dict[str, str] = {
    **{f"osx-10.14.6/ls-lR-empty-folder:filename[{at}]": _CUT for at in (36, 377, 533, 553, 1817)},
    "ubuntu-18.04/ls-l-iso:filename[880]": _BLANK,
}

Rows = list[dict[str, Any]]
Expect = Callable[[str, object, object], None]
LISTINGS = ("ls-al", "ls-alR", "ls-alh", "ls-l-iso", "ls-l-newlines", "ls-lR-newlines", "ls-lR-empty-folder")


def run(folder: Path, tally: Tally) -> None:
    """Read each output by itself, in UTC and a leap year, and compare it with its answer."""
    for path in sorted(folder.glob("tests/fixtures/*/*.out")):
        timeline = tally.read(path, zone="UTC", year=2020)
        answer = path.with_suffix(".json")
        compare = next((compare for name, compare in COMPARED.items() if path.stem.startswith(name)), None)
        if not answer.exists() or compare is None or (compare is listing and path.stem not in LISTINGS):
            continue
        wanted = json.loads(answer.read_text())
        family = "log" if compare is syslog else "states"
        rows = timeline.tables[family].to_pylist()
        case = f"{path.parent.name}/{path.stem}"

        def expect(name: str, got: object, value: object, case: str = case) -> None:
            tally.expect(case, name, got, value)

        compare(expect, rows, wanted, path.stem)


def pairs(expect: Expect, rows: Rows, wanted: Rows) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The rows and the answers in order, each with its number, where there are as many of them."""
    expect("rows", len(rows), len(wanted))
    if len(rows) != len(wanted):
        return []
    return [(f"[{at}]", row, each) for at, (row, each) in enumerate(zip(rows, wanted, strict=True))]


def written(row: dict[str, Any], layout: str) -> str | None:
    """The clock of a row as a text without the zeros before days."""
    return None if row["timestamp"] is None else re.sub(r"^(\w+ )0", r"\1", row["timestamp"].strftime(layout))


def listing(expect: Expect, rows: Rows, wanted: Rows, stem: str) -> None:
    """Files: path, type and rights, owner, size, link, date."""
    for at, row, each in pairs(expect, rows, wanted):
        parent = each.get("parent")
        path = join(parent, each["filename"]) if parent else each["filename"]
        path = parent if parent and each["filename"] == "." else path
        expect(f"filename{at}", row["subject"], path)
        expect(f"flags{at}", row["file_mode"], each["flags"].rstrip(".+@"))
        expect(f"owner{at}", row["file_owner"], f"{each['owner']}:{each['group']}")
        expect(f"link_to{at}", row["link_target"], each.get("link_to"))
        if "h" not in stem.partition("-")[2].partition("-")[0]:
            expect(f"size{at}", row["file_size"], each["size"])
        if stem == "ls-l-iso":
            stamp, _, zone = each["date"].rpartition(" ")
            instant = datetime.strptime(f"{stamp[:26]}{zone}", "%Y-%m-%d %H:%M:%S.%f%z")
            expect(f"date{at}", row["timestamp"], instant.astimezone(UTC))
        else:
            expect(f"date{at}", written(row, "%b %d %H:%M" if ":" in each["date"] else "%b %d %Y"), each["date"])


def stat(expect: Expect, rows: Rows, wanted: Rows, _stem: str) -> None:
    """One file a block: path, size, rights, owner, inode, times."""
    for at, row, each in pairs(expect, rows, wanted):
        expect(f"file{at}", row["subject"], each["file"])
        expect(f"size{at}", row["file_size"], each["size"])
        expect(f"flags{at}", row["file_mode"], each["flags"])
        expect(f"inode{at}", row["inode"], each["inode"])
        expect(f"owner{at}", row["file_owner"], f"{each.get('user')}:{each['group']}")
        expect(f"link_to{at}", row["link_target"], each.get("link_to"))
        if "-" in each["modify_time"]:
            stamp, _, zone = each["modify_time"].rpartition(" ")
            instant = datetime.strptime(f"{stamp[:26]}{zone}", "%Y-%m-%d %H:%M:%S.%f%z").astimezone(UTC)
            expect(f"modify_time{at}", row["timestamp"], instant)
            changed = re.search(r"change=(\S+)", row["body"] or "")
            stamp, _, zone = each["change_time"].rpartition(" ")
            expect(f"change_time{at}", changed and changed[1], f"{stamp.replace(' ', 'T')}{zone[:3]}:{zone[3:]}")
        else:
            expect(f"modify_time{at}", written(row, "%b %d %H:%M:%S %Y"), " ".join(each["modify_time"].split()))
            changed = re.search(r"change=(.*?)(?: birth=|$)", row["body"] or "")
            expect(f"change_time{at}", changed and " ".join(changed[1].split()), " ".join(each["change_time"].split()))


def sockets(expect: Expect, rows: Rows, wanted: Rows, _stem: str) -> None:
    """Sockets: state, queues, address, process, inode."""
    for at, row, each in pairs(expect, rows, wanted):
        state = f"{each['state']} recv_q={each['recv_q']} send_q={each['send_q']}"
        expect(f"state{at}", row["status"], state)
        expect(f"listening{at}", row["listening"], each["state"] == "LISTEN")
        if "path" in each:
            expect(f"path{at}", row["subject"], each["path"])
        elif "local_address" in each:
            device = f"%{each['interface']}" if each.get("interface") else ""
            expect(f"local{at}", row["subject"], f"{each['local_address']}{device}:{each['local_port']}")
        options = each.get("opts") or {}
        if "inode_number" in options:
            expect(f"inode{at}", row["inode"], int(options["inode_number"]))
        if processes := options.get("process_id"):
            pid = str(row["process_pid"])
            expect(f"pid{at}", pid, pid if pid in processes else next(iter(processes)))


def processes(expect: Expect, rows: Rows, wanted: Rows, _stem: str) -> None:
    """Processes: number, command, state, user, parent, start."""
    for at, row, each in pairs(expect, rows, wanted):
        expect(f"pid{at}", row["process_pid"], each["pid"])
        expect(f"command{at}", row["process_command_line"], each.get("command", each.get("cmd")))
        if "stat" in each:
            expect(f"stat{at}", row["status"], each["stat"])
        owner = f"user={each.get('user', each.get('uid'))}"
        parent = f" ppid={each['ppid']}" if "ppid" in each else ""
        expect(f"user{at}", row["body"], f"{owner}{parent}")
        start = each.get("start", each.get("stime"))
        if isinstance(start, str) and len(start) == len("Oct26") and start[:3].isalpha():
            expect(f"start{at}", written(row, "%b%d"), start)


def units(expect: Expect, rows: Rows, wanted: Rows, stem: str) -> None:
    """Units, their files, sockets and jobs."""
    for at, row, each in pairs(expect, rows, wanted):
        expect(f"unit{at}", row["unit"], each.get("unit", each.get("unit_file")))
        if stem == "systemctl":
            expect(f"active{at}", row["active_state"], f"{each['active']} ({each['sub']})")
            expect(f"load{at}", row["status"], each["load"])
            expect(f"description{at}", row["body"], each["description"])
        elif stem == "systemctl-luf":
            expect(f"state{at}", row["status"], each["state"])
        elif stem == "systemctl-ls":
            expect(f"listen{at}", row["subject"], each["listen"])
            expect(f"activates{at}", row["body"], f"activates {each['activates']}" if each.get("activates") else None)
        else:
            expect(f"job{at}", row["body"], f"job {each['job']}")
            expect(f"state{at}", row["status"], f"{each['type']} {each['state']}")


def clock(expect: Expect, rows: Rows, wanted: dict[str, Any], _stem: str) -> None:
    """What ``date`` shows: the wall clock, and its zone."""
    expect("rows", len(rows), 1)
    if rows:
        expect("iso", rows[0]["timestamp"].strftime("%Y-%m-%dT%H:%M:%S"), wanted["iso"][:19])
        expect("timezone", rows[0]["status"], wanted["timezone"])


def zone(expect: Expect, rows: Rows, wanted: dict[str, Any], stem: str) -> None:
    """What ``timedatectl`` shows."""
    if stem == "timedatectl-timesync-status":
        return
    told = {row["subject"]: row for row in rows}
    for subject in ("local time", "universal time"):
        expect(subject, told[subject]["body"], wanted[subject.replace(" ", "_")])
        expect(f"epoch_utc of {subject}", told[subject]["timestamp"].timestamp(), wanted["epoch_utc"])
    expect("time zone", told["time zone"]["body"], wanted["time_zone"])


def uptime(expect: Expect, rows: Rows, wanted: dict[str, Any], _stem: str) -> None:
    """The load averages."""
    expect("rows", len(rows), 1)
    if rows:
        loads = [float(word.strip(",")) for word in rows[0]["status"].split()[1:]]
        expect("load", str(loads), str([wanted["load_1m"], wanted["load_5m"], wanted["load_15m"]]))


def syslog(expect: Expect, rows: Rows, wanted: Rows, stem: str) -> None:
    """Lines of syslog: a message of that host; those that jc cannot read are not compared. jc leaves the pid in RFC 3164's message."""
    told = [each for each in wanted if "unparsable" not in each]
    message = "content" if stem == "syslog-3164" else "message"
    known = {(row["host_name"], (row["body"] or "").strip()) for row in rows}
    for at, each in enumerate(told):
        text = re.sub(r"^(?:\([^()]*\))?\[\d+\]: ", "", each[message] or "").strip()
        wanted_of = (each["hostname"], text)
        expect(f"message[{at}]", wanted_of if wanted_of in known else None, wanted_of)


COMPARED: dict[str, Callable[[Expect, Rows, Any, str], None]] = {
    "ls": listing,
    "stat": stat,
    "ss-": sockets,
    "ps-": processes,
    "systemctl": units,
    "date": clock,
    "timedatectl": zone,
    "uptime": uptime,
    "syslog": syslog,
}
