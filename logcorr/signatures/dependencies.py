"""What an error tells of a service that the application depends on: where it is, what it is, and how it turned the application away."""

from __future__ import annotations

import re
from typing import Final

from logcorr.signatures.error_subjects import first_match

#: how -> words. Of MySQL, PostgreSQL, PgBouncer, Redis, the pools of SQLAlchemy, Rails, Hikari, node-postgres and Prisma, and errno(3)
REFUSALS: Final = {
    "too_many_connections": r"(?i)too many (?:connections|clients)|remaining connection slots|max number of clients"
    r"|no more connections allowed"
    r"|\[1040\]|max_user_connections",
    "pool_exhausted": r"(?i)QueuePool limit|could not obtain a connection from the pool|timeout exceeded when trying to connect"
    r"|Connection is not available, request|pool (?:is )?exhausted|pool timeout|Timed out fetching a new connection"
    r"|query_wait_timeout",
    "read_only": r"(?i)READONLY You can't write|read-only transaction|--read-only option|MISCONF Redis",
    "not_ready": r"(?i)LOADING Redis|MASTERDOWN|CLUSTERDOWN|the database system is (?:starting|shutting|in recovery)",
    "memory_full": r"OOM command not allowed",
    "access_denied": r"(?i)Access denied for user|password authentication failed|NOAUTH|WRONGPASS|Unknown database"
    r"|no pg_hba\.conf entry|ACCESS_REFUSED",
    "name_not_resolved": r"(?i)EAI_AGAIN|ENOTFOUND|Temporary failure in name resolution|Name or service not known"
    r"|getaddrinfo|no such host\b"
    r"|UnknownHostException|could not (?:translate host name|resolve host)|cURL error 6\b",
    "refused": r"(?i)ECONNREFUSED|connection (?:was )?refused|ConnectionRefused|connect ENOENT"
    r"|\[2002\][^\n]*No such file|cURL error 7\b"
    r"|Can't connect to local",
    "no_route": r"(?i)EHOSTUNREACH|ENETUNREACH|No route to host|Network is unreachable",
    "failing_answers": r"\b50[0234] Server Error|resulted in a `50[0234]|failed with status code 50[0234]",
    "timed_out": r"(?i)ETIMEDOUT|ESOCKETTIMEDOUT|timed out|Timeout\b|timeout of \d+ms|i/o timeout|deadline exceeded|cURL error 28\b",
    "connection_lost": r"(?i)gone away|went away|Lost connection|closed|terminating connection|ECONNRESET"
    r"|connection (?:was )?(?:reset|aborted)"
    r"|socket hang up|read error on connection|RemoteDisconnected|SSL SYSCALL|Communications link failure|cURL error (?:35|52|56)\b",
}

#: what it is -> words of its clients, and the port where it usually is
SYSTEMS: Final = {
    "postgresql": r"(?i)psycopg|\bPG::|postgres|libpq|PDO.*pgsql|SQLSTATE\[(?:0800|57P|53300)|pg_hba"
    r"|the database system is|connection slots"
    r"|too many clients|:5432\b|port 5432|pgbouncer|query_wait_timeout",
    "mysql": r"(?i)mysql|mariadb|\[(?:2002|2006|2013|1040|1045|1049)\]|General error: 20(?:06|13)"
    r"|server has gone away|:3306\b|port:? 3306|--read-only option",
    "redis": r"(?i)redis|NOAUTH|WRONGPASS|READONLY You|MASTERDOWN|CLUSTERDOWN|OOM command|:6379\b|predis",
    "rabbitmq": r"(?i)rabbit|amqp|:5672\b|pika\.|ACCESS_REFUSED",
    "memcached": r"(?i)memcache|:11211\b",
    "mongodb": r"(?i)mongo|:27017\b",
    "elasticsearch": r"(?i)elastic|opensearch|:9200\b",
    "kafka": r"(?i)kafka|:9092\b",
    "http": r"(?i)https?://|HTTPS?ConnectionPool|cURL error|GuzzleHttp|AxiosError|urllib3|requests\.exceptions"
    r"|Net::HTTP|status code 50",
}

_HOST: Final = r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9_-]+)*)"
#: where it is: each with the groups ``host`` and maybe ``port``, or ``socket``
ADDRESSES: Final = (
    rf"tcp://(?P<host>{_HOST}):(?P<port>\d+)",
    rf"(?:host=|Host: ?)['\"]?(?P<host>{_HOST})['\"]?,? (?:port=|Port: ?)(?P<port>\d+)",
    r"server at \"(?P<host>[^\"]+)\"(?: \([^)]*\))?, port (?P<port>\d+)",
    r"on host \"(?P<host>[^\"]+)\"(?: \([^)]*\))?.{0,40} port (?P<port>\d+)",
    r"(?:MySQL|MariaDB) server on '(?P<host>[^':]+)(?::(?P<port>\d+))?'",
    r"(?:socket '|socket \"|connect (?:ECONNREFUSED|ENOENT|EACCES) |unix://?|unix:)(?P<socket>/[^\s'\",)]+)",
    rf"(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET) (?P<host>{_HOST}):(?P<port>\d+)",
    (
        rf"(?:getaddrinfo (?:ENOTFOUND|EAI_AGAIN) |getaddrinfo for |lookup |translate host name \"|resolve host:? '?"
        rf"|UnknownHostException: )(?P<host>{_HOST})"
    ),
    rf"dial (?:tcp|udp) (?P<host>{_HOST}):(?P<port>\d+)",
    rf"(?:connecting to|connect to|connection to|connection on|connect\(\) to) (?P<host>{_HOST})(?::| port )(?P<port>\d+)",
    rf"https?://(?P<host>{_HOST})(?::(?P<port>\d+))?(?=[/?'\"\s)`]|$)",
    rf"(?<![\w./-])(?P<host>(?:\d{{1,3}}\.){{3}}\d{{1,3}}|localhost|{_HOST}\.[a-z]{{2,}}):(?P<port>\d{{2,5}})(?![\d:.])",
)

#: Laravel names the connection of its configuration
CONNECTION: Final = r"\(Connection: (\w+)"


def refusal(said: str) -> str | None:
    """How it turned the application away: one of ``REFUSALS``."""
    return first_match(REFUSALS, said)


def system(said: str) -> str | None:
    """What kind of service it is, where the words tell."""
    return first_match(SYSTEMS, said)


def address(said: str) -> str | None:
    """Where it is: ``host:port``, ``host`` or ``unix:/path``; of several that are named the first of the surest form."""
    said = re.sub(r"\(see https?://[^)]*\)", "", said)  # where an error is explained
    for pattern in ADDRESSES:
        found = re.search(pattern, said, re.IGNORECASE | re.DOTALL)
        if found:
            part = found.groupdict()
            if part.get("socket"):
                return f"unix:{part['socket']}"
            return f"{part['host']}:{part['port']}" if part.get("port") else str(part["host"])
    return None


def connection(said: str) -> str | None:
    """The name of the connection in the application's configuration."""
    found = re.search(CONNECTION, said)
    return found[1] if found else None
