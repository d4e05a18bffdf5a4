"""How often one sender may ask; the only place that knows the library that reads such limits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import NamedTuple

from limits import RateLimitItem, parse_many

from core.ending import end
from core.errors import SettingsError, Unavailable, Wait
from core.expiring import Expiring
from core.redis_line import RedisLine, Word

MOST_SENDERS = 100_000
TOLD_AFTER_S = 0.1
QUICKLY = 4  # the first such part of what is allowed
_PREFIX = "haoban:rate:"
# Counts so many more, and says how many there are and in how many milliseconds the count begins anew.
_COUNT = """
local count = redis.call('incrby', KEYS[1], ARGV[2])
local left = redis.call('pttl', KEYS[1])
if left < 0 then
    left = tonumber(ARGV[1])
    redis.call('pexpire', KEYS[1], left)
end
return {count, left}
"""
Counted = tuple[int, float]  # how many, and for how many seconds more


class Allowance(NamedTuple):
    """How many may be asked in a period, how many are left of them, and in how many seconds it begins anew."""

    limit: int
    remaining: int
    resets_s: int


class Rate:
    """At most so many in so long, e.g. `30/minute`, counted for each sender; in Redis when all processes share it.

    While Redis is away each process counts for itself: a sender may then get a few times as many answers, but citizens
    are answered and nobody may ask without end.
    """

    def __init__(self, name: str, allowed: str, line: RedisLine | None = None) -> None:
        """Raises SettingsError for what is no rate."""
        item = _parsed(name, allowed)
        self._allowed, self._period_s = item.amount, item.get_expiry()
        self._line, self._place = line, f"{_PREFIX}{name}:{allowed}:"
        # Of too many senders one whose period is over is forgotten, or, where none is found soon, one whose count
        # begins anew then.
        self._periods: Expiring[str, _Period] = Expiring(MOST_SENDERS)

    async def take(self, sender: str) -> Allowance:
        """Count one more of this sender; what is left to it. Raises Wait when it is one too many."""
        count, left_s = await self._count(sender)
        resets_s = max(1, round(left_s))
        if count > self._allowed:
            raise Wait(resets_s)
        return Allowance(self._allowed, self._allowed - count, resets_s)

    async def _count(self, sender: str) -> Counted:
        if self._line is None:
            return self._own(sender)
        try:
            count, left_ms = await self._line.ask(*self._command(sender, 1, self._period_s))
        except Unavailable:
            return self._own(sender)
        return count, left_ms / 1000

    def _command(self, sender: str, more: int, period_s: float) -> Sequence[Word]:
        return "EVAL", _COUNT, 1, self._place + sender, max(1, round(period_s * 1000)), more

    def _own(self, sender: str) -> Counted:
        now = time.monotonic()
        period = self._periods.get(sender)
        if period is None:
            period = _Period(now + self._period_s)
            self._periods.put(sender, period, self._period_s)
        period.taken += 1
        return period.taken, period.ends - now


class QuickRate(Rate):
    """The same for what is asked all the time. Of a sender's first quarter each process counts by itself, tells the
    others a moment later, and learns then what they counted: nobody waits for Redis who asks as people do. Whoever asks
    several processes in the same moment may get a quarter more from each of them, and no more than that.
    """

    def __init__(self, name: str, allowed: str, line: RedisLine | None = None) -> None:
        super().__init__(name, allowed, line)
        self._untold: dict[str, int] = {}
        self._telling: asyncio.Task[None] | None = None

    async def _count(self, sender: str) -> Counted:
        counted = self._own(sender)
        if self._line is None:
            return counted
        self._untold[sender] = self._untold.get(sender, 0) + 1
        if counted[0] > self._allowed / QUICKLY:
            return await self._counted_by_all(self._line, sender, counted)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell(self._line))
        return counted

    async def _counted_by_all(self, line: RedisLine, sender: str, counted: Counted) -> Counted:
        more = self._untold.pop(sender)
        try:
            count, left_ms = await line.ask(*self._command(sender, more, counted[1]))
        except Unavailable:
            return counted
        self._learn(sender, count, left_ms / 1000)
        return max(count, counted[0]), left_ms / 1000

    async def close(self) -> None:
        if self._telling is not None:
            await end(self._telling)

    async def _tell(self, line: RedisLine) -> None:
        try:
            while self._untold:
                await asyncio.sleep(TOLD_AFTER_S)
                untold, self._untold = self._untold, {}
                with contextlib.suppress(Unavailable):  # then each process counts for itself
                    told = [self._command(sender, more, self._left_s(sender)) for sender, more in untold.items()]
                    counts = await line.ask_all(told)
                    for sender, (count, left_ms) in zip(untold, counts, strict=True):
                        self._learn(sender, count, left_ms / 1000)
        finally:
            self._telling = None

    def _left_s(self, sender: str) -> float:
        """For how long a count goes on that began here, and nobody else knows of yet."""
        period = self._periods.get(sender)
        return period.ends - time.monotonic() if period else self._period_s

    def _learn(self, sender: str, count: int, left_s: float) -> None:
        """What all have counted, to which comes what was counted here meanwhile; while Redis was away that was more."""
        known = self._periods.get(sender)
        taken = max(known.taken if known else 0, count + self._untold.get(sender, 0))
        self._periods.put(sender, _Period(time.monotonic() + left_s, taken), left_s)


class _Period:
    __slots__ = ("ends", "taken")

    def __init__(self, ends: float, taken: int = 0) -> None:
        self.ends, self.taken = ends, taken


def _parsed(name: str, allowed: str) -> RateLimitItem:
    try:
        [item] = parse_many(allowed)
        if item.amount < 1:
            raise ValueError(item.amount)
    except ValueError as error:
        raise SettingsError([f"limits.{name}: {allowed!r} is not of the form 30/minute"]) from error
    return item
