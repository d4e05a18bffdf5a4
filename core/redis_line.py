"""The way to Redis: commands of many who ask at the same time go there together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import structlog
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from core.ending import end
from core.errors import SettingsError, Unavailable

_BAD_ADDRESS = "redis.url: is none of redis://, rediss:// and unix:// with a host and a port that is a number"
# A citizen waits meanwhile: once more on a new connection for one that was dropped, then it counts as away.
_PATIENCE: Mapping[str, Any] = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "retry": Retry(NoBackoff(), 1, (RedisConnectionError,)),
}
# For a trip with its answers, and for the wait before it.
TRIP_S = 2.0
# Who comes first waits for the answers of all that go together.
MOST = 100
# Not asked again at once, lest everybody wait for a Redis that doesn't answer.
AGAIN_S = 2.0
Word = str | int
_log = structlog.get_logger()


class _Asked(NamedTuple):
    """A command as it is sent, who waits for its answer, and since when by the loop's clock."""

    packed: Sequence[bytes]
    answer: asyncio.Future[Any]
    since: float


class RedisLine:
    """Asks a Redis. Who asks while others wait for their answers is gathered for the next trip: most of what it costs
    to ask does not depend on how many commands are sent. While it is away nobody waits for it but who finds out.
    """

    def __init__(self, url: str) -> None:
        """Raises SettingsError for an address that can't be understood."""
        # One connection, without the library's pipeline and its alarm for each answer: a trip costs half as much.
        pool: Any = redis_pool(url, decode_responses=True, encoding_errors="replace", socket_timeout=None)
        self._connection: Any = pool.make_connection()
        self._waiting: deque[_Asked] = deque()
        self._going: asyncio.Task[None] | None = None
        self._away_until = self._told_until = float("-inf")
        self._is_away = self._closed = False

    async def ask(self, *command: Word) -> Any:
        """The answer to a command, texts as str. Raises Unavailable when Redis is away, or refuses the command."""
        self._check()
        return await self._put_in_line(command)

    async def ask_all(self, commands: Iterable[Sequence[Word]]) -> list[Any]:
        """The answers to several that are carried out in this order. Raises Unavailable when one of them has none."""
        answers = await self.ask_each(commands)
        for answer in answers:
            if isinstance(answer, Unavailable):
                raise answer
        return answers

    async def ask_each(self, commands: Iterable[Sequence[Word]]) -> list[Any]:
        """The same, with an Unavailable in the place of each answer that there is none of."""
        self._check()
        return list(await asyncio.gather(*map(self._put_in_line, commands), return_exceptions=True))

    def _check(self) -> None:
        """Raises Unavailable when it was away a moment ago, or somebody just finds out whether it still is."""
        now = asyncio.get_running_loop().time()
        if self._closed or now < self._away_until or (self._is_away and self._going is not None):
            raise Unavailable("Redis: away")

    def _put_in_line(self, command: Sequence[Word]) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        asked = _Asked(self._connection.pack_command(*command), loop.create_future(), loop.time())
        self._waiting.append(asked)
        if self._going is None:
            self._going = loop.create_task(self._go())
        return asked.answer

    async def close(self) -> None:
        """Who waits, or asks afterwards, is told that it is away."""
        self._closed = True
        try:
            if self._going is not None:
                await end(self._going)
        finally:
            # A task that is ended before it began refuses nobody.
            self._refuse_waiting("not asked any more")
            await self._connection.disconnect(nowait=True)

    async def _go(self) -> None:
        """Trips, as long as somebody waits."""
        asked: Sequence[_Asked] = ()
        why = "not asked any more"
        try:
            while self._waiting:
                if asked := self._next():
                    await self._trip(asked)
                    if self._is_away:
                        _log.info("redis is back")
                        self._is_away = False
        except Exception as error:  # whatever it was, nobody may wait for ever
            why = type(error).__name__  # its text may quote a key
            _log.error("redis is away", error=why)
            self._is_away, self._away_until = True, asyncio.get_running_loop().time() + AGAIN_S
        finally:
            _refuse(asked, why)
            # They would only find out the same, one time-out later.
            self._refuse_waiting(why)
            self._going = None

    def _refuse_waiting(self, why: str) -> None:
        _refuse(self._waiting, why)
        self._waiting.clear()

    def _next(self) -> Sequence[_Asked]:
        """Who goes next: not who has gone meanwhile, nor who waited too long behind others."""
        together: list[_Asked] = []
        latest = asyncio.get_running_loop().time() - TRIP_S
        while self._waiting and len(together) < MOST:
            asked = self._waiting.popleft()
            if asked.since < latest:
                _refuse([asked], "too many wait")
            elif not asked.answer.done():
                together.append(asked)
        return together

    async def _trip(self, asked: Sequence[_Asked]) -> None:
        """Raises what goes wrong on the way; some may be answered then. A command whose answer was lost with the
        connection may be carried out twice.
        """
        async with asyncio.timeout(TRIP_S):
            try:
                await self._carry(asked)
            except (RedisConnectionError, OSError):
                # A server that was restarted, or dropped this connection: the others once more on a new one.
                await self._carry([one for one in asked if not one.answer.done()])

    async def _carry(self, asked: Sequence[_Asked]) -> None:
        """Send the commands, and give each its answer as it comes."""
        connection = self._connection
        try:
            await connection.connect()
            await connection.send_packed_command([part for one in asked for part in one.packed], False)
            for one in asked:
                answer = await _answer(connection)
                if isinstance(answer, ResponseError):
                    self._refused(one, type(answer).__name__)
                elif not one.answer.done():  # or who asked has gone
                    one.answer.set_result(answer)
        except BaseException:
            # What is still to come on it would be taken for the answers of others.
            await connection.disconnect(nowait=True)
            raise

    def _refused(self, asked: _Asked, why: str) -> None:
        _refuse([asked], why)
        now = asyncio.get_running_loop().time()
        if now >= self._told_until:  # a Redis that is full refuses many
            _log.error("redis refuses", error=why)
            self._told_until = now + AGAIN_S


async def _answer(connection: Any) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error


def _refuse(asked: Iterable[_Asked], why: str) -> None:
    """Tell all who still wait; each has an error of its own, for whoever raises one writes into it."""
    for one in asked:
        if not one.answer.done():
            one.answer.set_exception(Unavailable(f"Redis: {why}"))


def redis_pool(url: str, **options: Any) -> ConnectionPool:
    """Connections to a Redis. Raises SettingsError for an address that can't be understood."""
    try:
        pool: Any = ConnectionPool.from_url(url, **dict(_PATIENCE) | options)
        pool.make_connection()  # some of what is wrong shows only there
    except (ValueError, TypeError, RedisError):
        raise SettingsError([_BAD_ADDRESS]) from None  # the error may quote a piece of the password
    return cast(ConnectionPool, pool)
