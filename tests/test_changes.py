"""Changes of all kinds are in the timeline; signatures of deploys see only deploys."""

from __future__ import annotations

import pytest

import logcorr
from logcorr.signatures.deploy_traffic import deploys_of
from logcorr.timeline.engine import Engine
from logcorr.timeline.needs import DEPLOYS

DPKG = "2026-11-23 06:12:41 upgrade php8.2-fpm:amd64 8.2.31-1 8.2.32-1\n2026-11-23 06:12:46 status installed php8.2-fpm:amd64 8.2.32-1\n"
DEPLOY = (
    '{"event":"deployment.completed","app":"shop","commit":"9f3c1ab","release":"v3","timestamp":"2026-11-23T09:56:35.043Z"}\n'
)
ROTATION = 'logrotate state -- version 2\n"/var/log/nginx/access.log" 2026-11-23-0:0:7\n'
BUILD = "2026-11-23T09:47:03.1234567Z ##[group]Run pytest -q\n2026-11-23T09:47:19.0070012Z Cleaning up orphan processes\n"
COMMIT = f"{'5b' * 20} {'9f' * 20} D <d@web1> 1795427581 +0100\tcommit: fix the rate\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [(DPKG, "package"), (ROTATION, "rotation"), (BUILD, "automation"), (COMMIT, "source")],
    ids=["package", "rotation", "automation", "source"],
)
def test_a_change_that_is_no_deploy(text, kind, write):
    timeline = logcorr.read(write({"x": text}))
    assert set(timeline.changes["change_kind"]) == {kind}
    assert timeline.deploys.empty
    assert Engine(timeline).get(DEPLOYS) is None


def test_deploys_among_other_changes(write):
    folder = write({"e/dpkg.log": DPKG, "e/deploy.log": DEPLOY, "e/status": ROTATION}) / "e"
    timeline = logcorr.read(folder)
    assert timeline.deploys["service_version"].tolist() == ["v3"]
    assert sorted(set(timeline.changes["change_kind"])) == ["deploy", "package", "rotation"]
    rows = Engine(timeline).get(DEPLOYS)
    assert rows is not None
    assert rows["service_version"].tolist() == ["v3"]


def test_packages_have_the_time_of_the_server(write):
    access = '192.0.2.218 - - [23/Nov/2026:06:12:42 +0100] "GET / HTTP/1.1" 502 157 "-" "okhttp/4"\n'
    timeline = logcorr.read(write({"e/dpkg.log": DPKG, "e/access.log": access}) / "e")
    assert str(timeline.changes["timestamp"].iloc[0]) == "2026-11-23 05:12:41+00:00"


def test_lines_of_an_apt_change_are_its_own(write):
    one = (
        "\nStart-Date: 2026-11-23  06:12:34\nCommandline: /usr/bin/unattended-upgrade\n"
        "Upgrade: nginx:amd64 (1.22.1-8, 1.22.1-9)\nEnd-Date: 2026-11-23  06:12:46\n"
    )
    timeline = logcorr.read(write({"history.log": one * 3}))
    (facts,) = timeline.files
    assert (facts.lines, facts.events, facts.continuation, facts.blank, facts.refused) == (15, 3, 9, 3, 0)
    assert timeline.changes["line"].tolist() == [2, 7, 12]
    assert timeline.changes["line_last"].tolist() == [5, 10, 15]


def test_an_ansible_run_is_read_as_a_whole(write):
    run = [
        "2026-11-23 10:47:03,123 p=12 u=deploy n=ansible | PLAY [deploy the shop] ****",
        "2026-11-23 10:47:09,871 p=12 u=deploy n=ansible | TASK [reload php-fpm] ****",
        '2026-11-23 10:47:12,004 p=12 u=deploy n=ansible | fatal: [web1]: FAILED! => {"msg": "no"}',
        "2026-11-23 10:47:12,300 p=12 u=deploy n=ansible | PLAY RECAP ****",
        "2026-11-23 10:47:12,301 p=12 u=deploy n=ansible | web1 : ok=5 changed=2 unreachable=0 failed=1 skipped=0",
    ]
    timeline = logcorr.read(write({"ansible.log": "\n".join(run)}), zone="UTC")
    assert timeline.deploys["deployment_status"].tolist() == ["started", "failed"]
    assert timeline.errors["line"].tolist() == [3]
    assert timeline.unparsed.empty


def test_a_run_on_several_hosts_is_one_deploy(write):
    run = [
        "2026-11-23 10:47:03,123 p=12 u=deploy n=ansible | PLAY [deploy the shop] ****",
        "2026-11-23 10:47:12,301 p=12 u=deploy n=ansible | web1 : ok=5 changed=2 unreachable=0 failed=0 skipped=0",
        "2026-11-23 10:47:12,302 p=12 u=deploy n=ansible | web2 : ok=2 changed=1 unreachable=0 failed=1 skipped=0",
        "2026-11-23 10:47:12,303 p=12 u=deploy n=ansible | web3 : ok=5 changed=2 unreachable=0 failed=0 skipped=0",
    ]
    rows = Engine(logcorr.read(write({"ansible.log": "\n".join(run)}), zone="UTC")).get(DEPLOYS)
    (deploy,) = deploys_of(rows)
    assert (deploy.status, len(deploy.rows)) == ("failed", 4)


def test_nightly_upgrades_are_no_application(write):
    log = [
        "2026-11-23 06:12:30,118 INFO Starting unattended upgrades script",
        "2026-11-23 06:12:31,000 INFO Allowed origins are: origin=Debian,codename=bookworm,label=Debian-Security",
        "2026-11-23 06:12:33,907 INFO Packages that will be upgraded: libmagic1 php8.2-fpm",
        "2026-11-23 06:12:34,001 INFO Writing dpkg log to /var/log/unattended-upgrades/unattended-upgrades-dpkg.log",
        "2026-11-23 06:12:46,733 ERROR Installing the upgrades failed!",
    ]
    timeline = logcorr.read(write({"x": "\n".join(log)}), zone="UTC")
    assert set(timeline.events["source"]) == {"unattended_upgrades"}
    assert timeline.changes["deployment_status"].tolist() == ["started", "failed"]
    assert timeline.errors.empty
