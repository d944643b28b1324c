"""The formats: one file each, and this table of them.

The order is the order in which they are asked, the most telling first; a file is what takes most of its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logcorr.formats import (
    app_json,
    complaints,
    date,
    deploy,
    fpm_pool,
    gunicorn,
    journal_export,
    journal_json,
    journal_short,
    journal_short_full,
    journal_short_iso,
    journal_short_unix,
    logfmt,
    ls,
    monolog,
    nginx_access,
    nginx_conf,
    nginx_error,
    nginx_test,
    not_evidence,
    php_error,
    php_fpm,
    php_fpm_slow,
    ps,
    python_logging,
    ss,
    stat,
    systemctl_show,
    systemctl_status,
    timedatectl,
    timestamped,
    unit_file,
)

if TYPE_CHECKING:
    from logcorr.formats.grammar import DocumentFormat, LineFormat

LINE_FORMATS: Final[tuple[LineFormat, ...]] = (
    *nginx_access.FORMATS,
    nginx_error.FORMAT,
    journal_json.FORMAT,
    journal_export.FORMAT,
    journal_short.FORMAT,
    journal_short_iso.FORMAT,
    journal_short_full.FORMAT,
    journal_short_unix.FORMAT,
    deploy.FORMAT,
    php_fpm.FORMAT,
    php_fpm_slow.FORMAT,
    php_error.FORMAT,
    monolog.FORMAT,
    gunicorn.FORMAT,
    python_logging.FORMAT,
    app_json.FORMAT,
    logfmt.FORMAT,
    timestamped.FORMAT,
)

DOCUMENT_FORMATS: Final[tuple[DocumentFormat, ...]] = (
    not_evidence.FORMAT,
    complaints.FORMAT,
    systemctl_status.FORMAT,
    systemctl_show.FORMAT,
    stat.FORMAT,
    ss.FORMAT,
    ps.FORMAT,
    ls.FORMAT,
    nginx_test.FORMAT,
    date.FORMAT,
    timedatectl.FORMAT,
    unit_file.FORMAT,
    fpm_pool.FORMAT,
    nginx_conf.FORMAT,
)
