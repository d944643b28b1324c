"""Which host each row is of: as its line says, else as its file, its folder or the whole evidence does.

A host that a line names is the row's. What a line leaves open is filled by the first of these that tells:

1. the other lines of the file, where they name one host (one that names several, as a central log server's does, stays open);
2. the folders around the file, the nearest first: one whose lines name one host; else one that holds a file ``hostname`` with a name in
   it (an image of ``/etc``, an sos report); else one that lies beside others with the same kinds of logs (``web1/access.log``,
   ``web2/access.log``): then its own name is the host;
3. the one host that the evidence knows.

An archive is a folder. ``web1`` and ``web1.example.org`` are one host, unless there is a ``web1`` in another domain too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.evidence.rotation import place_of
from logcorr.reading import FileFacts
from logcorr.timeline.requests import Requests

#: families whose rows are of a host, beside requests
FAMILIES: Final = ("log", "deploys", "states", "configuration")
#: names that every machine has: they tell none from another
UNSPECIFIC: Final = frozenset(
    {"localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "(none)", "-", "?", ""}
)
#: what archives append to the name of what they hold
_ARCHIVED: Final = re.compile(r"(?i)(?:\.(?:tar|tgz|tbz2?|txz|zip|gz|bz2|xz|zst|zstd|lz4))+$")
#: ``sosreport-HOST-[CASE-]DATE-RANDOM``, ``scc_HOST_DATE_TIME``
_REPORT: Final = (
    re.compile(r"^sosreport-(?P<host>.+?)-(?:\w+-)?\d{4}-\d{2}-\d{2}-[a-z]{4,}(?:-obfuscated)?$"),
    re.compile(r"^(?:scc|nts)_(?P<host>.+?)_\d{6}_\d{4}$"),
)
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?")
_STATED: Final = re.compile(r"^\s*(?:Static|Transient) hostname: (\S+)\s*$")
#: folders that hold a kind of log, a time or a copy, not a machine
_NO_HOST: Final = re.compile(
    r"(?i)(?:var|etc|run|srv|opt|home|tmp|root|usr|logs?|journal|systemd|archived?|old|backups?|rotated|data|evidence|before|after|current"
    r"|nginx|apache2?|httpd|caddy|traefik|haproxy|varnish|php[\d.]*(?:-fpm)?|mysql|mariadb|postgresql|redis|access|errors?|apps?|[\d_.:T-]+)"
)
_SMALL: Final = 40  # lines of what ``hostnamectl`` and ``hostname`` print


@dataclass(frozen=True, slots=True)
class Clue:
    """What one file tells of hosts: those that its lines name, one that it states as a whole, and the kinds of logs in it."""

    file: str
    named: frozenset[str] = frozenset()
    stated: str = ""
    kinds: frozenset[str] = frozenset()


@dataclass(eq=False)
class Folder:
    """A folder with what lies below it, at any depth; ``own`` are the hosts that its own files name."""

    name: str
    parent: Folder | None = None
    named: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    stated: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    children: list[Folder] = field(default_factory=list)


def set_hosts(
    tables: dict[str, pa.Table], requests: Requests, facts: Sequence[FileFacts] = (), copies: Iterable[tuple[str, str]] = ()
) -> str | None:
    """Name the host of every row of which it is known; returns the only one that the evidence knows.

    ``copies`` are files of which one repeats the other: folders that hold such are no two hosts.
    """
    clues = clues_of(tables, requests, facts)
    same = aliases({name for clue in clues for name in (*clue.named, clue.stated)} - UNSPECIFIC)
    known = hosts_of(clues, same, copies)
    hosts = set(known.values()) | {same.get(name, name) for clue in clues for name in clue.named - UNSPECIFIC}
    if not hosts:
        hosts = {name for clue in clues for name in clue.named}
    only = hosts.pop() if len(hosts) == 1 else None
    for family in FAMILIES:
        tables[family] = filled(tables[family], known, same, only)
    requests.small = filled(requests.small, known, same, only)
    for each in requests.large:
        each.spelled = {name: spelled(name, same) for name in each.rows.hosts if name is not None}
        each.host = known.get(each.file, only)
    requests.show()
    return only


def spelled(name: str | None, same: Mapping[str, str]) -> str | None:
    """A host's name as it is spelled for all; None for one that tells no host."""
    return None if name is None or name in UNSPECIFIC else same.get(name, name)


def filled(table: pa.Table, known: Mapping[str, str], same: Mapping[str, str], only: str | None) -> pa.Table:
    """The table with each host's name as it is spelled for all, and where a row names none, that of the file."""
    if not table.num_rows:
        return table
    at = table.column_names.index("host_name")
    said = table["host_name"].combine_chunks().dictionary_encode()
    names = pa.array([spelled(name, same) for name in said.dictionary.to_pylist()], pa.string())
    files = table["file"].unify_dictionaries().combine_chunks()
    of_file = pa.array([known.get(name, only) for name in files.dictionary.to_pylist()], pa.string())
    found = pc.coalesce(names.take(said.indices), of_file.take(files.indices), table["host_name"].combine_chunks())
    return table.set_column(at, table.schema.field(at), found)


def clues_of(tables: Mapping[str, pa.Table], requests: Requests, facts: Sequence[FileFacts]) -> list[Clue]:
    """What each file tells."""
    named: dict[str, set[str]] = {each.file.name: set() for each in facts}
    kinds: dict[str, set[str]] = {each.file.name: set() for each in facts}
    for family in ("log", "requests", "deploys", "states", "configuration"):
        table = requests.small if family == "requests" else tables[family]
        found = table.group_by(["file", "source", "host_name"], use_threads=False).aggregate([]).to_pylist()
        if family == "requests":
            found += [
                {"file": each.file, "source": each.rows.source, "host_name": host}
                for each in requests.large
                for host in each.rows.hosts
            ]
        for row in found:
            named.setdefault(row["file"], set()).update({row["host_name"]} - {None})
            own = kinds.setdefault(row["file"], set())
            if family == "requests":
                own.add(row["source"])
            if family in {"log", "requests", "states"}:
                own.add("/" + place_of(row["file"]).log[1])
    stated = {each.file.name: host for each in facts if (host := stated_by(each))}
    return [Clue(file, frozenset(named[file]), stated.get(file, ""), frozenset(kinds.get(file, ()))) for file in named]


def stated_by(facts: FileFacts) -> str:
    """The host that a small file is there to name: the output of ``hostnamectl``, or a file ``hostname`` with nothing but a name."""
    if not 0 < facts.lines <= _SMALL or not facts.unparsed:
        return ""
    texts = [text for table in facts.unparsed for text in table["text"].to_pylist()]
    if stated := next((found[1] for text in texts if (found := _STATED.match(text))), ""):
        return stated
    is_name = facts.file.name.rpartition("/")[2].lower() == "hostname" and len(texts) == facts.lines - facts.blank == 1
    return texts[0].strip() if is_name and _HOST.fullmatch(texts[0].strip()) else ""


def aliases(names: Iterable[str]) -> dict[str, str]:
    """How each name is spelled for all: the short name of a host for its names with a domain, where it has one domain only.

    A name that nobody writes short stays as it is; names in capitals are the same names.
    """
    plain = {name: name.rstrip(".").lower() for name in sorted(set(names))}
    domains: dict[str, set[str]] = {}
    for each in plain.values():
        first = each if each[:1].isdigit() and each.replace(".", "").isdigit() else each.partition(".")[0]
        domains.setdefault(first, set()).add(each)
    found = {}
    for name, each in plain.items():
        first = each.partition(".")[0]
        one = first if first in domains.get(first, ()) and len(domains[first]) == 2 else each  # noqa: PLR2004 (short and whole)
        spellings = [spelling for spelling, other in plain.items() if other == one]
        found[name] = one if one in spellings else spellings[0]
    return found


def hosts_of(clues: Sequence[Clue], same: Mapping[str, str], copies: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """The host of the lines of each file that name none themselves; files of which it is not known are left out."""
    folders: dict[tuple[str, ...], Folder] = {(): Folder("")}
    within: dict[str, Folder] = {}
    for clue in clues:
        within[clue.file] = folder_of(clue.file, folders)
        put(clue, within[clue.file], same)
    pairs = list(copies)
    found = {}
    for clue in clues:
        named = {same.get(name, name) for name in clue.named - UNSPECIFIC}
        host = next(iter(named)) if len(named) == 1 else None if named else host_of(within[clue.file], pairs, same)
        if host:
            found[clue.file] = host
    return found


def folder_of(file: str, folders: dict[tuple[str, ...], Folder]) -> Folder:
    """The folder of a file, made if it is not there yet."""
    parts = tuple(file.split("/")[:-1])
    for depth in range(1, len(parts) + 1):
        if parts[:depth] not in folders:
            parent = folders[parts[: depth - 1]]
            folders[parts[:depth]] = Folder(parts[depth - 1], parent)
            parent.children.append(folders[parts[:depth]])
    return folders[parts]


def put(clue: Clue, folder: Folder, same: Mapping[str, str]) -> None:
    """Let a folder and all around it know what one of its files tells; a path counts from each of them on."""
    named = {same.get(name, name) for name in clue.named - UNSPECIFIC}
    stated = {same.get(clue.stated, clue.stated)} - UNSPECIFIC
    folder.own |= named
    kinds = set(clue.kinds)
    at: Folder | None = folder
    while at:
        at.named |= named
        at.stated |= stated
        at.kinds |= kinds
        at.files.add(clue.file)
        if not (at.parent and at.parent.name.endswith("!")):  # the outermost folder in an archive bears its name
            kinds = {f"/{at.name}{kind}" if kind.startswith("/") else kind for kind in kinds}
        at = at.parent


def host_of(folder: Folder | None, copies: Sequence[tuple[str, str]], same: Mapping[str, str]) -> str | None:
    """The host of what lies in a folder and names none."""
    while folder:
        for told in (folder.named, folder.stated):
            if told:
                return next(iter(told)) if len(told) == 1 else None
        if is_one_of_several(folder, copies, same):
            return same.get(name := name_of(folder), name)
        folder = folder.parent
    return None


def is_one_of_several(folder: Folder, copies: Sequence[tuple[str, str]], same: Mapping[str, str]) -> bool:
    """Whether a folder lies beside others of its kind, as the folders of servers do."""
    parent = folder.parent
    if parent is None or not can_be_host(folder):
        return False
    beside = [
        each
        for each in parent.children
        if each is not folder
        and can_be_host(each)
        and each.kinds & folder.kinds
        and not any({one, other} & each.files and {one, other} & folder.files for one, other in copies)
    ]
    # one host named around them, and not by them, is the one that they are parts of
    others = [each.named for each in parent.children if each is not folder and each not in beside]
    around = parent.own.union(*others)
    names = {same.get(name, name) for name in map(name_of, (folder, *beside))}
    return bool(beside) and (len(around) != 1 or bool(around & names))


def can_be_host(folder: Folder) -> bool:
    """Whether a folder's name can be that of a machine."""
    name = name_of(folder)
    return bool(_HOST.fullmatch(name)) and not _NO_HOST.fullmatch(name)


def name_of(folder: Folder) -> str:
    """A folder's name, without what an archive or a report adds to the host's."""
    name = _ARCHIVED.sub("", folder.name.removesuffix("!"))
    return next((found["host"] for pattern in _REPORT if (found := pattern.match(name))), name)
