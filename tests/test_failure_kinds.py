"""How each failed request failed and who made its answer, from real lines of nginx 1.22 of the ways that it can fail."""

from __future__ import annotations

import numpy as np
import pytest

import logcorr
from logcorr.signatures.failures import kinds, made_by, own_pages, upstream_of
from logcorr.timeline.engine import Engine
from logcorr.timeline.needs import FAILED_REQUESTS

FORMAT = (
    'log_format lab \'$time_iso8601 $remote_addr c=$connection "$request" st=$status bytes=$body_bytes_sent rt=$request_time '
    'us="$upstream_status" uct="$upstream_connect_time" uht="$upstream_header_time" ua="$upstream_addr"\';\n'
)
SOCKET = "unix:/srv/t/x.sock"
READING = "while reading response header from upstream"
CONNECTING = "while connecting to upstream"

#: status, upstream's status, connect time, header time, address, the error log's words and upstream -> kind, who made it
KNOWN = {
    "socket_missing": (
        502,
        "502",
        "-",
        "-",
        SOCKET,
        f"connect() to {SOCKET} failed (2: No such file or directory) {CONNECTING}",
    ),
    "queue_full": (
        *(502, "502", "-", "-", SOCKET),
        f"connect() to {SOCKET} failed (11: Resource temporarily unavailable) {CONNECTING}",
    ),
    "port_refused": (502, "502", "-", "-", "127.0.0.1:1", f"connect() failed (111: Connection refused) {CONNECTING}"),
    "none_alive": (502, "502", "-", "-", "dead", f"no live upstreams {CONNECTING}"),
    "connect_timeout": (504, "504", "-", "-", "10.0.3.7:80", f"upstream timed out (110: Connection timed out) {CONNECTING}"),
    "closed": (502, "502", "0.001", "-", SOCKET, f"upstream prematurely closed connection {READING}"),
    "reset": (502, "502", "0.000", "-", SOCKET, f"recv() failed (104: Connection reset by peer) {READING}"),
    "closed_unsaid": (502, "502", "0.000", "-", SOCKET, None),
    "read_timeout": (504, "504", "0.001", "-", SOCKET, f"upstream timed out (110: Connection timed out) {READING}"),
    "read_timeout_unsaid": (504, "504", "0.001", "-", SOCKET, None),
    "big_header": (502, "502", "0.000", "-", SOCKET, f"upstream sent too big header {READING}"),
    "no_tls": (
        *(502, "502", "-", "-", "127.0.0.1:9001"),
        "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream",
    ),
    "certificate": (
        *(502, "502", "-", "-", "127.0.0.1:9443"),
        "upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to upstream",
    ),
    "no_name": (502, "-", "-", "-", "-", "nosuch.example could not be resolved (110: Operation timed out)"),
    "no_address": (500, "-", "-", "-", "-", 'invalid URL prefix in ""'),
    "cycle": (500, "-", "-", "-", "-", 'rewrite or internal redirection cycle while processing "/rw/x/x/x/x/x"'),
    "returned": (500, "-", "-", "-", "-", None),
    "limited": (503, "-", "-", "-", "-", 'limiting requests, excess: 0.998 by zone "lr"'),
    "no_files": (500, "-", "-", "-", "", f"socket() failed (24: Too many open files) {CONNECTING}"),
    "no_connections": (500, "-", "-", "-", "", f"9 worker_connections are not enough {CONNECTING}"),
    "starved_unsaid": (500, "-", "-", "-", "", None),
    "application": (500, "500", "0.000", "0.001", SOCKET, None),
    "application_503": (503, "503", "0.000", "0.001", SOCKET, None),
    "application_with_stderr": (
        *(500, "500", "0.000", "0.001", SOCKET),
        f'FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught Error" {READING}',
    ),
    "error_page_500": (500, "502", "-", "-", "127.0.0.1:1", f"connect() failed (111: Connection refused) {CONNECTING}"),
    # of several tries the last one counts
    "refused_then_500": (
        500,
        "502, 500",
        "-, 0.000",
        "-, 0.001",
        f"127.0.0.1:1, {SOCKET}",
        f"connect() failed (111: Connection refused) {CONNECTING}",
    ),
    "refused_then_timeout": (
        504,
        "502, 504",
        "-, 0.000",
        "-, -",
        f"127.0.0.1:1, {SOCKET}",
        f"connect() failed (111: Connection refused) {CONNECTING}",
    ),
}
MEANT = {
    "socket_missing": ("unreachable", "upstream_unreachable"),
    "queue_full": ("queue_full", "upstream_queue_full"),
    "port_refused": ("unreachable", "upstream_unreachable"),
    "none_alive": ("unreachable", "upstream_unreachable"),
    "connect_timeout": ("connect_timed_out", "upstream_unreachable"),
    "closed": ("closed_early", "upstream_gave_no_answer"),
    "reset": ("closed_early", "upstream_gave_no_answer"),
    "closed_unsaid": ("closed_early", "upstream_gave_no_answer"),
    "read_timeout": ("timed_out", "upstream_gave_no_answer"),
    "read_timeout_unsaid": ("timed_out", "upstream_gave_no_answer"),
    "big_header": ("bad_response", "upstream_gave_no_answer"),
    "no_tls": ("bad_response", "upstream_gave_no_answer"),
    "certificate": ("bad_certificate", "upstream_gave_no_answer"),
    "no_name": ("alone", "proxy_alone"),
    "no_address": ("alone", "proxy_alone"),
    "cycle": ("alone", "proxy_alone"),
    "returned": ("alone", "proxy_alone"),
    "limited": ("refused", "proxy_alone"),
    "no_files": ("no_files", "proxy_alone"),
    "no_connections": ("no_connections", "proxy_alone"),
    "starved_unsaid": ("starved", "proxy_alone"),
    "application": ("answered", "app_without_logged_error"),
    "application_503": ("answered", "app_without_logged_error"),
    "application_with_stderr": ("answered", "app_without_logged_error"),
    "error_page_500": ("unreachable", "upstream_unreachable"),
    "refused_then_500": ("answered", "app_without_logged_error"),
    "refused_then_timeout": ("timed_out", "upstream_gave_no_answer"),
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """The failed requests of all ways, by the way."""
    folder = tmp_path_factory.mktemp("ways")
    access, errors = [], []
    for number, (way, (status, *fields, said)) in enumerate(KNOWN.items()):
        stamp = f"09:{number // 60:02d}:{number % 60:02d}"
        us, uct, uht, address = fields
        first = f"2026-11-23T{stamp}+00:00 127.0.0.1 c={number + 1}"
        access.append(
            f'{first} "GET /{way} HTTP/1.1" st={status} bytes=157 rt=0.001 us="{us}" uct="{uct}" uht="{uht}" ua="{address}"\n'
        )
        if said:
            tried = address.split(", ")[0]
            upstream = f', upstream: "http://{tried}{":" if tried == SOCKET else ""}/{way}"' if tried not in {"-", ""} else ""
            tail = f'client: 127.0.0.1, server: test, request: "GET /{way} HTTP/1.1"{upstream}, host: "test"'
            errors.append(f"2026/11/23 {stamp} [error] 152#152: *{number + 1} {said}, {tail}\n")
    for name, lines in (("access.log", access), ("error.log", errors), ("nginx.conf", ["http {\n", FORMAT, "}\n"])):
        (folder / name).write_text("".join(lines))
    rows = Engine(logcorr.read(folder, zone=["UTC"])).get(FAILED_REQUESTS)
    return rows.set_index(rows["url_path"].str.removeprefix("/"), drop=False)


@pytest.mark.parametrize("way", KNOWN)
def test_kind_and_maker(failed, way):
    assert (kinds(failed)[way], made_by(failed, np.array([], np.int64))[way]) == MEANT[way]


def test_upstream_is_the_one_that_was_tried_last(failed):
    assert upstream_of(failed)["refused_then_timeout"] == SOCKET
    assert upstream_of(failed)["port_refused"] == "127.0.0.1:1"


def test_a_page_of_nginx_is_known_by_its_size(failed):
    rows = failed.loc[["closed_unsaid", "socket_missing", "returned"]]
    assert own_pages(rows).tolist() == [True, True, False]  # 157 is the size of the page of 502 of this version
