"""A pattern of one machine, looked for on each machine of the evidence by itself.

A unit of web1 is not the unit of that name on web2, nor is its socket. What names no host may be of any: it is shown to all. Requests of
a machine are those that it logs; one that logs none may be behind all that do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

    from logcorr.signatures.finding import Finding, Signature

#: needs whose rows are of machines; an application may name its container instead
MACHINES: Final = frozenset({"lifecycle", "states", "settings", "socket_files", "process_ends", "process_ends_of_memory"})


def by_host(signature: Signature, arguments: Mapping[str, pd.DataFrame | None]) -> list[Finding]:
    """What the signature finds on each host, told apart where the evidence knows several; what all hosts show alike is of none."""
    needs = {**signature.needs, **signature.improves}
    named = {name: hosts_in(each) for name, each in arguments.items()}
    machines = sorted(set().union(*(hosts for name, hosts in named.items() if needs[name].name in MACHINES)))
    if not machines or len(set().union(*named.values())) == 1:
        return list(signature.judge(**arguments))
    logging = set().union(*(hosts for name, hosts in named.items() if needs[name].family == "requests"))
    found: dict[tuple[object, ...], list[Finding]] = {}
    for host in machines:
        # who deploys is seldom where the deploy goes
        own = {
            name: each
            if needs[name].family == "deploys"
            else part_of(each, host, machines if needs[name].family != "requests" else logging)
            for name, each in arguments.items()
        }
        for finding in signature.judge(**own):
            known = (finding.state, finding.subject, finding.start_us, finding.evidence, finding.missing)
            facts = {**finding.facts, "host": host} if finding.state == "fired" else finding.facts
            found.setdefault(known, []).append(replace(finding, host=host, facts=facts))
    findings = [alike[0] if len(alike) == 1 else without_host(alike[0]) for alike in found.values()]
    return [each for each in findings if each.state == "fired"] or findings[:1]


def hosts_in(frame: pd.DataFrame | None) -> set[str]:
    """The hosts that a frame names."""
    return set() if frame is None or "host_name" not in frame else set(frame["host_name"].dropna().unique())


def part_of(frame: pd.DataFrame | None, host: str, hosts: Collection[str]) -> pd.DataFrame | None:
    """The rows that may be of a host: its own, and those of none of ``hosts``; all where it is none of them."""
    if frame is None or "host_name" not in frame or host not in hosts:
        return frame
    names = frame["host_name"]
    return frame[(names == host) | ~names.isin(list(hosts))]


def without_host(finding: Finding) -> Finding:
    """The finding of something that lies on no known host."""
    return replace(finding, host="", facts={name: fact for name, fact in finding.facts.items() if name != "host"})
