"""Where a command begins in a recorded session, and which: prompts of shells, ``set -x``, headings of scripts that collect evidence.

Real lines::

    $ ls -l /run/php
    root@web1:/srv# ss -lxp
    [deploy@web1 ~]$ journalctl -u php8.2-fpm
    + systemctl status nginx
    ==> /var/log/nginx/error.log <==
    === nginx -t ===

One session keeps to one style. The first heading must name a command of those below (or a file): that alone makes a file a session, so
that a line of a log, which anybody may have written, must be the first one of its file and look like this to be taken for a prompt. The
headings that follow must be in the style of the first; where a style is no more than a sign (``#`` also begins a comment, ``+`` a line of
a difference), they must name a known command too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_COMMANDS: Final = (
    "ls stat find ss netstat lsof ps pstree top systemctl journalctl service nginx apachectl httpd date timedatectl df du "
    "free uptime who w "
    "last cat tail head less more grep egrep zgrep zcat awk sed cd sudo su ssh export pwd whoami id uname hostname "
    "hostnamectl dmesg docker "
    "docker-compose podman kubectl crictl git dpkg apt apt-get yum dnf rpm curl wget ip ifconfig mount lsblk findmnt vmstat iostat sar php "
    "python python3 gunicorn supervisorctl cap dep ansible-playbook logrotate crontab getenforce readlink namei file test "
    "echo printf script "
    "clear exit logout history coredumpctl loginctl resolvectl dig host openssl sysctl ulimit"
)
COMMANDS: Final = frozenset(_COMMANDS.split())
#: programs whose names carry a version
VERSIONED: Final = re.compile(r"(?:php-fpm|php|python|gunicorn)[\d.]*", re.ASCII)
_VERBS: Final = (
    "status show cat list-units list-timers list-sockets list-jobs list-unit-files is-active is-enabled is-failed aux auxf "
    "auxww axu axf ef "
    "log reflog describe ps logs get exec inspect images events top stats version restart reload start stop"
)
#: what may follow a command where it is told from an English sentence by that
VERBS: Final = frozenset(_VERBS.split())
ARGUMENT: Final = re.compile(r"[-/.~$\"'+|<>&;*]|\S*[/.@=|\d]")
#: programs that run another; the options that take a value
WRAPPERS: Final = {
    "sudo": "ugpCh",
    "env": "u",
    "time": "fo",
    "nice": "n",
    "timeout": "ks",
    "exec": "",
    "command": "",
    "stdbuf": "ioe",
}
ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w{0,63}=\S*", re.ASCII)
DURATION: Final = re.compile(r"\d+[smhd]?", re.ASCII)

#: colours, titles of windows and the marks of pasted text, as a terminal gets them
ESCAPES: Final = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-Za-z]|\x1b[=>78]|[\x07\x0f]"
)

_USER: Final = r"[A-Za-z_][\w.-]{0,31}\$?"
_HOST: Final = r"(?P<host>[A-Za-z0-9][\w.-]{0,252})"
_BEFORE: Final = r"(?:\([\w .-]{1,60}\) ?)?(?:\[?\d\d:\d\d(?::\d\d)?\]? ?)?"
#: what ``tail`` and ``head`` put above each of several files
TAIL: Final = "==> file <=="
PROMPTS: Final = {
    "user@host:place$": re.compile(
        rf"{_BEFORE}{_USER}@{_HOST}(?::| )(?P<place>[^$#%]{{0,255}}?) ?[$#%](?: +(?P<command>\S.*)| *)"
    ),
    "[user@host place]$": re.compile(rf"{_BEFORE}\[{_USER}@{_HOST}(?:[: ][^\]]{{0,255}})?\] ?[$#%](?: *(?P<command>\S.*)| *)"),
    "host:place$": re.compile(rf"{_HOST}:[~/][^\s$#%>]{{0,255}} ?[$#%>](?: +(?P<command>\S.*)| *)"),
    "shell$": re.compile(r"(?:(?:ba|da|k|z|c)?sh(?:-\d[\d.]{0,7})?|[~/][^\s$#]{0,255} )[$#](?: +(?P<command>\S.*)| *)"),
    "$": re.compile(r"[$#%] (?P<command>\S.*)"),
    "+": re.compile(r"\+{1,5} (?P<command>\S.*)"),
    TAIL: re.compile(r"==> (?P<command>.+) <=="),
}
#: signs that other texts have too
WEAK: Final = frozenset({"$", "+"})
#: prompts that name a place: one session may have several of them, since ``ssh`` and ``su`` change it
SHELL: Final = "shell"
SHELLS: Final = frozenset({"user@host:place$", "[user@host place]$", "host:place$", "shell$"})
HEADED: Final = re.compile(
    r"(?P<mark>={2,80}|-{2,80}|#{2,80}|\*{2,80}|>{2,80}|~{2,80}|_{2,80}|\+{2,80})[\s\[(:>|]*(?P<command>[^\s=*#~_\[(|>-].*?)"
    r"[\s\])<:|]*(?P<close>={2,80}|-{2,80}|#{2,80}|\*{2,80}|<{2,80}|~{2,80}|_{2,80}|\+{2,80}|)"
)
#: marks that open a heading without closing it
OPEN: Final = frozenset("#>")
RULE: Final = re.compile(r"={5,200}|-{5,200}|#{5,200}|\*{5,200}|_{5,200}|\+{5,200}")
#: what stands before the command in a heading
_ANNOUNCED: Final = re.compile(r"(?:[$#] +|(?:command|cmd|running|run|output of|executing)\b:? *)", re.IGNORECASE)
#: lines of the journal that look like headings
_JOURNAL: Final = re.compile(r"-- (?:Reboot|Boot [0-9a-f]{32}|Logs begin .*|Journal begins .*|No entries) --", re.ASCII)


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that begins a part: in which style, the command (a file, a title; empty at a prompt where none was typed), the host."""

    style: str
    command: str
    host: str | None = None


def plain(line: str) -> str:
    """A line as it was to be seen: without colours and line ends."""
    text = line.rstrip()
    text = ESCAPES.sub("", text).rstrip() if "\x1b" in text or "\x07" in text or "\x0f" in text else text
    return text.rpartition("\r")[2]  # what a terminal wrote over


def run_by(words: list[str]) -> tuple[list[str], str | None]:
    """The words of the command that is run in the end, and the host where ``ssh`` runs it."""
    host = None
    for _ in range(10):
        if not words:
            break
        first = words[0].rpartition("/")[2]
        if ASSIGNMENT.fullmatch(words[0]):
            words = words[1:]
        elif first in WRAPPERS and len(words) > 1:
            words = after_options(words[1:], WRAPPERS[first])
            words = words[1:] if first == "timeout" and words and DURATION.fullmatch(words[0]) else words
        elif first == "ssh" and len(after_options(words[1:], "oilpFJLRD")) > 1:
            target, *words = after_options(words[1:], "oilpFJLRD")
            host = target.rpartition("@")[2]
            words = " ".join(words).strip("\"'").split()
        else:
            break
    return words, host


def after_options(words: list[str], valued: str) -> list[str]:
    """The words after the options; those with a letter in ``valued`` take the next word."""
    while words and words[0].startswith("-") and len(words[0]) > 1:
        takes = len(words[0]) == len("-x") and words[0][1] in valued
        words = words[2 if takes else 1 :]
    return words


def is_known(command: str) -> bool:
    """Whether it begins with a command of those that people look into a server with."""
    words, _ = run_by(command.split())
    if not words:
        return False
    name = words[0].rpartition("/")[2].strip("\"'();|&")
    return name in COMMANDS or bool(VERSIONED.fullmatch(name))


def is_no_sentence(command: str) -> bool:
    """Whether what follows the command looks like its arguments."""
    words, _ = run_by(command.split())
    return len(words) < 3 or words[1] in VERBS or bool(ARGUMENT.match(words[1]))  # noqa: PLR2004 (a sentence has more words)


def heading_of(line: str, style: str | None = None) -> Heading | None:
    """The heading that a line is, in the style given (any, for the first one); None where it is none."""
    text = plain(line)
    if not text or len(text) > 1000:  # noqa: PLR2004 (nobody types that)
        return None
    for name, shape in PROMPTS.items():
        kind = SHELL if name in SHELLS else name
        if style in {None, kind} and (found := shape.fullmatch(text)):
            parts = found.groupdict()
            command = (parts["command"] or "").strip()
            if name in WEAK and not (is_known(command) and is_no_sentence(command)):
                continue
            _, host = run_by(command.split())
            return Heading(kind, command, host or parts.get("host"))
    return titled(text, style)


def titled(text: str, style: str | None) -> Heading | None:
    """The heading of a script: a command or a title between marks."""
    found = HEADED.fullmatch(text)
    if not found or _JOURNAL.fullmatch(text):
        return None
    mark, close = found["mark"], found["close"]
    # a mark that closes is the same sign; only some need none
    if (close and close[0] != {">": "<"}.get(mark[0], mark[0])) or (not close and mark[0] not in OPEN):
        return None
    name = f"{mark[0] * 2}{' ' + close[0] * 2 if close else ''}"
    if style not in {None, name}:
        return None
    return named(name, found["command"])


def named(style: str, title: str) -> Heading:
    """The heading with this title, which may announce a command."""
    announced = _ANNOUNCED.match(title)
    command = title[announced.end() if announced else 0 :].strip()
    _, host = run_by(command.split())
    return Heading(style, command, host)


def boxed(lines: Sequence[str], at: int) -> Heading | None:
    """The heading that stands between two rules, of which the line ``at`` is the first; None where there is none."""
    if at + 2 >= len(lines):
        return None
    above, title, below = (plain(line) for line in lines[at : at + 3])
    if not RULE.fullmatch(above) or not RULE.fullmatch(below) or above[0] != below[0]:
        return None
    title = title.strip(" \t#*=|")
    return named(f"boxed {above[0]}", title) if title and not RULE.fullmatch(title) else None


def opens_session(heading: Heading) -> bool:
    """Whether the first heading of a file makes it a session: it names a known command, or a file."""
    return heading.style == TAIL or is_known(heading.command) or bool(re.fullmatch(r"/[^\s:]{1,4096}", heading.command))
