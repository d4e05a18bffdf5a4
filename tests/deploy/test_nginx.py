"""The proxy as it is shipped, before two real processes: it tells who asks, keeps secrets, and sends nothing twice."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from core.codes import Status
from core.keys import Keys
from gateway.house import House
from tests.county import SECRET, county_of, settings
from tests.deploy.nginx import NGINX, Nginx, nginx, written
from tests.deploy.standins import hanging_up
from tests.gateway.program import Program, free_port, serving

MOST = 12  # requests of one sender


@pytest.fixture(scope="module")
def database(sqlite_county_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite://{shutil.copy(sqlite_county_template, tmp_path_factory.mktemp('served') / 'haoban.db')}"


@pytest.fixture(scope="module")
def processes(
    database: str, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Program, Program]]:
    """Two that share a port, as behind a proxy on their own machine."""
    given = {
        "REDIS__URL": redis_server,
        "SERVER__TRUSTED_PROXIES": "127.0.0.1/32",
        "SERVER__PORT": str(free_port()),
        "LIMITS__REQUESTS": f"{MOST}/day",
    }
    folder = tmp_path_factory.mktemp("processes")
    with ExitStack() as stack:
        first = stack.enter_context(serving(folder, database, **given))
        yield first, stack.enter_context(serving(folder, database, **given))


@pytest.fixture(scope="module")
def proxy(processes: tuple[Program, Program], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with nginx(tmp_path_factory.mktemp("nginx"), processes[0].port) as started:
        yield started


def directly(program: Program, path: str, by: str, forwarded: str) -> int:
    """The answer to who goes past the proxy."""
    asked = http.client.HTTPConnection("127.0.0.1", program.port, timeout=20, source_address=(by, 0))
    try:
        asked.request("GET", path, headers={"X-Forwarded-For": forwarded})
        return asked.getresponse().status
    finally:
        asked.close()


def test_the_configuration_is_valid_and_without_a_warning(tmp_path: Path) -> None:
    written(tmp_path, 8080)
    told = subprocess.run(  # noqa: S603
        [NGINX, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "warn" not in told.stderr


def test_the_sender_is_whom_the_proxy_names_and_nobody_else_is_believed(
    proxy: Nginx, processes: tuple[Program, Program]
) -> None:
    answers = [proxy.ask("GET", "/items", by="127.0.0.21", X_Forwarded_For=f"9.9.9.{n}")[0] for n in range(MOST + 1)]
    assert answers == [200] * MOST + [429], "counted by the address it came from, whatever it says of itself"
    assert proxy.ask("GET", "/items", by="127.0.0.22")[0] == 200
    assert directly(processes[0], "/items", "127.0.0.1", "127.0.0.21") == 429, "the proxy's machine is believed"
    assert directly(processes[0], "/items", "127.0.0.23", "127.0.0.21") == 200, "another one isn't"


def test_a_board_comes_as_it_is_drawn(proxy: Nginx) -> None:
    with proxy.connect("http/1.1") as connection:
        connection.sendall(
            b"GET /board/hall/events HTTP/1.1\r\nHost: banli.example\r\nAccept: text/event-stream\r\n\r\n"
        )
        received = b""
        while b"data: {" not in received:  # and the answer goes on: nothing was kept back until its end
            piece = connection.recv(65536)
            assert piece
            received += piece
        assert b"retry: 3000" in received


def test_http_2_is_spoken_and_old_tls_is_not(proxy: Nginx) -> None:
    with proxy.connect("h2", "http/1.1") as connection:
        assert connection.selected_alpn_protocol() == "h2"
        assert connection.version() in ("TLSv1.2", "TLSv1.3")


def test_without_tls_everybody_is_sent_on(proxy: Nginx) -> None:
    asked = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=20)
    asked.request("GET", "/items?q=x", headers={"Host": "banli.example"})
    answer = asked.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://banli.example/items?q=x")
    asked.close()


async def test_neither_tokens_nor_what_was_looked_for_is_written_down(
    proxy: Nginx, database: str, form_files: Path
) -> None:
    house = House(settings(database, form_files))
    await house.open()
    county = await county_of(house)
    [event, *_] = await house.cases.history(county.number(Status.ACCEPTED))
    token = house.keys.token(event.case_id, 1)
    await house.close()
    words = quote("身份证")
    for path in (f"/q/{token}?from=1", f"/q/{token}/qr.svg", f"/%71/{token}", f"//q/{token}", f"/mail/stop/{token}"):
        await asyncio.to_thread(proxy.ask, "GET", path, by="127.0.0.31")
    assert (await asyncio.to_thread(proxy.ask, "GET", f"/items?q={words}", by="127.0.0.31"))[0] == 200
    assert (await asyncio.to_thread(proxy.ask, "GET", f"/q/{token}", by="127.0.0.31"))[0] == 200
    for shown in ("GET /q/- 200", "GET /q/-/qr.svg 200", "GET /mail/stop/- ", "GET /items 200"):
        await asyncio.to_thread(proxy.noted, shown)
    log = proxy.log
    for never in (token, token[:12], words, "身份证", "?"):
        assert never not in log + proxy.errors


def test_what_is_too_large_is_refused_at_the_door(proxy: Nginx) -> None:
    assert proxy.ask("POST", "/cases", b"x" * 70_000, by="127.0.0.41")[0] == 413
    assert proxy.noted("POST /cases 413").endswith("- -"), "no process saw it"
    proxy.ask("POST", "/staff/sign-in", b"x" * 1_000_000, by="127.0.0.41")
    assert not proxy.noted("POST /staff/sign-in").endswith("- -"), "files of cases are larger"


def test_what_is_for_this_machine_only_is_not_shown(proxy: Nginx) -> None:
    assert proxy.ask("GET", "/metrics")[0] == 404
    assert proxy.ask("GET", "/readyz")[0] == 200


def test_nothing_that_may_have_arrived_is_sent_twice(tmp_path: Path) -> None:
    token = Keys(SECRET).token(1, 1)
    with hanging_up() as (port, seen), nginx(tmp_path, port) as proxy:
        assert proxy.ask("GET", f"/q/{token}")[0] == 502
        assert len(seen) == 2, "what only reads is asked for once more"
        assert proxy.ask("POST", "/cases/rating", b"score=5")[0] == 502
        assert proxy.ask("POST", "/api/v1/cases", b"{}")[0] == 502
        assert proxy.ask("GET", "/channels/kannel/sms?text=x")[0] == 502
        assert [line.split("?")[0] for line in seen[2:]] == [
            "POST /cases/rating HTTP/1.1",
            "POST /api/v1/cases HTTP/1.1",
            "GET /channels/kannel/sms",
        ]
    assert token not in proxy.log + proxy.errors + (tmp_path / "start.log").read_text()


def test_processes_that_are_away_are_told_without_a_token(tmp_path: Path) -> None:
    token = Keys(SECRET).token(1, 1)
    with nginx(tmp_path, free_port()) as proxy:
        assert proxy.ask("GET", f"/q/{token}")[0] == 502
    proxy.noted("/q/- 502")
    assert token not in proxy.log + proxy.errors + (tmp_path / "start.log").read_text()
