"""The other proxy: valid as it is shipped, tells who asks, lets boards through, and writes no token down."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.keys import Keys
from tests.county import SECRET
from tests.deploy.places import DEPLOY
from tests.deploy.standins import answering, hanging_up
from tests.gateway.program import free_port

CADDY = shutil.which("caddy") or "/usr/bin/caddy"
TOKEN = Keys(SECRET).token(1, 1)


def placed(folder: Path, address: str, upstream: int) -> Path:
    """The configuration with other places; without TLS, whose certificate would be fetched from outside."""
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    for before, after in (
        ("\nbanli.example {", f"\n{address} {{"),
        ("127.0.0.1:8080", f"127.0.0.1:{upstream}"),
        ("/var/log/caddy", str(folder)),
        ("\tgrace_period 10s\n", "\tgrace_period 1s\n\tadmin off\n"),
    ):
        assert before in text
        text = text.replace(before, after)
    (folder / "Caddyfile").write_text(text)
    return folder / "Caddyfile"


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


@contextmanager
def caddy(folder: Path, upstream: int) -> Iterator[int]:
    port = free_port()
    placed(folder, f"http://127.0.0.1:{port}", upstream)
    with (folder / "words").open("wb") as words:
        started = subprocess.Popen(  # noqa: S603
            [CADDY, "run", "--config", folder / "Caddyfile"], stderr=words, stdout=words, env=environment(folder)
        )
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < until, (folder / "words").read_text()
                time.sleep(0.05)
        yield port
    finally:
        started.terminate()
        started.wait(20)


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> int:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        asked.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return asked.getresponse().status
    finally:
        asked.close()


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    told = subprocess.run(  # noqa: S603
        [CADDY, "validate", "--config", placed(tmp_path, "banli.example", 8080)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path),
    )
    assert told.returncode == 0, told.stderr
    assert '"level":"warn"' not in told.stderr


def test_senders_are_named_and_limits_kept(tmp_path: Path) -> None:
    with answering() as (upstream, seen), caddy(tmp_path, upstream) as port:
        assert ask(port, "GET", "/items?q=x", X_Forwarded_For="9.9.9.9") == 200
        assert "x-forwarded-for: 127.0.0.1\r\n" in seen[-1].lower()
        assert ask(port, "POST", "/cases", b"x" * 70_000) in (413, 502)
        assert ask(port, "POST", "/staff/sign-in", b"x" * 1_000_000) == 200
        assert ask(port, "GET", "/metrics") == ask(port, "GET", "/readyz") == 404
        assert ask(port, "GET", f"/q/{TOKEN}", Cookie="a=secret-cookie") == 200
    log = (tmp_path / "haoban.log").read_text()
    assert len(log.splitlines()) >= 5
    for never in (TOKEN, "q=x", "/items", "secret-cookie"):
        assert never not in log + (tmp_path / "words").read_text()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_is_sent_twice(tmp_path: Path, method: str) -> None:
    with hanging_up() as (upstream, seen), caddy(tmp_path, upstream) as port:
        assert ask(port, method, f"/q/{TOKEN}", b"" if method == "POST" else None) == 502
    assert len(seen) == 1
    words = (tmp_path / "words").read_text()
    assert "EOF" in words
    assert TOKEN not in words


def test_a_board_comes_as_it_is_drawn(tmp_path: Path) -> None:
    with (
        answering(b"retry: 3000\n\n", held=True) as (upstream, _),
        caddy(tmp_path, upstream) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
    ):
        connection.sendall(b"GET /board/hall/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        received = b""
        while b"retry: 3000" not in received:
            piece = connection.recv(65536)
            assert piece
            received += piece
