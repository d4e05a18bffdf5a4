"""An nginx with the configuration that is shipped, but for its places: ports, files, the processes behind it."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.deploy.places import DEPLOY
from tests.gateway.program import free_port

NGINX = "/usr/sbin/nginx"
NOTED_WITHIN_S = 10
_AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/haoban.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    port: int
    plain_port: int
    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "haoban.access.log").read_text()

    def noted(self, what: str) -> str:
        """The line of the log that holds these words; it is written a moment after the answer."""
        until = time.monotonic() + NOTED_WITHIN_S
        while not (lines := [line for line in self.log.splitlines() if what in line]):
            assert time.monotonic() < until, f"{what!r} is not in the log: {self.log}"
            time.sleep(0.02)
        return lines[-1]

    @property
    def errors(self) -> str:
        return (self.folder / "haoban.error.log").read_text()

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, by: str = "127.0.0.1", **headers: str
    ) -> tuple[int, bytes]:
        """What is answered to somebody at the address `by`."""
        asked = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=20, context=trusting(), source_address=(by, 0)
        )
        try:
            asked.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = asked.getresponse()
            return answer.status, answer.read()
        finally:
            asked.close()

    def connect(self, *protocols: str) -> ssl.SSLSocket:
        context = trusting()
        if protocols:
            context.set_alpn_protocols(protocols)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=20))


def trusting() -> ssl.SSLContext:
    """Takes any certificate: that of a test is signed by nobody."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def written(folder: Path, upstream: int) -> Nginx:
    """The configuration in a folder of its own; `upstream` is the port behind it."""
    made = Nginx(free_port(), free_port(), folder)
    _certify(folder)
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{made.plain_port};"),
        ("    listen [::]:80;\n", ""),
        ("listen 443 ssl http2;\n", f"listen 127.0.0.1:{made.port} ssl http2;\n"),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("127.0.0.1:8080", f"127.0.0.1:{upstream}"),
        ("/etc/ssl/haoban", str(folder)),
        ("/var/log/nginx", str(folder)),
    ):
        assert before in text, before
        text = text.replace(before, after)
    (folder / "haoban.conf").write_text(text)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, user=user))
    return made


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[Nginx]:
    made = written(folder, upstream)
    started = subprocess.Popen([NGINX, "-c", folder / "nginx.conf"])  # noqa: S603
    try:
        _await(made.port, folder)
        yield made
    finally:
        started.terminate()
        started.wait(20)


def _await(port: int, folder: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, (folder / "start.log").read_text()
            time.sleep(0.02)
        else:
            return


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "banli.example")])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = (builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))).sign(
        key, hashes.SHA256()
    )
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
