"""In words: ``app_exception_spike``."""

from __future__ import annotations

from logcorr.report.fields import Fields, word
from logcorr.report.remarks.application_errors import said

_LOGS = {
    "nginx_error": "nginx's error log",
    "php_fpm": "php-fpm's log",
    "gunicorn": "gunicorn's log",
    "journal": "the journal",
    "syslog": "syslog",
}


def remarks(facts: Fields) -> list[str]:
    """What is said beside the claim."""
    log = _LOGS.get(word(facts, "logged_by"))
    return [*said(facts), *([f"The errors stand in {log}, not in a log of the application's own."] if log else [])]
