"""Known messages: each sample is its message alone, near misses stay silent, and nobody speaks for another program."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

from logcorr import messages
from logcorr.errors import MessageError
from logcorr.families import CAPTURES
from logcorr.messages import Message, Program, annotate, load

KNOWN = [(program, message) for program in messages.PROGRAMS for message in program.messages]
IDS = [message.id for _, message in KNOWN]

FILE = """\
program = "feed"
sources = ["feed_log"]
identifiers = '^feed$'

[[message]]
id = "feed.ready"
event_name = "service.ready"
anchor = "ready on "
pattern = 'ready on (?P<address>\\S+)$'
sample = "ready on 127.0.0.1:3000"
near_miss = "not ready on 127.0.0.1:3000"
"""


def log(*rows: tuple[str | None, str | None], **columns: list[str | None]) -> pa.Table:
    names, bodies = zip(*rows, strict=True) if rows else ((), ())
    table = {"service_name": pa.array(names, pa.string()), "body": pa.array(bodies, pa.string())}
    return pa.table(table | {name: pa.array(values, pa.string()) for name, values in columns.items()})


def meanings(source: str, *rows: tuple[str | None, str | None], **columns: list[str | None]) -> list[str | None]:
    return annotate(log(*rows, **columns), source)["message_id"].to_pylist()


def facts(source: str, name: str | None, body: str) -> dict[str, str]:
    (row,) = annotate(log((name, body)), source).select(["message_id", "event_name", *CAPTURES]).to_pylist()
    return {key: value for key, value in row.items() if value is not None}


def said_by(program: Program, message: Message, bodies: tuple[str, ...]) -> list[str | None]:
    """What its own program's log makes of bodies, at a level of the message."""
    if not program.sources:
        return meanings("journal_json", *((program.name, body) for body in bodies))
    level = message.levels[0] if message.levels else None
    return meanings(program.sources[0], *((program.name, body) for body in bodies), severity_text=[level] * len(bodies))


@pytest.mark.parametrize(("program", "message"), KNOWN, ids=IDS)
def test_sample_is_its_message_and_no_other(program, message):
    assert said_by(program, message, message.samples) == [message.id] * len(message.samples)
    for other in messages.PROGRAMS:
        if other is not program and other.sources:
            assert message.id not in meanings(other.sources[0], *((None, sample) for sample in message.samples))


@pytest.mark.parametrize(("program", "message"), KNOWN, ids=IDS)
def test_near_miss_stays_silent(program, message):
    assert message.id not in said_by(program, message, message.near_misses)


@pytest.mark.parametrize(("program", "message"), KNOWN, ids=IDS)
def test_message_is_well_named(program, message):
    assert message.id.startswith(f"{program.name}.")
    assert re.fullmatch(r"[a-z]+(?:\.[a-z_]+)+", message.event_name)
    assert message.about
    assert message.source
    assert message.versions


def test_files_of_the_package_are_proved_and_listed():
    folder = Path(messages.__file__).parent
    assert {Path(program.file).name for program in messages.PROGRAMS} == {path.name for path in folder.glob("*.toml")}
    for program in messages.PROGRAMS:
        assert load(folder / Path(program.file).name).messages == program.messages


def test_ids_are_unique():
    assert len(set(IDS)) == len(IDS)


def test_programs_are_read_once():
    assert all(one is other for one, other in zip(messages.PROGRAMS, messages.PROGRAMS, strict=True))
    assert {program.name for program in messages.PROGRAMS} >= {"systemd", "php-fpm", "nginx", "gunicorn", "chronyd"}


def test_reload_failed_in_both_wordings():
    assert facts("syslog", "systemd", "Reload failed for The PHP FastCGI Process Manager.") == {
        "message_id": "systemd.reload_failed",
        "event_name": "unit.reload.failed",
        "unit_description": "The PHP FastCGI Process Manager",
    }
    assert facts("journal_json", "systemd", "Reload failed for php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.") == {
        "message_id": "systemd.reload_failed",
        "event_name": "unit.reload.failed",
        "unit": "php8.2-fpm.service",
        "unit_description": "The PHP 8.2 FastCGI Process Manager",
    }


@pytest.mark.parametrize(
    ("source", "name", "body"),
    [
        ("syslog", "myapp", "Reload failed for nginx.service - x."),
        ("syslog", "systemd-logind", "Reload failed for nginx.service - x."),
        ("syslog", "xsystemd", "Reload failed for nginx.service - x."),
        ("syslog", None, "Reload failed for nginx.service - x."),
        ("app_json", "systemd", "Reload failed for nginx.service - x."),
        ("app_text", "php-fpm", "FPM initialization failed"),
        ("php_fpm", "php-fpm", "Reload failed for nginx.service - x."),
        ("nginx_error", "systemd", "Reload failed for nginx.service - x."),
        ("nginx_error", None, "Another FPM instance seems to already listen on /run/php/php8.2-fpm.sock"),
        ("syslog", "myapp", "FPM initialization failed"),
        ("syslog", "myapp", "ERROR: FPM initialization failed"),
        ("syslog", "myapp", "still could not bind()"),
        ("syslog", "myapp", "2026/11/23 10:00:00 reopening logs"),
        ("syslog", "gunicorn", "WORKER TIMEOUT (pid:4213)"),
        ("syslog", "systemd", "[23-Nov-2026 10:56:25] ERROR: FPM initialization failed"),
        ("syslog", "kernel", "[23-Nov-2026 10:56:25] ERROR: FPM initialization failed"),
        ("syslog", "myapp", "said: [23-Nov-2026 10:56:25] ERROR: FPM initialization failed"),
        ("syslog", "systemd", "forged\nReload failed for nginx.service - x."),
        ("app_json", "feed", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
        ("syslog", "feed", "said: FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
        ("syslog", "kernel", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
        ("syslog", "feed", "Out of memory: Killed process 4711 (node) total-vm:1207356kB"),
        ("syslog", "feed", "! Terminating timed out worker: 4711"),
        ("syslog", "systemd", "Reloading."),
        ("syslog", "systemd", "Reloading..."),
        ("syslog", "systemd", "Reloading finished in 212 ms."),
        ("nginx_error", None, 'strange, client: 1.2.3.4, request: "GET / connect() failed (111: Connection refused)"'),
    ],
)
def test_words_of_others_are_only_words(source, name, body):
    assert facts(source, name, body) == {}


@pytest.mark.parametrize(
    ("source", "name", "body", "expected"),
    [
        (
            "syslog",
            "fpm-graceful-reload",
            "[23-Nov-2026 10:56:25] ERROR: Another FPM instance seems to already listen on /run/php/php8.2-fpm.sock",
            {"message_id": "php-fpm.another_instance", "address": "/run/php/php8.2-fpm.sock"},
        ),
        (
            "journal_short",
            "php8.3-fpm",
            "ERROR: [pool www] Another FPM instance seems to already listen on /var/run/php/php8.3-fpm.sock",
            {"message_id": "php-fpm.another_instance", "address": "/var/run/php/php8.3-fpm.sock"},
        ),
        (
            "syslog",
            "php-fpm",
            '[NOTICE] using inherited socket fd=7, "/run/php/php8.2-fpm.sock"',
            {"message_id": "php-fpm.socket_inherited", "event_name": "socket.inherited", "address": "/run/php/php8.2-fpm.sock"},
        ),
        (
            "journal_json",
            "php-fpm8.2",
            "[23-Nov-2026 09:56:19] ERROR: [/etc/php/8.2/fpm/pool.d/www.conf:9] unknown entry 'pm.max_childen'",
            {"event_name": "config.rejected", "config_file": "/etc/php/8.2/fpm/pool.d/www.conf", "config_line": "9"},
        ),
        (
            "journal_json",
            "nginx",
            '2026/11/23 09:56:46 [emerg] 2138#2138: unknown directive "bogus" in /etc/nginx/conf.d/x.conf:1',
            {"event_name": "config.rejected", "config_file": "/etc/nginx/conf.d/x.conf", "config_line": "1"},
        ),
        (
            "syslog",
            "nginx",
            'nginx: [emerg] host not found in upstream "app" in /etc/nginx/conf.d/x.conf:1',
            {"event_name": "config.rejected", "address": "app"},
        ),
        (
            "syslog",
            "nginx",
            'nginx: [warn] duplicate MIME type "text/html" in /etc/nginx/nginx.conf:33',
            {"event_name": "config.warned", "config_line": "33"},
        ),
        (
            "syslog",
            "deploy-shop",
            "nginx: configuration file /etc/nginx/nginx.conf test is successful",
            {"event_name": "config.accepted", "config_file": "/etc/nginx/nginx.conf"},
        ),
        (
            "journal_short",
            "python3",
            "[2026-11-23 07:19:02 -0300] [34] [WARNING] Worker with pid 4212 was terminated due to signal 9",
            {"event_name": "worker.killed", "subject_pid": "4212", "signal": "9"},
        ),
        (
            "journal_export",
            "systemd",
            "php8.2-fpm.service: Main process exited, code=exited, status=78/CONFIG",
            {"event_name": "unit.process.exited", "unit": "php8.2-fpm.service", "result": "exited", "exit_code": "78"},
        ),
        (
            "nginx_error",
            None,
            "connect() to unix:/run/php/shop.sock failed (111: Connection refused) while connecting to upstream, client: ::1",
            {
                "event_name": "upstream.connect_failed",
                "address": "unix:/run/php/shop.sock",
                "detail": "111: Connection refused",
            },
        ),
        (
            "nginx_error",
            None,
            "upstream timed out (110: Connection timed out) while reading response header from upstream, client: ::1",
            {"event_name": "upstream.timed_out", "detail": "reading response header from upstream"},
        ),
        (
            "nginx_error",
            None,
            'FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught Error: no\nStack trace:\n#0 {main}" while reading',
            {"event_name": "upstream.stderr", "detail": "PHP message: PHP Fatal error:  Uncaught Error: no"},
        ),
    ],
)
def test_real_lines(source, name, body, expected):
    found = facts(source, name, body)
    assert expected.items() <= found.items()


def test_level_decides_where_words_are_the_same():
    body = 'the "ssl" directive is odd in /etc/nginx/conf.d/x.conf:12'
    found = meanings("nginx_error", (None, body), (None, body), (None, body), severity_text=["emerg", "warn", "error"])
    assert found == ["nginx.config_rejected", "nginx.config_warned", None]


def test_columns_are_complete_and_text_whatever_was_found():
    for source in ("journal_json", "nginx_error", "app_json"):
        for table in (log(), log(("myapp", None), (None, "x"))):
            found = annotate(table, source)
            assert found.column_names == ["service_name", "body", "message_id", "event_name", *CAPTURES]
            assert {found.schema.field(name).type for name in ("message_id", "event_name", *CAPTURES)} == {pa.string()}
            assert found.num_rows == table.num_rows
            assert found["message_id"].null_count == table.num_rows


def test_what_the_table_states_is_kept():
    rows = [("systemd", "Started a.service - A."), ("systemd", "Started b.service - B.")]
    table = log(*rows, unit=["other.service", None])
    found = annotate(table, "journal_json")
    assert found["unit"].to_pylist() == ["other.service", "b.service"]
    assert found.column_names.index("unit") == table.column_names.index("unit")
    assert table.column_names == ["service_name", "body", "unit"]
    assert annotate(found, "journal_json").equals(found)


def test_chunks_and_dictionaries_do_not_matter():
    row = log(("systemd", "Started a.service - A."), ("php-fpm", "NOTICE: ready to handle connections"), ("x", "y"))
    encoded = row.set_column(0, "service_name", row["service_name"].dictionary_encode())
    expected = ["systemd.started", "php-fpm.ready", None]
    assert annotate(pa.concat_tables([row, row]), "syslog")["message_id"].to_pylist() == expected * 2
    assert annotate(encoded, "syslog")["message_id"].to_pylist() == expected


def test_first_message_of_a_file_wins_and_own_files_work():
    second = (
        FILE[FILE.index("[[message]]") :].replace("feed.ready", "feed.up").replace("ready on (?P<address>\\S+)$", "ready on .*")
    )
    second = second.replace('sample = "ready on 127.0.0.1:3000"', 'sample = "ready on two hosts"').replace(
        '"not ready', '"not  ready'
    )
    program = load(FILE + second)
    table = log(("feed", "ready on 127.0.0.1:3000"), ("feed", "ready on two hosts"), ("x", "ready on a"))
    found = annotate(table, "syslog", programs=[program])
    assert found["message_id"].to_pylist() == ["feed.ready", "feed.up", None]
    assert annotate(table, "feed_log", programs=[program])["address"].to_pylist() == ["127.0.0.1:3000", None, "a"]


def test_load_reads_files_by_path(tmp_path: Path):
    path = tmp_path / "feed.toml"
    path.write_text(FILE)
    assert load(path) == load(str(path))
    assert load(path).messages == load(FILE).messages
    with pytest.raises(MessageError, match="cannot be read"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("(?P<address>", "(?P<host>", 9, "feed.ready: unknown capture 'host'"),
        ("(?P<address>", "(", 9, "feed.ready: pattern is not RE2"),
        ("ready on (?P", "(?=ready)(?P", 9, "feed.ready: pattern is not RE2"),
        ('sample = "ready on 127.0.0.1:3000"', 'sample = "ready on a b"', 10, "feed.ready: sample not matched"),
        ('sample = "ready on 127.0.0.1:3000"', 'sample = "up"', 10, "feed.ready: anchor 'ready on ' not in sample"),
        ('sample = "ready on', 'samples = [\n"ready on a",\n"ready on b c",\n]\n# "', 12, "feed.ready: sample not matched"),
        ('sample = "ready on 127.0.0.1:3000"', "", 6, "feed.ready: no sample"),
        ('"not ready', '"ready', 11, "feed.ready: near miss matched"),
        ("near_miss", "near_mis", 11, "feed.ready: unknown key 'near_mis'"),
        ('event_name = "service.ready"', "event_name = 3", 7, "feed.ready: event_name must be text"),
        ('anchor = "ready on "', "", 6, "feed.ready: no anchor"),
        ("'^feed$'", "'^(feed$'", 3, "identifiers is not RE2"),
        ('sources = ["feed_log"]', "framing = '^x'", 2, "framing has no group 'body'"),
        ('sources = ["feed_log"]', "source = 1", 2, "unknown key 'source'"),
        ('program = "feed"', "", 1, "no program"),
        ('id = "feed.ready"', "id = ", 6, "not TOML"),
    ],
)
def test_error_names_file_line_and_message(tmp_path: Path, old, new, line, what):
    assert old in FILE
    path = tmp_path / "feed.toml"
    path.write_text(FILE.replace(old, new, 1))
    with pytest.raises(MessageError, match=re.escape(f"feed.toml:{line}: {what}")):
        load(path)


def test_duplicate_and_shadowed_messages_are_errors():
    block = FILE[FILE.index("[[message]]") :]
    with pytest.raises(MessageError, match=r"<text>:13: feed\.ready: duplicate id"):
        load(FILE + block)
    with pytest.raises(MessageError, match=r"<text>:17: feed\.up: sample is taken by the earlier feed\.ready"):
        load(FILE + block.replace("feed.ready", "feed.up"))
