"""Which host a row is of: as its line, its file, its folder or the whole evidence says."""

from __future__ import annotations

import io
import tarfile

import pytest

import logcorr
from logcorr.timeline.hosts import Clue, aliases, hosts_of

ACCESS = '192.0.2.{client} - - [23/Nov/2026:10:55:{second:02d} +0100] "GET /{path} HTTP/1.1" {status} 612 "-" "okhttp/4.12.0"\n'
SYSLOG = (
    "2026-11-23T10:55:{second:02d}.120000+01:00 {host} cron[{pid}]: pam_unix(cron:session): session opened for user {user}\n"
)


def access(of: int, count: int = 6) -> str:
    return "".join(ACCESS.format(client=of, second=at + of, path=f"p{of}/{at}", status=200) for at in range(count))


def syslog(*hosts: str, user: str = "backup") -> str:
    return "".join(SYSLOG.format(second=at, host=host, pid=700 + at, user=user) for at, host in enumerate(hosts * 3))


def told(evidence) -> dict[str, set[str | None]]:
    """The hosts of the rows of each file."""
    timeline = logcorr.read(evidence)
    rows = timeline.sql("select file, host_name from log union all select file, host_name from requests")
    rows = rows.astype(object).where(rows.notna(), None)
    folder = str(evidence)
    return {
        str(file).removeprefix(folder).lstrip("/"): set(own["host_name"])
        for file, own in rows.groupby(rows["file"].astype(str))
    }


def test_one_host_of_all(write):
    assert told(write({"access.log": access(1), "syslog": syslog("web1")})) == {"access.log": {"web1"}, "syslog": {"web1"}}


def test_folders_whose_lines_name_their_hosts(write):
    found = told(
        write(
            {
                "a/nginx/access.log": access(1),
                "a/syslog": syslog("web1"),
                "b/nginx/access.log": access(2),
                "b/syslog": syslog("web2"),
                "access-of-somebody.log": access(3),
            }
        )
    )
    assert found == {
        "a/nginx/access.log": {"web1"},
        "a/syslog": {"web1"},
        "b/nginx/access.log": {"web2"},
        "b/syslog": {"web2"},
        "access-of-somebody.log": {None},
    }


def test_folders_of_the_same_kind_are_hosts(write):
    found = told(write({"web1/access.log": access(1), "web2/access.log.1": access(2), "notes/syslog": syslog("web1", "web2")}))
    assert found == {"web1/access.log": {"web1"}, "web2/access.log.1": {"web2"}, "notes/syslog": {"web1", "web2"}}


def test_lines_come_before_the_name_of_the_folder(write):
    files = {"one/access.log": access(1), "one/syslog": syslog("web1"), "two/access.log": access(2)}
    assert told(write(files)) == {"one/access.log": {"web1"}, "one/syslog": {"web1"}, "two/access.log": {"two"}}


def test_a_central_log_keeps_its_hosts_by_line(write):
    found = told(write({"remote.log": syslog("web1", "web2", "db1"), "access.log": access(1)}))
    assert found == {"remote.log": {"web1", "web2", "db1"}, "access.log": {None}}


def test_short_and_whole_name_are_one_host(write):
    files = {"syslog": syslog("web1"), "mail.log": syslog("WEB1.example.org"), "access.log": access(1)}
    assert told(write(files)) == {"syslog": {"web1"}, "mail.log": {"web1"}, "access.log": {"web1"}}


def test_localhost_is_no_name_where_there_is_another(write):
    files = {
        "web1/syslog": syslog("localhost"),
        "web1/access.log": access(1),
        "web2/syslog": syslog("localhost", user="deploy"),
    }
    assert told(write(files | {"web2/access.log": access(2)})) == {
        "web1/syslog": {"web1"},
        "web1/access.log": {"web1"},
        "web2/syslog": {"web2"},
        "web2/access.log": {"web2"},
    }


def test_localhost_alone_stays(write):
    assert told(write({"syslog": syslog("localhost"), "access.log": access(1)})) == {
        "syslog": {"localhost"},
        "access.log": {"localhost"},
    }


@pytest.mark.parametrize("folders", [("nginx", "apache2"), ("2026-11-22", "2026-11-23"), ("before", "after"), ("old", "logs")])
def test_folders_of_a_kind_or_a_time_are_no_hosts(folders, write):
    found = told(write({f"{folder}/access.log": access(at) for at, folder in enumerate(folders, 1)}))
    assert set.union(*found.values()) == {None}


def test_parts_of_one_host_are_no_hosts(write):
    found = told(write({"syslog": syslog("web1"), "shop/access.log": access(1), "blog/access.log": access(2)}))
    assert found == {"syslog": {"web1"}, "shop/access.log": {"web1"}, "blog/access.log": {"web1"}}


def test_a_copy_of_a_folder_is_no_host(write):
    found = told(write({"first/access.log": access(1), "again/access.log": access(1)}))
    assert set.union(*found.values()) == {None}


def report_of(path, host: str, files: dict[str, str]) -> None:
    root = f"sosreport-{host}-2026-11-23-qwertyu"
    with tarfile.open(path / f"{root}.tar.xz", "w:xz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{root}/{name}")
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))


def test_archives_are_folders(tmp_path):
    report_of(tmp_path, "a", {"var/log/nginx/access.log": access(1), "etc/hostname": "web1\n"})
    report_of(tmp_path, "b", {"var/log/nginx/access.log": access(2), "etc/hostname": "web2\n"})
    report_of(tmp_path, "web3", {"var/log/nginx/access.log": access(3)})
    report_of(
        tmp_path,
        "web4",
        {"var/log/nginx/access.log": access(4), "sos_commands/logs/journalctl_--no-pager": syslog("web4.example.org")},
    )
    found = told(tmp_path)
    assert {name.partition("!")[0].split("-")[1]: hosts for name, hosts in found.items() if name.endswith("access.log")} == {
        "a": {"web1"},
        "b": {"web2"},
        "web3": {"web3"},
        "web4": {"web4.example.org"},
    }


@pytest.mark.parametrize(
    ("names", "spelled"),
    [
        (["web1", "web1.example.org"], {"web1": "web1", "web1.example.org": "web1"}),
        (["web1.a.org", "web1.b.org", "web1"], {"web1.a.org": "web1.a.org", "web1.b.org": "web1.b.org", "web1": "web1"}),
        (["web1.example.org"], {"web1.example.org": "web1.example.org"}),
        (["WEB1", "web1", "web1."], {"WEB1": "web1", "web1": "web1", "web1.": "web1"}),
        (["10.0.0.1", "10.0.0.2"], {"10.0.0.1": "10.0.0.1", "10.0.0.2": "10.0.0.2"}),
        (["web1", "web10"], {"web1": "web1", "web10": "web10"}),
    ],
)
def test_aliases(names, spelled):
    assert aliases(names) == spelled
    assert aliases(names[::-1]) == spelled


def test_the_nearest_folder_that_tells_wins():
    clues = [
        Clue("rack/a/x.log", frozenset({"a1"})),
        Clue("rack/a/deep/y.log"),
        Clue("rack/b/x.log", frozenset({"b1", "b2"})),
        Clue("rack/b/y.log"),
        Clue("rack/z.log"),
    ]
    assert hosts_of(clues, {}) == {"rack/a/x.log": "a1", "rack/a/deep/y.log": "a1"}
