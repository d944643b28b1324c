"""A certificate between nginx and the application ends while people are there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.incidents.recorder.isolation import run
from tests.incidents.recorder.lab import Lab, Scenario
from tests.incidents.recorder.nginx import PROXY, Nginx
from tests.incidents.recorder.stories import crowd, flask_shop

FOLDER = Path("/srv/tls")
ISSUER = """[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


def issue(seconds: float) -> None:
    """A certificate of our own authority that ends after so many seconds."""
    end = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y%m%d%H%M%SZ")
    start = (datetime.now(UTC) - timedelta(days=90)).strftime("%Y%m%d%H%M%SZ")
    begin = f"cd {FOLDER} && "
    if not (FOLDER / "ca.pem").exists():
        FOLDER.mkdir()
        (FOLDER / "ca.conf").write_text(ISSUER)
        (FOLDER / "index.txt").touch()
        make = "openssl req -x509 -newkey rsa:2048 -nodes -days 900 -subj '/CN=Internal CA' -keyout ca.key -out ca.pem"
        request = "openssl req -newkey rsa:2048 -nodes -subj /CN=shop.internal -keyout shop.key -out shop.csr"
        run("sh", "-c", f"{begin}{make} && {request}")
    sign = f"openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -startdate {start} -enddate {end} -in shop.csr"
    run("sh", "-c", f"{begin}{sign} -out shop.pem && chmod 644 shop.key shop.pem")


class Verifying(Nginx):
    """nginx that speaks TLS with the application and looks at its certificate."""

    def write(self) -> None:
        """Write the files of the usual proxy, with TLS behind it."""
        super().write()
        verify = "proxy_ssl_verify on;\n\t\tproxy_ssl_name shop.internal;\n\t\tproxy_ssl_trusted_certificate /srv/tls/ca.pem;\n"
        text = self.site.read_text()
        self.site.write_text(
            text.replace(f"proxy_pass http://{self.app};", f"proxy_pass https://{self.app};\n\t\t{verify}".rstrip())
        )


async def certificate_ends(lab: Lab) -> None:
    """The application's certificate ends in the middle of the day; somebody renews it."""
    assert "proxy_pass http://" in PROXY
    issue(58)
    tls = ("--certfile", str(FOLDER / "shop.pem"), "--keyfile", str(FOLDER / "shop.key"))
    lab.nginx = Verifying(lab.scenario.app, lab.scenario.hostname, lab.nginx.upstream, processes=2)
    server = await flask_shop(lab, "v3", options=("--workers", "3", "--threads", "4", *tls), environment={"SHOP_LOG": "text"})
    async with crowd(lab, before_s=50):
        lab.mark("fault_start")
        await lab.steady(45)
        lab.observe()
        lab.keep_output("openssl-x509.txt", "openssl", "x509", "-in", str(FOLDER / "shop.pem"), "-noout", "-subject", "-dates")
        issue(90 * 86_400)
        server.reload()
        lab.mark("recovery")


SCENARIOS = [
    Scenario(
        "certificate_ends",
        "the certificate of the application, which nginx verifies, ends: 502",
        "shop-gw",
        "Europe/Dublin",
        "shop",
        certificate_ends,
        causes=("certificate_problem",),
        mechanism="proxy_ssl_verify on, and the certificate's notAfter is in the past",
        remedy="renew the certificate and reload gunicorn",
        notes="No deploy.",
        cite={r"certificate verify error: \(10:certificate has expired\)": "the cause"},
        wrong_conclusions=("the application was down", "a bug in the application"),
        complaints=("Bad Gateway", "502 on {path}", "the shop is down"),
    ),
]
