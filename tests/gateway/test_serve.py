"""The program starts or says why not, and ends without dropping anybody who is being answered."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import time
from pathlib import Path

import orjson
import pytest

from core.codes import Status
from core.models import LookupRecord
from gateway.serve import GRACE_S
from tests.county import County
from tests.gateway.program import STARTS_WITHIN_S, Program, free_port, run, serving

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """Starting and ending hang on the kind of database only where a test says so."""
    return str(getattr(request, "param", "sqlite"))


def half_asked(program: Program, county: County) -> tuple[socket.socket, bytes]:
    """A status question of which half has arrived, and its other half."""
    body = orjson.dumps({"number": county.number(Status.ACCEPTED), "pin": county.pin(Status.ACCEPTED)})
    head = f"POST /api/v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    connection = program.connect()
    connection.sendall(head + body[:10])
    return connection, body[10:]


def answer_to(connection: socket.socket) -> bytes:
    """All that comes until the other end hangs up."""
    received = b""
    with connection:
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)], ids=lambda number: number.name
)
async def test_who_is_being_answered_when_it_is_told_to_stop_is_answered(
    county: County, county_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    with serving(tmp_path, county_url) as program:
        connection, rest = half_asked(program, county)
        await asyncio.sleep(0.2)
        program.tell(number)
        await asyncio.sleep(0.3)
        assert program.process.poll() is None
        connection.sendall(rest)
        answer = await asyncio.to_thread(answer_to, connection)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"status":"accepted"' in answer
        assert await asyncio.to_thread(program.ended) == 0
        assert "Traceback" not in program.words
    [record] = await LookupRecord.all()
    assert (record.number, record.outcome) == (county.number(Status.ACCEPTED), "told")


@pytest.mark.slow
async def test_who_stands_at_the_door_when_it_is_told_to_stop_is_answered(
    county: County, county_url: str, tmp_path: Path
) -> None:
    """Those whom the kernel let through, but whom the process had no time to look at."""
    with serving(tmp_path, county_url) as program:
        program.tell(signal.SIGSTOP)
        callers = [program.connect() for _ in range(20)]
        for caller in callers:
            caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        program.tell(signal.SIGTERM)
        program.tell(signal.SIGCONT)
        for caller in callers:
            assert (await asyncio.to_thread(answer_to, caller)).startswith(b"HTTP/1.1 200")
        assert await asyncio.to_thread(program.ended) == 0
        assert "Traceback" not in program.words


@pytest.mark.slow
async def test_the_service_manager_is_told_when_it_serves_and_when_it_ends(
    county: County, county_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with serving(tmp_path, county_url) as program:
            assert manager.recv(100) == b"READY=1"
            program.tell(signal.SIGTERM)
            assert await asyncio.to_thread(manager.recv, 100) == b"STOPPING=1"
            assert await asyncio.to_thread(program.ended) == 0


@pytest.mark.slow  # the wait is the matter
async def test_who_never_ends_a_question_does_not_hold_it_up_for_ever(
    county: County, county_url: str, tmp_path: Path
) -> None:
    with serving(tmp_path, county_url) as program, program.connect() as connection:
        connection.sendall(b"POST /cases HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nnumber=")
        await asyncio.sleep(0.2)
        program.tell(signal.SIGTERM)
        assert await asyncio.to_thread(program.ended) == 0


@pytest.mark.slow
async def test_open_boards_do_not_hold_it_up(county: County, county_url: str, tmp_path: Path) -> None:
    with serving(tmp_path, county_url) as program:
        with program.connect() as connection:
            connection.sendall(b"GET /board/hall/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            began = time.monotonic()
            program.tell(signal.SIGTERM)
            assert await asyncio.to_thread(program.ended) == 0
            # Whoever is waited for is waited for that long; a busy machine takes a while for the rest.
            assert time.monotonic() - began < GRACE_S
        assert "Traceback" not in program.words


@pytest.mark.slow
async def test_told_twice_it_still_ends_cleanly(county: County, county_url: str, tmp_path: Path) -> None:
    with serving(tmp_path, county_url) as program:
        connection, rest = half_asked(program, county)
        await asyncio.sleep(0.2)
        for number in SIGNALS:
            program.tell(number)
            await asyncio.sleep(0.1)
        connection.sendall(rest)
        assert (await asyncio.to_thread(answer_to, connection)).startswith(b"HTTP/1.1 200")
        assert await asyncio.to_thread(program.ended) == 0
        assert "Traceback" not in program.words


def test_a_port_that_is_taken_is_one_clear_sentence(county_url: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = run(tmp_path, county_url, "serve", SERVER__PORT=str(port), SERVER__HOST="127.0.0.1")
    assert told.returncode == 1
    assert f"port {port}" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgres"], indirect=True)
def test_a_second_process_without_a_redis_is_refused_wherever_it_is_started(county_url: str, tmp_path: Path) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    with serving(tmp_path, county_url):
        told = run(elsewhere, county_url, "serve", SERVER__PORT=str(free_port()))
    assert told.returncode == 1
    assert told.stderr.startswith("haoban: redis.url: another process serves this database")


def test_two_databases_are_served_from_one_folder(county_url: str, database_url: str, tmp_path: Path) -> None:
    other = f"sqlite://{shutil.copy(database_url.removeprefix('sqlite://'), tmp_path / 'other.db')}"
    with serving(tmp_path, county_url) as first, serving(tmp_path, other) as second:
        assert (first.status_of("/readyz"), second.status_of("/readyz")) == (200, 200)


def said(program: Program, words: str) -> None:
    """Wait until a program has said something."""
    until = time.monotonic() + STARTS_WITHIN_S
    while words not in program.words:
        assert time.monotonic() < until, program.words
        time.sleep(0.05)


@pytest.mark.parametrize("kind", ["postgres"], indirect=True)
async def test_processes_that_share_a_redis_share_a_port_and_the_locks(
    county: County, county_url: str, redis_server: str, tmp_path: Path
) -> None:
    with serving(tmp_path, county_url, REDIS__URL=redis_server) as first:
        port = str(first.port)
        with serving(tmp_path, county_url, REDIS__URL=redis_server, SERVER__PORT=port) as second:
            # On a shared port the first one may have answered for it so far.
            await asyncio.to_thread(said, second, '"serving"')
            assert second.process.poll() is None
            assert first.process.poll() is None
            first.tell(signal.SIGTERM)
            assert await asyncio.to_thread(first.ended) == 0
            assert second.status_of("/readyz") == 200


SMS_OVER_TWILIO = {
    "CHANNELS__TWILIO_SMS__ENABLED": "true",
    "CHANNELS__TWILIO_SMS__ACCOUNT_SID": "AC" + "0" * 32,
    "CHANNELS__TWILIO_SMS__AUTH_TOKEN": "0" * 32,
    "CHANNELS__TWILIO_SMS__FROM_NUMBER": "+15005550006",
    "SERVER__PUBLIC_URL": "https://county.example",
}


@pytest.mark.parametrize(("channel", "wanted"), [({}, set()), (SMS_OVER_TWILIO, {"twilio"})], ids=["none", "sms"])
def test_only_the_sdk_of_a_channel_that_is_on_is_loaded(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channel: dict[str, str], wanted: set[str]
) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    with serving(tmp_path, database_url, **channel) as program:
        loaded = {line.rpartition("|")[2].strip() for line in program.words.splitlines() if "import time:" in line}
    assert "aiohttp" in loaded
    assert loaded & {"twilio", "aiogram"} == wanted


UNREACHABLE = "postgres://haoban:secret@127.0.0.1:{port}/none"


@pytest.mark.parametrize("command", ["serve", "check", "migrate"])
def test_a_database_that_is_not_there_is_one_clear_sentence(tmp_path: Path, command: str) -> None:
    told = run(tmp_path, UNREACHABLE.format(port=free_port()), command)
    assert told.returncode == 1
    assert "the database does not answer" in told.stdout + told.stderr
    for never in ("Traceback", "secret@"):
        assert never not in told.stdout + told.stderr


def test_a_database_without_its_schema_is_told_what_to_run(tmp_path: Path) -> None:
    told = run(tmp_path, f"sqlite://{tmp_path / 'empty.db'}", "serve", SERVER__PORT=str(free_port()))
    assert told.returncode == 1
    assert "haoban migrate" in told.stderr


def test_what_is_missing_is_named_all_at_once(county_url: str, tmp_path: Path) -> None:
    on = {"CHANNELS__TWILIO_SMS__ENABLED": "true", "BOTS__TELEGRAM__ENABLED": "true"}
    told = run(tmp_path, county_url, "serve", **on)
    assert told.returncode == 1
    for missing in ("channels.twilio_sms.auth_token", "channels.twilio_sms.account_sid", "bots.telegram.token"):
        assert missing in told.stderr
    assert "Traceback" not in told.stderr
