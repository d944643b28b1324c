"""What errors speak of, and what they tell of a service that could not be used: real messages of drivers and libraries."""

from __future__ import annotations

import pandas as pd
import pytest

from logcorr.signatures.dependencies import address, connection, refusal, system
from logcorr.signatures.error_subjects import named, subjects, words


def errors_of(*messages, kind=None, source="app_text"):
    said = [*messages]
    return pd.DataFrame(
        {
            "exception_type": kind,
            "exception_message": None if kind is None else said,
            "body": said,
            "source": source,
            "attributes": None,
        },
        dtype=object,
    )


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        ("SQLSTATE[HY000]: General error: 2006 MySQL server has gone away", "dependency"),
        ("QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00", "dependency"),
        ("LOADING Redis is loading the dataset in memory", "dependency"),
        ("[Errno 28] No space left on device: '/var/lib/shop/a.tmp'", "disk"),
        ("EROFS: read-only file system, open '/srv/a'", "disk"),
        ("EMFILE: too many open files, open '/srv/a'", "file_descriptors"),
        ("cURL error 60: SSL certificate problem: certificate has expired", "certificate"),
        ("x509: certificate signed by unknown authority", "certificate"),
        ("SQLSTATE[42S22]: Column not found: 1054 Unknown column 'discount' in 'field list'", "schema"),
        ("(sqlite3.OperationalError) no such column: orders.discount", "schema"),
        ("ENOENT: no such file or directory, open '/srv/a'", "files"),
        ("connect ENOENT /run/mysqld/mysqld.sock", "dependency"),
        ("Cannot read properties of undefined (reading 'rate')", "own"),
        ("Deadlock found when trying to get lock; try restarting transaction", "own"),
        ("SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry 'a' for key 'b'", "own"),
        ("Maximum execution time of 30 seconds exceeded", "own"),
    ],
)
def test_subject_of_an_error(message, subject):
    assert list(subjects(errors_of(message))) == [subject]


def test_a_statement_that_an_error_repeats_is_not_read():
    message = "SQLSTATE[HY000] [2002] Connection refused (Connection: mysql, SQL: insert into notes values ('No space left on device'))"
    assert list(subjects(errors_of(message))) == ["dependency"]


@pytest.mark.parametrize("kind", ["ValueError", "App\\InvalidArgumentException", "json.decoder.JSONDecodeError"])
def test_an_error_about_a_value_is_the_codes(kind):
    assert list(subjects(errors_of("connection refused", kind=kind))) == ["own"]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("connect ECONNREFUSED 127.0.0.1:5432", ("postgresql", "127.0.0.1:5432", "refused")),
        ("connect ENOENT /run/mysqld/mysqld.sock", ("mysql", "unix:/run/mysqld/mysqld.sock", "refused")),
        ("getaddrinfo ENOTFOUND db.internal", (None, "db.internal", "name_not_resolved")),
        (
            'connection to server at "db" (10.0.0.5), port 5432 failed: FATAL:  sorry, too many clients already',
            ("postgresql", "db:5432", "too_many_connections"),
        ),
        ("Connection refused [tcp://127.0.0.1:6379]", ("redis", "127.0.0.1:6379", "refused")),
        ("Error 111 connecting to localhost:6379. Connection refused.", ("redis", "localhost:6379", "refused")),
        (
            "HTTPConnectionPool(host='pay.internal', port=8443): Max retries exceeded (Caused by ... [Errno 111] Connection refused)",
            ("http", "pay.internal:8443", "refused"),
        ),
        ("dial tcp 10.0.0.5:5432: i/o timeout", ("postgresql", "10.0.0.5:5432", "timed_out")),
        ("(2003, \"Can't connect to MySQL server on 'db1' ([Errno 111] Connection refused)\")", ("mysql", "db1", "refused")),
        ("READONLY You can't write against a read only replica.", ("redis", None, "read_only")),
        (
            "cURL error 28: Operation timed out (see https://curl.se/libcurl/c/libcurl-errors.html) for https://pay.example/v1",
            ("http", "pay.example", "timed_out"),
        ),
    ],
)
def test_service_that_could_not_be_used(message, told):
    assert (system(message), address(message), refusal(message)) == told


def test_name_of_the_connection():
    assert connection("SQLSTATE[HY000] [1040] Too many connections (Connection: mysql, SQL: select 1)") == "mysql"


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (
            (
                "FastCGI sent in stderr: \"PHP message: PHP Parse error:  Unclosed '(' in /srv/t/parse.php on line 2\" while reading response "
                "header from upstream, client: 127.0.0.1, server: test"
            ),
            "Parse error",
            "Unclosed '('",
        ),
        ("KeyError: 'EUR'", "KeyError", "'EUR'"),
        ("TypeError [ERR_INVALID_ARG_TYPE]: The argument must be a string", "TypeError", "The argument must be a string"),
    ],
)
def test_exception_in_a_line_of_another_log(body, kind, message):
    found = named(errors_of(body))
    assert (found["exception_type"].iloc[0], found["exception_message"].iloc[0]) == (kind, message)


def test_error_in_a_field_of_a_structured_line():
    errors = errors_of("load user failed").assign(
        attributes='{"err":"dial tcp 10.0.0.5:5432: connect: connection refused","status":500}'
    )
    assert named(errors)["exception_message"].iloc[0] == "dial tcp 10.0.0.5:5432: connect: connection refused"
    assert list(subjects(named(errors))) == ["dependency"]


def test_what_the_proxy_adds_is_no_word_of_the_error():
    body = 'FastCGI sent in stderr: "PHP Fatal error: x" while reading response header from upstream, client: 192.0.2.1, host: "ECONNREFUSED"'
    assert "ECONNREFUSED" not in words(errors_of(body)).iloc[0]
