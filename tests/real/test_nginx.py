"""A real nginx in front of services that are there, that are gone, and that never were; its logs, read back."""

from __future__ import annotations

import errno
import http.client
import os
import re
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

import pandas as pd
import pytest

import logcorr
from real.conftest import Start, program, wait_for

pytestmark = pytest.mark.real

LOOPBACK = "127.0.0.1"
FORMATS = ("combined", "extended", "json")
CONFIGURATION = """\
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {evidence}/error.log warn;
worker_processes 2;
events {{ worker_connections 64; }}
http {{
    log_format extended '$remote_addr - $remote_user [$time_local] "$request" '
                        '$status $body_bytes_sent "$http_referer" "$http_user_agent" '
                        'rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" '
                        'urt="$upstream_response_time" us="$upstream_status" ua="$upstream_addr" c=$connection rid=$request_id';
    log_format json escape=json
        '{{"time":"$time_iso8601","msec":$msec,"client":"$remote_addr","request":"$request","method":"$request_method",'
        '"uri":"$request_uri","status":$status,"bytes":$body_bytes_sent,"duration":$request_time,'
        '"agent":"$http_user_agent","referer":"$http_referer","connection":$connection,"id":"$request_id",'
        '"upstream":{{"addr":"$upstream_addr","status":"$upstream_status","connect":"$upstream_connect_time",'
        '"header":"$upstream_header_time","response":"$upstream_response_time"}}}}';
    access_log {evidence}/combined.log combined;
    access_log {evidence}/extended.log extended;
    access_log {evidence}/json.log json;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream both {{
        server {loopback}:{dead_port} max_fails=0;
        server unix:{folder}/app.sock max_fails=0;
    }}
    server {{
        listen {loopback}:{port};
        server_name shop;
        location /app/ {{ proxy_pass http://unix:{folder}/app.sock:/; }}
        location /refused/ {{ proxy_pass http://unix:{folder}/dead.sock:/; }}
        location /odd/ {{ proxy_pass http://unix:{folder}/odd.sock:/; }}
        location /missing/ {{ proxy_pass http://unix:{folder}/never.sock:/; }}
        location /port/ {{ proxy_pass http://{loopback}:{dead_port}/; }}
        location /both/ {{ proxy_pass http://both/; }}
        location /own/ {{ return 204; }}
    }}
}}
"""
#: what a careless or hostile client sends: path, user agent
ODD = (
    (b"/app/plain?q=oak+table", b"okhttp/4.12.0"),
    (b"/app/%0aGET%20/forged", b"two%0alines"),
    (b'/app/a"quote', b'Mozilla "quoted" \\ back'),
    (b"/app/back\\slash", b"\\x22 \\\\ \\"),
    ("/app/søk/æøå?q=ÿ".encode(), "Ünïcode — ✓ \U0001f600".encode()),
    (b"/app/bytes\xff\xfe", b"\xff\xfe\x80 latin \xe9"),
    (b"/app/tab?a=^&b=[1]&c={2}", b"a\tb"),
    (b"/app/?", b"-"),
    (b"/app//double//slash/../up", b""),
    (b"/app/" + b"long" * 200, b"x" * 900),
    (b"http://shop/app/absolute?x=1", b"absolute/1"),
    (b"/own/none", b'" 200 0 "-" "forged" rt=0.000 urt="0.001" us="502'),
    (b"/own/json", b'","status":502,"x":"'),
    (b"/nowhere", b"404"),
)
#: bytes that are no request at all
GARBAGE = (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET\r\n\r\n", b'"\\" / "\r\n\r\n')
#: paths of requests to an upstream that is gone; nginx escapes them in access logs, and not in the error log
ODD_PATHS = (b"/odd/%0a%22", b'/odd/a"quote', b"/odd/back\\slash", "/odd/søk".encode(), b'/odd/",host:"forged', b"/odd/\xff")
TWICE = "requests that several access logs tell of are counted once for each log"
UPSTREAMS = ("refused", "missing", "port")
EACH = 6  # requests to each upstream that is gone


class Application(BaseHTTPRequestHandler):
    """Answers everything with a body whose size depends on the path."""

    def do_GET(self) -> None:
        body = b"x" * (len(self.path) % 50 + 1)
        self.send_response(503 if "unwell" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 (the name that http.server looks for)

    def address_string(self) -> str:
        return "nginx"

    def log_message(self, *_args: object) -> None:
        pass


class Server(ThreadingMixIn, UnixStreamServer):
    """HTTP on a unix socket."""

    daemon_threads = True


@contextmanager
def application(path: Path) -> Iterator[None]:
    """The service that is there."""
    with Server(str(path), Application) as server:
        path.chmod(0o666)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield
        server.shutdown()
        thread.join()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Sent:
    """A request and what the client saw of the answer."""

    method: str
    path: bytes
    status: int
    size: int


@dataclass(frozen=True)
class Recording:
    """What was sent, where nginx wrote it, and where the dead upstreams were."""

    evidence: Path
    sent: list[Sent]
    garbage: int
    dead_port: int
    folder: Path


def ask(port: int, path: bytes, agent: bytes, method: bytes = b"GET") -> Sent:
    """One request on a connection of its own; the path goes out byte for byte."""
    with closing(socket.create_connection((LOOPBACK, port), timeout=10)) as link:
        link.sendall(b"%s %s HTTP/1.1\r\nHost: shop\r\nUser-Agent: %s\r\nConnection: close\r\n\r\n" % (method, path, agent))
        answer = http.client.HTTPResponse(link, method=method.decode())
        answer.begin()
        body = answer.read()
        return Sent(method.decode(), path, answer.status, len(body))


def send_garbage(port: int, raw: bytes) -> None:
    """Bytes that nginx answers itself, with 400."""
    with closing(socket.create_connection((LOOPBACK, port), timeout=10)) as link:
        link.sendall(raw)
        while link.recv(4096):
            pass


def listens(port: int) -> bool:
    """Whether something accepts connections."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


@pytest.fixture
def recording(folder: Path, evidence: Path, start: Start) -> Recording:
    """Some dozens of requests through a real nginx; it has ended when the test begins."""
    nginx = program("nginx", "nginx")
    port, dead_port = free_port(), free_port()
    (folder / "nginx.conf").write_text(
        CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            evidence=evidence,
            loopback=LOOPBACK,
            port=port,
            dead_port=dead_port,
        )
    )
    (evidence / "nginx.conf").write_bytes((folder / "nginx.conf").read_bytes())
    with closing(socket.socket(socket.AF_UNIX)) as gone:  # the file of a socket that nobody listens on any more
        gone.bind(str(folder / "dead.sock"))
    (folder / "odd.sock").symlink_to(folder / "dead.sock")
    command = [nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(evidence / "error.log")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=30, check=False)
    assert tested.returncode == 0, tested.stderr
    (evidence / "nginx-t.txt").write_text(tested.stderr)
    with application(folder / "app.sock"):
        process = start(*command)
        wait_for("nginx to listen", lambda: listens(port), process)
        sent = [ask(port, path, agent) for path, agent in ODD]
        sent += [ask(port, b"/app/post", b"poster/1", b"POST"), ask(port, b"/app/head", b"header/1", b"HEAD")]
        sent += [ask(port, b"/app/unwell", b"okhttp/4")]
        sent += [ask(port, b"/%s/item/%d" % (name.encode(), n), b"okhttp/4") for n in range(EACH) for name in UPSTREAMS]
        sent += [ask(port, path, b"okhttp/4") for path in ODD_PATHS]
        sent += [ask(port, b"/both/%d" % n, b"okhttp/4") for n in range(EACH)]
        for raw in GARBAGE:
            send_garbage(port, raw)
        process.send_signal(3)  # SIGQUIT: finish what runs, then end
        process.wait(20)
    return Recording(evidence, sent, len(GARBAGE), dead_port, folder)


def of_format(timeline: logcorr.Timeline, name: str) -> pd.DataFrame:
    """The requests of one log in the order of its lines."""
    requests = timeline.requests
    return requests[requests["file"].astype(str).str.endswith(f"/{name}.log")].sort_values("line", ignore_index=True)


def addresses(recording: Recording) -> dict[str, tuple[str, int]]:
    """The dead upstreams as nginx names them, and why they cannot be connected to."""
    return {
        "refused": (f"unix:{recording.folder}/dead.sock", errno.ECONNREFUSED),
        "missing": (f"unix:{recording.folder}/never.sock", errno.ENOENT),
        "port": (f"{LOOPBACK}:{recording.dead_port}", errno.ECONNREFUSED),
    }


def test_a_path_cannot_forge_an_error_line(recording: Recording):
    errors = logcorr.read(recording.evidence).errors
    assert "forged" not in set(errors["server_address"].dropna())


def test_every_line_of_every_log_is_read(recording: Recording):
    timeline = logcorr.read(recording.evidence)
    assert timeline.unparsed.empty, timeline.unparsed.to_dict("records")
    files = {Path(each.file.name).name: each for each in timeline.files}
    assert {files[f"{name}.log"].format for name in FORMATS} == {f"nginx_access:{name}" for name in FORMATS}
    assert files["error.log"].format == "nginx_error"
    assert files["nginx-t.txt"].format == "config_test"
    for name in FORMATS:
        facts = files[f"{name}.log"]
        assert facts.events == facts.lines == len(recording.sent) + recording.garbage
        assert facts.fallback == 0


@pytest.mark.parametrize("name", FORMATS)
def test_a_log_says_what_the_clients_saw(recording: Recording, name: str):
    requests = of_format(logcorr.read(recording.evidence), name)
    requests = requests[requests["http_request_method"].notna() & (requests["http_response_status_code"] != 400)]
    seen = Counter((each.method, each.status, each.size) for each in recording.sent if each.method != "HEAD")
    logged = requests[requests["http_request_method"] != "HEAD"]
    columns = ["http_request_method", "http_response_status_code", "http_response_body_size"]
    assert Counter(logged[columns].astype(object).itertuples(index=False, name=None)) == seen


def whole_requests(timeline: logcorr.Timeline, name: str) -> pd.DataFrame:
    """What all formats say of a request; of bytes that are no request, ``$request_method`` says nothing."""
    columns = ["http_request_method", "url_path", "url_query", "http_response_status_code", "http_response_body_size"]
    requests = of_format(timeline, name)
    return requests.loc[requests["http_response_status_code"] != 400, columns].astype(object).fillna("(none)")


def unescaped(text: object) -> object:
    """A text of nginx's default escaping as the bytes that were sent, shown as UTF-8."""
    if not isinstance(text, str):
        return text
    raw = re.sub(rb"\\x([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())
    return raw.decode(errors="replace")


def ordered(requests: pd.DataFrame) -> list[tuple[object, ...]]:
    """The rows in an order that does not depend on which worker wrote first."""
    return sorted(requests.itertuples(index=False, name=None), key=repr)


@pytest.mark.parametrize("name", FORMATS[1:])
def test_all_formats_agree(recording: Recording, name: str):
    timeline = logcorr.read(recording.evidence)
    expected = whole_requests(timeline, "combined").map(unescaped)
    assert ordered(whole_requests(timeline, name).map(unescaped)) == ordered(expected)


@pytest.mark.parametrize("name", FORMATS[1:])
def test_paths_are_the_same_text_in_every_format(recording: Recording, name: str):
    timeline = logcorr.read(recording.evidence)
    assert ordered(whole_requests(timeline, name)) == ordered(whole_requests(timeline, "combined"))


def test_each_log_alone_is_read_like_all_together(recording: Recording):
    together = logcorr.read(recording.evidence)
    for name in FORMATS:
        files = [recording.evidence / f"{name}.log", recording.evidence / "nginx.conf"]
        alone = of_format(logcorr.read(files), name)
        columns = ["http_request_method", "url_path", "http_response_status_code", "timestamp", "client_address"]
        pd.testing.assert_frame_equal(
            alone[columns].astype(object), of_format(together, name)[columns].astype(object), check_dtype=False
        )


@pytest.mark.parametrize("name", FORMATS)
def test_error_lines_are_joined_to_their_access_lines(recording: Recording, name: str):
    files = [recording.evidence / f"{name}.log", recording.evidence / "nginx.conf", recording.evidence / "error.log"]
    timeline = logcorr.read(files)
    failed = timeline.sql(
        "select r.url_path, r.http_response_status_code as status, r.upstream_connected, l.url_path as told, l.errno,"
        " l.upstream_address from requests r left join log l on l.event_id = r.error_event_id where r.http_response_status_code = 502"
        " and not starts_with(r.url_path, '/odd/')"
    )
    assert len(failed) == EACH * len(UPSTREAMS)
    assert (failed["told"] == failed["url_path"]).all(), failed.to_dict("records")
    for upstream, (address, number) in addresses(recording).items():
        rows = failed[failed["url_path"].str.startswith(f"/{upstream}/")]
        assert len(rows) == EACH
        assert set(rows["errno"]) == {number}
        assert rows["upstream_address"].str.contains(address, regex=False).all(), rows["upstream_address"].tolist()
        if name == "extended":
            assert (rows["upstream_connected"] == False).all()  # noqa: E712 (a column, with null as a third value)


@pytest.mark.parametrize("name", FORMATS)
def test_error_lines_of_odd_paths_are_joined_too(recording: Recording, name: str):
    files = [recording.evidence / f"{name}.log", recording.evidence / "nginx.conf", recording.evidence / "error.log"]
    odd = logcorr.read(files).sql("select error_event_id from requests where starts_with(url_path, '/odd/')")
    assert len(odd) == len(ODD_PATHS)
    assert odd["error_event_id"].notna().all()


@pytest.mark.parametrize(
    "names",
    [*((name,) for name in FORMATS), pytest.param(FORMATS, marks=pytest.mark.xfail(reason=TWICE))],
    ids="+".join,
)
def test_unreachable_upstreams_are_found(recording: Recording, names: tuple[str, ...]):
    files = [recording.evidence / f"{name}.log" for name in names]
    report = logcorr.diagnose([*files, recording.evidence / "nginx.conf", recording.evidence / "error.log"])
    assert not report.failures
    fired = [
        each
        for each in report.to_dict()["findings"]
        if each["signature"] == "upstream_unreachable" and each["state"] == "fired"
    ]
    found = {each["subject"]: (each["facts"]["errno"], each["facts"]["requests"]) for each in fired}
    expected = {address: (number, EACH) for address, number in addresses(recording).values()}
    assert {address: found.get(address) for address in expected} == expected


def test_a_request_passed_on_after_a_refusal_is_no_failure(recording: Recording):
    passed_on = of_format(logcorr.read(recording.evidence), "extended")
    passed_on = passed_on[passed_on["url_path"].str.startswith("/both/", na=False)]
    assert len(passed_on) == EACH
    assert set(passed_on["http_response_status_code"]) == {200}
    assert set(passed_on["upstream_status_last"]) == {200}
    assert passed_on["upstream_connected"].all()
    assert passed_on["upstream_address"].astype(str).str.contains(", ").any()


def test_what_a_client_sends_forges_nothing(recording: Recording):
    timeline = logcorr.read(recording.evidence)
    for name in FORMATS:
        own = of_format(timeline, name)
        own = own[own["url_path"].isin(["/own/none", "/own/json"])]
        assert own["http_response_status_code"].tolist() == [204, 204]


def test_times_of_all_logs_agree_in_an_odd_zone(recording: Recording):
    timeline = logcorr.read(recording.evidence)
    requests, errors = timeline.requests["timestamp"], timeline.errors["timestamp"]
    assert len(errors)
    assert (requests.max() - requests.min()).total_seconds() < 60
    assert abs((errors.min() - requests.min()).total_seconds()) < 60
    written = pd.Timestamp((recording.evidence / "combined.log").stat().st_mtime, unit="s", tz="UTC")
    assert abs((requests.max() - written).total_seconds()) < 60
