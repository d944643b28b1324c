"""What the logs of changes share: the columns of ``families.DEPLOYS``, and which packages can take a site down.

``change_kind`` says what was changed: ``deploy`` (a release of an application), ``package``, ``rotation`` (of logs), ``automation`` (a run
that does not say of what), ``source`` (a repository, without a release being made).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from logcorr.formats.request_words import severity_of
from logcorr.formats.tokenise import constant, table

PACKAGE: Final = "package"
_MATTERS: Final = (
    r"nginx|apache2|httpd|php[\d.]*-fpm|php-fpm|libapache2-mod-|haproxy|varnish|uwsgi|gunicorn|nodejs|systemd|dbus|openssl|libssl|ca-certificates"
    r"|libc6|glibc|linux-image|kernel|postgresql|mysql-server|mariadb-server|redis|valkey|memcached|rabbitmq-server|mongodb|elasticsearch"
    r"|docker|containerd|kubelet|certbot|logrotate|tzdata"
)
#: packages whose upgrade restarts or changes what serves requests
MATTERS: Final = re.compile(rf"(?:{_MATTERS})(?:[\d.:+~-].*|-.*|)")


def that_matter(names: Iterable[str], most: int = 10) -> str | None:
    """Those of the packages that matter, with blanks between them; all where none does."""
    listed = list(dict.fromkeys(names))
    chosen = [name for name in listed if MATTERS.fullmatch(name)] or listed
    return " ".join(chosen[:most]) or None


def without_architecture(packages: pa.Array) -> pa.Array:
    """``php8.2-fpm:amd64`` -> ``php8.2-fpm``."""
    return pc.replace_substring_regex(packages, r":[a-z0-9]+$", "")


def steps(head: pa.Table, clock: Mapping[str, pa.Array], program: str) -> pa.Table:
    """Columns of what a package manager says between changes; ``head`` holds its ``row``, ``level`` and ``body``."""
    return table(
        head["row"],
        {
            **clock,
            "severity_text": head["level"],
            "severity_number": severity_of(head["level"]),
            "logger": constant(program, len(head)),
            "body": head["body"],
        },
    )


def change(count: int, kind: str, **columns: pa.Array) -> dict[str, pa.Array]:
    """Columns of changes of one kind."""
    return {"change_kind": constant(kind, count), **columns}
