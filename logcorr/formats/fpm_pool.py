"""php-fpm's pools and its main file.

Real lines::

    [account]
    user = www-data
    listen = /run/php/shop-account.sock
    pm.max_children = 3
    php_admin_value[opcache.validate_timestamps] = 0

``subject`` is the pool (``global`` for the main file's own section). Comments begin with ``;``.

Grammar: php-src ``sapi/fpm/fpm/fpm_conf.c``, ``sapi/fpm/www.conf.in``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample
from logcorr.formats.unit_file import SECTIONS

SECTION: Final = re.compile(r"\[(?P<name>[^\[\]]{1,255})\]")
SETTING: Final = re.compile(r"(?P<key>[a-z][a-z0-9_.-]*(?:\[[^\[\]]*\])?)\s*=\s*(?P<value>.*)", re.ASCII)
_TELLING: Final = (
    "listen listen.owner listen.group listen.mode listen.backlog listen.acl_users pm catch_workers_output clear_env slowlog "
    "request_slowlog_timeout request_terminate_timeout process_control_timeout emergency_restart_threshold "
    "emergency_restart_interval systemd_interval process.max decorate_workers_output ping.path"
)
#: no other program's file has these (``user`` stands in many)
TELLING: Final = frozenset(_TELLING.split())
PREFIXES: Final = ("pm.", "php_admin_value[", "php_value[", "php_admin_flag[", "php_flag[")
#: ``listen`` alone is other programs' too
WEAK: Final = frozenset({"listen"})
#: what php-fpm.conf consists of where it sets nothing else
MAIN: Final = frozenset({"include", "pid", "error_log", "daemonize", "log_level"})


def settings(lines: Sequence[str]) -> list[tuple[int, str, str, str]] | None:
    """Line, section, key and value of each setting; None when another grammar is at work."""
    section = "global"
    found = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text[0] in ";#":
            continue
        if head := SECTION.fullmatch(text):
            section = head["name"]
            if section in SECTIONS:
                return None
            continue
        setting = SETTING.fullmatch(text)
        if not setting:
            return None
        value = setting["value"].partition(" ;")[0].rstrip()
        found.append((number, section, setting["key"], value.strip('"')))
    return found


def recognise(lines: Sequence[str]) -> bool:
    """Whether it is sections with php-fpm's settings in them."""
    found = settings(lines)
    if not found or not any(SECTION.fullmatch(line.strip()) for line in lines):
        return False
    keys = {key for _, _, key, _ in found}
    pool = keys & TELLING - WEAK or any(key.startswith(PREFIXES) for key in keys) or {"listen", "user"} <= keys
    main = {section for _, section, _, _ in found} == {"global"} and "include" in keys and keys <= MAIN
    return bool(pool or main)


def read(lines: Sequence[str]) -> list[Fact]:
    """One fact a setting."""
    return [
        Fact(
            "configuration",
            number,
            number,
            {"naive_us": None, "program": "php-fpm", "subject": section, "key": key, "value": value},
        )
        for number, section, key, value in settings(lines) or ()
    ]


FORMAT = DocumentFormat(
    name="fpm_pool",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "; a pool\n[account]\nlisten = /run/php/shop-account.sock\npm = static\n"
            "php_admin_value[opcache.validate_timestamps] = 0",
            {"program": "php-fpm", "subject": "account", "key": "listen", "value": "/run/php/shop-account.sock", "line": 3},
        ),
        Sample("[www]\npm.max_childen = 10", {"subject": "www", "key": "pm.max_childen", "value": "10"}),
        Sample("[global]\npid = /run/php/php8.2-fpm.pid\ninclude=/etc/php/8.2/fpm/pool.d/*.conf", {"subject": "global"}),
        Sample("[Service]\nExecReload=/usr/local/sbin/fpm-graceful-reload"),
        Sample("[mysqld]\nuser = mysql\npid = /run/mysqld/mysqld.pid"),
        Sample("[PHP]\nengine = On"),
        Sample("listen = 8080\nuser = www-data"),
        Sample("[www]\nNov 23 10:55:00 shop-prod-2 systemd[1]: Reloading."),
    ),
)
