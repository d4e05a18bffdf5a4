"""Commands to a Redis go together, each gets its own answer, and one that is away holds up nobody but who finds out."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from core import redis_line
from core.errors import SettingsError, Unavailable
from core.redis_line import MOST, RedisLine
from tests import servers
from tests.core.lines import a_line

WRONG = [f"redis://:secret@localhost/0?{what}" for what in ("foo=bar", "protocol=9")] + [
    "rediss://:secret@localhost/0?ssl_cert_reqs=nonsense"
]
keys = map("line {}".format, count())


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands went together, trip after trip."""
    made: list[int] = []
    trip = RedisLine._trip

    async def counted(self: RedisLine, asked: Any) -> None:
        made.append(len(asked))
        await trip(self, asked)

    monkeypatch.setattr(RedisLine, "_trip", counted)
    return made


async def test_each_gets_the_answer_to_its_own_command(line: RedisLine) -> None:
    names = [next(keys) for _ in range(3 * MOST)]
    await asyncio.gather(*(line.ask("SET", name, f"值 {name}", "EX", 60) for name in names))

    async def asked(name: str) -> Any:
        await asyncio.sleep(random.random() / 20)
        return await line.ask("GET", name)

    assert await asyncio.gather(*map(asked, names)) == [f"值 {name}" for name in names]


async def test_who_asks_while_others_wait_goes_with_the_next_trip(line: RedisLine, trips: list[int]) -> None:
    await asyncio.gather(*(line.ask("PING") for _ in range(2 * MOST + 1)))
    assert trips == [MOST, MOST, 1]


async def test_several_commands_are_carried_out_in_their_order(line: RedisLine, trips: list[int]) -> None:
    name = next(keys)
    told = await line.ask_all([("SET", name, "1", "EX", 60), ("INCRBY", name, 4), ("GET", name), ("DEL", name)])
    assert (told, trips) == (["OK", 5, "5", 1], [4])
    assert await line.ask_all([]) == []


async def test_who_has_gone_takes_nobody_elses_answer(line: RedisLine) -> None:
    one, two = next(keys), next(keys)
    await line.ask_all([("SET", one, "one", "EX", 60), ("SET", two, "two", "EX", 60)])
    for _ in range(20):
        gone, stays = (asyncio.create_task(line.ask("GET", name)) for name in (one, two))
        await asyncio.sleep(random.random() / 1000)
        gone.cancel()
        assert await stays == "two"


async def test_a_command_that_is_refused_is_told_to_who_asked_and_to_nobody_else(line: RedisLine) -> None:
    name = next(keys)
    asked = line.ask("SET", name, "words", "EX", 60), line.ask("INCRBY", name, 1), line.ask("GET", name)
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert (told[0], told[2]) == ("OK", "words")
    assert isinstance(told[1], Unavailable)
    assert str(told[1]) == "Redis: ResponseError"
    assert await line.ask("GET", name) == "words"


async def test_what_is_no_text_in_utf_8_spoils_nobodys_answer(line: RedisLine, redis_server: str) -> None:
    name = next(keys)
    await line.ask("EVAL", f"redis.call('set', '{name}', '\\255\\254', 'EX', 60)", 0)
    asked = [line.ask("GET", name), line.ask("GET", "\ud800"), *(line.ask("PING") for _ in range(2 * MOST))]
    async with asyncio.timeout(5):
        assert await asyncio.gather(*asked) == ["\ufffd\ufffd", None, *["PONG"] * (2 * MOST)]


async def test_what_nobody_foresaw_is_told_to_all_who_wait(line: RedisLine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise ValueError("some words of a citizen")

    monkeypatch.setattr(redis_line, "_answer", broken)
    with capture_logs() as logs:
        async with asyncio.timeout(5):
            told = await asyncio.gather(*(line.ask("PING") for _ in range(2 * MOST)), return_exceptions=True)
    assert {str(one) for one in told} == {"Redis: ValueError"}
    assert [one["error"] for one in logs] == ["ValueError"]


async def test_who_has_gone_before_a_trip_is_not_asked_for(line: RedisLine) -> None:
    name = next(keys)
    gone = asyncio.create_task(line.ask("SET", name, "gone", "EX", 60))
    await asyncio.sleep(0)
    gone.cancel()
    assert await line.ask("GET", name) is None


async def test_who_waited_too_long_behind_others_is_told(
    line: RedisLine, trips: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_line, "TRIP_S", 1.2)
    slow = "BLPOP", next(keys), "0.8"
    first = asyncio.create_task(line.ask(*slow))
    await asyncio.sleep(0.1)
    asked = [asyncio.create_task(line.ask(*one)) for one in (slow, *[("PING",)] * MOST)]
    told = await asyncio.gather(first, *asked, return_exceptions=True)
    assert told[:-1] == [None, None, *["PONG"] * (MOST - 1)]
    assert str(told[-1]) == "Redis: too many wait"
    assert trips == [1, MOST]


class Scripted:
    """A server that speaks as it is told: for each connection the answers to what comes, None hangs up, a number is
    how many seconds it keeps silent.
    """

    def __init__(self, *connections: Sequence[bytes | float | None]) -> None:
        self.connections, self.came = list(connections), 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        said = self.connections.pop(0)
        try:
            # The library's own greetings are answered alike.
            while b"PING" not in (greeting := await reader.read(65536)):
                if not greeting:
                    return
                writer.write(b"%0\r\n" if b"HELLO" in greeting else b"+OK\r\n" * greeting.count(b"*"))
            for one in said:
                if isinstance(one, bytes):
                    writer.write(one)
                elif one is None:
                    return
                else:
                    await asyncio.sleep(one)
            await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def a_line_to(server: Scripted) -> AsyncIterator[RedisLine]:
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    async with listening, a_line(f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}/0") as line:
        yield line


async def test_a_connection_that_is_lost_among_the_answers_is_made_anew_for_the_others_alone() -> None:
    server = Scripted([b"+one\r\n+two\r\n", 0.05, None], [b"+three\r\n+four\r\n"])
    async with a_line_to(server) as line:
        assert await asyncio.gather(*(line.ask("PING") for _ in range(4))) == ["one", "two", "three", "four"]
    assert server.came == 2


async def test_an_answer_that_comes_too_late_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_line, "TRIP_S", 1.0)
    monkeypatch.setattr(redis_line, "AGAIN_S", 0.0)
    server = Scripted([1.3, b"+late\r\n"], [b"+right\r\n"])
    async with a_line_to(server) as line:
        with pytest.raises(Unavailable, match="TimeoutError"):
            await line.ask("PING")
        assert await line.ask("PING") == "right"


async def test_a_connection_that_was_dropped_is_made_anew(redis_server: str) -> None:
    async with a_line(redis_server) as line, a_line(redis_server) as other:
        number = await line.ask("CLIENT", "ID")
        await other.ask("CLIENT", "KILL", "ID", number)
        assert await line.ask("PING") == "PONG"
        assert await line.ask("CLIENT", "ID") != number


async def test_while_it_is_away_nobody_waits_but_who_finds_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_line, "TRIP_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with a_line(f"redis://127.0.0.1:{silent.getsockname()[1]}/0") as line:

            async def waited_s() -> float:
                began = time.monotonic()
                with pytest.raises(Unavailable):
                    await line.ask("PING")
                return time.monotonic() - began

            assert min(await asyncio.gather(*(waited_s() for _ in range(2 * MOST)))) > 0.4
            assert await waited_s() < 0.3
            line._away_until = 0.0  # a while later
            finds_out = asyncio.create_task(waited_s())
            await asyncio.sleep(0.05)
            assert await waited_s() < 0.3
            assert await finds_out > 0.4


async def test_once_it_is_back_it_is_asked_again() -> None:
    with servers.redis() as url:
        port = urlsplit(url).port or 0
    async with a_line(url) as line:
        with capture_logs() as logs:
            with pytest.raises(Unavailable):
                await line.ask("PING")
            with servers.redis(port=port):
                with pytest.raises(Unavailable):
                    await line.ask("PING")
                line._away_until = 0.0  # a while later
                assert await line.ask_all([("PING",)] * 2) == ["PONG", "PONG"]
        assert [one["event"] for one in logs] == ["redis is away", "redis is back"]


async def test_nobody_is_forgotten_who_asked_when_it_was_just_closed(redis_server: str) -> None:
    line = RedisLine(redis_server)
    waiting = asyncio.create_task(line.ask("PING"))
    closing = asyncio.create_task(line.close())
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await waiting
        await closing


async def test_who_asks_when_it_is_closed_is_told(redis_server: str) -> None:
    line = RedisLine(redis_server)
    waiting = [asyncio.create_task(line.ask("BLPOP", next(keys), 30)) for _ in range(2)]
    await asyncio.sleep(0.05)
    waiting.append(asyncio.create_task(line.ask("PING")))
    await asyncio.sleep(0)
    await line.close()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in told] == [Unavailable] * 3
    with pytest.raises(Unavailable):
        await line.ask("PING")


@pytest.mark.parametrize("url", ["nonsense", "http://localhost:6379", "redis://:secret/1@localhost", *WRONG])
def test_an_address_that_is_none_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match=r"redis\.url") as told:
        RedisLine(url)
    assert "secret" not in str(told.value)
