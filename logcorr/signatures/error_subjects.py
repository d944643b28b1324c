"""What an application's error speaks of: its own code, or what it could not reach, write, open or trust."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

#: the subjects, the more telling words first. Texts: errno(3), OpenSSL, MySQL, PostgreSQL's libpq, SQLite, Redis, the frameworks' own.
SUBJECTS: Final = {
    "disk": r"(?i)No space left on device|\bENOSPC\b|Read-only file system|\bEROFS\b|Disk quota exceeded|\bEDQUOT\b"
    r"|database or disk is full|Disk is full writing|Disk full \(",
    "file_descriptors": r"(?i)Too many open files|\bEMFILE\b|\bENFILE\b",
    "certificate": r"(?i)certificate (?:verify failed|has expired|is not yet valid|signed by unknown|subject name|revoked)"
    r"|CERTIFICATE_VERIFY_FAILED"
    r"|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME_INVALID|SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE"
    r"|UNABLE_TO_GET_ISSUER_CERT|\bx509: |cURL error (?:51|60)\b|SSL certificate problem|self[- ]signed certificate"
    r"|unable to get (?:local )?issuer certificate|PKIX path|Hostname/IP does not match certificate|hostname '?[^']+'? doesn't match",
    "schema": r"(?i)Unknown column|Base table or view not found|Table '[^']+' doesn't exist|Column not found: 1054"
    r"|no such (?:column|table):"
    r"|has no column named|UndefinedColumn|UndefinedTable|Undefined (?:column|table): 7|SQLSTATE\[42(?:S02|S22|703|P01)\]"
    r"|(?:column|relation) .{1,80} does not exist|Migrations are pending|PendingMigration|unapplied migration"
    r"|\bP202[12]\b|(?:table|column) `[^`]+` does not exist in the current database|ORA-00942|ORA-00904"
    r"|Invalid (?:column|object) name '",
    "dependency": r"(?i)\bE(?:CONNREFUSED|CONNRESET|TIMEDOUT|SOCKETTIMEDOUT|HOSTUNREACH|NETUNREACH)\b|EAI_AGAIN"
    r"|ENOTFOUND|socket hang up"
    r"|connection (?:was )?(?:refused|reset|timed out|aborted)|could not (?:connect|translate host name)|failed to connect to"
    r"|Error \d+ connecting to"
    r"|Can't connect to (?:local )?(?:MySQL|MariaDB|server)|\[2002\]|connect ENOENT|No route to host|Network is unreachable"
    r"|Temporary failure in name resolution|Name or service not known|getaddrinfo|no such host\b|UnknownHostException"
    r"|Could not resolve host"
    r"|server has gone away|Lost connection to|server closed the connection|terminating connection due to"
    r"|read error on connection|\bwent away\b"
    r"|RemoteDisconnected|SSL SYSCALL error|connection (?:is |already )closed|Communications link failure"
    r"|too many (?:connections|clients)|remaining connection slots|max number of clients reached"
    r"|no more connections allowed"
    r"|QueuePool limit|could not obtain a connection from the pool|timeout exceeded when trying to connect"
    r"|Connection is not available, request"
    r"|connection pool (?:exhausted|timeout)|Timed out fetching a new connection|query_wait_timeout|pool is exhausted"
    r"|READONLY You can't write|read-only transaction|--read-only option|MISCONF Redis|LOADING Redis|MASTERDOWN|CLUSTERDOWN"
    r"|the database system is (?:starting|shutting|in recovery)|OOM command not allowed|NOAUTH|WRONGPASS|Access denied for user"
    r"|password authentication failed|no pg_hba\.conf entry|Unknown database|ACCESS_REFUSED"
    r"|(?:read|connect|connection|operation|request) (?:has )?timed out|(?:Read|Connect|Connection)Timeout|timeout of \d+ms exceeded"
    r"|i/o timeout|context deadline exceeded|cURL error (?:6|7|28|35|52|56)\b|ConnectionRefused|(?<!\w)(?:\w+\.)*ConnectionError\b"
    r"|psycopg\d?\.(?:OperationalError|InterfaceError)|SQLSTATE\[08"
    r"|\b50[0234] Server Error|resulted in a `50[0234]|failed with status code 50[0234]",
    "files": r"(?i)Failed opening required|Failed to open stream|Unable to open primary script|ENOENT"
    r"|No such file or directory|ModuleNotFoundError|Cannot find module",
}

#: errors of a language about values: whatever words such a one quotes, it is about the value
OF_VALUES: Final = (
    r"(?:^|[.\\:])(?:KeyError|ValueError|IndexError|AttributeError|NameError|UnboundLocalError|ZeroDivisionError|AssertionError|JSONDecodeError"
    r"|UnicodeDecodeError|ValidationError|NoMethodError|ArgumentError|ReferenceError|RangeError|SyntaxError"
    r"|ParseError|NumberFormatException"
    r"|NullPointerException|IllegalArgumentException|InvalidArgumentException|DivisionByZeroError|ArgumentCountError)$"
)

#: what Laravel and others add to a database's words: the statement, with the values that people sent
STATEMENT: Final = r"(?s)(?:, |\()SQL: .*"
BEHIND_STDERR: Final = r'(?s)" while (?:reading|sending|connecting)[a-z ]*(?:, client: .*)?$'

#: the words of PHP, and of an exception that stands alone in a line
_FATAL: Final = r"(?s)PHP (?P<kind>(?:Recoverable |Catchable )?(?:[Ff]atal|Parse|Compile|Core) error):  ?(?P<said>[^\n]*)"
_ALONE: Final = r"^(?P<kind>(?:\w+(?:\.|::|\\))*[A-Z]\w*(?:Error|Exception))(?: \[[A-Z_]+\])?(?:: (?P<said>.*))?$"
#: where loggers of JSON and logfmt put the text of an error that is no exception (``err`` of Go)
_FIELD: Final = r'"(?:err|error|cause|exception|reason)": ?"(?P<said>(?:[^"\\]|\\.)*)"'
_PLACE: Final = r" in (?:/|[A-Za-z]:)\S+(?: on line |:)\d+.*$"


def named(errors: pd.DataFrame) -> pd.DataFrame:
    """The errors with type and message where a line of PHP's, of a service manager's log, or a field of the error holds them."""
    errors = errors.copy()
    for name in ("exception_type", "exception_message"):
        errors[name] = errors[name].astype(object)
    body = errors["body"].astype(object).fillna("").str.replace(BEHIND_STDERR, "", regex=True)
    for pattern in (_FATAL, _ALONE):
        bare = errors["exception_type"].isna()
        found = body[bare].str.extract(pattern)
        hit = found.index[found["kind"].notna()]
        errors.loc[hit, "exception_type"] = found.loc[hit, "kind"]
        errors.loc[hit, "exception_message"] = found.loc[hit, "said"].str.replace(_PLACE, "", regex=True)
    bare = errors["exception_message"].isna() & errors["attributes"].notna()
    errors.loc[bare, "exception_message"] = errors.loc[bare, "attributes"].astype(object).str.extract(_FIELD)["said"]
    return errors


def words(errors: pd.DataFrame) -> pd.Series:
    """What each error says, without the statement that it repeats."""
    said = errors["exception_message"].astype(object).fillna(errors["body"]).fillna("")
    whole = errors["exception_type"].astype(object).fillna("") + ": " + said
    return whole.str.replace(STATEMENT, "", regex=True).str.replace(BEHIND_STDERR, "", regex=True)


def subjects(errors: pd.DataFrame) -> pd.Series:
    """What each error speaks of: one of ``SUBJECTS``, or "own": the application's code."""
    said = words(errors)
    kinds = pd.Series("own", index=errors.index, dtype=object)
    left = ~errors["exception_type"].astype(object).fillna("").str.contains(OF_VALUES, regex=True)
    for subject, pattern in SUBJECTS.items():
        # of a few different texts, not of each error
        distinct = pd.Series(said[left].unique(), dtype=object)
        hits = said.isin(distinct[distinct.str.contains(pattern, regex=True)]) & left
        kinds[hits] = subject
        left &= ~hits
    return kinds


def first_match(patterns: dict[str, str], text: str) -> str | None:
    """The name of the first pattern that a text holds."""
    return next((name for name, pattern in patterns.items() if re.search(pattern, text)), None)
