"""Several commands in one file: each part is what it is, lines are those of the file, and no log becomes a session."""

from __future__ import annotations

import pytest

import logcorr
from logcorr.evidence import gather
from logcorr.reading import read_files
from logcorr.reading.prompts import heading_of, opens_session
from logcorr.reading.transcripts import sections_of

LISTING = "srw-rw---- 1 www-data www-data 0 2026-11-23 10:56:25.963863396 +0100 /run/php/php8.2-fpm.sock"
JOURNAL = "Nov 23 10:55:00 web1 systemd[1]: Reloading php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager..."
ACCESS = '192.0.2.218 - - [23/Nov/2026:10:55:01 +0100] "GET / HTTP/1.1" 502 157 "-" "okhttp/4"'
ERROR = "2026/11/23 10:55:01 [error] 76#76: *4868 connect() to unix:/x failed (111: Connection refused), client: 192.0.2.1"
APP = "2026-11-23 10:55:02,326 ERROR [82] invoices: no rate"
SOCKETS = (
    "Netid State  Recv-Q Send-Q    Local Address:Port   Peer Address:PortProcess\n"
    "u_str LISTEN 0      4096      /run/php/php8.2-fpm.sock 251583            * 0"
)


def facts_of(path):
    (facts,) = read_files(gather([path]))
    assert facts.lines == facts.events + facts.continuation + facts.blank + facts.refused
    return facts


def session(*parts: tuple[str, str]) -> str:
    """Headings and what stands below each."""
    return "".join(f"{heading}\n{text}\n" if text else f"{heading}\n" for heading, text in parts)


@pytest.mark.parametrize(
    ("line", "command", "host"),
    [
        ("$ ls -l /run/php", "ls -l /run/php", None),
        ("# systemctl status nginx", "systemctl status nginx", None),
        ("root@web1:/srv# ss -lx", "ss -lx", "web1"),
        ("[deploy@web1 ~]$ journalctl -u php8.2-fpm", "journalctl -u php8.2-fpm", "web1"),
        ("(venv) deploy@web1:~/app$ python -V", "python -V", "web1"),
        ("web1:~ # df -h", "df -h", "web1"),
        ("sh-5.1# ps aux", "ps aux", None),
        ("/ # ls -l", "ls -l", None),
        ("\x1b[01;32mroot@web1\x1b[00m:\x1b[01;34m~\x1b[00m# date", "date", "web1"),
        ("+ systemctl status nginx", "systemctl status nginx", None),
        ("==> /var/log/nginx/error.log <==", "/var/log/nginx/error.log", None),
        ("=== nginx -t ===", "nginx -t", None),
        ("--- date ---", "date", None),
        ("##### ps aux", "ps aux", None),
        ("=====[ df -h ]=====", "df -h", None),
        ("*** Command: free -m ***", "free -m", None),
        ("$ sudo -u www-data LC_ALL=C ls -l /run", "sudo -u www-data LC_ALL=C ls -l /run", None),
        ("$ ssh -p 2222 deploy@web2 systemctl status nginx", "ssh -p 2222 deploy@web2 systemctl status nginx", "web2"),
    ],
)
def test_headings(line, command, host):
    heading = heading_of(line)
    assert heading
    assert (heading.command, heading.host) == (command, host)
    assert opens_session(heading)


@pytest.mark.parametrize(
    "line",
    [
        "# configuration file /etc/nginx/nginx.conf:",
        "# find out why this is slow",
        "+ one more line of a difference",
        "-- Reboot --",
        "--- a/src/app.py",
        "=== disk usage ===",
        "$ frobnicate",
        "root@web1:~#",
        JOURNAL,
        ACCESS,
        ERROR,
        APP,
        '{"message": "$ ls -l"}',
        "",
    ],
)
def test_what_opens_no_session(line):
    heading = heading_of(line)
    assert heading is None or not opens_session(heading)


def test_each_part_is_what_it_is(write):
    text = session(
        ("root@web1:~# date", "Mon Nov 23 10:58:55 CET 2026"),
        ("root@web1:~# ls -l --time-style=full-iso /run/php/php8.2-fpm.sock", LISTING),
        ("root@web1:~# ss -lx", SOCKETS),
        ("root@web1:~# journalctl -u php8.2-fpm", f"{JOURNAL}\n{JOURNAL.replace(':00', ':01')}"),
        ("root@web1:~# frobnicate --all", "splines reticulated"),
        ("root@web1:~# cd /srv", ""),
        ("root@web1:/srv# tail -n 1 /var/log/nginx/access.log", ACCESS),
        ("root@web1:/srv#", ""),
    )
    facts = facts_of(write({"typescript": text}))
    assert dict(facts.counts) == {"clock": 1, "file_list": 1, "socket_list": 1, "journal": 2, "nginx_access:combined": 1}
    assert facts.refused == 1
    assert facts.commands == 6
    timeline = logcorr.read(write({"t/typescript": text}) / "t")
    states = timeline.states.set_index("source")
    assert states.loc["file_list", "line"] == 4
    assert states.loc["socket_list", "line"] == 7
    assert set(timeline.events["host_name"]) == {"web1"}
    assert timeline.requests["line"].tolist() == [15]
    assert timeline.lines(timeline.files[0].file.name, 15, 15) == [ACCESS]
    (refused,) = timeline.unparsed.to_dict("records")
    assert (refused["line"], refused["text"]) == (12, "splines reticulated")
    assert "frobnicate --all" in refused["reason"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_typescript_with_colours(end, write):
    lines = [
        "Script started on 2026-11-23 10:58:55+01:00 [TERM=xterm]",
        "\x1b[?2004h\x1b]0;root@web1: ~\x07root@web1:~# ls -l --time-style=full-iso /run/php/php8.2-fpm.sock",
        f"\x1b[0m{LISTING}\x1b[0m",
        "\x1b[?2004hroot@web1:~# exit",
        "",
        'Script done on 2026-11-23 10:59:02+01:00 [COMMAND_EXIT_CODE="0"]',
    ]
    facts = facts_of(write({"typescript": end.join(lines) + end}))
    assert dict(facts.counts) == {"file_list": 1}
    assert facts.refused == 0


def test_lines_above_the_first_prompt_of_a_recording(write):
    text = f"Last login: Mon Nov 23 10:55:01 2026 from 192.0.2.7\nWelcome, all is logged.\n\nroot@web1:~# ss -lx\r\n\x1b[?2004l\r{SOCKETS}\n"
    facts = facts_of(write({"x": text}))
    assert dict(facts.counts) == {"socket_list": 1}
    assert facts.refused == 0


def test_headings_of_tail(write):
    text = session(("==> /var/log/nginx/access.log <==", f"{ACCESS}\n"), ("==> /var/log/nginx/error.log <==", ERROR))
    facts = facts_of(write({"x": text}))
    assert dict(facts.counts) == {"nginx_access:combined": 1, "nginx_error": 1}


def test_tail_of_several_files_within_a_session(write):
    inner = session(("==> access.log <==", f"{ACCESS}\n"), ("==> error.log <==", ERROR))
    facts = facts_of(write({"x": session(("$ tail access.log error.log", inner), ("$ date", "Mon Nov 23 09:58:55 UTC 2026"))}))
    assert dict(facts.counts) == {"nginx_access:combined": 1, "nginx_error": 1, "clock": 1}


@pytest.mark.parametrize(
    "shape",
    ["=== {} ===", "--- {} ---", "### {} ###", "##### {}", "====================\n{}\n====================", "+ {}"],
)
def test_headings_of_collecting_scripts(shape, write):
    text = session((shape.format("ss -lx"), SOCKETS), (shape.format("journalctl -n 1"), JOURNAL))
    facts = facts_of(write({"x": text}))
    assert dict(facts.counts) == {"socket_list": 1, "journal": 1}
    assert facts.refused == 0


def test_access_format_of_a_configuration_in_the_session(write):
    configuration = "http {\n    log_format own '$time_iso8601 $status $request_time \"$request\"';\n    access_log /var/log/nginx/access.log own;\n}"
    text = session(
        ("$ cat /etc/nginx/nginx.conf", configuration),
        ("$ tail -1 access.log", '2026-11-23T10:55:01+01:00 502 0.001 "GET / HTTP/1.1"'),
    )
    facts = facts_of(write({"x": text}))
    assert facts.refused == 0
    assert facts.counts["nginx_access:own"] == 1


def test_boot_of_uptime(write):
    timeline = logcorr.read(
        write({"x": session(("$ uptime -s", "2026-11-20 08:47:12"), ("$ date -u", "Mon Nov 23 09:58:55 UTC 2026"))})
    )
    boot = timeline.states.set_index("source").loc["uptime"]
    assert (boot["subject"], str(boot["timestamp"])) == ("boot", "2026-11-20 08:47:12+00:00")


@pytest.mark.parametrize("log", [ACCESS, ERROR, JOURNAL, APP])
@pytest.mark.parametrize(
    "forged", ["$ journalctl -u php8.2-fpm", "root@web1:~# ls -l /run", "==> /var/log/syslog <==", "=== nginx -t ==="]
)
def test_a_log_that_quotes_a_prompt_stays_a_log(log, forged, write):
    """Whoever gets a line into a log gets no word of another writer into the evidence."""
    text = f"{log}\n{log}\n{forged}\n{JOURNAL.replace('Reloading', 'Failed to reload')}\n{log}\n"
    assert not sections_of(text.split("\n"))
    timeline = logcorr.read(write({"x": text}))
    if log != JOURNAL:
        assert timeline.service_events.empty


def test_a_document_that_begins_with_a_comment_stays_whole(write):
    unit = "# systemctl cat shop\n[Service]\nExecReload=/bin/kill -USR2 $MAINPID\n# ls -l /run\nRestart=always\n"
    facts = facts_of(write({"x": unit}))
    assert dict(facts.counts) == {"unit_file": 2}


@pytest.mark.parametrize("text", ["$ ls\n", "$ date\n\n\n", "root@web1:~# ls\nroot@web1:~# \n"])
def test_commands_that_print_nothing(text, write):
    facts = facts_of(write({"x": text}))
    assert facts.events == facts.refused == 0


def test_noise_in_a_session_is_accounted_for(write):
    noise = "\x00\x01\n\ufffd\n" + "[" * 5000 + "\n$ \n$ ls " + "x" * 5000
    facts = facts_of(write({"x": session(("$ date", noise), ("$ ls -l", LISTING))}))
    assert facts.refused >= 3
