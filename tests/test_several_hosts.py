"""Several hosts in one evidence: what belongs to which, and what is said of it."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

import logcorr
from logcorr.report.remarks import remarks
from logcorr.timeline.engine import Engine
from logcorr.timeline.needs import FAILED_REQUESTS

CASES = ROOT / "tests" / "cases"
ERROR = (
    "2026/11/23 10:00:{0:02d} [error] 31#31: *9 connect() to unix:/run/app.sock failed (111: Connection refused) while connecting to "
    'upstream, client: 192.0.2.7, server: _, request: "GET /p HTTP/1.1", upstream: "http://unix:/run/app.sock:/", host: "shop"\n'
)
ACCESS = '192.0.2.7 - - [23/Nov/2026:10:00:{0:02d} +0000] "GET /p HTTP/1.1" {1} 612 "-" "okhttp/4.12.0"\n'


def reported(case: str) -> dict:
    folder = CASES / case
    return logcorr.diagnose(sorted(path for path in folder.iterdir() if path.name != "case.toml")).to_dict()


def fired(plain: dict, signature: str) -> dict:
    (found,) = (each for each in plain["findings"] if (each["signature"], each["state"]) == (signature, "fired"))
    return found


def test_one_host_that_fails_is_said_in_a_sentence():
    finding = fired(reported("intermittent_failures/one_of_three_hosts"), "intermittent_failures")
    assert remarks(finding)[-1] == "It is web2: 30 of 30 such requests failed there, 0 of 58 on the 2 other hosts."


def test_hosts_that_fail_alike_are_none():
    finding = fired(reported("intermittent_failures/all_hosts_alike"), "intermittent_failures")
    assert finding["facts"]["hosts"] == 2
    assert finding["facts"]["host"] is None
    assert "host_failed" not in finding["facts"]
    assert remarks(finding)[-1].startswith("It is none of the 2 hosts alone")


def test_one_host_has_no_word_of_hosts():
    finding = fired(reported("intermittent_failures/one_route_fails_now_and_then"), "intermittent_failures")
    assert not {"host", "hosts"} & set(finding["facts"])


def test_the_host_of_a_cause_is_said():
    finding = fired(reported("diagnosis/reload_failed_on_one_of_two_hosts"), "reload_failed")
    assert remarks(finding)[-1] == "It is on web2."
    assert "host" not in fired(reported("diagnosis/failed_reload_is_the_cause"), "reload_failed")["facts"]


def test_a_cause_on_all_hosts_is_named_for_each():
    plain = reported("diagnosis/reload_failed_on_all_hosts")
    (incident,) = plain["incidents"]
    assert {(each["signature"], each["facts"]["host"], each["grade"]) for each in incident["causes"]} == {
        ("reload_failed", host, "proved") for host in ("web1", "web2", "web3")
    }


@pytest.mark.parametrize("folders", [("web1", "web2"), ("web2", "web1")])
def test_an_error_is_of_a_request_of_its_own_host(folders, write):
    one, other = folders
    files = {
        f"{host}/access.log": "".join(ACCESS.format(at + (host == "web1"), 502) for at in range(0, 20, 4)) for host in folders
    }
    files[f"{one}/access.log"] += ACCESS.format(41, 200)
    files[f"{other}/error.log"] = "".join(ERROR.format(at + (other == "web1")) for at in range(0, 20, 4))
    failed = Engine(logcorr.read(write(files), zone="UTC")).get(FAILED_REQUESTS)
    told = failed[failed["error_event_id"].notna()]
    assert {Path(str(file)).parent.name for file in told["file"]} == {other}
    assert len(told) == 5


def test_an_error_of_an_unknown_host_may_be_of_any(write):
    files = {
        f"{host}/access.log": "".join(ACCESS.format(at + second, 502) for at in range(0, 20, 4))
        for second, host in enumerate(("web1", "web2"))
    }
    failed = Engine(logcorr.read(write(files | {"error.log": ERROR.format(5)}), zone="UTC")).get(FAILED_REQUESTS)
    assert failed["error_event_id"].notna().sum() == 1


def test_the_same_words_on_two_hosts_are_two_records(write):
    line = "2026-11-23T10:00:00.100000+00:00 {0} systemd[1]: shop.service: Main process exited, code=exited, status=1/FAILURE\n"
    files = {
        "web1/syslog": line.format("web1"),
        "web2/syslog": line.format("web2"),
        "central.log": line.format("web1") + line.format("web2"),
    }
    events = logcorr.read(write(files)).service_events
    assert sorted(events["host_name"]) == ["web1", "web2"]


def test_an_application_behind_a_proxy_of_another_host(write):
    app = '{{"time":"2026-11-23T10:00:{0:02d}.100Z","level":"error","hostname":"app1","method":"GET","path":"/p","status":500,"msg":"no stock"}}\n'
    files = {
        "lb1/access.log": "".join(ACCESS.format(at, 500) for at in range(0, 20, 4)),
        "lb1/syslog": "2026-11-23T10:00:00.100000+00:00 lb1 cron[71]: pam_unix(cron:session): session opened for user root\n",
        "app1/app.json": "".join(app.format(at) for at in range(0, 20, 4)),
    }
    log = logcorr.read(write(files)).sql("select host_name, request_key from log where source = 'app_json'")
    assert set(log["host_name"]) == {"app1"}
    assert log["request_key"].notna().all()


def sos_report(host: str, salt: int) -> tuple[str, bytes]:
    """A small report as sos makes it: name and bytes."""
    root = f"sosreport-{host}-2026-11-23-abcdefg"
    requests = [ACCESS.format(at, 502 if at % 9 == 8 else 200).replace("192.0.2.7", f"192.0.2.{salt + at}") for at in range(40)]
    stamp = "Nov 23 10:00:{0:02d} {1} "
    files = {
        "etc/nginx/nginx.conf": "http {\n  upstream app {\n    server unix:/run/app.sock;\n  }\n}\n",
        "sos_commands/host/hostname": f"{host}.example.org\n",
        "var/log/messages": "".join(
            stamp.format(at, host) + f"systemd[1]: Started Session {at + salt} of user root.\n" for at in range(5)
        ),
        "sos_commands/logs/journalctl_--no-pager": "".join(
            stamp.format(at, f"{host}.example.org")
            + f"systemd[1]: shop.service: Main process exited, code=exited, status={at + 1}/FAILURE\n"
            for at in range(3)
        ),
        "var/log/nginx/access.log": "".join(requests[20:]),
        "var/log/nginx/access.log-20261123.gz": gzip.compress("".join(requests[:20]).encode()),
        "sos_commands/process/ps_auxwww": "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as archive:
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            entry = tarfile.TarInfo(f"{root}/{name}")
            entry.size, entry.mtime = len(raw), 1795428000
            archive.addfile(entry, io.BytesIO(raw))
        link = tarfile.TarInfo(f"{root}/hostname")
        link.type, link.linkname = tarfile.SYMTYPE, "sos_commands/host/hostname"
        archive.addfile(link)
    return f"{root}.tar.xz", packed.getvalue()


@pytest.mark.parametrize("nested", [False, True])
def test_sos_reports_are_read_as_the_folders_of_their_hosts(nested, tmp_path):
    reports = [sos_report(host, 100 * at) for at, host in enumerate(("web1", "web2"))]
    if nested:
        with zipfile.ZipFile(tmp_path / "ticket-4711.zip", "w") as archive:
            for name, raw in reports:
                archive.writestr(name, raw)
    else:
        for name, raw in reports:
            (tmp_path / name).write_bytes(raw)
    timeline = logcorr.read(tmp_path)
    rows = timeline.sql("select host_name, file, timestamp_us, duplicate_of from requests order by file, line")
    assert set(rows["host_name"]) == {"web1", "web2"}
    assert rows["duplicate_of"].isna().all()
    assert len(rows) == 80
    for host in ("web1", "web2"):
        own = rows[rows["host_name"] == host]
        assert own["file"].str.contains(f"sosreport-{host}-2026-11-23-abcdefg.tar.xz!/sosreport-{host}-").all()
    events = timeline.sql("select distinct host_name, timestamp_us // 86400000000 as day, event_name from log")
    assert set(events["host_name"]) == {"web1", "web2"}
    assert set(events["day"]) == {1795392000 // 86400}
    assert "unit.process.exited" in set(events["event_name"].astype(str))
    problems = {each.file.name.rpartition("/")[2]: each.problem for each in timeline.files if each.problem}
    assert problems == {"hostname": "no regular file (a link or a device): not read"}
    formats = {each.file.name.rpartition("/")[2]: each.format for each in timeline.files}
    assert formats["nginx.conf"] == "nginx_config"
    assert formats["access.log"].startswith("nginx_access")
