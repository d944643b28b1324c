"""What ``nginx -t`` said of its configuration.

Real lines::

    nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
    nginx: configuration file /etc/nginx/nginx.conf test is successful
    nginx: [emerg] unexpected "}" in /etc/nginx/sites-enabled/shop.conf:12
    nginx: configuration file /etc/nginx/nginx.conf test failed

No clock: it is true of the time of the call. Debian's build writes the messages as its error log does, with a date.
A good test does not promise a good reload: it does not mind when an address is in use.

Grammar: nginx ``src/core/nginx.c`` (``main``, ``ngx_init_cycle``), ``src/core/ngx_log.c``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logcorr.formats.grammar import DocumentFormat, Fact, Sample

VERDICT: Final = re.compile(
    r"nginx: (?:the )?configuration file (?P<file>\S.*) (?P<verdict>syntax is ok|test is successful|test failed)"
)
MESSAGE: Final = re.compile(
    r"(?P<head>nginx: |\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )\[(?P<level>debug|info|notice|warn|error|crit|alert|emerg)\] "
    r"(?:\d+#\d+: )?(?P<text>.+)"
)
PLACE: Final = re.compile(r".* in (?P<file>/\S+):\d+")
FATAL: Final = frozenset({"emerg", "alert", "crit"})


def recognise(lines: Sequence[str]) -> bool:
    """Whether every line is a verdict or a message of nginx on its terminal; dated lines alone are an error log."""
    spoken = False
    for line in lines:
        text = line.rstrip()
        if not text:
            continue
        message = MESSAGE.fullmatch(text)
        if not message and not VERDICT.fullmatch(text):
            return False
        spoken = spoken or not message or message["head"] == "nginx: "
    return spoken


def read(lines: Sequence[str]) -> list[Fact]:
    """A fact of each test (no ``status`` without a verdict) with all that was said, and of each message that made it fail."""
    facts = []
    test: list[tuple[int, str]] = []
    failed = False
    for number, line in enumerate(lines, 1):
        text = line.rstrip()
        message = MESSAGE.fullmatch(text)
        verdict = VERDICT.fullmatch(text)
        if message and message["level"] in FATAL:
            failed = failed or message["level"] == "emerg"
            place = PLACE.fullmatch(message["text"])
            facts.append(fact(number, number, place["file"] if place else None, "failed", message["text"]))
        if message or verdict:
            test.append((number, text.removeprefix("nginx: ")))
        if verdict and verdict["verdict"] != "syntax is ok":
            good = verdict["verdict"] == "test is successful" and not failed
            said = "\n".join(words for _, words in test)
            facts.append(fact(test[0][0], number, verdict["file"], "ok" if good else "failed", said))
            test, failed = [], False
    if test and not failed:
        facts.append(fact(test[0][0], test[-1][0], None, None, "\n".join(words for _, words in test)))
    return sorted(facts, key=lambda each: each.line)


def fact(first: int, last: int, file: str | None, status: str | None, body: str) -> Fact:
    """One fact."""
    columns = {"naive_us": None, "subject": file, "subject_kind": "config_test", "status": status, "body": body}
    return Fact("states", first, last, columns)


FORMAT = DocumentFormat(
    name="config_test",
    recognise=recognise,
    read=read,
    samples=(
        Sample(
            "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n"
            "nginx: configuration file /etc/nginx/nginx.conf test is successful",
            {
                "subject": "/etc/nginx/nginx.conf",
                "subject_kind": "config_test",
                "status": "ok",
                "body": "the configuration file /etc/nginx/nginx.conf syntax is ok\n"
                "configuration file /etc/nginx/nginx.conf test is successful",
                "naive_us": None,
            },
        ),
        Sample(
            'nginx: [emerg] unexpected "}" in /etc/nginx/sites-enabled/shop.conf:12\n'
            "nginx: configuration file /etc/nginx/nginx.conf test failed",
            {
                "subject": "/etc/nginx/sites-enabled/shop.conf",
                "status": "failed",
                "body": 'unexpected "}" in /etc/nginx/sites-enabled/shop.conf:12',
            },
        ),
        Sample(
            '2026/11/23 09:43:03 [emerg] 76#76: host not found in upstream "shop" in /etc/nginx/conf.d/shop.conf:2\n'
            "nginx: configuration file /etc/nginx/nginx.conf test failed",
            {"subject": "/etc/nginx/conf.d/shop.conf", "status": "failed"},
        ),
        Sample(
            'nginx: [warn] conflicting server name "shop" on 0.0.0.0:80, ignored\n'
            "nginx: configuration file /etc/nginx/nginx.conf test is successful",
            {"subject": "/etc/nginx/nginx.conf", "status": "ok"},
        ),
        Sample("2026/11/23 10:55:00 [notice] 43#43: signal process started"),
        Sample("nginx: master process /usr/sbin/nginx -g daemon on; master_process on;"),
        Sample("[23-Nov-2026 10:56:25] NOTICE: configuration file /etc/php/8.2/fpm/php-fpm.conf test is successful"),
    ),
)
