r"""A ``log_format`` guessed from the lines, where no configuration tells it.

What a value means is told, in this order, by

1. its form, where no other variable has it: times, a request line, ``TLSv1.3``, ``HIT``, an upstream's address with its port;
2. its key: ``rt=0.004 uct="0.001" us="502"``; the values must look like it;
3. its place, where servers have always written it there: ``combined`` with a virtual host before it, a size behind the status, a
   referrer and a user agent behind that, the layout of the Kubernetes ingress, and what nginx's own packages put last;
4. its size, of two times with three decimals: the time of the request is nowhere shorter than that of the upstream, and only an
   upstream's may be a list or a dash.

Everything else stays unnamed (``$unnamed_1``) and means nothing. Nothing is named twice. The guess counts only if most lines are of the
format that comes out.

Layouts: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/, Debian's ``apache2.conf``,
https://nginx.org/packages (``main``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from logcorr.formats.guessed_layout import Slot, slots_of, text_of
from logcorr.formats.guessed_meanings import FORMS, KEYS, PROOFS, SERVER, TIME
from logcorr.formats.log_format import LogFormat
from logcorr.formats.request_columns import CLOCKS

#: the Kubernetes ingress's, from the referrer on
_INGRESS: Final = (
    *("request_length", "request_time", "proxy_upstream_name", "proxy_alternative_upstream_name", "upstream_addr"),
    *("upstream_response_length", "upstream_response_time", "upstream_status", "request_id"),
)
#: lines that are looked at
_LINES: Final = 400
_LEAST_SLOTS: Final = 4
_NOTHING: Final = frozenset({"-", ""})
#: how much longer than the request's the upstream's time may be: the two clocks are not one
_SLACK_S: Final = 0.0021
_SHARE: Final = 0.5
#: an upstream may be called by the name of its group, and a client send what it wants
_ALMOST_ALL: Final = 0.9


def guess(lines: Sequence[str]) -> str | None:
    """The ``log_format`` that most of the lines seem to be written with; None where they do not tell a time, a request, a status."""
    slots = slots_of([line for line in lines[:_LINES] if line.strip()], KEYS)
    if len(slots) < _LEAST_SLOTS or any("$" in slot.key + slot.behind for slot in slots):
        return None
    names: dict[int, str] = {}
    by_form(slots, names)
    by_key(slots, names)
    if not by_request(slots, names):
        return None
    before_time(slots, names)
    behind_status(slots, names)
    times(slots, names)
    if "status" not in names.values() or not set(names.values()) & {*CLOCKS, "time_local"}:
        return None
    told = [names.get(at, "") for at in range(len(slots))]
    unnamed = iter(range(1, len(slots) + 1))
    for at, slot in enumerate(slots):
        constant = len(set(slot.values)) == 1 and slot.values[0] in _NOTHING
        dashed = constant and slot.values[0] == "-" and at and names.get(at - 1) in {"remote_addr", "remote_logname"}
        if not told[at] and not (dashed or (slot.kind == "bracketed" and constant)):
            told[at] = f"unnamed_{next(unnamed)}"
    text = text_of(slots, told)
    return text if LogFormat(text).variables else None


def proved(slot: Slot, name: str) -> bool:
    """Whether the values look like it, and one of them is more than a dash."""
    return fits(slot, name) and any(value not in _NOTHING for value in slot.values)


def fits(slot: Slot, name: str) -> bool:
    """Whether (almost) all values look like it, be they all dashes."""
    told = [value for value in slot.values if value not in _NOTHING]
    return sum(bool(PROOFS[name].fullmatch(value)) for value in told) >= _ALMOST_ALL * len(told) and all(
        PROOFS[name].fullmatch(value) for value in set(slot.values) & _NOTHING
    )


def put(names: dict[int, str], at: int, name: str) -> bool:
    """Name a slot, if neither it nor the name is taken."""
    if at in names or name in names.values():
        return False
    names[at] = name
    return True


def by_form(slots: Sequence[Slot], names: dict[int, str]) -> None:
    """What cannot be anything else."""
    for at, slot in enumerate(slots):
        if slot.key and slot.key[:-1].lower() in KEYS:
            continue
        for name in FORMS:
            if proved(slot, name) and put(names, at, name):
                break
    for at, (second, offset) in enumerate(pairwise(slots)):
        bare = second.kind == offset.kind == "bare" and second.behind == " " and not second.key
        if bare and proved(second, "local_second") and proved(offset, "local_offset"):
            names.pop(at, None)
            _ = put(names, at, "local_second") and put(names, at + 1, "local_offset")


def by_key(slots: Sequence[Slot], names: dict[int, str]) -> None:
    """What its key tells and its values do not deny."""
    upstream = {slot.key.lower() for slot in slots} & {"us=", "urt=", "uct=", "uht=", "us:", "urt:"}
    for at, slot in enumerate(slots):
        for name in KEYS.get(slot.key[:-1].lower(), ()) if slot.key else ():
            form, _, meaning = name.partition(":")
            dashes = set(slot.values) <= _NOTHING and slot.key != "ua="
            beside = form == "upstream_addr" and upstream and not proved(slot, "agent")  # by the name of its group
            if (dashes or beside or proved(slot, form)) and put(names, at, meaning or form):
                break


def by_request(slots: Sequence[Slot], names: dict[int, str]) -> bool:
    """The request, the status behind it and the size behind that; whether there is a request."""
    last = next((at for at, name in names.items() if name in {"request", "request_uri"}), -1)
    for at, slot in enumerate(slots if last < 0 else ()):
        whole = sum(bool(re.match(r"[A-Z][A-Z_-]{2,19} \S.* HTTP/\d", value)) for value in slot.values)
        if whole >= _SHARE * len(slot.values) and put(names, at, "request"):
            last = at
            break
    for at, (method, path) in enumerate(pairwise(slots) if last < 0 else ()):
        if proved(method, "request_method") and proved(path, "request_uri") and put(names, at, "request_method"):
            put(names, at + 1, "request_uri")
            query = slots[at + 2] if at + 2 < len(slots) else None
            if query and query.behind == "|" and any("=" in value for value in query.values) and not proved(query, "status"):
                put(names, at + 2, "args")
            last = at + 1
            break
    if last < 0:
        return False
    places = [at for at, slot in enumerate(slots) if at > last and not slot.key and proved(slot, "status")]
    if "status" not in names.values() and places:
        put(names, places[0], "status")
        behind = places[0] + 1
        if behind < len(slots) and not slots[behind].key and fits(slots[behind], "body_bytes_sent"):
            put(names, behind, "body_bytes_sent")
    return True


def before_time(slots: Sequence[Slot], names: dict[int, str]) -> None:
    """``vhost:port client ident user [time]``, as far as it is there."""
    clock = min((at for at, name in names.items() if name in {*CLOCKS, "time_local"}), default=0)
    front = [at for at in range(clock) if at not in names and not slots[at].key]
    addresses = [at for at in front if proved(slots[at], "remote_addr")]
    if not addresses and len(front) in {3, 4} and all(slots[at].kind == "bare" for at in front):
        addresses = [front[-3]]  # names of hosts, by the places of the two that follow
    if not clock:
        addresses = [at for at in range(len(slots)) if at not in names and proved(slots[at], "remote_addr")][:1]
    if not addresses:
        return
    client = addresses[-1]
    put(names, client, "remote_addr")
    between = [at for at in front if at > client]
    if len(between) == len(("ident", "user")):
        if set(slots[between[0]].values) != {"-"}:
            put(names, between[0], "remote_logname")
        put(names, between[1], "remote_user")
    elif len(between) == 1 and set(slots[between[0]].values) != {"-"}:
        put(names, between[0], "remote_user")
    hosts = slots[0].values if front and front[0] == 0 and client in {1, 2} else ()
    if hosts and all(re.fullmatch(r"\[?[\w.:-]*\]?:\d{1,5}", value) for value in hosts) and client == 1:
        put(names, 0, "server_name:server_port")
    elif hosts and sum(bool(re.fullmatch(r"[\w.-]+", value)) for value in hosts) >= _ALMOST_ALL * len(hosts):
        ported = client != 1 and all(re.fullmatch(r"\d{1,5}", value) for value in slots[1].values)
        if client == 1 or (ported and put(names, 1, "server_port")):
            put(names, 0, "server_name")


def behind_status(slots: Sequence[Slot], names: dict[int, str]) -> None:
    """Referrer, user agent and what follows them."""
    status = next((at for at, name in names.items() if name == "status"), len(slots))
    free = [at for at in range(status + 1, len(slots)) if at not in names and not slots[at].key]
    quoted = [at for at in free if slots[at].kind == "quoted"]
    dashes = [at for at in quoted[:2] if set(slots[at].values) <= _NOTHING]
    if len(quoted) > 1 and fits(slots[quoted[0]], "http_referer") and quoted[1] == quoted[0] + 1:
        put(names, quoted[0], "http_referer")
        put(names, quoted[1], "http_user_agent")
        third = quoted[2] if len(quoted) > len(dashes) and len(quoted) > 2 else None  # noqa: PLR2004 (the one behind the two)
        if third and fits(slots[third], "http_x_forwarded_for"):
            put(names, third, "http_x_forwarded_for")
        elif third and proved(slots[third], "gzip_ratio"):
            put(names, third, "gzip_ratio")
    elif quoted and any(re.match(r"[\w.-]+/\d|Mozilla/", value) for value in slots[quoted[0]].values):
        put(names, quoted[0], "http_user_agent")
    ingress(slots, names)
    for at in free:
        slot = slots[at]
        if (
            slot.kind != "bracketed"
            and proved(slot, "upstream_addr")
            and any(re.search(SERVER, value) for value in slot.values)
        ):
            put(names, at, "upstream_addr")
            if at + 1 < len(slots) and at + 1 not in names and proved(slots[at + 1], "upstream_status"):
                put(names, at + 1, "upstream_status")
        elif slot.kind == "bare" and proved(slot, "pipe"):
            put(names, at, "pipe")


def ingress(slots: Sequence[Slot], names: dict[int, str]) -> None:
    """The names of the Kubernetes ingress's fields, if they stand there one behind the other."""
    kinds = ["bracketed" if "_upstream_name" in name else "bare" for name in _INGRESS]
    for first in range(len(slots) - len(_INGRESS) + 1):
        own = slots[first : first + len(_INGRESS)]
        if [slot.kind for slot in own] != kinds or any(slot.key for slot in own):
            continue
        told = zip(own, _INGRESS, strict=True)
        if all(name not in PROOFS or fits(slot, name) for slot, name in told):
            for at, name in enumerate(_INGRESS, first):
                names.pop(at, None)
                put(names, at, name)
            return


def times(slots: Sequence[Slot], names: dict[int, str]) -> None:
    """Bare times with three decimals: the request's, and the upstream's, which is nowhere longer."""
    taken = set(names.values())
    if "request_time" in taken:
        return
    bare = [
        at
        for at, slot in enumerate(slots)
        if at not in names and not slot.key and (proved(slot, "request_time") or proved(slot, "upstream_response_time"))
    ]
    alone = [at for at in bare if proved(slots[at], "request_time") and not set(slots[at].values) & _NOTHING]
    if not alone or len(bare) > 2:  # noqa: PLR2004 (three times: nothing tells the upstream's from each other)
        return
    if len(bare) == 1:
        put(names, bare[0], "request_time")
        return
    told = [(at, next(each for each in bare if each != at)) for at in alone]
    told = [(total, part) for total, part in told if within(slots[total], slots[part], listed=len(alone) == 1)]
    if len(told) != 1:  # either may be the other's
        return
    ((total, part),) = told
    put(names, total, "request_time")
    pairs = pairs_of(slots[total], slots[part])
    if sum(inner >= _SHARE * outer for outer, inner in pairs) >= _SHARE * len(pairs):
        put(names, part, "upstream_response_time")


def pairs_of(total: Slot, part: Slot) -> list[tuple[float, float]]:
    """The times of two slots, line by line."""
    return [
        (float(outer), longest(inner))
        for outer, inner in zip(total.values, part.values, strict=True)
        if re.fullmatch(TIME, outer)
    ]


def within(total: Slot, part: Slot, *, listed: bool) -> bool:
    """Whether the second is the time of an upstream: it alone is a list or a dash somewhere, or it is nowhere the longer."""
    if listed and any(not re.fullmatch(TIME, value) for value in part.values):
        return True
    return all(outer + _SLACK_S >= inner for outer, inner in pairs_of(total, part))


def longest(text: str) -> float:
    """The longest time of a list; 0 where there is none."""
    return max((float(each) for each in re.findall(TIME, text)), default=0.0)
